#!/usr/bin/env python3
# run.py - runs every kind of test we have, shows how far it is, counts.
# SPDX-License-Identifier: Apache-2.0
"""
usage: run.py [SECTION ...] [-k WORD] [-v]

Sections, in this order: lint unit dialogues scripts crash fuzz. Each begins with what it needs to
be built. A test is a program; how its results are counted depends on its kind:

  lines    prints "ok NAME", "not ok NAME: why", "skip NAME: why", a line each
  cmocka   a unit test of cmocka: "[       OK ] name", "[  FAILED  ] name"
  exit     one test: passed if it exits with 0, skipped with 77

Every output is kept under build-asan/test-logs; that of a failure is shown. The last line is
exactly "N passed, N failed", and ", N skipped" if there were any.
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
ASAN = os.path.join(TOP, 'build-asan')
FUZZ = os.path.join(TOP, 'build-fuzz')
LOGS = os.path.join(ASAN, 'test-logs')
JOBS = 3
TTY = sys.stdout.isatty()
SECTIONS = ['lint', 'unit', 'dialogues', 'scripts', 'crash', 'fuzz']


class Job:
	"""A program to run, and what came of it."""

	def __init__(self, name, argv, kind, env=None, limit_s=240):
		self.name, self.argv, self.kind, self.limit_s = name, argv, kind, limit_s
		self.env = dict(os.environ, **(env or {}))
		self.passed, self.failed, self.skipped = 0, 0, 0
		self.seconds, self.text, self.faults, self.skips = 0.0, '', [], []

	def run(self, log_dir):
		began = time.monotonic()
		path = os.path.join(log_dir, re.sub(r'[^\w.+-]+', '_', self.name) + '.log')
		with open(path, 'wb') as log:
			process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
						   stderr=subprocess.STDOUT, cwd=TOP, env=self.env,
						   start_new_session=True)
			try:
				code = process.wait(self.limit_s)
			except subprocess.TimeoutExpired:
				code = None
			try:  # whatever it left running
				os.killpg(process.pid, signal.SIGKILL)
			except ProcessLookupError:
				pass
			process.wait()
		with open(path, encoding='utf-8', errors='backslashreplace') as log:
			self.text = log.read()
		self.seconds = time.monotonic() - began
		self.count(code)
		return self

	def count(self, code):
		if self.kind == 'cmocka':
			self.passed = len(re.findall(r'^\[ +OK \] ', self.text, re.M))
			names = re.findall(r'^\[  FAILED  \] ([^\s,]+)$', self.text, re.M)
			self.faults = sorted(set(names))
			self.failed = len(self.faults)
			self.skipped = len(set(re.findall(r'^\[  SKIPPED \] (\S+)$', self.text, re.M)))
		elif self.kind == 'lines':
			self.passed = len(re.findall(r'^ok ', self.text, re.M))
			self.faults = re.findall(r'^not ok (.*)$', self.text, re.M)
			self.failed = len(self.faults)
			self.skips = re.findall(r'^skip (.*)$', self.text, re.M)
			self.skipped = len(self.skips)
		elif code == 77:
			self.skipped = 1
			self.skips = [self.name + ': ' + (self.text.strip().splitlines() or [''])[-1]]
		elif code == 0:
			self.passed = 1
		if code is None:
			self.fault('still running after %d s' % self.limit_s)
		elif code != 0 and not self.failed and not (self.kind == 'exit' and code == 77):
			self.fault('exit %d' % code)
		elif code == 0 and not (self.passed or self.failed or self.skipped):
			self.fault('no test ran')

	def fault(self, why):
		self.failed += 1
		self.faults.append(why)


class Times:
	"""How long each test took last time: the longest go first, so that none is left alone at the end."""
	path = os.path.join(ASAN, 'test-times.json')

	def __init__(self):
		try:
			with open(self.path) as f:
				self.seconds = json.load(f)
		except (OSError, ValueError):
			self.seconds = {}

	def sort(self, jobs):
		return sorted(jobs, key=lambda j: -self.seconds.get(j.name, 5))

	def keep(self, jobs):
		self.seconds.update((j.name, round(j.seconds, 1)) for j in jobs)
		with open(self.path, 'w') as f:
			json.dump(self.seconds, f)


class Report:
	"""Counts and tells: one status line on a terminal, a line for each section elsewhere."""

	def __init__(self):
		self.passed, self.failed, self.skipped = 0, 0, 0
		self.sections, self.bad, self.skips = [], [], []
		self.began = time.monotonic()
		self.verbose = False

	def status(self, text):
		if TTY:
			width = shutil.get_terminal_size().columns - 1
			sys.stdout.write('\r\033[K' + text[:width])
			sys.stdout.flush()

	def line(self, text):
		if TTY:
			sys.stdout.write('\r\033[K')
		print(text, flush=True)

	def add(self, job):
		self.passed += job.passed
		self.failed += job.failed
		self.skipped += job.skipped
		self.skips += job.skips
		if job.failed:
			self.bad.append(job)
			self.line('FAILED %s: %s' % (job.name, '; '.join(job.faults)[:300]))
			for text in job.text.splitlines()[-25:]:
				self.line('    | ' + text[:300])
		elif self.verbose:
			self.line('  %6.1f s  %s: %d passed%s' % (job.seconds, job.name, job.passed,
				', %d skipped' % job.skipped if job.skipped else ''))

	def section(self, name, seconds, passed, failed, skipped):
		self.sections.append((name, seconds))
		self.line('%-10s %6.1f s   %d passed, %d failed%s' % (name, seconds, passed, failed,
			', %d skipped' % skipped if skipped else ''))

	def end(self):
		if self.skips:
			self.line('\nSkipped:')
			for why in self.skips:
				self.line('  ' + why[:200])
		if self.bad:
			self.line('\nFailed (logs in %s):' % os.path.relpath(LOGS, TOP))
			for job in self.bad:
				self.line('  %s: %s' % (job.name, '; '.join(job.faults)[:200]))
		self.line('\nSeconds: %s; all %.0f' % (', '.join(
			'%s %.0f' % s for s in self.sections), time.monotonic() - self.began))
		print('%d passed, %d failed%s' % (self.passed, self.failed,
			', %d skipped' % self.skipped if self.skipped else ''), flush=True)
		return 1 if self.failed or not self.passed else 0


def run_section(report, name, jobs, at_once):
	began = time.monotonic()
	before = (report.passed, report.failed, report.skipped)
	log_dir = os.path.join(LOGS, name)
	shutil.rmtree(log_dir, ignore_errors=True)
	os.makedirs(log_dir)
	running, done, times = set(), 0, Times()
	lock = threading.Lock()

	def run(job):
		with lock:
			running.add(job.name)
		try:
			return job.run(log_dir)
		finally:
			with lock:
				running.discard(job.name)

	with ThreadPoolExecutor(at_once) as pool:
		waiting = [pool.submit(run, job) for job in times.sort(jobs)]
		for finished in as_completed(waiting):
			done += 1
			report.add(finished.result())
			with lock:
				now = ', '.join(sorted(running))
			report.status('%s %d/%d  %d passed, %d failed  %s' % (
				name, done, len(jobs), report.passed, report.failed, now))
	times.keep(jobs)
	report.section(name, time.monotonic() - began, report.passed - before[0],
		       report.failed - before[1], report.skipped - before[2])


# -- building ------------------------------------------------------------------------------------

def build(report, name, folder, options, env=None, wait=True, targets=''):
	"""Sets the folder up if need be and builds it; a failure ends the run."""
	began = time.monotonic()
	log_path = os.path.join(LOGS, name + '.log')
	os.makedirs(LOGS, exist_ok=True)
	quoted = ' '.join("'%s'" % w for w in [folder] + options)
	steps = "[ -f '%s/build.ninja' ] || meson setup %s; ninja -C '%s' -j 2 %s" % (
		folder, quoted, folder, targets)
	report.status('%s ...' % name)
	with open(log_path, 'wb') as log:
		process = subprocess.Popen(['sh', '-ec', steps], stdin=subprocess.DEVNULL, stdout=log,
					   stderr=subprocess.STDOUT, cwd=TOP,
					   env=dict(os.environ, **(env or {})))
	if not wait:
		return process, log_path, began
	return build_end(report, name, (process, log_path, began))


def build_end(report, name, started):
	process, log_path, began = started
	code = process.wait()
	if code != 0:
		with open(log_path, encoding='utf-8', errors='backslashreplace') as log:
			for text in log.read().splitlines()[-60:]:
				report.line('    | ' + text)
		report.line('The build failed (%s).' % os.path.relpath(log_path, TOP))
		report.failed += 1
		sys.exit(report.end())
	report.sections.append((name, time.monotonic() - began))
	report.line('%-10s %6.1f s' % (name, time.monotonic() - began))


def build_asan(report):
	build(report, 'build', ASAN, ['-Db_sanitize=address,undefined', '-Db_lundef=false',
				      '-Dfaults=true', '--werror'])


def build_fuzz(report):
	"""In the background, while other tests run."""
	return build(report, 'fuzzers', FUZZ, [
		'-Dfuzzers=true', '-Db_sanitize=address,undefined', '-Db_lundef=false', '--werror'],
		env={'CC': 'clang-14'}, wait=False,
		targets='$(ninja -C build-fuzz -t targets all | sed -n "s/^\\([a-z0-9-]*_fuzz\\): .*/\\1/p")')


# -- what there is to run -------------------------------------------------------------------------

def rel(path):
	return os.path.relpath(path, HERE)


def test_env(**more):
	env = {'MAILKEEP': os.path.join(ASAN, 'mailkeep'), 'BUILD': ASAN}
	env.update(more)
	return env


def lint_jobs():
	files = sorted(glob.glob(os.path.join(HERE, 'lint', 'lint_*.py')))
	return [Job(rel(f), [sys.executable, f], 'lines', env=test_env()) for f in files]


def unit_jobs():
	tests = json.loads(subprocess.run(['meson', 'introspect', '--tests', ASAN], check=True,
					  stdout=subprocess.PIPE).stdout)
	env = {'ASAN_OPTIONS': 'detect_leaks=1', 'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1'}
	return [Job(t['name'], t['cmd'], 'cmocka', env=dict(env, **t['env']), limit_s=t['timeout'])
		for t in tests if any(s.split(':')[-1] == 'unit' for s in t['suite'])]


def dialogue_jobs():
	files = sorted(glob.glob(os.path.join(HERE, '*', '*.t')))
	player = os.path.join(HERE, 'dialogue.py')
	jobs = []
	for f in files:
		jobs.append(Job(rel(f), [sys.executable, player, f], 'lines', env=test_env()))
		jobs.append(Job(rel(f) + ' one octet at a time', [sys.executable, player, '--io-chunk', '1', f], 'lines',
				env=test_env()))
	return jobs


def script_jobs(which):
	files = sorted(glob.glob(os.path.join(HERE, '*', 'test_*.py')))
	crash = os.path.join(HERE, 'crash') + os.sep
	files = [f for f in files if f.startswith(crash) == (which == 'crash')]
	return [Job(rel(f), [sys.executable, f], 'lines', env=test_env()) for f in files]


def fuzz_jobs():
	script = os.path.join(TOP, 'fuzz', 'run.sh')
	if not os.path.exists(script):
		return []
	return [Job('fuzz', [script, '5'], 'lines', env=test_env(FUZZ_BUILD=FUZZ), limit_s=300)]


JOBS_OF = {
	'lint': lint_jobs,
	'unit': unit_jobs,
	'dialogues': dialogue_jobs,
	'scripts': lambda: script_jobs('scripts'),
	'crash': lambda: script_jobs('crash'),
	'fuzz': fuzz_jobs,
}


def main():
	parser = argparse.ArgumentParser(usage=__doc__)
	parser.add_argument('sections', nargs='*')
	parser.add_argument('-k', default='', metavar='WORD')
	parser.add_argument('-v', action='store_true')
	args = parser.parse_args()
	unknown = set(args.sections) - set(SECTIONS)
	if unknown:
		sys.exit('no such section: %s; there are %s' % (' '.join(unknown), ' '.join(SECTIONS)))
	wanted = [s for s in SECTIONS if s in (args.sections or SECTIONS)]
	report = Report()
	report.verbose = args.v
	build_asan(report)
	fuzzers = build_fuzz(report) if 'fuzz' in wanted and fuzz_jobs() else None
	try:
		for section in wanted:
			if section == 'fuzz' and fuzzers:
				build_end(report, 'fuzzers', fuzzers)
				fuzzers = None
			jobs = [j for j in JOBS_OF[section]() if args.k in j.name]
			if jobs:
				run_section(report, section, jobs, 2 if section == 'unit' else JOBS)
	finally:
		if fuzzers:
			fuzzers[0].kill()
	sys.exit(report.end())


if __name__ == '__main__':
	main()
