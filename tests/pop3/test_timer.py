#!/usr/bin/env python3
# test_timer.py - the inactivity timer, on a clock that runs 300 times as fast (faketime).
# row P7
# SPDX-License-Identifier: Apache-2.0
import datetime
import glob
import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import ASAN, Client, Server, case, main, skip

ALICE = {'alice@example.test': 'secret'}
LOGIN = ('alice@example.test', 'secret')


def fast_server():
	library = glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1') or skip('faketime is not installed')
	return Server(users=ALICE, env={'LD_PRELOAD': library[0], 'FAKETIME': '+0 x300',
					'ASAN_OPTIONS': ASAN + ':verify_asan_link_order=0'})


def seconds(line):
	stamp = re.match(r'(\S+)Z ', line).group(1)
	return datetime.datetime.fromisoformat(stamp + '000').timestamp()


@case
def closes_after_ten_minutes_without_a_word():
	with fast_server() as s:
		s.deliver(LOGIN[0], b'Subject: x\r\n\r\nx\r\n')
		stranger = s.pop3()
		c = s.pop3(*LOGIN)
		assert c.pop('DELE 1') == '+OK message 1 deleted'
		assert c.read_all() == b'', 'RFC 1939 3: without sending any response'
		assert stranger.read_all() == b''
		end = s.wait_log(r' session .*user=alice.*reason=timeout')
		s.wait_log(r' session .*user="".*reason=timeout')
		idle = seconds(end) - seconds(s.wait_log(' login '))
		assert idle >= 600, 'closed after %d s already' % idle
		c = s.pop3(*LOGIN)
		assert c.pop('STAT').startswith('+OK 1 '), 'the timer has deleted something'


@case
def a_long_retr_is_not_idle():
	message = b'Subject: long\r\n\r\n' + (b'y' * 72 + b'\r\n') * 200000
	with fast_server() as s:
		s.deliver(LOGIN[0], message)
		sock = socket.socket()
		sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		sock.connect((s.host, s.port['pop3']))
		sock.settimeout(30)
		c = Client(sock)
		c.line()
		for command in ('USER alice', 'PASS secret', 'RETR 1'):
			assert c.pop(command).startswith('+OK')
		got, began = 0, time.monotonic()
		while got < len(message):
			got += len(c.read(min(65536, len(message) - got)))
			# a client on a slow line: 14 MiB in 3 s, which are 15 minutes
			time.sleep(max(0, got / len(message) * 3 - (time.monotonic() - began)))
		c.multi()
		assert c.pop('QUIT').startswith('+OK')


main()
