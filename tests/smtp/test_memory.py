#!/usr/bin/env python3
# test_memory.py - what does not end costs no memory: lines, messages (SECURITY B4, design 2.1).
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip

ALICE = 'alice@example.test'
LINE_MIB = 1024 if os.environ.get('LONG') else 64


@case
def a_line_without_end():
	with Server(users={ALICE: 'secret'}, listen=['smtp']) as s:
		c = s.connect('smtp')
		assert c.reply()[0] == 220
		assert c.cmd('NOOP ' + 'x' * 5000)[0] == 500  # what one overlong line needs is there now
		before = s.rss_kib()
		for _ in range(LINE_MIB):
			c.send(b'x' * (1 << 20))
		grown = s.rss_kib() - before
		c.send(b'\r\n')
		assert c.reply()[0] == 500
		assert c.cmd('NOOP')[0] == 250
		assert grown <= 1024, '%d KiB more' % grown


@case
def a_large_upload():
	"""50 MiB costs at most 1 MiB above idle, at any moment, and comes out whole."""
	with Server(users={ALICE: 'secret'}, listen=['pop3', 'lmtp'], sets={'message_size': '60M'}) as s:
		if s.is_sanitized():
			skip('a sanitizer keeps what is freed')
		s.deliver(ALICE, b'Subject: warm up\r\n\r\n' + b'x' * 70 * 4000 + b'\r\n')
		c = s.connect('lmtp')
		assert c.reply()[0] == 220
		for command in ('LHLO x', 'MAIL FROM:<>', 'RCPT TO:<%s>' % ALICE):
			assert c.cmd(command)[0] == 250
		before = s.rss_kib()
		assert c.cmd('DATA')[0] == 354
		most, block = before, (b'y' * 1022 + b'\r\n') * 1024
		for _ in range(50):
			c.send(block)
			most = max(most, s.rss_kib())
		c.send(b'.\r\n')
		assert c.reply()[0] == 250
		most = max(most, s.rss_kib())
		assert most - before <= 1024, '%d KiB more' % (most - before)
		p = s.pop3(ALICE, 'secret')
		assert p.retr(2).endswith(block)


main()
