// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspending and resuming.
 *
 * A guest suspends itself, by SCHEDOP_shutdown on one vCPU.  That one stops all
 * others that are in use, each on its way back to the guest; all leave their
 * state in their contexts, and the VMM is called.  It saves the domain and ends
 * it, or returns: then they go on as if nothing had happened.
 */
#include "pagetable.h"
#include <linux/errno.h>
#include <xen/interface/sched.h>

/* 1 while a vCPU suspends the domain. */
static u32 suspending;

static struct vcpu_guest_context *context_of(struct vcpu *v)
{
	return phys(params.context_gpa + (u64)v->id * XENPV_CONTEXT_SIZE);
}

static struct xenpv_context_extra *extra_of(struct vcpu *v)
{
	return (void *)context_of(v) + XENPV_CONTEXT_EXTRA;
}

#define READ_SELECTOR(seg)						\
	({								\
		u16 sel_;						\
		asm volatile("mov %%" #seg ", %0" : "=r" (sel_));	\
		sel_;							\
	})

static void save_regs(struct vcpu *v, struct cpu_user_regs *u)
{
	const struct regs *r = guest_regs(v);

	u->r15 = r->r15;
	u->r14 = r->r14;
	u->r13 = r->r13;
	u->r12 = r->r12;
	u->rbp = r->rbp;
	u->rbx = r->rbx;
	u->r11 = r->r11;
	u->r10 = r->r10;
	u->r9 = r->r9;
	u->r8 = r->r8;
	u->rax = r->rax;
	u->rcx = r->rcx;
	u->rdx = r->rdx;
	u->rsi = r->rsi;
	u->rdi = r->rdi;
	u->rip = r->rip;
	u->cs = r->cs;
	u->rflags = (r->rflags & ~FL_IOPL) | (u64)v->iopl << 12;
	u->rsp = r->rsp;
	u->ss = r->ss;
	u->ds = READ_SELECTOR(ds);
	u->es = READ_SELECTOR(es);
	u->fs = READ_SELECTOR(fs);
	u->gs = READ_SELECTOR(gs);
	u->saved_upcall_mask = v->info ? v->info->evtchn_upcall_mask : 1;
}

static void save_bases(struct vcpu *v, struct vcpu_guest_context *c)
{
	u64 now, other;

	/* They come with the descriptors, and change with the selectors. */
	if (guest32())
		return;
	now = rdmsr_(MSR_GS_BASE);
	other = rdmsr_(MSR_KERNEL_GS_BASE);
	c->fs_base = rdmsr_(MSR_FS_BASE);
	c->gs_base_kernel = v->kernel_mode ? now : other;
	c->gs_base_user = v->kernel_mode ? other : now;
}

static void save_callbacks(struct vcpu *v, struct vcpu_guest_context *c,
			   struct xenpv_context_extra *x)
{
	memcpy(c->trap_ctxt, v->traps, sizeof(c->trap_ctxt));
	c->event_callback_eip = v->cb[CB_EVENT].rip;
	c->failsafe_callback_eip = v->cb[CB_FAILSAFE].rip;
	c->syscall_callback_eip = guest32() ?
		(u64)v->cb[CB_FAILSAFE].cs << 32 | v->cb[CB_EVENT].cs :
		v->cb[CB_SYSCALL].rip;
	if (v->cb[CB_FAILSAFE].mask_events)
		c->flags |= VGCF_failsafe_disables_events;
	if (v->cb[CB_SYSCALL].mask_events)
		c->flags |= VGCF_syscall_disables_events;
	x->syscall32_eip = v->cb[CB_SYSCALL32].rip;
	x->syscall32_masks = v->cb[CB_SYSCALL32].mask_events;
	x->sysenter_eip = v->cb[CB_SYSENTER].rip;
	x->sysenter_masks = v->cb[CB_SYSENTER].mask_events;
	x->syscall32_cs = v->cb[CB_SYSCALL32].cs;
	x->sysenter_cs = v->cb[CB_SYSENTER].cs;
}

static void save_roots(struct vcpu *v, struct vcpu_guest_context *c)
{
	if (guest32()) {
		c->ctrlreg[3] = v->root32 << PAGE_SHIFT_;
		return;
	}
	c->ctrlreg[1] = v->user_cr3;
	c->ctrlreg[3] = v->kernel_cr3;
}

/* The reverse of load_context() and load_extra(); on the vCPU itself. */
static void save_context(struct vcpu *v)
{
	struct vcpu_guest_context *c = context_of(v);
	struct xenpv_context_extra *x = extra_of(v);

	memset(c, 0, sizeof(*c));
	memset(x, 0, sizeof(*x));
	c->flags = VGCF_online | (v->kernel_mode ? VGCF_in_kernel : 0);
	save_regs(v, &c->user_regs);
	save_bases(v, c);
	save_callbacks(v, c, x);
	c->ldt_base = v->ldt_ents ? v->ldt_base : 0;
	c->ldt_ents = v->ldt_ents;
	get_gdt_frames(v, (u64 *)c->gdt_frames);
	c->gdt_ents = v->gdt_ents;
	c->kernel_ss = guest32() ? v->kernel_ss : SEL_USER_DS;
	c->kernel_sp = v->kernel_sp;
	save_roots(v, c);
	c->ctrlreg[0] = guest_cr0(v);
	c->ctrlreg[4] = guest_cr4(v);
	memcpy(c->debugreg, v->debugreg, sizeof(c->debugreg));
	c->vm_assist = vm_assist;
	x->valid = 1;
}

void load_extra(struct vcpu *v, const struct xenpv_context_extra *x)
{
	const struct vcpu_guest_context *c = (const void *)x -
					     XENPV_CONTEXT_EXTRA;
	int i;

	if (va_is_guest(x->syscall32_eip, 1))
		v->cb[CB_SYSCALL32] = (struct callback){
			x->syscall32_eip, x->syscall32_masks,
			fix_selector32(x->syscall32_cs) };
	if (va_is_guest(x->sysenter_eip, 1))
		v->cb[CB_SYSENTER] = (struct callback){
			x->sysenter_eip, x->sysenter_masks,
			fix_selector32(x->sysenter_cs) };
	__atomic_fetch_or(&vm_assist, c->vm_assist, __ATOMIC_RELAXED);
	set_ts(v, c->ctrlreg[0] & 8);
	set_tsd(v, c->ctrlreg[4] & 4);
	/* What a guest could not have set is left out. */
	for (i = 0; i < 8; i++)
		if (c->debugreg[i])
			set_debugreg(v, i, c->debugreg[i]);
}

/* The others begin when every table is what it was. */
void restore_pins(struct vcpu *v)
{
	const u8 *pins = phys(params.pins_gpa);
	static u32 done;
	u64 mfn;

	if (v->id) {
		while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
			pause_();
		return;
	}
	for (mfn = 0; mfn < params.m2p_entries; mfn++) {
		/* Eight frames without any are one look. */
		if (!(mfn % 8) && mfn + 8 <= params.m2p_entries &&
		    !*(const u64 *)(pins + mfn)) {
			mfn += 7;
			continue;
		}
		if (pins[mfn] && pin_table(v, mfn, pins[mfn] & FRAME_LEVEL))
			domain_crash(v, "frame %lx cannot be a page table of level %u",
				     (unsigned long)mfn, pins[mfn]);
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
}

/* Before V runs guest code. */
void stop_if_suspending(struct vcpu *v)
{
	__atomic_fetch_and(&v->todo, ~TODO_STOP, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&suspending, __ATOMIC_SEQ_CST))
		return;
	save_context(v);
	__atomic_store_n(&v->stopped, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&suspending, __ATOMIC_SEQ_CST)) {
		flush_if_wanted(v);
		pause_();
	}
	__atomic_store_n(&v->stopped, false, __ATOMIC_SEQ_CST);
}

static void stop_others(struct vcpu *v)
{
	u32 i;

	for (i = 0; i < params.nr_vcpus; i++) {
		struct vcpu *t = vcpu_of(i);

		extra_of(t)->valid = 0;
		if (t != v && READ_ONCE_(t->online))
			todo_add(t, TODO_STOP);
	}
	for (i = 0; i < params.nr_vcpus; i++) {
		struct vcpu *t = vcpu_of(i);

		while (t != v && READ_ONCE_(t->online) &&
		       !__atomic_load_n(&t->stopped, __ATOMIC_SEQ_CST)) {
			flush_if_wanted(v);
			pause_();
		}
	}
}

static void start_others(struct vcpu *v)
{
	u32 i;

	__atomic_store_n(&suspending, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < params.nr_vcpus; i++)
		while (__atomic_load_n(&vcpu_of(i)->stopped, __ATOMIC_SEQ_CST)) {
			flush_if_wanted(v);
			pause_();
		}
}

long do_suspend(struct vcpu *v)
{
	long ret;

	if (__atomic_exchange_n(&suspending, 1, __ATOMIC_SEQ_CST))
		return -EBUSY;
	stop_others(v);
	save_context(v);
	/* Where it goes on elsewhere, this call has returned 0. */
	context_of(v)->user_regs.rax = 0;
	ret = call_slow(v, __HYPERVISOR_sched_op, SCHEDOP_shutdown,
			SHUTDOWN_suspend, 0, 0);
	start_others(v);
	return ret;
}
