#!/usr/bin/env python3
# test_curl.py - curl lists, fetches, deletes: in the clear, with STLS, with POP3S.
# row C5
# row C16
# row R9
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, Server, case, main, need
import pull

MESSAGE = b'Subject: curl\r\n\r\n.\r\n.dot\r\nend\r\n'


def curl(s, mode, path, *args):
	scheme = 'pop3s' if mode == 'pop3s' else 'pop3'
	url = '%s://127.0.0.1:%d/%s' % (scheme, s.port[scheme], path)
	tls = {'plain': [], 'stls': ['--ssl-reqd', '-k'], 'pop3s': ['-k']}[mode]
	done = subprocess.run(['curl', '-sS', '--max-time', str(WAIT), '-u',
			       '%s:%s' % (pull.USER, pull.PASSWORD), *tls, *args, url],
			      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
	return done.returncode, done.stdout, done.stderr.decode()


def works(mode):
	need('curl')
	with Server(users={pull.USER: pull.PASSWORD}) as s:
		for _ in range(2):
			s.deliver(pull.USER, MESSAGE)
		code, out, err = curl(s, mode, '')
		assert code == 0, err
		sizes = [line.split() for line in out.decode().splitlines()]
		assert [n for n, _ in sizes] == ['1', '2'], out
		code, out, err = curl(s, mode, '1')
		assert code == 0, err
		assert out.endswith(MESSAGE) and len(out) == int(sizes[0][1]), out
		code, out, err = curl(s, mode, '3')
		assert code != 0, 'a message that is not there'
		code, out, err = curl(s, mode, '1', '-X', 'DELE', '--list-only')
		assert code == 0, err
		assert pull.left(s) == 1
		code, out, err = curl(s, mode, '', '-X', 'UIDL')
		assert code == 0 and out.startswith(b'1 '), (code, out, err)


@case
def plain():
	works('plain')


@case
def stls():
	works('stls')


@case
def pop3s():
	works('pop3s')


@case
def sasl():
	need('curl')
	with Server(users={pull.USER: pull.PASSWORD}) as s:
		for mechanism in ('PLAIN', 'LOGIN'):
			code, _, err = curl(s, 'stls', '', '--login-options', 'AUTH=' + mechanism)
			assert code == 0, mechanism + ': ' + err
		code, _, err = curl(s, 'stls', '', '--login-options', 'AUTH=PLAIN', '--sasl-ir')
		assert code == 0, err


main()
