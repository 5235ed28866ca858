# mk.py - runs a real mailkeep for a test, talks to it, and checks that it ended well.
# SPDX-License-Identifier: Apache-2.0
"""
	from mk import Server, case, main, skip

	@case
	def stat_counts():
		with Server(users={'alice@example.test': 'secret'}) as s:
			s.deliver('alice@example.test', b'Subject: hi\\r\\n\\r\\nbody\\r\\n')
			c = s.pop3('alice@example.test', 'secret')
			assert c.pop('STAT').startswith('+OK 1 ')

	main()

Nothing here sleeps: it waits for lines, for ends of files, for processes. Every wait has a
limit (env MK_WAIT, default 30 s) that only a broken server reaches. A server that exits with
anything but 0, or writes a sanitizer's report, fails the test which ran it.
"""
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WAIT = float(os.environ.get('MK_WAIT', '30'))
ASAN = 'exitcode=99:detect_stack_use_after_return=0'  # tasks switch stacks
LEAN = {'ASAN_OPTIONS': ASAN + ':quarantine_size_mb=1'}  # env= of a Server whose memory is measured
SANITIZER = re.compile(r'ERROR: (Address|Leak|Thread)Sanitizer|runtime error: |Assertion .* failed')


def binary():
	for path in (os.environ.get('MAILKEEP'), TOP + '/build-asan/mailkeep', TOP + '/build/mailkeep'):
		if path and os.access(path, os.X_OK):
			return path
	raise Skip('there is no mailkeep binary')


class Skip(Exception):
	"""The machine lacks what the test needs."""


def skip(why):
	raise Skip(why)


def need(program):
	"""The path of a program from Debian, or the test is skipped."""
	return shutil.which(program) or skip(program + ' is not installed')


class Lines:
	"""Collects the lines of a pipe; others can wait for one of them."""

	def __init__(self, pipe, changed):
		self.lines, self.changed, self.ended = [], changed, False
		self.thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
		self.thread.start()

	def _read(self, pipe):
		with pipe:
			for line in pipe:
				with self.changed:
					self.lines.append(line.decode('utf-8', 'backslashreplace').rstrip('\n'))
					self.changed.notify_all()
		with self.changed:
			self.ended = True
			self.changed.notify_all()


class Server:
	"""A mailkeep of its own: folder, users, free ports. Use it in a `with`.

	users: {'alice@example.test': 'secret'} or {...: {'password': 'x', 'quota': '1M', 'apop': True}}
	listen: 'pop3' (127.0.0.1, a free port), or any 'PROTOCOL=ADDRESS'; 'lmtp=unix' is a socket in
	the data folder's parent. aliases: {'postmaster@example.test': ['alice@example.test']}
	tmp: where the folder is made ('/dev/shm': no disk, for what needs thousands of messages)
	"""

	def __init__(self, users=None, listen=('pop3', 'pop3s', 'lmtp'), sets=None, io_chunk=None,
		     aliases=None, binary_path=None, env=None, start=True, wrap=(), tmp=None):
		self.binary = binary_path or binary()
		self.root = tempfile.mkdtemp(prefix='mailkeep-test.', dir=tmp if tmp and os.access(tmp, os.W_OK) else None)
		os.chmod(self.root, 0o711)
		self.data = os.path.join(self.root, 'data')
		self.host = '127.0.0.1'
		self.users = users or {}
		self.aliases = aliases or {}
		self.listen = list(listen)
		self.sets = {'password_hash': 'yescrypt:1'}
		if os.geteuid() == 0:
			self.sets['user'] = 'root'
		if io_chunk is None:
			io_chunk = os.environ.get('MK_IO_CHUNK')
		if io_chunk:
			self.sets['test_io_chunk'] = str(io_chunk)
		for pair in os.environ.get('MK_SETS', '').split():
			self.sets.update([pair.split('=', 1)])
		self.sets.update({k: str(v) for k, v in (sets or {}).items()})
		self.wrap = list(wrap)
		self.port, self.where, self.old_log = {}, {}, []
		self.process = None
		self.clients = []
		self.kept = threading.local()  # an LMTP connection a thread
		self.env = dict(os.environ)
		self.env['ASAN_OPTIONS'] = ASAN + ':' + os.environ.get('ASAN_OPTIONS', '')
		self.env['UBSAN_OPTIONS'] = 'print_stacktrace=1:halt_on_error=1:exitcode=99'
		self.env.update(env or {})
		try:
			self._populate()
			if start:
				self.start()
		except BaseException:
			self._remove()
			raise

	def _populate(self):
		for address, what in self.users.items():
			what = what if isinstance(what, dict) else {'password': what}
			args = ['user', 'add', address, '--password-stdin']
			if what.get('quota'):
				args += ['--quota', str(what['quota'])]
			if what.get('disabled'):
				args += ['--disabled']
			self.cli(*args, stdin=what['password'] + '\n')
			if what.get('apop'):
				self.cli('user', 'passwd', address, '--apop', '--password-stdin',
					 stdin=what['password'] + '\n')
		for address, targets in self.aliases.items():
			self.cli('alias', 'add', address, *targets)

	def _set_args(self):
		return [a for k, v in self.sets.items() for a in ('--set', '%s=%s' % (k, v))]

	def cli(self, *args, stdin='', check=True):
		"""Runs a verb on this server's data; the CompletedProcess (text)."""
		done = subprocess.run([self.binary, *args, '--data', self.data, *self._set_args()],
				      input=stdin.encode() if isinstance(stdin, str) else stdin,
				      stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env,
				      timeout=WAIT * 2)
		done.stdout = done.stdout.decode('utf-8', 'backslashreplace')
		done.stderr = done.stderr.decode('utf-8', 'backslashreplace')
		if SANITIZER.search(done.stderr):
			raise AssertionError('mailkeep %s: %s' % (args[0], done.stderr))
		if check and done.returncode != 0:
			raise AssertionError('mailkeep %s: exit %d: %s' % (
				' '.join(args), done.returncode, done.stderr.strip()))
		return done

	# -- life -------------------------------------------------------------

	def start(self):
		"""Starts (again) and returns once the `ready` line is out."""
		args = list(self.wrap) + [self.binary, 'serve', '--data', self.data]
		for what in self.listen:
			protocol, _, at = what.partition('=')
			if at == 'unix':
				at = 'unix:%s/%s.sock' % (self.root, protocol)
			args += ['--listen', '%s=%s' % (protocol, at or '127.0.0.1:0')]
		self.changed = threading.Condition()
		self.process = subprocess.Popen(args + self._set_args(), stdin=subprocess.DEVNULL,
						stdout=subprocess.PIPE, stderr=subprocess.PIPE,
						env=self.env)
		self.out = Lines(self.process.stdout, self.changed)
		self.err = Lines(self.process.stderr, self.changed)
		ready = self._wait_for(lambda: next((l for l in self.out.lines + self.err.lines
						     if re.match(r'ready(\s|$)', l)), None))
		if ready is None:
			why = '\n'.join(self.err.lines + self.out.lines)
			self._end_process()
			raise AssertionError('serve did not become ready: ' + why)
		self.port, self.where = {}, {}
		for name, at in re.findall(r'(\S+?)=(\S+)', ready):
			self.where.setdefault(name, at)
			if not at.startswith('unix:'):
				self.port.setdefault(name, int(at.rsplit(':', 1)[1]))
		return self

	def _wait_for(self, found, limit=None):
		"""Waits until found() is true or the process has ended; its value or None."""
		until = time.monotonic() + (limit or WAIT)
		with self.changed:
			while True:
				value = found()
				if value:
					return value
				if self.out.ended and self.err.ended:
					return None
				left = until - time.monotonic()
				if left <= 0:
					return None
				self.changed.wait(left)

	def log(self, pattern=None):
		"""What was written to stderr so far, or the lines of it that match."""
		with self.changed:
			lines = self.old_log + list(self.err.lines)
		return [l for l in lines if pattern is None or re.search(pattern, l)]

	def wait_log(self, pattern, count=1, limit=None):
		"""Waits for the count-th line that matches, returns it."""
		def found():
			hits = [l for l in self.old_log + self.err.lines if re.search(pattern, l)]
			return hits[count - 1] if len(hits) >= count else None
		line = self._wait_for(found, limit)
		if line is None:
			raise AssertionError('no log line like %r in: %s' % (
				pattern, '\n'.join(self.old_log + self.err.lines)[-3000:]))
		return line

	def rss_kib(self):
		with open('/proc/%d/status' % self.process.pid) as f:
			return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))

	def is_sanitized(self):
		with open(self.binary, 'rb') as f:
			return b'__asan_init' in f.read()

	def _end_process(self):
		if self.process and self.process.poll() is None:
			self.process.kill()
		if self.process:
			self.process.wait()
			self.out.thread.join(WAIT)
			self.err.thread.join(WAIT)
			self.old_log += self.err.lines
			self.err.lines = []
		self.process = None

	def kill9(self):
		self.process.kill()
		self._end_process()

	def stop(self):
		"""SIGTERM; the exit must be 0 and nothing may have been said by a sanitizer."""
		if not self.process:
			return
		self.process.send_signal(signal.SIGTERM)
		try:
			code = self.process.wait(timeout=WAIT)
		except subprocess.TimeoutExpired:
			self.process.send_signal(signal.SIGABRT)
			code = 'still running %d s after SIGTERM' % WAIT
		self._end_process()
		report = [l for l in self.old_log if SANITIZER.search(l)]
		if code != 0 or report:
			raise AssertionError('serve ended badly (%s): %s' % (
				code, '\n'.join(self.old_log[-60:])))

	def _remove(self):
		self._end_process()
		shutil.rmtree(self.root, ignore_errors=True)

	def __enter__(self):
		return self

	def __exit__(self, kind, value, trace):
		try:
			for c in self.clients:
				c.close()
			if kind is None:
				self.stop()
			elif self.process:
				dead = self.process.poll()
				if os.environ.get('MK_VERBOSE') or dead is not None:
					with self.changed:
						print('\n'.join(self.err.lines[-60:]), file=sys.stderr)
		finally:
			self._remove()

	# -- clients ----------------------------------------------------------

	def connect(self, name, tls=None):
		"""A line client; TLS at once for listeners whose name ends in s (pop3s)."""
		at = self.where[name]
		if at.startswith('unix:'):
			sock = socket.socket(socket.AF_UNIX)
			sock.settimeout(WAIT)
			sock.connect(at[5:])
		else:
			host, port = at.rsplit(':', 1)
			sock = socket.create_connection((host.strip('[]'), int(port)), WAIT)
			sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		c = Client(sock)
		self.clients.append(c)
		if tls if tls is not None else name in ('pop3s', 'smtps', 'imaps'):
			c.start_tls()
		return c

	def pop3(self, user=None, password=None, name='pop3', utf8=False):
		"""A POP3 client: greeted, and logged in if a user is given. utf8: it knows RFC 6856."""
		c = self.connect(name)
		c.greeting = c.line()
		if user is not None:
			for command in ['UTF8'] * utf8 + ['USER ' + user, 'PASS ' + password]:
				reply = c.pop(command)
				assert reply.startswith('+OK'), '%s: %s' % (command.split()[0], reply)
		return c

	def imap(self, user=None, password=None, name='imap'):
		"""An IMAP client: greeted, and logged in if a user is given."""
		c = self.connect(name)
		c.greeting = c.line()
		if user is not None:
			tagged, _ = c.run('LOGIN %s "%s"' % (user, password))
			assert tagged.startswith('OK'), tagged
		return c

	def deliver(self, rcpts, message, sender='sender@remote.test', name='lmtp'):
		"""Delivers over a kept LMTP connection; raises unless every recipient got a 250."""
		rcpts = [rcpts] if isinstance(rcpts, str) else list(rcpts)
		c = getattr(self.kept, 'lmtp', None)
		if c is None or c.sock is None or c.server is not self.process:
			c = self.connect(name)
			c.server = self.process
			assert c.reply()[0] == 220
			assert c.cmd('LHLO test.remote.test')[0] == 250
			self.kept.lmtp = c
		for reply in c.mail(sender, rcpts, message):
			assert reply[0] == 250, reply
		return c


class Client:
	"""A connection that speaks in lines. Text in and out is str (latin-1) or bytes."""

	def __init__(self, sock):
		self.sock, self.buffer, self.tls = sock, b'', False

	def send(self, data):
		self.sock.sendall(data.encode('latin-1') if isinstance(data, str) else data)

	def _more(self):
		data = self.sock.recv(65536)
		self.buffer += data
		return bool(data)

	def raw_line(self):
		"""The next line with its line end; what is left at the end of the file."""
		at = 0
		while True:
			end = self.buffer.find(b'\n', at)
			if end >= 0:
				line, self.buffer = self.buffer[:end + 1], self.buffer[end + 1:]
				return line
			at = len(self.buffer)
			if not self._more():
				line, self.buffer = self.buffer, b''
				return line

	def line(self):
		"""The next line without CRLF, as str. EOFError at the end."""
		line = self.raw_line()
		if not line:
			raise EOFError('the server closed')
		assert line.endswith(b'\r\n'), 'a line without CRLF: %r' % line
		return line[:-2].decode('latin-1')

	def read(self, n):
		while len(self.buffer) < n:
			if not self._more():
				raise EOFError('the server closed after %d of %d octets' % (len(self.buffer), n))
		data, self.buffer = self.buffer[:n], self.buffer[n:]
		return data

	def read_all(self):
		"""Everything up to the end of the file (or a reset)."""
		try:
			while self._more():
				pass
		except (ConnectionError, ssl.SSLError):
			pass
		data, self.buffer = self.buffer, b''
		return data

	def is_closed(self):
		"""Waits for the server's close; True unless it says something before."""
		return self.read_all() == b''

	# POP3

	def pop(self, command):
		"""Sends a command, returns the first line of the answer."""
		self.send(command + '\r\n' if isinstance(command, str) else command + b'\r\n')
		return self.line()

	def multi(self):
		"""The octets of a multi-line answer up to its end, unstuffed."""
		out = []
		while True:
			line = self.raw_line()
			assert line.endswith(b'\r\n'), 'a line without CRLF: %r' % line[-80:]
			if line == b'.\r\n':
				return b''.join(out)
			out.append(line[1:] if line.startswith(b'.') else line)

	def multi_lines(self):
		return self.multi().decode('latin-1').split('\r\n')[:-1]

	def retr(self, n):
		first = self.pop('RETR %d' % n)
		assert first.startswith('+OK'), first
		return self.multi()

	# SMTP and LMTP

	def reply(self):
		"""A reply of one or more lines: (250, 'text\\ntext')."""
		lines = []
		while True:
			line = self.line()
			assert re.match(r'\d\d\d([ -]|$)', line), 'not a reply: %r' % line
			lines.append(line[4:])
			if line[3:4] != '-':
				return int(line[:3]), '\n'.join(lines)

	def cmd(self, command):
		self.send(command + '\r\n' if isinstance(command, str) else command + b'\r\n')
		return self.reply()

	def mail(self, sender, rcpts, message, lmtp=True, params=''):
		"""A transaction; the replies after the final dot, one a recipient if LMTP."""
		assert self.cmd('MAIL FROM:<%s>%s' % (sender, params))[0] == 250
		for r in rcpts:
			reply = self.cmd('RCPT TO:<%s>' % r)
			assert reply[0] == 250, reply
		assert self.cmd('DATA')[0] == 354
		self.send(stuffed(message))
		return [self.reply() for _ in (rcpts if lmtp else [0])]

	# IMAP

	def response(self):
		"""A whole response, as bytes without the last CRLF: lines and the literals between them."""
		out = b''
		while True:
			line = self.raw_line()
			if not line:
				raise EOFError('the server closed')
			assert line.endswith(b'\r\n'), 'a line without CRLF: %r' % line[-80:]
			literal = re.search(rb'\{(\d+)\}\r\n$', line)
			if not literal:
				return out + line[:-2]
			out += line + self.read(int(literal.group(1)))

	def run(self, command, tag=None):
		"""Sends a command (str or bytes, no tag, literals as {n+}); (tagged line without the tag,
		[untagged responses as bytes without "* "])."""
		if tag is None:
			self.tags = getattr(self, 'tags', 0) + 1
			tag = 't%d' % self.tags
		command = command.encode('utf-8') if isinstance(command, str) else command
		self.send(tag.encode() + b' ' + command + b'\r\n')
		return self.answers(tag)

	def answers(self, tag):
		"""What comes up to the tagged line: see run."""
		tag, untagged = tag.encode() + b' ', []
		while True:
			r = self.response()
			if r.startswith(tag):
				return r[len(tag):].decode('utf-8', 'backslashreplace'), untagged
			assert r.startswith(b'* '), 'not an untagged response: %r' % r[:200]
			untagged.append(r[2:])

	def ok(self, command):
		"""run, which must end well; the untagged responses."""
		tagged, untagged = self.run(command)
		assert tagged.startswith('OK'), '%s: %s' % (command, tagged)
		return untagged

	# all

	def start_tls(self, context=None):
		if context is None:
			context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
			context.check_hostname = False
			context.verify_mode = ssl.CERT_NONE
		assert self.buffer == b'', 'bytes before the handshake: %r' % self.buffer
		self.sock = context.wrap_socket(self.sock, server_hostname='localhost')
		self.tls = True

	def shut_write(self):
		self.sock.shutdown(socket.SHUT_WR)

	def close(self):
		if self.sock:
			self.sock.close()
		self.sock = None

	def reset(self):
		"""Goes away like a client that died: RST."""
		self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
		self.close()


def stuffed(message):
	"""A message as it goes out behind DATA: CRLF at the end, dots stuffed, the final dot."""
	if not message.endswith(b'\r\n'):
		message += b'\r\n'
	if message.startswith(b'.'):
		message = b'.' + message
	return message.replace(b'\r\n.', b'\r\n..') + b'.\r\n'


def crlf(message):
	"""Bare LF into CRLF, a final CRLF: as a message must look before it is sent."""
	message = re.sub(b'(?<!\r)\n', b'\r\n', message)
	return message if message.endswith(b'\r\n') or not message else message + b'\r\n'


def corpus():
	"""The files of ../shared/corpus (or env MK_CORPUS), or the test is skipped."""
	for at in (os.environ.get('MK_CORPUS'), TOP + '/../shared/corpus', TOP + '/../../shared/corpus'):
		if at and os.path.isdir(at):
			files = [os.path.join(d, f) for d, _, names in os.walk(at) for f in names]
			return sorted(f for f in files if not f.endswith('README.md'))
	raise Skip('there is no corpus folder')


CASES = []


def case(fn):
	CASES.append(fn)
	return fn


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # folders are removed on the way out


def run_case(name, fn):
	"""Runs one, prints its line; True unless it failed."""
	began = time.monotonic()
	try:
		fn()
	except Skip as why:
		print('skip %s: %s' % (name, why), flush=True)
		return True
	except Exception as e:  # any failure is this case's, the others go on
		why = ' '.join(str(e).split())[:300] or type(e).__name__
		print('not ok %s: %s' % (name, why), flush=True)
		traceback.print_exc()
		sys.stderr.flush()
		return False
	if os.environ.get('MK_TIMES'):
		name += ' # %.1f s' % (time.monotonic() - began)
	print('ok %s' % name, flush=True)
	return True


def main():
	"""Runs all cases of the script, or those named on the command line; exits."""
	script = os.path.basename(sys.argv[0]).replace('.py', '').replace('test_', '')
	wanted = sys.argv[1:]
	good = True
	for fn in CASES:
		if not wanted or fn.__name__ in wanted:
			good &= run_case(script + '/' + fn.__name__, fn)
	sys.exit(0 if good else 1)
