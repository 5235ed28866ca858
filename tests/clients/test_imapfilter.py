#!/usr/bin/env python3
# test_imapfilter.py - imapfilter sorts mail by its Lua rules: searches, flags, copies, moves, deletes.
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import case, main
from home import PASSWORD, USER, Home, deliver, good, listing, message, server, session


class Imapfilter(Home):
	def __init__(self, s, tls='', is_starttls=False):
		super().__init__('imapfilter')
		self.env['IMAPFILTER_HOME'] = self.path
		self.env['SSL_CERT_FILE'] = s.data + '/tls-cert.pem'
		self.head = '''
options.timeout = 30
options.subscribe = true
options.create = true
options.certificates = false
options.hostnames = false
options.starttls = %s
mk = IMAP { server = '127.0.0.1', port = %d, username = '%s', password = '%s' %s }
''' % (
	str(is_starttls).lower(), s.port['imaps' if 'ssl' in tls else 'imap'], USER, PASSWORD, tls)

	def filter(self, rules):
		return self.run(['imapfilter', '-c', self.write('config.lua', self.head + rules)])


RULES = '''
all, unseen, recent, n = mk.INBOX:check_status()
print('status', all, unseen)
mails = mk.INBOX:contain_subject('mark 1') + mk.INBOX:contain_field('X-Mark', '2')
mails:mark_flagged()
mk.INBOX:contain_subject('mark 2'):add_flags({ 'Sorted' })
mk.INBOX:contain_body('needle'):copy_messages(mk['Found'])
mk.INBOX:is_larger(5000):move_messages(mk['Big/Ones'])
spam = mk.INBOX:is_unseen() * mk.INBOX:contain_from('spam@')
spam:delete_messages()
old = mk.INBOX:is_older(3000)
print('old', #old)
for _, m in ipairs(mk.INBOX:match_header('X-Mark: 3')) do
	box, uid = table.unpack(m)
	print('text', box[uid]:fetch_field('Subject'), #box[uid]:fetch_body())
end
'''


def sorts(tls, is_starttls=False):
	with server() as s:
		client = Imapfilter(s, tls, is_starttls)
		deliver(s, range(1, 4))
		s.deliver(USER, message(4, b'hay\r\nneedle\r\n'))
		s.deliver(USER, message(5, b'long line of it\r\n' * 500))
		s.deliver(USER, message(6).replace(b'a@remote.test', b'spam@remote.test'))
		said = client.filter(RULES)
		assert 'status\t6\t6' in said and 'old\t0' in said, said
		assert 'text\tSubject: mark 3\t6' in said, said
		inbox = listing(s, 'INBOX')
		assert sorted(inbox) == [1, 2, 3, 4], inbox
		assert inbox[1] == {'\\Flagged'} and inbox[2] == {'\\Flagged', 'Sorted'}, inbox
		assert sorted(listing(s, 'Found')) == [4] and sorted(listing(s, 'Big/Ones')) == [5]
		with session(s) as m:
			assert any(b'Found' in row for row in good(m.lsub())), 'it is not subscribed'


@case
def plain():
	sorts('')


@case
def starttls():
	sorts('', True)


@case
def imaps():
	sorts(", ssl = 'auto'")


@case
def mailboxes():
	with server() as s:
		client = Imapfilter(s)
		client.filter("mk:create_mailbox('New/Box') mk:rename_mailbox('New/Box', 'New/Name') "
			      "mk:subscribe_mailbox('New/Name')\n"
			      "boxes, folders = mk:list_all('New')\n"
			      "found = false\nfor _, b in ipairs(boxes) do found = found or b == 'New/Name' end\n"
			      "assert(found)\nmk:delete_mailbox('New/Name')")
		with session(s) as m:
			assert not any(b'New/Name' in row for row in good(m.list()) if row)


main()
