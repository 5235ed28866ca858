#!/usr/bin/env python3
# test_limits.py - many recipients, aliases, sizes, loops, quota: what LMTP and SMTP answer at the edges.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip

ALICE, BOB, CAROL = ('%s@example.test' % n for n in ('alice', 'bob', 'carol'))


def hello(s, protocol='lmtp'):
	c = s.connect(protocol)
	assert c.reply()[0] == 220
	assert c.cmd(('LHLO' if protocol == 'lmtp' else 'EHLO') + ' client.test')[0] == 250
	return c


def stat(s, user):
	p = s.pop3(user, 'secret')
	n, octets = p.pop('STAT').split()[1:3]
	p.pop('QUIT')
	return int(n), int(octets)


def count(s, user):
	return stat(s, user)[0]


def log_bytes(s):
	"""What the log has grown to: octets in use of the segments and blobs."""
	total = 0
	for folder, _, names in os.walk(s.data):
		if os.path.basename(folder) == 'log' or '/blob' in folder:
			for n in names:
				with open(os.path.join(folder, n), 'rb') as f:
					total += len(f.read().rstrip(b'\0'))
	return total


@case
def a_hundred_recipients():
	"""RFC 5321 4.5.3.1.8; one body in the log for all of them."""
	users = {'user%d@example.test' % i: 'secret' for i in range(100)}
	body = b'Subject: many\r\n\r\n' + os.urandom(24000).hex().encode() + b'\r\n'
	with Server(users=users, listen=['pop3', 'lmtp', 'smtp']) as s:
		c = hello(s)
		before = log_bytes(s)
		replies = c.mail('a@remote.test', sorted(users), body)
		assert [r[0] for r in replies] == [250] * 100
		assert log_bytes(s) - before < 2 * len(body) + 100 * 1000, log_bytes(s) - before
		c = hello(s, 'smtp')
		assert [r[0] for r in c.mail('a@remote.test', sorted(users), body, lmtp=False)] == [250]
		assert count(s, 'user0@example.test') == 2 and count(s, 'user99@example.test') == 2


@case
def too_many_recipients():
	with Server(users={ALICE: 'secret'}, listen=['pop3', 'lmtp'], sets={'recipients': '5'}) as s:
		c = hello(s)
		assert c.cmd('MAIL FROM:<>')[0] == 250
		codes = [c.cmd('RCPT TO:<alice+%d@example.test>' % i)[0] for i in range(7)]
		assert codes == [250] * 5 + [452] * 2, codes
		assert c.cmd('DATA')[0] == 354
		c.send(b'x\r\n.\r\n')
		assert [c.reply()[0] for _ in range(5)] == [250] * 5
		assert count(s, ALICE) == 1, 'one copy an account'


@case
def quota_of_one_is_not_the_others():
	users = {ALICE: 'secret', BOB: {'password': 'secret', 'quota': '2000'}, CAROL: 'secret'}
	with Server(users=users, listen=['pop3', 'lmtp', 'smtp']) as s:
		c = hello(s)
		replies = c.mail('a@remote.test', [ALICE, BOB, CAROL], b'x' * 3000)
		assert [r[0] for r in replies] == [250, 452, 250], replies
		assert replies[1][1].startswith('4.2.2 '), replies
		assert (count(s, ALICE), count(s, BOB), count(s, CAROL)) == (1, 0, 1)
		# a small one still fits
		assert c.mail('a@remote.test', [BOB], b'small')[0][0] == 250
		# SMTP has one answer: nobody gets it now, all get it once there is room
		c = hello(s, 'smtp')
		assert c.mail('a@remote.test', [ALICE, BOB], b'y' * 3000, lmtp=False)[0][0] == 452
		assert count(s, ALICE) == 1
		# and with SIZE= the full one is told at RCPT, and only that one
		assert c.cmd('MAIL FROM:<> SIZE=3000')[0] == 250
		assert c.cmd('RCPT TO:<%s>' % ALICE)[0] == 250
		assert c.cmd('RCPT TO:<%s>' % BOB)[0] == 452


@case
def the_last_octets_of_a_quota():
	"""Trace lines count: nobody may get a message whose sender is told to try again (it would come twice)."""
	with Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['pop3', 'lmtp', 'smtp'],
		    aliases={'both@example.test': [ALICE, BOB]}) as s:
		codes = []
		for protocol, rcpts in (('smtp', [ALICE, BOB]), ('lmtp', ['both@example.test'])):
			c = hello(s, protocol)
			for room in range(0, 400, 25):
				before = stat(s, ALICE)[0], stat(s, BOB)
				s.cli('user', 'set', BOB, '--quota', str(before[1][1] + 1000 + room))
				code = c.mail('a@remote.test', rcpts, b'x' * 998, lmtp=protocol == 'lmtp')[0][0]
				codes.append(code)
				assert (stat(s, ALICE)[0] == before[0]) == (code == 452), (protocol, room, code)
				assert (stat(s, BOB)[0] == before[1][0]) == (code == 452), (protocol, room, code)
			assert codes[0] == 452 and codes[-1] == 250, codes


@case
def many_at_once_and_little_room():
	"""SMTP, two recipients, one nearly full, eight clients at once: both get a message, or nobody does."""
	with Server(users={ALICE: 'secret', BOB: {'password': 'secret', 'quota': '20000'}},
		    listen=['pop3', 'lmtp', 'smtp']) as s:
		codes = []

		def push():
			c = hello(s, 'smtp')
			for _ in range(5):
				codes.append(c.mail('a@remote.test', [ALICE, BOB], b'x' * 1500, lmtp=False)[0][0])

		def safely():
			try:
				push()
			except AssertionError:  # full at RCPT already
				pass
		threads = [threading.Thread(target=safely) for _ in range(8)]
		for t in threads:
			t.start()
		for t in threads:
			t.join()
		assert count(s, ALICE) == count(s, BOB) == codes.count(250) == 11, (count(s, ALICE), count(s, BOB), codes)


def own_address():
	"""One of this machine's that is not loopback."""
	with open('/proc/net/fib_trie', encoding='ascii') as f:
		found = [ip for ip in re.findall(r'-- (\S+)\n\s+/32 host LOCAL', f.read()) if not ip.startswith('127.')]
	return found[0] if found else skip('there is no address but loopback')


@case
def an_mta_is_no_stranger():
	"""connections_per_ip is not for LMTP's clients, which lmtp_allow names; 0 is no limit for MXs."""
	ip = own_address()
	with Server(users={ALICE: 'secret'}, listen=['lmtp=%s:0' % ip, 'smtp=%s:0' % ip, 'pop3=%s:0' % ip],
		    sets={'lmtp_allow': ip + '/32', 'connections_per_ip': '2', 'connections_per_ip_mx': '0'}) as s:
		for protocol in ('lmtp', 'smtp'):
			many = [s.connect(protocol) for _ in range(5)]
			assert [c.reply()[0] for c in many] == [220] * 5, protocol
		many = [s.connect('pop3') for _ in range(3)]
		assert [c.line()[:4] for c in many] == ['+OK ', '+OK ', '-ERR']
		s.wait_log(r'refused proto=pop3 client=%s why=connections_per_ip' % ip)
	with Server(users={ALICE: 'secret'}, listen=['lmtp=%s:0' % ip], sets={'lmtp_allow': '203.0.113.0/32'}) as s:
		assert s.connect('lmtp').is_closed()
		s.wait_log(r'refused proto=lmtp client=%s why=address' % ip)


@case
def aliases():
	with Server(users={ALICE: 'secret', BOB: 'secret', CAROL: 'secret'}, listen=['pop3', 'lmtp'],
		    aliases={'team@example.test': [ALICE, BOB], 'all@other.test': ['team@example.test', CAROL]}) as s:
		c = hello(s)
		replies = c.mail('a@remote.test', ['all@other.test', BOB, 'Team+x@Example.Test'], b'x')
		assert [r[0] for r in replies] == [250] * 3, replies
		assert [count(s, u) for u in (ALICE, BOB, CAROL)] == [1, 1, 1]
		s.cli('user', 'add', '"a b"@example.test', '--password-stdin', stdin='secret\n')
		s.cli('alias', 'add', 'odd@example.test', '"a b"@example.test', CAROL)
		assert 'odd@example.test\t"a b"@example.test %s' % CAROL in s.cli('alias', 'list').stdout
		assert c.mail('a@remote.test', ['odd@example.test'], b'x')[0][0] == 250
		p = s.pop3('"a b"@example.test', 'secret')
		assert b'\r\nDelivered-To: "a b"@example.test\r\n' in p.retr(1)
		assert s.cli('alias', 'add', 'loop@example.test', 'loop@example.test', check=False).returncode != 0


@case
def disabled_user():
	with Server(users={ALICE: 'secret', BOB: {'password': 'secret', 'disabled': True}}) as s:
		c = hello(s)
		assert c.cmd('MAIL FROM:<>')[0] == 250
		assert c.cmd('RCPT TO:<%s>' % BOB)[0] == 550


@case
def oversized():
	with Server(users={ALICE: 'secret'}, listen=['pop3', 'lmtp', 'smtp'], sets={'message_size': '1M'}) as s:
		line = b'0123456789' * 7 + b'\r\n'
		for protocol in ('lmtp', 'smtp'):
			c = hello(s, protocol)
			assert c.cmd('MAIL FROM:<> SIZE=1048577')[0] == 552
			assert c.cmd('MAIL FROM:<> SIZE=1048576')[0] == 250  # a promise
			assert c.cmd('RCPT TO:<%s>' % ALICE)[0] == 250
			assert c.cmd('DATA')[0] == 354
			for _ in range(300):
				c.send(line * 100)  # that is not kept
			c.send(b'.\r\n')
			assert c.reply() == (552, '5.3.4 ' + c_text(c, protocol)), protocol
			assert c.cmd('NOOP')[0] == 250
			# a chunk that says so itself is read to its end
			c.cmd('MAIL FROM:<>')
			c.cmd('RCPT TO:<%s>' % ALICE)
			c.send(b'BDAT 2000000 LAST\r\n' + b'x' * 2000000)
			assert c.reply()[0] == 552
			assert c.cmd('NOOP')[0] == 250
			# exactly the limit is fine
			assert c.mail('a@remote.test', [ALICE], b'x' * (1048576 - 2), lmtp=protocol == 'lmtp')[0][0] == 250
		assert count(s, ALICE) == 2


def c_text(c, protocol):
	return '<%s> too large' % ALICE if protocol == 'lmtp' else 'too large'


@case
def an_mta_is_not_hung_up_on():
	"""What its clients send is no error of its own, however often; in SMTP it is one."""
	with Server(users={ALICE: 'secret'}, listen=['lmtp', 'smtp'],
		    sets={'message_size': '1M', 'errors_before_login': '3'}) as s:
		c = hello(s)
		for _ in range(5):
			assert c.cmd('MAIL FROM:<> SIZE=9999999')[0] == 552
		assert c.cmd('MAIL FROM:<>')[0] == 250
		c = hello(s, 'smtp')
		assert [c.cmd('MAIL FROM:<> SIZE=9999999')[0] for _ in range(3)] == [552] * 3
		assert c.reply()[0] == 421 and c.is_closed()


@case
def chunks_without_last():
	"""Chunks for ever: the limit ends it, nothing is kept."""
	with Server(users={ALICE: 'secret'}, sets={'message_size': '1M'}) as s:
		c = hello(s)
		c.cmd('MAIL FROM:<>')
		c.cmd('RCPT TO:<%s>' % ALICE)
		codes = []
		for _ in range(5):
			c.send(b'BDAT 300000\r\n' + b'x' * 300000)
			codes.append(c.reply()[0])
		assert codes == [250, 250, 250, 552, 552], codes
		assert c.cmd('RSET')[0] == 250
		s.wait_log(r'info message .*rcpts=1 failed=1 .*reply="?552 5\.3\.4')
		assert len(s.log(' info message ')) == 1, 'one line for all chunks'
		assert count(s, ALICE) == 0


@case
def loops():
	"""SECURITY D3: past received_most Received fields it is a loop."""
	with Server(users={ALICE: 'secret'}, sets={'received_most': '50'}) as s:
		c = hello(s)
		hop = b'Received: from a.test by b.test; Mon, 23 Nov 2026 20:52:00 +0000\r\n'
		assert c.mail('a@remote.test', [ALICE], hop * 50 + b'\r\nx')[0][0] == 250
		reply = c.mail('a@remote.test', [ALICE], hop * 51 + b'\r\nx')[0]
		assert reply[0] == 554 and reply[1].startswith('5.4.6'), reply
		assert c.mail('a@remote.test', [ALICE], b'\r\n' + hop * 60)[0][0] == 250, 'in the body they are text'
		assert count(s, ALICE) == 2


@case
def odd_messages_are_kept():
	"""NUL, long lines, 8 bits, no header, nothing at all: the same bytes come out."""
	odd = [b'', b'\r\n', b'.\r\n', b'...\r\n.\r\n', b'a\0b\0\r\n', bytes(range(32, 256)) + b'\r\n',
	       b'x' * 100000 + b'\r\n', b'Subject: x\r\n' * 1000, b' \r\n\t\r\n', b'\xff\xfe\r\n']
	with Server(users={ALICE: 'secret'}) as s:
		c = hello(s)
		for m in odd:
			assert c.cmd('MAIL FROM:<>')[0] == 250
			assert c.cmd('RCPT TO:<%s>' % ALICE)[0] == 250
			assert c.cmd('DATA')[0] == 354
			c.send((b'.' + m if m.startswith(b'.') else m).replace(b'\r\n.', b'\r\n..') + b'.\r\n')
			assert c.reply()[0] == 250, m[:50]
		p = s.pop3(ALICE, 'secret')
		for i, m in enumerate(odd):
			got = p.retr(i + 1)
			assert got.startswith(b'Return-Path: <>\r\nDelivered-To: alice') and got.endswith(m), (
				m[:50], got[-100:])


@case
def one_message_two_lines_of_log():
	with Server(users={ALICE: 'secret'}) as s:
		c = hello(s)
		reply = c.mail('a@remote.test', [ALICE], b'Message-ID: <m1@remote.test>\r\n\r\nx')[0]
		ident = reply[1].split()[-1]
		line = s.wait_log(' message id=%s ' % ident)
		for part in ('proto=lmtp', 'from=a@remote.test', 'to=' + ALICE, 'rcpts=1', 'size=35',
			     'message_id="?<m1@remote.test>', 'reply="?250 2.0.0', 'client=127.0.0.1', 'helo=client.test',
			     'tls=no', 'ms='):
			assert __import__('re').search(part, line), (part, line)
		p = s.pop3(ALICE, 'secret')
		assert ident.encode() in p.retr(1)
		c.cmd('QUIT')
		line = s.wait_log(' session proto=lmtp .*accepted=1 refused=0')


main()
