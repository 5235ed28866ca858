#!/usr/bin/env python3
# test_imap_fetchmail.py - fetchmail by IMAP: keeps, fetches what is unseen, deletes, waits in IDLE.
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, case, main
from home import PASSWORD, USER, Home, deliver, listing, good, message, server, session

TLS = {'plain': ('imap', "sslproto ''"), 'starttls': ('imap', "sslproto 'TLS1.2+' no sslcertck"),
       'imaps': ('imaps', 'ssl no sslcertck')}


class Fetchmail(Home):
	def __init__(self, s, mode='plain'):
		super().__init__('fetchmail')
		self.port, self.tls = s.port[TLS[mode][0]], TLS[mode][1]
		self.env['FETCHMAILHOME'] = self.path
		os.makedirs(self.path + '/mail/new')

	def argv(self, keep, more=''):
		mda = self.write('mda', '#!/bin/sh\n'
				 't=$(mktemp %s/tmp.XXXXXX) && cat >"$t" && mv "$t" %s/mail/new/\n' % (
					 self.path, self.path), 0o700)
		rc = self.write('rc', 'set no syslog\n'
				'poll 127.0.0.1 protocol imap port %d auth password\n'
				'user "%s" password "%s" %s %s mda "%s" %s\n' % (
					self.port, USER, PASSWORD, self.tls,
					'keep' if keep else 'no keep', mda, more))
		return ['fetchmail', '-v', '-f', rc, '--nodetach', '--pidfile', self.path + '/pid']

	def fetch(self, keep=True, more=''):
		self.run(self.argv(keep, more), good=(0, 1))  # 1: no new mail
		return sorted(self.marks('mail'))


def keep_and_delete(mode):
	with server() as s:
		client = Fetchmail(s, mode)
		assert client.fetch() == []
		deliver(s, range(3))
		assert client.fetch() == [0, 1, 2]
		assert listing(s, 'INBOX') == {n: {'\\Seen'} for n in range(3)}, listing(s, 'INBOX')
		deliver(s, [3])
		assert client.fetch() == [0, 1, 2, 3]  # `marks` fails on one that comes twice
		deliver(s, [4])
		assert client.fetch(keep=False) == [0, 1, 2, 3, 4]
		assert sorted(listing(s, 'INBOX')) == [0, 1, 2, 3], 'only what it fetched is deleted'


@case
def plain():
	keep_and_delete('plain')


@case
def starttls():
	keep_and_delete('starttls')


@case
def imaps():
	keep_and_delete('imaps')


@case
def another_folder():
	with server() as s:
		client = Fetchmail(s)
		with session(s) as m:
			good(m.create('Work'))
			good(m.append('Work', None, None, message(5, b'.\r\n..\r\n' + b'x' * 5000 + b'\r\n')))
		assert client.fetch(more='folder Work') == [5]
		assert list(client.mails('mail').values())[0].replace(b'\r\n', b'\n').endswith(
			b'.\n..\n' + b'x' * 5000 + b'\n')


def arrived(client, n, process):
	"""Waits until mark n is there: it looks often, and gives up only after long."""
	until = time.monotonic() + WAIT
	while time.monotonic() < until and process.poll() is None:
		if n in client.marks('mail'):
			return True
		time.sleep(0.02)
	return False


@case
def idle():
	"""It stays, and each delivery is pushed to it."""
	with server() as s:
		client = Fetchmail(s)
		process = client.start(client.argv(True, 'idle'))
		try:
			for n in range(3):
				deliver(s, [n])
				assert arrived(client, n, process), 'mail %d is not fetched' % n
		finally:
			process.kill()
			out = process.communicate()[0].decode()
		assert ' IDLE' in out, out[-500:]
		assert len(s.log(r'login .*user=alice')) <= 3, 'it came again instead of staying'


main()
