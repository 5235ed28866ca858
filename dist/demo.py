#!/usr/bin/env python3
# demo.py - the second half of ./demo: one server, one account, one message there and back.
# SPDX-License-Identifier: Apache-2.0
import hashlib
import imaplib
import os
import poplib
import pwd
import secrets
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAILKEEP = os.environ.get('MAILKEEP') or os.path.join(TOP, 'build', 'mailkeep')
TTY = sys.stdout.isatty()
USER = 'alice@example.test'
MESSAGE = (b'From: Bob <bob@remote.test>\r\n'
	   b'To: Alice <alice@example.test>\r\n'
	   b'Subject: Hello, Alice\r\n'
	   b'Date: Mon, 23 Nov 2026 20:52:00 +0000\r\n'
	   b'Message-ID: <demo-1@remote.test>\r\n'
	   b'MIME-Version: 1.0\r\n'
	   b'Content-Type: text/plain; charset=utf-8\r\n'
	   b'Content-Transfer-Encoding: 8bit\r\n'
	   b'\r\n'
	   b'This line went in by LMTP and came out by POP3 and IMAP over TLS.\r\n'
	   b'.A line that begins with a dot keeps it.\r\n'
	   b'And so do accents: d\xc3\xa9j\xc3\xa0 vu.\r\n')


def bold(text):
	return '\033[1m%s\033[0m' % text if TTY else text


def dim(text):
	return '\033[2m%s\033[0m' % text if TTY else text


def done(what, text):
	print('  %s %-12s %s' % ('\033[32m\u2713\033[0m' if TTY else 'ok', what, text), flush=True)


class Failure(Exception):
	pass


class Demo:
	def __init__(self):
		self.root = tempfile.mkdtemp(prefix='mailkeep-demo.')
		self.data = os.path.join(self.root, 'data')
		self.log = os.path.join(self.root, 'log')
		self.password = secrets.token_urlsafe(9)
		self.server, self.port = None, {}
		self.sets = ['--data', self.data]
		if os.geteuid() == 0:  # then the server gives root up, as it would on a real machine
			try:
				nobody = pwd.getpwnam('nobody')
				os.chmod(self.root, 0o711)
				os.chown(self.root, nobody.pw_uid, nobody.pw_gid)
				self.sets += ['--set', 'user=nobody']
			except KeyError:
				self.sets += ['--set', 'user=root']

	def verb(self, *args, stdin=''):
		run = subprocess.run([MAILKEEP, *args, *self.sets], input=stdin.encode(),
				     stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
		if run.returncode != 0:
			raise Failure('mailkeep %s: exit %d: %s' % (
				' '.join(args), run.returncode, run.stderr.decode().strip()))
		return run.stdout.decode()

	def start(self):
		began = time.monotonic()
		listen = [w for p in ('imap', 'imaps', 'pop3', 'pop3s', 'lmtp', 'smtp')
			  for w in ('--listen', p + '=127.0.0.1:0')]
		with open(self.log, 'wb') as log:
			self.server = subprocess.Popen([MAILKEEP, 'serve', *self.sets, *listen],
						       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
						       stderr=log, start_new_session=True)
		watchdog = threading.Timer(30, self.server.kill)
		watchdog.start()
		ready = self.server.stdout.readline().decode()
		watchdog.cancel()
		if not ready.startswith('ready '):
			with open(self.log, errors='replace') as log:
				raise Failure('the server did not start:\n' + log.read())
		for pair in ready.split()[1:]:
			protocol, _, where = pair.partition('=')
			self.port[protocol] = int(where.rsplit(':', 1)[1])
		return (time.monotonic() - began) * 1000

	def deliver(self):
		began = time.monotonic()
		with smtplib.LMTP('127.0.0.1', self.port['lmtp'], local_hostname='demo.test') as c:
			c.ehlo_or_helo_if_needed()
			if c.mail('bob@remote.test')[0] != 250 or c.rcpt(USER)[0] != 250:
				raise Failure('the recipient was refused')
			code, text = c.data(MESSAGE)
		if code != 250:
			raise Failure('the message was refused: %d %s' % (code, text.decode()))
		return text.decode(), (time.monotonic() - began) * 1000

	def context(self):
		context = ssl.create_default_context(cafile=os.path.join(self.data, 'tls-cert.pem')) \
			if os.access(os.path.join(self.data, 'tls-cert.pem'), os.R_OK) else \
			ssl._create_unverified_context()
		context.check_hostname = False
		return context

	def by_pop3(self):
		began = time.monotonic()
		c = poplib.POP3_SSL('127.0.0.1', self.port['pop3s'], context=self.context(), timeout=30)
		tls = c.sock.version()
		c.user(USER)
		c.pass_(self.password)
		count, _ = c.stat()
		_, lines, size = c.retr(count)
		c.quit()
		return b'\r\n'.join(lines) + b'\r\n', size, tls, (time.monotonic() - began) * 1000

	def by_imap(self):
		began = time.monotonic()
		c = imaplib.IMAP4_SSL('127.0.0.1', self.port['imaps'], ssl_context=self.context())
		c.sock.settimeout(30)
		tls = c.sock.version()
		c.login(USER, self.password)
		folders = [line.split()[-1].decode() for line in c.list()[1]]
		count = c.select('INBOX')[1][0].decode()
		message = c.fetch(count, '(BODY.PEEK[])')[1][0][1]
		c.logout()
		return message, folders, tls, (time.monotonic() - began) * 1000

	def by_idle(self):
		"""A client that waits is told of a message that comes by SMTP; ms from DATA's end."""
		c = imaplib.IMAP4_SSL('127.0.0.1', self.port['imaps'], ssl_context=self.context())
		c.sock.settimeout(30)
		c.login(USER, self.password)
		c.select('INBOX')
		c.send(b'w IDLE\r\n')
		while not c.readline().startswith(b'+'):
			pass
		with smtplib.SMTP('127.0.0.1', self.port['smtp'], local_hostname='demo.test') as smtp:
			began = time.monotonic()
			smtp.sendmail('carol@remote.test', [USER],
				      b'From: carol@remote.test\r\nSubject: Are you there?\r\n\r\nYes.\r\n')
		line = b''
		while not line.endswith(b' EXISTS\r\n'):
			line = c.readline()
			if not line:
				raise Failure('the server hung up while a client waited')
		ms = (time.monotonic() - began) * 1000
		c.send(b'DONE\r\n')
		while not c.readline().startswith(b'w OK'):
			pass
		c.logout()
		return line.decode().strip(), ms

	def end(self):
		code = 0
		if self.server and self.server.poll() is None:
			self.server.send_signal(signal.SIGTERM)
			try:
				code = self.server.wait(10)
			except subprocess.TimeoutExpired:
				self.server.kill()
				code = -9
		shutil.rmtree(self.root, ignore_errors=True)
		return code


def show(message):
	for line in message.decode('utf-8').split('\r\n')[:-1]:
		print('    %s %s' % (dim('|'), line[:110]))


def invitation(demo):
	p = demo.port
	print('\n' + bold('Try it'))
	print('  A mail client   IMAP, server 127.0.0.1, port %d (POP3: %d), TLS from the start,' % (
		p['imaps'], p['pop3s']))
	print('                  user %s, password %s' % (USER, demo.password))
	print('                  (it will ask about the self-signed certificate)')
	print('  By IMAP         curl -k "imaps://127.0.0.1:%d/INBOX;MAILINDEX=1" -u %s:%s' % (
		p['imaps'], USER, demo.password))
	print('  By POP3         curl -k pop3s://127.0.0.1:%d/1 -u %s:%s' % (p['pop3s'], USER, demo.password))
	print('  Send            swaks --server 127.0.0.1:%d --from you@remote.test --to %s' % (p['smtp'], USER))
	print('  Look inside     %s user list --data %s' % (os.path.relpath(MAILKEEP), demo.data))
	print('  The log         tail -f %s' % demo.log)


def play(demo):
	version = subprocess.run([MAILKEEP, 'version'], stdout=subprocess.PIPE, check=True).stdout
	print(bold(version.decode().strip()) + ', a demonstration\n')
	demo.verb('user', 'add', USER, '--password-stdin', stdin=demo.password + '\n')
	done('account', '%s, password %s' % (USER, demo.password))
	ms = demo.start()
	done('server', 'up in %.0f ms: %s' % (ms, '  '.join(
		'%s %d' % (k, v) for k, v in demo.port.items())))
	reply, ms = demo.deliver()
	done('LMTP in', '%d octets in %.0f ms: 250 %s' % (len(MESSAGE), ms, reply))
	message, size, tls, ms = demo.by_pop3()
	done('POP3 out', '%d octets over %s in %.0f ms' % (size, tls, ms))
	same, folders, tls, ms = demo.by_imap()
	done('IMAP out', '%d octets over %s in %.0f ms; folders %s' % (
		len(same), tls, ms, ' '.join(folders)))
	if not message.endswith(b'\r\n' + MESSAGE) or same != message:
		raise Failure('the message came back changed:\n' + message.decode('utf-8', 'replace') +
			      same.decode('utf-8', 'replace'))
	line, ms = demo.by_idle()
	done('IDLE push', 'mail by SMTP, told in %.0f ms: %s' % (ms, line))
	done('compared', 'below our trace lines the same octets, SHA-256 %s...' %
	     hashlib.sha256(message[-len(MESSAGE):]).hexdigest()[:16])
	print()
	show(message)


def wait_for_end(demo):
	invitation(demo)
	print('\nCtrl-C stops the server and removes %s.' % demo.root, flush=True)
	try:
		demo.server.wait()
	except KeyboardInterrupt:
		print()


def main():
	if sys.argv[1:] not in ([], ['--once']):
		print('usage: ./demo [--once]', file=sys.stderr)
		return 64
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	demo, code = Demo(), 1
	try:
		play(demo)
		if not sys.argv[1:] and TTY:
			wait_for_end(demo)
		code = 0
	except (Failure, OSError, smtplib.SMTPException, poplib.error_proto, imaplib.IMAP4.error,
		ssl.SSLError) as e:
		print('\nThe demo failed: %s' % e, file=sys.stderr)
	finally:
		ended = demo.end()
	if ended != 0:
		print('The server ended badly: exit %d' % ended, file=sys.stderr)
		return 1
	if code == 0:
		print('\nThe server stopped in order; its folder is removed.')
	return code


sys.exit(main())
