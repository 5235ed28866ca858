#!/usr/bin/env python3
# test_smuggling.py - SECURITY B1, B3: one message or a refusal, never two, whatever the line ends.
# SPDX-License-Identifier: Apache-2.0
import itertools
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE, BOB = 'alice@example.test', 'bob@example.test'
SEED = int(os.environ.get('SEED', '0')) or random.randrange(1 << 30)
COUNT = 3000 if os.environ.get('LONG') else 250

EVIL = b'MAIL FROM:<evil@elsewhere.test>\r\nRCPT TO:<' + BOB.encode() + b'>\r\nDATA\r\nSubject: smuggled\r\n\r\n'


def model(data):
	"""What a receiver must see: ('message', body, rest), ('refused',) or ('open',)."""
	at, body = 0, b''
	while True:
		end = data.find(b'\r\n', at)
		if end < 0:
			tail = data[at:]
			bare = b'\n' in tail or b'\r' in tail[:-1]
			return ('refused',) if bare else ('open',)
		line = data[at:end]
		if b'\r' in line or b'\n' in line:
			return ('refused',)
		at = end + 2
		if line == b'.':
			return ('message', body, data[at:])
		body += (line[1:] if line.startswith(b'.') else line) + b'\r\n'


def messages(s, user):
	p = s.pop3(user, 'secret')
	n = int(p.pop('STAT').split()[1])
	out = [p.retr(i + 1) for i in range(n)]
	for i in range(n):
		assert p.pop('DELE %d' % (i + 1)).startswith('+OK')
	assert p.pop('QUIT').startswith('+OK')
	return out


def server():
	return Server(users={ALICE: 'secret', BOB: 'secret'}, listen=['pop3', 'lmtp', 'smtp'],
		      sets={'undelete': '0', 'log_per_second': '0'})


def send(s, data):
	"""One transaction with these octets as its data; what the server said up to its close."""
	c = s.connect('smtp')
	assert c.reply()[0] == 220
	assert c.cmd('EHLO client.test')[0] == 250
	assert c.cmd('MAIL FROM:<a@elsewhere.test>')[0] == 250
	assert c.cmd('RCPT TO:<%s>' % ALICE)[0] == 250
	assert c.cmd('DATA')[0] == 354
	c.send(data)
	c.shut_write()
	said = c.read_all()
	c.close()
	return said


@case
def sampled_strings():
	print('seed %d' % SEED)
	rnd = random.Random(SEED)
	alphabet = [b'\r', b'\n', b'.', b'\0', b'a', b'\r\n', b'\r\n.']
	every = [b''.join(t) for n in range(1, 4) for t in itertools.product(alphabet, repeat=n)]
	picked = rnd.sample(every, min(COUNT // 2, len(every)))
	picked += [b''.join(rnd.choice(alphabet) for _ in range(rnd.randrange(4, 8)))
		   for _ in range(COUNT - len(picked))]
	with server() as s:
		wanted = []
		for text in picked:
			data = b'Subject: one\r\n\r\nx' + text + EVIL + b'\r\n.\r\n'
			what = model(data)
			said = send(s, data)
			if what[0] == 'refused':
				assert b'554 5.6.0' in said and b'250' not in said, (text, said)
			else:
				assert what[0] == 'message' and said.startswith(b'250 2.0.0'), (text, said)
				wanted.append(what[1])
				if what[2]:  # the end was in the text itself: then commands follow, truly
					assert text.find(b'\r\n.\r\n') >= 0 or text.startswith(b'\r\n.\r\n'), text
		got = messages(s, ALICE)
		assert len(got) == len(wanted), (len(got), len(wanted))
		for g, w in zip(got, wanted):
			assert g.endswith(w), (g, w)


@case
def every_lax_end_is_refused():
	"""Each end of data that some server somewhere has taken for one."""
	with server() as s:
		for end in (b'\n.\n', b'\r.\r', b'\n.\r\n', b'\r\n.\n', b'\r\n.\r', b'\r.\r\n', b'\n.\r',
			    b'\r.\n', b'\r\r\n.\r\r\n', b'\r\n\0.\r\n', b'\r\n.\0\r\n', b'\0\r\n.\n'):
			said = send(s, b'Subject: one\r\n\r\nx' + end + EVIL + b'\r\n.\r\n')
			assert said.count(b'250 ') <= 1 and b'354' not in said, (end, said)
		assert all(b'smuggled' in m for m in messages(s, ALICE)), 'it is one text, or refused'
		assert messages(s, BOB) == []


@case
def bdat_and_data_do_not_mix():
	with server() as s:
		c = s.connect('smtp')
		assert c.reply()[0] == 220
		c.cmd('EHLO client.test')
		c.cmd('MAIL FROM:<a@elsewhere.test>')
		c.cmd('RCPT TO:<%s>' % ALICE)
		c.send(b'BDAT 3\r\nx\r\nDATA\r\n')
		assert c.reply()[0] == 250
		assert c.reply()[0] == 503
		assert c.cmd('NOOP')[0] == 250
		c.send(b'BDAT %d LAST\r\n' % len(EVIL) + EVIL + b'RSET\r\n')
		assert c.reply()[0] == 250
		assert c.reply()[0] == 250
		assert c.cmd('QUIT')[0] == 221
		assert len(messages(s, ALICE)) == 1 and messages(s, BOB) == []


@case
def chunks_cut_anywhere():
	"""The same message in two chunks, cut at every octet: the same bytes come out."""
	text = b'Subject: x\r\n\r\n.\r\n..a\r\n\r\n.\r\nMAIL FROM:<a@b>\r\nend\r\n'
	with server() as s:
		c = s.connect('lmtp')
		assert c.reply()[0] == 220
		c.cmd('LHLO client.test')
		for cut in range(len(text) + 1):
			c.send(b'MAIL FROM:<a@elsewhere.test>\r\nRCPT TO:<%s>\r\nBDAT %d\r\n%sBDAT %d LAST\r\n%s' % (
				ALICE.encode(), cut, text[:cut], len(text) - cut, text[cut:]))
			assert [c.reply()[0] for _ in range(4)] == [250] * 4, cut
		got = messages(s, ALICE)
		assert len(got) == len(text) + 1
		assert all(g.endswith(text) for g in got)


main()
