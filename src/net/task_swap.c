/* task_swap.c - x86-64: the registers that a call keeps, and the stack pointer. Else ucontext.
 * SPDX-License-Identifier: Apache-2.0
 *
 * ucontext would make two system calls a swap, for signal masks that we never change. */
#include "net/task_swap.h"
#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__) && !defined(__ILP32__)

/* System V ABI, 3.2.1 and 3.2.3: rbx, rbp, r12-r15, the x87 control word and the control
 * bits of mxcsr belong to the caller. */
__asm__(".text\n"
	".globl task_swap\n"
	".type task_swap, @function\n"
	"task_swap:\n"
	"	endbr64\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	subq $8, %rsp\n"
	"	stmxcsr (%rsp)\n"
	"	fnstcw 4(%rsp)\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	ldmxcsr (%rsp)\n"
	"	fldcw 4(%rsp)\n"
	"	addq $8, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size task_swap, .-task_swap\n");

void *task_swap_new(void *bottom, size_t bytes, void (*entry)(void))
{
	uintptr_t top = ((uintptr_t)bottom + bytes) & ~(uintptr_t)15;
	uint64_t *sp = (uint64_t *)top;

	*--sp = 0; /* where entry's return address would be: backtraces end here */
	*--sp = (uint64_t)(uintptr_t)entry;
	for (int i = 0; i < 6; i++)
		*--sp = 0; /* rbp, rbx, r12-r15 */
	*--sp = 0x037full << 32 | 0x1f80; /* the state in which a process starts */
	return sp;
}

#else

#include <ucontext.h>

/* The place is the context itself, kept at the top of the stack it belongs to; a plain
 * stack keeps its own in task_swap's frame. */
void task_swap(void **from, void *to)
{
	ucontext_t here;

	*from = &here;
	swapcontext(&here, to);
}

void *task_swap_new(void *bottom, size_t bytes, void (*entry)(void))
{
	size_t room = (sizeof(ucontext_t) + 63) & ~(size_t)63;
	ucontext_t *u = (ucontext_t *)((char *)bottom + bytes - room);

	if (getcontext(u) < 0)
		abort();
	u->uc_stack.ss_sp = bottom;
	u->uc_stack.ss_size = bytes - room;
	u->uc_link = NULL;
	makecontext(u, entry, 0);
	return u;
}

#endif
