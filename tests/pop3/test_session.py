#!/usr/bin/env python3
# test_session.py - sessions that end badly, or come in one piece, or fight for a maildrop.
# row P2
# row P3
# row P7
# row P9
# row C16
# row C17
# SPDX-License-Identifier: Apache-2.0
import hashlib
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import LEAN, Server, case, main, stuffed

ALICE = {'alice@example.test': 'secret'}
LOGIN = ('alice@example.test', 'secret')


def message(n, lines=3):
	return b'Subject: message %d\r\n\r\n' % n + b''.join(b'.line %d\r\n' % i for i in range(lines))


def filled(s, n):
	for i in range(n):
		s.deliver('alice@example.test', message(i))


@case
def drop_without_quit_deletes_nothing():
	"""The connection goes after each command in turn: no deletion, no \\Seen, LAST as it was."""
	commands = ['STAT', 'RETR 1', 'DELE 1', 'LIST', 'DELE 2', 'UIDL', 'RETR 3', 'DELE 3', 'NOOP']
	with Server(users=ALICE) as s:
		filled(s, 3)
		for upto in range(1, len(commands) + 1):
			for how in ('close', 'reset', 'shut'):
				c = s.pop3(*LOGIN)
				for command in commands[:upto]:
					assert c.pop(command).startswith('+OK')
					if command[:4] in ('RETR', 'LIST', 'UIDL'):
						c.multi()
				if how == 'shut':
					c.shut_write()
					assert c.is_closed()
				getattr(c, 'reset' if how == 'reset' else 'close')()
				s.wait_log(r' session .*user=alice.*reason=client', count=3 * (upto - 1) +
					   ('close', 'reset', 'shut').index(how) + 1)
		c = s.pop3(*LOGIN)
		assert c.pop('STAT').startswith('+OK 3 ')
		assert c.pop('LAST') == '+OK 0'


@case
def half_a_quit_is_no_quit():
	with Server(users=ALICE) as s:
		filled(s, 1)
		for tail in (b'Q', b'QUI', b'QUIT', b'QUIT\r'):
			c = s.pop3(*LOGIN)
			assert c.pop('DELE 1') == '+OK message 1 deleted'
			c.send(tail)
			c.shut_write()
			assert c.read_all() == b''
			c.close()
		c = s.pop3(*LOGIN)
		assert c.pop('STAT').startswith('+OK 1 ')


@case
def lock_is_free_when_its_holder_dies():
	"""Within 1 s; the best of three, because this machine may be busy."""
	took = []
	with Server(users=ALICE) as s:
		for _ in range(3):
			holder = s.pop3(*LOGIN)
			holder.reset()
			began = time.monotonic()
			while time.monotonic() - began < 10:
				c = s.connect('pop3')
				c.line()
				c.pop('USER alice')
				answer = c.pop('PASS secret')
				c.pop('QUIT')
				c.close()
				if answer.startswith('+OK'):
					break
				assert answer.startswith('-ERR [IN-USE]'), answer
			took.append(time.monotonic() - began)
	assert min(took) < 1, 'the lock was held for %s s' % took


@case
def the_oldest_strangers_make_room():
	"""P7: once half of all connections have not logged in, the oldest of those are closed."""
	with Server(users=ALICE, sets={'connections': 20, 'loops': 1}) as s:
		friend = s.pop3(*LOGIN)
		strangers = [s.pop3() for _ in range(15)]
		for c in strangers[:5]:
			assert c.read_all() == b''
		s.wait_log(r' session .*user="".*reason=flood', count=5)
		for c in strangers[5:] + [friend]:
			assert c.pop('QUIT').startswith('+OK')


@case
def errors_have_their_limits_by_default():
	"""P6: ten before login, fifty behind it."""
	with Server(users=ALICE) as s:
		for c, most in ((s.pop3(), 10), (s.pop3(*LOGIN), 50)):
			c.send('NONSENSE\r\n' * (most + 5))
			said = c.read_all().split(b'\r\n')[:-1]
			assert said == [b'-ERR unknown command'] * most, (most, len(said))


@case
def to_be_busy_is_not_to_log_in():
	"""SECURITY G1: who has not logged in within pop3_login is cut off, whatever he says meanwhile."""
	with Server(users=ALICE, sets={'pop3_login': 3}) as s:
		friend, stranger = s.pop3(*LOGIN), s.pop3()
		began = time.monotonic()
		try:
			while time.monotonic() - began < 25:
				stranger.pop('CAPA')
				stranger.multi()
		except (EOFError, ConnectionError, AssertionError):
			pass
		s.wait_log(r' session .*user="".*reason=timeout')
		assert friend.pop('QUIT').startswith('+OK')


@case
def a_full_server_says_so():
	with Server(users=ALICE, sets={'connections': 3, 'pop3_exclusive': 'no'}) as s:
		friends = [s.pop3(*LOGIN) for _ in range(3)]
		c = s.connect('pop3')
		assert c.line().startswith('-ERR [SYS/TEMP] ')
		assert c.is_closed()
		s.wait_log(r'warn refused proto=pop3 client=127\.0\.0\.1 why=connections$')
		for f in friends:
			assert f.pop('QUIT').startswith('+OK')


@case
def a_stop_is_no_quit():
	"""SIGTERM: sessions are told, nothing is deleted, the exit is 0 (Server.stop asserts it)."""
	with Server(users=ALICE) as s:
		filled(s, 1)
		c = s.pop3(*LOGIN)
		stranger = s.pop3()
		assert c.pop('DELE 1').startswith('+OK')
		s.stop()
		assert c.line().startswith('-ERR [SYS/TEMP] ')
		assert c.is_closed()
		assert stranger.line().startswith('-ERR [SYS/TEMP] ')
		s.start()
		assert s.pop3(*LOGIN).pop('STAT').startswith('+OK 1 ')


@case
def lock_is_free_when_quit_is_answered():
	with Server(users=ALICE) as s:
		for _ in range(20):
			c = s.pop3(*LOGIN)
			assert c.pop('QUIT').startswith('+OK')


@case
def delivery_does_not_wait_for_a_session():
	with Server(users=ALICE) as s:
		c = s.pop3(*LOGIN)
		filled(s, 2)
		assert c.pop('STAT') == '+OK 0 0'
		assert c.pop('QUIT').endswith('(maildrop empty)')
		assert s.pop3(*LOGIN).pop('STAT').startswith('+OK 2 ')


@case
def pipelined_equals_one_by_one():
	commands = []
	for i in range(1, 41):
		commands += ['LIST %d' % i, 'RETR %d' % i, 'TOP %d 1' % i, 'UIDL %d' % i, 'BLAH']
	commands += ['STAT', 'LIST', 'UIDL', 'NOOP']
	with Server(users=ALICE, sets={'errors_after_login': 1000}) as s:
		filled(s, 40)
		c = s.pop3(*LOGIN)
		one = []
		for command in commands:
			one.append(c.pop(command))
			if one[-1].startswith('+OK') and (' ' not in command or command[:4] in ('RETR', 'TOP ')) \
					and command not in ('STAT', 'NOOP'):
				one.append(c.multi())
		c.pop('QUIT')
		c = s.pop3(*LOGIN)
		c.send('\r\n'.join(commands + ['QUIT', '']))
		got = c.read_all()
		want = b''
		for part in one:
			want += part.encode('latin-1') + b'\r\n' if isinstance(part, str) else stuffed_end(part)
		assert got[:len(want)] == want, 'pipelined answers differ'
		assert got[len(want):].count(b'\r\n') == 1


def stuffed_end(part):
	return b'.\r\n' if not part else stuffed(part)


@case
def a_client_that_does_not_read_waits():
	"""Many RETRs are sent before anything is read: the server must neither grow nor stall."""
	body = b'Subject: big\r\n\r\n' + b'x' * 70 * 1000 + b'\r\n'
	with Server(users=ALICE, env=LEAN) as s:
		for _ in range(4):
			s.deliver('alice@example.test', body)
		c = s.pop3(*LOGIN)
		before = s.rss_kib()
		sender = threading.Thread(target=c.send, args=(b'RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4\r\n' * 100,))
		sender.start()
		first = [c.line(), c.multi()]
		sums = {hashlib.sha256(first[1]).digest()}
		for i in range(399):
			assert c.line().startswith('+OK')
			sums.add(hashlib.sha256(c.multi()).digest())
		sender.join()
		assert len(sums) == 4
		grown = s.rss_kib() - before
		assert grown < 16 * 1024, 'grew by %d KiB' % grown


@case
def stls_injection_is_cut_off():
	"""What came with STLS is thrown away, there is no handshake, and it is logged (SECURITY A1)."""
	injected = b'STLS\r\nUSER alice\r\nCAPA\r\n'
	with Server(users=ALICE) as s:
		for at in [len(injected)] + list(range(1, len(injected))):
			c = s.pop3()
			c.send(injected[:at])
			if at < len(injected):
				c.send(injected[at:])
			got = c.read_all()
			assert got.startswith(b'+OK begin TLS\r\n'), got
			rest = got[len(b'+OK begin TLS\r\n'):]
			assert b'+OK' not in rest and b'-ERR' not in rest, rest
			c.close()
		s.wait_log('starttls-injection')


@case
def plaintext_behind_the_handshake_is_not_heard():
	with Server(users=ALICE) as s:
		c = s.pop3()
		assert c.pop('STLS').startswith('+OK')
		c.start_tls()
		assert c.pop('PASS secret') == '-ERR USER first'
		c.pop('USER alice')
		assert c.pop('PASS secret').startswith('+OK')
		assert c.pop('QUIT').startswith('+OK')


@case
def a_line_without_end_costs_no_memory():
	size = (1024 if os.environ.get('LONG') else 64) << 20
	block = b'a' * (1 << 20)
	with Server(users=ALICE, env=LEAN) as s:
		warm = s.pop3()
		warm.send(block + b'\r\n')
		assert warm.line() == '-ERR line too long'
		before = s.rss_kib()
		c = s.pop3()
		c.send(b'USER ')
		for _ in range(size >> 20):
			c.send(block)
		grown = s.rss_kib() - before
		assert grown < 2048, 'grew by %d KiB' % grown
		c.send(b'\r\nUSER alice\r\n')
		assert c.line() == '-ERR line too long'
		assert c.line().startswith('+OK')


@case
def a_big_maildrop_is_listed():
	n = int(os.environ.get('MK_BIG', '10000'))
	with Server(users=ALICE, tmp='/dev/shm') as s:
		def some(count):
			c = s.connect('lmtp')
			c.reply()
			c.cmd('LHLO x')
			one = b'MAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n'
			for i in range(count):
				c.send(one)
				for code in (250, 250, 354):
					assert c.reply()[0] == code
				c.send(b'Subject: x\r\n\r\nx\r\n.\r\n')
				assert c.reply()[0] == 250
		threads = [threading.Thread(target=some, args=(n // 8,)) for _ in range(8)]
		for t in threads:
			t.start()
		for t in threads:
			t.join()
		c = s.pop3(*LOGIN)
		assert c.pop('UIDL').startswith('+OK %d messages' % n)
		lines = c.multi_lines()
		assert [l.split()[0] for l in lines] == [str(i) for i in range(1, n + 1)]
		assert len({l.split()[1] for l in lines}) == n
		c.pop('LIST')
		assert len(c.multi_lines()) == n
		c.send(b''.join(b'DELE %d\r\n' % i for i in range(1, n + 1, 2)))
		for i in range(1, n + 1, 2):
			assert c.line() == '+OK message %d deleted' % i
		assert c.pop('QUIT').endswith('(%d messages left)' % (n // 2))
		c = s.pop3(*LOGIN)
		c.pop('UIDL')
		assert [l.split()[1] for l in c.multi_lines()] == [l.split()[1] for l in lines[1::2]]


@case
def quit_from_many_at_once():
	"""Sessions of different users end together: each loses what it marked and nothing else."""
	users = {'u%d@example.test' % i: 'secret' for i in range(8)}
	with Server(users=users) as s:
		for i in range(4):
			s.deliver(users, message(i))
		clients = [s.pop3(u, 'secret') for u in users]
		for i, c in enumerate(clients):
			assert c.pop('DELE %d' % (i % 4 + 1)).startswith('+OK')
		for c in clients:
			c.send('QUIT\r\n')
		for c in clients:
			assert c.line().endswith('(3 messages left)')
		for i, u in enumerate(users):
			c = s.pop3(u, 'secret')
			subjects = [c.retr(n).split(b'Subject: message ')[1][:1] for n in (1, 2, 3)]
			assert subjects == [b'%d' % k for k in range(4) if k != i % 4], subjects


main()
