#!/usr/bin/env python3
# test_getmail.py - getmail6 leaves, fetches what is new, deletes, is killed. It knows no STLS.
# row C12
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import main
import pull


class Getmail(pull.Puller):
	program = 'getmail'
	# A child that ends before getmail waits for it is missed (its SIGCHLD handler notifies
	# nobody): then it sits there until its timeout. Rare, but it does happen on a busy machine.
	hang_s = 12

	def argv(self, port, keep):
		for folder in ('', 'new', 'cur', 'tmp'):
			os.makedirs(os.path.join(self.home, 'mail', folder), exist_ok=True)
		as_user = ''
		if os.geteuid() == 0:  # getmail does not deliver as root
			as_user = 'user = nobody\n'
			os.chmod(self.home, 0o711)
			for folder in ('', 'new', 'cur', 'tmp'):
				shutil.chown(os.path.join(self.home, 'mail', folder), 'nobody')
		kind = 'SimplePOP3SSLRetriever' if self.mode == 'pop3s' else 'SimplePOP3Retriever'
		self.write('rc', '[retriever]\ntype = %s\nserver = 127.0.0.1\nport = %d\nusername = %s\n'
			   'password = %s\n[destination]\ntype = Maildir\npath = %s/mail/\n%s'
			   '[options]\nread_all = false\ndelete = %s\ndelivered_to = false\n'
			   'received = false\n' % (kind, port, pull.USER, pull.PASSWORD, self.home, as_user,
						   'false' if keep else 'true'))
		return ['getmail', '--getmaildir', self.home, '--rcfile', 'rc']

	def mails(self):
		return self.maildir('mail')


pull.cases(Getmail, ['plain', 'pop3s'])
main()
