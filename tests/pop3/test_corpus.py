#!/usr/bin/env python3
# test_corpus.py - every message of the corpus goes in by LMTP and by SMTP and comes out by POP3.
# row P5
# row P10
# row C6
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, corpus, crlf, main

TRACE = re.compile(rb'(Return-Path: [^\r]*\r\n)(Delivered-To: [^\r]*\r\n)(Received: (?:[^\r]*\r\n[ \t])*[^\r]*\r\n)',
		   re.S)


def check(got, sent, name, rcpt):
	m = TRACE.match(got)
	assert m, '%s: no trace lines at %r' % (name, got[:200])
	assert m.group(1) == b'Return-Path: <sender@remote.test>\r\n', m.group(1)
	assert m.group(2) == b'Delivered-To: %s\r\n' % rcpt.encode(), m.group(2)
	assert got[m.end():] == sent, '%s: %d octets went in, %d came out' % (
		name, len(sent), len(got) - m.end())


def plain_client(p):
	"""Without UTF8 a message may be rewritten (RFC 6857), but never without its size being told."""
	count, octets = p.pop('STAT').split()[1:]
	p.pop('LIST')
	sizes = [int(l.split()[1]) for l in p.multi_lines()]
	assert sum(sizes) == int(octets)
	for i, size in enumerate(sizes, 1):
		got = p.retr(i)
		assert len(got) == size, 'message %d: LIST told %d, RETR gave %d' % (i, size, len(got))
	assert p.pop('QUIT').startswith('+OK')


def through(protocol, back):
	files = corpus()
	rcpt = 'alice@example.test'
	with Server(users={rcpt: 'secret'}, listen=['pop3', 'pop3s', protocol]) as s:
		def connect():
			c = s.connect(protocol)
			assert c.reply()[0] == 220
			assert c.cmd('LHLO x' if protocol == 'lmtp' else 'EHLO x')[0] == 250
			return c
		c, sent, refused = connect(), [], 0
		for path in files:
			with open(path, 'rb') as f:
				raw = f.read()
			message = crlf(raw)
			reply = c.mail('sender@remote.test', [rcpt], message, lmtp=protocol == 'lmtp')[0]
			if re.search(rb'\r(?!\n)', raw):
				assert reply[0] == 554 and reply[1].startswith('5.6.0'), (path, reply)
				refused += 1
				c = connect()
				continue
			assert reply[0] == 250, (path, reply)
			sent.append((os.path.basename(path), message))
		assert refused >= 1, 'the message with a bare CR is missing'
		plain_client(s.pop3(rcpt, 'secret', name=back))
		p = s.pop3(rcpt, 'secret', name=back, utf8=True)
		count, octets = p.pop('STAT').split()[1:]
		assert int(count) == len(sent), 'STAT tells %s of %d' % (count, len(sent))
		p.pop('LIST')
		sizes = [int(l.split()[1]) for l in p.multi_lines()]
		assert sum(sizes) == int(octets)
		for i, (name, message) in enumerate(sent, 1):
			got = p.retr(i)
			assert len(got) == sizes[i - 1], '%s: LIST told %d, RETR gave %d' % (
				name, sizes[i - 1], len(got))
			check(got, message, name, rcpt)
			head = got.index(b'\r\n\r\n') + 4 if b'\r\n\r\n' in got else None
			assert p.pop('TOP %d 0' % i).startswith('+OK')
			top = p.multi()
			assert top == (got[:head] if head else got + b'\r\n'), name + ': TOP 0'
			p.pop('DELE %d' % i)
		assert p.pop('QUIT').endswith('(maildrop empty)')
		assert s.pop3(rcpt, 'secret').pop('STAT') == '+OK 0 0'


@case
def lmtp_to_pop3():
	through('lmtp', 'pop3')


@case
def smtp_to_pop3s():
	through('smtp', 'pop3s')


@case
def odd_bytes_are_kept():
	"""What the corpus lacks: NUL, 8-bit, long lines, a dot everywhere, sizes around our blocks."""
	rcpt = 'alice@example.test'
	odd = [b'Subject: nul\r\n\r\na\0b\r\n', b'Subject: 8\xe9\xff\r\n\r\n\xfe\r\n',
	       b'Subject: long\r\n\r\n' + b'x' * 5000 + b'\r\n', b'.\r\n..\r\n...\r\n', b'\r\n', b'.a: b\r\n\r\n.\r\n']
	for size in (8192, 16384, 32768, 65536, 192 * 1024, 256 * 1024, 1 << 20):
		for near in (-1, 0, 1):
			for dot in (b'x', b'.'):
				head = b'Subject: %d\r\n\r\n' % size
				text = (dot + b'y' * 60 + b'\r\n') * (size // 63 + 1)
				odd.append((head + text)[:size + near - 2] .rstrip(b'\r') + b'\r\n')
	with Server(users={rcpt: 'secret'}) as s:
		for m in odd:
			s.deliver(rcpt, m)
		for name in ('pop3', 'pop3s'):
			p = s.pop3(rcpt, 'secret', name=name)
			for i, m in enumerate(odd, 1):
				check(p.retr(i), m, 'odd %d' % i, rcpt)
			assert p.pop('QUIT').startswith('+OK')


main()
