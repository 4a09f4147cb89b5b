// SPDX-License-Identifier: GPL-2.0-only
/* 32-bit guests: contexts and runstates. */
#include "monitor.h"
#include <linux/errno.h>

struct trap_info32 {
	u8 vector, flags;
	u16 cs;
	u32 address;
};

struct user_regs32 {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u16 error_code, entry_vector;
	u32 eip;
	u16 cs;
	u8 saved_upcall_mask, pad;
	u32 eflags, esp;
	u32 ss, es, ds, fs, gs;
};

/* What vcpu_guest_context is to a 32-bit guest, in two parts. */
struct context32_head {
	u8 fpu[512];
	u32 flags;
	struct user_regs32 regs;
};

struct context32_tail {
	u32 ldt_base, ldt_ents;
	u32 gdt_frames[16], gdt_ents;
	u32 kernel_ss, kernel_sp;
	u32 ctrlreg[8], debugreg[8];
	u32 event_cs, event_eip, failsafe_cs, failsafe_eip;
	u32 vm_assist;
};

static void widen_regs(struct cpu_user_regs *u, const struct user_regs32 *n)
{
	u->rbx = n->ebx;
	u->rcx = n->ecx;
	u->rdx = n->edx;
	u->rsi = n->esi;
	u->rdi = n->edi;
	u->rbp = n->ebp;
	u->rax = n->eax;
	u->rip = n->eip;
	u->cs = n->cs;
	u->rflags = n->eflags;
	u->rsp = n->esp;
	u->ss = n->ss;
	u->es = n->es;
	u->ds = n->ds;
	u->fs = n->fs;
	u->gs = n->gs;
}

static void widen_tail(struct vcpu_guest_context *c,
		       const struct context32_tail *n)
{
	int i;

	c->ldt_base = n->ldt_base;
	c->ldt_ents = n->ldt_ents;
	for (i = 0; i < 16; i++)
		c->gdt_frames[i] = n->gdt_frames[i];
	c->gdt_ents = n->gdt_ents;
	c->kernel_ss = n->kernel_ss;
	c->kernel_sp = n->kernel_sp;
	c->ctrlreg[0] = n->ctrlreg[0];
	c->ctrlreg[3] = (u64)xen_cr332_to_pfn(n->ctrlreg[3]) << PAGE_SHIFT_;
	c->ctrlreg[4] = n->ctrlreg[4];
	for (i = 0; i < 8; i++)
		c->debugreg[i] = n->debugreg[i];
	c->event_callback_eip = n->event_eip;
	c->failsafe_callback_eip = n->failsafe_eip;
	/* Where both code segments go: load_rings32(). */
	c->syscall_callback_eip = (u64)n->failsafe_cs << 32 | n->event_cs;
	c->vm_assist = n->vm_assist;
}

/* A context of the guest's as load_context() wants it; false: not to be read. */
bool copy_context32(struct vcpu_guest_context *c, unsigned long va)
{
	struct context32_head head;
	struct context32_tail tail;
	struct trap_info32 trap;
	int i;

	memset(c, 0, sizeof(*c));
	if (copy_from_guest(&head, va, sizeof(head)))
		return false;
	c->flags = head.flags;
	widen_regs(&c->user_regs, &head.regs);
	va += sizeof(head);
	for (i = 0; i < 256; i++, va += sizeof(trap)) {
		if (copy_from_guest(&trap, va, sizeof(trap)))
			return false;
		c->trap_ctxt[i].vector = trap.vector;
		c->trap_ctxt[i].flags = trap.flags;
		c->trap_ctxt[i].cs = trap.cs;
		c->trap_ctxt[i].address = trap.address;
	}
	if (copy_from_guest(&tail, va, sizeof(tail)))
		return false;
	widen_tail(c, &tail);
	return true;
}

/* As an i386 compiler has it: without the padding behind the state. */
struct runstate32 {
	s32 state;
	u64 state_entry_time;
	u64 time[4];
} __packed;

int copy_runstate32(unsigned long va, const struct vcpu_runstate_info *r)
{
	struct runstate32 n = {
		.state = r->state,
		.state_entry_time = r->state_entry_time,
	};

	memcpy(n.time, r->time, sizeof(n.time));
	return copy_to_guest(va, &n, sizeof(n));
}
