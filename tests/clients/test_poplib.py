#!/usr/bin/env python3
# test_poplib.py - Python's poplib: every command it has, in the clear, with STLS and POP3S.
# row C13
# row C15
# row C16
# SPDX-License-Identifier: Apache-2.0
import os
import poplib
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, Server, case, main
import pull

MESSAGE = b'Subject: poplib\r\n\r\n.\r\n.dot\r\nend\r\n'


def insecure():
	context = ssl.create_default_context()
	context.check_hostname = False
	context.verify_mode = ssl.CERT_NONE
	return context


def connect(s, mode):
	if mode == 'pop3s':
		return poplib.POP3_SSL(s.host, s.port['pop3s'], timeout=WAIT, context=insecure())
	p = poplib.POP3(s.host, s.port['pop3'], timeout=WAIT)
	if mode == 'stls':
		p.stls(context=insecure())
	return p


def works(mode):
	with Server(users={pull.USER: pull.PASSWORD}) as s:
		for _ in range(3):
			s.deliver(pull.USER, MESSAGE)
		p = connect(s, mode)
		assert 'UIDL' in p.capa()
		assert ('STLS' in p.capa()) == (mode == 'plain')
		p.user(pull.USER)
		p.pass_(pull.PASSWORD)
		assert 'IMPLEMENTATION' in p.capa()
		count, octets = p.stat()
		assert count == 3
		listed = [line.split() for line in p.list()[1]]
		assert sum(int(size) for _, size in listed) == octets
		uids = [line.split()[1] for line in p.uidl()[1]]
		assert len(set(uids)) == 3 and p.uidl(2).split()[2] == uids[1]
		lines = p.retr(1)[1]
		assert b'\r\n'.join(lines + [b'']).endswith(MESSAGE)
		assert p.top(1, 1)[1][-2:] == [b'', b'.']
		assert b'deleted' in p.dele(2)
		assert p.stat()[0] == 2
		p.rset()
		assert p.stat()[0] == 3
		p.noop()
		p.dele(1)
		p.dele(3)
		p.quit()
		p = connect(s, mode)
		p.user(pull.USER)
		p.pass_(pull.PASSWORD)
		assert [line.split()[1] for line in p.uidl()[1]] == [uids[1]]
		p.quit()


@case
def plain():
	works('plain')


@case
def stls():
	works('stls')


@case
def pop3s():
	works('pop3s')


@case
def apop():
	users = {pull.USER: {'password': pull.PASSWORD, 'apop': True}, 'bob@example.test': 'pw'}
	with Server(users=users, sets={'apop': 'yes'}) as s:
		p = connect(s, 'plain')
		try:
			p.apop(pull.USER, 'wrong')
			raise AssertionError('APOP with a wrong secret')
		except poplib.error_proto as e:
			assert b'[AUTH]' in e.args[0], e
		p.apop(pull.USER, pull.PASSWORD)
		assert p.stat() == (0, 0)
		p.quit()
		q = connect(s, 'plain')
		assert q.welcome != p.welcome, 'the timestamp must be unique'
		q.user(pull.USER)
		try:
			q.pass_(pull.PASSWORD)
			raise AssertionError('the APOP secret was taken in the clear')
		except poplib.error_proto:
			pass
		q.user('bob@example.test')
		q.pass_('pw')
		q.quit()


main()
