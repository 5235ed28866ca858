#!/usr/bin/env python3
# test_compress.py - COMPRESS=DEFLATE (RFC 4978) beside Python's zlib: plain and over TLS, bombs, ends.
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE = 'alice@example.test'


class Deflated:
	"""A socket with DEFLATE on it, for mk's Client."""

	def __init__(self, sock, bits=-15):
		self.sock, self.sent, self.got = sock, 0, 0
		self.out = zlib.compressobj(9, zlib.DEFLATED, bits)
		self.into = zlib.decompressobj(-15)

	def sendall(self, data):
		data = self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH)
		self.sent += len(data)
		self.sock.sendall(data)

	def recv(self, n):
		while True:
			data = self.sock.recv(n)
			self.got += len(data)
			plain = self.into.decompress(data)
			if plain or not data:
				return plain

	def __getattr__(self, name):
		return getattr(self.sock, name)


def compressed(s, name='imap', bits=-15):
	c = s.imap(ALICE, 'secret', name=name)
	tagged, untagged = c.run('COMPRESS DEFLATE')
	assert tagged.startswith('OK') and not untagged and not c.buffer, (tagged, c.buffer)
	c.sock = Deflated(c.sock, bits)
	return c


def server(**sets):
	return Server(users={ALICE: 'secret'}, listen=['imap', 'imaps', 'lmtp'], sets=sets)


@case
def all_comes_through_both_ways():
	"""Small answers, large ones from files, literals: the same as without."""
	with server() as s:
		small = int(os.environ.get('MK_IO_CHUNK', 0)) and 10
		noise = random.Random(1).randbytes(300000 // (small or 1)).hex()
		bodies = [b'Subject: a\r\n\r\nshort\r\n',
			  b'Subject: b\r\n\r\n' + b'the same line\r\n' * (60000 // (small or 1)),
			  b'Subject: c\r\n\r\n' + b''.join(noise[i:i + 70].encode() + b'\r\n'
							    for i in range(0, len(noise), 70))]
		for b in bodies:
			s.deliver(ALICE, b)
		for name, bits in (('imap', -15), ('imaps', -15), ('imap', -9)):
			c, plain = compressed(s, name, bits), s.imap(ALICE, 'secret')
			tagged, _ = c.run('COMPRESS DEFLATE')
			assert tagged.startswith('NO [COMPRESSIONACTIVE]'), tagged
			assert b'COMPRESS' not in c.ok('CAPABILITY')[0]
			for x in (c, plain):
				x.ok('EXAMINE INBOX')
			for what in ('1:3 FULL', '1:3 BODY.PEEK[]', '3 BODY.PEEK[]<100.5000>', '2 BODY.PEEK[]'):
				assert c.ok('FETCH ' + what) == plain.ok('FETCH ' + what), what
			n = len(c.ok('FETCH 2 BODY.PEEK[]')[0])
			before = c.sock.got
			c.ok('FETCH 2 BODY.PEEK[]')
			assert c.sock.got - before < n / 5, 'not much is saved'
			c.ok(b'APPEND INBOX {%d+}\r\n%s' % (len(bodies[2]), bodies[2]))
			# many at once, then the end
			c.send(b''.join(b'p%d NOOP\r\n' % i for i in range(50)) + b'q LOGOUT\r\n')
			for i in range(50):
				assert c.answers('p%d' % i)[0].startswith('OK')
			assert c.line() == '* BYE goodbye' and c.line().startswith('q OK')
			assert c.is_closed()


@case
def idle_is_pushed_through_it():
	with server() as s:
		c = compressed(s, 'imaps')
		c.ok('SELECT INBOX')
		c.send('i IDLE\r\n')
		assert c.line() == '+ idling'
		for n in range(1, 4):
			s.deliver(ALICE, b'Subject: x\r\n\r\nx\r\n')
			assert c.line() == '* %d EXISTS' % n
			c.line()
		c.send('DONE\r\n')
		assert c.answers('i')[0].startswith('OK')


@case
def bombs_meet_the_limits_of_what_they_inflate_to():
	def bomb(c, head, n):
		z = c.sock.out
		data = z.compress(head) + z.compress(b'x' * n) + z.flush(zlib.Z_SYNC_FLUSH)
		assert len(data) < n / 500
		try:
			c.sock.sock.sendall(data)
		except ConnectionError:
			pass
	with server(message_size='1M') as s:
		warm = compressed(s)
		before = s.rss_kib()
		c = compressed(s)
		bomb(c, b'a NOOP ', 500 << 20)  # a line
		assert c.line().startswith('* BYE '), 'no BYE for a line of 500 MiB'
		assert c.read_all() == b''
		c = compressed(s)
		bomb(c, b'a APPEND INBOX {524288000+}\r\n', 500 << 20)
		assert '[TOOBIG]' in c.line()
		c.read_all()
		c = compressed(s)
		c.send(b'a NOOP {4000+}\r\n%s\r\n' % (b'x' * 4000))
		assert c.line().startswith('a BAD')
		assert warm.run('NOOP')[0].startswith('OK')
		if not s.is_sanitized():
			assert s.rss_kib() - before < 4096, s.rss_kib() - before


@case
def what_is_no_deflate_ends_it():
	with server() as s:
		for data in (b'a NOOP\r\n', b'\xff' * 100, zlib.compress(b'a NOOP\r\n'),
			     b'\x03\x00a NOOP\r\n'):
			c = compressed(s)
			c.sock.sock.sendall(data)
			c.read_all()
		s.wait_log('session .*proto=imap .*reason=client', 4)
		c = compressed(s)
		c.sock.sock.sendall(c.sock.out.compress(b'a NO') + c.sock.out.flush(zlib.Z_SYNC_FLUSH)[:2])
		c.reset()
		s.wait_log('session .*proto=imap .*reason=client', 5)


main()
