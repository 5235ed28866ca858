/* listen_test.c - addresses, networks, taken ports, the counts of an address.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/err.h"
#include "net/server_impl.h"

static void addresses(void **state)
{
	static const struct {
		const char *text;
		int r;
		bool is_unix, is_loopback;
	} rows[] = {
		{"127.0.0.1:0", 0, false, true},
		{"0.0.0.0:110", 0, false, false},
		{"192.0.2.1:65535", 0, false, false},
		{"[::1]:110", 0, false, true},
		{"[::]:110", 0, false, false},
		{"unix:/run/x", 0, true, false},
		{"192.0.2.1:65536", E_RANGE},
		{"192.0.2.1:", E_SYNTAX},
		{"192.0.2.1", E_SYNTAX},
		{"192.0.2:1", E_SYNTAX},
		{"::1:110", E_SYNTAX},
		{"[127.0.0.1]:1", E_SYNTAX},
		{"[::1:110", E_SYNTAX},
		{":110", E_SYNTAX},
		{"", E_SYNTAX},
		{"unix:relative", E_SYNTAX},
		{"unix:", E_SYNTAX},
		{"unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 E_RANGE},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct listen_addr a = {0};

		assert_int_equal(listen_parse(&a, str_of(rows[i].text)), rows[i].r);
		assert_int_equal(a.is_unix, rows[i].is_unix);
		assert_int_equal(a.is_loopback, rows[i].is_loopback);
	}
}

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage sa = {0};

	if (strchr(text, ':')) {
		sa.ss_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&sa)->sin6_addr), 1);
	} else {
		sa.ss_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &((struct sockaddr_in *)&sa)->sin_addr), 1);
	}
	return sa;
}

static void networks(void **state)
{
	static const struct {
		const char *net, *addr;
		bool has;
	} rows[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"192.0.2.0/24", "::ffff:192.0.2.7", true},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"::/0", "2001:db8::1", true},
	};
	static const char *const bad[] = {"", "/", "192.0.2.0/33", "192.0.2.0/", "::/129", "x/8", "1.2.3.4/-1"};
	struct cidr c;

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct sockaddr_storage sa = address(rows[i].addr);

		assert_int_equal(cidr_parse(&c, str_of(rows[i].net)), 0);
		assert_int_equal(cidr_has(&c, &sa), rows[i].has);
	}
	for (size_t i = 0; i < COLUMNS(bad); i++)
		assert_true(cidr_parse(&c, str_of(bad[i])) < 0);
}

static struct loop *loop;
static struct server *server;
static struct cidr trusted;

static int setup(void **state)
{
	struct server_opts o = {.loops = &loop, .n_loops = 1, .conns_most = 10, .trusted = &trusted,
				.n_trusted = 1};

	cidr_parse(&trusted, STR("198.51.100.0/24"));
	return loop_new(&loop, NULL) || server_new(&server, &o);
}

static int teardown(void **state)
{
	server = server_free(server);
	loop = loop_free(loop);
	return 0;
}

static void addresses_are_counted(void **state)
{
	static const struct {
		const char *addr;
		int r;
	} rows[] = {
		{"192.0.2.1", 0},         {"192.0.2.1", 0},         {"192.0.2.1", E_LIMIT},
		{"::ffff:192.0.2.1", E_LIMIT}, /* the same, mapped */
		{"192.0.2.2", 0},         {"2001:db8::1", 0},       {"2001:db8::2", 0},
		{"2001:db8::3", E_LIMIT}, /* one /64 */
		{"2001:db8:0:1::3", 0},   {"127.0.0.1", 0},         {"127.0.0.1", 0},
		{"127.0.0.1", 0},         {"::1", 0},               {"::1", 0},
		{"::1", 0},               {"198.51.100.7", 0},      {"198.51.100.7", 0},
		{"198.51.100.7", 0},
	};
	struct ip_row *held[COLUMNS(rows)] = {0}, *again = NULL;
	struct sockaddr_storage sa;

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		sa = address(rows[i].addr);
		assert_int_equal(ip_row_get(server, &sa, 2, &held[i]), rows[i].r);
	}
	ip_row_put(server, held[0]);
	sa = address("192.0.2.1");
	assert_int_equal(ip_row_get(server, &sa, 2, &again), 0);
	ip_row_put(server, again);
	for (size_t i = 1; i < COLUMNS(rows); i++)
		ip_row_put(server, held[i]);
	for (size_t i = 0; i < IP_CHAINS; i++)
		assert_null(server->ips[i]);
}

static void name_of(const struct listener *li, char *out, size_t cap)
{
	struct buf b;

	buf_init(&b, 200);
	listener_name(li, &b);
	assert_true(str_to_c(buf_str(&b), out, cap));
	buf_free(&b);
}

static void a_taken_port_is_seen(void **state)
{
	static const struct proto proto = {.name = "toy", .line_most = 100};
	struct listen_opts o = {.proto = &proto};
	struct listen_addr at;
	struct listener *one = NULL, *two = NULL;
	char name[200];

	assert_int_equal(listen_parse(&at, STR("127.0.0.1:0")), 0);
	assert_int_equal(server_listen(server, &at, &o, &one), 0);
	name_of(one, name, sizeof(name));
	assert_memory_equal(name, "127.0.0.1:", 10);
	assert_string_not_equal(name, "127.0.0.1:0");
	assert_int_equal(listen_parse(&at, str_of(name)), 0);
	assert_int_equal(server_listen(server, &at, &o, &two), E_INUSE);
	assert_null(two);
	assert_int_equal(listen_parse(&at, STR("192.0.2.77:0")), 0);
	assert_true(server_listen(server, &at, &o, &two) < 0); /* not an address of ours */
	listener_free(one);
}

static void other_files_are_left_alone(void **state)
{
	static const struct proto proto = {.name = "toy", .line_most = 100};
	struct listen_opts o = {.proto = &proto, .unix_mode = 0640};
	char path[] = "/tmp/listen_test.XXXXXX", name[200];
	struct listener *one = NULL;
	struct listen_addr at;
	struct stat st;

	close(mkstemp(path));
	snprintf(name, sizeof(name), "unix:%s", path);
	assert_int_equal(listen_parse(&at, str_of(name)), 0);
	assert_int_equal(server_listen(server, &at, &o, &one), E_INUSE);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(path);
}

static void a_stale_socket_is_replaced(void **state)
{
	static const struct proto proto = {.name = "toy", .line_most = 100};
	struct listen_opts o = {.proto = &proto, .unix_mode = 0640};
	char dir[] = "/tmp/listen_test.XXXXXX", name[200];
	struct listener *one = NULL, *two = NULL;
	struct listen_addr at;
	struct stat st;
	const char *path;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "unix:%s/s", dir);
	path = name + 5;
	assert_int_equal(listen_parse(&at, str_of(name)), 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at.sa, at.sa_len), 0);
	close(fd); /* as after kill -9 */
	assert_int_equal(server_listen(server, &at, &o, &one), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(server_listen(server, &at, &o, &two), E_INUSE);
	assert_int_equal(stat(path, &st), 0);
	listener_free(one);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(networks),
		cmocka_unit_test(addresses_are_counted),
		cmocka_unit_test(a_taken_port_is_seen),
		cmocka_unit_test(other_files_are_left_alone),
		cmocka_unit_test(a_stale_socket_is_replaced),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
