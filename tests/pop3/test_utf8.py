#!/usr/bin/env python3
# test_utf8.py - names and passwords in UTF-8, compared as RFC 4013 prepares them (RFC 6856 2.2).
# row C21
# SPDX-License-Identifier: Apache-2.0
import os
import poplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import Server, case, main


def login(s, user, password):
	c = poplib.POP3(s.host, s.port['pop3'], timeout=30)
	c.encoding = 'utf-8'
	try:
		c.user(user)
		c.pass_(password)
		c.quit()
		return True
	except poplib.error_proto:
		c.close()
		return False


@case
def forms_of_one_text_are_one():
	with Server(users={'j\u00f6rg@example.test': 'caf\u00e9 \U0001f600'}, listen=['pop3']) as s:
		assert login(s, 'j\u00f6rg@example.test', 'caf\u00e9 \U0001f600')
		assert login(s, 'jo\u0308rg@example.test', 'cafe\u0301\u00a0\U0001f600')
		assert not login(s, 'jorg@example.test', 'caf\u00e9 \U0001f600')


@case
def what_is_prohibited_is_refused_like_a_wrong_password():
	with Server(users={'ann@example.test': 'caf\u00e9'}, listen=['pop3']) as s:
		for password in ('caf\u00e9\u0080', 'caf\u00e9\ue000'):
			assert not login(s, 'ann@example.test', password)
		assert login(s, 'ann@example.test', 'caf\u00e9')


main()
