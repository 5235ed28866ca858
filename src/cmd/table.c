/* table.c - every verb there is; the only place that knows them all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd/verb.h"
#include "cmd/verbs.h"

#define BIT(o)  (1u << OPT_##o)
#define CONF    (BIT(CONFIG) | BIT(SET) | BIT(DATA))
#define SECRETS (BIT(PASSWORD_STDIN) | BIT(NO_PASSWORD) | BIT(APOP))

/* name, handler, flags, options, arguments at least and at most, usage, a sentence */
const struct verb verbs[] = {
	{"config show", cmd_config_show, V_CONF, CONF | BIT(LISTEN) | BIT(JSON) | BIT(CHANGED), 0, 1,
	 "[NAME]", "Prints the settings in force, as a configuration file would hold them."},
	{"config check", cmd_config_check, 0, CONF | BIT(LISTEN), 0, 0, "",
	 "Reads the configuration and names every error in it, with its place."},
	{"config explain", cmd_config_explain, 0, BIT(MARKDOWN) | BIT(JSON), 0, 1, "[NAME]",
	 "Tells what a setting does, its kind, range and default; without a name, all of them."},

	{"deliver", cmd_deliver, V_CONF, CONF | BIT(SENDER) | BIT(LMTP) | BIT(TO), 0, 255,
	 "[-f SENDER] RECIPIENT...",
	 "Hands the message on its input to the server, for pipes and other mail programs."},

	{"manual", cmd_manual, 0, 0, 1, 1, "mailkeep.1|mailkeep.conf.5|bash",
	 "Prints a man page, or the completion for a shell."},
	{"version", cmd_version, 0, BIT(JSON), 0, 0, "", "Prints the version."},
};
const size_t verb_count = COLUMNS(verbs);
