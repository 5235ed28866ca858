# programs.py - finds the C programs of the crash tests and passes their lines on.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find(name):
	"""In env BUILD, beside the server's binary, or in a build folder of this tree."""
	folders = [os.environ.get('BUILD'), os.path.dirname(os.environ.get('MAILKEEP', '')),
		   TOP + '/build-asan', TOP + '/build-faults', TOP + '/build']
	for folder in folders:
		path = os.path.join(folder or '', 'tests', 'crash', name)
		if folder and os.path.exists(path):
			return path
	return None


def run(name, *args):
	"""Runs it with its output as ours; True if it was content."""
	path = find(name)
	if not path:
		print('not ok %s: it is not built' % name, flush=True)
		return False
	env = dict(os.environ)
	env['ASAN_OPTIONS'] = 'detect_leaks=0:' + env.get('ASAN_OPTIONS', '')
	env['UBSAN_OPTIONS'] = 'print_stacktrace=1:halt_on_error=1'
	return subprocess.run([path, *[str(a) for a in args]], env=env,
			      stderr=subprocess.STDOUT).returncode == 0


def finish(ok):
	sys.exit(0 if ok else 1)
