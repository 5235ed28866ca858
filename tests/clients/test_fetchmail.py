#!/usr/bin/env python3
# test_fetchmail.py - fetchmail leaves on the server, fetches what is new, deletes, is killed.
# row C12
# row C16
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main, Server
import pull


class Fetchmail(pull.Puller):
	program = 'fetchmail'
	exit_ok = (0, 1)  # 1: no new mail
	uidl = True

	def argv(self, port, keep):
		tls = {'plain': "sslproto ''", 'stls': "sslproto 'TLS1.2+' no sslcertck",
		       'pop3s': "ssl no sslcertck"}[self.mode]
		os.makedirs(self.home + '/mail', exist_ok=True)
		mda = self.write('mda', '#!/bin/sh\n'
				 't=$(mktemp %s/tmp.XXXXXX) && cat >"$t" && mv "$t" %s/mail/\n' % (
					 self.home, self.home), 0o700)
		rc = self.write('rc', 'set no syslog\nset idfile "%s/ids"\n'
				'poll 127.0.0.1 protocol pop3 port %d %s auth password\n'
				'user "%s" password "%s" %s %s mda "%s"\n' % (
					self.home, port, 'uidl' if self.uidl else 'no uidl', pull.USER,
					pull.PASSWORD, tls, 'keep' if keep else 'no keep flush', mda))
		return ['fetchmail', '-f', rc, '--nodetach', '--pidfile', self.home + '/pid']

	def mails(self):
		for name in sorted(os.listdir(self.home + '/mail')):
			with open(os.path.join(self.home, 'mail', name), 'rb') as f:
				yield f.read()


pull.cases(Fetchmail, pull.MODES)


@case
def without_uidl_it_asks_last():
	"""The old way: LAST tells what is new (row C9)."""
	puller = Fetchmail('plain')
	puller.uidl = False
	with Server(users={pull.USER: pull.PASSWORD}) as s:
		pull.deliver(s, range(4))
		puller.run(s.port['pop3'], keep=True)
		assert puller.marks() == [0, 1, 2, 3]
		puller.run(s.port['pop3'], keep=True)
		assert puller.marks() == [0, 1, 2, 3], 'fetched twice: %s' % puller.marks()
		pull.deliver(s, [4])
		puller.run(s.port['pop3'], keep=True)
		assert puller.marks() == [0, 1, 2, 3, 4], puller.marks()


main()
