/* lmtp_null.c - our LMTP and SMTP server over a store that keeps nothing: what the protocol
 * costs by itself.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everybody at example.test has an account. It prints its two ports, serves until its standard
 * input ends, then says what it has spent. It stands in for store/ and auth/. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>
#include "auth/accounts.h"
#include "auth/auth.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "net/listen.h"
#include "net/loop.h"
#include "smtp/smtp.h"
#include "wire/address.h"

struct draft {
	uint64_t size;
};
struct change {
	struct delivery *to;
	size_t n;
};

static _Atomic uint64_t messages, octets, allocations;

int draft_open(struct draft **ret, struct store *s, uint64_t size_hint)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : E_NOMEM;
}
int draft_write(struct draft *d, struct str bytes)
{
	d->size += bytes.n;
	return 0;
}
uint64_t draft_size(const struct draft *d)
{
	return d->size;
}
unsigned draft_received_count(const struct draft *d)
{
	return 0;
}
struct str draft_message_id(const struct draft *d)
{
	return STR("<none@example.test>");
}
struct draft *draft_drop(struct draft *d)
{
	free(d);
	return NULL;
}
int change_new(struct change **ret, struct store *s)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : E_NOMEM;
}
struct change *change_drop(struct change *c)
{
	free(c);
	return NULL;
}
void change_as_one(struct change *c)
{
}
int change_deliver(struct change *c, struct draft *d, struct delivery *to, size_t n)
{
	c->to = to;
	c->n = n;
	octets += d->size;
	return 0;
}
int change_commit(struct change **c)
{
	for (size_t i = 0; i < (*c)->n; i++)
		(*c)->to[i].err = 0;
	messages++;
	*c = change_drop(*c);
	return 0;
}
int account_get(struct store *s, uint64_t id, struct account_info *ret)
{
	*ret = (struct account_info){.id = id};
	return 0;
}
int rcpt_resolve(struct store *s, const struct conf *c, const struct address *a,
		 struct arena *arena, struct rcpts *ret)
{
	if (!str_ieq(a->domain, STR("example.test")))
		return E_DENIED;
	ret->v = arena_new(arena, struct rcpt);
	if (!ret->v)
		return E_NOMEM;
	*ret->v = (struct rcpt){1, STR("someone@example.test"), STR_NONE, STR("INBOX")};
	ret->n = 1;
	return 0;
}

/* -- counting ------------------------------------------------------------------------ */

extern void *__libc_malloc(size_t n);
void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

static void *wait_for_end(void *arg)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	loop_stop(arg);
	return NULL;
}

static void listen_on(struct server *s, const struct proto *proto, const struct service *service)
{
	const struct listen_opts o = {.proto = proto, .service = service};
	struct listen_addr at;
	struct listener *l;
	struct buf name;

	buf_init(&name, 200);
	if (listen_parse(&at, STR("127.0.0.1:0")) < 0 || server_listen(s, &at, &o, &l) < 0)
		abort();
	listener_name(l, &name);
	printf("%s=%.*s ", proto->name, STR_ARG(buf_str(&name)));
	buf_free(&name);
}

static void report(void)
{
	struct rusage u;
	double us;

	getrusage(RUSAGE_SELF, &u);
	us = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	     (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	printf("messages=%llu us_each=%.1f mallocs_each=%.1f mb=%.1f\n",
	       (unsigned long long)messages, messages ? us / (double)messages : 0,
	       messages ? (double)allocations / (double)messages : 0, (double)octets / 1e6);
}

int main(void)
{
	static struct conf conf;
	static struct service service;
	const struct log_opts log = {.level = LOG_EV_INFO, .target = "/dev/null"};
	const struct conf_sources none = {.path = "/dev/null"};
	struct server_opts o = {.n_loops = 1, .conns_most = 10000};
	struct conf *c;
	struct buf errors;
	struct loop *loop;
	struct server *s;
	pthread_t thread;

	buf_init(&errors, 65536);
	if (conf_load(&c, &none, &errors) < 0 || log_setup(&log) < 0)
		return 1;
	conf = *c;
	atomic_store(&service.conf, &conf);
	if (loop_new(&loop, &(struct loop_opts){0}) < 0)
		return 1;
	o.loops = &loop;
	if (server_new(&s, &o) < 0)
		return 1;
	listen_on(s, &lmtp_proto, &service);
	listen_on(s, &smtp_proto, &service);
	printf("ready\n");
	fflush(stdout);
	if (server_start(s) < 0 || pthread_create(&thread, NULL, wait_for_end, loop))
		return 1;
	loop_run(loop);
	report();
	return 0;
}
