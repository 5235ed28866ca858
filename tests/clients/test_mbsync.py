#!/usr/bin/env python3
# test_mbsync.py - mbsync (isync) keeps a Maildir and the server alike: mails, flags, deletions, folders.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main
from home import PASSWORD, USER, Home, deliver, good, listing, message, server, session

TLS = {'plain': ('imap', 'SSLType None'), 'starttls': ('imap', 'SSLType STARTTLS'),
       'imaps': ('imaps', 'SSLType IMAPS')}


class Mbsync(Home):
	def __init__(self, s, mode='plain', more=''):
		super().__init__('mbsync')
		listener, tls = TLS[mode]
		if mode != 'plain':
			with open(s.data + '/tls-cert.pem', encoding='ascii') as f:
				self.write('ca.pem', f.read())
			tls += '\nCertificateFile %s/ca.pem' % self.path
		os.makedirs(self.path + '/mail', exist_ok=True)
		self.write('rc', '''
IMAPAccount mk
Host 127.0.0.1
Port %d
User %s
Pass %s
AuthMechs LOGIN
%s
%s

IMAPStore far
Account mk

MaildirStore near
SubFolders Verbatim
Path %s/mail/
Inbox %s/mail/INBOX

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
Sync All
SyncState *
''' % (s.port[listener], USER, PASSWORD, tls, more, self.path, self.path))

	def sync(self):
		return self.run(['mbsync', '-c', self.path + '/rc', '-V', '-a'])


def flags_of(client, folder='mail/INBOX'):
	return {n: letters for n, (_, letters) in client.marks(folder).items()}


@case
def two_way():
	with server() as s:
		client = Mbsync(s)
		deliver(s, range(4))
		client.sync()
		assert flags_of(client) == {n: '' for n in range(4)}, flags_of(client)

		# flags from here, a mail from here
		client.set_flags('mail/INBOX', 0, 'FS')
		client.set_flags('mail/INBOX', 1, 'RS')
		client.add('mail/INBOX', message(10), 'ten:2,S')
		client.sync()
		assert listing(s, 'INBOX') == {0: {'\\Seen', '\\Flagged'}, 1: {'\\Seen', '\\Answered'},
					       2: set(), 3: set(), 10: {'\\Seen'}}, listing(s, 'INBOX')

		# flags from there, a mail from there, flags taken away
		with session(s, 'INBOX') as m:
			good(m.store('1', '-FLAGS.SILENT', '(\\Flagged)'))
			good(m.store('3', '+FLAGS', '(\\Draft)'))
		deliver(s, [11])
		client.sync()
		assert flags_of(client) == {0: 'S', 1: 'RS', 2: 'D', 3: '', 10: 'S', 11: ''}, flags_of(client)

		# nothing to do: nothing done
		before = sorted(client.mails('mail/INBOX'))
		client.sync()
		assert sorted(client.mails('mail/INBOX')) == before

		# deletions from both
		os.unlink(client.marks('mail/INBOX')[1][0])
		client.set_flags('mail/INBOX', 2, 'T')
		with session(s, 'INBOX') as m:
			good(m.store('4', '+FLAGS.SILENT', '(\\Deleted)'))
			good(m.expunge())
		client.sync()
		client.sync()  # what the first one flagged as deleted on the other side is gone by now
		assert sorted(flags_of(client)) == [0, 10, 11], flags_of(client)
		assert sorted(listing(s, 'INBOX')) == [0, 10, 11], listing(s, 'INBOX')


@case
def folders():
	with server() as s:
		client = Mbsync(s)
		with session(s) as m:
			good(m.create('There/Below'))
			good(m.create('&AOQ-pfel'))
			good(m.append('There/Below', '(\\Seen $Later)', None, message(1)))
		client.add('mail/Here', message(2), 'two:2,F')
		client.add('mail/Here/Deeper', message(3), 'three:2,')
		client.sync()
		assert flags_of(client, 'mail/There/Below') == {1: 'S'}
		# mbsync 1.4 keeps names as they are on the wire; later ones decode
		assert [n for n in ('&AOQ-pfel', '\xe4pfel') if os.path.isdir(client.path + '/mail/' + n)]
		assert listing(s, 'Here') == {2: {'\\Flagged'}}
		assert listing(s, 'Here/Deeper') == {3: set()}
		client.sync()
		assert listing(s, 'Here/Deeper') == {3: set()}


@case
def literals_and_odd_octets():
	"""Mails go there and come back the same: 8-bit text, long lines, dots, no final line end."""
	texts = {1: b'\xff\xfe8-bit \xc3\xa4\r\n', 2: b'x' * 9000 + b'\r\n', 3: b'.\r\n..\r\n', 4: b'no end',
		 5: b'', 6: b'line of a long mail\r\n' * 20000}
	with server() as s:
		client = Mbsync(s)
		for n, text in texts.items():
			client.add('mail/INBOX', message(n, text), '%d:2,' % n)
		client.sync()
		with session(s, 'INBOX') as m:
			rows = good(m.fetch('1:*', '(BODY.PEEK[])'))
			bodies = sorted(r[1] for r in rows if isinstance(r, tuple))
		# it marks what it sends by a field of its own, which stays
		plain = sorted(re.sub(rb'X-TUID: .*\r\n', b'', b) for b in bodies)
		assert plain == sorted(message(n, t) for n, t in texts.items()), [b[-60:] for b in plain]
		other = Mbsync(s)
		other.sync()
		got = sorted(re.sub(rb'X-TUID: .*\n', b'', b) for b in other.mails('mail/INBOX').values())
		assert got == sorted(message(n, t).replace(b'\r\n', b'\n') for n, t in texts.items()), \
			[b[-60:] for b in got]


@case
def tls():
	with server() as s:
		deliver(s, [1])
		for mode in ('starttls', 'imaps'):
			client = Mbsync(s, mode)
			client.sync()
			assert flags_of(client) == {1: ''}, mode


@case
def a_command_at_a_time():
	"""Without pipelining it does the same."""
	with server() as s:
		deliver(s, range(3))
		client = Mbsync(s, more='PipelineDepth 1')
		client.add('mail/INBOX', message(10), 'ten:2,')
		client.sync()
		assert sorted(flags_of(client)) == [0, 1, 2, 10]
		assert sorted(listing(s, 'INBOX')) == [0, 1, 2, 10]


main()
