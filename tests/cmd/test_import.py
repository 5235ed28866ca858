#!/usr/bin/env python3
# test_import.py - import and export: mbox, Maildir++, Dovecot's files, round trips, kill -9.
# SPDX-License-Identifier: Apache-2.0
import gzip
import mailbox
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main, need, skip  # noqa: E402
import mk  # noqa: E402

A, B, C = 'alice@example.test', 'bob@example.test', 'carol@example.test'
PEOPLE = {A: 'secret', B: 'secret', C: 'secret'}
UIDVALIDITY = 1234567890


def Server(sets=None, **more):
	"""Accounts with nothing but an INBOX."""
	return mk.Server(sets={'special_folders': '', **(sets or {})}, **more)


class Place:
	"""A folder that is gone afterwards."""

	def __enter__(self):
		self.path = tempfile.mkdtemp(prefix='mailkeep-import.')
		return self

	def __exit__(self, *_):
		shutil.rmtree(self.path, ignore_errors=True)

	def __call__(self, *names):
		return os.path.join(self.path, *names)

	def write(self, name, data):
		os.makedirs(os.path.dirname(self(name)), exist_ok=True)
		with open(self(name), 'wb') as f:
			f.write(data.encode() if isinstance(data, str) else data)
		return self(name)


def files(top):
	return sorted(os.path.relpath(os.path.join(d, f), top) for d, _, names in os.walk(top) for f in names)


def read(path):
	with open(path, 'rb') as f:
		return f.read()


def counts(text):
	m = re.search(r'(\d+) messages imported, (\d+) octets, (\d+) folders(?:; (\d+) were here already)?'
		      r'(?:; (\d+) left out)?', text)
	assert m, text
	return tuple(int(n or 0) for n in (m.group(1), m.group(4), m.group(5)))


def bring(s, user, path, *options, check=True):
	return counts(s.cli('import', user, path, *options, check=check).stdout)


def exported(s, user, place, name, *options):
	s.cli('export', user, place(name), *options)
	return place(name)


def parsed(path):
	"""What an exported mbox file says: a list of (fields, From_ line, message)."""
	out = []
	for part in re.split(rb'\n\n(?=From )', read(path)):
		if not part:
			continue
		first, _, rest = part.partition(b'\n')
		fields = {}
		while re.match(rb'(X-IMAPbase|X-UID|X-UIDL|Status|X-Status|X-Keywords):', rest):
			line, _, rest = rest.partition(b'\n')
			name, _, value = line.partition(b':')
			fields[name.decode()] = value.strip().decode()
		out.append((fields, first.decode(), rest.rstrip(b'\n')))
	return out


# -- mbox ------------------------------------------------------------------

MBOX = b"""From joe@remote.test Thu Jan  2 03:04:05 2020
X-IMAPbase: 1234567890 0000000044 $Label1 Work
Status: RO
X-Status: AF
X-Keywords: $Label1 Work
X-UID: 40
X-UIDL: old-uidl-40
Subject: one

>From quoted
>>From quoted twice
From here no date follows
.
last

From MAILER-DAEMON Wed Feb  3 04:05:06 2021 +0200
Subject: two
Status: O
 folded
X-UID: 44
Status: mine

two
From joe@remote.test Thu Jan  2 03:04:05 2020
no empty line before it


From three Sat, 1 is no date

From measured@remote.test Sat Mar  4 05:06:07 2023
Subject: three
Content-Length: LENGTH
X-Status: TD

From liar@remote.test Thu Jan  2 03:04:05 2020

>From stays as it is: 77


From last@remote.test Sat Mar  4 05:06:07 2023
Date: Sat, 4 Mar 2023 05:06:07 +0000
Subject: four, no body
"""


MEASURED = MBOX.split(b'X-Status: TD\n\n')[1].split(b'\n\nFrom last')[0]


def expected_of_mbox(rd):
	return [
		({'X-UID': '40', 'X-UIDL': 'old-uidl-40', 'Status': 'RO', 'X-Status': 'AF',
		  'X-Keywords': '$Label1 Work'}, 'From joe@remote.test Thu Jan  2 03:04:05 2020',
		 b'Subject: one\n\n' + (b'>From quoted\n>>From quoted twice' if rd
					else b'>From quoted\n>>From quoted twice') +
		 b'\n>From here no date follows\n.\nlast'),
	]


@case
def mbox_fields_dates_and_quoting():
	for line_end in (b'\n', b'\r\n'):
		with Server(users=PEOPLE, start=False) as s, Place() as p:
			box = p.write('in.mbox', MBOX.replace(b'\n', line_end).replace(
				b'LENGTH', b'%d' % len(MEASURED.replace(b'\n', line_end))))
			assert bring(s, A, box) == (4, 0, 0)
			exported(s, A, p, 'out.mbox', '--format', 'mbox', '--mailbox', 'INBOX')
			m = parsed(p('out.mbox'))
			assert len(m) == 4, read(p('out.mbox'))
			base = m[0][0].pop('X-IMAPbase')
			assert base == '1234567890 46 $Label1 Work', base
			assert m[0] == expected_of_mbox(True)[0], m[0]
			fields, first, text = m[1]
			assert first == 'From MAILER-DAEMON Wed Feb  3 04:05:06 2021 +0200', first
			assert fields['X-UID'] == '44' and fields['Status'] == 'O', fields
			assert fields['X-UIDL'] == '%d.44' % UIDVALIDITY, fields
			assert b'Status: mine' in text and b'folded' not in text, text
			assert b'\n>From joe@remote.test Thu' in text and b'>From three Sat' in text, text
			assert m[2][0]['X-Status'] == 'TD', m[2]
			assert m[2][2].endswith(b'>From liar@remote.test Thu Jan  2 03:04:05 2020\n\n'
						b'>>From stays as it is: 77'), m[2]
			assert m[3][0]['X-UID'] == '46', m[3]
			# mboxo: only ">From " is quoted
			bring(s, B, p('out.mbox'))
			exported(s, B, p, 'o.mbox', '--format', 'mboxo', '--mailbox', 'INBOX')
			assert b'\n>From quoted\n>From quoted twice\n' in read(p('o.mbox')), read(p('o.mbox'))
			assert bring(s, C, p('o.mbox'), '--format', 'mboxo') == (4, 0, 0)


@case
def mbox_of_python():
	with Server(users=PEOPLE) as s, Place() as p:
		box = mailbox.mbox(p('py.mbox'))
		for i in range(50):
			m = mailbox.mboxMessage('Subject: m%d\nTo: x@y.test\n\nline\nFrom the start\n>From it\n\nend %d\n' % (i, i))
			m.set_from('joe%d@remote.test' % i, time.gmtime(1500000000 + i))
			m.set_flags('RAFD'[:i % 5])
			box.add(m)
		box.flush()
		assert bring(s, A, p('py.mbox')) == (50, 0, 0)
		assert bring(s, A, p('py.mbox')) == (0, 50, 0)
		c = s.pop3(A, 'secret')
		assert c.pop('STAT').startswith('+OK 50 '), 'the server shows them'
		assert b'\r\nFrom the start\r\n' in c.retr(1)
		exported(s, A, p, 'out.mbox', '--format', 'mboxo', '--mailbox', 'INBOX')
		back = mailbox.mbox(p('out.mbox'))
		assert len(back) == 50
		for i, m in enumerate(back):
			assert m['Subject'] == 'm%d' % i
			assert set(m.get_flags()) == set('RAFD'[:i % 5]) | {'O'}, m.get_flags()
			assert m.get_from() == 'joe%d@remote.test %s' % (i, time.asctime(time.gmtime(1500000000 + i)))


@case
def mbox_folders_and_thunderbird():
	with Server(users=PEOPLE, start=False) as s, Place() as p:
		p.write('t/Inbox', 'From - Thu Jan  2 03:04:05 2020\nX-Mozilla-Status: 0001\n'
			'X-Mozilla-Keys: $label1   \nSubject: seen\n\nx\n\n'
			'From - Thu Jan  2 03:04:06 2020\nX-Mozilla-Status: 0009\nSubject: expunged\n\nx\n\n'
			'From - Thu Jan  2 03:04:07 2020\nX-Mozilla-Status: 1006\nSubject: forwarded\n\nx\n')
		p.write('t/Inbox.msf', '// <!-- <mdb:mork:z v="1.4"/> -->\n')
		p.write('t/Archives.sbd/2020', 'From - Thu Jan  2 03:04:05 2020\nSubject: a\n\nx\n')
		p.write('t/Archives', '')
		p.write('t/msgFilterRules.dat', 'version="9"\n')
		assert bring(s, A, p('t')) == (3, 0, 0)
		exported(s, A, p, 'out', '--format', 'mbox')
		assert files(p('out')) == ['.subscriptions', 'Archives.mbox', 'Archives/2020.mbox', 'INBOX.mbox'], \
			files(p('out'))
		m = parsed(p('out', 'INBOX.mbox'))
		assert (m[0][0]['Status'], m[0][0]['X-Keywords']) == ('RO', '$label1'), m
		assert (m[1][0]['X-Status'], m[1][0]['X-Keywords']) == ('AF', '$Forwarded'), m
		assert read(p('out', '.subscriptions')).split() == [b'Archives', b'Archives/2020', b'INBOX']


# -- Maildir ------------------------------------------------------------------

def deliver(place, box, name, text, mtime=None):
	path = place.write(os.path.join(box, name), text)
	for part in ('cur', 'new', 'tmp'):
		os.makedirs(place(os.path.dirname(os.path.dirname(os.path.join(box, name))), part), exist_ok=True)
	if mtime is not None:
		os.utime(path, (mtime, mtime))


def a_maildir(place):
	deliver(place, 'm', 'cur/1500000000.M1P1.host,S=30:2,FSab', 'Subject: one\n\nbody one\n', 1400000000.25)
	deliver(place, 'm', 'cur/1500000001.M2P1.host:2,', b'Subject: two\r\n\r\nlines in CRLF, no last one', 1400000001)
	deliver(place, 'm', 'new/1500000002.M3P1.host', 'Subject: three\n\n.\n..\n', 1400000002)
	deliver(place, 'm', 'cur/1500000003.M4P1.host,Z=-330:2,DPRT', 'Subject: four\n\nx\n', 1400000003)
	place.write('m/dovecot-uidlist', '3 V%d N101 G0123\n7 W36 :1500000001.M2P1.host\n'
		    '12 Pold-one :1500000000.M1P1.host,S=30\n100 :1500000003.M4P1.host,Z=-330\nrubbish\n' % UIDVALIDITY)
	place.write('m/dovecot-keywords', '0 $label1\n1 Work\n')
	place.write('m/subscriptions', 'V\t2\n\nINBOX\nArbeit\tB&APw-ro\ngone\n')
	deliver(place, 'm/.Arbeit.B&APw-ro', 'cur/1.a.b:2,S', 'Subject: deep\n\nx\n', 1000000000)
	deliver(place, 'm/.Sent', 'cur/2.a.b:2,S', 'Subject: sent\n\nx\n', 1000000001)
	deliver(place, 'm/.we ird\\2e&-', 'cur/3.a.b:2,S', 'Subject: dot\n\nx\n', 1000000002)


@case
def maildir_flags_dates_uids_folders():
	with Server(users=PEOPLE) as s, Place() as p:
		a_maildir(p)
		assert bring(s, A, p('m')) == (7, 0, 0)
		exported(s, A, p, 'out', '--format', 'mbox')
		m = parsed(p('out', 'INBOX.mbox'))
		said = [(f['X-UID'], f['X-UIDL'], f['Status'], f['X-Status'], f['X-Keywords'], text.split(b'\n')[0])
			for f, _, text in m]
		assert said == [
			('7', '0000000749960299'[:8] + '%08x' % UIDVALIDITY, 'O', '', '', b'Subject: two'),
			('12', 'old-one', 'RO', 'F', '$label1 Work', b'Subject: one'),
			('100', '00000064%08x' % UIDVALIDITY, 'O', 'ATD', '$Forwarded', b'Subject: four'),
			('101', '%d.101' % UIDVALIDITY, 'O', '', '', b'Subject: three')], said
		assert m[0][0]['X-IMAPbase'].startswith('%d 101 ' % UIDVALIDITY), m[0]
		assert m[1][1].endswith(time.asctime(time.gmtime(1400000000))), m[1]
		assert m[2][1].endswith(time.asctime(time.gmtime(1400000003 - 330 * 60)) + ' -0530'), m[2]
		names = read(p('out', '.subscriptions')).decode().split('\n')
		assert names[:-1] == ['Arbeit/Büro', 'INBOX'], names
		assert 'we ird.&.mbox'.replace('&', '&-') in files(p('out')), files(p('out'))
		uidl = s.pop3(A, 'secret')
		uidl.pop('UIDL')
		assert [l.split()[1] for l in uidl.multi_lines()] == [x[1] for x in said]
		assert bring(s, A, p('m')) == (0, 7, 0)
		# what comes later comes alone, whatever flags the others have now
		os.rename(p('m/cur/1500000001.M2P1.host:2,'), p('m/cur/1500000001.M2P1.host:2,S'))
		deliver(p, 'm', 'new/1600000000.M1P1.host', 'Subject: late\n\nx\n', 1600000000)
		assert bring(s, A, p('m')) == (1, 7, 0)
		# below a mailbox of ours, without touching the others
		assert bring(s, B, p('m'), '--mailbox', 'Old/Server') == (8, 0, 0)
		exported(s, B, p, 'b', '--format', 'mbox')
		assert 'Old/Server.mbox' in files(p('b')) and 'Old/Server/Sent.mbox' in files(p('b')), files(p('b'))


@case
def round_trips_keep_everything():
	with Server(users=PEOPLE) as s, Place() as p:
		a_maildir(p)
		bring(s, A, p('m'))
		s.deliver(A, b'Subject: by LMTP\r\n\r\nFrom the wire\r\n>From it\r\n\r\nFrom x Thu Jan  1 00:00:00 1970\r\n')
		for form, again in (('maildir', B), ('mbox', C)):
			first = exported(s, A, p, form + '1', '--format', form)
			assert bring(s, again, first)[0] == 8
			second = exported(s, again, p, form + '2', '--format', form)
			if form == 'mbox':  # a UIDVALIDITY of ours is not taken for another's
				for name in files(first):
					x, y = ([(f, l, t) for f, l, t in parsed(os.path.join(d, name))] for d in (first, second))
					for q in x + y:
						q[0].pop('X-IMAPbase', None)
					assert x == y or name.startswith('.'), (name, x, y)
			else:
				strip = lambda names: [re.sub(r'V\d+', '', n) for n in names]  # noqa: E731
				assert strip(files(first)) == strip(files(second))
				for x, y in zip(files(first), files(second)):
					assert read(os.path.join(first, x)) == read(os.path.join(second, y)) or 'uidlist' in x, x
					assert abs(os.stat(os.path.join(first, x)).st_mtime -
						   os.stat(os.path.join(second, y)).st_mtime) < 0.001 or '/cur/' not in '/' + x
				assert [re.sub(r'V\d+', '', l) for l in read(os.path.join(first, 'dovecot-uidlist')).decode()
					.split('\n')[1:]] == \
					[re.sub(r'V\d+', '', l) for l in read(os.path.join(second, 'dovecot-uidlist')).decode()
					 .split('\n')[1:]]
		python = mailbox.Maildir(p('maildir1'), create=False)
		assert len(python) == 5 and len(python.list_folders()) == 3, python.list_folders()
		assert python.get_folder('Sent').keys()[0].startswith('1000000001.')
		flags = sorted(m.get_flags() for m in python)
		assert flags == ['', '', '', 'DPRTc', 'FSab'], flags


@case
def dovecot_is_a_peer():
	need('doveadm')
	with Place() as p:
		os.chmod(p.path, 0o777)
		os.mkdir(p('home'), 0o777)
		uid = 12345 if os.geteuid() == 0 else os.geteuid()
		p.write('d.conf', 'mail_home = %s\nlog_path = %s\nbase_dir = %s\nstate_dir = %s\nssl = no\n'
			'first_valid_uid = 0\nfirst_valid_gid = 0\nnamespace inbox {\n  inbox = yes\n}\n'
			% (p('home'), p('log'), p('run'), p('run')))

		def doveadm(where, *args, stdin=b''):
			done = subprocess.run(['doveadm', '-c', p('d.conf'), '-o', 'mail_location=maildir:' + where, *args],
					      input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
					      env={'USER': 'joe', 'HOME': p('home'), 'PATH': os.environ['PATH']},
					      **({'user': uid, 'group': uid, 'extra_groups': []} if os.geteuid() == 0 else {}))
			assert done.returncode == 0, done.stderr
			return done.stdout.decode()

		theirs = p('theirs')
		for i in range(3):
			doveadm(theirs, 'save', '-m', 'INBOX', stdin=b'Subject: d%d\nFrom: a@b.test\n\nbody %d\n' % (i, i))
		doveadm(theirs, 'mailbox', 'create', '-s', 'Arbeit.Büro')
		doveadm(theirs, 'save', '-m', 'Arbeit.Büro', stdin=b'Subject: in\n\nx\n')
		doveadm(theirs, 'flags', 'add', '\\Seen \\Flagged kw1 $Forwarded', 'mailbox', 'INBOX', 'uid', '2')
		doveadm(theirs, 'expunge', 'mailbox', 'INBOX', 'uid', '1')
		os.chmod(theirs, 0o755)
		born = int(re.match(r'3 V(\d+)', read(os.path.join(theirs, 'dovecot-uidlist')).decode()).group(1))
		while time.time() < born + 1:  # an account that is older might have given out that UIDVALIDITY
			time.sleep(0.02)
		with Server(users=PEOPLE) as s:
			assert bring(s, A, theirs) == (3, 0, 0)
			ours = exported(s, A, p, 'ours')
			for d, names, more in os.walk(ours):
				for name in [d] + [os.path.join(d, n) for n in more]:
					os.chown(name, uid, uid)
			for box in ('INBOX', 'Arbeit.Büro'):
				before = doveadm(theirs, '-f', 'flow', 'fetch', 'uid flags date.received hdr', 'mailbox', box, 'ALL')
				after = doveadm(ours, '-f', 'flow', 'fetch', 'uid flags date.received hdr', 'mailbox', box, 'ALL')
				norm = lambda t: sorted(' '.join(sorted(l.replace('\\Recent', '').split())) for l in t.split('\n'))  # noqa: E731
				assert norm(before) == norm(after), (before, after)
			assert sorted(doveadm(ours, 'mailbox', 'list').split()) == ['Arbeit', 'Arbeit.Büro', 'INBOX']
			assert sorted(doveadm(ours, 'mailbox', 'list', '-s').split()) == ['Arbeit.Büro', 'INBOX']
			uidl = doveadm(ours, '-f', 'flow', 'fetch', 'pop3.uidl', 'mailbox', 'INBOX', 'ALL').split('\n')[0]
			assert re.match(r'pop3\.uidl=00000002[0-9a-f]{8}$', uidl), uidl


# -- ends and limits --------------------------------------------------------------

def many(place, n):
	for i in range(n):
		deliver(place, 'big', 'cur/%d.M%dP1.host:2,S' % (1500000000 + i, i),
			'Subject: number %d\nMessage-ID: <%d@x.test>\n\n%s\n' % (i, i, 'text ' * (i % 400)), 1400000000 + i)


@case
def killed_and_begun_again():
	n = 1500
	for alone in (True, False):
		with Server(users=PEOPLE, start=not alone) as s, Place() as p:
			many(p, n)
			tries = 0
			for step in ('20 %', '50 %', '70 %'):
				run = subprocess.Popen([s.binary, 'import', A, p('big'), '--data', s.data, *s._set_args()],
						       stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=s.env)
				for line in run.stderr:
					if line.decode().strip() == step:
						run.kill()
						tries += 1
						break
				run.stderr.close()
				run.wait()
				if not alone and step == '50 %':
					s.kill9()
					s.start()
			assert tries, 'it was killed in the middle'
			stored, had, failed = bring(s, A, p('big'))
			assert stored + had == n and had and not failed, (stored, had, failed)
			out = exported(s, A, p, 'out.mbox', '--format', 'mbox', '--mailbox', 'INBOX')
			ids = re.findall(rb'\nMessage-ID: <(\d+)@', read(out))
			assert sorted(map(int, ids)) == list(range(n)), len(ids)
			assert bring(s, A, p('big')) == (0, n, 0)


@case
def quota_and_size_stop_what_they_must():
	users = {A: {'password': 'x', 'quota': '100K'}}
	with Server(users=users, sets={'message_size': '20K'}) as s, Place() as p:
		for i in range(20):
			deliver(p, 'm', 'cur/%d.a:2,' % (10 + i), b'Subject: %d\n\n' % i + b'x' * 9000, 1400000000)
		deliver(p, 'm', 'cur/5.big:2,', b'Subject: big\n\n' + b'x\n' * 15000, 1400000000)
		done = s.cli('import', A, p('m'), check=False)
		assert done.returncode != 0 and 'mailbox is full' in done.stderr, done.stderr
		assert 'a message is left out: too large' in done.stderr, done.stderr
		stored = counts(done.stdout)[0]
		assert stored == 11, done.stdout
		s.cli('user', 'set', A, '--quota', '1M')
		done = s.cli('import', A, p('m'), check=False)
		assert done.returncode == os.EX_DATAERR, done
		assert counts(done.stdout) == (9, 11, 1), done.stdout


@case
def refusals():
	with Server(users=PEOPLE) as s, Place() as p:
		p.write('text', 'no mailbox\n')
		p.write('full/x', 'x')
		p.write('empty.mbox', '')
		for words, code, why in (
				(['import', A, p('none')], None, 'not found'),
				(['import', A, p('text')], os.EX_DATAERR, 'begin with "From "'),
				(['import', A, p('text'), '--format', 'maildir'], None, ''),
				(['import', A, p('full'), '--format', 'maildir'], os.EX_DATAERR, 'no folder cur'),
				(['import', A, p('empty.mbox')], 0, ''),
				(['import', 'who@example.test', p('empty.mbox')], os.EX_NOUSER, 'no such account'),
				(['import', A, p('empty.mbox'), '--format', 'pst'], os.EX_USAGE, '--format'),
				(['export', A, p('full')], os.EX_CANTCREAT, 'something already'),
				(['export', A, p('text')], os.EX_CANTCREAT, 'something already'),
				(['export', 'who@example.test', p('o1')], os.EX_NOUSER, 'no such account'),
				(['export', A, p('o2'), '--mailbox', 'None'], None, 'no such mailbox'),
				(['export', A, p('no', 'where')], None, 'not found')):
			done = s.cli(*words, check=False)
			assert done.returncode == code or (code is None and done.returncode), (words, done)
			assert why in done.stderr, (words, done.stderr)


@case
def compressed_and_cut_off():
	with Server(users=PEOPLE, start=False) as s, Place() as p:
		text = b'Subject: zipped\n\n' + b'line of text\n' * 20000
		deliver(p, 'm', 'cur/1.a,S=%d:2,' % len(text), gzip.compress(text), 1400000000)
		deliver(p, 'm', 'cur/2.b:2,', gzip.compress(text)[:200], 1400000001)
		done = s.cli('import', A, p('m'))
		assert 'cut off' in done.stderr and counts(done.stdout)[0] == 2, done
		out = exported(s, A, p, 'out.mbox', '--format', 'mbox', '--mailbox', 'INBOX')
		assert parsed(out)[0][2] + b'\n' == text


@case
def the_folders_owner_keeps_the_store():
	"""Root reads what the mail user may not, and leaves no file of its own in the data folder."""
	if os.geteuid():
		skip('not root')
	with Server(users=PEOPLE, start=False, sets={'user': 'nobody'}) as s, Place() as p:
		deliver(p, 'm', 'cur/1.a:2,', 'Subject: x\n\nx\n')
		os.chmod(p.path, 0o700)
		assert bring(s, A, p('m')) == (1, 0, 0)
		out = exported(s, A, p, 'out')
		owners = {os.stat(os.path.join(d, f)).st_uid for d, _, names in os.walk(s.data) for f in names}
		assert owners == {os.stat(s.data).st_uid} != {0}, owners
		assert os.stat(out).st_uid == 0


@case
def names_lead_nowhere_else():
	with Server(users=PEOPLE) as s, Place() as p:
		deliver(p, 'm/.\\2e\\2e.\\2e\\2e.x', 'cur/1.a:2,', 'Subject: x\n\nx\n')
		deliver(p, 'm', 'cur/1.b:2,', 'Subject: x\n\nx\n')
		os.symlink('/etc/passwd', p('m/cur/2.link:2,'))
		os.mkfifo(p('m/cur/3.fifo:2,'))
		assert bring(s, A, p('m')) == (2, 0, 0)
		out = exported(s, A, p, 'a', '--format', 'mbox')
		assert files(out) == ['.subscriptions', 'INBOX.mbox', '\\2e./\\2e./x.mbox'], files(out)
		out = exported(s, A, p, 'b')
		assert os.path.isdir(p('b', '.\\2e\\2e.\\2e\\2e.x', 'cur')), os.listdir(out)


@case
def a_bar_at_a_terminal():
	with Server(users=PEOPLE) as s, Place() as p:
		many(p, 200)
		pid, fd = pty.fork()
		if pid == 0:
			os.execve(s.binary, [s.binary, 'import', A, p('big'), '--data', s.data, *s._set_args()], s.env)
		text = b''
		while True:
			try:
				more = os.read(fd, 65536)
			except OSError:
				break
			if not more:
				break
			text += more
		assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, text
		assert re.search(rb'\r\[#* *\] +\d+ %', text) and text.count(b'\r\x1b[K') == 1, text
		assert b'200 messages imported' in text and signal.SIGINT, text


main()
