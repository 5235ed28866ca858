# pull.py - what every program that fetches mail by POP3 must see, and a proxy that kills it.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from mk import WAIT, Server, case, need, skip

USER, PASSWORD = 'alice@example.test', 'secret'
MODES = {'plain': 'pop3', 'stls': 'pop3', 'pop3s': 'pop3s'}


class KillingProxy:
	"""Passes a connection on, and kills `victim` once the server has said so many octets."""

	def __init__(self, to_port, octets):
		self.to_port, self.left = to_port, octets
		self.victim, self.killed = None, threading.Event()
		self.armed = threading.Event()
		self.listener = socket.create_server(('127.0.0.1', 0))
		self.port = self.listener.getsockname()[1]
		threading.Thread(target=self._accept, daemon=True).start()

	def _accept(self):
		while True:
			try:
				down, _ = self.listener.accept()
			except OSError:
				return
			up = socket.create_connection(('127.0.0.1', self.to_port))
			threading.Thread(target=self._pass, args=(down, up, False), daemon=True).start()
			threading.Thread(target=self._pass, args=(up, down, True), daemon=True).start()

	def _pass(self, a, b, counts):
		try:
			while True:
				data = a.recv(1024)
				if not data:
					break
				if counts:
					self.left -= len(data)
					if self.left <= 0 and not self.killed.is_set():
						self.armed.wait(WAIT)
						self.victim.send_signal(signal.SIGKILL)
						self.killed.set()
						break
				b.sendall(data)
		except OSError:
			pass
		for s in (a, b):  # both ends, so that the other direction ends too
			try:
				s.shutdown(socket.SHUT_RDWR)
			except OSError:
				pass

	def close(self):
		self.listener.close()


class OwnHang(Exception):
	"""The client waits for a child that is dead: not our fault."""


def has_dead_child(pid):
	with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
		children = f.read().split()
	for child in children:
		with open('/proc/%s/stat' % child) as f:
			if f.read().rsplit(')', 1)[1].split()[0] == 'Z':
				return True
	return False


class Puller:
	"""A mail client with a folder of its own. Subclasses write `argv` and `mails`."""
	program = None
	exit_ok = (0,)
	hang_s = WAIT

	def __init__(self, mode):
		self.mode = mode
		need(self.program)
		self.dir = tempfile.TemporaryDirectory(prefix='mailkeep-client.')
		self.home = self.dir.name

	def argv(self, port, keep):
		raise NotImplementedError

	def mails(self):
		raise NotImplementedError

	def write(self, name, text, mode=0o600):
		path = os.path.join(self.home, name)
		with open(path, 'w', encoding='ascii') as f:
			f.write(text)
		os.chmod(path, mode)
		return path

	def start(self, port, keep):
		env = dict(os.environ, HOME=self.home, FETCHMAILHOME=self.home, LC_ALL='C')
		return subprocess.Popen(self.argv(port, keep), env=env, cwd=self.home,
					stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
					stderr=subprocess.STDOUT)

	def run(self, port, keep):
		process = self.start(port, keep)
		try:
			out = process.communicate(timeout=self.hang_s)[0].decode('utf-8', 'replace')
		except subprocess.TimeoutExpired:
			own = has_dead_child(process.pid)
			process.kill()
			if own:
				process.wait()
				raise OwnHang(self.program + ' lost its child') from None
			raise AssertionError(self.program + ' hangs: ' +
					     process.communicate()[0].decode('utf-8', 'replace')[-500:])
		assert process.returncode in self.exit_ok, '%s exits with %d: %s' % (
			self.program, process.returncode, out[-500:])

	def run_killed(self, port, octets):
		proxy = KillingProxy(port, octets)
		proxy.victim = self.start(proxy.port, False)
		proxy.armed.set()
		try:
			proxy.victim.communicate(timeout=self.hang_s)
			assert proxy.killed.is_set(), self.program + ' ended by itself'
		except subprocess.TimeoutExpired:
			if has_dead_child(proxy.victim.pid):
				raise OwnHang(self.program + ' lost its child') from None
			raise
		finally:
			proxy.victim.kill()
			proxy.victim.wait()
			proxy.close()

	def marks(self):
		"""The marks of all mails that have arrived whole, sorted."""
		found = []
		for mail in self.mails():
			mail = mail.replace(b'\r\n', b'\n')
			mark = re.search(rb'^X-Mark: (\d+)$', mail, re.M)
			if mark and mail.rstrip(b'\n').endswith(body(int(mark.group(1))).rstrip(b'\n')):
				found.append(int(mark.group(1)))
		return sorted(found)

	def maildir(self, path):
		for folder in ('new', 'cur'):
			at = os.path.join(self.home, path, folder)
			for name in os.listdir(at) if os.path.isdir(at) else ():
				with open(os.path.join(at, name), 'rb') as f:
					yield f.read()


def body(n):
	return b'.\n..\ntext of %d\n' % n + b'. some more text\n' * (n % 7 * 100) + b'end of %d\n' % n


def deliver(s, marks):
	for n in marks:
		s.deliver(USER, b'From: a@remote.test\r\nTo: alice@example.test\r\nSubject: mark %d\r\n'
			  b'Date: Mon, 23 Nov 2026 21:00:00 +0000\r\nMessage-ID: <%d@remote.test>\r\n'
			  b'X-Mark: %d\r\n\r\n' % (n, n, n) + body(n).replace(b'\n', b'\r\n'))


def left(s):
	c = s.pop3(USER, PASSWORD)
	count = int(c.pop('STAT').split()[1])
	c.pop('QUIT')
	c.close()
	return count


def leave_and_delete(make):
	"""Leave on server, run again, fetch only what is new, delete."""
	puller = make()
	with Server(users={USER: PASSWORD}) as s:
		port = s.port[MODES[puller.mode]]
		deliver(s, range(5))
		puller.run(port, keep=True)
		assert puller.marks() == list(range(5)), puller.marks()
		puller.run(port, keep=True)
		assert puller.marks() == list(range(5)), 'fetched twice: %s' % puller.marks()
		assert left(s) == 5
		deliver(s, range(5, 8))
		puller.run(port, keep=True)
		assert puller.marks() == list(range(8)), 'not only the new: %s' % puller.marks()
		deliver(s, [8])
		puller.run(port, keep=False)
		assert puller.marks() == list(range(9)), puller.marks()
		assert left(s) == 0, '%d messages were not deleted' % left(s)
		tls = s.log(r'login .*user=alice.*tls=(yes|TLS)')
		assert (puller.mode == 'plain') == (len(tls) == 0), 'TLS was not what it should be'


def killed_and_run_again(make, octets):
	"""Killed in a fetch that deletes, then run again: nothing is lost."""
	puller = make()
	with Server(users={USER: PASSWORD}) as s:
		port = s.port[MODES[puller.mode]]
		deliver(s, range(12))
		puller.run_killed(port, octets)
		# the killed session must be over, its lock given back
		s.wait_log(r' session .*user=alice')
		puller.run(port, keep=False)
		lost = set(range(12)) - set(puller.marks())
		assert not lost, 'after %d octets: lost %s' % (octets, lost)
		assert left(s) == 0


def patiently(fn, *args):
	"""Again, with a new client and a new server, when the client hung by itself."""
	for _ in range(5):
		try:
			return fn(*args)
		except OwnHang:
			pass
	skip('the client hangs by itself, again and again')


def cases(make, modes):
	"""Registers the cases of a client: make(mode) gives a Puller."""
	for mode in modes:
		def leave(mode=mode):
			patiently(leave_and_delete, lambda: make(mode))
		leave.__name__ = 'leave_and_delete_' + mode
		case(leave)

	def killed():
		for octets in (300, 6000, 20000):
			patiently(killed_and_run_again, lambda: make('plain'), octets)
	killed.__name__ = 'killed_and_run_again'
	case(killed)
