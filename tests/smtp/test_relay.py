#!/usr/bin/env python3
# test_relay.py - SECURITY D1: the address forms by which mail was ever relayed; none is, here.
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main

ALICE = 'alice@example.test'

# What stands behind RCPT TO:, octets as they are. Every one must be refused.
REFUSED = [
	# somebody else's domain
	b'<u@elsewhere.test>', b'<u@EXAMPLE.TEST.elsewhere.test>', b'<alice@notexample.test>',
	b'<alice@xexample.test>', b'<alice@example.tes>', b'<alice@example.testx>', b'<alice@test>',
	b'<alice@sub.example.test>', b'<alice@example>', b'<u@localhost>', b'<alice@localhost>',
	b'<alice@[127.0.0.1]>', b'<alice@[IPv6:::1]>', b'<u@[192.0.2.1]>', b'<alice@127.0.0.1>',
	b'<u@[x.test]>', b'<u@[]>', b'<u@#16843009>', b'<u@16843009>',
	# the percent hack, bang paths, and their mixtures
	b'<u%elsewhere.test@example.test>', b'<u%elsewhere.test@[127.0.0.1]>', b'<u%elsewhere.test>',
	b'<elsewhere.test!u@example.test>', b'<elsewhere.test!u>', b'<example.test!elsewhere.test!u>',
	b'<u%example.test@elsewhere.test>', b'<elsewhere.test!u%x.test@example.test>',
	b'<"elsewhere.test!u"@example.test>', b'<"u%elsewhere.test"@example.test>',
	# quoted addresses
	b'<"u@elsewhere.test"@example.test>', b'<"u@elsewhere.test">', b'<"u"@elsewhere.test>',
	b'<"alice@example.test"@elsewhere.test>', b'<u\\@elsewhere.test@example.test>',
	b'<""@elsewhere.test>', b'<""@example.test>', b'<" alice"@example.test>',
	b'<"\\"@elsewhere.test">',
	# more than one @
	b'<u@elsewhere.test@example.test>', b'<u@example.test@elsewhere.test>', b'<@@example.test>',
	b'<alice@@elsewhere.test>', b'<@elsewhere.test>', b'<@>',
	# source routes: what stands behind the colon counts
	b'<@example.test:u@elsewhere.test>', b'<@elsewhere.test:u>', b'<@example.test:>',
	b'<@a.test,@example.test:u@elsewhere.test>', b'<@example.test,u@elsewhere.test>',
	b'<@example.test:alice@elsewhere.test>', b'<@:u@elsewhere.test>',
	# more than one path, broken paths, parameters
	b'<u@elsewhere.test>,<alice@example.test>', b'<alice@example.test>,<u@elsewhere.test>',
	b'<u@elsewhere.test> <alice@example.test>', b'u@elsewhere.test', b'alice@example.test',
	b'<alice@example.test', b'alice@example.test>', b'<<u@elsewhere.test>>', b'<>', b'',
	b'<alice@example.test> ORCPT=rfc822;u@elsewhere.test', b'u <u@elsewhere.test>',
	b'<alice@example.test>u@elsewhere.test',
	# dots, control characters, NUL, other scripts
	b'<u@elsewhere.test.>', b'<alice@.example.test>', b'<alice@example..test>', b'<.alice@example.test>',
	b'<alice.@example.test>', b'<alice@example.test\x00.elsewhere.test>', b'<alice\x00@example.test>',
	b'<alice@example.test\r>', b'<alice@example.test\x1b>', b'<alice@ example.test>',
	b'<alice @example.test>', b'<alice@example.test >', b'< alice@example.test>',
	'<u@\u0435xample.test>'.encode(), '<alice@ex\u00e4mple.test>'.encode(), b'<u@xn--example.test>',
	b'<alice@example\xff.test>', '<alice\uff20example.test>'.encode(),
	# users that are not there, and names that mean something elsewhere
	b'<nobody@example.test>', b'<root@example.test>', b'<|/bin/sh@example.test>', b'<"|/bin/sh"@example.test>',
	b'</etc/passwd@example.test>', b'<:include:/etc/passwd@example.test>', b'<postmaster@elsewhere.test>',
	b'<' + b'a' * 65 + b'@example.test>', b'<a@' + b'b.' * 130 + b'test>',
]

# And these are alice, however they are written.
LOCAL = [
	b'<alice@example.test>', b'<ALICE@EXAMPLE.TEST>', b'<"alice"@example.test>', b'<"al\\ice"@example.test>',
	b'<@elsewhere.test:alice@example.test>', b'<@a.test,@b.test:alice@example.test>',
	b'<alice@example.test.>', b'<alice+detail@example.test>', b'<postmaster>', b'<PostMaster@Example.Test>',
]


def table(listener, hello, forms, params=b''):
	"""{form: the reply to its RCPT}; each in a transaction of its own."""
	replies = {}
	c = listener()
	assert c.reply()[0] == 220
	assert c.cmd(hello)[0] == 250
	for form in forms:
		assert c.cmd(b'MAIL FROM:<u@elsewhere.test>' + params)[0] == 250
		replies[form] = c.cmd(b'RCPT TO:' + form)
		if replies[form][0] == 250:
			assert c.cmd(b'DATA')[0] == 354
			c.send(b'Subject: relay me\r\n\r\n.\r\n')
			assert c.reply()[0] == 250
		else:
			assert c.cmd(b'DATA')[0] in (503, 554), form
		assert c.cmd(b'RSET')[0] == 250
	return replies


# An ideographic full stop is a dot to IDNA (UTS 46 4, step 1): alice, but only with SMTPUTF8.
WIDE_DOT = '<alice@example\u3002test>'.encode()


def messages(s):
	p = s.pop3(ALICE, 'secret')
	n = int(p.pop('STAT').split()[1])
	assert p.pop('QUIT').startswith('+OK')
	return n


def none_relayed(protocol, hello, params=b''):
	with Server(users={ALICE: 'secret'}, listen=['pop3', 'lmtp', 'smtp'],
		    sets={'errors_before_login': '10000', 'log_per_second': '0'}) as s:
		refused, local = (REFUSED, LOCAL + [WIDE_DOT]) if params else (REFUSED + [WIDE_DOT], LOCAL)
		replies = table(lambda: s.connect(protocol), hello, refused, params)
		taken = {f: r for f, r in replies.items() if not 500 <= r[0] < 600}
		assert not taken, taken
		assert messages(s) == 0
		replies = table(lambda: s.connect(protocol), hello, local, params)
		bad = {f: r for f, r in replies.items() if r[0] != 250}
		assert not bad, bad
		assert messages(s) == len(local)


# The tarpit of SMTP would hold this table up; LMTP has the same code and none.
@case
def lmtp_relays_nothing():
	none_relayed('lmtp', b'LHLO client.test')


@case
def lmtp_relays_nothing_with_smtputf8():
	none_relayed('lmtp', b'LHLO client.test', b' SMTPUTF8')


@case
def smtp_relays_nothing():
	none_relayed('smtp', b'EHLO client.test')


@case
def the_answer_to_strangers_is_one():
	with Server(users={ALICE: 'secret'}, listen=['smtp', 'lmtp']) as s:
		replies = table(lambda: s.connect('lmtp'), b'LHLO x', [b'<a@x.test>', b'<b@y.test>'])
		assert set(replies.values()) == {(550, '5.7.1 relaying denied')}, replies


main()
