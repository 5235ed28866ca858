#!/usr/bin/env python3
# test_postfix.py - Debian's Postfix in front: it delivers by LMTP and through a pipe into mailkeep deliver.
# SPDX-License-Identifier: Apache-2.0
"""
Postfix is no package of dist/packages.txt: installing it would start a service. It is used where it is
installed anyway, or from a folder (env POSTFIX_ROOT) that dpkg-deb -x has filled:

	apt-get download postfix && dpkg-deb -x postfix_*.deb root && POSTFIX_ROOT=$PWD/root tests/...

Nothing of the machine's own configuration, queue or log is used; it needs root, as Postfix does.
"""
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, Server, case, main, skip  # noqa: E402

ROOT = os.environ.get('POSTFIX_ROOT', '')
ALICE, BOB = 'alice@lmtp.test', 'bob@pipe.test'
QUEUES = 'active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace'

MAIN = '''compatibility_level = 3.6
queue_directory = {at}/spool
data_directory = {at}/lib
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {root}/etc/postfix
mail_owner = mail
setgid_group = games
maillog_file = {at}/log
maillog_file_prefixes = {at}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH POSTLOG_SERVICE POSTLOG_HOSTNAME LANG=C
myhostname = mx.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_peername_lookup = no
disable_dns_lookups = yes
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = lmtp.test, pipe.test
transport_maps = inline:{{ lmtp.test=lmtp:inet:127.0.0.1:{lmtp}, pipe.test=mailkeep: }}
mailkeep_destination_recipient_limit = 1
'''
MASTER = '''127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
mailkeep unix - n n - - pipe
  user=nobody argv={binary} deliver --lmtp 127.0.0.1:{lmtp} -f ${{sender}} ${{recipient}}
'''


def free_port():
	with socket.socket() as s:
		s.bind(('127.0.0.1', 0))
		return s.getsockname()[1]


class Postfix:
	"""A Postfix of its own, with a folder for all it has."""

	def __init__(self, server):
		self.server, self.port = server, free_port()
		self.at = tempfile.mkdtemp(prefix='mailkeep-postfix.')
		os.chmod(self.at, 0o755)
		self.master = None
		shutil.copy(server.binary, self.at + '/mailkeep')  # where nobody may run it
		os.chmod(self.at + '/mailkeep', 0o755)
		words = {'at': self.at, 'root': ROOT, 'port': self.port, 'lmtp': server.port['lmtp'],
			 'binary': self.at + '/mailkeep'}
		for name, text in (('main.cf', MAIN), ('master.cf', MASTER)):
			with open(os.path.join(self.at, name), 'w', encoding='ascii') as f:
				f.write(text.format(**words))
		owner = pwd.getpwnam('mail').pw_uid
		for name in ['spool'] + ['spool/' + q for q in QUEUES.split()] + ['lib']:
			os.mkdir(os.path.join(self.at, name))
			if name not in ('spool', 'spool/pid'):
				os.chown(os.path.join(self.at, name), owner, -1)

	def __enter__(self):
		env = dict(os.environ, LD_LIBRARY_PATH=ROOT + '/usr/lib/postfix', MAIL_CONFIG=self.at)
		self.master = subprocess.Popen([ROOT + '/usr/lib/postfix/sbin/master', '-c', self.at, '-d'], env=env,
					       stdin=subprocess.DEVNULL, start_new_session=True)
		until = time.monotonic() + WAIT
		while True:
			try:
				return smtplib.SMTP('127.0.0.1', self.port, timeout=WAIT)
			except OSError:
				if time.monotonic() > until or self.master.poll() is not None:
					self.__exit__(None, None, None)
					raise AssertionError('postfix does not start')
				time.sleep(0.1)

	def __exit__(self, kind, value, trace):
		if kind and os.access(self.at + '/log', os.R_OK):
			with open(self.at + '/log', encoding='utf-8') as f:
				sys.stderr.write(f.read()[-4000:])
		self.master.terminate()  # and with it what it has started
		self.master.wait(WAIT)
		shutil.rmtree(self.at, ignore_errors=True)


def mail_of(s, user):
	"""All of a maildrop's messages."""
	p = s.pop3(user, 'secret')
	return [p.retr(i + 1) for i in range(int(p.pop('STAT').split()[1]))]


@case
def delivers_by_lmtp_and_by_pipe():
	if os.geteuid() or not os.access(ROOT + '/usr/lib/postfix/sbin/master', os.X_OK):
		skip('postfix is not installed (or we are not root)')
	text = 'Subject: %s\r\n\r\nFrom here\r\n..\r\nend\r\n'
	with Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['pop3', 'lmtp']) as s:
		with Postfix(s) as mta:
			for i in range(3):
				assert mta.sendmail('me@remote.test', [ALICE, BOB], text % i) == {}
			s.wait_log(r'info message .*to=alice@lmtp\.test .*reply="?250', 3)
			s.wait_log(r'info message .*to=bob@pipe\.test .*reply="?250', 3)
			# refusals go back to Postfix, which tells the sender: that it is us who refuses is in our log
			mta.sendmail('me@remote.test', ['nobody@lmtp.test', 'nobody@pipe.test'], text % 'x')
			s.wait_log(r'info message .*to=nobody@lmtp\.test .*reply="?550', 1)
			s.wait_log(r'info message .*to=nobody@pipe\.test .*reply="?550', 1)
			mta.quit()
		for user in (ALICE, BOB):
			got = mail_of(s, user)
			assert len(got) == 3, (user, len(got))
			for m in got:
				assert m.startswith(b'Return-Path: <me@remote.test>\r\nDelivered-To: %s\r\n' % user.encode()), m
				assert m.endswith(b'\r\n\r\nFrom here\r\n..\r\nend\r\n'), m
			assert sorted(m[m.index(b'\r\nSubject: ') + 11:][:1] for m in got) == [b'0', b'1', b'2']


main()
