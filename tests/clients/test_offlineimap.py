#!/usr/bin/env python3
# test_offlineimap.py - offlineimap3 keeps a Maildir and the server alike: mails, flags, deletions, folders.
# SPDX-License-Identifier: Apache-2.0
import hashlib
import os
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main
from home import PASSWORD, USER, Home, deliver, good, listing, message, server, session


class Offlineimap(Home):
	def __init__(self, s, mode='plain'):
		super().__init__('offlineimap')
		tls = {'plain': 'remoteport = %d\nssl = no\nstarttls = no' % s.port['imap'],
		       'imaps': 'remoteport = %d\nssl = yes\ncert_fingerprint = %s' % (
			       s.port['imaps'], fingerprint(s))}[mode]
		self.write('rc', '''
[general]
accounts = mk
ui = basic
metadata = %s/meta
socktimeout = 30
maxsyncaccounts = 1

[Account mk]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = %s/mail
sync_deletes = yes

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteuser = %s
remotepass = %s
auth_mechanisms = LOGIN
%s
maxconnections = 2
''' % (self.path, self.path, USER, PASSWORD, tls))

	def sync(self):
		return self.run(['offlineimap', '-c', self.path + '/rc', '-o', '-u', 'basic'])


def fingerprint(s):
	with open(s.data + '/tls-cert.pem', encoding='ascii') as f:
		return hashlib.sha512(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()


def flags_of(client, folder='mail/INBOX'):
	return {n: letters for n, (_, letters) in client.marks(folder).items()}


@case
def two_way():
	with server() as s:
		client = Offlineimap(s)
		deliver(s, range(4))
		client.sync()
		assert flags_of(client) == {n: '' for n in range(4)}, flags_of(client)

		client.set_flags('mail/INBOX', 0, 'FS')
		client.set_flags('mail/INBOX', 1, 'RS')
		client.add('mail/INBOX', message(10), 'ten:2,S')
		with session(s, 'INBOX') as m:
			good(m.store('3', '+FLAGS', '(\\Flagged)'))
		deliver(s, [11])
		client.sync()
		assert listing(s, 'INBOX') == {0: {'\\Seen', '\\Flagged'}, 1: {'\\Seen', '\\Answered'},
					       2: {'\\Flagged'}, 3: set(), 10: {'\\Seen'}, 11: set()}, \
			listing(s, 'INBOX')
		assert flags_of(client) == {0: 'FS', 1: 'RS', 2: 'F', 3: '', 10: 'S', 11: ''}, flags_of(client)

		os.unlink(client.marks('mail/INBOX')[1][0])
		with session(s, 'INBOX') as m:
			good(m.store('4', '+FLAGS.SILENT', '(\\Deleted)'))
			good(m.expunge())
		client.sync()
		assert sorted(flags_of(client)) == [0, 2, 10, 11], flags_of(client)
		assert sorted(listing(s, 'INBOX')) == [0, 2, 10, 11], listing(s, 'INBOX')


@case
def folders_over_tls():
	with server() as s:
		client = Offlineimap(s, 'imaps')
		with session(s) as m:
			good(m.create('There/Below'))
			good(m.append('There/Below', '(\\Seen)', None, message(1, b'x' * 3000 + b'\r\n.\r\n')))
		client.add('mail/Here', message(2), 'two:2,F')
		client.sync()
		assert flags_of(client, 'mail/There.Below') == {1: 'S'}, os.listdir(client.path + '/mail')
		assert listing(s, 'Here') == {2: {'\\Flagged'}}


main()
