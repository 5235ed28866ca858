#!/usr/bin/env python3
# test_imaplib.py - Python's imaplib: each of its commands, over plain TCP, STARTTLS and TLS.
# SPDX-License-Identifier: Apache-2.0
import imaplib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, case, main
from home import PASSWORD, USER, deliver, good, message, server, session, trusting


@case
def whole_session():
	with server() as s:
		deliver(s, range(1, 4))
		with session(s) as m:
			good(m.create('Work'))
			good(m.create('Work/Old'))
			good(m.rename('Work/Old', 'Work/New'))
			good(m.subscribe('Work'))
			assert any(row.endswith(b' Work') for row in good(m.lsub())), m.lsub()
			names = b' '.join(good(m.list('""', 'W*')))
			assert b'Work/New' in names and b'Old' not in names, names
			good(m.unsubscribe('Work'))

			assert good(m.select('INBOX')) == [b'3']
			assert good(m.search(None, 'SUBJECT', '"mark 2"')) == [b'2']
			assert good(m.search('UTF-8', 'UNSEEN')) == [b'1 2 3']
			assert good(m.uid('SEARCH', None, 'UID 2:*')) == [b'2 3']

			whole = good(m.fetch('2', '(RFC822)'))
			assert whole[0][1].endswith(message(2)), whole
			assert {f.decode() for f in imaplib.ParseFlags(whole[0][0])} >= {'\\Seen'}, whole
			date = imaplib.Internaldate2tuple(good(m.fetch('2', '(INTERNALDATE)'))[0])
			assert date and date.tm_year >= 2026, date
			parts = good(m.fetch('1:3', '(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])'))
			assert [p[1] for p in parts if isinstance(p, tuple)] == \
				[b'Subject: mark %d\r\n\r\n' % n for n in (1, 2, 3)], parts

			assert b'\\Flagged' in good(m.store('1', '+FLAGS', '(\\Flagged)'))[0]
			assert good(m.search(None, 'FLAGGED')) == [b'1']
			good(m.copy('1:2', 'Work'))
			good(m.uid('COPY', '3', 'Work'))
			good(m.uid('MOVE', '3', 'Work/New'))
			good(m.store('1', '+FLAGS.SILENT', '(\\Deleted)'))
			assert good(m.expunge()) == [b'3', b'1']  # 3 by the MOVE
			assert good(m.status('Work', '(MESSAGES UNSEEN)')) == [b'Work (MESSAGES 3 UNSEEN 2)']
			good(m.noop())
			good(m.check())
			good(m.close())
			good(m.delete('Work/New'))
			assert m.state == 'AUTH'
			assert m.logout()[0] == 'BYE'


@case
def append_with_flags_and_date():
	with server() as s:
		with session(s) as m:
			at = '"01-Feb-2020 03:04:05 +0100"'
			said = good(m.append('INBOX', '(\\Seen Own)', at, message(1)))
			assert re.search(rb'\[APPENDUID \d+ 1\]', said[0]), said
			good(m.select('INBOX'))
			row = good(m.fetch('1', '(FLAGS INTERNALDATE RFC822.SIZE)'))[0]
			assert b'\\Seen' in row and b'Own' in row, row
			assert b'RFC822.SIZE %d' % len(message(1)) in row, row
			assert imaplib.Internaldate2tuple(row)[:1] == (2020,), row
			assert b'2020' in row and imaplib.Time2Internaldate(
				imaplib.Internaldate2tuple(row)) is not None
			status, why = m.append('Nowhere', None, None, message(2))
			assert status == 'NO' and b'TRYCREATE' in why[0], why


@case
def tls_and_auth():
	with server() as s:
		over_tls = imaplib.IMAP4_SSL(s.host, s.port['imaps'], ssl_context=trusting(), timeout=WAIT)
		good(over_tls.login(USER, PASSWORD))
		assert over_tls.logout()[0] == 'BYE'
		m = imaplib.IMAP4(s.host, s.port['imap'], timeout=WAIT)
		good(m.starttls(trusting()))
		assert 'AUTH=PLAIN' in m.capabilities and 'STARTTLS' not in m.capabilities, m.capabilities
		try:
			m.authenticate('PLAIN', lambda _: b'\0%s\0wrong' % USER.encode())
			raise AssertionError('a wrong password is taken')
		except imaplib.IMAP4.error:
			pass
		good(m.authenticate('PLAIN', lambda _: b'\0%s\0%s' % (USER.encode(), PASSWORD.encode())))
		good(m.select('INBOX', readonly=True))
		m.logout()


@case
def rights_quota_and_utf8():
	with server() as s, session(s) as m:
		assert b'INBOX' in good(m.getacl('INBOX'))[0]
		assert b'l' in good(m.myrights('INBOX'))[0].split()[-1]
		good(m.namespace())
		assert good(m.getquotaroot('INBOX'))
		# it does not ask again after the login (RFC 9051 6.1.1 says that it should)
		assert 'ENABLE' not in m.capabilities
		m._get_capabilities()
		good(m.enable('UTF8=ACCEPT'))
		good(m.create('"\xe4pfel"'))
		assert '\xe4pfel'.encode() in b' '.join(good(m.list()))
		good(m.append('"\xe4pfel"', None, None, 'Subject: \xe4\r\n\r\n\u20ac\r\n'.encode()))
		good(m.select('"\xe4pfel"'))
		assert '\xe4\r\n'.encode() in good(m.fetch('1', '(BODY.PEEK[])'))[0][1]


@case
def errors_are_errors():
	with server() as s, session(s) as m:
		assert m.select('Nowhere')[0] == 'NO'
		assert m.delete('Nowhere')[0] == 'NO'
		assert m.create('INBOX')[0] == 'NO'
		good(m.select('INBOX', readonly=True))
		good(m.append('INBOX', None, None, message(1)))
		good(m.noop())
		assert m.store('1', '+FLAGS', '(\\Seen)')[0] == 'NO'
		try:
			m.fetch('1', '(NONSENSE)')
			raise AssertionError('nonsense is taken')
		except imaplib.IMAP4.error:
			pass


main()
