#!/usr/bin/env python3
# test_idle.py - IDLE with real deliveries: many sessions of one mailbox, what they cost, how they end.
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip

ALICE = 'alice@example.test'
MANY = {'connections_per_user': '2000', 'connections_per_ip': '0'}


def idler(s, mailbox='INBOX'):
	c = s.imap(ALICE, 'secret')
	c.ok('ENABLE IMAP4rev2')  # no RECENT, which only one of them gets
	if mailbox:
		c.ok('EXAMINE ' + mailbox)
	c.send('i IDLE\r\n')
	assert c.line() == '+ idling'
	return c


def done(c):
	"""What came between, and the session is as good as before."""
	c.send('DONE\r\n')
	tagged, untagged = c.answers('i')
	assert tagged == 'OK that was IDLE', tagged
	assert c.run('NOOP')[0].startswith('OK')
	return untagged


@case
def two_hundred_hear_of_each_delivery():
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp'], sets=MANY) as s:
		idlers = [idler(s) for _ in range(200)]
		for n in range(1, 4):
			s.deliver(ALICE, b'Subject: %d\r\n\r\ntext\r\n' % n)
			for c in idlers:
				assert c.line() == '* %d EXISTS' % n
		for c in idlers[:20]:
			assert done(c) == []
		for c in idlers[20:40]:
			c.reset()  # in the middle of it
		s.deliver(ALICE, b'Subject: last\r\n\r\ntext\r\n')
		for c in idlers[40:]:
			assert c.line() == '* 4 EXISTS'
		for c in idlers[:20]:
			c.send('j NOOP\r\n')
			assert c.answers('j')[1] == [b'4 EXISTS']


@case
def numbers_stay_right_while_it_is_told():
	"""Expunges and arrivals between: the client's picture is the mailbox in the end."""
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		for n in range(20):
			s.deliver(ALICE, b'Subject: %d\r\n\r\ntext\r\n' % n)
		c = idler(s)
		model = list(range(1, 21))
		other = s.imap(ALICE, 'secret')
		other.ok('SELECT INBOX')
		for n in range(10):
			other.ok('UID STORE %d,%d +FLAGS.SILENT (\\Deleted)' % (2 * n + 1, 20 - n))
			other.ok('EXPUNGE')
			s.deliver(ALICE, b'Subject: new\r\n\r\ntext\r\n')
		c.send('DONE\r\n')
		tagged, untagged = c.answers('i')
		assert tagged.startswith('OK'), tagged
		for line in untagged:
			number, word = line.split()[:2]
			if word == b'EXPUNGE':
				del model[int(number) - 1]
			elif word == b'EXISTS':
				assert int(number) >= len(model)
				model += [None] * (int(number) - len(model))
			else:
				assert word == b'FETCH' and model[int(number) - 1] in (None, int(line.split()[3])), line
		uids = [int(u.split()[3].rstrip(b')')) for u in c.ok('FETCH 1:* UID')]
		assert len(uids) == len(model), (uids, model)
		assert all(m in (None, u) for m, u in zip(model, uids)), (uids, model)


@case
def an_idler_costs_little():
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp'], sets=MANY) as s:
		if s.is_sanitized():
			skip('sizes are not those of a real build')
		for _ in range(3):
			s.deliver(ALICE, b'Subject: x\r\n\r\ntext\r\n')
		warm = [idler(s) for _ in range(100)]
		s.deliver(ALICE, b'Subject: x\r\n\r\ntext\r\n')
		for c in warm:
			assert c.line() == '* 4 EXISTS'
		before = s.rss_kib()
		idlers = [idler(s) for _ in range(600)]
		s.deliver(ALICE, b'Subject: x\r\n\r\ntext\r\n')
		for c in warm + idlers:
			assert c.line() == '* 5 EXISTS'
		each = (s.rss_kib() - before) * 1024 / len(idlers)
		assert each <= 4096, 'an idling session costs %d octets' % each


@case
def a_stop_ends_them_all():
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		idlers = [idler(s) for _ in range(5)] + [idler(s, None)]
		s.process.terminate()
		for c in idlers:
			assert c.line().startswith('* BYE '), 'no farewell'
			assert c.is_closed()
		s.process.wait(30)


main()
