// SPDX-License-Identifier: GPL-2.0
/*
 * bad32.c - as bad.c, of 32-bit guests
 */
#include "lib32/guest.h"

static void wide_reason(void)
{
	struct sched_shutdown s = { .reason = 0x7f00 | SHUTDOWN_reboot };

	hypercall(sched_op, SCHEDOP_shutdown, &s);
}

static void wide_reason_compat(void)
{
	hypercall(sched_op_compat, SCHEDOP_shutdown, 0x80000500 | SHUTDOWN_reboot);
}

USER(user_gate, "lcall $0x0b, $0; int $0x80");

/* A process calls the kernel by a gate, with this as the kernel's stack. */
static void gate(u32 ss, u32 esp)
{
	static u64 gdt[512] __attribute__((aligned(4096)));
	u32 frame = virt_to_mfn(gdt);
	static struct regs r;

	gdt[1] = call_gate(FLAT_KERNEL_CS, trap_stub(V_UD), 3, 2);
	hypercall(set_gdt, &frame, 512);
	memcpy(user_page, user_gate_begin, user_gate_end - user_gate_begin);
	set_pte(user_page, maddr(user_page) | PTE_USER);
	hypercall(stack_switch, ss, esp);
	r.ds = FLAT_USER_DS;
	r.es = FLAT_USER_DS;
	r.eip = (u32)user_page;
	r.cs = FLAT_USER_CS;
	r.eflags = 2;
	r.esp = (u32)user_page + PAGE_SIZE - 64;
	r.ss = FLAT_USER_SS;
	go(&r);
}

static void gate_stack_ring(void)
{
	gate(FLAT_USER_SS, (u32)kernel_stack_end);
}

static void gate_stack_unmapped(void)
{
	gate(FLAT_KERNEL_SS, 0x1000);
}

static void gate_stack_xen(void)
{
	gate(FLAT_KERNEL_SS, 0xf5800010);
}

static void gate_no_handler(void)
{
	hypercall(set_trap_table, 0);
	gate(FLAT_USER_SS, (u32)kernel_stack_end);
}

static const struct bad {
	const char *name, *what;
	void (*run)(void);
} bads[] = {
	{ "gate-stack-ring", "a call gate with the kernel's stack in ring 3",
	  gate_stack_ring },
	{ "gate-stack-unmapped", "a call gate with the kernel's stack nowhere",
	  gate_stack_unmapped },
	{ "gate-stack-xen", "a call gate with the kernel's stack in Xen's memory",
	  gate_stack_xen },
	{ "gate-no-handler", "a call gate that faults, with no handler for it",
	  gate_no_handler },
	{ "wide-reason", "SCHEDOP_shutdown with more bits than a reason has",
	  wide_reason },
	{ "wide-reason-compat", "the old call with more bits than a reason has",
	  wide_reason_compat },
};

static bool named(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(word, name, n) && (!word[n] || word[n] == ' ');
}

int main(void)
{
	const char *bad = cmdline_value("bad");
	unsigned int i;

	for (i = 0; bad && i < ARRAY_SIZE(bads); i++) {
		if (!named(bad, bads[i].name))
			continue;
		ok(true, "%s", bads[i].what);
		plan();
		bads[i].run();
		break;
	}
	ok(false, "the domain survived");
	return 0;
}
