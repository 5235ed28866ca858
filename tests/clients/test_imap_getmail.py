#!/usr/bin/env python3
# test_imap_getmail.py - getmail6 by IMAP: leaves, fetches what is new, deletes; folders, a move.
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main
from home import PASSWORD, USER, Home, deliver, good, listing, message, server, session


class Getmail(Home):
	def __init__(self, s, is_tls):
		super().__init__('getmail')
		self.port, self.is_tls = s.port['imaps' if is_tls else 'imap'], is_tls
		os.chmod(self.path, 0o711)
		for folder in ('', 'new', 'cur', 'tmp'):
			os.makedirs(os.path.join(self.path, 'mail', folder), exist_ok=True)
			if os.geteuid() == 0:  # getmail does not deliver as root
				shutil.chown(os.path.join(self.path, 'mail', folder), 'nobody')

	def fetch(self, delete=False, boxes='("INBOX",)', more=''):
		self.write('rc', '[retriever]\ntype = SimpleIMAP%sRetriever\nserver = 127.0.0.1\nport = %d\n'
			   'username = %s\npassword = %s\nmailboxes = %s\n%s\n'
			   '[destination]\ntype = Maildir\npath = %s/mail/\n%s'
			   '[options]\nread_all = false\ndelete = %s\ndelivered_to = false\nreceived = false\n' % (
				   'SSL' if self.is_tls else '', self.port, USER, PASSWORD, boxes, more,
				   self.path, 'user = nobody\n' if os.geteuid() == 0 else '',
				   'true' if delete else 'false'))
		self.run(['getmail', '--getmaildir', self.path, '--rcfile', 'rc'])
		return sorted(self.marks('mail'))


def leave_and_delete(is_tls):
	with server() as s:
		client = Getmail(s, is_tls)
		deliver(s, range(3))
		assert client.fetch() == [0, 1, 2]
		assert len(listing(s, 'INBOX')) == 3
		deliver(s, [3])
		assert client.fetch() == [0, 1, 2, 3]  # `marks` fails on one that comes twice
		assert client.fetch(delete=True) == [0, 1, 2, 3]
		assert listing(s, 'INBOX') == {}


@case
def plain():
	leave_and_delete(False)


@case
def imaps():
	leave_and_delete(True)


@case
def moves_what_it_fetched():
	with server() as s:
		client = Getmail(s, True)
		with session(s) as m:
			good(m.create('"To Do"'))
			good(m.append('"To Do"', None, None, message(9, b'.\r\n' + b'y' * 3000 + b'\r\n')))
		deliver(s, [1])
		got = client.fetch(delete=True, boxes='("INBOX", "To Do")', more='move_on_delete = Archive')
		assert got == [1, 9], got
		assert listing(s, 'INBOX') == {} and listing(s, '"To Do"') == {}
		assert sorted(listing(s, 'Archive')) == [1, 9], listing(s, 'Archive')


main()
