#!/usr/bin/env python3
# test_care.py - index rebuild, index check, log dump: on a folder with mail in it.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main  # noqa: E402

A, B = 'alice@example.test', 'bob@example.test'


def some_mail(s):
	for n in range(20):
		s.deliver([A, B] if n % 2 else A, b'Subject: %d\r\n\r\n' % n + b'line\r\n' * n * 50)
	s.deliver(A, b'Subject: large\r\n\r\n' + b'0123456789abcdef\r\n' * 20000)  # in a file of its own
	c = s.pop3(A, 'secret')
	for n in (3, 7):
		assert c.pop('DELE %d' % n).startswith('+OK')
	assert c.pop('QUIT').startswith('+OK')


def everything(s, user):
	c = s.pop3(user, 'secret')
	count = int(c.pop('STAT').split()[1])
	assert c.pop('UIDL').startswith('+OK')
	uidl = c.multi_lines()
	mail = [c.retr(n) for n in range(1, count + 1)]
	assert c.pop('QUIT').startswith('+OK')
	return uidl, mail


@case
def a_rebuilt_index_shows_the_same():
	with Server(users={A: 'secret', B: 'secret'}, aliases={'all@example.test': [A, B]},
		    sets={'pop3_sets_seen': 'no'}) as s:
		some_mail(s)
		before = everything(s, A), everything(s, B), s.cli('alias', 'list').stdout
		users = s.cli('user', 'list').stdout
		done = s.cli('index', 'rebuild', check=False)
		assert done.returncode == 75 and 'stop it first' in done.stderr, done
		s.stop()
		done = s.cli('index', 'rebuild')
		m = re.match(r'rebuilt from (\d+) records \((\d+) octets of log\) in \d+ ms\n$', done.stdout)
		assert m and int(m.group(1)) >= 25, done.stdout
		assert s.cli('index', 'check').stdout == 'index and log agree\n'
		for name in os.listdir(s.data):  # without any index at all
			if name.startswith('data.mdb') or name == 'checkpoint':
				os.unlink(os.path.join(s.data, name))
		s.start()
		assert s.log(r' info recovery .*rebuilt=yes')
		assert before == (everything(s, A), everything(s, B), s.cli('alias', 'list').stdout)
		assert users == s.cli('user', 'list').stdout
		assert s.cli('index', 'check').stdout == 'index and log agree\n'


@case
def the_log_is_told_in_words_and_without_secrets():
	with Server(users={A: 'secret', B: 'secret'}) as s:
		some_mail(s)
		inside = s.cli('log', 'dump').stdout.splitlines()
		numbers = [int(l.split()[0]) for l in inside]
		assert numbers == sorted(set(numbers)) and len(numbers) >= 25
		text = '\n'.join(inside)
		for word in ('account-create', 'stored', 'expunged', A, 'uid='):
			assert word in text, word
		assert '$y$' not in text and 'Subject: ' not in text, 'a hash, or mail'
		some = s.cli('log', 'dump', '--from', str(numbers[10])).stdout.splitlines()
		assert some == inside[10:], some[:2]
		s.stop()
		assert s.cli('log', 'dump').stdout.splitlines()[:len(inside)] == inside
		done = s.cli('log', 'dump', '--from', 'x', check=False)
		assert done.returncode == 64, done
		done = subprocess.run([s.binary + ' log dump --data ' + s.data + ' | head -1'], shell=True,
				      stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=s.env)
		assert done.stdout.count(b'\n') == 1 and not done.stderr, done  # a closed pipe is no error


main()
