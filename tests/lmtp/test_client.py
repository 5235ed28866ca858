#!/usr/bin/env python3
# test_client.py - the LMTP client behind `deliver` against servers of all moods: what was not
# acknowledged behind the final dot is never taken for delivered.
# SPDX-License-Identifier: Apache-2.0
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, binary, case, main

A, B = 'a@example.test', 'b@example.test'
OK, USAGE, DATAERR, NOUSER, UNAVAILABLE, CANTCREAT, TEMPFAIL, NOPERM = 0, 64, 65, 67, 69, 73, 75, 77

GREETING, LHLO, MAIL, RCPT = '220 hi', '250-hi\r\n250-PIPELINING\r\n250 8BITMIME', '250 2.1.0 ok', '250 2.1.5 ok'
DATA, DONE = '354 go', '250 2.0.0 ok'


class Fake:
	"""A server that gives these replies in turn: one for the connection, then one for each line,
	and those behind 354 once the final dot has come. None: it hangs up there."""

	def __init__(self, *replies):
		self.replies, self.lines = list(replies), []
		self.listener = socket.create_server(('127.0.0.1', 0))
		self.at = '127.0.0.1:%d' % self.listener.getsockname()[1]
		self.thread = threading.Thread(target=self._serve, daemon=True)
		self.thread.start()

	def _serve(self):
		sock = self.listener.accept()[0]
		sock.settimeout(WAIT)
		with sock, sock.makefile('rb') as file:
			try:
				self._talk(sock, file)
			except OSError:
				pass

	def _line(self, file):
		line = file.readline()
		self.lines.append(line)
		return line

	def _talk(self, sock, file):
		greeting, *replies = self.replies
		if greeting is None:
			return
		sock.sendall(greeting.encode() + b'\r\n')
		is_message = False
		for reply in replies:
			if not is_message:
				self._line(file)
			if reply is None:
				return
			sock.sendall(reply.encode() + b'\r\n')
			if reply.startswith('354'):
				is_message = True
				while self._line(file) not in (b'.\r\n', b''):
					pass
		while self._line(file):
			pass


def deliver(fake, *rcpts, stdin=b'Subject: x\n\n.dot\nend\n', sender='me@remote.test'):
	done = subprocess.run([binary(), 'deliver', '--lmtp', fake.at, '-f', sender, *rcpts], input=stdin,
			      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=WAIT, check=False)
	fake.thread.join()
	fake.listener.close()
	return done.returncode, done.stderr.decode()


# what the server says, to whom, the exit code, words of the error
MOODS = [
	((GREETING, LHLO, MAIL, RCPT, DATA, DONE), (A,), OK, ''),
	((GREETING, LHLO, MAIL, RCPT, RCPT, DATA, DONE, DONE), (A, B), OK, ''),
	# somebody refused
	((GREETING, LHLO, MAIL, RCPT, '550 5.1.1 no such user', DATA, DONE), (A, B), NOUSER, 'b@example.test: 550 5.1.1'),
	((GREETING, LHLO, MAIL, '550 5.1.1 no', '450 4.2.1 later'), (A, B), TEMPFAIL, '450'),
	((GREETING, LHLO, MAIL, '550 5.1.1 no'), (A,), NOUSER, '550'),
	((GREETING, LHLO, MAIL, '550 5.7.1 no'), (A,), NOPERM, '550'),
	((GREETING, LHLO, MAIL, '550 5.2.1 no'), (A,), CANTCREAT, '550'),
	((GREETING, LHLO, MAIL, RCPT, RCPT, DATA, DONE, '452 4.2.2 full'), (A, B), TEMPFAIL, 'b@example.test: 452'),
	((GREETING, LHLO, MAIL, RCPT, RCPT, DATA, '552 5.2.2 full', DONE), (A, B), CANTCREAT, 'a@example.test: 552'),
	((GREETING, LHLO, MAIL, RCPT, DATA, '554 5.6.0 bare'), (A,), DATAERR, '554'),
	((GREETING, LHLO, MAIL, RCPT, DATA, '552-5.3.4 far\r\n552 5.3.4 too large'), (A,), DATAERR, 'too large'),
	((GREETING, LHLO, MAIL, RCPT, DATA, '550 no'), (A,), UNAVAILABLE, '550'),
	# everybody refused at once
	(('421 4.3.2 busy',), (A,), TEMPFAIL, '421'),
	(('554 5.3.2 never',), (A,), UNAVAILABLE, '554'),
	((GREETING, '500 5.5.1 what'), (A,), UNAVAILABLE, '500'),
	((GREETING, LHLO, '451 4.3.0 later', '503 no mail'), (A,), TEMPFAIL, '451'),
	((GREETING, LHLO, MAIL, RCPT, '451 4.3.0 later'), (A,), TEMPFAIL, '451'),
	((GREETING, LHLO, MAIL, RCPT, '554 5.3.0 no'), (A,), UNAVAILABLE, '554'),
	# gone: at every place; nobody has it unless a reply said so
	((None,), (A,), TEMPFAIL, 'closed'),
	((GREETING, None), (A,), TEMPFAIL, 'closed'),
	((GREETING, LHLO, None), (A,), TEMPFAIL, 'closed'),
	((GREETING, LHLO, MAIL, None), (A,), TEMPFAIL, 'closed'),
	((GREETING, LHLO, MAIL, RCPT, None), (A,), TEMPFAIL, 'closed'),
	((GREETING, LHLO, MAIL, RCPT, DATA, None), (A,), TEMPFAIL, 'closed'),
	((GREETING, LHLO, MAIL, RCPT, RCPT, DATA, DONE, None), (A, B), TEMPFAIL, 'closed'),
	# nonsense
	(('hello', None), (A,), TEMPFAIL, 'deliver: '),
	(('220', None), (A,), TEMPFAIL, 'closed'),
	((GREETING, LHLO, MAIL, RCPT, DATA, '25x ok'), (A,), TEMPFAIL, 'deliver: '),
	((GREETING, LHLO, MAIL, RCPT, DATA, 'x' * 100000), (A,), TEMPFAIL, 'deliver: '),
]


@case
def moods():
	for replies, rcpts, wanted, words in MOODS:
		code, error = deliver(Fake(*replies), *rcpts)
		assert code == wanted and words in error, (replies, code, wanted, error)


@case
def inputs():
	"""Line ends, mbox's first line, nothing at all: what goes over the wire."""
	table = [
		(b'', b'.\r\n'),
		(b'\n', b'\r\n.\r\n'),
		(b'a', b'a\r\n.\r\n'),
		(b'a\r\nb\nc\r', b'a\r\nb\r\nc\r\r\n.\r\n'),
		(b'.\n..\n', b'..\r\n...\r\n.\r\n'),
		(b'From x@y.test Mon\n.\n', b'..\r\n.\r\n'),
		(b'From here\r\nFrom there\r\n', b'From there\r\n.\r\n'),
		(b'From: x@y.test\n', b'From: x@y.test\r\n.\r\n'),
		(b'Fr', b'Fr\r\n.\r\n'),
		(b'x' * 100000, b'x' * 100000 + b'\r\n.\r\n'),
		(b'x\n' * 40000, b'x\r\n' * 40000 + b'.\r\n'),
		(b'nul\0\n', b'nul\0\r\n.\r\n'),
	]
	for stdin, wire in table:
		fake = Fake(GREETING, LHLO, MAIL, RCPT, DATA, DONE)
		assert deliver(fake, A, stdin=stdin)[0] == OK
		got = b''.join(fake.lines[4:]).partition(b'QUIT\r\n')[0]
		assert got == wire, (stdin[:60], got[:80])


@case
def envelopes():
	for sender, wanted in (('', b'<>'), ('<>', b'<>'), ('MAILER-DAEMON', b'<>'), ('x@y.test', b'<x@y.test>')):
		fake = Fake(GREETING, LHLO, MAIL, RCPT, DATA, DONE)
		assert deliver(fake, A, sender=sender)[0] == OK
		assert fake.lines[1] == b'MAIL FROM:' + wanted + b' BODY=8BITMIME\r\n', fake.lines
		assert fake.lines[2] == b'RCPT TO:<a@example.test>\r\n', fake.lines
	fake = Fake(GREETING, '250-hi\r\n250 SMTPUTF8', MAIL, RCPT, DATA, DONE)
	assert deliver(fake, 'j\u00e4rvi@example.test')[0] == OK
	assert fake.lines[1] == b'MAIL FROM:<me@remote.test> SMTPUTF8\r\n', fake.lines
	for bad in ('two words', 'a@b>\r\nRCPT TO:<c@d', 'a@b@c'):
		done = subprocess.run([binary(), 'deliver', '--lmtp', '127.0.0.1:1', '-f', bad, A], input=b'',
				      stderr=subprocess.PIPE, check=False, timeout=WAIT)
		assert done.returncode == USAGE, (bad, done)


@case
def addresses_of_servers():
	for at, code in (('nonsense', USAGE), ('127.0.0.1:99999', USAGE), ('unix:/nonexistent/sock', TEMPFAIL)):
		done = subprocess.run([binary(), 'deliver', '--lmtp', at, A], input=b'', stderr=subprocess.PIPE,
				      check=False, timeout=WAIT)
		assert done.returncode == code, (at, done)


main()
