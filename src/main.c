/* main.c - where the program begins.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd/verb.h"

int main(int argc, char **argv)
{
	return verb_main(argc, argv);
}
