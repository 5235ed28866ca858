#!/usr/bin/env python3
# test_search.py - SEARCH beside a model of it, its bounds, and others who are served meanwhile.
# SPDX-License-Identifier: Apache-2.0
import base64
import os
import quopri
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import mk
from mk import Server, case, main

ALICE = 'alice@example.test'
WORDS = ['apple', 'Birne', 'cherry', 'date', 'Elder', 'fig', 'gr\u00fcn', '\u00c4pfel', 'ap', 'x']
FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Work']


def filled(messages):
	s = Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp'], env=mk.LEAN, start=False)
	with tempfile.NamedTemporaryFile(dir=s.root, suffix='.mbox') as f:
		os.chmod(f.name, 0o644)
		for m in messages:
			f.write(b'From a@x.test Mon Jan  1 10:00:00 2024\n' + m.replace(b'\r\n', b'\n') + b'\n')
		f.flush()
		s.cli('import', ALICE, f.name)
	s.start()
	return s


def numbers(untagged):
	line = [u for u in untagged if u.startswith(b'SEARCH')]
	assert len(line) == 1, untagged
	return [int(n) for n in line[0].split()[1:]]


# -- a model ---------------------------------------------------------------------------------

class Message:
	def __init__(self, rng):
		self.subject = ' '.join(rng.choice(WORDS) for _ in range(3))
		self.sender = rng.choice(['anna', 'bob', 'carla'])
		self.body = ' '.join(rng.choice(WORDS) for _ in range(rng.randrange(6)))
		self.header = rng.choice([None, '', 'list one', 'list two'])
		self.flags = {f for f in FLAGS if rng.random() < .4}
		self.day = rng.randrange(1, 28)

	def octets(self):
		text = self.text()
		if not self.subject.isascii():
			word = '=?utf-8?B?%s?=' % base64.b64encode(self.subject.encode()).decode()
			text = text.replace(self.subject, word, 1)
		return text.encode()

	def text(self):
		text = 'Subject: %s\r\nFrom: %s@x.test\r\nDate: %d Jan 2024 10:00:00 +0000\r\n' % (
			self.subject, self.sender, self.day)
		if self.header is not None:
			text += 'X-List: %s\r\n' % self.header
		text += 'Content-Type: text/plain; charset=utf-8\r\n'
		return text + '\r\n' + self.body + '\r\n'


def has(text, word):
	return word.casefold() in text.casefold()


def leaf(rng, n):
	"""(the key as octets, what it says of (number, message))"""
	word = rng.choice(WORDS)
	lit = lambda w: b'{%d+}\r\n%s' % (len(w.encode()), w.encode())
	kind = rng.randrange(9)
	if kind == 0:
		lo, hi = sorted(rng.randrange(1, n + 1) for _ in range(2))
		return b'%d:%d' % (lo, hi), lambda i, m: lo <= i <= hi
	if kind == 1:
		f = rng.choice(FLAGS[:4])
		un = rng.random() < .5
		name = ('UN' if un else '') + f[1:].upper()
		return name.encode(), lambda i, m: (f in m.flags) != un
	if kind == 2:
		return b'KEYWORD $work', lambda i, m: '$Work' in m.flags
	if kind == 3:
		return b'SUBJECT ' + lit(word), lambda i, m: has(m.subject, word)
	if kind == 4:
		return b'BODY ' + lit(word), lambda i, m: has(m.body, word)
	if kind == 5:
		return b'TEXT ' + lit(word), lambda i, m: has(m.text(), word)
	if kind == 6:
		return b'FROM ann', lambda i, m: m.sender == 'anna'
	if kind == 7:
		what = rng.choice(['', 'ONE', 'list t'])
		return b'HEADER x-list "%s"' % what.encode(), \
			lambda i, m: m.header is not None and has(m.header, what)
	day = rng.randrange(1, 28)
	name, fn = rng.choice([(b'SENTBEFORE', lambda i, m: m.day < day), (b'SENTON', lambda i, m: m.day == day),
			       (b'SENTSINCE', lambda i, m: m.day >= day)])
	return b'%s %d-Jan-2024' % (name, day), fn


def program(rng, n, depth):
	kind = rng.randrange(6) if depth else 5
	if kind == 0:
		a, f = program(rng, n, depth - 1)
		return b'NOT ' + a, lambda i, m: not f(i, m)
	if kind in (1, 2):
		a, f = program(rng, n, depth - 1)
		b, g = program(rng, n, depth - 1)
		return b'OR ' + a + b' ' + b, lambda i, m: f(i, m) or g(i, m)
	if kind in (3, 4):
		parts = [program(rng, n, depth - 1) for _ in range(rng.randrange(1, 4))]
		return b'(' + b' '.join(p[0] for p in parts) + b')', \
			lambda i, m: all(p[1](i, m) for p in parts)
	return leaf(rng, n)


@case
def beside_a_model():
	rng = random.Random(int(os.environ.get('SEED', '7')))
	rounds = 3000 if os.environ.get('LONG') else 250
	messages = [Message(rng) for _ in range(60)]
	with Server(users={ALICE: 'secret'}, listen=['imap'], env=mk.LEAN) as s:
		c = s.imap(ALICE, 'secret')
		for m in messages:
			o = m.octets()
			tagged, _ = c.run(b'APPEND INBOX (%s) {%d+}\r\n%s' % (
				' '.join(m.flags).encode(), len(o), o))
			assert tagged.startswith('OK'), tagged
		c.run('SELECT INBOX')
		for _ in range(rounds):
			text, fn = program(rng, len(messages), rng.randrange(5))
			tagged, untagged = c.run(b'SEARCH CHARSET UTF-8 ' + text)
			assert tagged.startswith('OK'), (tagged, text)
			want = [i for i, m in enumerate(messages, 1) if fn(i, m)]
			got = numbers(untagged)
			assert got == want, '%r: %r, not %r' % (text, got, want)


# -- bounds ------------------------------------------------------------------------------------

@case
def nesting():
	"""SECURITY B6: 32 levels and 1000 keys; nothing recurses, whoever asks for more is told no."""
	with filled([b'Subject: %d\r\n\r\nbody\r\n' % i for i in range(20)]) as s:
		c = s.imap(ALICE, 'secret')
		c.run('SELECT INBOX')
		for opening, closing in (('(', ')'), ('NOT ', ''), ('OR SEEN ', '')):
			assert c.run('SEARCH ' + opening * 32 + 'ALL' + closing * 32)[0].startswith('OK')
			for n in (33, 2000):
				tagged, _ = c.run('SEARCH ' + opening * n + 'ALL' + closing * n)
				assert tagged.startswith('NO [LIMIT]'), tagged
		tagged, untagged = c.run('SEARCH ' + ' '.join(['SUBJECT %d' % i for i in range(1000)]))
		assert tagged.startswith('OK') and numbers(untagged) == [], tagged
		tagged, untagged = c.run('SEARCH ' + ' '.join(['NOT BODY x%d' % i for i in range(600)]))
		assert tagged.startswith('OK') and len(numbers(untagged)) == 20, tagged
		tagged, _ = c.run('SEARCH ' + ' '.join(['ALL'] * 2001))
		assert tagged.startswith('NO [LIMIT]'), tagged
		assert c.run('NOOP')[0].startswith('OK')


@case
def others_are_served():
	"""A search that takes long is cut in slices: another session does not wait for its end."""
	body = b'0123456789 abcdefghijklmnopqrstuvwxyz\r\n' * 50
	with filled([b'Subject: %d\r\n\r\n' % i + body for i in range(2000)]) as s:
		c, other = s.imap(ALICE, 'secret'), s.imap(ALICE, 'secret')
		c.run('SELECT INBOX')
		other.run('SELECT INBOX')
		c.send('z SEARCH ' + ' '.join('NOT BODY "%dqz"' % i for i in range(300)) + '\r\n')
		c.sock.setblocking(False)
		is_over, served = False, 0
		while not is_over and served < 20:
			assert other.run('NOOP')[0].startswith('OK')
			served += 1
			try:
				is_over = not c.sock.recv(1, 2) == b'' # MSG_PEEK
			except BlockingIOError:
				pass
		assert served >= 3, 'served %d times' % served
		c.reset() # and it ends when its client goes
		assert other.run('NOOP')[0].startswith('OK')


@case
def wherever_it_stands():
	"""Texts are read and decoded in pieces: a needle may lie across two of any of them."""
	needle = 'N\u00e4del\u20ac-\U0001f600-end'
	encoders = {'8bit': lambda b: b, 'quoted-printable': lambda b: quopri.encodestring(b),
		    'base64': base64.encodebytes}
	messages = []
	for where in (12288, 16384, 49152, 65536, 131072):
		for off in range(-26, 4, 3):
			line = 'filler ' * 10 + '\n'
			text = (line * (where // len(line) + 1))[:where + off] + needle + '\nmore\n'
			name = list(encoders)[len(messages) % 3]
			charset = 'utf-16le' if name == 'base64' and len(messages) % 2 else 'utf-8'
			messages.append(b'Subject: s\nContent-Type: text/plain; charset=%s\n'
					b'Content-Transfer-Encoding: %s\n\n' % (charset.encode(), name.encode()) +
					encoders[name](text.encode(charset)))
	with filled(messages) as s:
		c = s.imap(ALICE, 'secret')
		c.run('SELECT INBOX')
		for key in ('BODY', 'TEXT'):
			for word in (needle, needle.upper(), '-\U0001f600-'):
				w = word.encode()
				_, untagged = c.run(b'SEARCH CHARSET UTF-8 %s {%d+}\r\n%s' % (key.encode(), len(w), w))
				assert numbers(untagged) == list(range(1, len(messages) + 1)), (key, word, untagged)
		assert numbers(c.run('SEARCH BODY "-end more"')[1]) == []


@case
def long_answers():
	n = 5000
	with filled([b'Subject: %s\r\n\r\n' % (b'odd' if i & 1 else b'even') for i in range(n)]) as s:
		c = s.imap(ALICE, 'secret')
		c.run('SELECT INBOX')
		assert numbers(c.run('UID SEARCH SUBJECT odd')[1]) == list(range(2, n + 1, 2))
		tagged, untagged = c.run('UID SEARCH RETURN (ALL COUNT) SUBJECT odd')
		assert untagged[0].split()[-1] == b','.join(b'%d' % i for i in range(2, n + 1, 2))
		tagged, untagged = c.run('UID SEARCH RETURN (PARTIAL -1:-3) SUBJECT odd')
		assert untagged[0].endswith(b'PARTIAL (-1:-3 %d,%d,%d)' % (n - 4, n - 2, n)), untagged
		# UIDBATCHES: exact, from the newest, the last ends in 1
		_, untagged = c.run('UIDBATCHES 2000', 'b')
		assert untagged == [b'UIDBATCHES (TAG "b") 5000:3001,3000:1001,1000:1'], untagged
		_, untagged = c.run('UIDBATCHES 500 9:300', 'b')
		assert untagged == [b'UIDBATCHES (TAG "b") 1000:501,500:1'], untagged
		c.run('UID STORE 4001:4990 +FLAGS.SILENT (\\Deleted)')
		c.run('EXPUNGE')
		_, untagged = c.run('UIDBATCHES 500 1:2', 'b')
		assert untagged == [b'UIDBATCHES (TAG "b") 5000:3511,3510:3011'], untagged


if __name__ == '__main__':
	main()
