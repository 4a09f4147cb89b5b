// SPDX-License-Identifier: GPL-2.0-only
/*
 * GDT, LDT and segment bases.
 *
 * A guest's descriptor pages appear in the vCPU's descriptor window, the
 * monitor's own page behind them.  Window entries are level-1 entries of our
 * own tables.
 */
#include "descriptor.h"
#include "pagetable.h"
#include <linux/errno.h>

#define MONITOR_GDT_PAGE	14
#define GDT_LIMIT		(15 * 4096 - 1)

/* Empty descriptors: what stands where a guest has put no GDT page. */
static const u64 empty_page[512] __aligned(4096);

static unsigned long window(struct vcpu *v)
{
	return XENPV_DESC_VA + (u64)v->id * XENPV_DESC_SIZE;
}

static u64 *window_entries(struct vcpu *v)
{
	return (u64 *)phys(params.desc_l1_gpa) +
	       (u64)v->id * (XENPV_DESC_SIZE / PAGE_BYTES);
}

/* Set page PAGE (0-31) of the window to the frame at GPA. */
static void map_window(struct vcpu *v, int page, u64 gpa, bool writable)
{
	window_entries(v)[page] = gpa | PTE_P | PTE_AD | PTE_NX |
				  (writable ? PTE_RW : 0);
	invlpg_(window(v) + page * PAGE_BYTES);
}

static u64 image_gpa(const void *p)
{
	u64 *e, table = params.root_gpa;
	int l;

	for (l = 4; ; l--) {
		e = (u64 *)phys(table) + va_index((unsigned long)p, l);
		if (l == 1)
			return PTE_MFN(*e) << PAGE_SHIFT_;
		table = PTE_MFN(*e) << PAGE_SHIFT_;
	}
}

/*
 * Of 32-bit guests ring 1 is the kernel's.  Flat segments that end somewhere in
 * Xen's addresses are from times when the M2P lay higher: as in Xen they get it
 * all.  No 64-bit code: ring 1 would reach the monitor's addresses.
 */
static bool fix_descriptor32(u64 *d)
{
	u64 limit = (*d >> 32 & 0xf0000) | (*d & 0xffff);

	if (*d & DESC_L)
		return false;
	if (!(*d & DESC_DPL))
		*d |= BIT(45);
	limit = *d & DESC_G ? (limit + 1) << PAGE_SHIFT_ : limit + 1;
	if (!(*d & DESC_BASE) && limit > XENPV_M2P32_VA)
		*d |= DESC_LIMIT;
	*d |= DESC_ACCESSED;
	return true;
}

/* A gate may lead to the guest's own segments and the kernel's flat one. */
static bool gate_selector_okay(u16 sel, bool fresh)
{
	u16 flat = guest32() ? SEL_RING1_CS : SEL_USER_CS64;

	return (sel & 4) || sel >> 3 < GUEST_GDT_PAGES * 512 || sel == flat ||
	       (!fresh && sel >> 3 == flat >> 3);
}

/*
 * See GATE_CALL.  One that is not FRESH is in a table that may have been looked
 * at before: then its DPL is where that has put it.
 */
static bool fix_gate(u64 *d, bool fresh)
{
	u64 least = guest32() ? 1 : 3, dpl = desc_dpl(*d);

	if ((*d & DESC_TYPE) != GATE_CALL || !gate_selector_okay(*d >> 16, fresh) ||
	    (*d & (guest32() ? GATE_RESERVED32 : GATE_RESERVED)))
		return false;
	if (!dpl && !fresh)
		dpl = *d >> 16 & 3;
	if (dpl < least)
		dpl = least;
	*d = (*d & ~(DESC_DPL | GATE_RPL)) | dpl << 16;
	return true;
}

/*
 * Make a descriptor safe for ring 3: code and data of DPL 3 only.  The
 * accessed bit is preset so that the CPU never writes to the guest's page.
 */
static bool fix_descriptor(u64 *d, bool fresh)
{
	if (!(*d & DESC_P))
		return true;
	if (!(*d & DESC_S))
		/* Nothing, perhaps the second half of a gate. */
		return !(*d & DESC_TYPE) || fix_gate(d, fresh);
	if (guest32())
		return fix_descriptor32(d);
	/* Conforming code would run at whatever level calls it. */
	if ((*d & DESC_CODE) && (*d & DESC_CONFORM) && (*d & DESC_DPL) != DESC_DPL)
		return false;
	*d |= DESC_DPL | DESC_ACCESSED;
	return true;
}

static void lgdt_load(struct vcpu *v)
{
	struct {
		u16 limit;
		u64 base;
	} __packed gdtr = { GDT_LIMIT, window(v) };

	asm volatile("lgdt %0" : : "m" (gdtr));
}

static void fill_monitor_page(struct vcpu *v)
{
	u64 *gdt = (u64 *)(AREA_VA(v->id) + XENPV_AREA_GDT);
	u64 tss = (u64)&v->tss;
	int base = (MONITOR_GDT_PAGE * PAGE_BYTES) / 8;

#define SLOT(sel)	gdt[((sel) >> 3) - base]
	memset(gdt, 0, PAGE_BYTES);
	SLOT(SEL_RING0_CS) = 0x00af9b000000ffffUL;
	SLOT(SEL_RING0_DS) = 0x00cf93000000ffffUL;
	SLOT(SEL_RING1_CS) = 0x00cfbb000000ffffUL;
	SLOT(SEL_RING1_DS) = 0x00cfb3000000ffffUL;
	if (guest32()) {
		SLOT(SEL_RING3_CS32) = 0x00cffb000000ffffUL;
		SLOT(SEL_RING3_DS32) = 0x00cff3000000ffffUL;
	} else {
		SLOT(SEL_USER_CS32) = 0x00cffb000000ffffUL;
		SLOT(SEL_USER_DS) = 0x00cff3000000ffffUL;
		SLOT(SEL_USER_CS64) = 0x00affb000000ffffUL;
	}
	SLOT(SEL_TSS) = (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 |
			0x89UL << 40 | (tss >> 24 & 0xff) << 56;
	SLOT(SEL_TSS + 8) = tss >> 32;
}

static void load_ldt(struct vcpu *v, u32 entries)
{
	u64 *gdt = (u64 *)(AREA_VA(v->id) + XENPV_AREA_GDT);
	int base = (MONITOR_GDT_PAGE * PAGE_BYTES) / 8;
	u64 va = window(v) + XENPV_DESC_LDT;
	u16 sel = entries ? SEL_LDT : 0;

	if (entries) {
		SLOT(SEL_LDT) = (u64)(entries * 8 - 1) | (va & 0xffffff) << 16 |
				0x82UL << 40 | (va >> 24 & 0xff) << 56;
		SLOT(SEL_LDT + 8) = va >> 32;
	}
	asm volatile("lldt %0" : : "r" (sel));
}

#undef SLOT

void descriptor_init(struct vcpu *v)
{
	u64 area = params.area_gpa + (u64)v->id * XENPV_AREA_SIZE;
	int i;

	for (i = 0; i < GUEST_GDT_PAGES; i++)
		map_window(v, i, image_gpa(empty_page), false);
	fill_monitor_page(v);
	map_window(v, MONITOR_GDT_PAGE, area + XENPV_AREA_GDT, true);
	lgdt_load(v);
	asm volatile("ltr %0" : : "r" ((u16)SEL_TSS));
	load_ldt(v, 0);
}

static int check_page(u64 mfn, int entries)
{
	u64 *d = phys(mfn << PAGE_SHIFT_);
	int i;

	/* A page table must not be read as descriptors, nor changed as such. */
	if (*frame_of(mfn) & FRAME_LEVEL)
		return -EINVAL;
	for (i = 0; i < entries; i++)
		if (!fix_descriptor(&d[i], false))
			return -EINVAL;
	return 0;
}

/* Are the N bytes at OFFSET within the segment? */
bool desc_covers(u64 d, u32 offset, u32 n)
{
	u32 last = offset + n - 1;

	if (last < offset)
		return false;
	if ((d & DESC_CODE) || !(d & DESC_DOWN))
		return last <= desc_limit(d);
	return offset > desc_limit(d) && last <= (d & DESC_DB ? ~0U : 0xffff);
}

/* The descriptor of SEL, as the processor finds it; false where none can be. */
bool read_descriptor(struct vcpu *v, u16 sel, u64 *d)
{
	u32 index = sel >> 3, end = (MONITOR_GDT_PAGE + 1) * 512, page = 0;
	const u64 *table;
	u64 e;

	if (sel & 4) {
		end = v->ldt_ents;
		page = XENPV_DESC_LDT / PAGE_BYTES;
	}
	if (sel < 4 || index >= end)
		return false;
	index = nospec(index, end);
	/* Not through the window: a page of the LDT may be missing there. */
	e = window_entries(v)[page + index / 512];
	if (!(e & PTE_P))
		return false;
	table = phys(PTE_MFN(e) << PAGE_SHIFT_);
	*d = READ_ONCE_(table[index % 512]);
	return true;
}

int set_gdt_frames(struct vcpu *v, const u64 *frames, u32 entries)
{
	int pages = (entries + 511) / 512, i;

	if (entries > GUEST_GDT_PAGES * 512)
		return -EINVAL;
	for (i = 0; i < pages; i++)
		if (!mfn_is_ram(frames[i]) || check_page(frames[i], 512))
			return -EINVAL;
	for (i = 0; i < GUEST_GDT_PAGES; i++)
		if (i < pages)
			map_window(v, i, frames[i] << PAGE_SHIFT_, true);
		else
			map_window(v, i, image_gpa(empty_page), false);
	v->gdt_ents = entries;
	return 0;
}

/* Where the guest's GDT_ENTS descriptors are. */
void get_gdt_frames(struct vcpu *v, u64 *frames)
{
	const u64 *e = window_entries(v);
	u32 i;

	for (i = 0; i < (v->gdt_ents + 511) / 512; i++)
		frames[i] = PTE_MFN(e[i]);
}

long hc_set_gdt(struct vcpu *v, unsigned long *a)
{
	u64 frames[GUEST_GDT_PAGES] = { 0 };
	u32 entries = a[1];

	if (entries > GUEST_GDT_PAGES * 512)
		return -EINVAL;
	if (copy_from_guest(frames, a[0], (entries + 511) / 512 * 8))
		return -EFAULT;
	return set_gdt_frames(v, frames, entries);
}

long hc_update_descriptor(struct vcpu *v, unsigned long *a)
{
	u64 desc = a[1], *d;

	if ((a[0] & 7) || !gpa_is_ram(a[0], 8) || !fix_descriptor(&desc, true))
		return -EINVAL;
	if (*frame_of(a[0] >> PAGE_SHIFT_) & FRAME_LEVEL)
		return -EINVAL;
	d = phys(a[0]);
	WRITE_ONCE_(*d, desc);
	return 0;
}

int set_ldt(struct vcpu *v, unsigned long base, u32 entries)
{
	int pages = (entries * 8 + PAGE_BYTES - 1) / PAGE_BYTES, i;
	u64 gpa;

	if (!entries) {
		v->ldt_ents = 0;
		load_ldt(v, 0);
		return 0;
	}
	if (entries > 8192 || PAGE_OFFSET_(base) ||
	    !va_is_guest(base, entries * 8UL))
		return -EINVAL;
	for (i = 0; i < pages; i++)
		if (!va_to_gpa(v, base + i * PAGE_BYTES, &gpa) ||
		    check_page(gpa >> PAGE_SHIFT_, 512))
			return -EINVAL;
	for (i = 0; i < pages; i++)
		if (va_to_gpa(v, base + i * PAGE_BYTES, &gpa))
			map_window(v, XENPV_DESC_LDT / PAGE_BYTES + i, gpa, true);
	v->ldt_base = base;
	v->ldt_ents = entries;
	load_ldt(v, entries);
	return 0;
}

/*
 * Load %gs of user mode: its base is the inactive one right now.  A selector
 * that cannot be loaded becomes null, and that is no error.
 */
static void load_user_gs(u16 sel)
{
	if (sel > 3)
		sel |= 3;

	asm volatile("swapgs\n"
		     "1: movw %w0, %%gs\n"
		     "2: swapgs\n"
		     ".pushsection .text.fixup, \"ax\"\n"
		     "3: xorl %k0, %k0\n"
		     "   jmp 1b\n"
		     ".popsection\n"
		     EX_TABLE(1b, 3b)
		     : "+r" (sel) : : "memory");
}

/* Any segment register: one that cannot be loaded becomes null. */
#define LOAD_SELECTOR(seg, sel)						\
	do {								\
		u32 sel_ = (sel);					\
		asm volatile("1: movw %w0, %%" #seg "\n"		\
			     ".pushsection .text.fixup, \"ax\"\n"	\
			     "2: xorl %k0, %k0\n"			\
			     "   jmp 1b\n"				\
			     ".popsection\n"				\
			     EX_TABLE(1b, 2b)				\
			     : "+r" (sel_) : : "memory");		\
	} while (0)

/* Ring 3 code loads them with RPL 3; GS is the guest's of its current mode. */
static u32 loadable(u16 sel)
{
	if (guest32())
		return sel > 3 ? fix_selector32(sel) : 0;
	return sel > 3 ? sel | 3 : sel;
}

/* Before the bases, which this clobbers. */
void load_selectors(struct vcpu *v)
{
	LOAD_SELECTOR(ds, loadable(v->sel_ds));
	LOAD_SELECTOR(es, loadable(v->sel_es));
	LOAD_SELECTOR(fs, loadable(v->sel_fs));
	LOAD_SELECTOR(gs, loadable(v->sel_gs));
}

long hc_set_segment_base(struct vcpu *v, unsigned long *a)
{
	u64 base = a[1];

	/* Ring 3 uses the bases: canonical is all that matters. */
	if (a[0] <= SEGBASE_GS_KERNEL && !canonical(base))
		return -EINVAL;
	switch (a[0]) {
	case SEGBASE_FS:
		wrmsr_(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_USER:
		wrmsr_(MSR_KERNEL_GS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		wrmsr_(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		load_user_gs(a[1]);
		return 0;
	default:
		return -EINVAL;
	}
}
