// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit guests: frames on the guest's stack, and the iret hypercall.
 *
 * The kernel runs in ring 1 and its processes in ring 3 of the same page
 * tables, so the code segment alone tells one from the other.  Stacks are taken
 * to be in flat segments, as all known kernels have them.
 */
#include "monitor.h"
#include <linux/errno.h>

/* No selector of a guest's may ask for ring 0. */
u16 fix_selector32(u16 sel)
{
	return sel & 3 ? sel : sel | 1;
}

/* Whose code was interrupted; nothing when that was the monitor itself. */
void note_ring32(struct vcpu *v, const struct regs *regs)
{
	if (regs->cs & 3)
		v->kernel_mode = (regs->cs & 3) == 1;
}

static u32 frame_eflags(struct vcpu *v, const struct regs *regs, u8 mask)
{
	u32 eflags = (u32)regs->rflags & ~(u32)(FL_IF | FL_IOPL);

	return eflags | (mask ? 0 : FL_IF) | v->iopl << 12;
}

/*
 * An error code if there is one, eip, cs with the saved event mask, eflags; and
 * esp and ss, unless the kernel itself was interrupted.
 */
void bounce32(struct vcpu *v, struct regs *regs, u16 cs, u32 eip, bool mask,
	      bool has_error, u32 error)
{
	u8 saved = v->info ? v->info->evtchn_upcall_mask : 1;
	/* As in Xen ring 2, which nobody uses, is not the kernel. */
	bool inner = !(regs->cs & 2);
	u32 sp = inner ? regs->rsp : v->kernel_sp;
	u32 frame[6];
	int n = 0;

	/*
	 * Outside of ring 1 one whose segment is no good would find its stack
	 * empty again each time, and no end.
	 */
	if (!(cs & ~3) || (cs & 3) > 1)
		domain_crash(v, "a handler at %x whose code segment %x is not the kernel's",
			     eip, cs);
	if (has_error)
		frame[n++] = error;
	frame[n++] = regs->rip;
	frame[n++] = (u16)regs->cs | (u32)saved << 16;
	frame[n++] = frame_eflags(v, regs, saved);
	if (!inner) {
		frame[n++] = regs->rsp;
		frame[n++] = (u16)regs->ss;
		regs->ss = v->kernel_ss;
	}
	sp -= n * 4;
	if (copy_to_guest(sp, frame, n * 4))
		domain_crash(v, "cannot write an exception frame at %x", sp);

	regs->rsp = sp;
	regs->cs = fix_selector32(cs);
	regs->rip = eip;
	regs->rflags &= ~(FL_TF | FL_RF | FL_NT | FL_VM | FL_IOPL | FL_VIF |
			  FL_VIP);
	regs->rflags |= FL_IF;
	regs->vector = VEC_RESUME;
	note_ring32(v, regs);
	if (mask && v->info)
		v->info->evtchn_upcall_mask = 1;
}

/* __HYPERVISOR_iret: eax, eip, cs, eflags and, to ring 3, esp and ss. */
void do_iret32(struct vcpu *v, struct regs *regs)
{
	u32 sp = regs->rsp, f[4], outer[2];

	if (copy_from_guest(f, sp, sizeof(f)))
		domain_crash(v, "iret: no frame at %x", sp);
	if (!(f[2] & 3))
		domain_crash(v, "iret to ring 0");
	sp += sizeof(f);
	if ((f[2] & 3) != 1) {
		if (copy_from_guest(outer, sp, sizeof(outer)))
			domain_crash(v, "iret: no frame at %x", sp);
		regs->rsp = outer[0];
		regs->ss = fix_selector32(outer[1]);
	} else {
		regs->rsp = sp;
	}
	regs->rax = f[0];
	regs->rip = f[1];
	regs->cs = (u16)f[2];
	regs->rflags = (f[3] & FL_GUEST) | FL_IF | FL_MB1;
	regs->vector = VEC_RESUME;
	v->nmi_masked = false;
	if (v->info)
		v->info->evtchn_upcall_mask = !(f[3] & FL_IF);
	note_ring32(v, regs);
	/* There is no virtual 8086 mode to return to. */
	if (f[3] & FL_VM)
		inject_gp(v, 0);
}

/* The hardware forgot where SYSCALL and SYSENTER came from: from a process. */
void trap_syscall32(struct vcpu *v, struct regs *regs)
{
	bool sysenter = regs->vector == VEC_SYSENTER;
	struct callback *cb = &v->cb[sysenter ? CB_SYSENTER : CB_SYSCALL32];

	regs->cs = SEL_RING3_CS32;
	regs->ss = SEL_RING3_DS32;
	note_ring32(v, regs);
	if (cb->rip) {
		bounce32(v, regs, cb->cs, cb->rip, cb->mask_events, false, 0);
		return;
	}
	if (!sysenter)
		regs->rip -= 2;
	inject_gp(v, 0);
}

/* mov $NR, %eax; int $0x82; ret; and for iret with a push of eax before */
bool hypercall_page32(u8 *page)
{
	static const u8 call[] = { 0xb8, 0, 0, 0, 0, 0xcd, VEC_INT82, 0xc3 };
	static const u8 iret[] = { 0x50, 0xb8, __HYPERVISOR_iret, 0, 0, 0, 0xcd,
				   VEC_INT82 };
	u32 nr;

	memset(page, 0xcc, PAGE_BYTES);
	for (nr = 0; nr < PAGE_BYTES / 32; nr++) {
		memcpy(page + nr * 32, call, sizeof(call));
		memcpy(page + nr * 32 + 1, &nr, sizeof(nr));
	}
	memcpy(page + __HYPERVISOR_iret * 32, iret, sizeof(iret));
	return true;
}
