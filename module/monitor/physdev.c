// SPDX-License-Identifier: GPL-2.0-only
/* physdev_op: what a domain without devices may ask, and console_io. */
#include "monitor.h"
#include <linux/errno.h>
#include <xen/interface/physdev.h>

long hc_physdev_op(struct vcpu *v, unsigned long *a)
{
	struct physdev_set_iobitmap set_iobitmap;
	struct physdev_set_iopl set_iopl;

	switch (a[0]) {
	case PHYSDEVOP_set_iopl:
		if (copy_from_guest(&set_iopl, a[1], sizeof(set_iopl)))
			return -EFAULT;
		if (set_iopl.iopl > 3)
			return -EINVAL;
		v->iopl = set_iopl.iopl;
		return 0;
	case PHYSDEVOP_set_iobitmap:
		if (copy_from_guest(&set_iobitmap, a[1], sizeof(set_iobitmap)))
			return -EFAULT;
		/* No port is open to a guest, whatever its bitmap says. */
		return set_iobitmap.nr_ports > 65536 ? -EINVAL : 0;
	default:
		return refuse_physdev_op((u32)a[0], a[1]);
	}
}

/* What there was of it before Xen 3.0.2. */
bool physdev_op_is_old(unsigned long cmd)
{
	switch (cmd) {
	case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
	case PHYSDEVOP_irq_status_query:
	case PHYSDEVOP_set_iopl:
	case PHYSDEVOP_set_iobitmap:
	case PHYSDEVOP_apic_read:
	case PHYSDEVOP_apic_write:
	case PHYSDEVOP_alloc_irq_vector:
		return true;
	default:
		return false;
	}
}

/* The ABI of then: struct { u32 cmd; union at 8 }. */
long hc_physdev_op_compat(struct vcpu *v, unsigned long *a)
{
	unsigned long args[2];
	u64 cmd;

	if (get_guest64(a[0], &cmd))
		return -EFAULT;
	args[0] = (u32)cmd;
	args[1] = a[0] + 8;
	return physdev_op_is_old(args[0]) ? hc_physdev_op(v, args) : -EINVAL;
}

long hc_console_io(struct vcpu *v, unsigned long *a)
{
	unsigned long left = (u32)a[1], va = a[2];

	if (a[0] == CONSOLEIO_read)
		return 0;
	if (a[0] != CONSOLEIO_write)
		return -ENOSYS;
	while (left) {
		u32 n = left < 1024 ? left : 1024;

		if (copy_from_guest(v->block->data, va, n))
			return -EFAULT;
		v->block->data_len = n;
		call_slow(v, __HYPERVISOR_console_io, CONSOLEIO_write, n, 0, 0);
		va += n;
		left -= n;
	}
	return 0;
}
