#!/usr/bin/env python3
# test_sort_model.py - SORT and THREAD of random mail, beside RFC 5256 written down slowly, and Dovecot.
# SPDX-License-Identifier: Apache-2.0
"""
The model follows the RFC's steps word by word, with lists that are sorted where the RFC sorts and
trees that are walked where it walks. Dovecot (Debian's, if it is there) gets mail without loops and
with ids that are there once: what others threaders do about those differs.
"""
import email.utils
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip

ALICE = 'alice@example.test'
DOVECOT = '/usr/lib/dovecot/imap'
WORDS = ['apple', 'Pear', 'plum', 'APPLE', '[x]', '[x] plum', '']
SIGNS = ['', '', 'Re: ', 'RE: fwd: ', '[x] re: ', 'Re[2]: ']
KEYS = ['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO']


class Mail:
	def __init__(self, r, n, hostile):
		self.n = n
		self.sent = 978307200 + r.randrange(0, 2000 if hostile else 10 ** 7)
		self.arrival = 978307200 + r.randrange(0, 10 ** 6) if hostile else self.sent
		self.id = 'i%d@x' % (r.randrange(20) if hostile else n)
		pool = range(20) if hostile else range(max(0, n - 8), n)
		self.refs = ['i%d@x' % i for i in sorted(r.sample(pool, min(len(pool), r.choice([0, 0, 1, 2, 3]))))]
		if hostile:
			r.shuffle(self.refs)
		self.word, sign = r.choice(WORDS if hostile else WORDS[:3] + ['s%d' % n] * 3), r.choice(SIGNS)
		end = r.choice(['', '', '', ' (fwd)'])
		self.subject = sign + self.word + end
		self.base, self.is_reply = base_subject(self.subject)
		self.people = {f: r.choice(['', 'a@x.test', 'Zed <b@x.test>', '"aA" <B@y.test>', '<c@x.test>'])
				for f in ('From', 'To', 'Cc')}
		lines = ['Date: ' + email.utils.formatdate(self.sent), 'Subject: ' + self.subject, 'Message-ID: <%s>' % self.id]
		lines += ['%s: %s' % (f, p) for f, p in self.people.items() if p]
		if self.refs and len(self.refs) == 1 and r.random() < 0.5:
			lines.append('In-Reply-To: your mail <%s>' % self.refs[0])
		elif self.refs:
			lines.append('References: ' + '\r\n\t'.join('<%s>' % i for i in self.refs))
		self.text = '\r\n'.join(lines + ['', 'x' * r.randrange(5), ''])

	def value(self, key):
		people = self.people.get(key.replace('DISPLAY', '').capitalize(), '')
		name, address = email.utils.parseaddr(people)
		return {'ARRIVAL': self.arrival, 'DATE': self.sent, 'SIZE': len(self.text), 'SUBJECT': self.base,
			'FROM': address.split('@')[0].upper(), 'DISPLAYFROM': (name or address).upper(),
			'DISPLAYTO': (name or address).upper()}.get(key, address.split('@')[0].upper())


def base_subject(s):
	"""RFC 5256 2.1, the steps as they stand there."""
	s, reply = re.sub(r'[ \t\r\n]+', ' ', s), False
	blob = r'\[[^\[\]]*\][ ]*'
	while True:
		while re.search(r'(\(fwd\)|[ ])$', s, re.I):
			reply |= not s.endswith(' ')
			s = s[:-1] if s.endswith(' ') else s[:-5]
		while True:
			m = re.match(r'((%s)*(re|fwd?)[ ]*(%s)?:)|[ ]' % (blob, blob), s, re.I)
			if m:
				reply |= m.group(0) != ' '
				s = s[m.end():]
				continue
			m = re.match(blob, s)
			if not m or m.end() == len(s):
				break
			s = s[m.end():]
		if not re.match(r'\[fwd:.*\]$', s, re.I):
			return s.upper(), reply
		s, reply = s[5:-1], True


# -- THREAD, step by step -------------------------------------------------------------------------

class Node:
	def __init__(self, mail=None):
		self.mail, self.parent, self.children = mail, None, []

	def key(self):
		if not self.mail:
			return min(c.key() for c in self.children)
		return self.mail.sent, self.mail.n

	def hang(self, parent):
		if self.parent:
			self.parent.children.remove(self)
		self.parent = parent
		if parent:
			parent.children.append(self)

	def is_below(self, other):
		x = self
		while x and x is not other:
			x = x.parent
		return x is other


def linked(mails):
	ids, nodes = {}, []
	for m in mails: # (1)
		node = ids.setdefault(m.id, Node())
		if node.mail:
			node = Node()
		node.mail = m
		nodes.append(node)
		last = None
		for ref in m.refs:
			x = ids.setdefault(ref, Node())
			if last and not x.parent and not last.is_below(x):
				x.hang(last)
			last = x
		node.hang(None)
		if last and not last.is_below(node):
			node.hang(last)
	root = Node()
	for x in list(ids.values()) + nodes: # (2)
		if not x.parent and x is not root:
			x.hang(root)
	return root


def prune(x, root):
	for c in list(x.children):
		prune(c, root)
	if x.mail or x is root:
		return
	if not x.children or x.parent is not root or len(x.children) == 1: # (3)
		for c in list(x.children):
			c.hang(x.parent)
		x.hang(None)


def merge(root):
	def first(x):
		return x.mail or min(x.children, key=Node.key).mail

	table = {}
	for x in list(root.children): # (5)(B)
		s = first(x).base
		old = table.get(s)
		if s and (not old or (old.mail and (not x.mail or (old.mail.is_reply and not x.mail.is_reply)))):
			table[s] = x
	for x in list(root.children): # (5)(C)
		s = first(x).base
		if not s or table[s] is x:
			continue
		old = table[s]
		if not old.mail and not x.mail:
			for c in list(x.children):
				c.hang(old)
			x.hang(None)
		elif not old.mail or (x.mail.is_reply and not old.mail.is_reply):
			x.hang(old)
		else:
			dummy = Node()
			dummy.hang(root)
			x.hang(dummy)
			old.hang(dummy)
			table[s] = dummy


def told(x):
	out = str(x.mail.n) if x.mail else ''
	children = sorted(x.children, key=Node.key)
	if children and out:
		out += ' '
	if len(children) == 1:
		return out + told(children[0])
	return out + ''.join('(%s)' % told(c) for c in children)


def all_of(x):
	return [x] + [y for c in x.children for y in all_of(c)]


def thread(mails, alg):
	if alg == 'ORDEREDSUBJECT':
		root, by = Node(), {}
		for m in sorted(mails, key=lambda m: (m.sent, m.n)):
			x = Node(m)
			x.hang(by.setdefault(m.base, root))
			if by[m.base] is root:
				by[m.base] = x
	else:
		root = linked(mails)
		prune(root, root)
	root.children.sort(key=Node.key) # (4)
	if alg == 'REFERENCES':
		merge(root)
		root.children.sort(key=Node.key)
	if alg == 'REFS':
		root.children.sort(key=lambda x: max((y.mail.arrival, y.mail.n) for y in all_of(x) if y.mail))
	return ''.join('(%s)' % told(x) for x in root.children)


def sort(mails, keys):
	mails = list(mails)
	for key in reversed(keys): # sorted() is stable, also in reverse
		reverse, _, key = key.rpartition(' ')
		mails.sort(key=lambda m: m.value(key), reverse=bool(reverse))
	return [m.n for m in mails]


# -- servers ----------------------------------------------------------------------------------------

def append(run, mails):
	for m in mails:
		date = email.utils.formatdate(m.arrival)[5:].replace(' ', '-', 2).replace('-0000', '+0000')
		run('APPEND INBOX "%s" {%d+}\r\n%s' % (date, len(m.text), m.text))


def keep_order(c, r, mails):
	for alg in ('ORDEREDSUBJECT', 'REFERENCES', 'REFS'):
		want, got = thread(mails, alg), c.ok('THREAD %s UTF-8 ALL' % alg)[0].decode()
		assert got == 'THREAD ' + want, '%s\nwant %s\ngot  %s\n%s' % (
			alg, want, got, '\n'.join(str(vars(m)) for m in mails))
	for _ in range(12):
		keys = [r.choice(['', 'REVERSE ']) + k for k in r.sample(KEYS, r.randrange(1, 4))]
		want, got = sort(mails, keys), c.ok('SORT (%s) UTF-8 ALL' % ' '.join(keys))[0].decode()
		assert got.split()[1:] == [str(n) for n in want], '%s: %s, not %s' % (keys, got, want)


@case
def as_the_rfc_says():
	seed = int(os.environ.get('SEED', '0')) or random.randrange(1, 10 ** 9)
	print('# SEED=%d' % seed)
	with Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm') as s:
		c = s.imap(ALICE, 'secret')
		for round in range(int(os.environ.get('ROUNDS', '12'))):
			r = random.Random(seed + round)
			mails = [Mail(r, n, round % 3 != 0) for n in range(1, r.randrange(2, 40))]
			append(c.ok, mails)
			c.ok('SELECT INBOX')
			keep_order(c, r, mails)
			c.ok('STORE 1:* +FLAGS.SILENT (\\Deleted)')
			c.ok('CLOSE')


@case
def behind_an_index_made_anew():
	"""Envelopes and references are not cached there: they are made again on the way."""
	with Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm') as s:
		r = random.Random(1)
		mails = [Mail(r, n, True) for n in range(1, 100)]
		append(s.imap(ALICE, 'secret').ok, mails)
		s.stop()
		s.cli('index', 'rebuild')
		s.start()
		c = s.imap(ALICE, 'secret')
		c.ok('EXAMINE INBOX')
		want, got = thread(mails, 'REFERENCES'), c.ok('THREAD REFERENCES UTF-8 ALL')[0].decode()
		assert got == 'THREAD ' + want, '%s, not %s' % (got, want)
		keep_order(c, r, mails)


class Dovecot:
	"""Its IMAP process alone, on a pipe."""

	def __init__(self, folder):
		conf = folder + '/dovecot.conf'
		with open(conf, 'w') as f:
			f.write('base_dir = {0}/run\nstate_dir = {0}/state\nlog_path = {0}/log\nmail_location = maildir:{0}/mail\n'
				'mail_uid = nobody\nmail_gid = nogroup\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n'.format(folder))
		self.p = subprocess.Popen([DOVECOT, '-c', conf], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			env={'USER': 'u', 'HOME': folder, 'PATH': os.environ['PATH']})
		assert self.p.stdout.readline().startswith(b'* PREAUTH')

	def ok(self, command):
		self.p.stdin.write(b'x ' + command.encode() + b'\r\n')
		self.p.stdin.flush()
		out = []
		while True:
			line = self.p.stdout.readline().rstrip(b'\r\n')
			assert line, 'Dovecot ended'
			if line.startswith(b'x '):
				assert line.startswith(b'x OK'), line
				return out
			out.append(line[2:])


@case
def as_dovecot_does():
	if not os.path.exists(DOVECOT) or os.getuid():
		skip('no Dovecot, or not root')
	r = random.Random(int(os.environ.get('SEED', '7')))
	mails = [Mail(r, n, False) for n in range(1, 200)]
	with tempfile.TemporaryDirectory() as folder, Server(users={ALICE: 'secret'}, listen=['imap'], tmp='/dev/shm') as s:
		subprocess.run(['chown', '-R', 'nobody:nogroup', folder], check=True)
		os.chmod(folder, 0o755)
		c, d = s.imap(ALICE, 'secret'), Dovecot(folder)
		try:
			for x in (c, d):
				append(x.ok, mails)
				x.ok('SELECT INBOX')
			for command in ['THREAD ' + a for a in ('ORDEREDSUBJECT', 'REFERENCES', 'REFS')] + [
					'SORT (%s%s)' % (way, k) for k in KEYS for way in ('', 'REVERSE ')]:
				ours, theirs = [[u for u in x.ok(command + ' UTF-8 ALL') if u[:4] in (b'SORT', b'THRE')][0] for x in (c, d)]
				assert ours == theirs.rstrip(), '%s:\nours   %s\ntheirs %s' % (command, ours, theirs)
		finally:
			d.p.kill()
			d.p.wait()


if __name__ == '__main__':
	main()
