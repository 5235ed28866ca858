#!/usr/bin/env python3
# test_model.py - random sessions against a model of RFC 1939 in Python; seeds are printed.
# row C4
# row C7
# row C9
# row C11
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

SESSIONS = 200 if os.environ.get('LONG') else 12
STEPS = 40


def plural(n):
	return '%d message%s' % (n, '' if n == 1 else 's')


class Maildrop:
	"""What one account must hold: each message's text as first seen, its UIDL; LAST."""

	def __init__(self):
		self.texts, self.uidls, self.ids = {}, {}, []  # ids: what is there, in order
		self.next, self.last_id = 1, 0                 # last_id: of the last message read

	def mark(self, ident, user):
		return b'Subject: %d of %s\r\n' % (ident, user.encode())

	def deliver(self, s, user, rng):
		lines = [rng.choice([b'.', b'..', b'', b'text', b'.dot', b'x' * rng.randrange(300)])
			 for _ in range(rng.randrange(12))]
		mark = self.mark(self.next, user)
		s.deliver(user, mark + b'\r\n' + b''.join(l + b'\r\n' for l in lines))
		self.ids.append(self.next)
		self.texts[self.next] = None
		self.next += 1


def log_in(s, user):
	"""A session that was dropped may hold its lock for a moment."""
	until = time.monotonic() + 10
	while True:
		c = s.pop3()
		c.pop('USER ' + user)
		answer = c.pop('PASS pw')
		if answer.startswith('+OK'):
			return c
		assert answer.startswith('-ERR [IN-USE]') and time.monotonic() < until, answer
		c.close()


class Session:
	"""A session and the model's view of it; every answer is checked."""

	def __init__(self, s, user, drop, rng):
		self.c = log_in(s, user)
		self.user, self.drop, self.rng = user, drop, rng
		self.ids, self.gone, self.read = list(drop.ids), set(), 0
		self.last = self.last_open = sum(1 for i in self.ids if i <= drop.last_id)
		self.learn()

	def learn(self):
		"""Sizes and UIDLs, once a message; afterwards they may not change."""
		assert self.c.pop('LIST').startswith('+OK ' + plural(len(self.ids)))
		sizes = [l.split(' ') for l in self.c.multi_lines()]
		assert [n for n, _ in sizes] == [str(i + 1) for i in range(len(self.ids))]
		self.sizes = [int(size) for _, size in sizes]
		assert self.c.pop('UIDL').startswith('+OK')
		for ident, line in zip(self.ids, self.c.multi_lines()):
			assert self.drop.uidls.setdefault(ident, line.split(' ')[1]) == line.split(' ')[1]
		assert len(set(self.drop.uidls.values())) == len(self.drop.uidls), 'a UIDL was used again'

	def total(self):
		live = [size for i, size in enumerate(self.sizes, 1) if i not in self.gone]
		return len(live), sum(live)

	def refused(self, n):
		if not 1 <= n <= len(self.ids):
			return '-ERR no such message, only %s in maildrop' % plural(len(self.ids))
		return '-ERR message %d already deleted' % n if n in self.gone else None

	def number(self):
		return self.rng.randrange(0, len(self.ids) + 3)

	def expect(self, command, want):
		got = self.c.pop(command)
		assert got == want, '%s: got %r, not %r' % (command, got, want)

	def listing(self, command, text):
		live, octets = self.total()
		self.expect(command, '+OK %s (%d octets)' % (plural(live), octets))
		want = ['%d %s' % (i, text(i)) for i in range(1, len(self.ids) + 1) if i not in self.gone]
		assert self.c.multi_lines() == want, command

	def step(self):
		getattr(self, self.rng.choice([
			'stat', 'list', 'list_one', 'uidl', 'uidl_one', 'retr', 'retr', 'top', 'dele', 'dele',
			'rset', 'last_', 'nonsense']))()

	def stat(self):
		self.expect('STAT', '+OK %d %d' % self.total())

	def list(self):
		self.listing('LIST', lambda i: self.sizes[i - 1])

	def uidl(self):
		self.listing('UIDL', lambda i: self.drop.uidls[self.ids[i - 1]])

	def list_one(self):
		n = self.number()
		self.expect('LIST %d' % n, self.refused(n) or '+OK %d %d' % (n, self.sizes[n - 1]))

	def uidl_one(self):
		n = self.number()
		self.expect('UIDL %d' % n, self.refused(n) or
			    '+OK %d %s' % (n, self.drop.uidls[self.ids[n - 1]]))

	def text(self, n):
		"""The message as it was when somebody first read it."""
		got = self.c.multi()
		assert len(got) == self.sizes[n - 1], 'the size is a lie'
		ident = self.ids[n - 1]
		assert b'\r\n' + self.drop.mark(ident, self.user) in got, 'another message, or of another user'
		if self.drop.texts[ident] is None:
			self.drop.texts[ident] = got
		assert self.drop.texts[ident] == got, 'the message has changed'

	def retr(self):
		n = self.number()
		no = self.refused(n)
		self.expect('RETR %d' % n, no or '+OK %d octets' % self.sizes[n - 1])
		if not no:
			self.text(n)
			self.last, self.read = max(self.last, n), max(self.read, n)

	def top(self):
		n, k = self.number(), self.rng.randrange(8)
		no = self.refused(n)
		if no:
			return self.expect('TOP %d %d' % (n, k), no)
		assert self.c.pop('TOP %d %d' % (n, k)).startswith('+OK ')
		got, whole = self.c.multi(), self.drop.texts[self.ids[n - 1]]
		if whole is not None:
			head, body = whole.split(b'\r\n\r\n', 1)
			want = head + b'\r\n\r\n' + b''.join(l + b'\r\n' for l in body.split(b'\r\n')[:-1][:k])
			assert got == want, 'TOP %d %d' % (n, k)

	def dele(self):
		n = self.number()
		no = self.refused(n)
		self.expect('DELE %d' % n, no or '+OK message %d deleted' % n)
		if not no:
			self.gone.add(n)
			self.last = max(self.last, n)

	def rset(self):
		self.gone, self.last, self.read = set(), self.last_open, 0
		self.expect('RSET', '+OK maildrop has %s (%d octets)' % (
			plural(len(self.ids)), sum(self.sizes)))

	def last_(self):
		self.expect('LAST', '+OK %d' % self.last)

	def nonsense(self):
		line = self.rng.choice(['RETR', 'DELE 0', 'LIST -1', 'TOP 1', 'UIDL x', 'RETR 99999999999999',
					'DELE  1', 'STAT 1', 'QUIT now', 'USER x', 'NOOP '])
		assert self.c.pop(line).startswith('-ERR '), line

	def end(self):
		if self.rng.random() < 0.4:
			return self.rng.choice([self.c.close, self.c.reset])()
		left = self.total()[0]
		answer = self.c.pop('QUIT')
		assert answer.endswith('(%s left)' % plural(left) if left else '(maildrop empty)'), answer
		gone = {self.ids[n - 1] for n in self.gone}
		self.drop.ids = [i for i in self.drop.ids if i not in gone]
		if self.read:
			self.drop.last_id = max(self.drop.last_id, self.ids[self.read - 1])


def live(s, user, seed, errors):
	rng, drop = random.Random(seed), Maildrop()
	try:
		for _ in range(SESSIONS):
			for _ in range(rng.randrange(4)):
				drop.deliver(s, user, rng)
			session = Session(s, user, drop, rng)
			for _ in range(rng.randrange(STEPS)):
				session.step()
				if rng.random() < 0.05:
					drop.deliver(s, user, rng)
			session.end()
	except Exception as e:  # told by the main thread
		errors.append('%s, seed %d: %s: %s' % (user, seed, type(e).__name__, e))


@case
def random_sessions_agree_with_the_model():
	seed = int(os.environ.get('SEED', random.randrange(1 << 30)))
	print('# seed %d' % seed, flush=True)
	users = ['u%d@example.test' % i for i in range(6)]
	errors = []
	with Server(users={u: 'pw' for u in users},
		    sets={'errors_after_login': 1000, 'pop3_exclusive': 'yes'}) as s:
		threads = [threading.Thread(target=live, args=(s, u, seed + i, errors))
			   for i, u in enumerate(users)]
		for t in threads:
			t.start()
		for t in threads:
			t.join()
		assert not errors, '; '.join(errors)


main()
