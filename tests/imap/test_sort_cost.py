#!/usr/bin/env python3
# test_sort_cost.py - SORT and THREAD of mail made to hurt (SECURITY B10): chains, loops, one id, one subject.
# SPDX-License-Identifier: Apache-2.0
"""
Counted is the server's CPU time (not the clock's): over n and 4n messages it may grow 4 * 1.3 * 1.3
times at most, as SECURITY.md allows 2.6 a doubling, and another session is answered meanwhile.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE, BOB = 'alice@example.test', 'bob@example.test'
N = int(os.environ.get('SORT_N', '2500')) # and four times as many
LONG = 'Re: [x] ' * 20 + 'a' * 700


def chain(i):
	return 'Message-ID: <%d@x>\r\nReferences: <%d@x>\r\nSubject: Re: s%d\r\n' % (i, i - 1, i % 7)


def chain_backwards(i):
	return 'Message-ID: <%d@x>\r\nReferences: <%d@x>\r\nSubject: s\r\n' % (-i, -i - 1)


def loops(i):
	return 'Message-ID: <%d@x>\r\nReferences: <%d@x> <%d@x> <%d@x>\r\nSubject: %d\r\n' % (i, i ^ 1, i * 7 % N, i, i)


def one_id(i):
	return 'Message-ID: <same@x>\r\nReferences: <a@x> <same@x> <a@x>\r\nSubject: same\r\n'


def one_long_subject(i):
	return 'Subject: %s\r\nFrom: %s\r\n' % (LONG, '"%s" <a@x>' % ('b' * 200))


SHAPES = [chain, chain_backwards, loops, one_id, one_long_subject]
COMMANDS = ['THREAD ORDEREDSUBJECT', 'THREAD REFERENCES', 'THREAD REFS',
	'SORT (SUBJECT REVERSE DISPLAYFROM DATE FROM TO CC SIZE)']


def cpu(server):
	with open('/proc/%d/stat' % server.process.pid) as f:
		fields = f.read().rsplit(')', 1)[1].split()
	return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def append(c, box, shape, first, last):
	for begin in range(first, last, 250):
		mails = ['Date: Mon, 1 Jan 2001 00:00:00 +0000\r\n%s\r\nx\r\n' % shape(i) for i in range(begin, begin + 250)]
		c.ok('APPEND %s%s' % (box, ''.join(' {%d+}\r\n%s' % (len(m), m) for m in mails)))


def spent(s, c, command, n):
	before = cpu(s)
	for _ in range(3):
		untagged = c.ok('UID %s UTF-8 ALL' % command)
	numbers = untagged[0].replace(b'(', b' ').replace(b')', b' ').split()[1:]
	assert sorted(map(int, numbers)) == list(range(1, n + 1)), command
	return (cpu(s) - before) / 3


def costs_little(shape):
	with Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm', sets={'special_folders': ''}) as s:
		c = s.imap(ALICE, 'secret')
		append(c, 'INBOX', shape, 0, N)
		c.ok('SELECT INBOX')
		few = {command: spent(s, c, command, N) for command in COMMANDS}
		append(c, 'INBOX', shape, N, 4 * N)
		c.ok('NOOP')
		for command in COMMANDS:
			before, after = few[command], spent(s, c, command, 4 * N)
			print('# %-22.22s %6d: %4.0f ms, %6d: %4.0f ms' % (command, N, before * 1e3, 4 * N, after * 1e3))
			assert after < 4 * 1.69 * max(before, 0.02), command


for shape in SHAPES:
	test = (lambda shape: lambda: costs_little(shape))(shape)
	test.__name__ = shape.__name__ + '_costs_little'
	case(test)


@case
def others_are_answered_meanwhile():
	with Server(users={ALICE: 'secret', BOB: 'pw'}, listen=['imap'], tmp='/dev/shm', sets={'loops': '1'}) as s:
		alice, bob = s.imap(ALICE, 'secret'), s.imap(BOB, 'pw')
		append(alice, 'INBOX', chain, 0, 2 * N)
		alice.ok('SELECT INBOX')
		alice.send(''.join('big%d %s UTF-8 ALL\r\n' % (i, COMMANDS[i % len(COMMANDS)]) for i in range(40)))
		alice.send('end NOOP\r\n')
		for i in range(10):
			bob.ok('NOOP')
		for i in range(40):
			tagged, _ = alice.answers('big%d' % i)
			assert tagged.startswith('OK'), tagged
		alice.answers('end')


if __name__ == '__main__':
	main()
