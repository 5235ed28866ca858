#!/usr/bin/env python3
# test_list_cost.py - LIST of thousands of mailboxes, with patterns made to hurt (SECURITY B10).
# SPDX-License-Identifier: Apache-2.0
"""
Counted is the server's CPU time (not the clock's): over n and 4n mailboxes it may grow 4 * 1.3 * 1.3
times at most, as SECURITY.md allows 2.6 a doubling, and another session is answered meanwhile.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE, BOB = 'alice@example.test', 'bob@example.test'
N = int(os.environ.get('LIST_N', '2500'))
PATTERNS = ['*', '%', '*%*%*%', '%*' * 1000, '*a' * 60 + '*b', '%a' * 60 + '%b', '*/%/*a*%']


def cpu(server):
	with open('/proc/%d/stat' % server.process.pid) as f:
		fields = f.read().rsplit(')', 1)[1].split()
	return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def create(c, first, last):
	"""Hostile names: long, of one letter, some levels deep. Pipelined."""
	for begin in range(first, last, 100):
		names = ['%s/%s%05d/%s' % ('a' * 40, 'a' * 40, i // 10, 'a' * 40 + str(i)) for i in range(begin, begin + 100)]
		c.send(''.join('x%d CREATE %s\r\n' % (i, name) for i, name in enumerate(names)))
		for i in range(100):
			tagged, _ = c.answers('x%d' % i)
			assert tagged.startswith('OK'), tagged


def spent(s, c, pattern, times=3):
	before = cpu(s)
	for _ in range(times):
		tagged, untagged = c.run('LIST "" "%s"' % pattern)
		assert tagged.startswith('OK'), tagged
	return (cpu(s) - before) / times, len(untagged)


@case
def hostile_patterns_cost_little():
	with Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm', sets={'special_folders': ''}) as s:
		c = s.imap(ALICE, 'secret')
		create(c, 0, N)
		few = {p: spent(s, c, p) for p in PATTERNS}
		create(c, N, 4 * N)
		for p in PATTERNS:
			(before, n), (after, m) = few[p], spent(s, c, p)
			print('# %-20.20s %5d: %4.0f ms, %5d: %4.0f ms' % (p, n, before * 1e3, m, after * 1e3))
			assert after < 4 * 1.69 * max(before, 0.02), p
		assert len(c.run('LIST "" "*"')[1]) > 4 * N


@case
def others_are_answered_meanwhile():
	with Server(users={ALICE: 'secret', BOB: 'pw'}, listen=['imap'], tmp='/dev/shm', sets={'loops': '1'}) as s:
		alice, bob = s.imap(ALICE, 'secret'), s.imap(BOB, 'pw')
		create(alice, 0, 1000)
		for i in range(30):
			alice.send('l%d LIST "" "%s"\r\n' % (i, '%a' * 60 + '%b'))
		for i in range(10):
			assert bob.run('NOOP')[0].startswith('OK')
		for i in range(30):
			assert alice.answers('l%d' % i)[0].startswith('OK')


@case
def a_reader_who_does_not_read_costs_no_memory():
	"""10,000 names with STATUS and rights are some MiB: what is not taken is not made."""
	with Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm') as s:
		c = s.imap(ALICE, 'secret')
		create(c, 0, 2000)
		def resident():
			with open('/proc/%d/statm' % s.process.pid) as f:
				return int(f.read().split()[1]) * 4096
		before = resident()
		d = s.imap(ALICE, 'secret')
		for i in range(8):  # 6 MiB of answers
			d.send('l%d LIST "" * RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY SIZE MAILBOXID) MYRIGHTS)\r\n' % i)
		assert c.run('NOOP')[0].startswith('OK')
		assert resident() - before < 6 << 20, resident() - before
		for i in range(8):
			tagged, untagged = d.answers('l%d' % i)
			assert tagged.startswith('OK') and len(untagged) > 6000


main()
