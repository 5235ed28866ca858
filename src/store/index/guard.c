/* guard.c - a crash inside LMDB marks the index as bad: the next start rebuilds it from the log.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A rotten page makes LMDB assert, or follow an offset out of the map or behind the end of
 * the file (SIGSEGV, SIGBUS). Once is forgivable; the same crash at every start is not. */
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "store/index/env.h"

enum { GUARDED_MOST = 8 };

/* One table a process, because signals are. */
static _Atomic(struct index *) guarded[GUARDED_MOST];
static struct sigaction was_segv, was_bus;
static _Atomic bool installed;
static uintptr_t lmdb_lo, lmdb_hi; /* its code */

static void mark_all(uintptr_t at, bool in_lmdb)
{
	for (size_t i = 0; i < GUARDED_MOST; i++) {
		struct index *ix = atomic_load(&guarded[i]);

		if (ix && (in_lmdb || at - ix->map_at < ix->map_bytes))
			checkpoint_mark(ix);
	}
}

static uintptr_t code_at(const void *context)
{
	const ucontext_t *u = context;

#if defined(__x86_64__)
	return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (uintptr_t)u->uc_mcontext.pc;
#else
	(void)u;
	return 0;
#endif
}

/* Marks, puts the former handler back and returns: the instruction fails again, as it would have
 * done without us. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
	uintptr_t pc = code_at(context);

	mark_all((uintptr_t)info->si_addr, pc >= lmdb_lo && pc < lmdb_hi);
	sigaction(sig, sig == SIGBUS ? &was_bus : &was_segv, NULL);
}

static int find_lmdb(struct dl_phdr_info *info, size_t n, void *arg)
{
	Dl_info *lmdb = arg;

	if (info->dlpi_addr != (uintptr_t)lmdb->dli_fbase)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		lmdb_lo = info->dlpi_addr + p->p_vaddr;
		lmdb_hi = lmdb_lo + p->p_memsz;
	}
	return 1;
}

static void install(void)
{
	struct sigaction a = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	Dl_info lmdb;

	if (atomic_exchange(&installed, true))
		return;
	if (dladdr((void *)mdb_get, &lmdb))
		dl_iterate_phdr(find_lmdb, &lmdb);
	sigemptyset(&a.sa_mask);
	sigaction(SIGSEGV, &a, &was_segv);
	sigaction(SIGBUS, &a, &was_bus);
}

static void on_assert(MDB_env *env, const char *text)
{
	index_bad(mdb_env_get_userctx(env), text);
}

void guard_env(struct index *ix)
{
	mdb_env_set_userctx(ix->env, ix);
	mdb_env_set_assert(ix->env, on_assert);
}

/* LMDB does not tell where its map is; the kernel does. 0: unknown. */
static uintptr_t map_of(int fd)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long lo = 0, inode;
	uintptr_t at = 0;
	char line[512];
	struct stat st;

	if (maps && !fstat(fd, &st))
		while (!at && fgets(line, sizeof(line), maps))
			if (sscanf(line, "%lx-%*x %*s %*x %*s %lu", &lo, &inode) == 2 &&
			    inode == st.st_ino && strstr(line, "data.mdb"))
				at = lo;
	if (maps)
		fclose(maps);
	return at;
}

void guard_begin(struct index *ix)
{
	ix->map_at = map_of(ix->fd);
	install();
	for (size_t i = 0; i < GUARDED_MOST; i++) {
		struct index *none = NULL;

		if (atomic_compare_exchange_strong(&guarded[i], &none, ix))
			return;
	}
}

void guard_end(struct index *ix)
{
	for (size_t i = 0; i < GUARDED_MOST; i++) {
		struct index *me = ix;

		atomic_compare_exchange_strong(&guarded[i], &me, NULL);
	}
}
