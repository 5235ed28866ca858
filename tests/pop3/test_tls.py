#!/usr/bin/env python3
# test_tls.py - POP3S and STLS as RFC 8314 and RFC 2595 want them: versions, ALPN, the certificate.
# row C16
# row R9
# SPDX-License-Identifier: Apache-2.0
import os
import ssl
import subprocess
import sys
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import WAIT, Server, case, main, need

ALICE = {'alice@example.test': 'secret'}


def context(alpn=None):
	c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
	c.check_hostname = False
	c.verify_mode = ssl.CERT_NONE
	if alpn:
		c.set_alpn_protocols(alpn)
	return c


def begin(s, how, with_context):
	c = s.connect(how, tls=False)
	if how == 'pop3':
		c.line()
		assert c.pop('STLS').startswith('+OK')
	c.start_tls(with_context)
	if how == 'pop3s':
		assert c.line().startswith('+OK')
	return c


@case
def alpn_is_taken_or_refused():
	with Server(users=ALICE) as s:
		for how in ('pop3s', 'pop3'):
			for alpn, taken in ((None, None), (['pop3'], 'pop3'), (['imap', 'pop3'], 'pop3')):
				c = begin(s, how, context(alpn))
				assert c.sock.selected_alpn_protocol() == taken
				assert c.pop('QUIT').startswith('+OK')
			try:
				begin(s, how, context(['http/1.1', 'h2']))
			except (ssl.SSLError, EOFError, ConnectionError):
				continue
			raise AssertionError('a client of another protocol was let in (SECURITY A4)')


@case
def only_new_versions():
	with Server(users=ALICE) as s:
		for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
			c = context()
			c.minimum_version = c.maximum_version = version
			begin(s, 'pop3s', c).pop('QUIT')
		with warnings.catch_warnings():
			warnings.simplefilter('ignore')
			c = context()
			c.set_ciphers('ALL:@SECLEVEL=0')
			c.minimum_version = c.maximum_version = ssl.TLSVersion.TLSv1_1
		try:
			begin(s, 'pop3s', c)
		except (ssl.SSLError, EOFError, ConnectionError):
			return
		raise AssertionError('TLS 1.1 was taken')


@case
def renegotiation_is_refused():
	"""A5: openssl's client asks for one with R; the session must not survive it as another."""
	openssl = need('openssl')
	with Server(users=ALICE) as s:
		client = subprocess.Popen([openssl, 's_client', '-tls1_2', '-connect',
					   '127.0.0.1:%d' % s.port['pop3s']], stdin=subprocess.PIPE,
					  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		said = b''
		while b'POP3 server ready' not in said: # else the greeting falls into its handshake
			more = client.stdout.read1()
			assert more, said[-300:]
			said += more
		said = client.communicate(b'R\nQUIT\n', timeout=WAIT)[0]
		assert b'RENEGOTIATING' in said and b'no renegotiation' in said, said[-300:]


@case
def the_certificate_is_kept():
	"""Without one serve makes a self-signed certificate, and keeps it over restarts."""
	with Server(users=ALICE) as s:
		one = begin(s, 'pop3s', context()).sock.getpeercert(True)
		s.stop()
		s.start()
		assert begin(s, 'pop3s', context()).sock.getpeercert(True) == one
		trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
		trusting.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(one))
		begin(s, 'pop3s', trusting).pop('QUIT')


main()
