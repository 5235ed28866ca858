#!/usr/bin/env python3
# dialogue.py - plays .t files (C: and S: lines) against a real server.
# SPDX-License-Identifier: Apache-2.0
"""
usage: dialogue.py [--io-chunk N] [FILE.t ...]     (no file: all of tests/*/*.t)

A file is played against one server of its own:

	# row C4                      what it shows (PROTOCOLS 1.1, 1.2); checked by tests/pop3/test_rows.py
	# server: users=alice@example.test:secret,bob@example.test:pw
	# server: sets=login_delay=5,apop=yes listen=pop3,lmtp deliver=alice@example.test:hi
	# message: hi
	| Subject: a message, each line ends in CRLF
	|
	| text

	C: STAT                       sent with CRLF
	R: NO\\x00OP                   sent as it is
	S: +OK 0 0                    the next line must be exactly this
	S: ~\\+OK (?P<size>\\d+) octets the next line must match; named groups become variables
	S: ...                        any lines up to the one that the next S: wants
	TLS                           the handshake, now
	CLOSE                         the server must close, without another word
	HANGUP  RST                   the client goes away, politely or not
	RECONNECT  CONNECT pop3s      a new connection in place of the old one
	DELIVER alice@example.test hi by LMTP, now
	WAITLOG ^.* info login        wait for a line in the server's log
	RUN user set ...              a verb of mailkeep, on the running server

C2: S2: CONNECT2 ... are the second connection, and so on. The first is made by itself, to the
listener named like the file's folder. Variables: $PORT $HOST, and captured ones; $$ is a dollar.
Escapes: \\xHH \\r \\n \\t \\\\ in C: R: and exact S: lines (not in regular expressions), and
{80000*a} is 80000 times the letter.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import mk

STEP = re.compile(r'(C|R|S|TLS|CLOSE|HANGUP|RST|RECONNECT|CONNECT|DELIVER|WAITLOG|RUN)(\d?)(?::(?: (.*))?| (.*))?$')


class Mismatch(AssertionError):
	pass


class Script:
	"""A parsed .t file."""

	def __init__(self, path):
		self.path, self.steps = path, []
		self.users, self.sets, self.deliveries, self.messages = {}, {}, [], {}
		self.protocol = os.path.basename(os.path.dirname(os.path.abspath(path)))
		self.listen = None
		message = None
		with open(path, encoding='utf-8') as f:
			for number, line in enumerate(f, 1):
				line = line.rstrip('\n')
				if line.startswith('# message:'):
					message = self.messages.setdefault(line[10:].strip(), [])
				elif line == '|' or line.startswith('| '):
					message.append(unescaped(line[2:]) + b'\r\n')
				elif line.startswith('# server:'):
					self._server(line[9:], number)
				elif line and not line.startswith('#'):
					m = STEP.match(line)
					if not m:
						raise Mismatch('%s:%d: not understood: %s' % (path, number, line))
					text = m.group(3) if m.group(3) is not None else m.group(4)
					self.steps.append((number, m.group(1), m.group(2), text or ''))
		if self.listen is None:
			self.listen = sorted({self.protocol, 'pop3', 'pop3s', 'lmtp'})
		self.messages = {k: b''.join(v) for k, v in self.messages.items()}

	def _server(self, text, number):
		for word in text.split():
			key, _, value = word.partition('=')
			if key == 'users':
				for user in value.split(','):
					name, password = user.split(':', 1)
					what = {'password': password.split(':')[0]}
					for option in password.split(':')[1:]:  # alice@x:secret:apop:quota=1M
						k, _, v = option.partition('=')
						what[k] = v or True
					self.users[name] = what
			elif key == 'sets':
				self.sets.update(pair.split('=', 1) for pair in value.split(','))
			elif key == 'listen':
				self.listen = value.split(',')
			elif key == 'deliver':
				self.deliveries += [tuple(d.split(':', 1)) for d in value.split(',')]
			else:
				raise Mismatch('%s:%d: no such directive: %s' % (self.path, number, key))


def unescaped(text):
	text = re.sub(r'\{(\d+)\*(.)\}', lambda m: m.group(2) * int(m.group(1)), text)
	named = {'r': b'\r', 'n': b'\n', 't': b'\t', '\\': b'\\'}
	out = b''
	for part in re.split(r'(\\x[0-9a-fA-F]{2}|\\[rnt\\])', text):
		if re.fullmatch(r'\\x[0-9a-fA-F]{2}', part):
			out += bytes([int(part[2:], 16)])
		elif re.fullmatch(r'\\[rnt\\]', part):
			out += named[part[1]]
		else:
			out += part.encode('utf-8')
	return out


class Play:
	"""One run of a script."""

	def __init__(self, script, server):
		self.script, self.server = script, server
		self.clients, self.vars = {}, {'HOST': server.host}
		self.vars['PORT'] = str(server.port.get(script.protocol, ''))
		self.skipping = {}

	def fill(self, text, quote=lambda x: x):
		def value(m):
			if m.group(1) == '$':
				return '$'
			if m.group(1) not in self.vars:
				return m.group(0)
			return quote(self.vars[m.group(1)])
		return re.sub(r'\$(\$|[A-Za-z_]\w*)', value, text)

	def client(self, which):
		if which not in self.clients:
			self.clients[which] = self.server.connect(self.script.protocol)
		return self.clients[which]

	def run(self):
		for number, verb, which, text in self.script.steps:
			try:
				self.step(verb, which, text)
			except Exception as e:
				raise Mismatch('%s:%d: %s' % (self.script.path, number,
							      e or type(e).__name__)) from None

	def step(self, verb, which, text):
		if verb == 'S':
			return self.expect(which, text)
		if self.skipping.pop(which, None):
			raise Mismatch('"S: ..." must be followed by an S: line')
		if verb == 'C':
			self.client(which).send(unescaped(self.fill(text)) + b'\r\n')
		elif verb == 'R':
			self.client(which).send(unescaped(self.fill(text)))
		elif verb == 'TLS':
			self.client(which).start_tls()
		elif verb == 'CLOSE':
			rest = self.client(which).read_all()
			if rest:
				raise Mismatch('the server was to close\n  got:      %r' % rest[:200])
		elif verb in ('HANGUP', 'RST'):
			client = self.client(which)
			client.close() if verb == 'HANGUP' else client.reset()
			del self.clients[which]
		elif verb in ('CONNECT', 'RECONNECT'):
			if which in self.clients:
				self.clients[which].close()
			self.clients[which] = self.server.connect(text or self.script.protocol)
		elif verb == 'DELIVER':
			rcpt, message = self.fill(text).split()
			self.server.deliver(rcpt, self.script.messages[message])
		elif verb == 'WAITLOG':
			self.server.wait_log(self.fill(text))
		elif verb == 'RUN':
			self.server.cli(*self.fill(text).split())

	def expect(self, which, text):
		if text == '...':
			self.skipping[which] = True
			return
		client = self.client(which)
		if text.startswith('~'):
			pattern = re.compile(self.fill(text[1:], re.escape).encode('utf-8'), re.S)
			match = pattern.fullmatch
		else:
			wanted = unescaped(self.fill(text))
			match = lambda line: line == wanted
		skipping, seen = self.skipping.pop(which, False), 0
		while True:
			line = client.raw_line()
			m = match(line[:-2]) if line.endswith(b'\r\n') else None
			if m:
				break
			seen += 1
			if not skipping or not line:
				raise Mismatch('%s\n  expected: %s\n  got:      %s' % (
					'not found in %d lines' % seen if skipping else 'mismatch', text,
					shown(line)))
		if text.startswith('~'):
			self.vars.update({k: v.decode('utf-8', 'surrogateescape')
					  for k, v in m.groupdict().items() if v is not None})


def shown(line):
	if not line:
		return '(the server closed)'
	end = '' if line.endswith(b'\r\n') else '   (no CRLF)'
	return repr(line[:-2] if not end else line)[2:-1][:600] + end


def play(path, io_chunk):
	script = Script(path)
	with mk.Server(users=script.users, sets=script.sets, listen=script.listen,
		       io_chunk=io_chunk) as server:
		for rcpt, message in script.deliveries:
			server.deliver(rcpt, script.messages[message])
		Play(script, server).run()


def main():
	args, io_chunk = sys.argv[1:], None
	if args[:1] == ['--io-chunk']:
		io_chunk, args = args[1], args[2:]
	here = os.path.dirname(os.path.abspath(__file__))
	files = args or sorted(os.path.join(d, f) for d, _, names in os.walk(here)
			       for f in names if f.endswith('.t'))
	good = True
	for path in files:
		name = os.path.relpath(path, os.path.dirname(here)) + (' io_chunk=' + io_chunk if io_chunk else '')
		good &= mk.run_case(name, lambda: play(path, io_chunk))
	sys.exit(0 if good else 1)


if __name__ == '__main__':
	main()
