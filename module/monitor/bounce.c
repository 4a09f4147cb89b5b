// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames the guest kernel sees, and the iret hypercall that undoes them.
 * Layouts are Xen's: Documentation/monitor-abi.rst draws them.
 */
#include "monitor.h"
#include <linux/errno.h>

/*
 * Change between the guest's kernel and user mode.  The inactive GS base waits
 * in KERNEL_GS_BASE, so swapgs is all there is to do for it.
 */
void toggle_mode(struct vcpu *v)
{
	v->kernel_mode = !v->kernel_mode;
	swapgs_();
	write_cr3_(v->kernel_mode ? v->kernel_cr3 : v->user_cr3);
}

/*
 * Word N of a frame on the guest's stack; the caller has checked the range.
 * A fault jumps to the caller's way out, so the good path has no tests.
 */
static __always_inline bool store(unsigned long sp, int n, u64 val)
{
	asm goto("1: movq %1, %c2(%0)\n" EX_TABLE_GOTO(1b, fault)
		 : : "r" (sp), "r" (val), "i" (n * 8)
		 : "memory" : fault);
	return true;
fault:
	return false;
}

static __always_inline unsigned long frame_rflags(struct vcpu *v,
						  unsigned long rflags, u8 mask)
{
	rflags &= ~(FL_IF | FL_IOPL);
	if (!mask)
		rflags |= FL_IF;
	return rflags | (unsigned long)v->iopl << 12;
}

/*
 * Put a frame on the guest's kernel stack: rcx, r11, an error code if there is
 * one, rip, cs with the saved event mask, rflags, rsp, ss.
 */
static __always_inline void push_frame(struct vcpu *v, struct regs *regs,
				       bool has_error, u64 error)
{
	u8 mask = v->info ? v->info->evtchn_upcall_mask : 1;
	unsigned long rflags = frame_rflags(v, regs->rflags, mask);
	u64 cs = (u16)regs->cs;
	unsigned long sp;

	if (v->kernel_mode) {
		sp = regs->rsp & ~0xfUL;
		cs &= ~3UL;
	} else {
		sp = v->kernel_sp & ~0xfUL;
		toggle_mode(v);
	}
	sp -= 5 * 8;
	if (!va_is_guest(sp - 3 * 8, 8 * 8))
		goto fault;
	if (!store(sp, 4, (u16)regs->ss) || !store(sp, 3, regs->rsp) ||
	    !store(sp, 2, rflags) || !store(sp, 1, cs | (u64)mask << 32) ||
	    !store(sp, 0, regs->rip))
		goto fault;
	if (has_error) {
		sp -= 8;
		if (!store(sp, 0, error))
			goto fault;
	}
	sp -= 16;
	if (!store(sp, 1, regs->r11) || !store(sp, 0, regs->rcx))
		goto fault;

	regs->rsp = sp;
	regs->ss = SEL_USER_DS;
	regs->cs = SEL_USER_CS64;
	/* The frame keeps what the kernel must not run with. */
	regs->rflags &= ~(FL_TF | FL_DF | FL_RF | FL_NT | FL_VM | FL_AC |
			  FL_IOPL | FL_VIF | FL_VIP);
	regs->rflags |= FL_IF;
	/*
	 * rcx and r11 are on the guest's stack, it pops them itself: sysret may
	 * clobber them and is the cheaper way back.
	 */
	regs->vector = VEC_SYSCALL;
	return;

fault:
	domain_crash(v, "cannot write an exception frame at %lx", sp);
}

/* CS is what a 32-bit guest wants to be entered with. */
void bounce(struct vcpu *v, struct regs *regs, u16 cs, unsigned long rip,
	    bool mask, bool has_error, u64 error)
{
	if (guest32()) {
		bounce32(v, regs, cs, rip, mask, has_error, error);
		return;
	}
	push_frame(v, regs, has_error, error);
	regs->rip = rip;
	if (mask && v->info)
		v->info->evtchn_upcall_mask = 1;
}

/* The commonest bounce of all. */
void bounce_syscall(struct vcpu *v, struct regs *regs)
{
	struct callback *cb = &v->cb[CB_SYSCALL];

	if (!cb->rip) {
		/* To the guest the instruction does not exist. */
		regs->rip -= 2;
		inject_trap(v, TRAP_UD, 0);
		return;
	}
	push_frame(v, regs, false, 0);
	regs->rip = cb->rip;
	if (cb->mask_events && v->info)
		v->info->evtchn_upcall_mask = 1;
}

/*
 * Once anything has changed that syscall.S relies on: what the commonest system
 * call and the way back from it look like.
 */
void fast_update(struct vcpu *v)
{
	struct callback *cb = &v->cb[CB_SYSCALL];
	unsigned long sp = v->kernel_sp & ~0xfUL;

	v->fast = !guest32() && v->info && !(params.flags & XENPV_PARAMS_SLOW);
	v->fast_rip = cb->rip;
	v->fast_sp = v->fast && cb->rip && cb->mask_events &&
		     va_is_guest(sp - 8 * 8, 8 * 8) ? sp - 7 * 8 : 0;
}

/* Word N of an iret frame, to the same place in its copy. */
#define LOAD(n)								\
	"1: movq 8*" #n "(%[from]), %%rax\n"				\
	"   movq %%rax, 8*" #n "(%[to])\n"				\
	EX_TABLE(1b, 9f)

static __always_inline bool load_iret(struct iret_context *f, unsigned long sp)
{
	bool bad = true;

	if (!va_is_guest(sp, sizeof(*f)))
		return false;
	asm volatile(LOAD(0) LOAD(1) LOAD(2) LOAD(3) LOAD(4) LOAD(5) LOAD(6)
		     LOAD(7) LOAD(8)
		     "   xorl %k[bad], %k[bad]\n"
		     "9:\n"
		     : [bad] "+r" (bad), "=m" (*f)
		     : [from] "r" (sp), [to] "r" (f)
		     : "rax", "cc");
	return !bad;
}

/* __HYPERVISOR_iret: struct iret_context at the guest's rsp. */
void do_iret(struct vcpu *v, struct regs *regs)
{
	struct iret_context f;

	if (!load_iret(&f, regs->rsp))
		domain_crash(v, "iret: no frame at %lx",
			     (unsigned long)regs->rsp);

	if ((f.cs & 3) == 3) {
		if (!v->user_cr3)
			domain_crash(v, "iret to user mode without a user page table");
		toggle_mode(v);
	}
	regs->rip = f.rip;
	regs->cs = (f.cs & 0xffff) | 3;
	regs->rflags = (f.rflags & FL_GUEST) | FL_IF | FL_MB1;
	regs->rsp = f.rsp;
	regs->ss = (f.ss & 0xffff) | 3;
	regs->rax = f.rax;
	if (f.flags & VGCF_in_syscall) {
		regs->cs = SEL_USER_CS64;
		regs->ss = SEL_USER_DS;
		/* As sysret leaves them, should iretq have to do its work. */
		regs->rcx = regs->rip;
		regs->r11 = regs->rflags;
		if (regs->rflags & (FL_TF | FL_RF))
			regs->vector = VEC_RESUME;
	} else {
		regs->vector = VEC_RESUME;
		regs->r11 = f.r11;
		regs->rcx = f.rcx;
	}
	v->nmi_masked = false;
	/* The mask comes back with the frame's IF. */
	if (v->info)
		v->info->evtchn_upcall_mask = !(f.rflags & FL_IF);
}
