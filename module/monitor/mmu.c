// SPDX-License-Identifier: GPL-2.0-only
/* mmu_update, update_va_mapping, and page faults that are Xen's business. */
#include "pagetable.h"
#include <linux/errno.h>

/* Xen's DOMID_* that a domain may name for its own memory. */
static bool own_domain(u32 domid)
{
	return domid == DOMID_SELF || domid == params.domid;
}

void flush_local(void)
{
	write_cr3_(read_cr3_());
}

static long update_one(struct vcpu *v, u64 ptr, u64 val)
{
	u64 cmd = ptr & 3, gpa = ptr & ~7UL, mfn = ptr >> PAGE_SHIFT_;

	switch (cmd) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_PRESERVE_AD:
		if (!mfn_is_ram(mfn))
			return -EINVAL;
		return pt_write(phys(gpa), mfn, val,
				cmd == MMU_PT_UPDATE_PRESERVE_AD);
	case MMU_MACHPHYS_UPDATE:
		if (!mfn_is_ram(mfn))
			return -EINVAL;
		((u64 *)phys(params.m2p_gpa))[nospec(mfn, params.m2p_entries)] = val;
		return 0;
	default:
		return -ENOSYS;
	}
}

#define MMU_BATCH	16

long hc_mmu_update(struct vcpu *v, unsigned long *a)
{
	/* The top bit of the count marks a continuation in Xen; ignore it. */
	u32 count = (u32)a[1] & ~(1u << 31), done = 0;
	u32 fd = a[3] & 0xffff, pfd = (a[3] >> 16) & 0xffff;
	struct mmu_update req[MMU_BATCH];
	long ret = 0;

	if (!own_domain(fd) || (pfd && !own_domain(pfd - 1)))
		return pfd && !own_domain(pfd - 1) ? -ESRCH : -EPERM;

	while (done < count && !ret) {
		u32 n = count - done < MMU_BATCH ? count - done : MMU_BATCH, i;

		if (copy_from_guest(req, a[0] + done * sizeof(req[0]),
				    n * sizeof(req[0]))) {
			ret = -EFAULT;
			break;
		}
		for (i = 0; i < n; i++, done++) {
			ret = update_one(v, req[i].ptr, req[i].val);
			if (ret)
				break;
		}
	}
	if (a[2] && copy_to_guest(a[2], &done, sizeof(done)))
		return -EFAULT;
	return ret;
}

static long va_flush(struct vcpu *v, unsigned long va, unsigned long flags)
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
	if (bitmap == UVMF_ALL) {
		mask[0] = mask[1] = ~0UL;
	} else if (get_guest64(bitmap, &mask[0])) {
		return -EFAULT;
	}
	flush_vcpus(v, mask);
	return 0;
}

long hc_update_va_mapping(struct vcpu *v, unsigned long *a)
{
	u64 *entry;
	long ret;

	if (!va_is_guest(a[0], 1))
		return -EINVAL;
	entry = walk(v, a[0], 1);
	if (!entry)
		return -EINVAL;
	ret = pt_write(entry, ((u64)entry - XENPV_DIRECTMAP_VA) >> PAGE_SHIFT_,
		       a[1], false);
	if (ret)
		return ret;
	return va_flush(v, a[0], a[2]);
}

long hc_update_va_mapping_other(struct vcpu *v, unsigned long *a)
{
	if (!own_domain(a[3] & 0xffff))
		return -EPERM;
	return hc_update_va_mapping(v, a);
}

int mmu_set_cr3(struct vcpu *v, u64 mfn)
{
	int err;

	if (!mfn_is_ram(mfn))
		return -EINVAL;
	err = promote(mfn, 4);
	if (err)
		return err;
	v->kernel_cr3 = mfn << PAGE_SHIFT_;
	return 0;
}

int mmu_set_user_cr3(struct vcpu *v, u64 mfn)
{
	int err;

	if (mfn) {
		if (!mfn_is_ram(mfn))
			return -EINVAL;
		err = promote(mfn, 4);
		if (err)
			return err;
	}
	v->user_cr3 = mfn << PAGE_SHIFT_;
	return 0;
}

/*
 * Faults the guest does not see.  Guests write their page tables through
 * read-only mappings and expect it to work: make the mapping writable and let
 * the instruction run again, which also spares the next write its fault.
 * Entries that a guest wrote so itself may lack the user bit.
 */
bool mmu_fix_fault(struct vcpu *v, unsigned long addr, u64 error)
{
	bool missing_user = false;
	u64 *e = NULL;
	int level;

	if (!v->kernel_mode || !(error & PF_P) || (error & PF_RSV) ||
	    !va_is_guest(addr, 1))
		return false;

	for (level = 4; level; level--) {
		e = walk(v, addr, level);
		if (!e || !(*e & PTE_P))
			return false;
		if (!(*e & PTE_US)) {
			*e |= PTE_US;
			missing_user = true;
		}
	}
	if ((error & PF_W) && !(*e & PTE_RW) && mfn_is_ram(PTE_MFN(*e)) &&
	    (*frame_of(PTE_MFN(*e)) & FRAME_LEVEL)) {
		*e |= PTE_RW;
		invlpg_(addr);
		return true;
	}
	if (missing_user)
		invlpg_(addr);
	return missing_user;
}
