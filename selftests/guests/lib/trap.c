// SPDX-License-Identifier: GPL-2.0
/*
 * trap.c - the trap table, and what happens when something arrives
 */
#include "guest.h"

struct seen seen, upcall_seen;
unsigned int nr_traps;
struct catch *catching;
bool (*trap_hook)(struct regs *regs);
void (*upcall_hook)(struct regs *regs);
volatile unsigned int nr_upcalls;
volatile unsigned int port_count[4096];

extern char trap_stubs[];

#define ERROR_VECTORS ((1u << 8) | (1u << 10) | (1u << 11) | (1u << 12) | \
		       (1u << 13) | (1u << 14) | (1u << 17))

u64 trap_stub(int vector)
{
	return (u64)trap_stubs + vector * 16;
}

void trap_gate(int vector, u8 flags, u64 address)
{
	struct trap_info table[2] = { {
		.vector = vector, .flags = flags, .cs = KERNEL_CS, .address = address,
	} };
	long ret = hypercall(set_trap_table, table);

	if (ret)
		bail("set_trap_table: %ld", ret);
}

/* All exceptions with events masked; 3, 4 and 0x80 for everyone. */
void trap_table_default(void)
{
	static struct trap_info table[24];
	unsigned int n = 0, v;

	for (v = 0; v < 20; v++) {
		if (v == 2 || v == 9 || v == 15)
			continue;
		table[n].vector = v;
		table[n].flags = 4 | (v == 3 || v == 4 ? 3 : 0);
		table[n].cs = KERNEL_CS;
		table[n++].address = trap_stub(v);
	}
	table[n].vector = 0x80;
	table[n].flags = 4 | 3;
	table[n].cs = KERNEL_CS;
	table[n].address = trap_stub(0x80);
	if (hypercall(set_trap_table, table))
		bail("set_trap_table");
}

void set_callback(unsigned int type, unsigned int flags, u64 address)
{
	struct callback_register reg = {
		.type = type, .flags = flags, .address = address,
	};
	long ret = hypercall(callback_op, CALLBACKOP_register, &reg);

	if (ret)
		bail("callback_op register %u: %ld", type, ret);
}

/* What vCPU VI was interrupted with; R becomes the way back there. */
void read_frame(struct seen *s, struct regs *r, u64 flags,
		struct vcpu_info *vi)
{
	u64 *p = r->raw;

	memset(s, 0, sizeof(*s));
	s->vector = r->vector;
	s->mask = vi->evtchn_upcall_mask;
	s->handler_flags = flags;
	s->frame = (u64)p;
	s->rcx = *p++;
	s->r11 = *p++;
	if (r->vector == V_FAILSAFE) {
		s->ds = *p++;
		s->es = *p++;
		s->fs = *p++;
		s->gs = *p++;
	}
	s->has_error = r->vector < 32 && (ERROR_VECTORS >> r->vector & 1);
	if (s->has_error)
		s->error = *p++;
	s->rip = *p++;
	s->cs = *p++;
	s->rflags = *p++;
	s->rsp = *p++;
	s->ss = *p++;
	s->user = (s->cs & 3) == 3;
	s->cr2 = vi->arch.cr2;

	r->f.rcx = s->rcx;
	r->f.r11 = s->r11;
	r->f.flags = 0;
	r->f.rip = s->rip;
	r->f.cs = s->cs & 0xffff;
	r->f.rflags = s->rflags;
	r->f.rsp = s->rsp;
	r->f.ss = s->ss;
	s->regs = *r;
}

void take_events(struct vcpu_info *vi)
{
	unsigned int w, b;

	vi->evtchn_upcall_pending = 0;
	/* What is raised from here on comes with an upcall of its own. */
	asm volatile("lock addl $0, -4(%%rsp)" : : : "memory", "cc");
	for (w = 0; w < 64; w++) {
		unsigned long bits;

		if (!(vi->evtchn_pending_sel >> w & 1))
			continue;
		asm volatile("lock btr %1, %0"
			     : "+m" (vi->evtchn_pending_sel) : "r" ((u64)w) : "memory");
		bits = shared->evtchn_pending[w] & ~shared->evtchn_mask[w];
		for (b = 0; b < 64; b++) {
			if (!(bits >> b & 1))
				continue;
			asm volatile("lock btr %1, %0"
				     : "+m" (shared->evtchn_pending[w])
				     : "r" ((u64)b) : "memory");
			asm volatile("lock incl %0"
				     : "+m" (port_count[w * 64 + b]) : : "memory");
		}
	}
}

/* From start.S, with the flags the handler was entered with. */
void trap(struct regs *r, u64 flags)
{
	struct catch *c = catching;

	if (this_cpu()) {
		cpu_trap(r, flags);
		return;
	}
	if (r->vector == V_EVENT) {
		read_frame(&upcall_seen, r, flags, vcpu);
		nr_upcalls++;
		if (upcall_hook)
			upcall_hook(r);
		else
			take_events(vcpu);
		return;
	}

	read_frame(&seen, r, flags, vcpu);
	nr_traps++;
	if (trap_hook && trap_hook(r))
		return;
	if (!c) {
		const char *where = seen.user ? "user" : "kernel";

		bail("unexpected trap %lu (error 0x%lx) in %s mode at 0x%lx, cr2 0x%lx, rsp 0x%lx",
		     seen.vector, seen.error, where, seen.rip, seen.cr2, seen.rsp);
	}
	catching = NULL;
	r->rbx = c->rbx;
	r->rbp = c->rbp;
	r->r12 = c->r12;
	r->r13 = c->r13;
	r->r14 = c->r14;
	r->r15 = c->r15;
	r->f.rax = r->vector + 1;
	r->f.rip = c->rip;
	r->f.rsp = c->rsp;
	r->f.cs = KERNEL_CS & ~3;
	r->f.ss = KERNEL_SS;
	/* Events as they were, nothing else of what the test did to flags. */
	r->f.rflags = (seen.rflags & FLAG_IF) | 2;
}
