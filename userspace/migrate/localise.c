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
	char what[32];

	if (val & PTE_PSE)
		return bad_entry(l, e, pfn, "is a large one");
	/* A table may show itself, read-only. */
	if (below == e->level - 1 || (below == e->level && !(val & PTE_RW)))
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
		if (pte_is_xens(e.level, e.index))
			table[e.index] = 0;
		else if (table[e.index] & PTE_PRESENT &&
			 localise_entry(img, l, &e, &table[e.index]))
			return -1;
	}
	return 0;
}

static int localise_tables(struct saved_image *img, const struct localise *l)
{
	uint64_t pfn;

	for (pfn = 0; pfn < img->nr_pfns; pfn++)
		if (image_has(img, pfn) && PT_LEVEL(img->types[pfn]) &&
		    localise_table(img, l, pfn))
			return -1;
	return 0;
}

/* The guest's own list of its frames; the stream says where it is. */
static int write_p2m(struct saved_image *img, const struct localise *l)
{
	uint64_t i, j, pfn, *p2m;

	for (i = 0; i < img->nr_p2m_frames; i++) {
		if (!image_has_data(img, img->p2m_frames[i]))
			return bad(l, "page %#" PRIx64 " cannot be part %" PRIu64 " of the p2m",
				   img->p2m_frames[i], i);
		p2m = image_page(img, img->p2m_frames[i]);
		for (j = 0; j < 512; j++) {
			pfn = i * 512 + j;
			if (pfn < img->nr_pfns)
				p2m[j] = image_has(img, pfn) ?
					 image_mfn(img, pfn) : ~0ULL;
		}
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

static int write_start_info(struct saved_image *img, struct localise *l,
			    uint64_t *rdx)
{
	struct start_info *si;

	if (!image_has_data(img, *rdx))
		return bad(l, "page %#" PRIx64 " cannot be start_info", *rdx);
	si = image_page(img, *rdx);
	*rdx = image_mfn(img, *rdx);
	if (ring_mfn(img, l, "xenstore", si->store_mfn, &l->store_mfn) ||
	    ring_mfn(img, l, "console", si->console.domU.mfn, &l->console_mfn))
		return -1;
	si->nr_pages = img->nr_pfns;
	si->shared_info = l->shared_info_mfn << PAGE_SHIFT;
	si->flags = 0;
	si->store_mfn = l->store_mfn;
	si->store_evtchn = l->store_port;
	si->console.domU.mfn = l->console_mfn;
	si->console.domU.evtchn = l->console_port;
	return 0;
}

/* vCPUs. */

static bool va_is_guests(uint64_t va)
{
	return va < 0x0000800000000000ULL || va >= 0xffff880000000000ULL;
}

static bool canonical(uint64_t va)
{
	return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

static int check_addresses(const struct localise *l, unsigned int id,
			   const struct saved_vcpu *v)
{
	const vcpu_guest_context_t *c = &v->basic;
	const uint64_t callbacks[] = {
		c->event_callback_eip, c->failsafe_callback_eip,
		c->syscall_callback_eip, v->syscall32_eip, v->sysenter_eip,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(callbacks); i++)
		if (!va_is_guests(callbacks[i]))
			return bad(l, "vCPU %u: a callback at %#" PRIx64 " is not the guest's",
				   id, callbacks[i]);
	for (i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
		if (!va_is_guests(c->trap_ctxt[i].address))
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

	if (!image_has(img, pfn) || PT_LEVEL(img->types[pfn]) != 4)
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

	if (check_addresses(l, id, v) || localise_gdt(img, l, id, c) ||
	    localise_root(img, l, id, "cr3", &root))
		return -1;
	if (has_user &&
	    localise_root(img, l, id, "the user's cr3", &user))
		return -1;
	if (!has_user && !(c->flags & VGCF_in_kernel))
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

void image_shared_info(const struct saved_image *img, shared_info_t *to)
{
	const shared_info_t *from = (const void *)img->shared_info;
	unsigned int i;

	memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
	to->arch = from->arch;
	to->arch.pfn_to_mfn_frame_list_list = 0;
	/* No event channel is bound any more. */
	memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
	for (i = 0; i < ARRAY_SIZE(to->vcpu_info); i++) {
		to->vcpu_info[i].evtchn_pending_sel = 0;
		to->vcpu_info[i].evtchn_upcall_pending = 0;
	}
}
