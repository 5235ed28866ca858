#!/usr/bin/env python3
# test_imapflow.py - npm's ImapFlow 2.10.2: a whole session with IDLE, in the clear, with STARTTLS, with TLS.
# SPDX-License-Identifier: Apache-2.0
#
# It is no Debian package: `npm install --prefix DIR imapflow@2.10.2` and env MK_NODE=DIR, else it is skipped.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, case, main, skip
from home import PASSWORD, USER, Home, deliver, listing, server

HERE = os.path.dirname(os.path.abspath(__file__))


class Imapflow(Home):
	def __init__(self):
		modules = os.path.join(os.environ.get('MK_NODE', HERE), 'node_modules')
		if not os.path.isdir(os.path.join(modules, 'imapflow')):
			skip('imapflow is not installed')
		super().__init__('node')
		self.env['NODE_PATH'] = modules


def whole_session(mode):
	client = Imapflow()
	with server() as s:
		deliver(s, range(1, 4))
		process = client.start(['node', HERE + '/flow.js', str(s.port['imaps' if mode == 'imaps' else 'imap']),
					mode, USER, PASSWORD])
		try:
			said = process.stdout.readline()
			if said == b'waiting\n':
				deliver(s, [9])
			said += process.communicate(timeout=WAIT)[0]
		finally:
			process.kill()
			process.wait()
		assert said == b'waiting\ndone\n', said.decode('utf-8', 'replace')
		with_marks = listing(s, 'Archive')
		assert with_marks == {1: {'\\Flagged', 'Own'}}, with_marks


@case
def plain():
	whole_session('plain')


@case
def starttls():
	whole_session('starttls')


@case
def imaps():
	whole_session('imaps')


main()
