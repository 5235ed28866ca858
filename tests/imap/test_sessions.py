#!/usr/bin/env python3
# test_sessions.py - several sessions and deliveries on one mailbox at once, each with a client's own picture.
# SPDX-License-Identifier: Apache-2.0
#
# Every session does random things (env SEED; printed) and keeps the list of UIDs by number that it was
# told: EXISTS, EXPUNGE, VANISHED, FETCH. What the server says must always fit into it (RFC 9051 7.5.1,
# 7162 3.2.10, 9586 3.3), every command must end as the RFC lets it, and a UID always names the same
# message (its EMAILID).
import os
import random
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE = 'alice@example.test'
MAY_END = re.compile(r'OK|NO \[(NOPERM|EXPUNGEISSUED|LIMIT)\]')

COMMANDS = [
	'FETCH %s (UID FLAGS ENVELOPE)', 'FETCH %s (UID BODY[])', 'FETCH %s (UID FLAGS BODYSTRUCTURE MODSEQ)',
	'FETCH %s (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)] PREVIEW)', 'FETCH %s (UID EMAILID)',
	'STORE %s +FLAGS (\\Flagged)', 'STORE %s -FLAGS.SILENT (\\Seen)', 'STORE %s FLAGS (kKEYWORD)',
	'STORE %s +FLAGS.SILENT (\\Deleted)', 'STORE %s (UNCHANGEDSINCE 50) +FLAGS (\\Answered)',
	'COPY %s INBOX', 'COPY %s Other', 'MOVE %s INBOX', 'MOVE %s Other', 'NOOP', 'EXPUNGE', 'SELECT',
]


class Picture:
	"""A session and what it was told. UIDs that it does not know yet are None."""

	def __init__(self, server, rnd, ids, kind):
		self.c, self.rnd, self.ids = server.imap(ALICE, 'secret'), rnd, ids
		self.is_uidonly = kind == 'UIDONLY'
		self.uids, self.box, self.last = [], None, ''
		if kind:
			assert self.c.run('ENABLE ' + kind)[0].startswith('OK')

	def run(self, command):
		self.last = command
		tagged, untagged = self.c.run(command)
		assert MAY_END.match(tagged), (command, tagged)
		for u in untagged:
			try:
				self.told(u)
			except AssertionError as e:
				raise AssertionError('%s: told %r: %s' % (command, u[:120], e)) from e
		return tagged, untagged

	def vanished(self, ranges):
		for r in ranges.split(b','):
			lo, _, hi = r.partition(b':')
			lo, hi = int(lo), int(hi or lo)
			known = [u for u in self.uids if u and lo <= u <= hi]
			self.uids = [u for u in self.uids if u not in known]
			for _ in range(hi - lo + 1 - len(known)):
				self.uids.remove(None)  # fails if we were told of one that never was there

	def told(self, u):
		if m := re.match(rb'(\d+) EXPUNGE', u):
			assert not self.is_uidonly and 0 < int(m.group(1)) <= len(self.uids), 'no such number'
			del self.uids[int(m.group(1)) - 1]
		elif m := re.match(rb'VANISHED ([0-9:,]+)', u):
			self.vanished(m.group(1))
		elif m := re.match(rb'(\d+) EXISTS', u):
			assert int(m.group(1)) >= len(self.uids), 'fewer messages, and no EXPUNGE'
			self.uids += [None] * (int(m.group(1)) - len(self.uids))
		elif m := re.match(rb'(\d+) FETCH \(.*?UID (\d+)', u, re.S):
			at, uid = int(m.group(1)) - 1, int(m.group(2))
			assert not self.is_uidonly and at < len(self.uids), 'no such number'
			assert self.uids[at] in (None, uid), 'it has UID %s' % self.uids[at]
			self.uids[at] = uid
			if m := re.search(rb'EMAILID \((\w+)\)', u):
				assert self.ids.setdefault((self.box, uid), m.group(1)) == m.group(1), 'another message'
		elif m := re.match(rb'(\d+) UIDFETCH ', u):
			assert self.is_uidonly

	def select(self):
		self.box = self.rnd.choice(['INBOX', 'INBOX', 'Other'])
		if self.c.run('UNSELECT')[0].startswith('OK'):
			self.uids = []
		self.uids = []
		self.run('%s %s' % (self.rnd.choice(['SELECT', 'SELECT', 'EXAMINE']), self.box))
		self.learn()

	def learn(self):
		"""The UIDs of all. UIDONLY gives no numbers: they come in order, before what is news."""
		if not self.is_uidonly:
			return self.run('UID FETCH 1:* (UID)')
		n = len(self.uids)
		tagged, untagged = self.c.run('UID FETCH 1:* (UID)')
		uids = [int(u.split(b' ')[0]) for u in untagged[:n]]
		assert tagged.startswith('OK') and uids == sorted(uids) and len(uids) == n, tagged
		self.uids = uids
		for u in untagged[n:]:
			self.told(u)

	def step(self):
		if self.box is None or not self.uids:
			return self.select()
		if None in self.uids:
			self.learn()
		command = self.rnd.choice(COMMANDS).replace('KEYWORD', str(self.rnd.randrange(50)))
		if command == 'SELECT':
			return self.select()
		known = [u for u in self.uids if u]
		if '%s' not in command or not known or (len(self.uids) > 300 and command.startswith('COPY')):
			return self.run('EXPUNGE' if command == 'EXPUNGE' else 'NOOP')
		if self.is_uidonly or self.rnd.randrange(2):
			uid = self.rnd.choice(known)
			return self.run('UID ' + command % ('%d:%d' % (uid, uid + self.rnd.randrange(5))))
		at = self.rnd.randrange(len(self.uids))
		return self.run(command % ('%d:%d' % (at + 1, min(len(self.uids), at + 1 + self.rnd.randrange(4)))))


@case
def pictures_stay_whole():
	seed = int(os.environ.get('SEED', random.randrange(10 ** 6)))
	steps, failures, ids = 5000 if os.environ.get('LONG') else 150, [], {}

	def work(number, kind):
		rnd = random.Random(seed * 100 + number)
		picture = None
		try:
			picture = Picture(s, rnd, ids, kind)
			for _ in range(steps):
				if failures:
					return
				picture.step()
				if rnd.randrange(20) == 0:
					s.deliver(ALICE, b'Subject: m\r\n\r\nbody %d\r\n' % rnd.randrange(999))
		except Exception as e:  # told by the main thread
			failures.append('%s session: after %s: %s %s' % (kind or 'plain', picture and picture.last,
									 type(e).__name__, e))

	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		for i in range(40):
			s.deliver(ALICE, b'Subject: m %d\r\n\r\nbody\r\n' % i)
		assert s.imap(ALICE, 'secret').run('CREATE Other')[0].startswith('OK')
		threads = [threading.Thread(target=work, args=(i, kind)) for i, kind in
			   enumerate(['', '', 'QRESYNC', 'QRESYNC', 'IMAP4rev2', 'UIDONLY'])]
		for t in threads:
			t.start()
		for t in threads:
			t.join()
	assert not failures, 'SEED=%d %s' % (seed, failures[0])


main()
