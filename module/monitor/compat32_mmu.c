// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit guests: PAE page tables.
 *
 * The processor is in long mode.  Each vCPU has a level-4 table of its own, in
 * its area: slot 0 is the guest's level-3 table, the others are the monitor's.
 * The last of the guest's four level-2 tables has the M2P at its end, where the
 * guest may read it.
 */
#include "pagetable.h"
#include <linux/errno.h>

#define L2_FIRST_XEN	(XENPV_M2P32_VA >> 21 & 511)
#define LARGE_PAGE	BIT(21)

static u64 l4_gpa(struct vcpu *v)
{
	return params.area_gpa + (u64)v->id * XENPV_AREA_SIZE + XENPV_AREA_L4;
}

void l4_init32(struct vcpu *v)
{
	u64 *l4 = phys(l4_gpa(v));

	memset(l4, 0, PAGE_BYTES);
	memcpy(l4 + XENPV_L4_FIRST,
	       (u64 *)phys(params.root_gpa) + XENPV_L4_FIRST,
	       (XENPV_L4_LAST - XENPV_L4_FIRST + 1) * 8);
}

/* In kernel mode, or for a vCPU that has not begun. */
int mmu_set_cr332(struct vcpu *v, u64 mfn)
{
	u64 old = v->root32;
	int err;

	if (!mfn_is_ram(mfn))
		return -EINVAL;
	err = use_table(v, mfn, 3);
	if (err)
		return err;
	v->root32 = mfn;
	*(u64 *)phys(l4_gpa(v)) = mfn << PAGE_SHIFT_ | PTE_P | PTE_RW | PTE_US |
				  PTE_AD;
	/* Kernel and processes share it. */
	v->kernel_cr3 = l4_gpa(v);
	v->user_cr3 = v->kernel_cr3;
	if (v->initialised)
		write_cr3_(v->kernel_cr3);
	if (old)
		drop_table(v, old);
	return 0;
}

/*
 * What ring 1 sees of the M2P at INDEX, or 0 beyond its end.  Its last large page
 * has the frames of the special region in it where RAM has ended before.
 */
static u64 xen_l2e(int index)
{
	u64 offset = (index - L2_FIRST_XEN) * LARGE_PAGE, end = params.m2p_entries;

	if (end < params.shared_end)
		end = params.shared_end;
	if (offset >= end * sizeof(u32))
		return 0;
	return (params.m2p32_gpa + offset) | PTE_P | PTE_AD | PTE_PS | PTE_NX;
}

/* Guests copy them along when they copy a table: then they are no one's. */
bool is_xen_l2e32(u64 e, int index)
{
	return index >= L2_FIRST_XEN && e && e == xen_l2e(index);
}

void add_xen_l2es32(u64 mfn)
{
	u64 *l2 = phys(mfn << PAGE_SHIFT_);
	int i;

	for (i = L2_FIRST_XEN; i < 512; i++)
		WRITE_ONCE_(l2[i], xen_l2e(i));
}
