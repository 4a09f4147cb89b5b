// SPDX-License-Identifier: GPL-2.0-only
/* vcpu_op, and the context a vCPU starts with. */
#include "pagetable.h"
#include <linux/errno.h>
#include <xen/interface/sched.h>

/* Where both sides have no field for a callback's code segment: as in Xen. */
static void load_rings32(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct regs *r = guest_regs(v);
	int i;

	r->cs = fix_selector32(c->user_regs.cs);
	r->ss = fix_selector32(c->user_regs.ss);
	v->kernel_ss = fix_selector32(c->kernel_ss);
	v->kernel_sp = (u32)c->kernel_sp;
	for (i = 0; i < 256; i++)
		v->traps[i].cs = fix_selector32(v->traps[i].cs);
	v->cb[CB_EVENT].cs = fix_selector32(c->syscall_callback_eip);
	v->cb[CB_FAILSAFE].cs = fix_selector32(c->syscall_callback_eip >> 32);
	v->cb[CB_SYSCALL] = (struct callback){ };
	note_ring32(v, r);
}

/* A context from the VMM or from VCPUOP_initialise, into a vCPU not running. */
int load_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct regs *r = guest_regs(v);
	const struct cpu_user_regs *u = &c->user_regs;
	int i, err;

	for (i = 0; i < 256; i++)
		if (c->trap_ctxt[i].address &&
		    !va_is_guest(c->trap_ctxt[i].address, 1))
			return -EINVAL;
	if ((c->event_callback_eip && !va_is_guest(c->event_callback_eip, 1)) ||
	    (c->failsafe_callback_eip && !va_is_guest(c->failsafe_callback_eip, 1)) ||
	    (c->syscall_callback_eip && !guest32() &&
	     !va_is_guest(c->syscall_callback_eip, 1)))
		return -EINVAL;
	if (!canonical(c->fs_base) || !canonical(c->gs_base_kernel) ||
	    !canonical(c->gs_base_user) ||
	    (!(c->flags & VGCF_in_kernel) && !(c->ctrlreg[1] >> PAGE_SHIFT_) &&
	     !guest32()))
		return -EINVAL;
	/* What is taken here is given back when the rest is refused. */
	err = set_gdt_frames(v, (const u64 *)c->gdt_frames, c->gdt_ents);
	if (!err)
		err = mmu_set_user_cr3(v, c->ctrlreg[1] >> PAGE_SHIFT_);
	if (err)
		return err;
	err = mmu_set_cr3(v, xen_cr3_to_pfn(c->ctrlreg[3]));
	if (err) {
		mmu_set_user_cr3(v, 0);
		return err;
	}

	r->r15 = u->r15;
	r->r14 = u->r14;
	r->r13 = u->r13;
	r->r12 = u->r12;
	r->rbp = u->rbp;
	r->rbx = u->rbx;
	r->r11 = u->r11;
	r->r10 = u->r10;
	r->r9 = u->r9;
	r->r8 = u->r8;
	r->rax = u->rax;
	r->rcx = u->rcx;
	r->rdx = u->rdx;
	r->rsi = u->rsi;
	r->rdi = u->rdi;
	r->rip = u->rip;
	r->rsp = u->rsp;
	r->cs = u->cs | 3;
	r->ss = u->ss | 3;
	r->rflags = (u->rflags & FL_GUEST) | FL_IF | FL_MB1;
	r->vector = VEC_RESUME;
	r->error = 0;

	v->kernel_mode = c->flags & VGCF_in_kernel;
	v->kernel_sp = c->kernel_sp;
	v->iopl = u->rflags >> 12 & 3;
	memcpy(v->traps, c->trap_ctxt, sizeof(v->traps));
	v->cb[CB_EVENT] = (struct callback){ c->event_callback_eip, true };
	v->cb[CB_FAILSAFE] = (struct callback){ c->failsafe_callback_eip,
				c->flags & VGCF_failsafe_disables_events };
	v->cb[CB_SYSCALL] = (struct callback){ c->syscall_callback_eip,
				c->flags & VGCF_syscall_disables_events };
	v->fs_base = c->fs_base;
	v->gs_base = v->kernel_mode ? c->gs_base_kernel : c->gs_base_user;
	v->gs_other = v->kernel_mode ? c->gs_base_user : c->gs_base_kernel;
	v->sel_ds = u->ds;
	v->sel_es = u->es;
	v->sel_fs = u->fs;
	v->sel_gs = u->gs;
	if (guest32())
		load_rings32(v, c);
	v->ldt_base = c->ldt_base;
	v->ldt_ents = c->ldt_ents;
	fast_update(v);
	/* Last: VCPUOP_up of another vCPU looks at it. */
	__atomic_store_n(&v->initialised, true, __ATOMIC_RELEASE);
	return 0;
}

static long op_initialise(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	/* Too large for the stack; one at a time is enough. */
	static struct vcpu_guest_context ctxt;
	static u32 busy;
	long ret;

	/* A vCPU beyond the 32nd has to register a vcpu_info first. */
	if (!t->info)
		return -EINVAL;
	lock(&busy);
	if (guest32() ? !copy_context32(&ctxt, va) :
			copy_from_guest(&ctxt, va, sizeof(ctxt)))
		ret = -EFAULT;
	else if (t->initialised)
		ret = -EEXIST;
	else
		ret = load_context(t, &ctxt);
	unlock(&busy);
	return ret;
}

static long op_up(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	if (!t->initialised)
		return -EINVAL;
	if (!__atomic_exchange_n(&t->online, true, __ATOMIC_SEQ_CST)) {
		call_slow(v, XENPV_OP_VCPU_STATE, t->id, 1, 0, 0);
		kick(t->id);
	}
	return 0;
}

static long op_down(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	/* Or two could take each other down, with nobody left. */
	static u32 downing;
	u32 i, others = 0;
	bool was = false;

	lock(&downing);
	for (i = 0; i < params.nr_vcpus; i++)
		others += vcpu_of(i) != t && READ_ONCE_(vcpu_of(i)->online);
	if (others)
		was = __atomic_exchange_n(&t->online, false, __ATOMIC_SEQ_CST);
	unlock(&downing);
	/* With its last vCPU the domain is off. */
	if (!others)
		return do_shutdown(v, SHUTDOWN_poweroff);
	if (was) {
		call_slow(v, XENPV_OP_VCPU_STATE, t->id, 0, 0, 0);
		todo_add(t, TODO_PARK);
	}
	return 0;
}

static long op_is_up(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	return READ_ONCE_(t->online);
}

static long op_get_runstate(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	struct vcpu_runstate_info info;

	runstate_get(t, &info);
	if (guest32())
		return copy_runstate32(va, &info);
	return copy_to_guest(va, &info, sizeof(info));
}

/* An address of the guest's, in a word of its width. */
static int get_address(unsigned long va, u64 *address)
{
	if (!guest32())
		return get_guest64(va, address);
	*address = 0;
	return copy_from_guest(address, va, 4);
}

static long op_register_runstate(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	struct vcpu_runstate_info info;
	u64 area;

	if (get_address(va, &area))
		return -EFAULT;
	if (!va_is_guest(area, sizeof(info)))
		return -EFAULT;
	WRITE_ONCE_(t->runstate_va, area);
	/* Xen does not mind either when nothing is mapped there yet. */
	runstate_get(t, &info);
	if (area && guest32())
		copy_runstate32(area, &info);
	else if (area)
		copy_to_guest(area, &info, sizeof(info));
	return 0;
}

static long op_register_time(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	u64 area;

	if (get_address(va, &area))
		return -EFAULT;
	if (area && !va_is_guest(area, sizeof(struct pvclock_vcpu_time_info)))
		return -EFAULT;
	WRITE_ONCE_(t->time_va, area);
	__atomic_fetch_add(&t->time_asked, 1, __ATOMIC_SEQ_CST);
	/* One that sleeps does it when it wakes. */
	if (t == v)
		clock_sync_copy(v);
	else
		kick(t->id);
	return 0;
}

/* What the module does where it writes to the guest's vcpu_info itself. */
static long move_info(struct vcpu *t, u64 gpa)
{
	struct vcpu_info *info = phys(gpa);

	if (t->info_registered)
		return -EINVAL;
	t->info_registered = true;
	if (t->info)
		memcpy(info, t->info, sizeof(*info));
	else
		memset(info, 0, sizeof(*info));
	if (!t->info)
		info->evtchn_upcall_mask = 1;
	select_all(info);
	info->evtchn_upcall_pending = 1;
	return 0;
}

static long op_register_info(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	struct vcpu_register_vcpu_info reg;
	u64 gpa;
	long ret;

	if (copy_from_guest(&reg, va, sizeof(reg)))
		return -EFAULT;
	if (reg.offset > PAGE_BYTES - sizeof(struct vcpu_info) ||
	    (reg.offset & (guest32() ? 3 : 7)))
		return -ENXIO;
	if (!mfn_is_ram(reg.mfn))
		return -EINVAL;
	if (v != t && t->online)
		return -EINVAL;
	gpa = (reg.mfn << PAGE_SHIFT_) + reg.offset;
	ret = events_relayed() ? move_info(t, gpa) :
	      call_slow(v, XENPV_OP_VCPU_INFO, t->id, gpa, 0, 0);
	if (ret)
		return ret;
	set_info(t, gpa);
	if (t == v)
		clock_move(t);
	return 0;
}

static long op_set_periodic(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	struct vcpu_set_periodic_timer p;

	if (copy_from_guest(&p, va, sizeof(p)))
		return -EFAULT;
	/* Xen's limits: 1 ms, and the largest that cannot overflow. */
	if (p.period_ns < 1000000 || p.period_ns >= (1ULL << 62))
		return -EINVAL;
	WRITE_ONCE_(t->periodic_ns, p.period_ns);
	timer_changed(v, t);
	return 0;
}

static long op_stop_periodic(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	WRITE_ONCE_(t->periodic_ns, 0);
	timer_changed(v, t);
	return 0;
}

static long op_set_singleshot(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	struct vcpu_set_singleshot_timer s;

	if (t != v)
		return -EINVAL;
	/* Behind the flags, which are ignored, the structure has padding. */
	if (copy_from_guest(&s, va, offset_of(struct vcpu_set_singleshot_timer,
					      flags)))
		return -EFAULT;
	/* In the past it is due, whatever s.flags says (Xen 4.17). */
	if (s.timeout_abs_ns < now_ns(v)) {
		v->singleshot = 0;
		raise_timer(v);
		return 0;
	}
	v->singleshot = s.timeout_abs_ns;
	timer_program(v);
	return 0;
}

static long op_stop_singleshot(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	if (t != v)
		return -EINVAL;
	v->singleshot = 0;
	timer_program(v);
	return 0;
}

static long op_send_nmi(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	if (va)
		return -EINVAL;
	todo_add(t, TODO_NMI);
	return 0;
}

static long op_get_physid(struct vcpu *v, struct vcpu *t, unsigned long va)
{
	/* Only for the hardware domain, or pinned vCPUs: neither is known. */
	return -EINVAL;
}

static long (*const ops[])(struct vcpu *v, struct vcpu *t, unsigned long va) = {
	[VCPUOP_initialise]			= op_initialise,
	[VCPUOP_up]				= op_up,
	[VCPUOP_down]				= op_down,
	[VCPUOP_is_up]				= op_is_up,
	[VCPUOP_get_runstate_info]		= op_get_runstate,
	[VCPUOP_register_runstate_memory_area]	= op_register_runstate,
	[VCPUOP_set_periodic_timer]		= op_set_periodic,
	[VCPUOP_stop_periodic_timer]		= op_stop_periodic,
	[VCPUOP_set_singleshot_timer]		= op_set_singleshot,
	[VCPUOP_stop_singleshot_timer]		= op_stop_singleshot,
	[VCPUOP_register_vcpu_info]		= op_register_info,
	[VCPUOP_send_nmi]			= op_send_nmi,
	[12 /* get_physid */]			= op_get_physid,
	[13 /* register_vcpu_time_memory_area */] = op_register_time,
};

long hc_vcpu_op(struct vcpu *v, unsigned long *a)
{
	u32 cmd = a[0], id = a[1];
	struct vcpu *t;

	if (id >= params.nr_vcpus)
		return -ENOENT;
	id = nospec(id, XENPV_MAX_VCPUS);
	if (cmd >= ARRAY_LEN(ops) || !ops[nospec(cmd, ARRAY_LEN(ops))])
		return -ENOSYS;
	t = vcpu_of(id);
	/*
	 * It is on its way to vcpu_park() since the domain began; what it sets
	 * up there must not meet what is set here.
	 */
	while (!READ_ONCE_(t->initialised) && !READ_ONCE_(t->parked)) {
		flush_if_wanted(v);
		pause_();
	}
	return ops[nospec(cmd, ARRAY_LEN(ops))](v, t, a[2]);
}
