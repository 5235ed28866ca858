#!/usr/bin/env python3
# test_kill9.py - kill -9 at random moments under mixed load; after each restart nothing is missing.
# SPDX-License-Identifier: Apache-2.0
#
#   env KILLS=60 SECONDS=60 SEED=7 tests/crash/test_kill9.py
#
# Runs until there were at least KILLS kills and SECONDS have gone by.
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mk import SANITIZER, Server, case, main # noqa: E402
from survivor import Adder, Book, PASSWORD, Reader, Sender, Wrong # noqa: E402

KILLS = int(os.environ.get('KILLS', '60'))
SECONDS = float(os.environ.get('SECONDS', '60'))
SEED = int(os.environ.get('SEED', str(random.randrange(10 ** 6))))

# Small limits, so that checkpoints, new segments and reclaiming happen all the time.
SETS = {'checkpoint_log': '64K', 'checkpoint': '1s', 'segment_size': '1M', 'undelete': '0',
	'reserve': '1M', 'login_delay': '0', 'log_per_second': '0',
	'compress': 'yes' if SEED % 2 else 'no', 'compress_from': '2K'}


def restart(server, rnd):
	"""Starts again; sometimes the recovery is killed first."""
	killed = 0
	while rnd.random() < 0.2:
		done = []

		def killer():
			while not server.process:
				time.sleep(0.001)
			time.sleep(rnd.random() * 0.15)
			if server.process and not done:
				server.process.kill()
		t = threading.Thread(target=killer)
		t.start()
		try:
			server.start()
		except AssertionError:
			pass
		done.append(1)
		t.join()
		if server.process:
			server.kill9()
		killed += 1
	server.start()
	return killed


def one_round(server, book, rnd):
	load = [Sender(book, server, random.Random(rnd.random())) for _ in range(3)]
	load += [Reader(book, server, random.Random(rnd.random())) for _ in range(2)]
	if rnd.random() < 0.3:
		load.append(Adder(book, server, random.Random(rnd.random())))
	for t in load:
		t.start()
	time.sleep(0.05 + rnd.random() * 0.6) # the moment of the kill, not a synchronisation
	server.kill9()
	for t in load:
		t.join(60)
		if t.is_alive():
			raise Wrong('a client hangs')
		if t.wrong:
			raise t.wrong
	for c in server.clients:
		c.close()
	server.clients.clear()
	bad = [l for l in server.old_log if SANITIZER.search(l)]
	if bad:
		raise Wrong('sanitizer: ' + bad[0])


def look_inside(server):
	"""With the server down: index and log agree, and the log can be read to its end."""
	done = server.cli('index', 'check', check=False)
	if done.returncode != 0:
		raise Wrong('index check: %s%s' % (done.stdout[-500:], done.stderr[-500:]))
	done = server.cli('log', 'dump', check=False)
	if done.returncode != 0 or not done.stdout:
		raise Wrong('log dump: exit %d, %s' % (done.returncode, done.stderr[-500:]))


@case
def nothing_is_lost():
	rnd = random.Random(SEED)
	users = ['u%d@example.test' % i for i in range(1, 6)]
	book = Book(users)
	kills = inside = 0
	began = time.monotonic()
	print('# seed %d' % SEED, flush=True)
	with Server(users={u: PASSWORD for u in users}, listen=['pop3', 'lmtp'], sets=SETS) as s:
		while kills < KILLS or time.monotonic() - began < SECONDS:
			one_round(s, book, rnd)
			kills += 1
			if rnd.random() < 0.1:
				look_inside(s)
				inside += 1
			kills += restart(s, rnd)
			try:
				book.check(s)
			except Wrong as why:
				raise Wrong('seed %d, kill %d: %s' % (SEED, kills, why))
			for c in s.clients:
				c.close()
			s.clients.clear()
			s.old_log = s.old_log[-200:]
		seconds = time.monotonic() - began
		s.kill9()
		look_inside(s)
		s.start()
		book.check(s)
	if book.acks < kills or book.deleted == 0:
		raise Wrong('too little happened: %d deliveries, %d deletions' % (book.acks, book.deleted))
	print('# %d kills in %.0f s: %d deliveries answered, %d deleted, %d messages compared, %d looks '
	      'inside, %d users' % (kills, seconds, book.acks, book.deleted, book.read, inside + 1,
				    len(book.users)), flush=True)


main()
