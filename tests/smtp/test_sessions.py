#!/usr/bin/env python3
# test_sessions.py - whole sessions: in one segment, cut anywhere, broken off anywhere; STARTTLS.
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE, BOB = 'alice@example.test', 'bob@example.test'
SEED = int(os.environ.get('SEED', '0')) or random.randrange(1 << 30)
LONG = bool(os.environ.get('LONG'))

BODY = b'Subject: whole\r\n\r\n..dot\r\nend\r\n'
WHOLE = b'Subject: whole\r\n\r\n.dot\r\nend\r\n'
CHUNK = b'Subject: chunk\r\n\r\n.dot\r\nend\r\n'


def session(hello):
	return (b'%s client.test\r\nMAIL FROM:<a@elsewhere.test> SIZE=100\r\nRCPT TO:<nobody@example.test>\r\n'
		b'RCPT TO:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n%s.\r\n'
		b'MAIL FROM:<>\r\nRCPT TO:<bob@example.test>\r\nBDAT 20\r\n%sBDAT %d LAST\r\n%sNOOP\r\nQUIT\r\n') % (
			hello, BODY, CHUNK[:20], len(CHUNK) - 20, CHUNK[20:])


CODES = {'lmtp': [220, 250, 250, 550, 250, 250, 354, 250, 250, 250, 250, 250, 250, 250, 221],
	 'smtp': [220, 250, 250, 550, 250, 250, 354, 250, 250, 250, 250, 250, 250, 221]}
HELLO = {'lmtp': b'LHLO', 'smtp': b'EHLO'}


def codes(c):
	out = []
	try:
		while True:
			out.append(c.reply()[0])
	except EOFError:
		return out


def messages(s, user):
	p = s.pop3(user, 'secret')
	n = int(p.pop('STAT').split()[1])
	out = [p.retr(i + 1) for i in range(n)]
	for i in range(n):
		p.pop('DELE %d' % (i + 1))
	p.pop('QUIT')
	return out


def server(**more):
	return Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['pop3', 'lmtp', 'smtp'],
		      sets={'undelete': '0', 'log_per_second': '0'}, **more)


@case
def in_one_segment():
	with server() as s:
		for protocol in ('lmtp', 'smtp'):
			c = s.connect(protocol)
			if protocol == 'smtp':  # who speaks first is refused there
				assert c.reply()[0] == 220
			c.send(session(HELLO[protocol]))
			assert codes(c) == CODES[protocol][protocol == 'smtp':], protocol
		assert [m.endswith(WHOLE) for m in messages(s, ALICE)] == [True] * 2
		assert len(messages(s, BOB)) == 4


@case
def cut_in_two_anywhere():
	with server() as s:
		for protocol in ('lmtp', 'smtp'):
			text = session(HELLO[protocol])
			cuts = range(1, len(text)) if LONG else range(1, len(text), 5)
			for cut in cuts:
				c = s.connect(protocol)
				assert c.reply()[0] == 220
				c.send(text[:cut])
				c.send(text[cut:])
				assert codes(c) == CODES[protocol][1:], (protocol, cut)
				c.close()


@case
def gone_anywhere():
	"""The client dies at every octet (sampled): what was told 250 is there, whole; the rest is whole or not."""
	print('seed %d' % SEED)
	rnd = random.Random(SEED)
	told = {ALICE: 0, BOB: 0}
	with server() as s:
		for protocol in ('lmtp', 'smtp'):
			text = session(HELLO[protocol])
			cuts = range(len(text)) if LONG else sorted(rnd.sample(range(len(text)), 40)) + [len(text) - 6]
			for cut in cuts:
				c = s.connect(protocol)
				assert c.reply()[0] == 220
				c.send(text[:cut])
				if rnd.random() < 0.5 or cut == len(text) - 6:
					c.shut_write()
					said = c.read_all()
					first = said.find(b'queued as')  # of one message to both; the next is bob's alone
					for who in told:
						told[who] += said.count(b'<%s> Ok: queued as' % who.encode()) \
							if protocol == 'lmtp' else first >= 0
					if protocol == 'smtp':
						told[BOB] += max(0, said.count(b'queued as') - 1)
					c.close()
				else:
					c.reset()
		assert told[ALICE] >= 2 and told[BOB] >= 4, told
		for who in (ALICE, BOB):
			got = messages(s, who)
			assert len(got) >= told[who], (who, len(got), told)
			for m in got:
				assert m.endswith(WHOLE) or m.endswith(CHUNK), m


@case
def unterminated_data():
	with server() as s:
		for rest in (b'', b'\r', b'\r\n', b'\r\n.', b'\r\n.\r'):
			c = s.connect('smtp')
			assert c.reply()[0] == 220
			c.send(b'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nx' + rest)
			c.shut_write()
			assert not [x for x in codes(c)[4:] if x == 250]
			c.close()
		c = s.connect('lmtp')
		c.send(b'LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nBDAT 10\r\n0123456789BDAT 10 LAST\r\n0')
		c.shut_write()
		assert codes(c) == [220, 250, 250, 250, 250]
		assert messages(s, ALICE) == []
		assert len(s.log('info message .*reply="?none')) == 6, s.log()


@case
def who_says_nothing_is_told():
	"""RFC 5321 3.8 and 4.5.3.2.7: 421, also in the middle of the data; nothing is stored."""
	with Server(users={ALICE: 'secret'}, listen=['pop3', 'lmtp', 'smtp'], sets={'smtp_idle': '1'}) as s:
		for protocol in ('lmtp', 'smtp'):
			for more in (b'', b' x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nhalf a li'):
				c = s.connect(protocol)
				assert c.reply()[0] == 220
				c.send(HELLO[protocol] + more if more else b'')
				said = codes(c)
				assert said == ([250, 250, 250, 354] if more else []) + [421], said
		s.wait_log(r' session .*reason=timeout', 4)
		assert messages(s, ALICE) == []


@case
def starttls_then_everything():
	with server() as s:
		for protocol in ('lmtp', 'smtp'):
			c = s.connect(protocol)
			assert c.reply()[0] == 220
			assert c.cmd(HELLO[protocol] + b' x')[0] == 250
			assert c.cmd('STARTTLS')[0] == 220
			c.start_tls()
			c.send(session(HELLO[protocol]))
			assert codes(c) == CODES[protocol][1:], protocol
		for m in messages(s, ALICE):
			assert b'ESMTPS' in m or b'LMTPS' in m, m


@case
def starttls_injection():
	"""SECURITY A1: what came before the handshake is not answered behind it, wherever it is cut."""
	with server() as s:
		for protocol in ('lmtp', 'smtp'):
			for injected in (b'NOOP\r\n', b'RSET\r\nNOOP\r\n', b'NO', b'QUIT\r\n'):
				c = s.connect(protocol)
				assert c.reply()[0] == 220
				assert c.cmd(HELLO[protocol] + b' x')[0] == 250
				c.send(b'STARTTLS\r\n' + injected)
				assert c.reply()[0] == 220
				try:
					c.start_tls()
				except (OSError, AssertionError):
					continue  # closed without a handshake
				raise AssertionError('a handshake behind %r' % injected)
		s.wait_log('starttls-injection')


main()
