/* forest.h - Private to imap/. Which tree is a node in? Links are made and broken; answers take O(log n).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Link-cut trees (Sleator and Tarjan): each path is kept in a splay tree, ordered by depth. So a
 * chain of references may be as long as it likes without making each question slow. Nodes are
 * numbers from 1 on; 0 is none. Nothing recurses. */
#ifndef IMAP_FOREST_H
#define IMAP_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct forest_node {
	uint32_t up, child[2]; /* in the splay tree; of its root, up is the path's parent */
};
struct forest {
	struct forest_node *v; /* v[0] stands for none; the caller's, zeroed: each node a tree of its own */
	uint64_t steps;
};
uint32_t forest_root(struct forest *f, uint32_t node);
void forest_link(struct forest *f, uint32_t root, uint32_t parent); /* another tree's */
void forest_cut(struct forest *f, uint32_t node); /* from its parent; it must have one */

#endif
