#!/usr/bin/env python3
# test_disk.py - the disk is full, a sync fails, a call fails: the real server and its clients.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import programs # noqa: E402
from mk import Server, case, main, need, skip # noqa: E402
from survivor import Book, PASSWORD, text_of # noqa: E402

USERS = ['u1@example.test', 'u2@example.test']
SETS = {'segment_size': '1M', 'reserve': '2M', 'undelete': '0', 'checkpoint_log': '256K'}


def send(server, book, user, size, client=None):
	"""One delivery; its reply code, None if the connection broke."""
	msg = book.new([user], size, 'one')
	try:
		c = client or server.connect('lmtp')
		if not client:
			c.reply()
			c.cmd('LHLO disk.remote.test')
		for command in ('MAIL FROM:<x@remote.test>', 'RCPT TO:<%s>' % user, 'DATA'):
			code = c.cmd(command)[0]
			if code not in (250, 354):
				c.cmd('RSET')
				return code
		text = text_of(msg, size).replace(b'\r\n.', b'\r\n..')
		c.send(text + b'.\r\n')
		code = c.reply()[0]
	except (OSError, EOFError):
		return None
	finally:
		if not client and 'c' in locals():
			c.close()
	if code == 250:
		book.users[user][msg].acked = True
	return code


class SmallDisk:
	"""A tmpfs that temporary folders go to."""

	def __init__(self, megabytes):
		if os.geteuid() != 0:
			skip('mounting needs root')
		self.dir = tempfile.mkdtemp(prefix='mkdisk-')
		done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755,size=%dm' % megabytes,
				       'mailkeep-test', self.dir], stderr=subprocess.PIPE)
		if done.returncode:
			os.rmdir(self.dir)
			skip('cannot mount: %s' % done.stderr.decode().strip())

	def __enter__(self):
		self.was, tempfile.tempdir = tempfile.tempdir, self.dir
		return self

	def __exit__(self, *why):
		tempfile.tempdir = self.was
		subprocess.run(['umount', '-l', self.dir])
		os.rmdir(self.dir)

	def fill(self):
		fd = os.open(self.dir + '/ballast', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
		for block in (1 << 20, 4096):
			try:
				while True:
					os.write(fd, b'\1' * block)
			except OSError:
				pass
		os.close(fd)

	def free(self):
		os.unlink(self.dir + '/ballast')


@case
def full_disk():
	book = Book(USERS)
	with SmallDisk(48) as disk, Server(users={u: PASSWORD for u in USERS},
					   listen=['pop3', 'lmtp'], sets=SETS) as s:
		for _ in range(10):
			assert send(s, book, USERS[0], 4000) == 250
		disk.fill()
		codes = []
		for i in range(400): # what is preallocated may still be used
			codes.append(send(s, book, USERS[i % 2], 20000))
			if codes[-1] != 250 and codes[-3:].count(250) == 0:
				break
		assert codes[-1] in (451, 452), codes[-5:]
		assert set(codes) <= {250, 451, 452}, set(codes)
		assert send(s, book, USERS[1], 400000) in (451, 452)
		book.check(s) # reading goes on
		c = s.pop3(USERS[0], PASSWORD)
		c.pop('UIDL')
		uidls = [l.split()[1] for l in c.multi_lines()]
		gone = [book.look(USERS[0], u, c.retr(i + 1)) for i, u in enumerate(uidls[:5])]
		for i in range(len(gone)):
			assert c.pop('DELE %d' % (i + 1)).startswith('+OK')
		reply = c.pop('QUIT') # deletes go on
		assert reply.startswith('+OK'), reply
		for copy in gone:
			copy.gone = True
		book.check(s)
		disk.free()
		until = time.monotonic() + 5
		while send(s, book, USERS[0], 4000) != 250: # heals by itself
			assert time.monotonic() < until, 'not healed within 5 s'
			time.sleep(0.1)
		assert send(s, book, USERS[1], 400000) == 250
		book.check(s)
		s.stop()
		assert s.cli('index', 'check').returncode == 0
		s.start()
		book.check(s)


@case
def heals_by_deleting():
	book = Book(USERS[:1])
	with SmallDisk(32), Server(users={USERS[0]: PASSWORD}, listen=['pop3', 'lmtp'], sets=SETS) as s:
		code = 250
		for _ in range(3000):
			code = send(s, book, USERS[0], 60000)
			if code != 250:
				break
		assert code in (451, 452), code
		c = s.pop3(USERS[0], PASSWORD)
		count = int(c.pop('STAT').split()[1])
		for i in range(count - 2):
			assert c.pop('DELE %d' % (i + 1)).startswith('+OK')
		reply = c.pop('QUIT')
		assert reply.startswith('+OK'), reply
		until = time.monotonic() + 15
		while send(s, book, USERS[0], 60000) != 250:
			assert time.monotonic() < until, 'deleting did not help within 15 s'
			time.sleep(0.2)


@case
def sync_fails():
	book = Book(USERS)
	library = programs.find('libbadsync.so') or skip('libbadsync.so is not built')
	trigger = tempfile.mktemp(prefix='mkbadsync-')
	env = {'LD_PRELOAD': library, 'BADSYNC': trigger,
	       'ASAN_OPTIONS': 'verify_asan_link_order=0:exitcode=99:detect_leaks=0'}
	try:
		with Server(users={u: PASSWORD for u in USERS}, listen=['pop3', 'lmtp'], sets=SETS,
			    env=env) as s:
			for i in range(10):
				assert send(s, book, USERS[i % 2], 3000) == 250
			open(trigger, 'w').close()
			assert send(s, book, USERS[0], 3000) in (None, 421, 451)
			code = s.process.wait(20) # by itself: it does not go on with what it does not know
			assert code != 0, 'it ended as if all were well'
			s.kill9()
			os.unlink(trigger)
			s.start()
			book.check(s)
			assert send(s, book, USERS[0], 3000) == 250
			book.check(s)
	finally:
		if os.path.exists(trigger):
			os.unlink(trigger)


def with_failing_call(what):
	"""The server under strace; one call fails; clients come again until they have had their way.
	How often they had to."""
	need('strace')
	if subprocess.run(['strace', '-o', '/dev/null', 'true'], stderr=subprocess.DEVNULL).returncode:
		skip('ptrace is not allowed here')
	book = Book(USERS)
	wrap = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=' + what.split(':')[0],
		'-e', 'inject=' + what]
	# detect_leaks: LeakSanitizer cannot work under ptrace
	env = {'ASAN_OPTIONS': 'exitcode=99:detect_leaks=0'}
	with Server(users={u: PASSWORD for u in USERS}, listen=['pop3', 'lmtp'], sets=SETS, wrap=wrap,
		    env=env) as s:
		refused = 0
		for i in range(12):
			while send(s, book, USERS[i % 2], 5000) != 250:
				refused += 1
				assert refused < 10, 'refused again and again'
		for attempt in range(10):
			try:
				book.check(s)
				return refused + attempt
			except (OSError, EOFError, IndexError):
				assert attempt < 9, 'cannot read'


@case
def accept_fails_emfile():
	with_failing_call('accept4:error=EMFILE:when=3')


@case
def accept_fails_aborted():
	with_failing_call('accept4:error=ECONNABORTED:when=2+3')


@case
def receiving_fails():
	# Not read: the 40th may be libuv's signal handler at its own pipe, which then loses the SIGTERM
	# (or aborts). That pipe cannot fail, and no client is behind it.
	assert with_failing_call('recvfrom,recvmsg:error=ECONNRESET:when=20') > 0, 'no client noticed'


@case
def sending_fails():
	with_failing_call('sendto,sendmsg,sendfile:error=ECONNRESET:when=15')


@case
def sending_is_interrupted():
	with_failing_call('sendto,sendmsg,recvfrom:error=EINTR:when=5+7')


main()
