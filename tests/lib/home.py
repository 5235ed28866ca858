# home.py - a home folder for a real IMAP client, and what the tests of those clients share.
# SPDX-License-Identifier: Apache-2.0
import contextlib
import imaplib
import os
import ssl
import subprocess
import tempfile

from mk import WAIT, Server, need

USER, PASSWORD = 'alice@example.test', 'secret'
LISTEN = ['imap', 'imaps', 'lmtp']


def server(users=(), **more):
	return Server(users={u: PASSWORD for u in (USER, *users)}, listen=LISTEN, **more)


def message(n, text=b'text\r\n'):
	return (b'From: a@remote.test\r\nTo: alice@example.test\r\nSubject: mark %d\r\n'
		b'Date: Mon, 23 Nov 2026 21:00:00 +0000\r\nMessage-ID: <%d@remote.test>\r\n'
		b'X-Mark: %d\r\n\r\n' % (n, n, n)) + text


def deliver(s, marks):
	for n in marks:
		s.deliver(USER, message(n))


class Home:
	"""A folder and the environment of a program that thinks it is at home there."""

	def __init__(self, program):
		need(program)
		self.program = program
		self.dir = tempfile.TemporaryDirectory(prefix='mailkeep-client.')
		self.path = self.dir.name
		self.env = dict(os.environ, HOME=self.path, LC_ALL='C.UTF-8', TMPDIR=self.path)
		for name in ('XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'):
			self.env.pop(name, None)

	def write(self, name, text, mode=0o600):
		path = os.path.join(self.path, name)
		os.makedirs(os.path.dirname(path), exist_ok=True)
		with open(path, 'w', encoding='utf-8') as f:
			f.write(text)
		os.chmod(path, mode)
		return path

	def start(self, argv):
		return subprocess.Popen(argv, env=self.env, cwd=self.path, stdin=subprocess.DEVNULL,
					stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

	def run(self, argv, good=(0,)):
		"""What it said, both streams; it must end, and with a good exit."""
		process = self.start(argv)
		try:
			out = process.communicate(timeout=WAIT)[0].decode('utf-8', 'replace')
		except subprocess.TimeoutExpired:
			process.kill()
			out = process.communicate()[0].decode('utf-8', 'replace')
			raise AssertionError('%s hangs: %s' % (self.program, out[-500:])) from None
		assert process.returncode in good, '%s exits with %d: %s' % (
			self.program, process.returncode, out[-500:])
		return out

	def mails(self, folder):
		"""{file name: octets} of a Maildir."""
		found = {}
		for sub in ('new', 'cur'):
			at = os.path.join(self.path, folder, sub)
			for name in os.listdir(at) if os.path.isdir(at) else ():
				with open(os.path.join(at, name), 'rb') as f:
					found[os.path.join(at, name)] = f.read()
		return found

	def marks(self, folder):
		"""{mark: (path, letters of its flags)} of a Maildir."""
		found = {}
		for path, mail in self.mails(folder).items():
			n = mark(mail)
			assert n not in found, 'message %d is there twice' % n
			found[n] = path, path.partition(':2,')[2]
		return found

	def set_flags(self, folder, n, letters):
		"""As a mail program does: the file is renamed into cur."""
		path, _ = self.marks(folder)[n]
		name = os.path.basename(path).partition(':2,')[0] + ':2,' + letters
		os.rename(path, os.path.join(self.path, folder, 'cur', name))

	def add(self, folder, mail, name):
		"""Puts a mail into a Maildir, which is made if need be."""
		for sub in ('new', 'cur', 'tmp'):
			os.makedirs(os.path.join(self.path, folder, sub), exist_ok=True)
		with open(os.path.join(self.path, folder, 'cur', name), 'wb') as f:
			f.write(mail.replace(b'\r\n', b'\n'))


def mark(mail):
	head = mail.replace(b'\r\n', b'\n').partition(b'\n\n')[0]
	return int(next(line for line in head.split(b'\n') if line.startswith(b'X-Mark: '))[8:])


def trusting():
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
	context.check_hostname = False
	context.verify_mode = ssl.CERT_NONE
	return context


@contextlib.contextmanager
def session(s, folder=None, user=USER):
	"""A session of imaplib's, logged in, perhaps with a folder selected."""
	m = imaplib.IMAP4(s.host, s.port['imap'], timeout=WAIT)
	try:
		m.login(user, PASSWORD)
		if folder:
			good(m.select(folder))
		yield m
	finally:
		if m.state != 'LOGOUT':
			m.shutdown()


def good(answer):
	"""The data of imaplib's answer, which must be OK."""
	assert answer[0] == 'OK', answer
	return answer[1]


def listing(s, folder, user=USER):
	"""{mark: set of flags, \\Recent left out} of what the server has."""
	found = {}
	with session(s, folder, user) as m:
		n = int(m.untagged_responses['EXISTS'][-1])
		for row in good(m.fetch('1:*', '(FLAGS BODY.PEEK[])')) if n else ():
			if isinstance(row, tuple):
				flags = {f.decode() for f in imaplib.ParseFlags(row[0])} - {'\\Recent'}
				found[mark(row[1])] = flags
	return found
