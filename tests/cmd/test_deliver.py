#!/usr/bin/env python3
# test_deliver.py - the verb deliver: a message from a pipe, as Postfix or procmail hand it over.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, Server, case, main, need

ALICE, BOB = 'alice@example.test', 'bob@example.test'
EX_USAGE, EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL = 64, 67, 69, 75


def server(**more):
	return Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['pop3', 'lmtp'], **more)


def mail_of(s, user):
	"""[message, ...] without the three trace fields."""
	c = s.pop3(user, 'secret')
	n = int(c.pop('STAT').split()[1])
	out = []
	for i in range(1, n + 1):
		assert c.pop('RETR %d' % i).startswith('+OK')
		lines = c.multi_lines()
		at = next(k for k, l in enumerate(lines) if l.startswith('Received:')) + 1
		while lines[at].startswith((' ', '\t')):
			at += 1
		out.append((lines[0], lines[at:]))
	assert c.pop('QUIT').startswith('+OK')
	return out


@case
def from_a_pipe():
	with server() as s:
		s.cli('deliver', '-f', 'me@remote.test', ALICE, BOB,
		      stdin=b'From me@remote.test Mon Nov 23 20:53:27 2026\nSubject: pipe\n\n.dot\nlast')
		for user in (ALICE, BOB):
			assert mail_of(s, user) == [('Return-Path: <me@remote.test>',
						     ['Subject: pipe', '', '.dot', 'last'])], user


@case
def crlf_stays():
	with server() as s:
		s.cli('deliver', ALICE, stdin=b'Subject: x\r\n\r\nbody\r\n')
		assert mail_of(s, ALICE)[0][1] == ['Subject: x', '', 'body']


@case
def exit_codes():
	with server() as s:
		assert s.cli('deliver', 'nobody@example.test', stdin=b'x: y\n\n', check=False).returncode == EX_NOUSER
		assert s.cli('deliver', stdin=b'x: y\n\n', check=False).returncode == EX_USAGE
		assert s.cli('deliver', 'two words', stdin=b'x: y\n\n', check=False).returncode == EX_USAGE
		done = s.cli('deliver', ALICE, 'nobody@example.test', stdin=b'x: y\n\n', check=False)
		assert done.returncode == EX_NOUSER and 'nobody@example.test' in done.stderr, done
		assert len(mail_of(s, ALICE)) == 1
		s.cli('user', 'set', BOB, '--quota', '1K')
		done = s.cli('deliver', BOB, stdin=b'Subject: big\n\n' + b'x' * 5000, check=False)
		assert done.returncode == EX_TEMPFAIL, done
		s.stop()
		done = s.cli('deliver', ALICE, stdin=b'x: y\n\n', check=False)
		assert done.returncode == EX_TEMPFAIL and 'lmtp.sock: nobody listens there' in done.stderr, done
		done = s.cli('deliver', '--lmtp', '127.0.0.1:1', ALICE, stdin=b'x: y\n\n', check=False)
		assert done.returncode == EX_TEMPFAIL and 'nobody listens' in done.stderr, done


@case
def named_listener():
	with server() as s:
		s.cli('deliver', '--lmtp', s.where['lmtp'], ALICE, stdin=b'Subject: tcp\n\nx\n')
		assert len(mail_of(s, ALICE)) == 1


@case
def from_a_shell():
	"""As a .forward or a procmail recipe writes it."""
	with server() as s:
		done = subprocess.run(['/bin/sh', '-c', 'printf "Subject: sh\\n\\nhi\\n" | "$0" deliver --data "$1" "$2"',
				       s.binary, s.data, ALICE], check=False)
		assert done.returncode == 0
		assert mail_of(s, ALICE)[0][1] == ['Subject: sh', '', 'hi']


@case
def from_procmail():
	"""As a .procmailrc writes it; a refusal makes procmail fail too, so that the sender hears of it."""
	with server() as s:
		for user, code in ((ALICE, 0), ('nobody@example.test', EX_NOUSER)):
			rc = os.path.join(s.root, 'procmailrc')
			with open(rc, 'w', encoding='ascii') as f:
				f.write('SHELL=/bin/sh\nLOGFILE=%s/log\nDEFAULT=/dev/null\n:0 wr\n'
					'| %s deliver --data %s -f "$1" %s\n'
					':0 e\n{ EXITCODE=$? HOST }\n' % (s.root, s.binary, s.data, user))
			os.chmod(rc, 0o600)
			done = subprocess.run([need('procmail'), '-m', rc, 'me@remote.test'], check=False, timeout=WAIT,
					      input=b'From me@remote.test Mon Nov 23 20:53:27 2026\nSubject: proc\n\nhi\n')
			assert done.returncode == code, done
		got = mail_of(s, ALICE)
		assert got == [('Return-Path: <me@remote.test>', ['Subject: proc', '', 'hi'])], got


main()
