// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's page tables, seen through the direct map.
 *
 * Nested paging confines the guest whatever it writes, so entries are not
 * validated for safety.  What is kept per frame is its level as a page table,
 * and how many tables refer to it: a write fault on a read-only mapping of a
 * table is Xen's to emulate, one on any other read-only page is the guest's
 * own.
 */
#include "pagetable.h"
#include <linux/errno.h>

/* Guests' frames: RAM below and above the hole. */
bool mfn_is_ram(u64 mfn)
{
	return mfn < params.low_mfns ||
	       (mfn >= params.high_base && mfn < params.high_mfns);
}

/* Besides RAM, shared_info, the grant table and one of no device may be mapped. */
bool mfn_is_mappable(u64 mfn)
{
	return mfn_is_ram(mfn) ||
	       (mfn >= params.shared_mfn && mfn < params.shared_end) ||
	       mfn == XENPV_FCH_GPA >> PAGE_SHIFT_;
}

bool gpa_is_ram(u64 gpa, u64 len)
{
	return gpa + len >= gpa && mfn_is_ram(gpa >> PAGE_SHIFT_) &&
	       (!len || mfn_is_ram((gpa + len - 1) >> PAGE_SHIFT_));
}

u16 *frame_of(u64 mfn)
{
	return (u16 *)phys(params.frame_gpa) + nospec(mfn, params.m2p_entries);
}

/* Levels and counts change under one lock. */
static u32 pt_lock;

/*
 * Set once a guest has written an upper-level table itself: references that
 * come and go without our knowledge leave counts that cannot be relied on.
 */
static bool counts_are_hints;

static u32 refs(u16 frame)
{
	return frame / FRAME_REF;
}

/* A count that reached its maximum stays there. */
static void ref(u16 *frame)
{
	if (refs(*frame) < FRAME_MAX_REFS)
		*frame += FRAME_REF;
}

static bool xen_slot(int level, int index)
{
	return level == 4 && index >= XENPV_L4_FIRST && index <= XENPV_L4_LAST;
}

/* Entries that a 32-bit guest must not write: beyond its level 3, or Xen's. */
static bool xen_entry32(const u64 *entry, int level)
{
	int index = entry_index(entry);

	/* The last of level 3 leads to Xen's. */
	return (level == 3 && index >= 3) ||
	       (level == 2 && is_xen_l2e32(READ_ONCE_(*entry), index));
}

/*
 * What every present entry gets: all guest code runs in ring 3.  In the last
 * level it is remembered, where Xen does, that the guest meant its kernel alone.
 */
static u64 adjust(u64 e, int level)
{
	/* Level 3 of PAE has no such bits; the kernel is not in ring 3. */
	if (guest32())
		return (level == 3 ? e | PTE_US | PTE_RW : e) & ~PTE_G;
	if (level == 1 && !(e & PTE_US))
		e |= PTE_KERNEL;
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

static void put_table(u64 mfn);
static int get_table(u64 mfn, int level);

/* Drop what the first N entries of a table of LEVEL refer to. */
static void put_entries(u64 mfn, int level, int n)
{
	u64 *table = phys(mfn << PAGE_SHIFT_);

	while (level > 1 && n--) {
		u64 e = table[n], child = PTE_MFN(e);

		if ((e & PTE_P) && !xen_slot(level, n) && mfn_is_ram(child) &&
		    (*frame_of(child) & FRAME_LEVEL) == level - 1)
			put_table(child);
	}
}

/* One reference less; without any the frame is ordinary memory again. */
static void put_table(u64 mfn)
{
	u16 *frame = frame_of(mfn);
	int level = *frame & FRAME_LEVEL;

	if (refs(*frame) == FRAME_MAX_REFS)
		return;
	if (refs(*frame))
		*frame -= FRAME_REF;
	if (!refs(*frame) && !(*frame & FRAME_PINNED)) {
		*frame = 0;
		put_entries(mfn, level, 512);
	}
}

/* The entry E of a table of LEVEL is about to refer to a table. */
static int get_entry(u64 e, int level)
{
	u64 child = PTE_MFN(e);

	/* A table may show itself, read-only: linear page tables. */
	if ((*frame_of(child) & FRAME_LEVEL) == level && !(e & PTE_RW))
		return 0;
	return get_table(child, level - 1);
}

/*
 * Take a reference to MFN as a table of LEVEL.  If it was none yet it becomes
 * one, with all that hangs below it: at most four deep.
 */
static int get_table(u64 mfn, int level)
{
	u64 *table = phys(mfn << PAGE_SHIFT_);
	u16 *frame = frame_of(mfn);
	int i, err;

	if ((*frame & FRAME_LEVEL) == level) {
		ref(frame);
		return 0;
	}
	if (*frame && !counts_are_hints)
		return -EINVAL;
	if (guest32() && level == 4)
		return -EINVAL;
	*frame = level | FRAME_REF;
	/* Guests set up the first four alone, processors would see them all. */
	if (guest32() && level == 3)
		memset(table + 4, 0, PAGE_BYTES - 4 * sizeof(*table));

	for (i = 0; i < 512; i++) {
		u64 e = table[i];

		if (!(e & PTE_P) || xen_slot(level, i) ||
		    (guest32() && level == 2 && is_xen_l2e32(e, i)))
			continue;
		err = check_entry(e, level);
		if (!err && level > 1)
			err = get_entry(e, level);
		if (err) {
			*frame = 0;
			put_entries(mfn, level, i);
			return err;
		}
		if (adjust(e, level) != e) {
			/* A processor may set accessed and dirty bits here. */
			__atomic_fetch_or(&table[i], adjust(e, level) & ~e,
					  __ATOMIC_RELAXED);
			__atomic_fetch_and(&table[i], ~PTE_G, __ATOMIC_RELAXED);
		}
	}
	if (guest32() && level == 3 && (table[3] & PTE_P))
		add_xen_l2es32(PTE_MFN(table[3]));
	if (level == 4)
		memcpy(table + XENPV_L4_FIRST,
		       (u64 *)phys(params.root_gpa) + XENPV_L4_FIRST,
		       (XENPV_L4_LAST - XENPV_L4_FIRST + 1) * 8);
	return 0;
}

/* A root in use, as CR3 or by a pin, is a reference like any other. */
int use_table(struct vcpu *v, u64 mfn, int level)
{
	int err;

	lock(&pt_lock);
	err = get_table(mfn, level);
	unlock(&pt_lock);
	return err;
}

void drop_table(struct vcpu *v, u64 mfn)
{
	lock(&pt_lock);
	put_table(mfn);
	unlock(&pt_lock);
}

int pin_table(struct vcpu *v, u64 mfn, int level)
{
	u16 *frame = frame_of(mfn);
	int err = -EINVAL;

	lock(&pt_lock);
	if (!(*frame & FRAME_PINNED)) {
		err = get_table(mfn, level);
		if (!err)
			*frame |= FRAME_PINNED;
	}
	unlock(&pt_lock);
	return err;
}

int unpin_table(struct vcpu *v, u64 mfn)
{
	u16 *frame = frame_of(mfn);
	int err = -EINVAL;

	lock(&pt_lock);
	if (*frame & FRAME_PINNED) {
		*frame &= ~FRAME_PINNED;
		put_table(mfn);
		err = 0;
	}
	unlock(&pt_lock);
	return err;
}

/* A guest writes to this table behind our back from now on. */
void table_is_written(u64 mfn)
{
	if ((*frame_of(mfn) & FRAME_LEVEL) > 1)
		counts_are_hints = true;
}

/* Is MFN a root of any vCPU, running or not?  Frame 0 stands for none. */
static bool is_root(u64 mfn)
{
	u32 i;

	for (i = 0; mfn && i < params.nr_vcpus; i++) {
		const struct vcpu *t = vcpu_of(i);

		if (guest32() ? t->root32 == mfn :
				t->kernel_cr3 >> PAGE_SHIFT_ == mfn ||
				t->user_cr3 >> PAGE_SHIFT_ == mfn)
			return true;
	}
	return false;
}

/*
 * The memory of MFN is about to go back to the host.  A pin goes with it; where
 * anything else leads to it as to a table it must stay what it is.
 */
int give_up_table(struct vcpu *v, u64 mfn)
{
	u16 *frame = frame_of(mfn);
	int level, err = 0;

	if (!READ_ONCE_(*frame))
		return 0;
	lock(&pt_lock);
	level = *frame & FRAME_LEVEL;
	if ((refs(*frame) > !!(*frame & FRAME_PINNED) && !counts_are_hints) ||
	    is_root(mfn)) {
		err = -EBUSY;
	} else {
		*frame = 0;
		put_entries(mfn, level, 512);
	}
	unlock(&pt_lock);
	return err;
}

/* A table is about to be mapped writable: then it must not be one any more. */
static int forget_table(struct vcpu *v, u64 mfn)
{
	u16 *frame = frame_of(mfn);
	int err = -EINVAL;

	lock(&pt_lock);
	if (counts_are_hints && !(*frame & FRAME_PINNED) && !is_root(mfn)) {
		*frame = 0;
		err = 0;
	}
	unlock(&pt_lock);
	return err;
}

static void store_entry(u64 *entry, u64 val, bool preserve_ad)
{
	u64 old = READ_ONCE_(*entry), new;

	if (!preserve_ad) {
		WRITE_ONCE_(*entry, val);
		return;
	}
	do {
		new = (val & ~PTE_AD) | (old & PTE_AD);
	} while (!__atomic_compare_exchange_n(entry, &old, new, false,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
}

static int write_leaf(struct vcpu *v, u64 *entry, u64 val, bool preserve_ad)
{
	u64 mfn = PTE_MFN(val);

	if (val & PTE_P) {
		if (!mfn_is_mappable(mfn))
			return -EINVAL;
		val = adjust(val, 1);
		if ((val & PTE_RW) && mfn_is_ram(mfn) && *frame_of(mfn)) {
			int err = forget_table(v, mfn);

			if (err)
				return err;
		}
	}
	store_entry(entry, val, preserve_ad);
	return 0;
}

/* -EAGAIN: the table in FRAME is not one of LEVEL any more. */
static int write_upper(struct vcpu *v, u64 *entry, u16 *frame, int level,
		       u64 val, bool preserve_ad)
{
	u64 old;
	int err = 0;

	if (xen_slot(level, entry_index(entry)) ||
	    (guest32() && xen_entry32(entry, level)))
		return -EINVAL;
	if (val & PTE_P) {
		err = check_entry(val, level);
		if (err)
			return err;
		val = adjust(val, level);
	}
	lock(&pt_lock);
	if ((*frame & FRAME_LEVEL) != level)
		err = -EAGAIN;
	else if (val & PTE_P)
		err = get_entry(val, level);
	if (!err) {
		old = *entry;
		store_entry(entry, val, preserve_ad);
		if ((old & PTE_P) && mfn_is_ram(PTE_MFN(old)) &&
		    (*frame_of(PTE_MFN(old)) & FRAME_LEVEL) == level - 1)
			put_table(PTE_MFN(old));
	}
	unlock(&pt_lock);
	return err;
}

/* No page table: Xen lets the guest write its own data so. */
static int write_data(u64 *entry, u16 *frame, u64 val)
{
	int err = -EAGAIN;

	lock(&pt_lock);
	if (!(*frame & FRAME_LEVEL)) {
		WRITE_ONCE_(*entry, val);
		err = 0;
	}
	unlock(&pt_lock);
	return err;
}

/*
 * Write VAL to ENTRY of the table in frame MFN, at whatever level that frame
 * is known.
 */
int pt_write(struct vcpu *v, u64 *entry, u64 mfn, u64 val, bool preserve_ad)
{
	u16 *frame = frame_of(mfn);
	int level, err;

	/* Another vCPU may pin or unpin it: references must stay right. */
	do {
		level = READ_ONCE_(*frame) & FRAME_LEVEL;
		if (level == 1)
			return write_leaf(v, entry, val, preserve_ad);
		if (level)
			err = write_upper(v, entry, frame, level, val,
					  preserve_ad);
		else
			err = write_data(entry, frame, val);
	} while (err == -EAGAIN);
	return err;
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
