#!/usr/bin/env python3
# test_packed.py - with compress=yes the disk holds less, and no client can tell.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, crlf, main # noqa: E402

ALICE = 'alice@example.test'
HEAD = b'From: a@remote.test\r\nSubject: packed\r\nMIME-Version: 1.0\r\n'
FETCH = ('(UID RFC822.SIZE FLAGS ENVELOPE BODYSTRUCTURE)', 'BODY.PEEK[]', 'BODY.PEEK[HEADER]',
	 'BODY.PEEK[TEXT]<100.50>', 'BODY.PEEK[1]', 'BODY.PEEK[2]', 'BODY.PEEK[2.MIME]',
	 'BINARY.PEEK[1]', 'BINARY.SIZE[1]', 'BODY.PEEK[]<190000.20000>', 'PREVIEW')


def messages():
	yield HEAD + b'\r\nshort\r\n'
	for lines in (300, 3000, 9000, 30000):
		text = b''.join(b'line %d of this evening\r\n.dot\r\n' % i for i in range(lines))
		yield HEAD + b'\r\n' + text
		yield (HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\n'
		       b'Content-Type: text/plain\r\n\r\n' + text + b'\r\n--b--\r\n')


def size_of(s):
	"""Octets of text that lie there as they were sent."""
	n = 0
	for folder, _, names in os.walk(s.data):
		for name in names:
			if name.endswith('.seg') or 'blob' in folder:
				with open(os.path.join(folder, name), 'rb') as f:
					n += f.read().count(b' of this evening\r\n')
	return n


def look(s):
	seen = []
	c = s.imap(ALICE, 'secret')
	n = [int(u.split()[0]) for u in c.ok('SELECT INBOX') if u.endswith(b' EXISTS')][0]
	for i in range(1, n + 1):
		for items in FETCH:
			seen.append(c.run('FETCH %d %s' % (i, items)))
	c.close()
	p = s.pop3(ALICE, 'secret')
	p.pop('LIST')
	seen.append(p.multi())
	seen += [p.retr(i) for i in range(1, n + 1)]
	p.pop('TOP %d 5' % n)
	seen.append(p.multi())
	p.close()
	return seen


@case
def nobody_can_tell():
	seen, size = {}, {}
	for compress in ('no', 'yes'):
		with Server(users={ALICE: 'secret'}, listen=['imap', 'pop3', 'lmtp'],
			    sets={'compress': compress, 'compress_from': '1K', 'log_per_second': '0'}) as s:
			for m in messages():
				s.deliver(ALICE, crlf(m))
			seen[compress] = [str(x) for x in look(s)]
			size[compress] = size_of(s)
			s.stop()
			s.start()
			again = [str(x) for x in look(s)]
			assert len(again) == len(seen[compress])
	assert len(seen['no']) == len(seen['yes'])
	for a, b in zip(seen['no'], seen['yes']):
		a, b = unstamped(a), unstamped(b)
		assert a == b, (a[:300], b[:300])
	assert size['no'] > 80000, size
	assert size['yes'] < 1000, size


def unstamped(text):
	"""Without what tells the moment of a delivery."""
	text = re.sub(r'Received: .*?\d\d:\d\d:\d\d \+0000', '', text, flags=re.S)
	return re.sub(r't\d+', '', text)


main()
