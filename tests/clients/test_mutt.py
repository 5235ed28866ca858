#!/usr/bin/env python3
# test_mutt.py - mutt in a terminal (tmux): opens, reads, flags, saves, deletes, answers to a push.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, case, main, need
from home import PASSWORD, Home, deliver, good, listing, message, server, session


class Mutt(Home):
	def __init__(self, s):
		super().__init__('mutt')
		need('tmux')
		self.env['TERM'] = 'screen'
		rc = self.write('rc', 'set imap_user="alice@example.test"\nset imap_pass="%s"\n'
				'set folder="imap://127.0.0.1:%d"\nset spoolfile="+INBOX"\n'
				'set ssl_starttls=no ssl_force_tls=no\nset imap_idle=yes imap_qresync=yes\n'
				'set timeout=1 mail_check=1\nset header_cache="%s/cache/"\n'
				'set confirmappend=no confirmcreate=no delete=yes mark_old=no wait_key=no\n'
				'set record="" sort=mailbox-order\nset index_format="%%4C %%Z %%s"\n' % (
					PASSWORD, s.port['imap'], self.path))
		os.mkdir(self.path + '/cache')
		self.argv = ['mutt', '-n', '-F', rc]

	def open(self):
		self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '40', *self.argv)

	def tmux(self, *args):
		return subprocess.run(['tmux', '-S', self.path + '/tmux', *args], env=self.env, cwd=self.path,
				      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
				      timeout=WAIT).stdout.decode('utf-8', 'replace')

	def keys(self, *keys):
		self.tmux('send-keys', *keys)

	def until(self, *texts):
		"""Looks at the screen until all of it is there; the screen."""
		end = time.monotonic() + WAIT
		while True:
			screen = self.tmux('capture-pane', '-p')
			if all(t in screen for t in texts):
				return screen
			assert time.monotonic() < end, 'no %r in: %s' % (texts, screen)
			time.sleep(0.02)

	def ended(self):
		end = time.monotonic() + WAIT
		while 'no server' not in (said := self.tmux('has-session')) and 'error' not in said:
			assert time.monotonic() < end, 'mutt does not end: ' + self.tmux('capture-pane', '-p')
			time.sleep(0.02)

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.tmux('kill-server')


@case
def reads_flags_saves_deletes():
	with server() as s:
		deliver(s, range(1, 5))
		with Mutt(s) as mutt:
			mutt.open()
			mutt.until('mark 1', 'mark 4')
			mutt.keys('1', 'Enter')
			mutt.keys('Enter')
			mutt.until('Subject: mark 1', 'text')
			mutt.keys('i')
			mutt.until('mark 4')
			mutt.keys('2', 'Enter', 'F')
			mutt.keys('3', 'Enter', 's')
			mutt.until('Save to mailbox')
			mutt.keys('C-u', '=Saved', 'Enter')
			mutt.until('D')
			mutt.keys('4', 'Enter', 'd', '$')
			mutt.until('deleted')
			deliver(s, [5])
			mutt.until('mark 5')  # pushed, or asked for
			mutt.keys('q')
			mutt.ended()
		assert listing(s, 'INBOX') == {1: {'\\Seen'}, 2: {'\\Flagged'}, 5: set()}, listing(s, 'INBOX')
		assert sorted(listing(s, 'Saved')) == [3]


@case
def keeps_a_copy_of_what_it_sends():
	with server() as s:
		mutt = Mutt(s)
		body = mutt.write('body', 'line\n' * 3000)
		mutt.run(mutt.argv + ['-e', 'set record="=Sent" sendmail="/bin/true" copy=yes',
				      '-e', 'my_hdr X-Mark: 7', '-s', 'copy', '-i', body, '--', 'bob@remote.test'])
		assert listing(s, 'Sent') == {7: {'\\Seen'}}, listing(s, 'Sent')


main()
