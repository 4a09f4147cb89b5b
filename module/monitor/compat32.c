// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit guests: their hypercalls.
 *
 * Most are served by the same functions as those of 64-bit guests: arguments are
 * zero-extended, and a function that reads a structure of another layout asks
 * guest32().  Here are those whose arguments are others, too.
 */
#include "memory.h"
#include <linux/errno.h>
#include <xen/interface/callback.h>
#include <xen/interface/nmi.h>
#include <xen/interface/physdev.h>
#include <xen/interface/sched.h>

static u64 pair(const unsigned long *a)
{
	return a[1] << 32 | a[0];
}

static long set_trap_table(struct vcpu *v, unsigned long *a)
{
	struct {
		u8 vector, flags;
		u16 cs;
		u32 address;
	} t;
	unsigned long va = a[0];
	int n;

	if (!va) {
		memset(v->traps, 0, sizeof(v->traps));
		return 0;
	}
	for (n = 0; n <= 256; n++, va += sizeof(t)) {
		if (copy_from_guest(&t, va, sizeof(t)))
			return -EFAULT;
		if (!t.address)
			return 0;
		v->traps[t.vector] = (struct trap_info){
			t.vector, t.flags, fix_selector32(t.cs), t.address };
	}
	return -EINVAL;
}

static long set_gdt(struct vcpu *v, unsigned long *a)
{
	u64 frames[GUEST_GDT_PAGES];
	u32 entries = a[1];

	if (entries > GUEST_GDT_PAGES * 512)
		return -EINVAL;
	if (get_frames(frames, a[0], (entries + 511) / 512))
		return -EFAULT;
	return set_gdt_frames(v, frames, entries);
}

static long stack_switch(struct vcpu *v, unsigned long *a)
{
	v->kernel_ss = fix_selector32(a[0]);
	v->kernel_sp = a[1];
	return 0;
}

static long set_callbacks(struct vcpu *v, unsigned long *a)
{
	if (!va_is_guest(a[1], 1) || !va_is_guest(a[3], 1))
		return -EINVAL;
	set_callback(v, CB_EVENT, fix_selector32(a[0]), a[1], 1);
	set_callback(v, CB_FAILSAFE, fix_selector32(a[2]), a[3],
		     v->cb[CB_FAILSAFE].mask_events);
	return 0;
}

static long callback_register(struct vcpu *v, unsigned long va)
{
	struct {
		u16 type, flags;
		u32 cs, eip;
	} reg;
	int slot;

	if (copy_from_guest(&reg, va, sizeof(reg)))
		return -EFAULT;
	slot = callback_slot(reg.type);
	if (slot < 0 || slot == CB_SYSCALL)
		return -ENOSYS;
	return set_callback(v, slot, fix_selector32(slot == CB_NMI ?
						    SEL_RING1_CS : reg.cs),
			    reg.eip, slot == CB_EVENT ||
			    (reg.flags & CALLBACKF_mask_events));
}

static long callback_unregister(struct vcpu *v, unsigned long va)
{
	struct callback_unregister unreg;

	if (copy_from_guest(&unreg, va, sizeof(unreg)))
		return -EFAULT;
	switch (callback_slot(unreg.type)) {
	case CB_NMI:
		return set_callback(v, CB_NMI, 0, 0, 0);
	case CB_EVENT:
	case CB_FAILSAFE:
	case CB_SYSCALL32:
	case CB_SYSENTER:
		return -EINVAL;
	default:
		return -ENOSYS;
	}
}

static long callback_op(struct vcpu *v, unsigned long *a)
{
	switch (a[0]) {
	case CALLBACKOP_register:
		return callback_register(v, a[1]);
	case CALLBACKOP_unregister:
		return callback_unregister(v, a[1]);
	default:
		return -EINVAL;
	}
}

static long nmi_op(struct vcpu *v, unsigned long *a)
{
	u32 address;

	switch (a[0]) {
	case XENNMI_register_callback:
		if (copy_from_guest(&address, a[1], sizeof(address)))
			return -EFAULT;
		return set_callback(v, CB_NMI, SEL_RING1_CS, address, 1);
	case XENNMI_unregister_callback:
		return set_callback(v, CB_NMI, 0, 0, 0);
	default:
		return -ENOSYS;
	}
}

static long update_descriptor(struct vcpu *v, unsigned long *a)
{
	unsigned long args[2] = { pair(a), pair(a + 2) };

	return hc_update_descriptor(v, args);
}

static long update_va_mapping(struct vcpu *v, unsigned long *a)
{
	unsigned long args[3] = { a[0], pair(a + 1), a[3] };

	return hc_update_va_mapping(v, args);
}

static long update_va_mapping_other(struct vcpu *v, unsigned long *a)
{
	int err = check_owner(a[4]);

	return err ? err : update_va_mapping(v, a);
}

static long set_timer_op(struct vcpu *v, unsigned long *a)
{
	unsigned long timeout = pair(a);

	return hc_set_timer_op(v, &timeout);
}

static long sched_op(struct vcpu *v, unsigned long *a)
{
	struct {
		u32 ports, nr_ports;
		u64 timeout;
	} poll;

	if (a[0] != SCHEDOP_poll)
		return hc_sched_op(v, a);
	if (copy_from_guest(&poll, a[1], sizeof(poll)))
		return -EFAULT;
	return do_poll(v, poll.ports, poll.nr_ports, poll.timeout);
}

static long physdev_op(struct vcpu *v, unsigned long *a)
{
	u32 bitmap[2];	/* where it is, and its number of ports */

	if (a[0] != PHYSDEVOP_set_iobitmap)
		return hc_physdev_op(v, a);
	if (copy_from_guest(bitmap, a[1], sizeof(bitmap)))
		return -EFAULT;
	return bitmap[1] > 65536 ? -EINVAL : 0;
}

static long physdev_op_compat(struct vcpu *v, unsigned long *a)
{
	unsigned long args[2] = { 0, a[0] + 4 };

	if (copy_from_guest(args, a[0], 4))
		return -EFAULT;
	return physdev_op_is_old(args[0]) ? physdev_op(v, args) : -EINVAL;
}

static long enosys(struct vcpu *v, unsigned long *a)
{
	return -ENOSYS;
}

static long call(struct vcpu *v, u32 nr, unsigned long *a);

static long multicall(struct vcpu *v, unsigned long *a)
{
	unsigned long va = a[0], args[6];
	u32 n, i;

	for (n = a[1]; n; n--) {
		struct {
			u32 op, result, args[6];
		} c;

		if (copy_from_guest(&c, va, sizeof(c)))
			return -EFAULT;
		for (i = 0; i < 6; i++)
			args[i] = c.args[i];
		/* Multicalls do not nest; iret is not a call like the others. */
		c.result = c.op == __HYPERVISOR_multicall ? -EINVAL :
							    call(v, c.op, args);
		if (copy_to_guest(va + 4, &c.result, 4))
			return -EFAULT;
		va += sizeof(c);
	}
	return 0;
}

static const hypercall_fn table[NR_HYPERCALLS] = {
	[__HYPERVISOR_set_trap_table]		= set_trap_table,
	[__HYPERVISOR_set_gdt]			= set_gdt,
	[__HYPERVISOR_stack_switch]		= stack_switch,
	[__HYPERVISOR_set_callbacks]		= set_callbacks,
	[__HYPERVISOR_update_descriptor]	= update_descriptor,
	[__HYPERVISOR_multicall]		= multicall,
	[__HYPERVISOR_update_va_mapping]	= update_va_mapping,
	[__HYPERVISOR_set_timer_op]		= set_timer_op,
	[__HYPERVISOR_physdev_op_compat]	= physdev_op_compat,
	[__HYPERVISOR_update_va_mapping_otherdomain] = update_va_mapping_other,
	[__HYPERVISOR_set_segment_base]		= enosys,
	[__HYPERVISOR_nmi_op]			= nmi_op,
	[__HYPERVISOR_sched_op]			= sched_op,
	[__HYPERVISOR_callback_op]		= callback_op,
	[__HYPERVISOR_physdev_op]		= physdev_op,
};

static long call(struct vcpu *v, u32 nr, unsigned long *a)
{
	hypercall_fn fn = NULL;

	if (nr < NR_HYPERCALLS)
		fn = table[nospec(nr, NR_HYPERCALLS)];
	if (!fn)
		fn = hypercall_handler(nr);
	return fn ? fn(v, a) : -ENOSYS;
}

void hypercall32(struct vcpu *v, struct regs *regs)
{
	unsigned long args[6] = {
		(u32)regs->rbx, (u32)regs->rcx, (u32)regs->rdx,
		(u32)regs->rsi, (u32)regs->rdi, (u32)regs->rbp,
	};

	if ((u32)regs->rax == __HYPERVISOR_iret)
		do_iret32(v, regs);
	else
		regs->rax = (u32)call(v, regs->rax, args);
}
