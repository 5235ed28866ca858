#!/usr/bin/env python3
# lint_layers.py - what review would say twice: include order, sizes, file heads, banned words.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
# A folder may include itself and what stands before it; pop and smtp never each other.
ORDER = ['base', 'net', 'wire', 'store', 'conf', 'auth', 'pop', 'imap', 'smtp', 'cmd']
PROTOCOLS = {'pop', 'imap', 'smtp'}
BANNED_SYMBOLS = {'system', 'popen', 'strcpy', 'strcat', 'sprintf', 'vsprintf', 'gets', 'strtok',
		  'tmpnam', 'mktemp', 'execve', 'execl', 'execlp', 'execv', 'execvp', 'posix_spawn',
		  'wordexp', 'localtime', 'gmtime'}
WORDS = re.compile(r'\b(TO' + r'DO|FIX' + r'ME|XX' + r'X|HA' + r'CK)\b')


def sources(*ends):
	tops = ('src', 'fuzz', 'bench', os.path.basename(os.path.dirname(HERE)))
	try:
		names = subprocess.run(['git', 'ls-files', '-z', *tops], cwd=TOP, check=True,
				       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().split('\0')
	except (OSError, subprocess.CalledProcessError): # no git, or no checkout of it
		names = [os.path.relpath(os.path.join(d, f), TOP) for top in tops
			 for d, _, files in os.walk(os.path.join(TOP, top)) for f in files]
	return sorted(n for n in names if n.endswith(ends) and os.path.isfile(os.path.join(TOP, n)))


def lines(name):
	with open(os.path.join(TOP, name), encoding='utf-8') as f:
		return f.read().split('\n')


def room(name):
	parts = name.split('/')
	return parts[1] if parts[0] == 'src' and len(parts) > 2 else None


def includes_point_upwards():
	for name in sources('.c', '.h'):
		here = room(name)
		if here is None:
			continue
		for n, line in enumerate(lines(name), 1):
			m = re.match(r'\s*#\s*include\s+"(\w+)/', line)
			if not m or m.group(1) not in ORDER:
				continue
			there = m.group(1)
			if ORDER.index(there) > ORDER.index(here):
				yield '%s:%d: %s must not include %s' % (name, n, here, there)
			if here != there and {here, there} <= PROTOCOLS:
				yield '%s:%d: protocols never include each other' % (name, n)


def private_headers_stay_private():
	private = {}
	for name in sources('.h'):
		m = re.search(r'Private to ([\w/ ]+?)/?(?: and|[.;,]|$)', '\n'.join(lines(name)[:6]))
		if m and name.startswith('src/'):
			private[name[4:]] = m.group(1).strip('/ ').split('/')[0]
	for name in sources('.c', '.h'):
		for n, line in enumerate(lines(name), 1):
			m = re.match(r'\s*#\s*include\s+"([\w/.-]+)"', line)
			owner = private.get(m.group(1)) if m else None
			if owner and name.startswith('src/') and not name.startswith('src/' + owner):
				yield '%s:%d: %s is private to %s/' % (name, n, m.group(1), owner)


def files_are_not_too_long():
	for name in sources('.c', '.h'):
		if len(lines(name)) > 800:
			yield '%s: %d lines' % (name, len(lines(name)))


def files_begin_with_what_they_are():
	for name in sources('.c', '.h'):
		first = lines(name)[0]
		if not first.startswith('/* %s - ' % os.path.basename(name)):
			yield '%s:1: does not begin with its name and one sentence' % name
		if 'SPDX-License-Identifier: Apache-2.0' not in ''.join(lines(name)[1:4]):
			yield '%s: no SPDX line at its head' % name


def nothing_is_left_to_do():
	for name in sources('.c', '.h', '.py', '.sh', '.t'):
		for n, line in enumerate(lines(name), 1):
			if WORDS.search(line):
				yield '%s:%d: %s' % (name, n, line.strip()[:80])


def lines_fit():
	"""100 is the aim; tables may go further, and a reader's patience ends here."""
	for name in sources('.c', '.h'):
		if name == 'src/conf/options.h' or name.endswith('_test.c'):
			continue
		for n, line in enumerate(lines(name), 1):
			if len(line.expandtabs(8)) > 120:
				yield '%s:%d: %d columns' % (name, n, len(line.expandtabs(8)))


def scripts_are_posix_sh():
	for name in ('demo', 'test', '.ci/run'):
		path = os.path.join(TOP, name)
		if not os.path.isfile(path):
			continue
		done = subprocess.run(['dash', '-n', path], stderr=subprocess.PIPE)
		if done.returncode:
			yield '%s: %s' % (name, done.stderr.decode().strip())


def binary_calls_nothing_banned():
	binary = os.environ.get('MAILKEEP') or os.path.join(TOP, 'build', 'mailkeep')
	if not os.path.exists(binary):
		return
	out = subprocess.run(['nm', '-D', '--undefined-only', binary], check=True,
			     stdout=subprocess.PIPE).stdout.decode()
	used = {line.split()[-1].split('@')[0] for line in out.splitlines() if line.strip()}
	# the sanitizers' own interceptors bring some of these in: only a plain binary is telling
	if '__asan_init' in used:
		used -= BANNED_SYMBOLS - objects_use()
	for symbol in sorted(used & BANNED_SYMBOLS):
		yield '%s uses %s' % (os.path.basename(binary), symbol)


def objects_use():
	"""The banned symbols that our own objects ask for."""
	lib = os.path.join(os.environ.get('BUILD', os.path.join(TOP, 'build')), 'libmailkeep.a')
	out = subprocess.run(['nm', '--undefined-only', lib], stdout=subprocess.PIPE,
			     stderr=subprocess.DEVNULL).stdout.decode()
	return {line.split()[-1] for line in out.splitlines() if line.startswith(' ')}


def the_tour_names_what_is_there():
	path = os.path.join(TOP, 'doc', 'tour.md')
	if not os.path.isfile(path):
		return
	text = open(path, encoding='utf-8').read()
	for name in sorted(set(re.findall(r'`(src/[\w/.-]+)`', text))):
		if not os.path.exists(os.path.join(TOP, name)):
			yield 'doc/tour.md: there is no ' + name
	code = ''.join('\n'.join(lines(name)) for name in sources('.c', '.h') if name.startswith('src/'))
	for word in sorted(set(re.findall(r'`(\w+)`', text))):
		if '_' in word and not re.search(r'\b%s\b' % word, code):
			yield 'doc/tour.md: nothing is called ' + word
	# `function` (`src/file.c`): defined there
	for word, name in re.findall(r'`(\w+_\w+)`\s+\(`(src/[\w/.-]+\.c)`', text):
		if os.path.exists(os.path.join(TOP, name)) and not re.search(r'\b%s\b' % word, '\n'.join(lines(name))):
			yield 'doc/tour.md: %s is not in %s' % (word, name)


CHECKS = [includes_point_upwards, private_headers_stay_private, files_are_not_too_long,
	  files_begin_with_what_they_are, nothing_is_left_to_do, lines_fit, scripts_are_posix_sh,
	  binary_calls_nothing_banned, the_tour_names_what_is_there]


def main():
	failed = False
	for check in CHECKS:
		faults = list(check())
		for fault in faults:
			print('  ' + fault)
		name = check.__name__
		print('not ok %s: %d faults' % (name, len(faults)) if faults else 'ok ' + name)
		failed = failed or bool(faults)
	sys.exit(1 if failed else 0)


main()
