// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's page tables, seen through the direct map.
 *
 * Nested paging confines the guest whatever it writes, so entries are not
 * validated for safety.  What is kept per frame is its level as a page table:
 * a write fault on a read-only mapping of a table is Xen's to emulate, one on
 * any other read-only page is the guest's own.
 */
#include "pagetable.h"
#include <linux/errno.h>

/* Guests' frames: RAM below and above the hole. */
bool mfn_is_ram(u64 mfn)
{
	return mfn < params.low_mfns ||
	       (mfn >= params.high_base && mfn < params.high_mfns);
}

/* Besides RAM, shared_info and the grant table may be mapped. */
bool mfn_is_mappable(u64 mfn)
{
	return mfn_is_ram(mfn) ||
	       (mfn >= params.shared_mfn && mfn < params.shared_end);
}

bool gpa_is_ram(u64 gpa, u64 len)
{
	return gpa + len >= gpa && mfn_is_ram(gpa >> PAGE_SHIFT_) &&
	       (!len || mfn_is_ram((gpa + len - 1) >> PAGE_SHIFT_));
}

u8 *frame_of(u64 mfn)
{
	return (u8 *)phys(params.frame_gpa) + nospec(mfn, params.m2p_entries);
}

static bool xen_slot(int level, int index)
{
	return level == 4 && index >= XENPV_L4_FIRST && index <= XENPV_L4_LAST;
}

/* What every present entry gets: all guest code runs in ring 3. */
static u64 adjust(u64 e)
{
	return (e | PTE_US) & ~PTE_G;
}

/* May ENTRY stand in a table of LEVEL? */
static int check_entry(u64 e, int level)
{
	u64 mfn = PTE_MFN(e);

	if (level == 1)
		return mfn_is_mappable(mfn) ? 0 : -EINVAL;
	if (!mfn_is_ram(mfn) || (e & PTE_PS))
		return -EINVAL;
	return 0;
}

/*
 * Make MFN known as a table of LEVEL, and what hangs below it.  At most four
 * deep: a table that already has a level is not entered again.
 */
int promote(u64 mfn, int level)
{
	u64 *table = phys(mfn << PAGE_SHIFT_);
	u8 *frame = frame_of(mfn);
	int i, err;

	if ((*frame & FRAME_LEVEL) == level)
		return 0;
	if (*frame & FRAME_PINNED)
		return -EINVAL;
	*frame = level;

	for (i = 0; i < 512; i++) {
		u64 e = table[i];

		if (!(e & PTE_P) || xen_slot(level, i))
			continue;
		err = check_entry(e, level);
		if (!err && level > 1 && !(*frame_of(PTE_MFN(e)) & FRAME_LEVEL))
			err = promote(PTE_MFN(e), level - 1);
		if (err) {
			*frame = 0;
			return err;
		}
		if (adjust(e) != e)
			table[i] = adjust(e);
	}
	if (level == 4)
		memcpy(table + XENPV_L4_FIRST,
		       (u64 *)phys(params.root_gpa) + XENPV_L4_FIRST,
		       (XENPV_L4_LAST - XENPV_L4_FIRST + 1) * 8);
	return 0;
}

/*
 * Write VAL to ENTRY of the table in frame MFN, at whatever level that frame
 * is known.
 */
int pt_write(u64 *entry, u64 mfn, u64 val, bool preserve_ad)
{
	int level = *frame_of(mfn) & FRAME_LEVEL;
	int err;

	if (!level) {
		/* No page table: Xen lets the guest write its own data so. */
		*entry = val;
		return 0;
	}
	if (xen_slot(level, entry_index(entry)))
		return -EINVAL;
	if (val & PTE_P) {
		u8 *target;

		err = check_entry(val, level);
		if (err)
			return err;
		val = adjust(val);
		if (level > 1) {
			err = promote(PTE_MFN(val), level - 1);
			if (err && !(*frame_of(PTE_MFN(val)) & FRAME_LEVEL))
				return err;
		} else if ((val & PTE_RW) && mfn_is_ram(PTE_MFN(val))) {
			/*
			 * A writable mapping is how a guest says that a frame
			 * no longer is a table.
			 */
			target = frame_of(PTE_MFN(val));
			if (*target) {
				if (*target & FRAME_PINNED)
					return -EINVAL;
				*target = 0;
			}
		}
	}
	if (preserve_ad) {
		u64 old = READ_ONCE_(*entry), new;

		do {
			new = (val & ~PTE_AD) | (old & PTE_AD);
		} while (!__atomic_compare_exchange_n(entry, &old, new, false,
						      __ATOMIC_SEQ_CST,
						      __ATOMIC_SEQ_CST));
	} else {
		WRITE_ONCE_(*entry, val);
	}
	return 0;
}

/* The entry for VA at LEVEL in the tables in use, or NULL. */
u64 *walk(struct vcpu *v, unsigned long va, int level)
{
	u64 table = v->kernel_mode ? v->kernel_cr3 : v->user_cr3;
	int l;

	for (l = 4; ; l--) {
		u64 *e = (u64 *)phys(table) + va_index(va, l);
		u64 val = READ_ONCE_(*e);

		if (l == level)
			return e;
		if (!(val & PTE_P) || (val & PTE_PS) || !mfn_is_ram(PTE_MFN(val)))
			return NULL;
		table = PTE_MFN(val) << PAGE_SHIFT_;
	}
}

bool va_to_gpa(struct vcpu *v, unsigned long va, u64 *gpa)
{
	u64 *e = va_is_guest(va, 1) ? walk(v, va, 1) : NULL;

	if (!e || !(*e & PTE_P) || !mfn_is_ram(PTE_MFN(*e)))
		return false;
	*gpa = PTE_MFN(*e) << PAGE_SHIFT_ | PAGE_OFFSET_(va);
	return true;
}
