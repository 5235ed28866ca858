/* server_impl.h - Private to net/: what a server has, and what it has on each loop.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_SERVER_IMPL_H
#define NET_SERVER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include "net/listen.h"
#include "net/loop_impl.h"

/* How many connections an address holds. Rows of one hash chain. */
struct ip_row {
	struct ip_row *next;
	uint8_t key[16];
	unsigned n;
};

/* A listener, as one loop sees it. */
struct door {
	struct watch watch;
	struct listener *listener;
	struct home *home;
	unsigned burst;  /* accepts a turn: grows while the queue is long */
	uint64_t last_turn;
	bool is_open;
};

struct listener {
	struct list link;
	struct server *server;
	struct listen_opts opts;
	struct listen_addr at;
	int fd;
	struct door *doors; /* one a loop */
};

/* What a server has on one loop; but for the counters, touched only there. */
struct home {
	struct server *server;
	struct loop *loop;
	struct list conns;
	struct list strangers; /* those of them that are to log in, the oldest first */
	struct timer timer;  /* reopens doors, or ends a drain */
	int reserve_fd;      /* given up to say goodbye when there are no others */
	bool is_draining, is_done;
	unsigned drain_ms;
	atomic_uint open;
	atomic_uint_fast64_t accepted, refused, bytes_in, bytes_out;
};

enum { IP_CHAINS = 4096 };

struct server {
	struct server_opts opts;
	struct list listeners;
	struct home *homes;
	atomic_uint open, strangers, homes_draining;
	pthread_mutex_t ip_lock;
	struct ip_row *ips[IP_CHAINS];
	void (*done)(void *arg);
	void *done_arg;
};

void home_enter(struct home *h, struct list *link);
void home_leave(struct home *h, struct list *link);
void home_enter_stranger(struct home *h, struct list *link); /* may cost the oldest one its place */
void home_leave_stranger(struct home *h, struct list *link); /* harmless twice */
static inline void home_count(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* -- accept.c */
int doors_open(struct home *h);
void doors_close(struct home *h);
void doors_retry(struct home *h); /* after a pause */

/* -- limits.c: counts one more of this address. E_LIMIT past `most`; *ret stays NULL for those
 * who are not counted. */
int ip_row_get(struct server *s, const struct sockaddr_storage *sa, unsigned most,
	       struct ip_row **ret);
void ip_row_put(struct server *s, struct ip_row *row); /* NULL is fine */

/* -- listen.c */
struct listener *listener_free(struct listener *li);

#endif
