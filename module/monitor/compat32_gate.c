// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit guests: call gates.
 *
 * Processors in long mode know call gates to 64-bit code only.  Guests' are kept
 * so that every use faults, and what a processor in 32-bit mode would have done
 * is done here.  Where Xen gives another fault than a processor it is Xen's.
 */
#include "compat32_far.h"
#include <linux/errno.h>

struct gate_use {
	struct vcpu *v;
	struct regs *regs;
	u32 cpl;		/* whose code it is */
	u64 gate;
	struct far32 insn;

	/* Where it leads. */
	u16 cs;
	bool inner;		/* to the kernel, from outside of it */
	u16 ss;
	u32 sp;
	u32 stack_base;

	/* The exception that it ends with. */
	u8 vector;
	u32 error, address;
};

static bool fault(struct gate_use *g, u8 vector, u32 error)
{
	g->vector = vector;
	g->error = error;
	return false;
}

/* That of the gate itself: the answer to most of what is wrong. */
static bool gate_fault(struct gate_use *g)
{
	return fault(g, TRAP_GP, g->regs->error);
}

static bool page_fault(struct gate_use *g, u32 error, u32 address)
{
	g->address = address;
	return fault(g, TRAP_PF, error);
}

static u32 gate_dpl(const struct gate_use *g)
{
	return g->gate >> 16 & 3;
}

static u32 gate_offset(const struct gate_use *g)
{
	return (g->gate & 0xffff) | (g->gate >> 32 & 0xffff0000);
}

static u32 gate_count(const struct gate_use *g)
{
	return (g->gate & GATE_COUNT) >> 32;
}

/* The one that the fault names. */
static bool find_gate(struct gate_use *g)
{
	u16 sel = g->regs->error;

	if ((!(sel & 4) && sel >> 3 >= g->v->gdt_ents) ||
	    !read_descriptor(g->v, sel, &g->gate))
		return gate_fault(g);
	if ((g->gate & (DESC_S | DESC_TYPE | DESC_DPL)) != GATE_CALL ||
	    gate_dpl(g) < g->cpl)
		return gate_fault(g);
	return g->gate & DESC_P || fault(g, TRAP_NP, sel);
}

/* Loading a segment register with its selector faults just like a call. */
static bool find_insn(struct gate_use *g)
{
	struct far32 *insn = &g->insn;
	int err = -EINVAL;

	if (read_descriptor(g->v, g->regs->cs, &insn->code) &&
	    (insn->code & DESC_P) && (insn->code & DESC_S) &&
	    (insn->code & DESC_CODE))
		err = decode_far32(insn, g->regs);
	if (err == -EFAULT)
		return page_fault(g, 0, insn->missing);
	if (err || (insn->sel & ~3) != g->regs->error ||
	    (insn->sel & 3) > gate_dpl(g))
		return gate_fault(g);
	return true;
}

static bool find_target(struct gate_use *g)
{
	u16 sel = g->gate >> 16 & 0xfffc;
	u32 dpl;
	u64 d;

	if (!read_descriptor(g->v, sel, &d) ||
	    !(d & DESC_S) || !(d & DESC_CODE))
		return fault(g, TRAP_GP, sel);
	dpl = desc_dpl(d);
	/* Conforming code runs in the caller's ring, other code in its own. */
	if (dpl > g->cpl || (dpl < g->cpl && g->insn.jump && !(d & DESC_CONFORM)))
		return fault(g, TRAP_GP, sel);
	if (!(d & DESC_P))
		return fault(g, TRAP_NP, sel);
	if (gate_offset(g) > desc_limit(d))
		return fault(g, TRAP_GP, 0);

	g->inner = dpl < g->cpl && !(d & DESC_CONFORM);
	g->cs = sel | (g->inner ? dpl : g->cpl);
	/* Of no other ring than the kernel's the stack is known. */
	return !g->inner || dpl == 1 || gate_fault(g);
}

static bool is_stack(u64 d, u32 ring)
{
	return desc_dpl(d) == ring && (d & DESC_S) && !(d & DESC_CODE) &&
	       (d & DESC_WRITE);
}

static bool push(struct gate_use *g, u32 word)
{
	const u8 *byte = (const u8 *)&word;
	u32 va, i;

	g->sp -= sizeof(word);
	va = g->stack_base + g->sp;
	for (i = 0; i < sizeof(word); i++)
		if (!ring_reaches32(g->v, g->inner ? 1 : g->cpl, va + i) ||
		    copy_to_guest((u32)(va + i), &byte[i], 1))
			return page_fault(g, PF_W, va + i);
	return true;
}

/* N bytes below sp in the segment D: are they all the guest's? */
static bool room(struct gate_use *g, u64 d, u32 n)
{
	g->stack_base = desc_base(d);
	return va_is_guest((u32)(g->stack_base + g->sp - n), n) || gate_fault(g);
}

static bool push_parameters(struct gate_use *g, u32 n)
{
	u32 sp = g->regs->rsp, word, missing;
	u64 d;

	if (!n)
		return true;
	if (!read_descriptor(g->v, g->regs->ss, &d) || !is_stack(d, g->cpl) ||
	    !desc_covers(d, sp, n * sizeof(word)) ||
	    !va_is_guest((u32)(desc_base(d) + sp), n * sizeof(word)))
		return gate_fault(g);
	while (n--) {
		if (read_bytes32(g->v, g->cpl, desc_base(d) + sp + n * sizeof(word),
				 &word, sizeof(word), &missing))
			return page_fault(g, 0, missing);
		if (!push(g, word))
			return false;
	}
	return true;
}

/* ss, esp, the parameters. */
static bool enter_stack(struct gate_use *g)
{
	u32 bytes = (4 + gate_count(g)) * sizeof(u32);
	u64 d;

	g->ss = g->v->kernel_ss;
	g->sp = g->v->kernel_sp;
	if ((g->ss & 3) != 1 || !read_descriptor(g->v, g->ss, &d) ||
	    !is_stack(d, 1))
		return fault(g, TRAP_TS, g->ss & ~3);
	if (!(d & DESC_P) || !desc_covers(d, g->sp - bytes, bytes))
		return fault(g, TRAP_SS, g->ss & ~3);
	return room(g, d, bytes) && push(g, (u16)g->regs->ss) &&
	       push(g, g->regs->rsp) && push_parameters(g, gate_count(g));
}

static bool same_stack(struct gate_use *g)
{
	u32 bytes = 2 * sizeof(u32);
	u64 d;

	g->ss = g->regs->ss;
	g->sp = g->regs->rsp;
	if (!read_descriptor(g->v, g->ss, &d) || desc_dpl(d) != g->cpl)
		return gate_fault(g);
	if (!desc_covers(d, g->sp - bytes, bytes))
		return fault(g, TRAP_SS, 0);
	return room(g, d, bytes);
}

/* Writes to its stack may have been done when it fails: nothing else has. */
static bool push_frame(struct gate_use *g)
{
	return (g->inner ? enter_stack(g) : same_stack(g)) &&
	       push(g, (u16)g->regs->cs) && push(g, g->insn.next);
}

static void go_on(struct gate_use *g)
{
	struct regs *regs = g->regs;

	if (!g->insn.jump) {
		regs->rsp = g->sp;
		regs->ss = g->ss;
	}
	regs->cs = g->cs;
	regs->rip = gate_offset(g);
	regs->rflags &= ~FL_RF;
	regs->vector = VEC_RESUME;
	note_ring32(g->v, regs);
	if (regs->rflags & FL_TF) {
		g->v->debugreg[6] |= 1UL << 14;
		inject_trap(g->v, TRAP_DB, 0);
	}
}

/* A #GP whose error code is a selector: perhaps that of a call gate. */
void use_gate32(struct vcpu *v, struct regs *regs)
{
	u32 cpl = regs->cs & 3;
	struct gate_use g = {
		.v = v, .regs = regs, .cpl = cpl,
		.insn = { .v = v, .ring = cpl },
	};

	if (find_gate(&g) && find_insn(&g) && find_target(&g) &&
	    (g.insn.jump || push_frame(&g)))
		go_on(&g);
	else if (g.vector == TRAP_PF)
		inject_pf(v, g.error, g.address);
	else
		inject_trap(v, g.vector, g.error);
}
