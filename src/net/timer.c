/* timer.c - timers in three wheels: setting, clearing and firing cost O(1).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Level 0 has a slot a tick; a slot of level k spans 64^k ticks. When level 0 has gone
 * round, the next slot of level 1 is dealt out again, and so on. A timer beyond the
 * last wheel waits in its furthest slot and is dealt out again from there. */
#include "base/clock.h"
#include "net/loop_impl.h"

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	list_init(&t->link);
	t->at_ms = 0;
	t->fn = fn;
}

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->tick = (now_ms >> TICK_BITS) + 1;
	for (int level = 0; level < WHEEL_LEVELS; level++) {
		w->used[level] = 0;
		for (int slot = 0; slot < WHEEL_SLOTS; slot++)
			list_init(&w->slots[level][slot]);
	}
}

/* The first tick that does not begin before at_ms: late, never early. */
static uint64_t tick_of(uint64_t at_ms)
{
	return (at_ms + (1 << TICK_BITS) - 1) >> TICK_BITS;
}

void wheel_insert(struct wheel *w, struct timer *t)
{
	uint64_t tick = tick_of(t->at_ms), ahead;
	unsigned level = 0, slot;

	if (tick < w->tick)
		tick = w->tick;
	ahead = tick - w->tick;
	while (level < WHEEL_LEVELS - 1 && ahead >> WHEEL_BITS * (level + 1))
		level++;
	if (ahead >> WHEEL_BITS * WHEEL_LEVELS) /* further than the last wheel reaches */
		tick = w->tick + ((uint64_t)(WHEEL_SLOTS - 1) << WHEEL_BITS * level);
	slot = tick >> WHEEL_BITS * level & (WHEEL_SLOTS - 1);
	list_add_tail(&w->slots[level][slot], &t->link);
	w->used[level] |= 1ull << slot;
}

void timer_set(struct loop *l, struct timer *t, unsigned in_ms)
{
	list_del(&t->link);
	t->at_ms = clock_mono_ms() + in_ms;
	wheel_insert(&l->wheel, t);
}

void timer_clear(struct timer *t)
{
	list_del(&t->link);
}

/* Moves a slot's timers aside, so that what they do to the wheel does not matter. */
static void take_slot(struct wheel *w, unsigned level, uint64_t tick, struct list *out)
{
	unsigned slot = tick >> WHEEL_BITS * level & (WHEEL_SLOTS - 1);
	struct list *head = &w->slots[level][slot];

	list_init(out);
	w->used[level] &= ~(1ull << slot);
	while (!list_is_empty(head)) {
		struct list *it = head->next;

		list_del(it);
		list_add_tail(out, it);
	}
}

static void deal_out(struct wheel *w, unsigned level)
{
	struct list all;

	take_slot(w, level, w->tick, &all);
	while (!list_is_empty(&all)) {
		struct timer *t = container_of(all.next, struct timer, link);

		list_del(&t->link);
		wheel_insert(w, t);
	}
}

static void run_tick(struct wheel *w)
{
	struct list due;

	for (unsigned level = WHEEL_LEVELS - 1; level; level--)
		if (!(w->tick & ((1ull << WHEEL_BITS * level) - 1)))
			deal_out(w, level);
	take_slot(w, 0, w->tick, &due);
	w->tick++;
	while (!list_is_empty(&due)) {
		struct timer *t = container_of(due.next, struct timer, link);

		list_del(&t->link);
		t->fn(t);
	}
}

/* The next tick at which a slot that may hold something is due or dealt out. */
static bool next_tick(const struct wheel *w, uint64_t *ret)
{
	bool any = false;

	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = WHEEL_BITS * level, here;
		uint64_t base, turned, tick;

		if (!w->used[level])
			continue;
		base = (w->tick + (1ull << shift) - 1) >> shift; /* its first slot still to come */
		here = base & (WHEEL_SLOTS - 1);
		turned = here ? w->used[level] >> here | w->used[level] << (WHEEL_SLOTS - here) :
				w->used[level];
		tick = (base + (unsigned)__builtin_ctzll(turned)) << shift;
		if (!any || tick < *ret)
			*ret = tick;
		any = true;
	}
	return any;
}

void wheel_run(struct wheel *w, uint64_t now_ms)
{
	uint64_t now_tick = now_ms >> TICK_BITS, next = 0;

	while (w->tick <= now_tick) {
		if (!next_tick(w, &next) || next > now_tick) {
			w->tick = now_tick + 1; /* nothing in between, however long we slept */
			return;
		}
		w->tick = next;
		run_tick(w);
	}
}

int wheel_wait_ms(struct wheel *w, uint64_t now_ms)
{
	uint64_t tick = 0, at_ms;

	if (!next_tick(w, &tick))
		return -1;
	at_ms = tick << TICK_BITS;
	return at_ms <= now_ms ? 0 : at_ms - now_ms > 3600000 ? 3600000 : (int)(at_ms - now_ms);
}
