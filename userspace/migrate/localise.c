// SPDX-License-Identifier: GPL-2.0
/*
 * From the numbers of pages in a stream to machine frames: page tables, p2m,
 * start_info, what vCPUs point at.  All of it is the sender's word: what does
 * not make sense is refused here, before the guest could stumble over it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm_xenpv_monitor.h>

#include "../util.h"
#include "image.h"
#include "pte.h"

static int bad(const struct localise *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(const struct localise *l, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err("%s: %s", l->name, text);
	return -1;
}

/* Page tables. */

struct entry {
	uint64_t table;		/* pfn */
	int level;
	unsigned int index;
};

static int bad_entry(const struct localise *l, const struct entry *e,
		     uint64_t pfn, const char *what)
{
	return bad(l, "entry %u of page table %#" PRIx64 " (level %d): page %#" PRIx64 " %s",
		   e->index, e->table, e->level, pfn, what);
}

/* What an entry above the last level refers to. */
static int check_upper(const struct saved_image *img, const struct localise *l,
		       const struct entry *e, uint64_t val)
{
	uint64_t pfn = PTE_FRAME(val);
	int below = PT_LEVEL(img->types[pfn]);
	bool top = e->level == pte_levels(img->is_32bit);
	char what[32];

	if (val & PTE_PSE)
		return bad_entry(l, e, pfn, "is a large one");
	if (below == e->level - 1)
		return 0;
	/* A table may show itself, read-only; that bit PAE's upper level lacks. */
	if (below == e->level && !(val & PTE_RW) && !(img->is_32bit && top))
		return 0;
	snprintf(what, sizeof(what), "is of type %#x", img->types[pfn]);
	return bad_entry(l, e, pfn, what);
}

static int localise_entry(struct saved_image *img, const struct localise *l,
			  const struct entry *e, uint64_t *val)
{
	uint64_t pfn = PTE_FRAME(*val);

	if (!image_has(img, pfn))
		return bad_entry(l, e, pfn, "is not in the stream");
	if (e->level > 1 && check_upper(img, l, e, *val))
		return -1;
	*val = PTE_SET_FRAME(*val, image_mfn(img, pfn));
	return 0;
}

static int localise_table(struct saved_image *img, const struct localise *l,
			  uint64_t pfn)
{
	struct entry e = { .table = pfn, .level = PT_LEVEL(img->types[pfn]) };
	uint64_t *table = image_page(img, pfn);

	for (e.index = 0; e.index < 512; e.index++) {
		if (pte_is_xens(img->is_32bit, e.level, e.index))
			table[e.index] = 0;
		else if (table[e.index] & PTE_PRESENT &&
			 localise_entry(img, l, &e, &table[e.index]))
			return -1;
	}
	return 0;
}

/* Of a 32-bit guest's last level-2 table the end is Xen's. */
static void clear_m2p(struct saved_image *img, uint64_t pfn)
{
	const uint64_t *l3 = image_page(img, pfn);
	uint64_t *l2 = guest_ptr(img->mem, PTE_FRAME(l3[3]) << PAGE_SHIFT,
				 PAGE_SIZE);

	if (l3[3] & PTE_PRESENT)
		memset(&l2[PTE_M2P32], 0, (512 - PTE_M2P32) * sizeof(*l2));
}

static int localise_tables(struct saved_image *img, const struct localise *l)
{
	uint64_t pfn;

	for (pfn = 0; pfn < img->nr_pfns; pfn++)
		if (image_has(img, pfn) && PT_LEVEL(img->types[pfn]) &&
		    localise_table(img, l, pfn))
			return -1;
	for (pfn = 0; img->is_32bit && pfn < img->nr_pfns; pfn++)
		if (image_has(img, pfn) && PT_LEVEL(img->types[pfn]) == 3)
			clear_m2p(img, pfn);
	return 0;
}

static void write_part(const struct saved_image *img, uint64_t part, void *p2m)
{
	uint64_t nr = P2M_ENTRIES(img->is_32bit), i, pfn, mfn;

	for (i = 0; i < nr; i++) {
		pfn = part * nr + i;
		if (pfn >= img->nr_pfns)
			return;
		mfn = image_has(img, pfn) ? image_mfn(img, pfn) : ~0ULL;
		if (img->is_32bit)
			((uint32_t *)p2m)[i] = mfn;
		else
			((uint64_t *)p2m)[i] = mfn;
	}
}

/* The guest's own list of its frames; the stream says where it is. */
static int write_p2m(struct saved_image *img, const struct localise *l)
{
	uint64_t i;

	for (i = 0; i < img->nr_p2m_frames; i++) {
		if (!image_has_data(img, img->p2m_frames[i]))
			return bad(l, "page %#" PRIx64 " cannot be part %" PRIu64 " of the p2m",
				   img->p2m_frames[i], i);
		write_part(img, i, image_page(img, img->p2m_frames[i]));
	}
	return 0;
}

static int ring_mfn(const struct saved_image *img, const struct localise *l,
		    const char *what, uint64_t pfn, uint64_t *mfn)
{
	if (!image_has_data(img, pfn))
		return bad(l, "start_info: page %#" PRIx64 " cannot be the %s's ring",
			   pfn, what);
	*mfn = image_mfn(img, pfn);
	return 0;
}

static void fill_start_info(const struct saved_image *img,
			    const struct localise *l, struct start_info *si)
{
	si->nr_pages = img->nr_pfns;
	si->shared_info = l->shared_info_mfn << PAGE_SHIFT;
	si->flags = 0;
	si->store_mfn = l->store_mfn;
	si->store_evtchn = l->store_port;
	si->console.domU.mfn = l->console_mfn;
	si->console.domU.evtchn = l->console_port;
}

static void fill_start_info32(const struct saved_image *img,
			      const struct localise *l,
			      struct start_info_x86_32 *si)
{
	si->nr_pages = img->nr_pfns;
	si->shared_info = l->shared_info_mfn << PAGE_SHIFT;
	si->flags = 0;
	si->store_mfn = l->store_mfn;
	si->store_evtchn = l->store_port;
	si->console.domU.mfn = l->console_mfn;
	si->console.domU.evtchn = l->console_port;
}

static int write_start_info(struct saved_image *img, struct localise *l,
			    uint64_t *rdx)
{
	struct start_info_x86_32 *narrow;
	struct start_info *wide;

	if (!image_has_data(img, *rdx))
		return bad(l, "page %#" PRIx64 " cannot be start_info", *rdx);
	wide = image_page(img, *rdx);
	narrow = (void *)wide;
	*rdx = image_mfn(img, *rdx);
	if (ring_mfn(img, l, "xenstore", img->is_32bit ? narrow->store_mfn :
		     wide->store_mfn, &l->store_mfn) ||
	    ring_mfn(img, l, "console", img->is_32bit ?
		     narrow->console.domU.mfn : wide->console.domU.mfn,
		     &l->console_mfn))
		return -1;
	if (img->is_32bit)
		fill_start_info32(img, l, narrow);
	else
		fill_start_info(img, l, wide);
	return 0;
}

/* vCPUs. */

static bool va_is_guests(const struct saved_image *img, uint64_t va)
{
	if (img->is_32bit)
		return va < XENPV_M2P32_VA;
	return va < 0x0000800000000000ULL || va >= 0xffff880000000000ULL;
}

static bool canonical(uint64_t va)
{
	return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

static int check_addresses(const struct saved_image *img,
			   const struct localise *l, unsigned int id)
{
	const struct saved_vcpu *v = &img->vcpus[id];
	const vcpu_guest_context_t *c = &v->basic;
	const uint64_t callbacks[] = {
		c->event_callback_eip, c->failsafe_callback_eip,
		/* 32-bit guests have code segments there. */
		img->is_32bit ? 0 : c->syscall_callback_eip,
		v->syscall32_eip, v->sysenter_eip,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(callbacks); i++)
		if (!va_is_guests(img, callbacks[i]))
			return bad(l, "vCPU %u: a callback at %#" PRIx64 " is not the guest's",
				   id, callbacks[i]);
	for (i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
		if (!va_is_guests(img, c->trap_ctxt[i].address))
			return bad(l, "vCPU %u: the handler of trap %u is not the guest's",
				   id, i);
	if (!canonical(c->fs_base) || !canonical(c->gs_base_kernel) ||
	    !canonical(c->gs_base_user) || !canonical(c->user_regs.rip))
		return bad(l, "vCPU %u: an address is not canonical", id);
	if (c->ldt_ents > 8192 || (c->ldt_ents && (c->ldt_base & 4095)))
		return bad(l, "vCPU %u: its LDT makes no sense", id);
	return 0;
}

static int localise_root(const struct saved_image *img,
			 const struct localise *l, unsigned int id,
			 const char *what, uint64_t *cr)
{
	uint64_t pfn = *cr >> PAGE_SHIFT;

	if (!image_has(img, pfn) ||
	    PT_LEVEL(img->types[pfn]) != pte_levels(img->is_32bit))
		return bad(l, "vCPU %u: %s, page %#" PRIx64 ", is no top-level page table",
			   id, what, pfn);
	*cr = image_mfn(img, pfn) << PAGE_SHIFT;
	return 0;
}

static int localise_gdt(const struct saved_image *img,
			const struct localise *l, unsigned int id,
			vcpu_guest_context_t *c)
{
	unsigned int i, nr = (c->gdt_ents + 511) / 512;

	if (c->gdt_ents > 14 * 512)
		return bad(l, "vCPU %u: a GDT of %lu entries makes no sense",
			   id, (unsigned long)c->gdt_ents);
	for (i = 0; i < nr; i++) {
		if (!image_has_data(img, c->gdt_frames[i]))
			return bad(l, "vCPU %u: page %#lx cannot be a GDT", id,
				   (unsigned long)c->gdt_frames[i]);
		c->gdt_frames[i] = image_mfn(img, c->gdt_frames[i]);
	}
	return 0;
}

static int localise_vcpu(struct saved_image *img, struct localise *l,
			 unsigned int id)
{
	struct saved_vcpu *v = &img->vcpus[id];
	vcpu_guest_context_t *c = &v->basic;
	uint64_t root = c->ctrlreg[3], user = c->ctrlreg[1];
	bool has_user = user & 1;

	if (check_addresses(img, l, id) || localise_gdt(img, l, id, c) ||
	    localise_root(img, l, id, "cr3", &root))
		return -1;
	if (has_user &&
	    localise_root(img, l, id, "the user's cr3", &user))
		return -1;
	if (!has_user && !(c->flags & VGCF_in_kernel) && !img->is_32bit)
		return bad(l, "vCPU %u: it is in user mode without page tables for it",
			   id);
	c->ctrlreg[3] = root;
	c->ctrlreg[1] = has_user ? user : 0;
	c->flags |= VGCF_online;
	return 0;
}

static int localise_vcpus(struct saved_image *img, struct localise *l)
{
	uint64_t start_info = img->vcpus[0].basic.user_regs.rdx;
	unsigned int i;

	if (write_start_info(img, l, &start_info))
		return -1;
	img->vcpus[0].basic.user_regs.rdx = start_info;
	for (i = 0; i < img->nr_vcpus; i++)
		if (img->vcpus[i].present && localise_vcpu(img, l, i))
			return -1;
	return 0;
}

int image_localise(struct saved_image *img, struct localise *l)
{
	if (localise_tables(img, l) || write_p2m(img, l) ||
	    localise_vcpus(img, l))
		return -1;
	return 0;
}

/* No event channel is bound any more. */
static void fill_shared_info(shared_info_t *to, const shared_info_t *from)
{
	unsigned int i;

	memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
	to->arch = from->arch;
	to->arch.pfn_to_mfn_frame_list_list = 0;
	memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
	for (i = 0; i < ARRAY_SIZE(to->vcpu_info); i++) {
		to->vcpu_info[i].evtchn_pending_sel = 0;
		to->vcpu_info[i].evtchn_upcall_pending = 0;
	}
}

static void fill_shared_info32(shared_info_x86_32_t *to,
			       const shared_info_x86_32_t *from)
{
	unsigned int i;

	memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
	to->arch = from->arch;
	to->arch.pfn_to_mfn_frame_list_list = 0;
	memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
	for (i = 0; i < ARRAY_SIZE(to->vcpu_info); i++) {
		to->vcpu_info[i].evtchn_pending_sel = 0;
		to->vcpu_info[i].evtchn_upcall_pending = 0;
	}
}

void image_shared_info(const struct saved_image *img, shared_info_t *to)
{
	const void *from = img->shared_info;

	if (img->is_32bit)
		fill_shared_info32((void *)to, from);
	else
		fill_shared_info(to, from);
}
