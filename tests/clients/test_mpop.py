#!/usr/bin/env python3
# test_mpop.py - mpop (pipelines its commands) leaves, fetches what is new, deletes, is killed.
# row C17
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import main
import pull


class Mpop(pull.Puller):
	program = 'mpop'

	def argv(self, port, keep):
		for folder in ('new', 'cur', 'tmp'):
			os.makedirs(os.path.join(self.home, 'mail', folder), exist_ok=True)
		tls = {'plain': 'tls off\n', 'stls': 'tls on\ntls_starttls on\ntls_certcheck off\n',
		       'pop3s': 'tls on\ntls_starttls off\ntls_certcheck off\n'}[self.mode]
		rc = self.write('rc', 'defaults\nreceived_header off\nuidls_file %s/uidls\n%s'
				'account a\nhost 127.0.0.1\nport %d\nauth user\nuser %s\npassword %s\n'
				'keep %s\ndelivery maildir %s/mail\n' % (
					self.home, tls, port, pull.USER, pull.PASSWORD,
					'on' if keep else 'off', self.home))
		return ['mpop', '--file=' + rc, 'a']

	def mails(self):
		return self.maildir('mail')


pull.cases(Mpop, pull.MODES)
main()
