#!/usr/bin/env python3
# test_cut.py - the client goes away at every octet of a session (sampled; all with LONG=1).
# row P2
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

SESSION = (b'CAPA\r\nUSER alice\r\nPASS secret\r\nSTAT\r\nUIDL\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\n'
	   b'LIST\r\nRSET\r\nDELE 2\r\nNOOP\r\nQUIT\r\n')


def left(s):
	c = s.pop3('alice@example.test', 'secret')
	n = int(c.pop('STAT').split()[1])
	assert c.pop('QUIT').startswith('+OK')
	return n


def cut(tls):
	seed = int(os.environ.get('SEED', random.randrange(1 << 30)))
	cuts = list(range(len(SESSION)))
	if not os.environ.get('LONG'):
		cuts = sorted(random.Random(seed).sample(cuts, 30)) + [len(SESSION) - 1]
	print('# seed %d' % seed)
	with Server(users={'alice@example.test': 'secret'}) as s:
		for i in range(2):
			s.deliver('alice@example.test', b'Subject: %d\r\n\r\n.\r\ntext\r\n' % i)
		sessions = 0
		for at in cuts:
			for how in ('reset', 'close', 'shut'):
				c = s.connect('pop3s' if tls else 'pop3')
				c.line()  # the session has begun
				c.send(SESSION[:at])
				if how == 'shut' and not tls:
					c.shut_write()
					c.read_all()
				c.reset() if how == 'reset' else c.close()
				sessions += 1
		# all sessions are over before the maildrop is looked at
		s.wait_log(' session ', count=sessions)
		assert left(s) == 2, 'a session that was cut off has deleted something'
		c = s.connect('pop3s' if tls else 'pop3')
		c.send(SESSION)
		assert c.read_all().endswith(b'(1 message left)\r\n')
		assert left(s) == 1


@case
def cut_at_every_octet():
	cut(False)


@case
def cut_at_every_octet_in_tls():
	cut(True)


main()
