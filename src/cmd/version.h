/* version.h - ours. The same as in meson.build: a test compares.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#define MAILKEEP_VERSION "0.1.0"

#endif
