#!/usr/bin/env python3
# test_together.py - two clients at once on one mailbox: mbsync syncs again and again while imaplib changes.
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, case, main
from home import PASSWORD, USER, Home, deliver, good, listing, message, server, session


class Mbsync(Home):
	def __init__(self, s):
		super().__init__('mbsync')
		os.makedirs(self.path + '/mail')
		self.write('rc', 'IMAPStore far\nHost 127.0.0.1\nPort %d\nUser %s\nPass %s\nAuthMechs LOGIN\n'
			   'SSLType None\n\nMaildirStore near\nPath %s/mail/\nInbox %s/mail/INBOX\n\n'
			   'Channel all\nFar :far:\nNear :near:\nCreate Near\nExpunge Both\nSyncState *\n' % (
				   s.port['imap'], USER, PASSWORD, self.path, self.path))
		self.argv = ['mbsync', '-c', self.path + '/rc', 'all']


def change(rnd, m, n):
	"""One of the things that a mail program does; n: a new mark."""
	count = int(good(m.select('INBOX'))[0])
	do = rnd.choice(['append', 'append', 'flag', 'seen', 'delete', 'noop'])
	which = str(rnd.randint(1, count)) if count else None
	if do == 'append' or not which:
		good(m.append('INBOX', '(\\Seen)', None, message(n)))
	elif do == 'flag':
		good(m.store(which, rnd.choice('+-') + 'FLAGS', '(\\Flagged)'))
	elif do == 'seen':
		good(m.fetch(which, '(RFC822)'))
	elif do == 'delete':
		good(m.store(which, '+FLAGS.SILENT', '(\\Deleted)'))
		good(m.expunge())
	else:
		good(m.noop())


@case
def mbsync_and_imaplib():
	seed = os.environ.get('SEED') or str(random.SystemRandom().randrange(10 ** 6))
	rnd = random.Random(seed)
	with server() as s:
		client = Mbsync(s)
		deliver(s, range(5))
		n, syncs = 100, 0
		with session(s) as m:
			while syncs < 3 or n < 130:
				process = client.start(client.argv)
				while process.poll() is None:
					n += 1
					change(rnd, m, n)
				out = process.communicate(timeout=WAIT)[0].decode()
				assert process.returncode == 0, 'SEED=%s: %s' % (seed, out[-500:])
				syncs += 1
				client.add('mail/INBOX', message(1000 + syncs), '%d:2,' % syncs)
				n += 1
				change(rnd, m, n)
		for _ in range(2):
			client.run(client.argv)
		far = {k: '\\Seen' in v for k, v in listing(s, 'INBOX').items()}
		near = {k: 'S' in letters for k, (_, letters) in client.marks('mail/INBOX').items()}
		assert far == near, 'SEED=%s: %r and %r' % (seed, far, near)
		assert set(range(1001, 1001 + syncs)) & set(far), 'none of its own arrived'


main()
