# survivor.py - clients that write down what they said and heard, and what must be there afterwards.
# SPDX-License-Identifier: Apache-2.0
"""
One Book for a run: every delivery and deletion with its answer. Book.check() reads all
maildrops by POP3 and compares (SECURITY, "Invariants after any crash"; numbers as there).
"""
import functools
import hashlib
import random
import re
import threading

PASSWORD = 'secret'


class Wrong(AssertionError):
	"""An invariant is broken."""


@functools.lru_cache(maxsize=2000)
def text_of(msg, size):
	"""The octets of message `msg` as a client sends them; the same each time."""
	rnd = random.Random(msg)
	head = b'From: <x@remote.test>\r\nX-Id: %d\r\nX-Size: %d\r\nSubject: m\r\n\r\n' % (msg, size)
	line = bytes(rnd.choices(b'abcdefghijklmnopqrstuvwxyz .,0123456789', k=70))
	lines, n = [], len(head)
	while n < size:
		at = n % 61
		lines.append((b'.' if n % 13 == 0 else b'') + line[at:] + line[:at] + b'%d' % n)
		n += len(lines[-1]) + 2
	return head + b'\r\n'.join(lines) + b'\r\n'


class Copy:
	"""One message for one user."""

	def __init__(self, msg, size, sender):
		self.msg, self.size, self.sender = msg, size, sender
		self.acked = False   # a 250 was heard
		self.uidl = None     # as first seen
		self.gone = None     # None, 'maybe' (a QUIT without an answer), True
		self.quit = None     # the session that deleted it


class Book:
	def __init__(self, users):
		self.lock = threading.RLock()
		self.users = {u: {} for u in users}      # user -> msg -> Copy
		self.uidls = {u: {} for u in users}      # user -> uidl -> msg: never another one
		self.busy = {u: threading.Lock() for u in users}
		self.maybe_users = set()                 # `user add` without an answer
		self.next = 0
		self.acks = self.deleted = self.read = self.quits = 0

	def new(self, users, size, sender):
		with self.lock:
			self.next += 1
			for u in users:
				self.users[u][self.next] = Copy(self.next, size, sender)
			return self.next

	def add_user(self, user):
		with self.lock:
			self.users[user], self.uidls[user] = {}, {}
			self.busy[user] = threading.Lock()

	# -- what was read ------------------------------------------------------

	def look(self, user, uidl, octets):
		"""One message as RETR gave it; returns its Copy."""
		found = re.search(rb'\r\nX-Id: (\d+)\r\nX-Size: (\d+)\r\n', octets[:2000])
		if not found:
			raise Wrong('%s %s: not a message of ours: %r' % (user, uidl, octets[:300]))
		msg, size = int(found.group(1)), int(found.group(2))
		with self.lock:
			copy = self.users[user].get(msg)
			if copy is None:
				raise Wrong('%s has message %d, which was for others' % (user, msg))
			was = self.uidls[user].setdefault(uidl, msg)
			if was != msg or copy.uidl not in (None, uidl): # inv 2, 6
				raise Wrong('%s: uidl %s was message %d, is %d, which was %s' % (
					user, uidl, was, msg, copy.uidl))
			copy.uidl = uidl
			self.read += 1
		want = text_of(msg, size)
		prefix = octets[:-len(want)]
		if not octets.endswith(want): # inv 1, 9
			raise Wrong('%s message %d: other octets (%d; sent %d, sha256 %s)' % (
				user, msg, len(octets), len(want), hashlib.sha256(octets).hexdigest()[:16]))
		names = [l.split(b':')[0].lower() for l in prefix.split(b'\r\n') if l[:1].strip()]
		if names != [b'return-path', b'delivered-to', b'received']:
			raise Wrong('%s message %d: trace lines are %r' % (user, msg, prefix))
		return copy

	# -- after a restart ----------------------------------------------------

	def check_user(self, server, user):
		c = server.pop3(user, PASSWORD)
		count, octets = (int(x) for x in c.pop('STAT').split()[1:3])
		c.pop('UIDL')
		uidls = [l.split()[1] for l in c.multi_lines()]
		c.pop('LIST')
		sizes = [int(l.split()[1]) for l in c.multi_lines()]
		if len(uidls) != count or len(sizes) != count or sum(sizes) != octets: # inv 7
			raise Wrong('%s: STAT %d %d, %d in UIDL, %d and %d octets in LIST' % (
				user, count, octets, len(uidls), len(sizes), sum(sizes)))
		if len(set(uidls)) != count:
			raise Wrong('%s: a uidl twice' % user)
		seen, order = set(), {}
		c.send(''.join('RETR %d\r\n' % (i + 1) for i in range(count)))
		for i, uidl in enumerate(uidls):
			if not c.line().startswith('+OK'):
				raise Wrong('%s: RETR %d refused' % (user, i + 1))
			text = c.multi()
			if len(text) != sizes[i]:
				raise Wrong('%s: LIST says %d, RETR gave %d' % (user, sizes[i], len(text)))
			copy = self.look(user, uidl, text)
			if copy.msg in seen: # inv 1
				raise Wrong('%s: message %d twice' % (user, copy.msg))
			seen.add(copy.msg)
			if copy.msg < order.get(copy.sender, 0): # inv 2
				raise Wrong('%s: message %d before an earlier one of the same sender' % (
					user, copy.msg))
			order[copy.sender] = copy.msg
		c.pop('QUIT')
		c.close()
		self.settle(user, seen)

	def settle(self, user, seen):
		"""Compares what is there with what was told; what was open is known now."""
		quits = {}
		with self.lock:
			for msg, copy in list(self.users[user].items()):
				there = msg in seen
				if copy.gone is True and there: # inv 5
					raise Wrong('%s: message %d is back' % (user, msg))
				if copy.gone == 'maybe':
					quits.setdefault(copy.quit, set()).add(there)
					copy.gone = None if there else True
				elif copy.gone is None and copy.acked and not there: # inv 1
					raise Wrong('%s: message %d (%d octets, uidl %s) is lost' % (
						user, msg, copy.size, copy.uidl))
				if there:
					copy.acked = True # seen is as good as told
				elif copy.gone is None:
					copy.gone = True # never came: must not come later
		if any(len(both) > 1 for both in quits.values()): # QUIT is all or nothing
			raise Wrong('%s: half of a QUIT was done' % user)

	def check(self, server):
		for user in list(self.users):
			if user in self.maybe_users:
				c = server.connect('pop3')
				c.line()
				c.pop('USER ' + user)
				there = c.pop('PASS ' + PASSWORD).startswith('+OK')
				c.close()
				self.maybe_users.discard(user)
				if not there:
					del self.users[user]
					continue
			self.check_user(server, user)


# -- the load ------------------------------------------------------------------

class Load(threading.Thread):
	"""A client that goes on until the server is gone."""

	def __init__(self, book, server, rnd):
		super().__init__(daemon=True)
		self.book, self.server, self.rnd, self.wrong = book, server, rnd, None

	def run(self):
		try:
			self.work()
		except Wrong as why:
			self.wrong = why
		except (OSError, EOFError, AssertionError, KeyError):
			pass # killed under it


class Sender(Load):
	def work(self):
		me = '%s-%d' % (self.name, id(self))
		c = self.server.connect('lmtp')
		c.reply()
		c.cmd('LHLO load.remote.test')
		while True:
			with self.book.lock:
				users = [u for u in self.book.users if u not in self.book.maybe_users]
			to = self.rnd.sample(users, self.rnd.choice((1, 1, 1, 2, 3)))
			size = self.rnd.choice((200, 900, 2500, 6000, 6000, 20000, 250000))
			msg = self.book.new(to, size, me)
			replies = c.mail('x@remote.test', to, text_of(msg, size))
			for user, reply in zip(to, replies):
				if reply[0] != 250:
					raise Wrong('delivery refused: %r' % (reply,))
				with self.book.lock:
					self.book.users[user][msg].acked = True
					self.book.acks += 1


class Reader(Load):
	"""Reads some, deletes some, and says QUIT; now and then it just goes away."""

	def work(self):
		while True:
			with self.book.lock:
				users = [u for u in self.book.users if u not in self.book.maybe_users]
			user = self.rnd.choice(users)
			if not self.book.busy[user].acquire(blocking=False):
				continue
			try:
				self.session(user)
			finally:
				self.book.busy[user].release()

	def session(self, user):
		c = self.server.pop3(user, PASSWORD)
		c.pop('UIDL')
		uidls = [l.split()[1] for l in c.multi_lines()]
		marked = []
		for i, uidl in enumerate(uidls[:25]):
			copy = self.book.look(user, uidl, c.retr(i + 1))
			if copy.gone is True:
				raise Wrong('%s: message %d was deleted' % (user, copy.msg))
			if self.rnd.random() < 0.8:
				if not c.pop('DELE %d' % (i + 1)).startswith('+OK'):
					raise Wrong('%s: DELE refused' % user)
				marked.append(copy)
		if self.rnd.random() < 0.1:
			c.reset() # nothing may be deleted
			return
		with self.book.lock:
			self.book.quits += 1
			for copy in marked:
				copy.gone, copy.quit = 'maybe', self.book.quits
		if not c.pop('QUIT').startswith('+OK'):
			raise Wrong('%s: QUIT refused' % user)
		with self.book.lock:
			for copy in marked:
				copy.gone = True
			self.book.deleted += len(marked)
		c.close()


class Adder(Load):
	def work(self):
		while len(self.book.users) < 10:
			with self.book.lock:
				user = 'new%d@example.test' % self.rnd.randrange(10 ** 9)
				self.book.add_user(user)
				self.book.maybe_users.add(user)
			done = self.server.cli('user', 'add', user, '--password-stdin',
					       stdin=PASSWORD + '\n', check=False)
			if done.returncode != 0:
				return
			with self.book.lock:
				self.book.maybe_users.discard(user)
