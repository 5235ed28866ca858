#!/usr/bin/env python3
# test_mailbox.py - mailkeep mailbox ... and acl ...: with and without a running server.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE, BOB = 'alice@example.test', 'bob@example.test'
USERS = {ALICE: 'secret', BOB: 'pw'}


def listed(s, user=ALICE):
	return {m['mailbox']: m for m in json.loads(s.cli('mailbox', 'list', user, '--json').stdout)}


def each_way(fn):
	"""As a case twice: in the running server, and on the data folder alone."""
	for start in (True, False):
		def run(start=start):
			with Server(users=USERS, listen=['imap', 'lmtp'], start=start, tmp='/dev/shm') as s:
				fn(s)
		run.__name__ = fn.__name__ + ('_in_the_server' if start else '_alone')
		case(run)
	return fn


@each_way
def mailboxes_are_made_renamed_and_removed(s):
	assert sorted(listed(s)) == ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']
	assert listed(s)['Sent']['use'] == 'sent' and listed(s)['Sent']['subscribed']
	s.cli('mailbox', 'create', ALICE, 'Projects/2026/März', '--use', 'important')
	boxes = listed(s)
	assert {'Projects', 'Projects/2026', 'Projects/2026/März'} <= set(boxes)
	assert boxes['Projects/2026/März']['use'] == 'important'
	assert boxes['Projects']['messages'] == 0 and not boxes['Projects']['subscribed']
	s.cli('mailbox', 'subscribe', ALICE, 'Projects')
	assert listed(s)['Projects']['subscribed']
	s.cli('mailbox', 'rename', ALICE, 'Projects', 'Old/Projects')
	boxes = listed(s)
	assert 'Old/Projects/2026/März' in boxes and boxes['Projects']['exists'] is False
	s.cli('mailbox', 'unsubscribe', ALICE, 'Projects')
	assert 'Projects' not in listed(s)
	s.cli('mailbox', 'delete', ALICE, 'Old/Projects/2026/März')
	assert 'Old/Projects/2026/März' not in listed(s)
	assert 'Sent\t0\t0\t0\tsent\tyes\tyes' in s.cli('mailbox', 'list', ALICE).stdout.replace('true', 'yes')


@each_way
def what_cannot_be_is_refused(s):
	for args, code, word in [
		(('create', ALICE, 'INBOX'), 73, 'exists'),
		(('create', ALICE, 'a//b'), 64, 'name'),
		(('create', ALICE, 'Shared/x'), 64, 'IMAP'),
		(('create', ALICE, 'x', '--use', 'bogus'), 64, '--use'),
		(('create', 'nobody@example.test', 'x'), 67, 'account'),
		(('delete', ALICE, 'INBOX'), 77, 'allowed'),
		(('delete', ALICE, 'nosuch'), None, 'no such mailbox'),
		(('rename', ALICE, 'nosuch', 'x'), None, 'no such mailbox'),
		(('rename', ALICE, 'Sent', 'Other Users/x'), 64, 'IMAP'),
		(('seen', ALICE, 'INBOX', 'maybe'), 64, 'own or shared'),
	]:
		done = s.cli('mailbox', *args, check=False)
		assert done.returncode and word in done.stderr, (args, done.returncode, done.stderr)
		assert code is None or done.returncode == code, (args, done.returncode, done.stderr)


@each_way
def rights_are_listed_and_set(s):
	def acl():
		return {e['identifier']: e['rights']
			for e in json.loads(s.cli('acl', 'list', ALICE, 'INBOX', '--json').stdout)}
	assert acl() == {}
	s.cli('acl', 'set', ALICE, 'INBOX', BOB, 'lrs')
	s.cli('acl', 'set', ALICE, 'INBOX', 'BOB', '+d')
	s.cli('acl', 'set', ALICE, 'INBOX', '-anyone', 'p')
	s.cli('acl', 'set', ALICE, 'INBOX', '$staff', 'l')
	assert acl() == {BOB: 'lrste', '-anyone': 'p', '$staff@example.test': 'l'}
	s.cli('acl', 'set', ALICE, 'INBOX', BOB, '-s')
	s.cli('acl', 'del', ALICE, 'INBOX', '$staff')
	assert acl() == {BOB: 'lrte', '-anyone': 'p'}
	assert BOB + '\tlrte' in s.cli('acl', 'list', ALICE, 'INBOX').stdout
	for args in [('set', ALICE, 'INBOX', BOB, 'Q'), ('set', ALICE, 'INBOX', 'a b', 'l'), ('del', ALICE, 'INBOX', '')]:
		assert s.cli('acl', *args, check=False).returncode == 64, args


@case
def a_group_is_an_alias():
	with Server(users=USERS, listen=['imap'], aliases={'staff@example.test': [BOB]}, tmp='/dev/shm') as s:
		s.cli('acl', 'set', ALICE, 'INBOX', '$staff', 'lr')
		bob = s.imap(BOB, 'pw')
		assert bob.run('STATUS "Other Users/%s/INBOX" (MESSAGES)' % ALICE)[0].startswith('OK')
		s.cli('alias', 'del', 'staff@example.test')
		assert bob.run('STATUS "Other Users/%s/INBOX" (MESSAGES)' % ALICE)[0].startswith('NO')


@case
def mail_goes_only_where_the_owner_lets_it():
	"""user+detail (detail_to_mailbox) asks for "p"."""
	with Server(users=USERS, listen=['imap', 'lmtp'], sets={'detail_to_mailbox': 'yes'}, tmp='/dev/shm') as s:
		message = b'Subject: x\r\n\r\nbody\r\n'
		s.deliver('alice+Junk@example.test', message)
		assert listed(s)['Junk']['messages'] == 1
		s.cli('acl', 'set', ALICE, 'Junk', ALICE, '-p')
		s.deliver('alice+Junk@example.test', message)
		assert listed(s)['Junk']['messages'] == 1 and listed(s)['INBOX']['messages'] == 1


@case
def a_shared_account_is_shown_as_shared():
	with Server(users=USERS, listen=['imap'], tmp='/dev/shm') as s:
		s.cli('acl', 'set', ALICE, 'INBOX', BOB, 'lr')
		bob = s.imap(BOB, 'pw')
		for how, root in (('--shared', 'Shared'), ('--private', 'Other Users')):
			s.cli('user', 'set', ALICE, how)
			assert bob.run('STATUS "%s/%s/INBOX" (MESSAGES)' % (root, ALICE))[0].startswith('OK')
		assert s.cli('user', 'set', ALICE, '--shared', '--private', check=False).returncode == 64
		assert s.cli('user', 'set', ALICE, check=False).returncode == 64


@case
def quotas_of_messages_and_mailboxes():
	with Server(users=USERS, listen=['imap', 'lmtp'], tmp='/dev/shm') as s:
		s.cli('user', 'set', ALICE, '--quota-messages', '1', '--quota-mailboxes', '7')
		c = s.imap(ALICE, 'secret')
		_, untagged = c.run('GETQUOTA ' + ALICE)
		assert untagged == [b'QUOTA %s (MESSAGE 0 1 MAILBOX 6 7)' % ALICE.encode()], untagged
		assert c.run('CREATE seventh')[0].startswith('OK')
		assert c.run('CREATE eighth')[0].startswith('NO [OVERQUOTA]')
		assert c.run(b'APPEND INBOX {4+}\r\na\r\n\r')[0].startswith(('OK', 'NO', 'BAD'))
		assert s.cli('user', 'set', ALICE, '--quota-messages', 'many', check=False).returncode == 64


@case
def folders_of_new_accounts_follow_the_setting():
	with Server(listen=['imap'], sets={'special_folders': 'Sent=Outbox Trash'}, start=False, tmp='/dev/shm') as s:
		s.cli('user', 'add', ALICE, '--password-stdin', stdin='x\n')
		boxes = listed(s)
		assert sorted(boxes) == ['INBOX', 'Outbox', 'Trash'] and boxes['Outbox']['use'] == 'sent'
	for bad in ('Sent Sent=', 'Bogus', 'Sent  Trash', 'Sent=', 'Sent=x Junk=x', 'Sent Junk=Sent', 'Sent=Inbox'):
		with Server(start=False, tmp='/dev/shm') as s:
			s.sets['special_folders'] = bad
			assert s.cli('config', 'check', check=False).returncode, bad


main()
