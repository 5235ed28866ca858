/* tree.h - temporary folders of the crash tests, in memory where that is possible.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CRASH_TREE_H
#define CRASH_TREE_H

void tree_temporary(char out[256], const char *name); /* makes it; ends the test if it cannot */
void tree_remove(const char *path);
void tree_fresh(const char *path);                    /* empty, there */
unsigned tree_files(const char *path);                /* files below it, dot files not counted */
void tree_copy(const char *from, const char *to);     /* `to` is made fresh; holes stay holes */

#endif
