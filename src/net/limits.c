/* limits.c - how many connections each address holds.
 * SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include "base/err.h"
#include "base/hash.h"
#include "net/server_impl.h"

/* IPv4 as its mapped form; of IPv6 the /64, which is what one customer gets. */
static bool key_of(uint8_t key[16], const struct sockaddr_storage *sa)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	memset(key, 0, 16);
	if (sa->ss_family == AF_INET) {
		key[10] = key[11] = 0xff;
		memcpy(key + 12, &in->sin_addr, 4);
	} else if (sa->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(key, &in6->sin6_addr, 16);
	} else if (sa->ss_family == AF_INET6) {
		memcpy(key, &in6->sin6_addr, 8);
	} else {
		return false;
	}
	return true;
}

static bool is_loopback(const struct sockaddr_storage *sa)
{
	static const struct cidr loopbacks[] = {{AF_INET, {127}, 8},
						{AF_INET6, {[15] = 1}, 128}};

	return cidr_has(&loopbacks[0], sa) || cidr_has(&loopbacks[1], sa);
}

static bool is_exempt(const struct server *s, const struct sockaddr_storage *sa)
{
	for (unsigned i = 0; i < s->opts.n_trusted; i++)
		if (cidr_has(&s->opts.trusted[i], sa))
			return true;
	return is_loopback(sa);
}

static struct ip_row **find(struct server *s, const uint8_t key[16])
{
	struct ip_row **at = &s->ips[hash_str(str_n(key, 16)) % IP_CHAINS];

	while (*at && memcmp((*at)->key, key, 16) != 0)
		at = &(*at)->next;
	return at;
}

int ip_row_get(struct server *s, const struct sockaddr_storage *sa, unsigned most,
	       struct ip_row **ret)
{
	struct ip_row **at;
	uint8_t key[16];
	int r = 0;

	if (!most || most == UINT_MAX || !key_of(key, sa) || is_exempt(s, sa))
		return 0;
	pthread_mutex_lock(&s->ip_lock);
	at = find(s, key);
	if (!*at && (*at = calloc(1, sizeof(**at))))
		memcpy((*at)->key, key, 16);
	if (!*at)
		r = E_NOMEM;
	else if ((*at)->n >= most)
		r = E_LIMIT;
	else
		(*ret = *at)->n++;
	pthread_mutex_unlock(&s->ip_lock);
	return r;
}

void ip_row_put(struct server *s, struct ip_row *row)
{
	struct ip_row **at;

	if (!row)
		return;
	pthread_mutex_lock(&s->ip_lock);
	if (!--row->n) {
		at = find(s, row->key);
		*at = row->next;
		free(row);
	}
	pthread_mutex_unlock(&s->ip_lock);
}
