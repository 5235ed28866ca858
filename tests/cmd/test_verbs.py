#!/usr/bin/env python3
# test_verbs.py - the verbs: the same with and without a server, errors, JSON, passwords.
# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip, binary, TOP, WAIT  # noqa: E402

A, B = 'alice@example.test', 'bob@other.test'

# words, stdin, exit code, what stdout or stderr must match
STORY = [
	(['user', 'add', 'Alice@Example.TEST', '--password-stdin'], 'secret\n', 0, r'^$'),
	(['user', 'add', A, '--password-stdin'], 'secret\n', 73, r'already'),
	(['user', 'add', B, '--password-stdin', '--quota', '5M'], 'hush hush\n', 0, r'^$'),
	(['user', 'add', 'nobody', '--password-stdin'], 'x\n', 64, r'not an address'),
	(['user', 'add', 'a@b@c', '--password-stdin'], 'x\n', 64, r'not an address'),
	(['user', 'add', 'e@example.test', '--password-stdin'], '', 64, r'password is empty'),
	(['user', 'add', 'q@example.test', '--password-stdin', '--quota', 'lots'], 'x\n', 64, r'--quota'),
	(['user', 'add', 'n@example.test', '--no-password'], '', 0, r'^$'),
	(['user', 'list'], '', 0, r'alice@example\.test\t0\t0\t0\tok\t.*\nbob@other\.test\t0\t0\t5242880\t'
	                          r'ok\t.*\nn@example\.test\t0\t0\t0\tno password\t'),
	(['user', 'set', B, '--quota', '1G', '--disabled'], '', 0, r'^$'),
	(['user', 'list'], '', 0, r'bob@other\.test\t0\t0\t1073741824\tdisabled\t'),
	(['user', 'set', B, '--enabled'], '', 0, r'^$'),
	(['user', 'set', B], '', 64, r'say what to set'),
	(['user', 'set', B, '--enabled', '--disabled'], '', 64, r'one of them'),
	(['user', 'set', 'who@example.test', '--enabled'], '', 67, r'no such account'),
	(['user', 'passwd', A, '--password-stdin'], 'new secret\n', 0, r'^$'),
	(['user', 'passwd', 'who@example.test', '--password-stdin'], 'x\n', 67, r'no such account'),
	(['alias', 'list'], '', 0, r'^$'),
	(['alias', 'add', 'sales@example.test', A, B], '', 0, r'^$'),
	(['alias', 'add', 'all@example.test', 'sales@example.test', 'SALES@example.test'], '', 0, r'^$'),
	(['alias', 'add', 'sales@example.test', 'all@example.test'], '', 65, r'in a circle'),
	(['alias', 'add', 'sales@example.test', 'sales@example.test'], '', 65, r'in a circle'),
	(['alias', 'add', A, B], '', 73, r'there is an account'),
	(['alias', 'add', 'x@example.test', 'typo@example.test'], '', 67, r'typo@example\.test: no such'),
	(['alias', 'add', 'x@', A], '', 64, r'not an address'),
	(['user', 'add', 'sales@example.test', '--no-password'], '', 73, r'already'),
	(['alias', 'list'], '', 0, r'^all@example\.test\tsales@example\.test\n'
	                           r'sales@example\.test\talice@example\.test bob@other\.test\n$'),
	(['alias', 'del', 'all@example.test'], '', 0, r'^$'),
	(['alias', 'del', 'all@example.test'], '', 67, r'no such alias'),
	(['user', 'del', B], '', 0, r'^$'),
	(['user', 'del', B], '', 67, r'no such account'),
	(['user', 'list'], '', 0, r'^alice@example\.test\t.*\nn@example\.test\t.*\n$'),
	(['index', 'check'], '', 0, r'index and log agree'),
]


def tell(server, story):
	"""Runs the story's verbs; what they said, times cut out."""
	said = []
	for words, stdin, code, pattern in story:
		done = server.cli(*words, stdin=stdin, check=False)
		text = re.sub(r'\d{4}-\d\d-\d\dT[\d:]+Z', 'TIME', done.stdout + done.stderr)
		assert done.returncode == code, '%s: exit %d, %s' % (words, done.returncode, text)
		assert re.search(pattern, done.stdout + done.stderr), '%s: %r' % (words, text)
		said.append((words, done.returncode, text))
	return said


@case
def a_mistyped_folder_is_not_made():
	with Server(start=False) as s:
		for words in (['user', 'list'], ['status'], ['user', 'del', A], ['index', 'check'],
			      ['index', 'rebuild'], ['log', 'dump'], ['export', A, s.root + '/out']):
			done = s.cli(*words, check=False)
			assert done.returncode == 66 and 'no mail store in' in done.stderr, (words, done)
			assert not os.path.exists(s.data), words
		os.mkdir(s.data)  # a folder of something else
		done = s.cli('status', check=False)
		assert done.returncode == 66 and not os.listdir(s.data), (done, os.listdir(s.data))


@case
def help_where_people_look_for_it():
	def run(*words):
		return subprocess.run([binary(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
				      universal_newlines=True)
	assert run('--version').stdout == run('version').stdout != ''
	assert run('help').stdout == run('--help').stdout != ''
	assert run('help', 'user', 'add').stdout == run('user', 'add', '--help').stdout != ''
	family = run('user', '--help')
	assert family.returncode == 0 and 'user passwd ADDRESS' in family.stdout, family
	assert 'alias' not in family.stdout
	assert run('nix', '--help').returncode == 64
	for line in run('--help').stdout.splitlines():
		assert len(line) <= 80, line


@case
def the_same_with_and_without_a_server():
	with Server(start=False) as alone:
		without = tell(alone, STORY)
	with Server() as s:
		inside = tell(s, STORY)
	assert without == inside, [p for p in zip(without, inside) if p[0] != p[1]]


@case
def json_can_be_read():
	with Server(users={A: 'secret'}, aliases={'root@example.test': [A]}) as s:
		for words in (['user', 'list'], ['alias', 'list'], ['status'], ['version'],
			      ['config', 'show'], ['config', 'explain']):
			done = s.cli(*words, '--json') if words != ['version'] and words[1:] != ['explain'] \
				else subprocess.run([s.binary, *words, '--json'], stdout=subprocess.PIPE, check=True)
			value = json.loads(done.stdout)
			assert value, words
		users = json.loads(s.cli('user', 'list', '--json').stdout)
		assert users[0]['user'] == A and users[0]['messages'] == 0 and users[0]['state'] == 'ok'
		assert json.loads(s.cli('alias', 'list', '--json').stdout) == [
			{'alias': 'root@example.test', 'targets': A}]
		status = json.loads(s.cli('status', '--json').stdout)
		assert status['server'] == 'running' and status['pid'] == s.process.pid
		assert status['accounts'] == 1 and 'pop3=' in status['listen']
		s.stop()
		status = json.loads(s.cli('status', '--json').stdout)
		assert status['server'] == 'not running' and status['accounts'] == 1
		assert json.loads(s.cli('config', 'show', '--json').stdout)['data'] == s.data


@case
def every_setting_is_explained():
	with open(os.path.join(TOP, 'src', 'conf', 'options.h')) as f:
		names = re.findall(r'X\(\w+, (\w+), "', f.read())
	assert len(names) > 40
	run = lambda *w: subprocess.run([binary(), 'config', 'explain', *w], stdout=subprocess.PIPE,
					check=True).stdout.decode()
	assert [row['name'] for row in json.loads(run('--json'))] == names
	markdown = run('--markdown')
	man = subprocess.run([binary(), 'manual', 'mailkeep.conf.5'], stdout=subprocess.PIPE,
			     check=True).stdout.decode()
	for name in names:
		assert run(name).startswith(name + '\n'), name
		assert '| `%s` |' % name in markdown, name
		assert '.B %s\n' % name in man, name


@case
def the_reference_is_current():
	made = subprocess.run([binary(), 'manual', 'reference.md'], stdout=subprocess.PIPE, check=True)
	with open(os.path.join(TOP, 'doc', 'reference.md'), 'rb') as f:
		assert f.read() == made.stdout, 'run: mailkeep manual reference.md >doc/reference.md'


@case
def version_is_that_of_the_build():
	said = subprocess.run([binary(), 'version'], stdout=subprocess.PIPE, check=True).stdout.decode()
	with open(os.path.join(TOP, 'meson.build')) as f:
		assert "version: '%s'" % said.split()[1] in f.read()


@case
def man_pages_have_no_warnings():
	if not any(os.access(os.path.join(d, 'groff'), os.X_OK) for d in os.get_exec_path()):
		skip('groff is not installed')
	for page in ('mailkeep.1', 'mailkeep.conf.5'):
		text = subprocess.run([binary(), 'manual', page], stdout=subprocess.PIPE, check=True).stdout
		done = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-z'], input=text,
				      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
		assert not done.stderr, done.stderr
	for verb in ('user add', 'alias list', 'serve', 'index rebuild'):
		text = subprocess.run([binary(), 'manual', 'mailkeep.1'], stdout=subprocess.PIPE,
				      check=True).stdout.decode()
		assert 'mailkeep ' + verb in text, verb


@case
def completion_is_valid_bash_and_knows_the_verbs():
	text = subprocess.run([binary(), 'manual', 'bash'], stdout=subprocess.PIPE, check=True).stdout
	test = text.decode() + '''
		complete_it() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mailkeep; echo "${COMPREPLY[*]}"; }
		complete_it mailkeep us; complete_it mailkeep user pa; complete_it mailkeep config explain pop3_i
		complete_it mailkeep user add --pass
	'''
	done = subprocess.run(['bash', '-c', test], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
	assert done.stdout.decode().split('\n')[:4] == [
		'user', 'passwd', 'pop3_idle', '--password-stdin'], done.stdout


@case
def every_verb_has_help():
	top = subprocess.run([binary(), '--help'], stdout=subprocess.PIPE, check=True).stdout.decode()
	verbs = re.findall(r'^  ([a-z]+(?: [a-z]+)?) ', top.split('Options of')[0], re.M)
	assert len(verbs) >= 18, verbs
	for verb in verbs:
		done = subprocess.run([binary(), *verb.split(), '--help'], stdout=subprocess.PIPE)
		assert done.returncode == 0 and done.stdout.decode().startswith('mailkeep ' + verb), verb


@case
def settings_show_and_check():
	with Server(start=False) as s:
		path = os.path.join(s.root, 'c.conf')
		with open(path, 'w') as f:
			f.write('lisen = "pop3=127.0.0.1:0"\nmessage_size = 1X\nlog_level = "loud"\n')
		done = subprocess.run([s.binary, 'config', 'check', '--config', path],
				      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
		errors = done.stderr.decode().splitlines()
		assert done.returncode == 78 and len(errors) == 3, (done.returncode, errors)
		for line, place in zip(errors, ('c.conf:1:1: ', 'c.conf:2:16: ', 'c.conf:3:14: ')):
			assert place in line, line
		assert 'did you mean listen?' in errors[0]
		with open(path, 'w') as f:
			f.write('listen = {"pop9=127.0.0.1:0", "lmtp=0.0.0.0:24"}\ntrusted = "10.0.0.0/99"\n')
		done = subprocess.run([s.binary, 'config', 'check', '--config', path],
				      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
		errors = done.stderr.decode()
		assert done.returncode == 78, errors
		assert len(errors.splitlines()) == 3, errors
		for word in ('c.conf:1:12: listen "pop9=', 'did you mean pop3?', 'c.conf:2:12: trusted',
			     'lmtp_allow', '10.0.0.0/99'):
			assert word in errors, errors
		shown = s.cli('config', 'show', '--set', 'quota=3G').stdout
		with open(path, 'w') as f:
			f.write(shown)
		again = subprocess.run([s.binary, 'config', 'show', '--config', path], check=True,
				       stdout=subprocess.PIPE).stdout.decode()
		assert again == shown
		assert s.cli('config', 'show', 'quota', '--set', 'quota=3G').stdout == '3G\n'


def on_terminal(args, answers):
	"""Runs on a pseudo terminal, types the answers at each colon; (what was seen, exit code)."""
	pid, fd = pty.fork()
	if pid == 0:
		os.execv(args[0], args)
	seen, answers, until = b'', list(answers), time.monotonic() + WAIT
	while time.monotonic() < until:
		try:
			ready = select.select([fd], [], [], 1)[0]
			data = os.read(fd, 4096) if ready else b''
		except OSError:
			break
		if ready and not data:
			break
		seen += data
		if answers and seen.endswith(b': '):
			os.write(fd, answers.pop(0).encode() + b'\n')
	code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
	os.close(fd)
	return seen.decode(), code


@case
def passwords_are_asked_for_without_echo():
	with Server() as s:
		args = [s.binary, 'user', 'add', A, '--data', s.data] + s._set_args()
		seen, code = on_terminal(args, ['open sesame', 'open sesame'])
		assert code == 0 and seen.count(': ') >= 2 and 'sesame' not in seen, (code, seen)
		s.pop3(A, 'open sesame').pop('QUIT')
		seen, code = on_terminal([a if a != A else B for a in args], ['one', 'two'])
		assert code == 64 and 'differ' in seen, (code, seen)
		seen, code = on_terminal([s.binary, 'user', 'list', '--data', s.data] + s._set_args(), [])
		assert code == 0 and 'USER' in seen and 'MESSAGES' in seen and A in seen, seen
		done = s.cli('user', 'add', B, check=False)
		assert done.returncode == 64 and '--password-stdin' in done.stderr


@case
def a_new_password_counts_at_once():
	with Server(users={A: 'first'}) as s:
		for _ in range(3):  # the later ones from the cache
			s.pop3(A, 'first').pop('QUIT')
		s.cli('user', 'passwd', A, '--password-stdin', stdin='second\n')
		c = s.pop3()
		c.pop('USER ' + A)
		assert c.pop('PASS first').startswith('-ERR [AUTH]')
		s.pop3(A, 'second').pop('QUIT')
		s.cli('user', 'set', A, '--disabled')
		c = s.pop3()
		c.pop('USER ' + A)
		assert c.pop('PASS second').startswith('-ERR')
		s.cli('user', 'set', A, '--enabled')
		s.pop3(A, 'second').pop('QUIT')
		s.cli('user', 'passwd', A, '--no-password')
		c = s.pop3()
		c.pop('USER ' + A)
		assert c.pop('PASS second').startswith('-ERR [AUTH]')


@case
def logins_are_logged_and_passwords_are_not():
	secrets = ['pa55-right', 'pa55-wrong', 'pa55-new', 'pa55-apop']
	with Server(users={A: secrets[0], B: secrets[1]}, sets={'log_level': 'debug', 'apop': 'yes'}) as s:
		c = s.pop3(A, secrets[0])
		c.pop('QUIT')
		c = s.pop3()
		c.pop('USER ' + A)
		assert c.pop('PASS ' + secrets[1]).startswith('-ERR')
		blob = base64.b64encode(('\0%s\0%s' % (A, secrets[1])).encode()).decode()
		assert c.pop('AUTH PLAIN ' + blob).startswith('-ERR')
		c.pop('PASS ' + secrets[1])  # out of order
		c.pop('XYZZY ' + secrets[1])
		s.cli('user', 'passwd', A, '--password-stdin', stdin=secrets[2] + '\n')
		s.cli('user', 'passwd', A, '--apop', '--password-stdin', stdin=secrets[3] + '\n')
		c = s.pop3()
		stamp = re.search(r'<.*>', c.greeting).group(0)
		digest = hashlib.md5((stamp + secrets[3]).encode()).hexdigest()
		assert c.pop('APOP %s %s' % (A, digest)).startswith('+OK')
		c.pop('QUIT')
		c = s.connect('pop3s')
		c.line()
		c.pop('USER ' + B)
		assert c.pop('PASS ' + secrets[1]).startswith('+OK')
		c.pop('QUIT')
		s.stop()
		log = '\n'.join(s.log())
		for secret in secrets + [blob, digest]:
			assert secret not in log, 'in the log: ' + secret
		logins = s.log(r' info login ')
		assert len(logins) == 5, logins
		assert re.search(r'user=alice@example\.test address=127\.0\.0\.1 tls="" mechanism=USER result=ok', logins[0])
		assert re.search(r'mechanism=USER result=failed', logins[1])
		assert re.search(r'mechanism=PLAIN result=failed', logins[2])
		assert re.search(r'mechanism=APOP result=ok', logins[3])
		assert re.search(r'tls=TLSv1\.3 mechanism=USER result=ok', logins[4])


@case
def the_admin_socket_withstands_nonsense():
	def ask(data, hang_up=False):
		c = socket.socket(socket.AF_UNIX)
		c.settimeout(WAIT)
		c.connect(os.path.join(s.data, 'admin.sock'))
		c.sendall(data)
		if hang_up:
			c.close()
			return b''
		c.shutdown(socket.SHUT_WR)
		answer = b''
		while True:
			try:
				more = c.recv(4096)
			except ConnectionResetError:  # it did not want to hear the rest
				more = b''
			if not more:
				return answer
			answer += more

	def frame(kind, payload):
		return struct.pack('>I', len(payload) + 1) + kind + payload

	words = lambda *w: struct.pack('>I', len(w)) + b''.join(struct.pack('>I', len(x) + 1) + x + b'\0' for x in w)
	head = b'\x01\x00' + struct.pack('>I', 80) + b'\x00' + struct.pack('>I', 0)
	good = frame(b'R', head + words(b'user', b'list'))
	with Server(users={A: 'secret'}) as s:
		assert A.encode() in ask(good) and ask(good).endswith(frame(b'X', b'\0'))
		rows = [b'', b'\0', b'\xff' * 9, struct.pack('>I', 0) + b'R', frame(b'Q', b''), frame(b'R', b''),
			frame(b'R', b'\x02'), frame(b'R', head), frame(b'R', head + struct.pack('>I', 0xffffffff)),
			frame(b'R', head + words(b'user', b'list')[:-1] + b'x'), frame(b'R', head + words()),
			frame(b'R', head + words(b'serve')), frame(b'R', head + words(b'index', b'rebuild')),
			frame(b'R', head + words(b'config', b'check')), frame(b'R', head + words(b'manual', b'bash')),
			frame(b'R', head + words(b'user', b'add', b'x@example.test')) ]
		for row in rows:
			answer = ask(row)
			assert not answer.endswith(frame(b'X', b'\0')), (row, answer)
		for n in range(0, len(good), 7):
			ask(good[:n], hang_up=True)
			ask(good[:n])
		assert s.cli('user', 'list').stdout.count('\n') == 1
		assert s.cli('status').returncode == 0


@case
def other_users_may_not_ask():
	if os.geteuid() != 0:
		skip('only root can become somebody else')
	with Server(users={A: 'secret'}) as s:
		os.chmod(s.data, 0o755)  # even if somebody opened it
		done = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', s.binary,
				       'user', 'list', '--data', s.data], stdout=subprocess.PIPE,
				      stderr=subprocess.PIPE)
		assert done.returncode == 77 and not done.stdout, done


main()
