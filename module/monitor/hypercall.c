// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dispatcher: every hypercall number and who serves it.
 * Documentation/hypercalls.rst lists the sub-operations.
 */
#include "monitor.h"
#include <linux/errno.h>
#include <xen/interface/callback.h>
#include <xen/interface/nmi.h>

/* ABI limits Linux's headers leave out. */
#define VMASST_KNOWN	(BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(32))

static long hc_set_trap_table(struct vcpu *v, unsigned long *a)
{
	struct trap_info t;
	unsigned long va = a[0];
	int n;

	if (!va) {
		memset(v->traps, 0, sizeof(v->traps));
		return 0;
	}
	/* One more than there are vectors: the last one ends the list. */
	for (n = 0; n <= 256; n++) {
		if (copy_from_guest(&t, va, sizeof(t)))
			return -EFAULT;
		if (!t.address)
			return 0;
		if (!va_is_guest(t.address, 1))
			return -EINVAL;
		v->traps[t.vector] = t;
		va += sizeof(t);
	}
	return -EINVAL;
}

static long hc_stack_switch(struct vcpu *v, unsigned long *a)
{
	if (!va_is_guest(a[1] - 8, 8))
		return -EINVAL;
	v->kernel_sp = a[1];
	fast_update(v);
	return 0;
}

long set_callback(struct vcpu *v, int which, u16 cs, unsigned long rip, int mask)
{
	if (rip && !va_is_guest(rip, 1))
		return -EINVAL;
	/* In Xen an NMI's is the trap of its vector, by another name. */
	if (which == CB_NMI) {
		v->traps[TRAP_NMI].flags = rip ? 4 : 0;
		v->traps[TRAP_NMI].address = rip;
		v->traps[TRAP_NMI].cs = cs;
		return 0;
	}
	v->cb[which].rip = rip;
	v->cb[which].mask_events = mask;
	v->cb[which].cs = cs;
	fast_update(v);
	return 0;
}

static long hc_set_callbacks(struct vcpu *v, unsigned long *a)
{
	if (!va_is_guest(a[0], 1) || !va_is_guest(a[1], 1) ||
	    !va_is_guest(a[2], 1))
		return -EINVAL;
	set_callback(v, CB_EVENT, 0, a[0], 1);
	set_callback(v, CB_FAILSAFE, 0, a[1], v->cb[CB_FAILSAFE].mask_events);
	set_callback(v, CB_SYSCALL, 0, a[2], v->cb[CB_SYSCALL].mask_events);
	return 0;
}

int callback_slot(u16 type)
{
	static const s8 slot[] = {
		[CALLBACKTYPE_event]		= CB_EVENT,
		[CALLBACKTYPE_failsafe]		= CB_FAILSAFE,
		[CALLBACKTYPE_syscall]		= CB_SYSCALL,
		[3]				= -1,
		[CALLBACKTYPE_nmi]		= CB_NMI,
		[CALLBACKTYPE_sysenter]		= CB_SYSENTER,
		[6]				= -1,
		[CALLBACKTYPE_syscall32]	= CB_SYSCALL32,
	};

	return type < ARRAY_LEN(slot) ? slot[nospec(type, ARRAY_LEN(slot))] : -1;
}

static long hc_callback_op(struct vcpu *v, unsigned long *a)
{
	struct callback_register reg;
	struct callback_unregister unreg;
	int slot;

	switch (a[0]) {
	case CALLBACKOP_register:
		if (copy_from_guest(&reg, a[1], sizeof(reg)))
			return -EFAULT;
		slot = callback_slot(reg.type);
		if (slot < 0)
			return -ENOSYS;
		return set_callback(v, slot, 0, reg.address,
				    slot == CB_EVENT ||
				    (reg.flags & CALLBACKF_mask_events));
	case CALLBACKOP_unregister:
		if (copy_from_guest(&unreg, a[1], sizeof(unreg)))
			return -EFAULT;
		slot = callback_slot(unreg.type);
		if (slot < 0)
			return -ENOSYS;
		/* As in Xen: the others can only be replaced. */
		if (slot != CB_NMI)
			return -EINVAL;
		return set_callback(v, slot, 0, 0, 0);
	default:
		return -ENOSYS;
	}
}

static long hc_nmi_op(struct vcpu *v, unsigned long *a)
{
	struct xennmi_callback cb;

	switch (a[0]) {
	case XENNMI_register_callback:
		if (copy_from_guest(&cb, a[1], sizeof(cb)))
			return -EFAULT;
		return set_callback(v, CB_NMI, 0, cb.handler_address, 1);
	case XENNMI_unregister_callback:
		return set_callback(v, CB_NMI, 0, 0, 0);
	default:
		return -ENOSYS;
	}
}

static long hc_vm_assist(struct vcpu *v, unsigned long *a)
{
	u32 cmd = a[0], type = a[1];

	/* All we know are always on or need nothing. */
	if (type > 63 || !(VMASST_KNOWN >> type & 1))
		return -EINVAL;
	switch (cmd) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(&vm_assist, 1UL << type, __ATOMIC_RELAXED);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(&vm_assist, ~(1UL << type), __ATOMIC_RELAXED);
		return 0;
	default:
		return -ENOSYS;
	}
}

static long hc_multicall(struct vcpu *v, unsigned long *a)
{
	unsigned long va = a[0], n;

	for (n = (u32)a[1]; n; n--, va += sizeof(struct multicall_entry)) {
		struct multicall_entry call;
		long ret;

		if (copy_from_guest(&call, va, sizeof(call)))
			return -EFAULT;
		/* Multicalls do not nest; iret has no row in the table. */
		if (call.op == __HYPERVISOR_multicall)
			ret = -EINVAL;
		else
			ret = hypercall(v, call.op, (unsigned long *)call.args);
		if (put_guest64(va + offset_of(struct multicall_entry, result), ret))
			return -EFAULT;
	}
	return 0;
}

static long hc_eperm(struct vcpu *v, unsigned long *a)
{
	return -EPERM;
}

static long hc_einval(struct vcpu *v, unsigned long *a)
{
	return -EINVAL;
}

static long hc_eopnotsupp(struct vcpu *v, unsigned long *a)
{
	return -EOPNOTSUPP;
}

static const hypercall_fn table[NR_HYPERCALLS] = {
	[__HYPERVISOR_set_trap_table]		= hc_set_trap_table,
	[__HYPERVISOR_mmu_update]		= hc_mmu_update,
	[__HYPERVISOR_set_gdt]			= hc_set_gdt,
	[__HYPERVISOR_stack_switch]		= hc_stack_switch,
	[__HYPERVISOR_set_callbacks]		= hc_set_callbacks,
	[__HYPERVISOR_fpu_taskswitch]		= hc_fpu_taskswitch,
	[__HYPERVISOR_sched_op_compat]		= hc_sched_op_compat,
	[__HYPERVISOR_platform_op]		= hc_platform_op,
	[__HYPERVISOR_set_debugreg]		= hc_set_debugreg,
	[__HYPERVISOR_get_debugreg]		= hc_get_debugreg,
	[__HYPERVISOR_update_descriptor]	= hc_update_descriptor,
	[__HYPERVISOR_memory_op]		= hc_memory_op,
	[__HYPERVISOR_multicall]		= hc_multicall,
	[__HYPERVISOR_update_va_mapping]	= hc_update_va_mapping,
	[__HYPERVISOR_set_timer_op]		= hc_set_timer_op,
	[__HYPERVISOR_event_channel_op_compat]	= hc_event_channel_op_compat,
	[__HYPERVISOR_xen_version]		= hc_xen_version,
	[__HYPERVISOR_console_io]		= hc_console_io,
	[__HYPERVISOR_physdev_op_compat]	= hc_physdev_op_compat,
	[__HYPERVISOR_grant_table_op]		= hc_grant_table_op,
	[__HYPERVISOR_vm_assist]		= hc_vm_assist,
	[__HYPERVISOR_update_va_mapping_otherdomain] = hc_update_va_mapping_other,
	/* __HYPERVISOR_iret: do_syscall() calls do_iret() itself */
	[__HYPERVISOR_vcpu_op]			= hc_vcpu_op,
	[__HYPERVISOR_set_segment_base]		= hc_set_segment_base,
	[__HYPERVISOR_mmuext_op]		= hc_mmuext_op,
	[__HYPERVISOR_nmi_op]			= hc_nmi_op,
	[__HYPERVISOR_sched_op]			= hc_sched_op,
	[__HYPERVISOR_callback_op]		= hc_callback_op,
	[__HYPERVISOR_xenoprof_op]		= hc_xenoprof_op,
	[__HYPERVISOR_event_channel_op]		= hc_event_channel_op,
	[__HYPERVISOR_physdev_op]		= hc_physdev_op,
	[__HYPERVISOR_hvm_op]			= hc_hvm_op,
	[__HYPERVISOR_sysctl]			= hc_sysctl,
	[__HYPERVISOR_domctl]			= hc_domctl,
	[__HYPERVISOR_kexec_op]			= hc_eperm,
	[__HYPERVISOR_xenpmu_op]		= hc_eopnotsupp,
	[__HYPERVISOR_dm_op]			= hc_einval,	/* for HVM */
	[42 /* hypfs_op */]			= hc_eperm,
	[__HYPERVISOR_arch_0 /* mca */]		= hc_eperm,
	[__HYPERVISOR_arch_1]			= hc_eopnotsupp,
};

hypercall_fn hypercall_handler(unsigned long nr)
{
	return nr < NR_HYPERCALLS ? table[nospec(nr, NR_HYPERCALLS)] : NULL;
}

long hypercall(struct vcpu *v, unsigned long nr, unsigned long *args)
{
	hypercall_fn fn;

	if (nr >= NR_HYPERCALLS)
		return -ENOSYS;
	fn = table[nospec(nr, NR_HYPERCALLS)];
	return fn ? fn(v, args) : -ENOSYS;
}
