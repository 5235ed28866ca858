#!/usr/bin/env python3
# test_fetch_mime.py - FETCH of odd MIME, part by part, beside Python's own decoding.
# SPDX-License-Identifier: Apache-2.0
#
# Messages are made at random (env SEED; printed) and some by hand. For each: BODY[] is what was
# delivered, header and text join to it, partials are slices, each leaf of BODYSTRUCTURE has the octets that
# Python finds at that path, BINARY is what Python decodes, chosen header fields are those of a
# filter in four lines. RFC 9051 6.4.5.1, RFC 3516.
import email
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE = 'alice@example.test'


# -- what the server says ---------------------------------------------------------

def parse(data, at=0):
	"""Values of IMAP text as nested lists: bytes, None, int or str for other atoms."""
	stack = [[]]
	while at < len(data):
		c = data[at:at + 1]
		if c == b'(':
			stack.append([])
			at += 1
		elif c == b')':
			done = stack.pop()
			stack[-1].append(done)
			at += 1
		elif c == b' ':
			at += 1
		elif c == b'"':
			m = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.S).match(data, at)
			stack[-1].append(re.sub(rb'\\(.)', rb'\1', m.group(1), flags=re.S))
			at = m.end()
		elif c in (b'{', b'~'):
			m = re.compile(rb'~?\{(\d+)\}\r\n').match(data, at)
			stack[-1].append(data[m.end():m.end() + int(m.group(1))])
			at = m.end() + int(m.group(1))
		else:
			# a section has blanks and parentheses within its brackets
			m = re.compile(rb'[^ ()\[\]]*(?:\[[^\]]*\](?:<\d+>)?)?').match(data, at)
			assert m.end() > at, data[at:at + 60]
			word = m.group().decode('latin-1')
			stack[-1].append(None if word == 'NIL' else int(word) if word.isdigit() else word)
			at = m.end()
	assert len(stack) == 1, 'not balanced'
	return stack[0]


def fetch(c, uid, items):
	"""{item: value} of one message."""
	tagged, untagged = c.run('UID FETCH %d (%s)' % (uid, items))
	assert tagged.startswith('OK'), (items[:200], tagged)
	for u in untagged:
		m = re.match(rb'\d+ FETCH ', u)
		if m:
			values = parse(u, m.end())[0]
			return dict(zip(values[0::2], values[1::2]))
	raise AssertionError('no answer to ' + items)


def leaves(body, path=()):
	"""(path, media type, encoding, octets) of each part without parts."""
	if isinstance(body[0], list):
		for i, part in enumerate(body):
			if not isinstance(part, list):
				break
			yield from leaves(part, path + (i + 1,))
		return
	here = path or (1,)
	kind = (body[0] + b'/' + body[1]).lower()
	if kind == b'message/rfc822' and len(body) > 8 and isinstance(body[8], list):
		inner = body[8]
		yield from leaves(inner, here if isinstance(inner[0], list) else here + (1,))
		return
	yield here, kind, body[5].lower(), body[6]


# -- what Python says -----------------------------------------------------------------

def python_parts(message, path=()):
	"""{path: part} of the leaves, numbered as IMAP does."""
	out = {}
	if message.is_multipart() and message.get_content_maintype() == 'multipart':
		for i, part in enumerate(message.get_payload()):
			out.update(python_parts(part, path + (i + 1,)))
	elif message.get_content_type() == 'message/rfc822' and message.is_multipart():
		here = path or (1,)
		inner = message.get_payload()[0]
		multi = inner.get_content_maintype() == 'multipart' and inner.is_multipart()
		out.update(python_parts(inner, here if multi else here + (1,)))
	else:
		out[path or (1,)] = message
	return out


def raw_payload(part):
	return part._payload.encode('ascii', 'surrogateescape')  # get_payload() guesses charsets


def chosen_fields(header, names, want):
	"""Fields of a header block by name, the empty line with them."""
	fields = re.findall(rb'[^\r\n][^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*', header)
	kept = [f for f in fields if (f.split(b':')[0].strip().lower().decode('latin-1') in names) == want]
	return b''.join(kept) + b'\r\n'


# -- messages ---------------------------------------------------------------------------

def lines(rnd, n, charset=b'abc def\xc3\xbc,;=.'):
	out = b''
	while len(out) < n:
		out += bytes(rnd.choice(charset) for _ in range(rnd.randrange(70))) + b'\r\n'
	return out


def make_part(rnd, depth, big):
	kind = rnd.randrange(9 if depth else 6)
	if kind < 2:
		return b'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' + \
			lines(rnd, rnd.randrange(200))
	if kind < 4:
		import base64
		data = bytes(rnd.randrange(256) for _ in range(rnd.choice([0, 1, 2, 3, 50, 1000, 70000 if big else 5])))
		text = base64.encodebytes(data).replace(b'\n', b'\r\n')
		if rnd.randrange(3) == 0:
			text = text.rstrip(b'\r\n')
		return b'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n' \
			b'Content-Disposition: attachment; filename="a b"\r\n\r\n' + text
	if kind < 6:
		import quopri
		data = lines(rnd, rnd.choice([0, 10, 3000, 60000 if big else 10]), b'abc \xfc=\t').replace(b'\r\n', b'\n')
		data = re.sub(rb'[ \t]+\n', b'\n', data)
		return b'Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' + \
			quopri.encodestring(data).replace(b'\n', b'\r\n')
	if kind == 6:
		return b'Content-Type: message/rfc822\r\n\r\nSubject: inner %d\r\nFrom: a@b.test\r\n' % rnd.randrange(99) + \
			make_part(rnd, depth - 1, big)
	mark = b'b%d' % rnd.randrange(10 ** 9)
	parts = [make_part(rnd, depth - 1, big) for _ in range(rnd.randrange(1, 4))]
	return b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\npreamble\r\n' + \
		b''.join(b'--' + mark + b'\r\n' + p + b'\r\n' for p in parts) + \
		b'--' + mark + b'--\r\nepilogue\r\n'


def make_message(rnd, big=False):
	head = b'From: a@x.test\r\nTo: b@y.test,\r\n\tc@y.test\r\nSubject: %d\r\nMIME-Version: 1.0\r\n' % rnd.randrange(10 ** 6)
	head += b''.join(b'X-%d: %s\r\n' % (rnd.randrange(5), b'y' * rnd.randrange(60))
			 for _ in range(800 if big else rnd.randrange(5)))
	message = head + make_part(rnd, 4, big)
	return message if message.endswith(b'\r\n') else message + b'\r\n'


def check(c, uid, message, rnd):
	got = fetch(c, uid, 'RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODYSTRUCTURE')
	whole = got['BODY[]']
	assert whole.endswith(message), 'not what was delivered'
	assert len(whole) == got['RFC822.SIZE'] and got['BODY[HEADER]'] + got['BODY[TEXT]'] == whole
	for _ in range(3):
		at, n = rnd.randrange(len(whole) + 9), rnd.randrange(1, len(whole) + 9)
		part = fetch(c, uid, 'BODY.PEEK[]<%d.%d>' % (at, n))
		assert part == {'UID': uid, 'BODY[]<%d>' % at: whole[at:at + n]}, (at, n)
	names = rnd.sample(['from', 'to', 'subject', 'x-1', 'x-2', 'received', 'none'], 3)
	for word, want in (('HEADER.FIELDS', True), ('HEADER.FIELDS.NOT', False)):
		item = '%s (%s)' % (word, ' '.join(names))
		fields = fetch(c, uid, 'BODY.PEEK[%s]' % item)['BODY[%s]' % item]
		assert fields == chosen_fields(got['BODY[HEADER]'], names, want), item
		cut = fetch(c, uid, 'BODY.PEEK[%s]<7.20>' % item)['BODY[%s]<7>' % item]
		assert cut == fields[7:27], item
	ours = {path: (encoding, size) for path, _, encoding, size in leaves(got['BODYSTRUCTURE'])}
	theirs = python_parts(email.message_from_bytes(message))
	assert set(ours) == set(theirs), (sorted(ours), sorted(theirs))
	for path, part in theirs.items():
		check_part(c, uid, '.'.join(map(str, path)), part, ours[path][1], rnd)


def check_part(c, uid, path, part, size, rnd):
	got = fetch(c, uid, 'BODY.PEEK[%s] BINARY.PEEK[%s] BINARY.SIZE[%s] BODY.PEEK[%s]<3.9>' % (path, path, path, path))
	# Python's parser reads universal newlines; all of ours are CRLF
	raw, decoded = got['BODY[%s]' % path], got['BINARY[%s]' % path]
	assert raw.replace(b'\r\n', b'\n') == raw_payload(part).replace(b'\r\n', b'\n'), path
	assert len(raw) == size and got['BODY[%s]<3>' % path] == raw[3:12], path
	assert decoded.replace(b'\r\n', b'\n') == part.get_payload(decode=True).replace(b'\r\n', b'\n'), path
	assert len(decoded) == got['BINARY.SIZE[%s]' % path], path
	at, n = rnd.randrange(len(decoded) + 2), rnd.randrange(1, len(decoded) + 2)
	cut = fetch(c, uid, 'BINARY.PEEK[%s]<%d.%d>' % (path, at, n))
	assert cut['BINARY[%s]<%d>' % (path, at)] == decoded[at:at + n], path


def play(messages, seed):
	rnd = random.Random(seed)
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		for m in messages:
			s.deliver(ALICE, m)
		c = s.imap(ALICE, 'secret')
		assert c.run('EXAMINE INBOX')[0].startswith('OK')
		for uid, m in enumerate(messages, 1):
			try:
				check(c, uid, m, rnd)
			except Exception as e:
				raise AssertionError('SEED=%d message %d: %s %s' % (seed, uid, type(e).__name__, e)) from e


@case
def random_messages():
	seed = int(os.environ.get('SEED', random.randrange(10 ** 6)))
	rnd = random.Random(seed)
	n = 400 if os.environ.get('LONG') else 40
	play([make_message(rnd) for _ in range(n)] + [make_message(rnd, big=True) for _ in range(n // 10)], seed)


@case
def odd_messages():
	play([
		b'Subject: no body\r\n\r\n',
		b'Subject: x\r\n\r\nplain\r\n',
		b'MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8=\r\n',
		b'MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntext\r\n',
		b'MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n'
		b'--a\r\n\r\none\r\n--a\r\n\r\ntwo\r\n--a--\r\n',
		b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a\r\n'
		b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\n--a--\r\n',
		b'MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: 1\r\n\r\none\r\n--a--\r\n',
	], 1)


@case
def nul_becomes_another_octet():
	"""CHAR8 has no NUL (RFC 9051 9): sizes stay; BINARY gives it as it is, in a literal8."""
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		text = b'a\0b' * 10000 + b'\r\n'
		try:
			s.deliver(ALICE, b'MIME-Version: 1.0\r\nContent-Type: text/plain\r\n'
				  b'Content-Transfer-Encoding: 8bit\r\n\r\n' + text)
		except AssertionError:
			return  # it is not let in: nothing to show
		c = s.imap(ALICE, 'secret')
		c.run('EXAMINE INBOX')
		got = fetch(c, 1, 'BODY.PEEK[TEXT] BODY.PEEK[1]<1.5> BINARY.PEEK[1]')
		assert got['BODY[TEXT]'] == text.replace(b'\0', b'\x80')
		assert got['BODY[1]<1>'] == b'\x80ba\x80b'
		assert got['BINARY[1]'] == text


@case
def binary_there_and_back():
	"""What comes as a literal8 goes out as one, octet by octet (RFC 3516 4.3, 4.4)."""
	with Server(users={ALICE: 'secret'}, listen=['imap', 'lmtp']) as s:
		c = s.imap(ALICE, 'secret')
		for data in (b'a\0b\nc\rd\xff\0\0 \0end', bytes(range(256)) * 1000, b'\0'):
			m = b'MIME-Version: 1.0\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\n' + data
			c.send(b'x APPEND INBOX ~{%d}\r\n' % len(m))
			assert c.line().startswith('+')
			c.send(m + b'\r\n')
			uid = re.match(r'x OK \[APPENDUID \d+ (\d+)\]', c.line()).group(1)
			c.run('EXAMINE INBOX')
			got = fetch(c, int(uid), 'BINARY.PEEK[1] BINARY.SIZE[1] BINARY.PEEK[1]<1.9>')
			# a message ends with a line end
			assert got['BINARY[1]'] in (data, data + b'\r\n') and got['BINARY.SIZE[1]'] == len(got['BINARY[1]'])
			assert got['BINARY[1]<1>'] == got['BINARY[1]'][1:10]
			assert c.run('UNSELECT')[0].startswith('OK')


main()
