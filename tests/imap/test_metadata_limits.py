#!/usr/bin/env python3
# test_metadata_limits.py - how much METADATA a mailbox holds, and that a long answer waits for its reader.
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE, BOB = 'alice@example.test', 'bob@example.test'
MOST, VALUE = 100, 32768


def server():
	return Server(users={ALICE: 'secret', BOB: 'pw'}, listen=['imap'], tmp='/dev/shm')


@case
def entries_are_counted_by_scope():
	"""RFC 5464 4.1: at least 10 of 1,024 octets; TOOMANY past the limit, and nothing of it is done."""
	with server() as s:
		c = s.imap(ALICE, 'secret')
		for scope in ('private', 'shared'):
			for i in range(MOST):
				tagged, _ = c.run('SETMETADATA INBOX (/%s/e%d "v%d")' % (scope, i, i))
				assert tagged.startswith('OK'), (i, tagged)
			tagged, _ = c.run('SETMETADATA INBOX (/%s/e0 "changed" /%s/more "x")' % (scope, scope))
			assert tagged.startswith('NO [METADATA TOOMANY]'), tagged
			assert c.run('GETMETADATA INBOX /%s/e0' % scope)[1] == [
				b'METADATA INBOX (/%s/e0 "v0")' % scope.encode()]
			assert c.run('SETMETADATA INBOX (/%s/e0 "changed")' % scope)[0].startswith('OK')
			assert c.run('SETMETADATA INBOX (/%s/e1 NIL)' % scope)[0].startswith('OK')
			assert c.run('SETMETADATA INBOX (/%s/more "x")' % scope)[0].startswith('OK')
		# another reader's private ones are counted by themselves
		assert c.run('SETACL INBOX bob lr')[0].startswith('OK')
		bob = s.imap(BOB, 'pw')
		assert bob.run('SETMETADATA "Other Users/%s/INBOX" (/private/x "y")' % ALICE)[0].startswith('OK')
		# and many at once are a syntax of their own
		assert not c.run('GETMETADATA INBOX (%s)' % ' '.join('/private/e%d' % i for i in range(MOST + 1)))[0].startswith('OK')


@case
def long_answers_wait_for_the_reader():
	with server() as s:
		c = s.imap(ALICE, 'secret')
		value = b'x' * VALUE
		for i in range(60):
			tagged, _ = c.run(b'SETMETADATA INBOX (/private/e%d {%d+}\r\n%s)' % (i, VALUE, value))
			assert tagged.startswith('OK'), tagged
		tagged, untagged = c.run('GETMETADATA (DEPTH infinity) INBOX /private')
		assert tagged.startswith('OK') and len(untagged) == 60
		assert sum(value in u for u in untagged) == 60
		tagged, untagged = c.run('GETMETADATA (MAXSIZE 100 DEPTH infinity) INBOX /private')
		assert tagged.startswith('OK [METADATA LONGENTRIES %d]' % VALUE), tagged
		tagged, untagged = c.run('LIST "" INBOX RETURN (METADATA (%s))' % ' '.join('/private/e%d' % i for i in range(60)))
		assert tagged.startswith('OK') and sum(value in u for u in untagged) == 60
		tagged, _ = c.run(b'SETMETADATA INBOX (/private/e0 {%d+}\r\n%s)' % (VALUE + 1, value + b'x'))
		assert tagged.startswith('NO [METADATA MAXSIZE %d]' % VALUE), tagged


main()
