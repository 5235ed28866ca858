/* tls_test.c - STARTTLS and what comes too early, ALPN, versions, reload.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "net/toy.h"

static struct toy toy;

static void start(unsigned io_chunk)
{
	struct toy_opts o = {.io_chunk = io_chunk};

	toy_start(&toy, &o);
}

static void an_upgrade_forgets_nothing_of_ours(void **state)
{
	for (unsigned chunk = 0; chunk < 2; chunk++) {
		struct peer p;

		start(chunk);
		p = peer_open(&toy, VIA_TCP);
		peer_say(&p, "ECHO a\r\nSTLS\r\n");
		peer_expect(&p, "a\r\nok\r\n");
		assert_true(peer_handshake(&p, ""));
		peer_say(&p, "ECHO b\r\nECHO c\r\nSTLS\r\nQUIT\r\n");
		peer_expect(&p, "b\r\nc\r\nok\r\nbye\r\n"); /* no TLS within TLS */
		peer_expect_end(&p);
		peer_close(&p);
		assert_int_equal(toy.secured, 1);
		toy_stop(&toy);
	}
}

/* SECURITY A1: sent whole, or in two segments cut anywhere; with a ClientHello behind, or not. */
static void injected_commands_are_never_answered(void **state)
{
	static const char text[] = "STLS\r\nECHO injected\r\n";
	const size_t n = sizeof(text) - 1;

	for (unsigned chunk = 0; chunk < 2; chunk++) {
		start(chunk);
		for (size_t cut = 0; cut <= n; cut++) {
			struct peer p = peer_open(&toy, VIA_TCP);
			char got[200] = {0};

			peer_send(&p, text, cut);
			if (cut == 6) /* the rest comes as if it were the handshake */
				peer_expect(&p, "ok\r\n");
			peer_try(&p, text + cut, n - cut);
			if (cut != 6)
				peer_expect(&p, "ok\r\n");
			if (cut == n)
				assert_false(peer_handshake(&p, ""));
			else
				peer_read(&p, got, sizeof(got) - 1); /* an alert at most */
			assert_null(memmem(got, sizeof(got), "injected", 8));
			peer_close(&p);
			toy_until(&toy.ended[END_TLS], (unsigned)cut + 1);
		}
		assert_int_equal(toy.secured, 0);
		toy_stop(&toy);
	}
}

static int last_alert;

static void info(const SSL *ssl, int where, int value)
{
	if (where & SSL_CB_READ_ALERT)
		last_alert = value & 0xff;
}

/* A handshake with what `prepare` sets; returns whether it came about. */
static bool tries(const char *alpn, int most_version)
{
	struct peer p = peer_connect(&toy, VIA_TLS);
	unsigned char wire[32];
	char hello[8] = {0};
	bool ok;

	last_alert = 0;
	p.ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(p.ctx, 0);
	SSL_CTX_set_info_callback(p.ctx, info);
	if (most_version)
		SSL_CTX_set_max_proto_version(p.ctx, most_version);
	p.ssl = SSL_new(p.ctx);
	wire[0] = (unsigned char)strlen(alpn);
	memcpy(wire + 1, alpn, strlen(alpn));
	if (alpn[0])
		SSL_set_alpn_protos(p.ssl, wire, wire[0] + 1u);
	SSL_set_tlsext_host_name(p.ssl, "some.other.name");
	SSL_set_fd(p.ssl, p.fd);
	ok = SSL_connect(p.ssl) == 1 && SSL_read(p.ssl, hello, 7) == 7;
	ERR_clear_error();
	peer_close(&p);
	return ok;
}

static void only_our_alpn_and_new_versions(void **state)
{
	start(0);
	assert_true(tries("toy", 0));
	assert_true(tries("", 0));
	assert_true(tries("", TLS1_2_VERSION));
	assert_false(tries("http/1.1", 0));
	assert_int_equal(last_alert, 120);
	assert_false(tries("http/1.1", TLS1_2_VERSION));
	assert_int_equal(last_alert, 120);
	assert_false(tries("", TLS1_1_VERSION));
	toy_stop(&toy);
}

static void a_second_handshake_is_refused(void **state)
{
	struct peer p;
	SSL_CTX *ctx;

	start(0);
	p = peer_connect(&toy, VIA_TLS);
	ctx = p.ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	p.ssl = SSL_new(ctx);
	SSL_set_fd(p.ssl, p.fd);
	assert_int_equal(SSL_connect(p.ssl), 1);
	peer_expect(&p, "hello\r\n");
	assert_int_equal(SSL_renegotiate(p.ssl), 1);
	assert_int_not_equal(SSL_do_handshake(p.ssl), 1);
	ERR_clear_error();
	peer_close(&p);
	toy_stop(&toy);
}

static uint64_t serial_of(struct peer *p)
{
	X509 *x = SSL_get1_peer_certificate(p->ssl);
	uint64_t serial = 0;

	assert_non_null(x);
	assert_int_equal(X509_check_host(x, "toy.example.test", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(x, "::1", 0), 1);
	assert_int_equal(ASN1_INTEGER_get_uint64(&serial, X509_get_serialNumber(x)), 1);
	X509_free(x);
	return serial;
}

static void a_reload_leaves_sessions_alone(void **state)
{
	struct peer old, new;
	char cert[64], key[64];
	struct tls_opts o = {cert, key};
	const char *why = NULL;
	uint64_t first;

	start(0);
	snprintf(cert, sizeof(cert), "%s/cert", toy.dir);
	snprintf(key, sizeof(key), "%s/key", toy.dir);
	old = peer_open(&toy, VIA_TLS);
	first = serial_of(&old);
	assert_int_equal(fs_replace(toy.dirfd, "key", STR("nonsense"), 0600), 0);
	assert_int_equal(tls_reload(toy.tls, &o, &why), E_FORMAT);
	assert_non_null(why);
	unlinkat(toy.dirfd, "key", 0);
	assert_int_equal(tls_reload(toy.tls, &o, &why), E_NOTFOUND);
	assert_int_equal(tls_self_signed(toy.dirfd, "cert", "key", STR("toy.example.test")), 1);
	assert_int_equal(tls_reload(toy.tls, &o, &why), 0);
	new = peer_open(&toy, VIA_TLS);
	assert_true(serial_of(&new) != first);
	peer_say(&old, "ECHO still here\r\n");
	peer_expect(&old, "still here\r\n");
	peer_close(&old);
	peer_close(&new);
	toy_stop(&toy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_upgrade_forgets_nothing_of_ours),
		cmocka_unit_test(injected_commands_are_never_answered),
		cmocka_unit_test(only_our_alpn_and_new_versions),
		cmocka_unit_test(a_second_handshake_is_refused),
		cmocka_unit_test(a_reload_leaves_sessions_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
