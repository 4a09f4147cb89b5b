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

static unsigned long frame_rflags(struct vcpu *v, struct regs *regs)
{
	unsigned long fl = regs->rflags & ~(FL_IF | FL_IOPL);

	if (!v->info || !v->info->evtchn_upcall_mask)
		fl |= FL_IF;
	if (v->iopl)
		fl |= (unsigned long)v->iopl << 12;
	return fl;
}

/*
 * Put the common part of a frame (rip, cs with the saved event mask, rflags,
 * rsp, ss) and EXTRA words below it on the guest's kernel stack.
 */
static void push_frame(struct vcpu *v, struct regs *regs, const u64 *extra, int n)
{
	bool from_kernel = v->kernel_mode;
	unsigned long sp, rflags = frame_rflags(v, regs);
	u64 cs = regs->cs & 0xffff;
	u8 mask = v->info ? v->info->evtchn_upcall_mask : 1;
	int i, bad;

	if (from_kernel) {
		sp = regs->rsp & ~0xfUL;
		cs &= ~3UL;
	} else {
		sp = v->kernel_sp & ~0xfUL;
		toggle_mode(v);
	}
	sp -= (5 + n) * 8;

	bad = put_guest64(sp + (n + 4) * 8, regs->ss & 0xffff);
	bad |= put_guest64(sp + (n + 3) * 8, regs->rsp);
	bad |= put_guest64(sp + (n + 2) * 8, rflags);
	bad |= put_guest64(sp + (n + 1) * 8, cs | (u64)mask << 32);
	bad |= put_guest64(sp + n * 8, regs->rip);
	for (i = 0; i < n; i++)
		bad |= put_guest64(sp + i * 8, extra[i]);
	if (bad)
		domain_crash(v, "cannot write an exception frame at %lx", sp);

	regs->rsp = sp;
	regs->ss = SEL_USER_DS;
	regs->cs = SEL_USER_CS64;
	regs->rflags &= ~(FL_TF | FL_RF | FL_NT | FL_VM | FL_AC | FL_IOPL |
			  FL_VIF | FL_VIP);
	regs->rflags |= FL_IF;
	/*
	 * rcx and r11 are on the guest's stack, it pops them itself: sysret may
	 * clobber them and is the cheaper way back.
	 */
	regs->vector = VEC_SYSCALL;
}

void bounce(struct vcpu *v, struct regs *regs, unsigned long rip, bool mask,
	    bool has_error, u64 error)
{
	u64 extra[3] = { regs->rcx, regs->r11, error };

	push_frame(v, regs, extra, has_error ? 3 : 2);
	regs->rip = rip;
	if (mask && v->info)
		v->info->evtchn_upcall_mask = 1;
}

/* __HYPERVISOR_iret: struct iret_context at the guest's rsp. */
long do_iret(struct vcpu *v, struct regs *regs)
{
	struct iret_context f;

	if (copy_from_guest(&f, regs->rsp, sizeof(f)))
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
		if (regs->rflags & (FL_TF | FL_NT))
			regs->vector = VEC_RESUME;
	} else {
		regs->vector = VEC_RESUME;
		regs->r11 = f.r11;
		regs->rcx = f.rcx;
	}
	/* The mask comes back with the frame's IF. */
	if (v->info)
		v->info->evtchn_upcall_mask = !(f.rflags & FL_IF);
	return HYPERCALL_NO_RESULT;
}
