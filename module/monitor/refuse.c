// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest is told of calls that are for the control domain, for HVM
 * domains or for devices: the error that Xen has for it, after the arguments
 * could be read as in Xen.
 */
#include "monitor.h"
#include <linux/errno.h>

#define ALWAYS	0	/* no argument is looked at */

/* No guest has more interrupts than that in Xen; here it has none. */
#define NR_PIRQS	256

struct refusal {
	u8 cmd;
	u8 size;	/* of its structure */
	s8 ret;
};

static long refuse(const struct refusal *list, int nr, u64 cmd, unsigned long va)
{
	u8 arg[64];
	int i;

	for (i = 0; i < nr; i++) {
		if (list[i].cmd != cmd)
			continue;
		if (list[i].size && copy_from_guest(arg, va, list[i].size))
			return -EFAULT;
		return list[i].ret;
	}
	return -ENOSYS;
}

long refuse_memory_op(u64 cmd, unsigned long va)
{
	static const struct refusal list[] = {
		{ 7, 24, -EACCES },		/* add_to_physmap */
		{ 10, ALWAYS, -EPERM },		/* machine_memory_map */
		{ 13, 24, -EPERM },		/* set_memory_map: Xen lets it */
		{ 15, 16, -EACCES },		/* remove_from_physmap */
		{ 16, 40, -EINVAL },		/* set_pod_target: for HVM */
		{ 17, 40, -EINVAL },		/* get_pod_target */
		{ 18, ALWAYS, 0 },		/* sharing_freed_pages: none */
		{ 19, ALWAYS, 0 },		/* sharing_shared_pages */
		{ 21, 32, -EINVAL },		/* access_op: for HVM */
		{ 23, 40, -EACCES },		/* add_to_physmap_batch */
		{ 24, 32, -EINVAL },		/* claim_pages */
		{ 25, ALWAYS, -EOPNOTSUPP },	/* machphys_compat_mfn_list */
		{ 26, 56, -EOPNOTSUPP },	/* get_vnumainfo */
		{ 28, 40, -ESRCH },		/* acquire_resource: of others */
	};

	return refuse(list, ARRAY_LEN(list), cmd, va);
}

long refuse_physdev_op(u64 cmd, unsigned long va)
{
	static const struct refusal list[] = {
		{ 4, ALWAYS, 0 },		/* IRQ_UNMASK_NOTIFY: none is masked */
		{ 5, 8, -EINVAL },		/* irq_status_query */
		{ 8, 24, -EPERM },		/* apic_read */
		{ 9, 24, -EPERM },		/* apic_write */
		{ 10, 8, -EPERM },		/* alloc_irq_vector */
		{ 12, 4, -EINVAL },		/* eoi */
		{ 13, 40, -EPERM },		/* map_pirq */
		{ 14, 8, -EPERM },		/* unmap_pirq */
		{ 15, 2, -EPERM },		/* manage_pci_add */
		{ 16, 2, -EPERM },		/* manage_pci_remove */
		{ 17, 8, -EINVAL },		/* pirq_eoi_gmfn_v1 */
		{ 19, 2, -EPERM },		/* restore_msi */
		{ 20, 12, -EPERM },		/* manage_pci_add_ext */
		{ 21, 6, -EPERM },		/* setup_gsi */
		{ 24, ALWAYS, -EPERM },		/* pci_mmcfg_reserved */
		{ 25, 12, -EPERM },		/* pci_device_add */
		{ 26, 4, -EPERM },		/* pci_device_remove */
		{ 27, 4, -EPERM },		/* restore_msi_ext */
		{ 28, 8, -EINVAL },		/* pirq_eoi_gmfn_v2 */
		{ 29, ALWAYS, -EPERM },		/* dbgp_op */
		{ 30, 4, -EPERM },		/* prepare_msix */
		{ 31, 4, -EPERM },		/* release_msix */
	};

	return refuse(list, ARRAY_LEN(list), cmd, va);
}

/* Which of a guest's physical interrupts: there is none it could have. */
long refuse_bind_pirq(unsigned long va)
{
	u32 arg[3];

	if (copy_from_guest(arg, va, sizeof(arg)))
		return -EFAULT;
	return arg[0] < NR_PIRQS ? -EPERM : -EINVAL;
}

long hc_hvm_op(struct vcpu *v, unsigned long *a)
{
	static const struct refusal list[] = {
		{ 0, 16, -EINVAL },		/* set_param */
		{ 1, 16, -EINVAL },		/* get_param */
		{ 5, ALWAYS, -EINVAL },		/* flush_tlbs */
	};

	return refuse(list, ARRAY_LEN(list), a[0], a[1]);
}

long hc_xenoprof_op(struct vcpu *v, unsigned long *a)
{
	const u32 last = 17, unprivileged = BIT(0) | BIT(8) | BIT(11) | BIT(14);
	u32 cmd = a[0];

	if (cmd > last)
		return -EINVAL;
	/* As on a processor whose counters are not known. */
	return unprivileged >> cmd & 1 ? -ENODEV : -EPERM;
}

/* The three of the control domain begin with a command and a version. */
static long refuse_control(unsigned long va, u32 version)
{
	u32 head[2];

	if (copy_from_guest(head, va, sizeof(head)))
		return -EFAULT;
	return head[1] == version ? -EPERM : -EACCES;
}

long hc_platform_op(struct vcpu *v, unsigned long *a)
{
	return refuse_control(a[0], 0x03000001);
}

/* Versions of Xen 4.17's. */
long hc_sysctl(struct vcpu *v, unsigned long *a)
{
	return refuse_control(a[0], 0x15);
}

long hc_domctl(struct vcpu *v, unsigned long *a)
{
	return refuse_control(a[0], 0x15);
}
