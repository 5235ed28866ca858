#!/usr/bin/env python3
# test_append.py - APPEND where it hurts: many at the quota's edge, cut connections, memory, octets kept.
# SPDX-License-Identifier: Apache-2.0
import os
import random
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import LEAN, Server, case, main  # noqa: E402

A, B = 'alice@example.test', 'bob@example.test'
SETS = {'connections_per_ip': '0', 'connections_per_user': '0'}


def login(s, user=A):
	c = s.connect('imap')
	assert c.line().startswith('* OK')
	tagged(c, 'LOGIN %s secret' % user)
	return c


def until(c, tag):
	"""Lines up to the tagged one; literals are octets in their place."""
	lines = []
	while True:
		line = c.line()
		lines.append(line)
		m = re.search(r'\{(\d+)\}$', line)
		if m:
			lines.append(c.read(int(m.group(1))))
		elif line.startswith(tag + ' '):
			return lines


def tagged(c, command, want='OK'):
	c.send('t %s\r\n' % command)
	lines = until(c, 't')
	assert lines[-1].startswith('t ' + want), '%s: %s' % (command[:80], lines[-1])
	return lines


def append(c, message, options=''):
	"""The tagged line."""
	c.send(('t APPEND INBOX%s {%d+}\r\n' % (options, len(message))).encode() + message + b'\r\n')
	return until(c, 't')[-1]


def used(s, user=A):
	return [l.split('\t') for l in s.cli('user', 'list').stdout.split('\n') if l.startswith(user)][0]


@case
def a_hundred_at_the_quotas_edge():
	"""SECURITY F: whatever the order, the limit holds and what fits is taken."""
	size, quota = 1000, 30000
	users = {A: {'password': 'secret', 'quota': str(quota)}}
	with Server(users=users, listen=['imap'], sets=SETS) as s:
		clients = [login(s) for _ in range(20)]
		message = b'Subject: x\r\n\r\n' + b'y' * (size - 18) + b'\r\n'
		assert len(message) == size - 2
		results, lock = [], threading.Lock()
		start = threading.Barrier(len(clients))

		def work(c):
			start.wait()
			for _ in range(5):
				answer = append(c, message)
				with lock:
					results.append(answer)

		threads = [threading.Thread(target=work, args=(c,)) for c in clients]
		for t in threads:
			t.start()
		for t in threads:
			t.join()
		good = [r for r in results if r.startswith('t OK')]
		bad = [r for r in results if r.startswith('t NO [OVERQUOTA]')]
		assert len(good) + len(bad) == 100, results[:3]
		assert len(good) == quota // (size - 2), len(good)
		name, messages, octets = used(s)[:3]
		assert int(messages) == len(good) and int(octets) == len(good) * (size - 2) <= quota, used(s)
		uids = sorted(int(re.search(r'APPENDUID \d+ (\d+)', r).group(1)) for r in good)
		assert uids == list(range(1, len(good) + 1)), uids


@case
def cut_anywhere_it_is_there_or_not():
	"""A connection that ends in the middle of an APPEND leaves nothing; one behind it, the message."""
	message = b'Subject: cut\r\n\r\nsome text\r\n'
	command = b't APPEND INBOX (\\Seen) {%d+}\r\n' % len(message) + message + b'\r\n'
	multi = b't APPEND INBOX {5+}\r\na: b\n CATENATE (TEXT {3+}\r\na:b TEXT {2+}\r\ncd) {5+}\r\nc: d\n\r\n'
	with Server(users={A: 'secret'}, listen=['imap'], sets=SETS) as s:
		watch = login(s)
		count = 0
		for text, n in ((command, 1), (multi, 3)):
			for at in range(0, len(text) + 1, 1 if len(text) < 120 else 2):
				c = login(s)
				c.send(text[:at])
				if at == len(text):
					assert until(c, 't')[-1].startswith('t OK')
					count += n
				if at % 3:
					c.close()
				else:
					c.reset()
			status = tagged(watch, 'STATUS INBOX (MESSAGES)')
			assert 'MESSAGES %d)' % count in status[0] or 'MESSAGES %d ' % count in status[0], (status, count)
		s.wait_log(r'session proto=imap', count=len(command) // 2 + len(multi) // 2)
		status = tagged(watch, 'STATUS INBOX (MESSAGES)')
		assert '(MESSAGES %d)' % count in status[0], (status, count)
		uploads = s.cli('status', '--json').stdout
		assert re.search(r'"uploads": 0\b', uploads) or '"uploads"' not in uploads, uploads


@case
def memory_does_not_grow_with_the_message():
	size = 50 << 20
	with Server(users={A: 'secret'}, listen=['imap'], sets={'message_size': '60M'}, env=LEAN) as s:
		c = login(s)
		assert append(c, b'Subject: first\r\n\r\nx\r\n').startswith('t OK')
		idle = s.rss_kib()
		line = b'0123456789' * 7 + b'\r\n'
		block = b'Subject: big\r\n\r\n' + line * 910
		c.send('t APPEND INBOX {%d}\r\n' % size)
		assert c.line().startswith('+')
		most, left = 0, size
		while left:
			part = block[:left]
			c.send(part)
			left -= len(part)
			most = max(most, s.rss_kib())
		during = most - idle
		c.send(b'\r\n')
		assert until(c, 't')[-1].startswith('t OK'), 'stored'
		lines = tagged(c, 'STATUS INBOX (SIZE)')
		assert int(re.search(r'SIZE (\d+)', lines[0]).group(1)) >= size, lines
		limit = 1024 if not s.is_sanitized() else 8192
		assert during <= limit, '%d KiB more than idle' % during


@case
def what_goes_in_comes_out():
	"""CRLF messages octet for octet, literal8 whatever they are, at every length of the pieces."""
	random.seed(int(os.environ.get('SEED', '4711')))
	with Server(users={A: 'secret'}, listen=['imap'], sets=SETS) as s:
		c = login(s)
		messages = []
		for i in range(60):
			binary = i % 2
			alphabet = [b'a', b'.', b'\r\n', b'\xe9', b' ', b'--b', b'>From '] + ([b'\n', b'\r', b'\0'] if binary else [])
			text = b'S: %d\r\n\r\n' % i + b''.join(random.choice(alphabet) for _ in range(random.choice((0, 3, 50, 20000))))
			c.send(b't APPEND INBOX %s{%d+}\r\n' % (b'~' if binary else b'', len(text)))
			rest = text
			while rest:
				n = random.choice((1, 2, 7, 1000, 100000))
				c.send(rest[:n])
				rest = rest[n:]
			c.send(b'\r\n')
			assert until(c, 't')[-1].startswith('t OK')
			messages.append(text)
		tagged(c, 'SELECT INBOX')
		for i, text in enumerate(messages):
			lines = tagged(c, 'FETCH %d (RFC822.SIZE)' % (i + 1))
			assert 'RFC822.SIZE %d)' % len(text) in lines[0], (i, lines, len(text))
			if i % 2:
				continue  # plain FETCH BODY[] of binary shows no NUL: see binary.t
			lines = tagged(c, 'FETCH %d (BODY.PEEK[])' % (i + 1))
			assert lines[1] == text, (i, len(text), len(lines[1]))
		# bare LFs become CRLF, wherever the pieces are cut
		for _ in range(40):
			text = b'S: x\n\n' + b''.join(random.choice((b'a', b'\n', b'\r\n', b'bc')) for _ in range(40)) + b'.'
			c.send(b't APPEND INBOX {%d+}\r\n' % len(text))
			for i in range(0, len(text), 3):
				c.send(text[i:i + 3])
			c.send(b'\r\n')
			assert until(c, 't')[-1].startswith('t OK')
			want = re.sub(b'(?<!\r)\n', b'\r\n', text)
			lines = tagged(c, 'FETCH * (RFC822.SIZE BODY.PEEK[])')
			got = [l for l in lines if isinstance(l, bytes)][0]
			assert got == want, (got, want)


@case
def many_in_one_command():
	with Server(users={A: 'secret'}, listen=['imap'], sets=SETS) as s:
		c = login(s)
		one = b' {5+}\r\na: b\n'
		c.send(b't APPEND INBOX' + one * 1000 + b'\r\n')
		last = until(c, 't')[-1]
		assert re.match(r't OK \[APPENDUID \d+ 1:1000\]', last), last
		c.send(b't APPEND INBOX' + one * 1001 + b'\r\n')
		last = until(c, 't')[-1]
		assert last.startswith('t NO [LIMIT]'), last
		lines = tagged(c, 'STATUS INBOX (MESSAGES)')
		assert '(MESSAGES 1000)' in lines[0], lines
		c.send(b't APPEND INBOX CATENATE (URL "/INBOX;UID=1"' + b' URL "/INBOX;UID=1/;PARTIAL=0.1"' * 255 + b')\r\n')
		assert until(c, 't')[-1].startswith('t OK')
		c.send(b't APPEND INBOX CATENATE (URL "/INBOX;UID=1"' + b' URL "/INBOX;UID=1"' * 256 + b')\r\n')
		assert until(c, 't')[-1].startswith('t NO [LIMIT]')
		large = b' {200000+}\r\n' + b'x' * 199998 + b'\r\n'
		c.send(b't APPEND INBOX' + large * 64 + b'\r\n')
		assert until(c, 't')[-1].startswith('t OK')
		c.send(b't APPEND INBOX' + large * 64 + b' {200000}\r\n')
		assert c.line().startswith('+')
		c.send(large[-200000:] + b'\r\n')
		assert until(c, 't')[-1].startswith('t NO [LIMIT]'), 'files are open for each'
		idle = s.rss_kib()
		c.send(b't APPEND INBOX' + one * 998 + b' {5}\r\n')
		assert c.line().startswith('+'), '998 are waiting'
		more = s.rss_kib() - idle
		assert more <= 8192 or s.is_sanitized(), '%d KiB for 998 messages that wait' % more


@case
def two_replace_one_message():
	"""Only one of them finds it: the draft is there once."""
	with Server(users={A: 'secret'}, listen=['imap'], sets=SETS) as s:
		one, two = login(s), login(s)
		assert append(one, b'S: draft\r\n\r\nx\r\n').startswith('t OK')
		for c in (one, two):
			tagged(c, 'SELECT INBOX')
		for c in (one, two):
			c.send(b't UID REPLACE 1 INBOX {6}\r\n')
			assert c.line().startswith('+'), 'both may try'
		one.send(b'a: b\r\n\r\n')
		assert until(one, 't')[-1].startswith('t OK')
		two.send(b'a: c\r\n\r\n')
		last = until(two, 't')[-1]
		assert last.startswith('t NO'), last
		lines = tagged(one, 'STATUS INBOX (MESSAGES)')
		assert '(MESSAGES 1)' in lines[0], lines


main()
