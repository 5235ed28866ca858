#!/usr/bin/env python3
# test_swaks.py - swaks, curl and smtplib deliver by SMTP and LMTP, with and without STARTTLS.
# SPDX-License-Identifier: Apache-2.0
import os
import smtplib
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, Server, case, main, need

ALICE, NOBODY = 'alice@example.test', 'nobody@example.test'


def server():
	return Server(users={ALICE: 'secret'}, listen=['pop3', 'lmtp', 'smtp'])


def count(s):
	c = s.pop3(ALICE, 'secret')
	n = int(c.pop('STAT').split()[1])
	assert c.pop('QUIT').startswith('+OK')
	return n


def run(*args, **more):
	return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=WAIT * 2,
			      check=False, **more)


def swaks(s, protocol, to, *args):
	return run(need('swaks'), '--server', '127.0.0.1', '--port', str(s.port[protocol]), '--protocol',
		   {'smtp': 'ESMTP', 'lmtp': 'LMTP'}[protocol], '--from', 'me@remote.test', '--to', to,
		   '--helo', 'client.remote.test', *args)


@case
def swaks_delivers():
	with server() as s:
		n = 0
		for protocol in ('smtp', 'lmtp'):
			for tls in ((), ('--tls',), ('--pipeline',)):
				done = swaks(s, protocol, ALICE, *tls)
				n += 1
				assert done.returncode == 0 and count(s) == n, done.stdout.decode()


@case
def swaks_is_refused():
	with server() as s:
		for protocol in ('smtp', 'lmtp'):
			for to, code in ((NOBODY, b'550 5.1.1'), ('u@elsewhere.test', b'550 5.7.1')):
				done = swaks(s, protocol, to)
				assert done.returncode != 0 and code in done.stdout, done.stdout.decode()
		assert count(s) == 0


@case
def curl_delivers():
	need('curl')
	with server() as s, tempfile.NamedTemporaryFile() as f:
		f.write(b'Subject: curl\r\n\r\n.dot\r\n')
		f.flush()
		for n, tls in enumerate(((), ('--ssl-reqd', '-k')), 1):
			args = ['curl', '-sS', '--max-time', str(WAIT), '--mail-from', 'me@remote.test', *tls,
				'-T', f.name, 'smtp://127.0.0.1:%d/client.test' % s.port['smtp'], '--mail-rcpt']
			done = run(*args, ALICE)
			assert done.returncode == 0 and count(s) == n, done.stdout.decode()
			assert run(*args, NOBODY).returncode == 55


@case
def smtplib_delivers():
	insecure = ssl.create_default_context()
	insecure.check_hostname, insecure.verify_mode = False, ssl.CERT_NONE
	with server() as s:
		n = 0
		for kind, protocol in ((smtplib.SMTP, 'smtp'), (smtplib.LMTP, 'lmtp')):
			for tls in (False, True):
				c = kind('127.0.0.1', s.port[protocol])
				c.ehlo_or_helo_if_needed()
				if tls:
					c.starttls(context=insecure)
				refused = c.sendmail('me@remote.test', [ALICE, NOBODY], b'Subject: lib\r\n\r\nx\r\n')
				assert set(refused) == {NOBODY} and refused[NOBODY][0] == 550, refused
				c.quit()
				n += 1
				assert count(s) == n
		c = smtplib.SMTP('127.0.0.1', s.port['smtp'])
		try:
			c.sendmail('me@remote.test', [NOBODY], b'x: y\r\n\r\n')
			raise AssertionError('a stranger got mail')
		except smtplib.SMTPRecipientsRefused:
			c.quit()


main()
