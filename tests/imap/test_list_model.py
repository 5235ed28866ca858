#!/usr/bin/env python3
# test_list_model.py - LIST and LSUB beside a model: random trees, subscriptions, patterns, options.
# SPDX-License-Identifier: Apache-2.0
"""
The model looks at every name by itself, as RFC 9051 6.3.9 words it; the server walks a tree once.
MODEL_SEED repeats a run, LONG=1 makes it longer.
"""
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

USER = 'alice@example.test'
LEVELS = ['a', 'b', 'a-b', 'a b', 'aa']  # "-" and " " sort before "/"
ROUNDS = 60 if os.environ.get('LONG') else 6


def tree_order(name):
	return [0 if c == '/' else ord(c) for c in name]


def matches(name, pattern):
	return re.fullmatch(''.join('.*' if c == '*' else '[^/]*' if c == '%' else re.escape(c)
				    for c in pattern), name) is not None


class Model:
	def __init__(self):
		self.boxes, self.subscribed = {'INBOX'}, {'INBOX'}

	def names(self):
		known = self.boxes | self.subscribed
		levels = {n[:i] for n in known for i, c in enumerate(n) if c == '/'}
		return sorted(known | levels, key=tree_order)

	def list(self, patterns, select, extended=True, lsub=False):
		names, out = self.names(), []
		for name in names:
			if not any(matches(name, p) for p in patterns):
				continue
			meets = lambda n: n in self.subscribed if 'SUBSCRIBED' in select or lsub else n in self.boxes
			below = [n for n in names if n.startswith(name + '/')]
			hidden = any(meets(n) and not any(matches(n, p) for p in patterns) for n in below)
			as_level = any(matches(name, p) and not p.endswith('*') for p in patterns)
			if not meets(name):
				if lsub:
					told = as_level and hidden
				elif 'SUBSCRIBED' in select:
					told = 'RECURSIVEMATCH' in select and hidden
				else:
					told = as_level and any(n in self.boxes for n in below)
				if not told:
					continue
			if lsub:
				out.append((name, set() if meets(name) else {'\\Noselect'}, False))
				continue
			flags = {'\\HasChildren' if any(n in self.boxes for n in below) else '\\HasNoChildren'}
			if name not in self.boxes:
				flags.add('\\NonExistent' if extended else '\\Noselect')
			if name in self.subscribed and 'SUBSCRIBED' in select:
				flags.add('\\Subscribed')
			out.append((name, flags, 'RECURSIVEMATCH' in select and any(meets(n) for n in below)))
		return out


def parsed(untagged):
	out = []
	for line in untagged:
		m = re.fullmatch(r'(?:LIST|LSUB) \(([^)]*)\) "/" ("[^"]*"|\S+)(?: \(("CHILDINFO" \("SUBSCRIBED"\))\))?',
				 line.decode())
		assert m, line
		out.append((m.group(2).strip('"'), set(m.group(1).split()), bool(m.group(3))))
	return out


def random_name(rnd):
	return '/'.join(rnd.choice(LEVELS) for _ in range(rnd.randint(1, 4)))


def random_pattern(rnd):
	return rnd.choice(['*', '%', '%/%', 'a*', 'a%', '*b', '%b', 'a/%', 'a/*', '*/b', '%/b*', '*a*%', random_name(rnd),
			   random_name(rnd) + '/%', ''.join(rnd.choice('ab/*%-') for _ in range(rnd.randint(1, 6)))])


def change(c, m, rnd):
	name = random_name(rnd)
	what = rnd.randrange(5)
	if what <= 1 and name not in m.boxes:
		assert c.run('CREATE "%s"' % name)[0].startswith('OK'), name
		m.boxes |= {name} | {name[:i] for i, ch in enumerate(name) if ch == '/'}
	elif what == 2 and len(m.boxes) > 1:
		name = rnd.choice(sorted(m.boxes - {'INBOX'}))
		assert c.run('DELETE "%s"' % name)[0].startswith('OK'), name
		m.boxes.remove(name)
	elif what == 3:
		name = rnd.choice(sorted(m.boxes))
		assert c.run('SUBSCRIBE "%s"' % name)[0].startswith('OK'), name
		m.subscribed.add(name)
	elif m.subscribed:
		name = rnd.choice(sorted(m.subscribed))
		assert c.run('UNSUBSCRIBE "%s"' % name)[0].startswith('OK'), name
		m.subscribed.remove(name)


def look(c, m, rnd):
	patterns = [random_pattern(rnd) for _ in range(rnd.randint(1, 3))]
	select = rnd.choice([[], [], ['SUBSCRIBED'], ['SUBSCRIBED', 'RECURSIVEMATCH'], ['REMOTE', 'SUBSCRIBED']])
	command = 'LIST (%s) "" (%s)' % (' '.join(select), ' '.join('"%s"' % p for p in patterns))
	check(c, command, m.list(patterns, select))
	one = patterns[0]
	check(c, 'LIST "" "%s"' % one, m.list([one], [], extended=False))
	check(c, 'LSUB "" "%s"' % one, m.list([one], [], lsub=True))


def check(c, command, want):
	tagged, untagged = c.run(command)
	assert tagged.startswith('OK'), (command, tagged)
	got = parsed(untagged)
	assert got == want, '%s: too many %s, missing %s' % (
		command, [g for g in got if g not in want][:5], [w for w in want if w not in got][:5])


@case
def lists_are_what_the_model_says():
	seed = int(os.environ.get('MODEL_SEED') or random.randrange(1 << 32))
	print('# MODEL_SEED=%d' % seed)
	rnd = random.Random(seed)
	with Server(users={USER: 'secret'}, listen=['imap'], tmp='/dev/shm', sets={'special_folders': ''}) as s:
		c, m = s.imap(USER, 'secret'), Model()
		for _ in range(ROUNDS):
			for _ in range(10):
				change(c, m, rnd)
			for _ in range(20):
				look(c, m, rnd)


@case
def a_level_is_renamed_with_all_below():
	"""RENAME of what is a mailbox, and of what is only a level, beside the model."""
	seed = int(os.environ.get('MODEL_SEED') or random.randrange(1 << 32))
	print('# MODEL_SEED=%d' % seed)
	rnd = random.Random(seed)
	with Server(users={USER: 'secret'}, listen=['imap'], tmp='/dev/shm', sets={'special_folders': ''}) as s:
		c, m = s.imap(USER, 'secret'), Model()
		for _ in range(ROUNDS * 20):
			change(c, m, rnd)
			old, new = random_name(rnd), random_name(rnd)
			moved = {n for n in m.boxes if n == old or n.startswith(old + '/')}
			target = {new + n[len(old):] for n in moved}
			superiors = {new[:i] for i, ch in enumerate(new) if ch == '/'}
			fine = moved and new != old and not new.startswith(old + '/') and new not in m.boxes and \
				not (target | superiors - m.boxes) & (m.boxes | (target & superiors))
			tagged, _ = c.run('RENAME "%s" "%s"' % (old, new))
			if tagged.startswith('OK'):
				assert fine or (moved and not target & (m.boxes - moved)), (old, new, sorted(moved)[:50])
				m.boxes = (m.boxes - moved) | target | superiors
			else:
				assert not fine, (old, new, tagged, sorted(moved)[:50])
			check(c, 'LIST () "" ("*" "%")', m.list(['*', '%'], []))


main()
