#!/usr/bin/env python3
# test_fetch_damage.py - a body whose octets have changed on the disk is never shown (SECURITY H3).
# SPDX-License-Identifier: Apache-2.0
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE = 'alice@example.test'


def rot(s, what):
	"""Changes one octet of the text wherever the store has it."""
	hits = 0
	for folder, _, names in os.walk(s.data):
		for name in names:
			path = os.path.join(folder, name)
			if not os.path.isfile(path):
				continue
			with open(path, 'rb') as f:
				data = f.read() if name.endswith('.seg') or 'blob' in folder else b''
			at = data.find(what)
			if at >= 0:
				with open(path, 'r+b') as f:
					f.seek(at)
					f.write(bytes([what[0] ^ 1]))
				hits += 1
	assert hits, 'not found on the disk'


@case
def others_are_served():
	for text in (b'needle in a small one\r\n', b'needle in a large one\r\n' + b'x' * 70 + b'\r\n' * 5000):
		with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
			s.deliver(ALICE, b'Subject: bad\r\n\r\n' + text)
			s.deliver(ALICE, b'Subject: good\r\n\r\nfine\r\n')
			rot(s, text[:21])
			c = s.imap(ALICE, 'secret')
			c.run('SELECT INBOX')
			tagged, untagged = c.run('FETCH 1:2 (UID BODY.PEEK[TEXT])')
			assert tagged.startswith('NO [CORRUPTION]'), tagged
			assert untagged[0] == b'1 FETCH (UID 1)', untagged
			assert untagged[1] == b'2 FETCH (UID 2 BODY[TEXT] {6}\r\nfine\r\n)', untagged
			# no item at all can be told: nothing is said about that message
			for item in ('BODY.PEEK[]', 'BODY.PEEK[1]', 'BINARY.PEEK[1]', 'RFC822.HEADER',
				     'BODY.PEEK[HEADER.FIELDS (SUBJECT)]', 'PREVIEW'):
				tagged, untagged = c.run('FETCH 1:2 ' + item)
				assert tagged.startswith('NO [CORRUPTION]'), (item, tagged)
				assert len(untagged) == 1 and untagged[0].startswith(b'2 FETCH'), (item, untagged)
			# what the index has does not depend on the body
			tagged, untagged = c.run('FETCH 1 (ENVELOPE BODYSTRUCTURE RFC822.SIZE FLAGS)')
			assert tagged.startswith('OK') and b'"bad"' in untagged[0]


@case
def a_literal_is_never_filled_up():
	"""What cannot be sent to its end ends the connection; no other word may count as octets of it."""
	for item in ('BINARY.PEEK[1]', 'BODY.PEEK[1]'):
		with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
			s.deliver(ALICE, b'MIME-Version: 1.0\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n'
				  b'\r\n' + (b'QUJD' * 19 + b'\r\n') * 100000)
			c = s.connect('imap')
			c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
			c.line()
			c.run('LOGIN %s secret' % ALICE)
			c.run('EXAMINE INBOX')
			c.send('z FETCH 1 %s\r\nz2 NOOP\r\n' % item)
			n = int(re.search(r'\{(\d+)\}$', c.line()).group(1))
			for folder, _, names in os.walk(os.path.join(s.data, 'blob')):
				for name in names:
					os.truncate(os.path.join(folder, name), 300000)
			rest = c.read_all()
			assert len(rest) < n and b'z' not in rest[-200:], (len(rest), n, rest[-80:])
			assert s.imap(ALICE, 'secret').run('NOOP')[0].startswith('OK')


main()
