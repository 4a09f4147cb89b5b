// SPDX-License-Identifier: GPL-2.0-only
/* mmuext_op: roots, pins, flushes, and page helpers. */
#include "pagetable.h"
#include <linux/errno.h>

static long pin(struct vcpu *v, struct mmuext_op *op, int level)
{
	if (!mfn_is_ram(op->arg1.mfn))
		return -EINVAL;
	return pin_table(v, op->arg1.mfn, level);
}

static long pin_l1(struct vcpu *v, struct mmuext_op *op)
{
	return pin(v, op, 1);
}

static long pin_l2(struct vcpu *v, struct mmuext_op *op)
{
	return pin(v, op, 2);
}

static long pin_l3(struct vcpu *v, struct mmuext_op *op)
{
	return pin(v, op, 3);
}

static long pin_l4(struct vcpu *v, struct mmuext_op *op)
{
	return pin(v, op, 4);
}

static long unpin(struct vcpu *v, struct mmuext_op *op)
{
	if (!mfn_is_ram(op->arg1.mfn))
		return -EINVAL;
	return unpin_table(v, op->arg1.mfn);
}

static long new_baseptr(struct vcpu *v, struct mmuext_op *op)
{
	return mmu_set_cr3(v, op->arg1.mfn);
}

static long new_user_baseptr(struct vcpu *v, struct mmuext_op *op)
{
	return mmu_set_user_cr3(v, op->arg1.mfn);
}

static long tlb_flush_local(struct vcpu *v, struct mmuext_op *op)
{
	flush_local();
	return 0;
}

static long invlpg_local(struct vcpu *v, struct mmuext_op *op)
{
	if (va_is_guest(op->arg1.linear_addr, 1))
		invlpg_(op->arg1.linear_addr);
	return 0;
}

static long flush_mask(struct vcpu *v, struct mmuext_op *op)
{
	u64 mask[2] = { 0, 0 };

	if (copy_from_guest(mask, (unsigned long)op->arg2.vcpumask,
			    (params.nr_vcpus + 7) / 8))
		return -EINVAL;
	if (op->cmd == MMUEXT_INVLPG_MULTI)
		invlpg_local(v, op);
	else
		flush_local();
	flush_vcpus(v, mask);
	return 0;
}

static long flush_all(struct vcpu *v, struct mmuext_op *op)
{
	static const u64 all[2] = { ~0UL, ~0UL };

	if (op->cmd == MMUEXT_INVLPG_ALL)
		invlpg_local(v, op);
	else
		flush_local();
	flush_vcpus(v, all);
	return 0;
}

static long flush_cache(struct vcpu *v, struct mmuext_op *op)
{
	/* A domain without devices has nothing that caching could hide. */
	return -EACCES;
}

static long flush_cache_global(struct vcpu *v, struct mmuext_op *op)
{
	return -EINVAL;
}

/* No superpages for PV guests. */
static long super_page(struct vcpu *v, struct mmuext_op *op)
{
	return -EOPNOTSUPP;
}

static long set_ldt_op(struct vcpu *v, struct mmuext_op *op)
{
	return set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
}

static long clear_page_op(struct vcpu *v, struct mmuext_op *op)
{
	if (!mfn_is_ram(op->arg1.mfn) || *frame_of(op->arg1.mfn))
		return -EINVAL;
	memset(phys(op->arg1.mfn << PAGE_SHIFT_), 0, PAGE_BYTES);
	return 0;
}

static long copy_page_op(struct vcpu *v, struct mmuext_op *op)
{
	if (!mfn_is_ram(op->arg1.mfn) || !mfn_is_ram(op->arg2.src_mfn) ||
	    *frame_of(op->arg1.mfn))
		return -EINVAL;
	memcpy(phys(op->arg1.mfn << PAGE_SHIFT_),
	       phys(op->arg2.src_mfn << PAGE_SHIFT_), PAGE_BYTES);
	return 0;
}

static long (*const ops[])(struct vcpu *v, struct mmuext_op *op) = {
	[MMUEXT_PIN_L1_TABLE]		= pin_l1,
	[MMUEXT_PIN_L2_TABLE]		= pin_l2,
	[MMUEXT_PIN_L3_TABLE]		= pin_l3,
	[MMUEXT_PIN_L4_TABLE]		= pin_l4,
	[MMUEXT_UNPIN_TABLE]		= unpin,
	[MMUEXT_NEW_BASEPTR]		= new_baseptr,
	[MMUEXT_TLB_FLUSH_LOCAL]	= tlb_flush_local,
	[MMUEXT_INVLPG_LOCAL]		= invlpg_local,
	[MMUEXT_TLB_FLUSH_MULTI]	= flush_mask,
	[MMUEXT_INVLPG_MULTI]		= flush_mask,
	[MMUEXT_TLB_FLUSH_ALL]		= flush_all,
	[MMUEXT_INVLPG_ALL]		= flush_all,
	[MMUEXT_FLUSH_CACHE]		= flush_cache,
	[MMUEXT_SET_LDT]		= set_ldt_op,
	[MMUEXT_NEW_USER_BASEPTR]	= new_user_baseptr,
	[MMUEXT_CLEAR_PAGE]		= clear_page_op,
	[MMUEXT_COPY_PAGE]		= copy_page_op,
	[MMUEXT_FLUSH_CACHE_GLOBAL]	= flush_cache_global,
	[MMUEXT_MARK_SUPER]		= super_page,
	[MMUEXT_UNMARK_SUPER]		= super_page,
};

/* Number N of an array of operations. */
static int get_op(struct mmuext_op *op, unsigned long array, u32 n)
{
	u32 narrow[3];	/* of a 32-bit guest: cmd, arg1, arg2 */

	if (!guest32())
		return copy_from_guest(op, array + n * sizeof(*op), sizeof(*op));
	if (copy_from_guest(narrow, array + n * sizeof(narrow), sizeof(narrow)))
		return -EFAULT;
	memset(op, 0, sizeof(*op));
	op->cmd = narrow[0];
	op->arg1.linear_addr = narrow[1];
	/* All that arg2 can be begins at its first byte. */
	op->arg2.src_mfn = narrow[2];
	return 0;
}

long hc_mmuext_op(struct vcpu *v, unsigned long *a)
{
	u32 count = (u32)a[1] & ~PREEMPTED, done = 0, i;
	long ret = check_owner(a[3]);

	if ((u32)a[1] == PREEMPTED && !a[0])
		return (int)a[3];
	if (ret)
		return ret;
	if ((a[1] & PREEMPTED) && a[2] &&
	    copy_from_guest(&done, a[2], sizeof(done)))
		return -EFAULT;

	for (i = 0; i < count; i++, done++) {
		struct mmuext_op op;

		if (get_op(&op, a[0], i)) {
			ret = -EFAULT;
			break;
		}
		if (op.cmd >= ARRAY_LEN(ops) ||
		    !ops[nospec(op.cmd, ARRAY_LEN(ops))]) {
			ret = -ENOSYS;
			break;
		}
		ret = ops[nospec(op.cmd, ARRAY_LEN(ops))](v, &op);
		if (ret)
			break;
	}
	if (a[2] && copy_to_guest(a[2], &done, sizeof(done)))
		return -EFAULT;
	return ret;
}
