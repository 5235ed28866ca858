#!/usr/bin/env python3
# test_login.py - what a password check costs, and whom it costs (SECURITY E2, E5).
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main  # noqa: E402

A = 'alice@example.test'
TICK = os.sysconf('SC_CLK_TCK')


def cpu_s(s):
	with open('/proc/%d/stat' % s.process.pid) as f:
		fields = f.read().rsplit(')', 1)[1].split()
	return (int(fields[11]) + int(fields[12])) / TICK


def try_login(s, user, password):
	c = s.pop3()
	c.pop('USER ' + user)
	reply = c.pop('PASS ' + password)
	if reply.startswith('+OK'):
		assert c.pop('QUIT').startswith('+OK')
	c.close()
	return reply


def cost(s, n, user, password):
	before = cpu_s(s)
	for _ in range(n):
		try_login(s, user, password)
	return (cpu_s(s) - before) / n


@case
def unknown_users_cost_what_known_ones_cost():
	with Server(users={A: 'secret', 'nopw@example.test': 'x'}, sets={'password_hash': 'yescrypt:7'}) as s:
		s.cli('user', 'passwd', 'nopw@example.test', '--no-password')
		known = cost(s, 4, A, 'wrong')
		for user in ('nobody@example.test', 'a@elsewhere.test', 'not an address', 'nopw@example.test'):
			unknown = cost(s, 4, user, 'wrong')
			assert 0.6 < unknown / known < 1.6, '%s: %.4f s, known %.4f s' % (user, unknown, known)
		replies = {try_login(s, user, 'wrong') for user in (A, 'nobody@example.test', 'nopw@example.test')}
		assert len(replies) == 1 and '[AUTH]' in replies.pop()


@case
def a_remembered_password_costs_next_to_nothing():
	with Server(users={A: 'secret'}, sets={'password_hash': 'yescrypt:5'}) as s:
		assert try_login(s, A, 'secret').startswith('+OK')
		warm = cost(s, 16, A, 'secret')
		cold = cost(s, 4, A, 'wrong')
		assert warm < cold / 4, 'warm %.4f s, cold %.4f s' % (warm, cold)
	with Server(users={A: 'secret'}, sets={'password_hash': 'yescrypt:5', 'password_cache': '0'}) as s:
		never = cost(s, 4, A, 'secret')
		assert never > cold / 3, 'without the cache %.4f s' % never


@case
def a_burst_of_guesses_is_bounded_and_leaves_sessions_alone():
	sets = {'password_hash': 'yescrypt:7', 'password_workers': '1', 'password_queue': '3',
		'connections_per_ip': '0'}
	with Server(users={A: 'secret', 'bob@example.test': 'x'}, sets=sets) as s:
		session = s.pop3(A, 'secret')
		guessers = []
		for n in range(12):
			c = s.pop3()
			c.pop('USER bob@example.test')
			guessers.append(c)
		replies = []
		threads = [threading.Thread(target=lambda c=c: replies.append(c.pop('PASS guess'))) for c in guessers]
		for t in threads:
			t.start()
		for _ in range(50):  # while they are being checked
			assert session.pop('NOOP').startswith('+OK')
		early = len(replies)
		for t in threads:
			t.join()
		busy = [r for r in replies if '[SYS/TEMP]' in r]
		wrong = [r for r in replies if '[AUTH]' in r]
		assert len(busy) + len(wrong) == 12 and len(wrong) >= 4 and len(busy) >= 1, replies
		assert early < 12, 'the session had to wait for the guessers'
		assert s.wait_log(r'info login user=bob@example\.test .* result=busy')
		assert session.pop('QUIT').startswith('+OK')


@case
def sessions_of_one_user_are_bounded():
	with Server(users={A: 'secret'}, sets={'connections_per_user': '2', 'pop3_exclusive': 'no',
					       'connections_per_ip': '0'}) as s:
		first, second = s.pop3(A, 'secret'), s.pop3(A, 'secret')
		third = s.pop3()
		third.pop('USER ' + A)
		assert third.pop('PASS secret').startswith('-ERR')
		second.pop('QUIT')
		second.close()
		s.wait_log(r' session .*reason=quit')
		assert s.pop3(A, 'secret').pop('NOOP').startswith('+OK')
		assert first.pop('NOOP').startswith('+OK')


@case
def disabled_is_told_only_to_who_knows_the_password():
	with Server(users={A: {'password': 'secret', 'disabled': True}}) as s:
		wrong = try_login(s, A, 'wrong')
		right = try_login(s, A, 'secret')
		assert '[AUTH]' in wrong and 'disabled' not in wrong, wrong
		assert right.startswith('-ERR') and 'disabled' in right, right
		s.wait_log(' info login ', 2)
		results = [re.search(r'result=(\w+)', l).group(1) for l in s.log(' info login ')]
		assert results == ['failed', 'disabled'], results


main()
