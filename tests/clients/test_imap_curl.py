#!/usr/bin/env python3
# test_imap_curl.py - curl lists, fetches, searches, uploads by imap:// and imaps://.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, case, main, need
from home import PASSWORD, USER, deliver, good, message, server, session


def curl(s, path, *args, scheme='imap'):
	url = '%s://127.0.0.1:%d/%s' % (scheme, s.port[scheme], path)
	done = subprocess.run(['curl', '-sS', '--max-time', str(WAIT), '-u', USER + ':' + PASSWORD, *args, url],
			      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
	return done.returncode, done.stdout, done.stderr.decode()


def good_curl(*args, **more):
	code, out, err = curl(*args, **more)
	assert code == 0, (code, err)
	return out


@case
def lists_and_fetches():
	need('curl')
	with server() as s:
		deliver(s, range(1, 4))
		names = good_curl(s, '').decode().split('\r\n')
		assert '* LIST (\\HasNoChildren) "/" INBOX' in names, names
		assert good_curl(s, 'INBOX/;UID=2').endswith(message(2))
		assert good_curl(s, 'INBOX/;MAILINDEX=3').endswith(message(3))
		assert good_curl(s, 'INBOX/;UID=1/;SECTION=TEXT') == b'text\r\n'
		head = good_curl(s, 'INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(SUBJECT)')
		assert head == b'Subject: mark 1\r\n\r\n', head
		assert good_curl(s, 'INBOX/;UID=1/;PARTIAL=0.11').startswith(b'Return-Path')
		code, out, _ = curl(s, 'INBOX/;UID=9')
		assert code != 0 and out == b'', 'a message that is not there: %d %r' % (code, out)
		code, _, _ = curl(s, 'Nowhere/;UID=1')
		assert code != 0, 'a mailbox that is not there'


@case
def uidvalidity():
	need('curl')
	with server() as s:
		deliver(s, [1])
		with session(s) as m:
			valid = int(good(m.status('INBOX', '(UIDVALIDITY)'))[0].split()[-1].rstrip(b')'))
		assert good_curl(s, 'INBOX;UIDVALIDITY=%d/;UID=1' % valid).endswith(message(1))
		code, out, _ = curl(s, 'INBOX;UIDVALIDITY=%d/;UID=1' % (valid + 1))
		assert code == 78 and out == b'', 'another UIDVALIDITY: %d' % code  # remote file not found


@case
def searches():
	need('curl')
	with server() as s:
		deliver(s, range(1, 4))
		assert good_curl(s, 'INBOX?SUBJECT%20%22mark%202%22') == b'* SEARCH 2\r\n'
		assert good_curl(s, 'INBOX?ALL') == b'* SEARCH 1 2 3\r\n'
		assert good_curl(s, 'INBOX?TEXT%20nothing') == b'* SEARCH\r\n'


@case
def uploads():
	need('curl')
	big = message(7, b'line of a long mail\r\n' * 50000)
	with server() as s:
		for mail in (message(6), big):
			good_curl(s, 'INBOX', '-T', write(s, mail))
		assert good_curl(s, 'INBOX/;UID=1') == message(6)
		assert good_curl(s, 'INBOX/;UID=2') == big
		assert curl(s, 'Nowhere', '-T', write(s, big))[0] != 0


def write(s, mail):
	path = os.path.join(s.root, 'mail')
	with open(path, 'wb') as f:
		f.write(mail)
	return path


@case
def own_commands():
	need('curl')
	with server() as s:
		deliver(s, range(1, 4))
		good_curl(s, '', '-X', 'CREATE Work')
		assert b'FLAGS (\\Deleted' in good_curl(s, 'INBOX', '-X', 'STORE 2 +FLAGS (\\Deleted)')
		assert b'* 2 EXPUNGE' in good_curl(s, 'INBOX', '-X', 'EXPUNGE')
		good_curl(s, 'INBOX', '-X', 'UID COPY 3 Work')
		assert good_curl(s, 'Work/;UID=1').endswith(message(3))
		assert b'MESSAGES 1' in good_curl(s, '', '-X', 'STATUS Work (MESSAGES)')
		said = good_curl(s, 'INBOX', '-X', 'UID FETCH 1:* (FLAGS)')
		assert b'UID 3' in said and b'UID 2' not in said, said


@case
def tls_and_sasl():
	need('curl')
	with server() as s:
		deliver(s, [1])
		assert good_curl(s, 'INBOX/;UID=1', '-k', scheme='imaps').endswith(message(1))
		for how in (['AUTH=PLAIN'], ['AUTH=LOGIN'], ['AUTH=PLAIN', '--sasl-ir']):
			assert good_curl(s, 'INBOX/;UID=1', '--ssl-reqd', '-k', '--login-options',
					 *how).endswith(message(1)), how
		code, _, _ = curl(s, '', '-k', '-u', USER + ':wrong', scheme='imaps')
		assert code == 67, code


main()
