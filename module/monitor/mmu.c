// SPDX-License-Identifier: GPL-2.0-only
/* mmu_update, update_va_mapping, and page faults that are Xen's business. */
#include "pagetable.h"
#include <linux/errno.h>

/* May the domain named own the memory?  Only the caller itself, so far. */
static int check_domain(u32 domid)
{
	if (domid == DOMID_SELF || domid == params.domid)
		return 0;
	/* The control domain and Xen's own are there, but not for a guest. */
	return !domid || domid >= DOMID_FIRST_RESERVED ? -EPERM : -ESRCH;
}

int check_owner(u32 domid)
{
	return check_domain(domid & 0xffff);
}

void flush_local(void)
{
	write_cr3_(read_cr3_());
}

void set_m2p(u64 mfn, u64 pfn)
{
	mfn = nospec(mfn, params.m2p_entries);
	((u64 *)phys(params.m2p_gpa))[mfn] = pfn;
	if (guest32())
		((u32 *)phys(params.m2p32_gpa))[mfn] = pfn;
}

static long update_one(struct vcpu *v, u64 ptr, u64 val)
{
	u64 cmd = ptr & 7, gpa = ptr & ~7UL, mfn = ptr >> PAGE_SHIFT_;

	switch (cmd) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_PRESERVE_AD:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		if (!mfn_is_ram(mfn))
			return -EINVAL;
		return pt_write(v, phys(gpa), mfn, val,
				cmd == MMU_PT_UPDATE_PRESERVE_AD);
	case MMU_MACHPHYS_UPDATE:
		if (!mfn_is_ram(mfn))
			return -EINVAL;
		set_m2p(mfn, val);
		return 0;
	default:
		return -ENOSYS;
	}
}

#define MMU_BATCH	16

long hc_mmu_update(struct vcpu *v, unsigned long *a)
{
	u32 count = (u32)a[1] & ~PREEMPTED, done = 0;
	u32 fd = a[3] & 0xffff, pfd = (a[3] >> 16) & 0xffff;
	struct mmu_update req[MMU_BATCH];
	unsigned long at;
	u32 left;
	long ret = pfd ? check_domain(pfd - 1) : 0;

	/* How Xen ends a call that it interrupted itself. */
	if ((u32)a[1] == PREEMPTED && !a[0])
		return (int)a[3];
	if (!ret)
		ret = check_domain(fd);
	if (ret)
		return ret;
	/* The caller takes up where it stopped: what was done counts. */
	if ((a[1] & PREEMPTED) && a[2] &&
	    copy_from_guest(&done, a[2], sizeof(done)))
		return -EFAULT;

	for (at = a[0], left = count; left && !ret; ) {
		u32 n = left < MMU_BATCH ? left : MMU_BATCH, i;

		if (copy_from_guest(req, at, n * sizeof(req[0]))) {
			ret = -EFAULT;
			break;
		}
		at += n * sizeof(req[0]);
		for (i = 0; i < n; i++, left--, done++) {
			ret = update_one(v, req[i].ptr, req[i].val);
			if (ret)
				break;
		}
	}
	if (a[2] && copy_to_guest(a[2], &done, sizeof(done)))
		return -EFAULT;
	return ret;
}

long va_flush(struct vcpu *v, unsigned long va, unsigned long flags)
{
	unsigned long bitmap = flags & ~(unsigned long)UVMF_FLUSHTYPE_MASK;
	u64 mask[2] = { 0, 0 };

	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
	case UVMF_INVLPG:
		break;
	default:
		return 0;
	}
	if ((flags & UVMF_FLUSHTYPE_MASK) == UVMF_INVLPG)
		invlpg_(va);
	else
		flush_local();
	if (!bitmap)
		return 0;
	if (bitmap == UVMF_ALL)
		memset(mask, 0xff, sizeof(mask));
	else if (copy_from_guest(mask, bitmap, (params.nr_vcpus + 7) / 8))
		return -EFAULT;
	flush_vcpus(v, mask);
	return 0;
}

long hc_update_va_mapping(struct vcpu *v, unsigned long *a)
{
	u64 *entry;
	long ret;

	if (!va_is_guest(a[0], 1))
		return -EINVAL;
	WRITE_ONCE_(v->walking, true);
	entry = walk(v, a[0], 1);
	ret = -EINVAL;
	if (entry)
		ret = pt_write(v, entry,
			       ((u64)entry - XENPV_DIRECTMAP_VA) >> PAGE_SHIFT_,
			       a[1], false);
	WRITE_ONCE_(v->walking, false);
	if (ret)
		return ret;
	return va_flush(v, a[0], a[2]);
}

long hc_update_va_mapping_other(struct vcpu *v, unsigned long *a)
{
	int err = check_owner(a[3]);

	if (err)
		return err;
	return hc_update_va_mapping(v, a);
}

/* In kernel mode, or for a vCPU that has not begun. */
int mmu_set_cr3(struct vcpu *v, u64 mfn)
{
	u64 old = v->kernel_cr3 >> PAGE_SHIFT_;
	int err;

	if (guest32())
		return mmu_set_cr332(v, mfn);
	if (!mfn_is_ram(mfn))
		return -EINVAL;
	err = use_table(v, mfn, 4);
	if (err)
		return err;
	v->kernel_cr3 = mfn << PAGE_SHIFT_;
	/* The old one may be anything as soon as it is dropped: leave it first. */
	if (v->initialised)
		write_cr3_(v->kernel_cr3);
	if (old)
		drop_table(v, old);
	return 0;
}

int mmu_set_user_cr3(struct vcpu *v, u64 mfn)
{
	u64 old = v->user_cr3 >> PAGE_SHIFT_;
	int err;

	if (mfn) {
		if (!mfn_is_ram(mfn) || guest32())
			return -EINVAL;
		err = use_table(v, mfn, 4);
		if (err)
			return err;
	}
	v->user_cr3 = mfn << PAGE_SHIFT_;
	if (old)
		drop_table(v, old);
	return 0;
}

/* Without these an entry that the guest wrote itself does not let it through. */
static u64 needed_bits(int level)
{
	if (!guest32())
		return PTE_US;
	/* Level 3 of PAE has neither bit, and ring 1 needs none elsewhere. */
	return level == 3 ? PTE_US | PTE_RW : 0;
}

/* Give an entry BITS, if it still is VAL: another vCPU may write to it. */
static bool set_bits(u64 *entry, u64 *val, u64 bits)
{
	if (!__atomic_compare_exchange_n(entry, val, *val | bits, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	*val |= bits;
	return true;
}

/*
 * Faults the guest does not see.  Guests write their page tables through
 * read-only mappings and expect it to work: make the mapping writable and let
 * the instruction run again, which also spares the next write its fault.
 * Entries that a guest wrote so itself may lack the user bit.  Where an entry
 * changes meanwhile the instruction runs again as well, and tells what it is.
 */
static bool fix_fault(struct vcpu *v, unsigned long addr, u64 error)
{
	u64 *e = NULL, val = 0, all = ~0UL, any = 0;
	bool again = false;
	int level;

	if (!v->kernel_mode || !(error & PF_P) || (error & PF_RSV) ||
	    !va_is_guest(addr, 1))
		return false;

	for (level = 4; level; level--) {
		e = walk(v, addr, level);
		if (!e)
			return false;
		val = READ_ONCE_(*e);
		if (!(val & PTE_P))
			return false;
		if (needed_bits(level) & ~val) {
			again = true;
			if (!set_bits(e, &val, needed_bits(level) |
					       (level == 1 ? PTE_KERNEL : 0)))
				break;
		}
		all &= val;
		any |= val;
	}
	if (!level && (error & PF_W) && !(val & PTE_RW) && mfn_is_ram(PTE_MFN(val)) &&
	    (*frame_of(PTE_MFN(val)) & FRAME_LEVEL)) {
		table_is_written(PTE_MFN(val));
		set_bits(e, &val, PTE_RW);
		again = true;
	}
	/* Another vCPU may have been faster: then only our TLB is behind. */
	if (again || ((!(error & PF_W) || (all & PTE_RW)) &&
		      (!(error & PF_I) || !(any & PTE_NX)))) {
		invlpg_(addr);
		return true;
	}
	return false;
}

bool mmu_fix_fault(struct vcpu *v, unsigned long addr, u64 error)
{
	bool fixed;

	/* Seen by others only while this vCPU is preempted: leave_to_kvm(). */
	WRITE_ONCE_(v->walking, true);
	fixed = fix_fault(v, addr, error);
	WRITE_ONCE_(v->walking, false);
	return fixed;
}
