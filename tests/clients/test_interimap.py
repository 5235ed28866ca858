#!/usr/bin/env python3
# test_interimap.py - interimap keeps two accounts alike by QRESYNC (RFC 7162): mails, flags, deletions, folders.
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main
from home import PASSWORD, Home, deliver, good, listing, message, server, session

BOB = 'bob@example.test'


class Interimap(Home):
	def __init__(self, s, mode='plain'):
		super().__init__('interimap')
		tls = {'plain': 'type = imap\nport = %d\nSTARTTLS = NO\n' % s.port['imap'],
		       'starttls': 'type = imap\nport = %d\nSTARTTLS = YES\nSSL_verify = NO\n' % s.port['imap'],
		       'imaps': 'type = imaps\nport = %d\nSSL_verify = NO\n' % s.port['imaps']}[mode]
		side = 'host = 127.0.0.1\nusername = %s\npassword = ' + PASSWORD + '\nauth = plain login\n' + tls
		self.rc = self.write('config', 'database = %s/mk.db\n[local]\n%s\n[remote]\n%s\n' % (
			self.path, side % 'alice@example.test', side % BOB))

	def sync(self, *args):
		return self.run(['interimap', '--config=' + self.rc, *args])


def both(s):
	return listing(s, 'INBOX'), listing(s, 'INBOX', BOB)


@case
def two_way():
	with server(users=[BOB]) as s:
		client = Interimap(s)
		client.sync()
		deliver(s, range(4))
		s.deliver(BOB, message(10))
		client.sync()
		here, there = both(s)
		assert here == there and sorted(here) == [0, 1, 2, 3, 10], (here, there)

		# flags and deletions on either side, told by MODSEQ and VANISHED
		with session(s, 'INBOX') as m:
			good(m.store('1', '+FLAGS', '(\\Seen Own)'))
			good(m.store('2', '+FLAGS', '(\\Deleted)'))
			good(m.expunge())
		with session(s, 'INBOX', BOB) as m:
			said = good(m.search(None, 'HEADER', 'X-Mark', '3'))[0].decode()
			good(m.store(said, '+FLAGS', '(\\Flagged)'))
			said = good(m.search(None, 'HEADER', 'X-Mark', '10'))[0].decode()
			good(m.store(said, '+FLAGS', '(\\Deleted)'))
			good(m.expunge())
		deliver(s, [11])
		client.sync()
		here, there = both(s)
		assert here == there == {0: {'\\Seen', 'Own'}, 2: set(), 3: {'\\Flagged'}, 11: set()}, \
			(here, there)


@case
def folders():
	with server(users=[BOB]) as s:
		client = Interimap(s, 'imaps')
		with session(s) as m:
			good(m.create('Here/Below'))
			good(m.append('Here/Below', '(\\Answered)', None, message(1, b'x' * 9000 + b'\r\n')))
		with session(s, user=BOB) as m:
			good(m.create('&AOQ-pfel'))
		client.sync()
		assert listing(s, 'Here/Below', BOB) == {1: {'\\Answered'}}
		assert listing(s, '&AOQ-pfel') == {}


@case
def starttls_and_repair():
	with server(users=[BOB]) as s:
		client = Interimap(s, 'starttls')
		deliver(s, range(3))
		client.sync()
		with session(s, 'INBOX') as m:
			good(m.store('2', '+FLAGS', '(\\Flagged)'))
		client.sync('--repair', 'INBOX')
		here, there = both(s)
		assert here == there and here[1] == {'\\Flagged'}, (here, there)


main()
