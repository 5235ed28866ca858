/* verb.c - runs a verb: here, or inside the server that has the store open.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/err.h"
#include "base/log.h"
#include "cmd/args.h"
#include "cmd/help.h"
#include "cmd/home.h"
#include "cmd/prompt.h"
#include "conf/conf.h"

int verb_exit(int err)
{
	static const struct {
		int err, code;
	} codes[] = {
		{0, 0},			  {E_NOACCOUNT, EX_NOUSER},   {E_SYNTAX, EX_USAGE},
		{E_RANGE, EX_USAGE},	  {E_UTF8, EX_USAGE},	      {E_EXISTS, EX_CANTCREAT},
		{E_NOTFOUND, EX_NOUSER},  {E_BUSY, EX_TEMPFAIL},      {E_INUSE, EX_TEMPFAIL},
		{E_TIMEOUT, EX_TEMPFAIL}, {E_CLOSED, EX_UNAVAILABLE}, {E_NOSPACE, EX_CANTCREAT},
		{E_IO, EX_IOERR},	  {E_DENIED, EX_NOPERM},      {E_VERSION, EX_DATAERR},
		{E_DAMAGED, EX_DATAERR},  {E_LOOP, EX_DATAERR},	      {E_NOMEM, EX_OSERR},
		{E_LIMIT, EX_TEMPFAIL},	  {E_NOMBOX, EX_NOUSER},      {E_NOMSG, EX_NOUSER},
	};

	for (size_t i = 0; i < COLUMNS(codes); i++)
		if (codes[i].err == err)
			return codes[i].code;
	return EX_SOFTWARE;
}

int verb_fail(struct verb_call *v, const char *what, int err)
{
	out_error(v->out, "%s: %s", what, err_row(err)->text);
	return verb_exit(err);
}

/* -- on the way to the handler ------------------------------------------------- */

static void fill_call(struct verb_call *v, const struct verb *verb, const struct args *a,
		      size_t n_name, struct out *out)
{
	*v = (struct verb_call){
		.verb = verb,
		.args = a->words + n_name,
		.n_args = a->n_words - n_name,
		.given = a->given,
		.to = a->to,
		.n_to = a->n_to,
		.out = out,
	};
	for (int i = 0; i < OPT_COUNT; i++)
		v->value[i] = a->value[i];
	out->verb = verb->name;
	out->is_json = verb_has(v, OPT_JSON);
	out->only_read = verb->options >> OPT_JSON & 1;
}

int verb_load_conf(struct conf **ret, const struct args *a, struct out *out)
{
	struct conf_sources from = {
		.path = a->value[OPT_CONFIG], .sets = a->sets, .n_sets = a->n_sets};
	struct buf errors;
	int r;

	buf_init(&errors, 1 << 20);
	r = conf_load(ret, &from, &errors);
	if (r < 0) {
		struct str rest = buf_str(&errors);

		while (rest.n) {
			struct str line = str_cut(&rest, '\n');

			out_error(out, "%.*s", STR_ARG(line));
		}
	}
	buf_free(&errors);
	return r;
}

static int run_with_conf(struct verb_call *v, const struct args *a, const char *const *argv, size_t n)
{
	struct conf *conf = NULL;
	struct buf password;
	int code;

	v->raw = a;
	if (verb_load_conf(&conf, a, v->out) < 0)
		return EX_CONFIG;
	v->conf = conf;
	buf_init(&password, 4096);
	code = v->verb->flags & V_PASSWORD ? prompt_password(v, &password) : EX_OK;
	if (code == EX_OK) {
		if (v->verb->flags & V_PASSWORD && !verb_has(v, OPT_NO_PASSWORD))
			v->password = buf_str(&password);
		if (v->verb->flags & V_STREAM)
			code = home_run_stream(v, argv, n);
		else if (v->verb->flags & V_STORE)
			code = home_run(v, argv, n);
		else if (v->verb->flags & V_ALONE)
			code = home_run_alone(v);
		else
			code = v->verb->run(v);
	}
	buf_wipe(&password);
	conf_free(conf);
	return code;
}

static int run(const struct args *a, const char *const *argv, size_t n, struct out *out,
	       struct buf *why)
{
	struct verb_call v;
	size_t n_name = 0;
	const struct verb *verb;

	if (!a->n_words && a->given >> OPT_HELP & 1)
		return help_all(out);
	verb = args_verb(a, &n_name, why);
	if (!verb && a->given >> OPT_HELP & 1 && a->n_words == 1 && help_family(out, a->words[0])) {
		buf_clear(why);
		return EX_OK;
	}
	if (!verb)
		return EX_USAGE;
	if (a->given >> OPT_HELP & 1)
		return help_verb(out, verb);
	fill_call(&v, verb, a, n_name, out);
	if (args_check(a, verb, n_name, why) < 0)
		return EX_USAGE;
	if (verb->flags & (V_CONF | V_STORE | V_ALONE | V_STREAM))
		return run_with_conf(&v, a, argv, n);
	v.raw = a;
	return verb->run(&v);
}

int verb_main(int argc, char **argv)
{
	const char *const *words = (const char *const *)argv + 1;
	size_t n = argc > 0 ? (size_t)argc - 1 : 0;
	struct args a;
	struct out out;
	struct buf why;
	int code = EX_USAGE;

	buf_init(&why, 1 << 20);
	out_stdio(&out);
	if (args_parse(&a, words, n, &why) == 0)
		code = run(&a, words, n, &out, &why);
	if (why.n)
		out_error(&out, "%.*s", STR_ARG(buf_str(&why)));
	args_free(&a);
	buf_free(&why);
	if (fflush(stdout) && code == EX_OK)
		code = EX_IOERR;
	return code;
}

/* Our own clients ask for nothing else. */
static bool may_run_inside(const struct verb_call *v)
{
	unsigned flags = v->verb->flags;

	return flags & (V_STORE | V_STREAM) &&
	       (!(flags & V_PASSWORD) || v->password.n || verb_has(v, OPT_NO_PASSWORD));
}

int verb_run_inside(struct server_state *server, const struct conf *conf, struct store *store,
		    const char *const *argv, size_t n, struct str password, struct out *out)
{
	struct verb_call v;
	struct args a;
	struct buf why;
	size_t n_name = 0;
	const struct verb *verb = NULL;
	int code = EX_USAGE;

	buf_init(&why, 1 << 20);
	if (args_parse(&a, argv, n, &why) == 0)
		verb = args_verb(&a, &n_name, &why);
	if (verb && args_check(&a, verb, n_name, &why) == 0) {
		fill_call(&v, verb, &a, n_name, out);
		v.conf = conf;
		v.store = store;
		v.server = server;
		v.fd = out->fd;
		v.password = password;
		code = may_run_inside(&v) ? verb->run(&v) : EX_USAGE;
	}
	if (why.n)
		out_error(out, "%.*s", STR_ARG(buf_str(&why)));
	args_free(&a);
	buf_free(&why);
	return code;
}
