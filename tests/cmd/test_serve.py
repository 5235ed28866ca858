#!/usr/bin/env python3
# test_serve.py - the server's life: start, refusals, SIGHUP, SIGTERM, privileges.
# SPDX-License-Identifier: Apache-2.0
import glob
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip, WAIT  # noqa: E402

A = 'alice@example.test'


def serve(s, *args, sets=None):
	"""A second server, meant to fail: the CompletedProcess."""
	return subprocess.run([s.binary, 'serve', '--data', s.data, *args] +
			      (s._set_args() if sets is None else sets),
			      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
			      timeout=WAIT, universal_newlines=True)


@case
def ready_names_every_real_port():
	with Server(listen=['pop3', 'pop3s=[::1]:0', 'lmtp=unix', 'smtp']) as s:
		assert sorted(s.where) == ['lmtp', 'pop3', 'pop3s', 'smtp']
		assert s.where['pop3s'].startswith('[::1]:') and s.where['lmtp'].startswith('unix:/')
		assert len(s.out.lines) == 1 and s.out.lines[0].startswith('ready pop3=127.0.0.1:')
		s.connect('lmtp').reply()
		assert s.connect('pop3').line().startswith('+OK')
		assert s.log(r' info start version=\S+ pid=%d ' % s.process.pid)
		assert s.log(r' info recovery clean=')
		s.stop()
		assert s.log(r' info stop ')
		assert not os.path.exists(os.path.join(s.data, 'admin.sock'))


@case
def a_second_server_is_refused():
	with Server() as s:
		done = serve(s, '--listen', 'pop3=127.0.0.1:0')
		assert done.returncode == 69, done
		assert 'process %d' % s.process.pid in done.stderr and s.data in done.stderr, done.stderr
		os.unlink(os.path.join(s.data, 'admin.sock'))
		os.unlink(os.path.join(s.data, 'lmtp.sock'))  # then the store's lock tells
		done = serve(s, '--listen', 'pop3=127.0.0.1:0')
		assert done.returncode == 75 and 'has the data folder' in done.stderr, done
		assert s.connect('pop3').line().startswith('+OK')


@case
def a_taken_port_is_named():
	with socket.socket() as taken, Server(start=False) as s:
		taken.bind(('127.0.0.1', 0))
		taken.listen()
		where = 'smtp=127.0.0.1:%d' % taken.getsockname()[1]
		done = serve(s, '--listen', 'pop3=127.0.0.1:0', '--listen', where)
		assert done.returncode == 69, done
		assert where in done.stderr and 'listen' in done.stderr and 'taken' in done.stderr
		assert done.stdout == ''


@case
def what_makes_no_sense_is_refused():
	rows = [
		(['--listen', 'pop9=127.0.0.1:0'], 78, 'no such protocol'),
		(['--listen', 'pop3=192.0.2.1:0'], 69, 'no such address'),
		(['--listen', 'pop3=unix:/nonexistent/s'], 69, 'no such folder'),
		(['--listen', 'pop3=nowhere'], 78, 'PROTOCOL=ADDRESS:PORT'),
		(['--listen', 'lmtp=0.0.0.0:0'], 78, 'lmtp_allow'),
		([], 78, 'nothing to listen on'),
		(['--listen', 'pop3=127.0.0.1:0', '--set', 'tls_cert=/nonexistent', '--set',
		  'tls_key=/nonexistent'], 78, '/nonexistent (setting tls_cert): not found'),
		(['--listen', 'pop3=127.0.0.1:0', '--set', 'tls_cert=/etc/passwd', '--set',
		  'tls_key=/etc/passwd'], 78, 'not a certificate in PEM'),
		(['--listen', 'pop3=127.0.0.1:0', '--set', 'loops=many'], 78, 'loops must be a number'),
		(['--listen', 'pop3=127.0.0.1:0', '--set', 'data=/proc/version'], 78, 'not a folder'),
		(['--listen', 'pop3=127.0.0.1:0', '--set', 'log_target=/nonexistent/log'], 73, 'log_target'),
	]
	with Server(start=False) as s:
		for args, code, text in rows:
			done = serve(s, *args, sets=s._set_args() + args)
			assert done.returncode == code and text in done.stderr, (args, done)
			assert 'ready' not in done.stdout
		done = serve(s, '--listen', 'lmtp=0.0.0.0:0', '--set', 'lmtp_allow=10.0.0.0/8',
			     '--listen', 'pop3=127.0.0.1:1', '--set', 'data=/proc/version')
		assert 'lmtp_allow' not in done.stderr  # with networks it is fine


@case
def a_self_signed_certificate_is_made_told_and_kept():
	def fingerprint(s):
		c = s.connect('pop3s')
		return c.sock.getpeercert(True)
	with Server() as s:
		first = fingerprint(s)
		assert s.log(r'warn certificate made=self-signed file=\S+ hint=')
		mode = os.stat(glob.glob(os.path.join(s.data, '*key*.pem'))[0]).st_mode & 0o777
		assert mode == 0o600, oct(mode)
		s.stop()
		s.old_log = []
		s.start()
		assert fingerprint(s) == first
		assert not s.log(r'made=self-signed')


@case
def sighup_swaps_or_keeps():
	with Server(users={A: 'secret'}, start=False) as s:
		path = os.path.join(s.root, 'c.conf')

		def write(text):
			with open(path, 'w') as f:
				f.write(text)

		def hup(pattern, count):
			s.process.send_signal(signal.SIGHUP)
			return s.wait_log(pattern, count)

		write('pop3_last_reset_zero = no\nlogin_delay = 0\n')
		s.sets['log_level'] = 'info'
		s._set_args_plain = s._set_args
		s._set_args = lambda: s._set_args_plain() + ['--config', path]
		s.start()
		session = s.pop3(A, 'secret')
		assert 'LOGIN-DELAY' not in str(capa(s.pop3()))
		write('login_delay = 30\n')
		hup(r' info reload result=ok', 1)
		assert s.log(r' info setting name=login_delay was=0 is=30s in_force=now')
		assert 'LOGIN-DELAY 30' in capa(s.pop3())
		assert session.pop('NOOP').startswith('+OK')  # running sessions go on
		write('login_delay = soon\nnonsense = 1\n')
		hup(r' error reload result="the old settings stay"', 1)
		assert s.log(r'error reload error=".*c\.conf:1:15: login_delay must be a time')
		assert s.log(r'error reload error=".*c\.conf:2:1: there is no setting')
		assert 'LOGIN-DELAY 30' in capa(s.pop3())
		write('login_delay = 0\nloops = 7\n')
		hup(r' info reload result=ok', 2)
		assert s.log(r' warn setting name=loops was=\d+ is=7 in_force="after a restart"')
		assert session.pop('QUIT').startswith('+OK')


def capa(c):
	assert c.pop('CAPA').startswith('+OK')
	return c.multi_lines()


@case
def sighup_reloads_certificate_and_log():
	with Server(start=False) as s:
		cert, key, log = (os.path.join(s.root, n) for n in ('c.pem', 'k.pem', 'log'))

		def make(name):
			subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
					'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
					'-subj', '/CN=' + name, '-days', '2'], check=True, stderr=subprocess.DEVNULL)

		def der():
			with open(cert) as f:
				return ssl.PEM_cert_to_DER_cert(f.read())

		def wait_in_log(text):
			until = time.monotonic() + WAIT
			while time.monotonic() < until:
				if os.path.exists(log):
					with open(log) as f:
						if text in f.read():
							return
				time.sleep(0.02)
			raise AssertionError('no %r in the log' % text)

		make('one.test')
		s.sets.update(tls_cert=cert, tls_key=key, log_target=log)
		s.start()
		assert s.connect('pop3s').sock.getpeercert(True) == der()
		first = s.connect('pop3s')
		make('two.test')
		os.rename(log, log + '.1')
		s.process.send_signal(signal.SIGHUP)
		wait_in_log('reload result=ok')
		assert s.connect('pop3s').sock.getpeercert(True) == der()
		assert first.line().startswith('+OK')
		with open(cert, 'w') as f:
			f.write('broken')
		s.process.send_signal(signal.SIGHUP)
		wait_in_log('reload result="the old certificate stays"')
		assert s.connect('pop3s').line().startswith('+OK')


@case
def sigterm_ends_within_5_seconds_with_busy_clients():
	with Server(users={A: 'secret'}) as s:
		big = b'Subject: big\r\n\r\n' + b'0123456789abcdef' * 64 + b'\r\n'
		s.deliver(A, b'Subject: x\r\n\r\n' + b'line of text\r\n' * 200000)
		idle = s.connect('pop3')
		idle.line()
		reader = s.pop3(A, 'secret')
		reader.send('RETR 1\r\n')  # and never reads it
		upload = s.connect('lmtp')
		upload.reply()
		upload.cmd('LHLO x.test')
		upload.cmd('MAIL FROM:<a@b.test>')
		upload.cmd('RCPT TO:<%s>' % A)
		upload.cmd('DATA')
		stop = threading.Event()

		def push():
			try:
				while not stop.is_set():
					upload.send(big)
			except OSError:
				pass
		thread = threading.Thread(target=push)
		thread.start()
		half = s.connect('pop3s', tls=False)  # never begins its handshake
		half.send('\x16')
		began = time.monotonic()
		s.process.send_signal(signal.SIGTERM)
		code = s.process.wait(WAIT)
		took = time.monotonic() - began
		stop.set()
		thread.join()
		assert code == 0 and took < 5, (code, took)
		assert s.log(r' info stopping signal=SIGTERM')


@case
def sigterm_lets_an_answer_go_out():
	with Server(users={A: 'secret'}) as s:
		c = s.connect('lmtp')
		c.reply()
		c.cmd('LHLO x.test')
		c.cmd('MAIL FROM:<a@b.test>')
		c.cmd('RCPT TO:<%s>' % A)
		c.cmd('DATA')
		s.process.send_signal(signal.SIGTERM)
		s.wait_log(r' info stopping ')
		c.send('Subject: last\r\n\r\nx\r\n.\r\n')
		reply = None
		try:
			reply = c.reply()
		except (EOFError, ConnectionError):
			pass
		assert s.process.wait(WAIT) == 0
		s._end_process()
		s.start()
		stat = s.pop3(A, 'secret').pop('STAT')
		if reply and reply[0] == 250:  # what was promised is there
			assert stat.startswith('+OK 1 '), stat


@case
def a_folder_of_another_version_is_refused():
	def content():
		return {f: open(f, 'rb').read() for f in sorted(glob.glob(s.data + '/**', recursive=True))
			if os.path.isfile(f)}
	with Server(users={A: 'secret'}, start=False) as s:
		segment = sorted(glob.glob(os.path.join(s.data, 'log', '*.seg')))[-1]
		with open(segment, 'r+b') as f:
			head = f.read(8)
			f.seek(4096)
			assert f.read(8) == head  # the header is there twice
			for page in (0, 4096):
				f.seek(page + 8)
				f.write((2).to_bytes(4, 'little'))
		before = content()
		for words in (['user', 'list'], ['index', 'rebuild'], ['index', 'check'], ['log', 'dump']):
			done = s.cli(*words, check=False)
			assert done.returncode == 65 and 'newer version' in done.stderr, done
			assert os.path.basename(segment) in done.stderr, done.stderr
		done = serve(s, '--listen', 'pop3=127.0.0.1:0')
		assert done.returncode == 65 and 'newer version' in done.stderr and not done.stdout, done
		after = content()
		changed = [f for f in before if after.get(f) != before[f]]
		assert not [f for f in changed if f.endswith('.seg')], changed


@case
def systemd_is_told_when_it_is_ready():
	with Server(start=False) as s, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
		path = os.path.join(s.root, 'notify')
		notify.bind(path)
		notify.settimeout(WAIT)
		s.env['NOTIFY_SOCKET'] = path
		s.start()
		assert notify.recv(100) == b'READY=1'


# -- privileges --------------------------------------------------------------------------

def as_nobody(*args):
	return ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', *args]


def owners(folder):
	found = set()
	for d, dirs, files in os.walk(folder):
		for name in dirs + files + ['.']:
			found.add(os.lstat(os.path.join(d, name)).st_uid)
	return found


@case
def root_becomes_the_user_of_the_setting():
	if os.geteuid() != 0:
		skip('needs root')
	with Server(users={A: 'secret'}, sets={'user': 'nobody'}, listen=['pop3', 'lmtp=unix', 'pop3s'],
		    start=False) as s:
		os.chmod(s.root, 0o777)
		assert owners(s.data) == {65534}, owners(s.data)
		s.start()
		with open('/proc/%d/status' % s.process.pid) as f:
			status = f.read()
		assert re.search(r'^Uid:\t65534\t65534\t65534\t65534$', status, re.M), status
		assert re.search(r'^Gid:\t65534\t65534\t65534\t65534$', status, re.M), status
		assert re.search(r'^Groups:\t65534 *$', status, re.M), status
		assert re.search(r'^NoNewPrivs:\t1$', status, re.M), status
		assert re.search(r'^CapEff:\t0+$', status, re.M), status
		for task in glob.glob('/proc/%d/task/*/status' % s.process.pid):
			with open(task) as f:
				assert 'Uid:\t65534\t65534\t65534\t65534' in f.read(), task
		st = os.stat(s.where['lmtp'][5:])
		assert (st.st_uid, st.st_mode & 0o777) == (65534, 0o660), st
		s.deliver(A, b'Subject: x\r\n\r\nhello\r\n')
		assert s.pop3(A, 'secret').pop('STAT').startswith('+OK 1 ')
		s.cli('user', 'add', 'bob@example.test', '--no-password')  # by root, through the socket
		s.stop()
		s.cli('user', 'add', 'carol@example.test', '--no-password')  # by root, as the owner
		assert owners(s.data) == {65534}, owners(s.data)
		assert s.cli('user', 'list').stdout.count('\n') == 3


@case
def root_works_on_another_users_folder_as_that_user():
	if os.geteuid() != 0:
		skip('needs root')
	with Server(start=False) as s:
		os.chmod(s.root, 0o777)
		run = subprocess.run(as_nobody(s.binary, 'user', 'add', A, '--password-stdin', '--data', s.data),
				     input=b'secret\n', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
		assert run.returncode == 0, run
		assert s.cli('user', 'add', 'bob@example.test', '--no-password').returncode == 0
		assert s.cli('index', 'rebuild').returncode == 0
		assert 'bob@example.test' in s.cli('user', 'list').stdout
		assert owners(s.data) == {65534}, owners(s.data)
		done = serve(s, '--listen', 'pop3=127.0.0.1:0')  # user=root, but the folder is nobody's
		assert done.returncode == 78 and 'belongs to nobody' in done.stderr, done
		run = subprocess.run(as_nobody(s.binary, 'user', 'list', '--data', s.data),
				     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
		assert run.returncode == 0 and b'bob@example.test' in run.stdout, run


@case
def others_may_not():
	if os.geteuid() != 0:
		skip('needs root')
	with Server(users={A: 'secret'}, start=False) as s:
		run = subprocess.run(as_nobody(s.binary, 'user', 'list', '--data', s.data),
				     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
		assert run.returncode == 77 and b'belongs to root' in run.stderr, run
		assert os.stat(s.data).st_mode & 0o777 == 0o700
		run = serve(s, '--listen', 'pop3=127.0.0.1:0', sets=['--set', 'user=no-such-user'])
		assert run.returncode == 78 and 'no-such-user' in run.stderr and 'setting user' in run.stderr


main()
