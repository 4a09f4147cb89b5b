// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions, interrupts and syscalls: who gets them, guest or monitor. */
#include "monitor.h"
#include "sections.h"

#define SOFTINT(e)	(((e) & 7) == 2)	/* error code of an INT n */

/* Deliver a hardware exception to the guest's handler. */
void inject_trap(struct vcpu *v, u8 vector, u64 error)
{
	/* The vectors below 32 that come with an error code. */
	static const u32 has_error = 1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 |
				     1u << 13 | 1u << 14 | 1u << 17 | 1u << 21 |
				     1u << 29 | 1u << 30;
	struct trap_info *ti = &v->traps[vector];

	if (!ti->address)
		domain_crash(v, "unhandled trap %u, error %lx", vector,
			     (unsigned long)error);
	bounce(v, guest_regs(v), ti->cs, ti->address, ti->flags & 4,
	       vector < 32 && (has_error >> vector & 1), error);
}

void inject_gp(struct vcpu *v, u64 error)
{
	inject_trap(v, TRAP_GP, error);
}

void inject_pf(struct vcpu *v, u64 error, u64 addr)
{
	set_cr2(v, addr);
	/* Where kernel and user both run in ring 3 only we know which it was. */
	if (v->kernel_mode)
		error &= ~PF_U;
	else
		error |= PF_U;
	inject_trap(v, TRAP_PF, error);
}

/* INT n whose gate is not open to ring 3 arrives as #GP. */
static bool soft_interrupt(struct vcpu *v, struct regs *regs, u8 vector)
{
	struct trap_info *ti = &v->traps[vector];
	unsigned int dpl = ti->flags & 3;

	if (!ti->address || dpl < (v->kernel_mode ? 1 : 3))
		return false;
	regs->rip += 2;
	bounce(v, regs, ti->cs, ti->address, ti->flags & 4, false, 0);
	return true;
}

static void trap_gp(struct vcpu *v, struct regs *regs)
{
	if (SOFTINT(regs->error)) {
		if (soft_interrupt(v, regs, regs->error >> 3))
			return;
	} else if (!regs->error && emulate_gp(v, regs)) {
		return;
	} else if (guest32() && regs->error && !(regs->error & 3)) {
		use_gate32(v, regs);
		return;
	}
	inject_gp(v, regs->error);
}

static void trap_int80(struct vcpu *v, struct regs *regs)
{
	regs->rip -= 2;
	if (!soft_interrupt(v, regs, 0x80))
		inject_gp(v, 0x80 << 3 | 2);
}

static void trap_db(struct vcpu *v, struct regs *regs)
{
	u64 dr6;

	asm volatile("mov %%db6, %0" : "=r" (dr6));
	asm volatile("mov %0, %%db6" : : "r" (0xffff0ff0UL));
	v->debugreg[6] = dr6 | (v->debugreg[6] & 0xf);
	inject_trap(v, TRAP_DB, 0);
}

static void trap_nm(struct vcpu *v, struct regs *regs)
{
	asm volatile("clts");
	if (v->ts) {
		v->ts = false;
		inject_trap(v, TRAP_NM, 0);
	}
}

static void guest_trap(struct vcpu *v, struct regs *regs)
{
	u64 cr2;

	switch (regs->vector) {
	case TRAP_PF:
		cr2 = read_cr2_();
		if (!mmu_fix_fault(v, cr2, regs->error))
			inject_pf(v, regs->error, cr2);
		break;
	case TRAP_GP:
		trap_gp(v, regs);
		break;
	case TRAP_UD:
		if (!emulate_ud(v, regs))
			inject_trap(v, TRAP_UD, 0);
		break;
	case TRAP_NM:
		trap_nm(v, regs);
		break;
	case TRAP_DB:
		trap_db(v, regs);
		break;
	case 0x80:
		trap_int80(v, regs);
		break;
	case VEC_INT82:
		hypercall32(v, regs);
		break;
	case VEC_SYSCALL32:
	case VEC_SYSENTER: {
		struct callback *cb = &v->cb[regs->vector == VEC_SYSENTER ?
					     CB_SYSENTER : CB_SYSCALL32];

		if (guest32()) {
			trap_syscall32(v, regs);
		} else if (cb->rip && !v->kernel_mode) {
			bounce(v, regs, 0, cb->rip, cb->mask_events, false, 0);
		} else if (regs->vector == VEC_SYSENTER) {
			inject_gp(v, 0);
		} else {
			/* To the guest the instruction does not exist. */
			regs->rip -= 2;
			inject_trap(v, TRAP_UD, 0);
		}
		break;
	}
	default:
		inject_trap(v, regs->vector, regs->error);
	}
}

/* A fault of the monitor itself: expected ones have a way out. */
static struct regs *monitor_fault(struct vcpu *v, struct regs *regs)
{
	unsigned long fix = ex_fixup(regs->rip);
	struct regs *g = guest_regs(v), copy;

	if (fix) {
		regs->rip = fix;
		return regs;
	}
	if (regs->rip != (unsigned long)resume_iretq)
		monitor_panic(regs, "unexpected fault in the monitor");

	/*
	 * The iretq to the guest failed: its selectors or rip are bad.  The
	 * guest takes the exception as if at the target.  The general registers
	 * are already the guest's, the frame is still there; both frames
	 * overlap, hence the copy.
	 */
	copy = *regs;
	memcpy(g, &copy, offset_of(struct regs, vector));
	g->vector = VEC_RESUME;
	g->error = 0;
	if (guest32())
		note_ring32(v, g);
	inject_trap(v, copy.vector, copy.error);
	return return_to_guest(v, g);
}

struct regs *do_trap(struct regs *regs)
{
	struct vcpu *v = this_vcpu();

	if (guest32())
		note_ring32(v, regs);
	if (regs->vector >= 0xf0 && regs->vector < 0x100) {
		handle_interrupt(v, regs);
		if (!(regs->cs & 3)) {
			/* Some hypervisors lose the STI shadow: do not sleep. */
			if (regs->rip == (unsigned long)idle_hlt)
				regs->rip++;
			return regs;
		}
	} else if (regs->cs & 3) {
		guest_trap(v, regs);
	} else {
		return monitor_fault(v, regs);
	}
	return return_to_guest(v, regs);
}

struct regs *do_syscall(struct regs *regs)
{
	struct vcpu *v = this_vcpu();

	if (!v->kernel_mode) {
		bounce_syscall(v, regs);
	} else if (regs->rax == __HYPERVISOR_iret) {
		do_iret(v, regs);
	} else {
		unsigned long args[6] = { regs->rdi, regs->rsi, regs->rdx,
					  regs->r10, regs->r8, regs->r9 };

		regs->rax = hypercall(v, regs->rax, args);
	}
	return return_to_guest(v, regs);
}

/* What another vCPU has asked of this one. */
static noinline void do_todo(struct vcpu *v, struct regs *regs)
{
	struct trap_info *nmi = &v->traps[TRAP_NMI];

	/* First the request, then its cause: a new one sets it again. */
	__atomic_fetch_and(&v->todo, ~TODO_PARK, __ATOMIC_SEQ_CST);
	if (!READ_ONCE_(v->online))
		vcpu_park(v);
	stop_if_suspending(v);
	if (!(READ_ONCE_(v->todo) & TODO_NMI) || v->nmi_masked)
		return;
	__atomic_fetch_and(&v->todo, ~TODO_NMI, __ATOMIC_SEQ_CST);
	if (!nmi->address)
		return;
	v->nmi_masked = true;
	bounce(v, regs, nmi->cs, nmi->address, nmi->flags & 4, false, 0);
}

/*
 * Last look before the guest runs: events, and whether sysret will do.  The
 * rip test keeps Intel's non-canonical sysret fault out of ring 0.
 */
__always_inline
struct regs *return_to_guest(struct vcpu *v, struct regs *regs)
{
	if (unlikely(READ_ONCE_(v->todo)))
		do_todo(v, regs);
	if (unlikely(event_deliverable(v))) {
		struct callback *cb = &v->cb[CB_EVENT];

		if (!cb->rip)
			domain_crash(v, "event without an event callback");
		bounce(v, regs, cb->cs, cb->rip, true, false, 0);
	}
	if (regs->vector == VEC_SYSCALL && unlikely(!canonical(regs->rip)))
		regs->vector = VEC_RESUME;
	return regs;
}

void do_fatal(struct regs *regs)
{
	monitor_panic(regs, regs->vector == 8 ? "double fault in the monitor" :
		      "machine check");
}
