#!/usr/bin/env python3
# test_mailbox_races.py - several sessions make, rename and remove the same mailboxes at once.
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE = 'alice@example.test'
SESSIONS, ROUNDS = 6, 15


def server():
	return Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm', sets={'special_folders': ''})


def together(s, fn):
	"""fn(client, number) in as many threads, begun at once; their results."""
	start, results, failed = threading.Barrier(SESSIONS), [None] * SESSIONS, []
	def run(i):
		try:
			c = s.imap(ALICE, 'secret')
			start.wait()
			results[i] = fn(c, i)
		except BaseException as e:
			failed.append(e)
	threads = [threading.Thread(target=run, args=(i,)) for i in range(SESSIONS)]
	for t in threads:
		t.start()
	for t in threads:
		t.join()
	assert not failed, failed
	return results


def names(s):
	tagged, untagged = s.imap(ALICE, 'secret').run('LIST "" *')
	assert tagged.startswith('OK')
	return sorted(u.decode().rsplit(' ', 1)[1] for u in untagged)


@case
def superiors_are_made_once():
	"""RFC 9051 6.3.4: whoever is slower finds them there."""
	with server() as s:
		def run(c, i):
			for n in range(ROUNDS):
				tagged, _ = c.run('CREATE r%d/a/b/leaf%d' % (n, i))
				assert tagged.startswith('OK'), tagged
		together(s, run)
		want = ['INBOX'] + [p for n in range(ROUNDS) for p in
				    ['r%d' % n, 'r%d/a' % n, 'r%d/a/b' % n] +
				    ['r%d/a/b/leaf%d' % (n, i) for i in range(SESSIONS)]]
		assert names(s) == sorted(want)


@case
def one_of_many_makes_a_name():
	with server() as s:
		def run(c, i):
			return [c.run('CREATE same%d' % n)[0] for n in range(ROUNDS)]
		answers = together(s, run)
		for n in range(ROUNDS):
			said = sorted(a[n].split(']')[0].split('[')[0] + ('E' if 'ALREADYEXISTS' in a[n] else '') for a in answers)
			assert said == ['NO E'] * (SESSIONS - 1) + ['OK '], said


@case
def a_tree_is_renamed_whole_or_not():
	with server() as s:
		c = s.imap(ALICE, 'secret')
		for i in range(20):
			assert c.run('CREATE t/x%d/y' % i)[0].startswith('OK')
		def run(c, i):
			ok = 0
			for n in range(ROUNDS):
				tagged, _ = c.run('RENAME t u%d_%d' % (i, n))
				if tagged.startswith('OK'):
					ok += 1
					assert c.run('RENAME u%d_%d t' % (i, n))[0].startswith('OK')
				else:
					assert tagged.startswith(('NO [NONEXISTENT]', 'NO [ALREADYEXISTS]')), tagged
			return ok
		assert sum(together(s, run)) > 0
		assert names(s) == sorted(['INBOX', 't'] + ['t/x%d' % i for i in range(20)] + ['t/x%d/y' % i for i in range(20)])


@case
def a_quota_of_mailboxes_is_never_passed():
	"""SECURITY E8: the limit is looked at in the commit."""
	with server() as s:
		s.cli('user', 'set', ALICE, '--quota-mailboxes', '10')
		def run(c, i):
			return sum(c.run('CREATE q%d_%d' % (i, n))[0].startswith('OK') for n in range(ROUNDS))
		assert sum(together(s, run)) == 9
		assert len(names(s)) == 10
		c = s.imap(ALICE, 'secret')
		assert c.run('CREATE one/more')[0].startswith('NO [OVERQUOTA]')
		assert c.run('GETQUOTA ' + ALICE)[1] == [b'QUOTA %s (MAILBOX 10 10)' % ALICE.encode()]


main()
