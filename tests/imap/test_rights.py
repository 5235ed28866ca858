#!/usr/bin/env python3
# test_rights.py - every command that touches a mailbox, with every right: RFC 4314 4 (SECURITY E7).
# SPDX-License-Identifier: Apache-2.0
"""
Alice owns mailboxes; bob tries each row's command on one of them with each set of rights: none, each
alone, all but each, all. A row tells which rights it takes (RFC 4314's table, and the RFCs of the
extensions), its function what came of it. What is refused must change nothing, and must look like a
mailbox that is not there unless bob has some right that lets him know.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main, skip

RIGHTS = 'lrswipkxtean'
SETS = [''] + list(RIGHTS) + [RIGHTS.replace(r, '') for r in RIGHTS] + [RIGHTS]
ALICE, BOB = 'alice@example.test', 'bob@example.test'
OTHERS = 'Other Users/%s/' % ALICE
BODY = b'Subject: canary-alice\r\n\r\nbody\r\n'
ROWS = []


def row(name, rule, reveals='l', known=()):
	"""rule(R): is it allowed? reveals: with one of these rights a refusal may tell that it is there."""
	def add(fn):
		ROWS.append((name, rule, fn, reveals))
		return fn
	return add


def quoted(name):
	return '"%s"' % name


class World:
	"""Alice's and bob's sessions, and mailboxes made to measure."""

	def __init__(self, server):
		self.server = server
		self.alice = server.imap(ALICE, 'secret')
		self.bob = server.imap(BOB, 'secret')
		self.n = 0
		self.ok(self.alice, 'CREATE free')
		self.ok(self.alice, 'SETACL free bob lrswipkxtea')
		self.append(self.bob, 'INBOX', '\\Seen \\Deleted \\Flagged kw')

	def ok(self, who, command):
		tagged, untagged = who.run(command)
		assert tagged.startswith('OK'), '%s: %s' % (command, tagged)
		return untagged

	def append(self, who, box, flags):
		return who.run(b'APPEND "%s" (%s) {%d+}\r\n%s' % (box.encode(), flags.encode(), len(BODY), BODY))[0]

	def box(self, rights):
		"""A mailbox with a message and one more that is \\Deleted; bob's name for it."""
		self.n += 1
		name = 'b%d' % self.n
		self.ok(self.alice, 'CREATE ' + name)
		assert self.append(self.alice, name, '').startswith('OK')
		assert self.append(self.alice, name, '\\Deleted').startswith('OK')
		self.ok(self.alice, 'SETACL %s bob "%s"' % (name, rights))
		self.own = name
		return OTHERS + name

	def messages(self, box=None):
		got = self.ok(self.alice, 'STATUS %s (MESSAGES DELETED UNSEEN)' % (box or self.own))
		return tuple(int(n) for n in re.findall(rb'[A-Z]+ (\d+)', got[0]))

	def flags(self, uid, box=None):
		"""As alice sees them."""
		self.ok(self.alice, 'EXAMINE ' + (box or self.own))
		got = self.ok(self.alice, 'UID FETCH %s (FLAGS)' % uid)
		self.ok(self.alice, 'UNSELECT')
		return [re.search(rb'FLAGS \(([^)]*)\)', g).group(1).decode() for g in got]

	def last_flags(self, box=None):
		return self.flags('*', box)[-1]

	def select(self, box, command='SELECT'):
		return self.bob.run('%s %s' % (command, quoted(box)))


def done(answer):
	return answer[0].startswith('OK'), answer[0]


def simple(name, rule, command, reveals='l'):
	@row(name, rule, reveals)
	def fn(w, box):
		return done(w.bob.run(command % quoted(box)))


def needs(rights):
	return lambda r: all(x in r for x in rights)


def any_of(rights):
	return lambda r: any(x in r for x in rights)


# -- commands of the authenticated state ------------------------------------------------------------

@row('LIST', needs('l'))
def list_(w, box):
	tagged, untagged = w.bob.run('LIST "" ' + quoted(box))
	assert tagged.startswith('OK'), tagged  # RFC 4314 4: never NO
	return bool(untagged), tagged


@row('LIST (SUBSCRIBED)', needs('l'))
def list_subscribed(w, box):
	w.bob.run('UNSUBSCRIBE ' + quoted(box))
	tagged, _ = w.bob.run('SUBSCRIBE ' + quoted(box))
	got = w.ok(w.bob, 'LIST (SUBSCRIBED) "" %s' % quoted(box))
	assert bool(got) == tagged.startswith('OK'), got
	assert not got or b'NonExistent' not in got[0]
	w.bob.run('UNSUBSCRIBE ' + quoted(box))
	return tagged.startswith('OK'), tagged


@row('LIST RETURN (STATUS)', needs('lr'))
def list_status(w, box):
	tagged, untagged = w.bob.run('LIST "" %s RETURN (STATUS (MESSAGES))' % quoted(box))
	return any(u.startswith(b'STATUS') for u in untagged), tagged


@row('LIST RETURN (MYRIGHTS)', needs('l'))
def list_myrights(w, box):
	tagged, untagged = w.bob.run('LIST "" %s RETURN (MYRIGHTS)' % quoted(box))
	return any(u.startswith(b'MYRIGHTS') for u in untagged), tagged


@row('LIST RETURN (METADATA)', lambda r: 'l' in r and any(x in r for x in 'rswip'))
def list_metadata(w, box):
	tagged, untagged = w.bob.run('LIST "" %s RETURN (METADATA (/shared/comment))' % quoted(box))
	return any(u.startswith(b'METADATA') for u in untagged), tagged


@row('LSUB', needs('l'))
def lsub(w, box):
	w.bob.run('UNSUBSCRIBE ' + quoted(box))
	tagged, _ = w.bob.run('SUBSCRIBE ' + quoted(box))
	got = w.ok(w.bob, 'LSUB "" %s' % quoted(box))
	w.bob.run('UNSUBSCRIBE ' + quoted(box))
	return bool(got), tagged


simple('SUBSCRIBE', needs('l'), 'SUBSCRIBE %s')
simple('UNSUBSCRIBE', needs(''), 'UNSUBSCRIBE %s')
simple('STATUS', needs('r'), 'STATUS %s (MESSAGES)')
simple('STATUS all', needs('r'), 'STATUS %s (UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ MAILBOXID SIZE)')
simple('GETACL', needs('a'), 'GETACL %s')
simple('SETACL', needs('a'), 'SETACL %s nobody@example.test l')
simple('DELETEACL', needs('a'), 'DELETEACL %s nobody@example.test')
simple('LISTRIGHTS', needs('a'), 'LISTRIGHTS %s bob')
simple('MYRIGHTS', any_of('lrikxa'), 'MYRIGHTS %s')
simple('GETQUOTAROOT', needs('r'), 'GETQUOTAROOT %s')
simple('GETMETADATA', lambda r: 'l' in r and any(x in r for x in 'rswip'), 'GETMETADATA %s /shared/comment')
simple('SETMETADATA private', lambda r: 'l' in r and any(x in r for x in 'rswip'),
       'SETMETADATA %s (/private/comment "x")')
simple('SETMETADATA shared', needs('lw'), 'SETMETADATA %s (/shared/comment "x")')
simple('SETMETADATA seen-per-user', lambda r: 'l' in r and 'a' in r and any(x in r for x in 'rswip'),
       'SETMETADATA %s (/shared/vendor/mailkeep/seen-per-user "no")')


@row('SELECT', needs('r'))
def select(w, box):
	answer = w.select(box)
	w.bob.run('UNSELECT')
	return done(answer)


@row('SELECT read-write', lambda r: 'r' in r and any(x in r for x in 'iestw'), reveals='lr')
def select_read_write(w, box):  # RFC 4314 5.2
	tagged, _ = w.select(box)
	w.bob.run('UNSELECT')
	return '[READ-WRITE]' in tagged, tagged


@row('EXAMINE', needs('r'))
def examine(w, box):
	tagged, _ = w.select(box, 'EXAMINE')
	w.bob.run('UNSELECT')
	assert not tagged.startswith('OK') or '[READ-ONLY]' in tagged, tagged
	return tagged.startswith('OK'), tagged


def permanent(flag, rule):
	@row('PERMANENTFLAGS ' + flag, rule, reveals='lr')
	def fn(w, box):  # RFC 4314 5.1.1
		tagged, untagged = w.select(box)
		w.bob.run('UNSELECT')
		flags = [u for u in untagged if u.startswith(b'OK [PERMANENTFLAGS')]
		return bool(flags) and flag.encode() in flags[0], tagged


permanent('\\Seen', needs('rs'))
permanent('\\Deleted', needs('rt'))
permanent('\\Flagged', needs('rw'))
permanent('\\*', needs('rw'))


@row('CREATE', needs('k'))
def create(w, box):
	return done(w.bob.run('CREATE ' + quoted(box + '/sub')))


@row('DELETE', needs('x'))
def delete(w, box):
	answer = w.bob.run('DELETE ' + quoted(box))
	if not box.endswith('missing'):
		assert bool(w.ok(w.alice, 'LIST "" ' + w.own)) != answer[0].startswith('OK')
	return done(answer)


@row('RENAME from', needs('x'))
def rename_from(w, box):
	return done(w.bob.run('RENAME %s %s' % (quoted(box), quoted(OTHERS + 'free/r%d' % w.n))))


@row('RENAME to', needs('k'))
def rename_to(w, box):
	w.n += 1
	src = 'src%d' % w.n
	w.ok(w.alice, 'CREATE ' + src)
	w.ok(w.alice, 'SETACL %s bob lx' % src)
	return done(w.bob.run('RENAME %s %s' % (quoted(OTHERS + src), quoted(box + '/in'))))


@row('APPEND', needs('i'))
def append(w, box):
	tagged = w.append(w.bob, box, '')
	if not box.endswith('missing'):
		assert w.messages()[0] == (3 if tagged.startswith('OK') else 2)
	return tagged.startswith('OK'), tagged


def kept(flag, right):
	@row('APPEND keeps ' + flag, needs('i' + right), reveals='li')
	def by_append(w, box):
		tagged = w.append(w.bob, box, flag)
		assert tagged.startswith('OK') or flag not in w.last_flags() or flag == '\\Deleted', w.last_flags()
		return tagged.startswith('OK') and flag in w.last_flags(), tagged

	@row('COPY keeps ' + flag, needs('i' + right), reveals='li')
	def by_copy(w, box):
		w.ok(w.bob, 'SELECT INBOX')
		tagged, _ = w.bob.run('UID COPY 1 ' + quoted(box))
		w.bob.run('UNSELECT')
		return tagged.startswith('OK') and flag in w.last_flags(), tagged


kept('\\Seen', 's')
kept('\\Deleted', 't')
kept('\\Flagged', 'w')
kept('kw', 'w')


# -- commands of the selected state: "r" is implied ------------------------------------------------------

def selected(name, rule, reveals='lr'):
	def add(fn):
		@row(name, lambda r: 'r' in r and rule(r), reveals)
		def run(w, box):
			tagged, _ = w.select(box)
			if not tagged.startswith('OK'):
				return False, tagged
			try:
				return fn(w, box)
			finally:
				w.bob.run('UNSELECT')
		return fn
	return add


@selected('FETCH', needs(''))
def fetch(w, box):
	return done(w.bob.run('FETCH 1 (FLAGS BODY.PEEK[])'))


@selected('FETCH sets \\Seen', needs('s'))
def fetch_seen(w, box):
	tagged, _ = w.bob.run('FETCH 1 BODY[]')
	assert tagged.startswith('OK'), tagged
	return '\\Seen' in w.flags('1')[0], tagged


def stores(flag, right):
	@selected('STORE ' + flag, needs(right))
	def fn(w, box):
		tagged, _ = w.bob.run('UID STORE 1 +FLAGS (%s)' % flag)
		return flag in w.flags('1')[0], tagged

	@selected('STORE -' + flag, needs(right))
	def fn_minus(w, box):
		w.ok(w.alice, 'SELECT ' + w.own)
		w.ok(w.alice, 'UID STORE 1 +FLAGS (%s)' % flag)
		w.ok(w.alice, 'UNSELECT')
		tagged, _ = w.bob.run('UID STORE 1 -FLAGS.SILENT (%s)' % flag)
		return flag not in w.flags('1')[0], tagged

	@selected('STORE FLAGS () ' + flag, needs(right))
	def fn_set(w, box):
		w.ok(w.alice, 'SELECT ' + w.own)
		w.ok(w.alice, 'UID STORE 1 +FLAGS (%s)' % flag)
		w.ok(w.alice, 'UNSELECT')
		tagged, _ = w.bob.run('UID STORE 1 FLAGS ()')
		return flag not in w.flags('1')[0], tagged


stores('\\Seen', 's')
stores('\\Deleted', 't')
stores('\\Flagged', 'w')
stores('\\Answered', 'w')
stores('\\Draft', 'w')
stores('kw', 'w')


@selected('EXPUNGE', needs('e'))
def expunge(w, box):
	tagged, _ = w.bob.run('EXPUNGE')
	return w.messages()[0] == 1, tagged


@selected('UID EXPUNGE', needs('e'))
def uid_expunge(w, box):
	tagged, _ = w.bob.run('UID EXPUNGE 1:*')
	return w.messages()[0] == 1, tagged


@selected('CLOSE expunges', needs('e'))
def close(w, box):
	tagged, _ = w.bob.run('CLOSE')
	assert tagged.startswith('OK'), tagged  # RFC 4314 4
	return w.messages()[0] == 1, tagged


@selected('COPY from', needs(''))
def copy_from(w, box):
	return done(w.bob.run('UID COPY 1 ' + quoted(OTHERS + 'free')))


@selected('MOVE from', needs('te'))
def move_from(w, box):  # RFC 6851 4.1: what COPY, STORE and EXPUNGE need
	tagged, _ = w.bob.run('UID MOVE 1 ' + quoted(OTHERS + 'free'))
	gone = w.messages()[0] == 1
	assert gone == tagged.startswith('OK'), tagged
	return gone, tagged


@selected('REPLACE from', needs('te'))
def replace_from(w, box):  # RFC 8508 3.1
	tagged, _ = w.bob.run(b'UID REPLACE 1 "%sfree" {%d+}\r\n%s' % (OTHERS.encode(), len(BODY), BODY))
	return w.messages()[0] == 1, tagged


@selected('STORE ANNOTATION shared', needs('n'))
def annotate_shared(w, box):  # RFC 5257 4.1.2
	return done(w.bob.run('STORE 1 ANNOTATION (/comment (value.shared "x"))'))


@selected('STORE ANNOTATION private', needs(''))
def annotate_private(w, box):
	return done(w.bob.run('STORE 1 ANNOTATION (/comment (value.priv "x"))'))


@selected('FETCH ANNOTATION', needs(''))
def fetch_annotation(w, box):
	return done(w.bob.run('FETCH 1 (ANNOTATION (/comment (value.shared value.priv)))'))


@selected('SEARCH', needs(''))
def search(w, box):
	return done(w.bob.run('SEARCH ALL'))


@selected('SORT', needs(''))
def sort(w, box):
	return done(w.bob.run('SORT (ARRIVAL) UTF-8 ALL'))


@selected('THREAD', needs(''))
def thread(w, box):
	return done(w.bob.run('THREAD REFERENCES UTF-8 ALL'))


@row('MOVE into', needs('i'))
def move_into(w, box):
	assert w.append(w.bob, 'INBOX', '').startswith('OK')
	w.ok(w.bob, 'SELECT INBOX')
	answer = w.bob.run('UID MOVE * ' + quoted(box))
	w.bob.run('UNSELECT')
	return done(answer)


@row('COPY into', needs('i'))
def copy_into(w, box):
	w.ok(w.bob, 'SELECT INBOX')
	answer = w.bob.run('UID COPY 1 ' + quoted(box))
	w.bob.run('UNSELECT')
	return done(answer)


@row('REPLACE into', needs('i'))
def replace_into(w, box):
	assert w.append(w.bob, 'INBOX', '').startswith('OK')
	w.ok(w.bob, 'SELECT INBOX')
	answer = w.bob.run(b'UID REPLACE * "%s" {%d+}\r\n%s' % (box.encode(), len(BODY), BODY))
	w.bob.run('UNSELECT')
	return done(answer)


@row('CATENATE from', needs('r'))
def catenate(w, box):  # RFC 4469 4
	url = '/%s/;UID=1' % box.replace(' ', '%20').replace('@', '%40')
	tagged, _ = w.bob.run('APPEND INBOX CATENATE (URL "%s")' % url)
	return tagged.startswith('OK'), tagged


@row('GENURLAUTH', needs('r'))
def genurlauth(w, box):  # RFC 4467 7
	url = 'imap://%s@%s/%s/;UID=1;URLAUTH=user+%s' % (
		BOB.replace('@', '%40'), w.server.host, box.replace(' ', '%20').replace('@', '%40'),
		BOB.replace('@', '%40'))
	tagged, untagged = w.bob.run('GENURLAUTH "%s" INTERNAL' % url)
	return bool(untagged) and tagged.startswith('OK'), tagged


@row('ESEARCH IN', needs('lr'))
def esearch_in(w, box):  # RFC 7377 2.1: mailboxes without "l" and "r" are passed over
	tagged, untagged = w.bob.run('ESEARCH IN (mailboxes %s) ALL' % quoted(box))
	return any(u.startswith(b'ESEARCH') for u in untagged), tagged


@row('NOTIFY', needs('lr'))
def notify(w, box):  # RFC 5465 3.1, 5: what may not be seen is passed over
	tagged, untagged = w.bob.run('NOTIFY SET STATUS (mailboxes %s (MessageNew MessageExpunge))' % quoted(box))
	if 'unknown command' not in tagged:
		w.ok(w.bob, 'NOTIFY NONE')
	return any(u.startswith(b'STATUS') for u in untagged), tagged


# -- the matrix ---------------------------------------------------------------------------------------------

def check(w, name, rule, fn, reveals, rights):
	box = w.box(rights)
	allowed, tagged = fn(w, box)
	what = '%s with "%s"' % (name, rights)
	if 'unknown command' in tagged:
		return False
	assert allowed == bool(rule(rights)), '%s: %s (%s)' % (
		what, 'allowed' if allowed else 'refused', tagged)
	if not allowed and not any(x in rights for x in reveals):
		missing = fn(w, OTHERS + 'missing')[1]
		tagged = tagged.replace(w.own + '/', 'missing/')  # an URL that is cited
		assert tagged == missing, '%s: it is there: %s, it is not: %s' % (what, tagged, missing)
	w.ok(w.alice, 'LIST "" ""')  # still there
	w.alice.run('DELETE ' + w.own)
	return True


def matrix(rows):
	with Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['imap'], tmp='/dev/shm',
		    sets={'errors_after_login': 10000, 'special_folders': ''}) as s:
		w, cases, unknown = World(s), 0, []
		for name, rule, fn, reveals in rows:
			for rights in SETS:
				if not check(w, name, rule, fn, reveals, rights):
					unknown.append(name)
					break
				cases += 1
		print('# %d cases%s' % (cases, '; not there: ' + ', '.join(unknown) if unknown else ''))
		if len(unknown) == len(rows):
			skip('no such commands')


@case
def rights_of_commands_without_a_mailbox_open():
	matrix(ROWS[:len(ROWS) // 2])


@case
def rights_of_commands_with_a_mailbox_open():
	matrix(ROWS[len(ROWS) // 2:])


@case
def rights_that_are_taken_away_are_gone():
	"""With the next command, also of a mailbox that is open."""
	with Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['imap'], tmp='/dev/shm') as s:
		w = World(s)
		box = w.box('lrswite')
		w.ok(w.bob, 'STATUS %s (MESSAGES)' % quoted(box))
		other = s.imap(BOB, 'secret')
		assert other.run('SELECT ' + quoted(box))[0].startswith('OK [READ-WRITE]')
		w.ok(w.alice, 'SETACL %s bob -s' % w.own)
		tagged, untagged = other.run('STORE 1 +FLAGS (\\Seen)')
		assert tagged.startswith('NO [NOPERM]'), tagged
		assert [u for u in untagged if u.startswith(b'OK [PERMANENTFLAGS') and b'Seen' not in u], untagged
		w.ok(w.alice, 'SETACL %s bob +s' % w.own)
		w.ok(other, 'STORE 1 +FLAGS (\\Seen)')
		w.ok(w.alice, 'SETACL %s bob lr' % w.own)
		assert other.run('EXPUNGE')[0].startswith('NO ')
		assert w.messages()[0] == 2
		w.ok(other, 'FETCH 1 FLAGS')
		w.ok(w.alice, 'DELETEACL %s bob' % w.own)
		tagged, untagged = other.run('FETCH 1 BODY.PEEK[]')
		assert tagged.startswith('NO [NOPERM]') and untagged[0].startswith(b'BYE'), untagged
		assert other.is_closed()
		assert w.bob.run('STATUS %s (MESSAGES)' % quoted(box))[0].startswith('NO [NONEXISTENT]')
		assert w.append(w.bob, box, '').startswith('NO [')
		assert w.select(box)[0].startswith('NO [NONEXISTENT]')


@case
def nobody_reads_the_canary():
	"""SECURITY E9: bob, with no right at all, gets no octet of alice's mail, nor her mailboxes' names."""
	with Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['imap'], tmp='/dev/shm',
		    sets={'errors_after_login': 10000}) as s:
		w = World(s)
		box = w.box('')
		w.ok(w.alice, 'SETMETADATA %s (/shared/comment "canary-alice")' % w.own)
		w.ok(w.alice, 'CREATE canary-alice')
		w.ok(w.alice, 'DELETEACL free bob')
		for name, _, fn, _ in ROWS:
			if name == 'RENAME to':
				continue  # it gives bob rights on a mailbox of hers
			try:
				fn(w, box)
			except AssertionError:
				pass
		seen = []
		for command in ('LIST "" *', 'LIST "" %', 'LIST "" "Other Users/*"', 'LSUB "" *',
				'LIST (SUBSCRIBED) "" *', 'LIST (SPECIAL-USE) "" *', 'GETQUOTA ' + ALICE):
			tagged, untagged = w.bob.run(command)
			seen += untagged + [tagged.encode()]
		assert not any(b'canary' in x or b'alice' in x for x in seen), seen


main()
