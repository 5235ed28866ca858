#!/usr/bin/env python3
# test_fetch_cost.py - what FETCH costs: slow clients, long lists of items, a million parts.
# SPDX-License-Identifier: Apache-2.0
#
# SECURITY B6, C1, G1; DESIGN section 3: a client that does not read costs its output cap and a small
# struct, whatever it has asked for.
import os
import re
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import mk
from mk import Server, case, main

ALICE = 'alice@example.test'


def import_mbox(s, messages):
	with tempfile.NamedTemporaryFile(dir=s.root, suffix='.mbox') as f:
		os.chmod(f.name, 0o644)
		for m in messages:
			f.write(b'From a@x.test Mon Jan  1 10:00:00 2024\n' + m.replace(b'\r\n', b'\n') + b'\n')
		f.flush()
		s.cli('import', ALICE, f.name)


def filled(messages):
	s = Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp'], env=mk.LEAN, start=False)
	import_mbox(s, messages)
	s.start()
	return s


def small(i):
	return b'Subject: %d\r\nFrom: a@x.test\r\n\r\n' % i + b'0123456789abcdef\r\n' * 40


@case
def slow_clients_cost_little():
	n, clients = 4000, 24
	with filled([small(i) for i in range(n)] + [b'Subject: big\r\n\r\n' + b'x' * 76 + b'\r\n' * 2 +
						   (b'y' * 76 + b'\r\n') * 60000]) as s:
		warm = s.imap(ALICE, 'secret')
		warm.run('EXAMINE INBOX')
		warm.run('UID FETCH 1:* (ENVELOPE BODY.PEEK[])')
		before = s.rss_kib()
		slow = []
		for i in range(clients):
			c = s.connect('imap')
			c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
			c.line()
			c.run('LOGIN %s secret' % ALICE)
			c.run('EXAMINE INBOX')
			item = ('ENVELOPE BODY.PEEK[]', 'BODY.PEEK[HEADER.FIELDS (SUBJECT)]', 'FLAGS ENVELOPE',
				'BINARY.PEEK[1]')[i % 4]
			# each asks twice for all of it: the second command waits behind the first
			c.send('z UID FETCH 1:* (%s)\r\ny UID FETCH 1:* (%s)\r\n' % (item, item))
			slow.append(c)
		# another one is served meanwhile
		for _ in range(20):
			assert warm.run('UID FETCH 1:10 (FLAGS BODY.PEEK[])')[0].startswith('OK')
		grown = s.rss_kib() - before
		assert grown < clients * (256 + 256) + 4096, 'grown by %d KiB' % grown
		# and a slow one gets all of it in the end
		c, seen = slow[1], 0
		c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
		while True:
			line = c.line()
			seen += bool(re.match(r'\* \d+ FETCH ', line))
			if line.startswith('y '):
				break
		assert seen == 2 * (n + 1), seen
		# who goes away in the middle takes what he held with him
		for c in slow:
			c.reset()
		assert warm.run('NOOP')[0].startswith('OK')


@case
def many_items():
	"""A thousand items are answered, one more is refused; deep paths find nothing."""
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		parts = b''.join(b'--b\r\n\r\n%d\r\n' % i for i in range(3000))
		s.deliver(ALICE, b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' + parts + b'--b--\r\n')
		c = s.imap(ALICE, 'secret')
		c.run('EXAMINE INBOX')
		tagged, untagged = c.run('FETCH 1 (%s)' % ' '.join('BODY.PEEK[%d]' % (i * 3) for i in range(1, 1001)))
		assert tagged.startswith('OK') and untagged[0].count(b'BODY[') == 1000
		assert b'BODY[3000] {4}\r\n2999' in untagged[0]
		tagged, _ = c.run('FETCH 1 (%s)' % ' '.join(['BODY.PEEK[1]'] * 1001))
		assert tagged.startswith('NO [LIMIT]'), tagged
		tagged, _ = c.run('FETCH 1 BODY.PEEK[HEADER.FIELDS (%s)]' % ' '.join('x%d' % i for i in range(1001)))
		assert tagged.startswith('NO [LIMIT]'), tagged
		tagged, untagged = c.run('FETCH 1 BODY.PEEK[%s]' % '.'.join(['1'] * 20000))
		assert tagged.startswith('OK') and untagged[0].endswith(b' NIL)'), (tagged, untagged[0][-50:])
		tagged, untagged = c.run('FETCH 1 (%s)' % ' '.join(['FLAGS UID'] * 4000))
		assert tagged.startswith('OK') and untagged[0].count(b'UID') == 1


@case
def many_keywords():
	"""64 keywords of 255 octets: a FLAGS of 16 KiB a message; one more is refused."""
	with filled([small(i) for i in range(200)]) as s:
		c = s.imap(ALICE, 'secret')
		c.run('SELECT INBOX')
		names = ['k%02d%s' % (i, 'x' * 252) for i in range(64)]
		for at in range(0, 64, 16):
			tagged, _ = c.run('UID STORE 1:* +FLAGS.SILENT (%s)' % ' '.join(names[at:at + 16]))
			assert tagged.startswith('OK'), tagged
		tagged, _ = c.run('STORE 1 +FLAGS (more)')
		assert tagged.startswith('NO [LIMIT]'), tagged
		tagged, _ = c.run('STORE 1 +FLAGS (%s)' % ('x' * 256))
		assert tagged.startswith('NO [LIMIT]'), tagged
		for items in ('FLAGS', '(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])'):
			tagged, untagged = c.run('FETCH 1:* ' + items)
			untagged = [u for u in untagged if b' FETCH (' in u]  # FLAGS was told, too
			assert tagged.startswith('OK') and len(untagged) == 200
			assert all(u.count(b'x' * 252) == 64 for u in untagged)


@case
def million_parts():
	"""Past 10,000 parts the rest is one leaf (SECURITY C1): structure, parts and search for them hold."""
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		s.deliver(ALICE, b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' + b'--b\r\n\r\nx\r\n' * 1000000 + b'--b--\r\n')
		c = s.imap(ALICE, 'secret')
		c.run('EXAMINE INBOX')
		for item in ('BODYSTRUCTURE', 'BODY', 'ENVELOPE'):
			tagged, untagged = c.run('FETCH 1 ' + item)
			assert tagged.startswith('OK') and untagged[0].count(b'(') == untagged[0].count(b')'), tagged
		tagged, untagged = c.run('FETCH 1 (BODY.PEEK[1] BODY.PEEK[9000] BODY.PEEK[1000000] PREVIEW)')
		assert tagged.startswith('OK'), tagged
		assert b'BODY[1] {1}\r\nx' in untagged[0] and b'BODY[9000] {1}\r\nx' in untagged[0]
		assert b'BODY[1000000] NIL' in untagged[0]


@case
def deep_messages():
	"""300 messages in one another: what lies below depth 100 is a leaf."""
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		s.deliver(ALICE, b'Content-Type: message/rfc822\r\n\r\n' * 300 + b'Subject: in\r\n\r\nx\r\n')
		c = s.imap(ALICE, 'secret')
		c.run('EXAMINE INBOX')
		for n in (1, 50, 90, 99, 100, 101, 300):
			path = '.'.join(['1'] * n)
			tagged, untagged = c.run('FETCH 1 (BODY.PEEK[%s.HEADER] BINARY.SIZE[%s] BODY)' % (path, path))
			assert tagged.startswith('OK'), tagged
			assert untagged[0].count(b'(') == untagged[0].count(b')')


main()
