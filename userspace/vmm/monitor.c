// SPDX-License-Identifier: GPL-2.0
/* The monitor: its image, its parameters and its address space. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/kvm_xenpv.h>

#include "../util.h"
#include "monitor.h"
#include "pgtable.h"

/* The monitor shares its half of slot 261 with areas: 1 GiB at most. */
#define IMAGE_MAX	(XENPV_AREA_VA - XENPV_MONITOR_VA)

static bool image_is_sane(const struct xenpv_monitor_header *h, uint64_t size)
{
	const uint64_t mask = PAGE_SIZE - 1;

	return h->header_size == sizeof(*h) && h->file_size == size &&
	       h->mem_size >= size && h->mem_size <= IMAGE_MAX &&
	       h->text_end <= h->rodata_end && h->rodata_end <= h->mem_size &&
	       !((h->mem_size | h->text_end | h->rodata_end) & mask) &&
	       h->entry >= XENPV_MONITOR_VA &&
	       h->entry - XENPV_MONITOR_VA < h->text_end &&
	       h->params >= sizeof(*h) && h->params <= h->mem_size &&
	       h->mem_size - h->params >= sizeof(struct xenpv_monitor_params) &&
	       !(h->params & 7);
}

int monitor_fetch(int dev, struct monitor_image *img)
{
	struct kvm_xenpv_monitor req = { 0 };

	memset(img, 0, sizeof(*img));
	if (ioctl(dev, KVM_XENPV_GET_MONITOR, &req) && errno != ENOSPC) {
		err_sys("cannot get the monitor from the module");
		return -1;
	}
	if (req.size < sizeof(img->hdr) || req.size > IMAGE_MAX)
		goto bad;

	img->size = req.size;
	img->data = xmalloc(img->size);
	req.addr = (uintptr_t)img->data;
	if (ioctl(dev, KVM_XENPV_GET_MONITOR, &req)) {
		err_sys("cannot get the monitor from the module");
		monitor_release(img);
		return -1;
	}

	memcpy(&img->hdr, img->data, sizeof(img->hdr));
	if (img->hdr.magic != XENPV_MONITOR_MAGIC)
		goto bad;
	if (img->hdr.abi != XENPV_MONITOR_ABI) {
		err("the module's monitor speaks ABI %u, xenpv ABI %u: install matching versions",
		    img->hdr.abi, XENPV_MONITOR_ABI);
		monitor_release(img);
		return -1;
	}
	if (!image_is_sane(&img->hdr, img->size))
		goto bad;
	return 0;

bad:
	err("the module's monitor image is malformed");
	monitor_release(img);
	return -1;
}

void monitor_release(struct monitor_image *img)
{
	free(img->data);
	img->data = NULL;
}

/* The image, each part with no more rights than it needs. */
static int map_image(struct pgtable *pt, const struct xenpv_monitor_header *h,
		     uint64_t gpa)
{
	const struct {
		uint64_t start, end, prot;
	} parts[] = {
		{ 0, h->text_end, 0 },
		{ h->text_end, h->rodata_end, PT_NX },
		{ h->rodata_end, h->mem_size, PT_RW | PT_NX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (pgtable_map(pt, XENPV_MONITOR_VA + parts[i].start,
				gpa + parts[i].start,
				parts[i].end - parts[i].start,
				parts[i].prot | PT_GLOBAL))
			return -1;
	return 0;
}

/* The syscall stub is executed but never written here; the rest is data. */
static int map_areas(struct pgtable *pt, uint64_t gpa, unsigned int nr)
{
	uint64_t va = XENPV_AREA_VA;

	for (; nr; nr--, va += XENPV_AREA_SIZE, gpa += XENPV_AREA_SIZE)
		if (pgtable_map(pt, va, gpa, PAGE_SIZE, PT_GLOBAL) ||
		    pgtable_map(pt, va + PAGE_SIZE, gpa + PAGE_SIZE,
				XENPV_AREA_SIZE - PAGE_SIZE,
				PT_RW | PT_NX | PT_GLOBAL))
			return -1;
	return 0;
}

static int map_direct(struct pgtable *pt, uint64_t gpa, uint64_t size)
{
	return pgtable_map(pt, XENPV_DIRECTMAP_VA + gpa, gpa, size,
			   PT_RW | PT_NX | PT_GLOBAL);
}

/* Behind the last page with RAM in it they all are the same one. */
static int map_m2p(struct pgtable *pt, const struct special_layout *l)
{
	const uint64_t prot = PT_US | PT_NX | PT_GLOBAL;
	uint64_t at = (l->m2p_entries * 8 + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);

	if (pgtable_map(pt, XENPV_M2P_VA, l->m2p, at, prot))
		return -1;
	for (; at < layout_m2p_end(l) * 8; at += PAGE_SIZE)
		if (pgtable_map(pt, XENPV_M2P_VA + at, l->m2p_none, PAGE_SIZE,
				prot))
			return -1;
	return 0;
}

static int build_tables(const struct xenpv_monitor_header *h,
			const struct guest_mem *m,
			const struct special_layout *l, unsigned int nr_vcpus)
{
	struct pgtable pt;
	unsigned int i;

	pgtable_init(&pt, guest_ptr(m, l->tables, l->nr_tables << PAGE_SHIFT),
		     l->tables, l->nr_tables);

	if (map_m2p(&pt, l) ||
	    map_image(&pt, h, l->image) ||
	    map_areas(&pt, l->areas, nr_vcpus) ||
	    map_direct(&pt, 0, m->low_max << PAGE_SHIFT) ||
	    map_direct(&pt, m->special_gpa, m->special_size) ||
	    map_direct(&pt, MEM_HOLE_END,
		       (m->max_pages - m->low_max) << PAGE_SHIFT))
		return -1;

	for (i = 0; i < DESC_L1_TABLES(nr_vcpus); i++)
		if (pgtable_link_l1(&pt, XENPV_DESC_VA + ((uint64_t)i << 21),
				    l->desc_l1 + i * PAGE_SIZE))
			return -1;
	return 0;
}

/* mfn to pfn for what the domain owns, ~0 up to the end of the last page. */
static void fill_m2p(const struct guest_mem *m, const struct special_layout *l)
{
	uint64_t size = (l->m2p_entries * 8 + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	uint64_t *m2p = guest_ptr(m, l->m2p, size);
	uint64_t pfn;

	memset(m2p, 0xff, size);
	for (pfn = 0; pfn < m->nr_pages; pfn++)
		m2p[pfn_to_mfn(m, pfn)] = pfn;
	memset(guest_ptr(m, l->m2p_none, PAGE_SIZE), 0xff, PAGE_SIZE);
}

/* The same in words of 32 bits, up to the end of the last large page. */
static void fill_m2p32(const struct guest_mem *m, const struct special_layout *l)
{
	const uint64_t huge = 2ULL << 20;
	uint64_t size = (layout_m2p_end(l) * 4 + huge - 1) & ~(huge - 1);
	uint32_t *m2p = guest_ptr(m, l->m2p32, size);
	uint64_t pfn;

	memset(m2p, 0xff, size);
	for (pfn = 0; pfn < m->nr_pages; pfn++)
		m2p[pfn_to_mfn(m, pfn)] = pfn;
}

/* For tests of what is otherwise hardly ever run. */
static uint32_t flags(void)
{
	const char *fast = getenv("XENPV_FAST_PATHS");

	return fast && !strcmp(fast, "0") ? XENPV_PARAMS_SLOW : 0;
}

static void fill_params(struct xenpv_monitor_params *p,
			const struct guest_mem *m,
			const struct special_layout *l,
			const struct monitor_info *info)
{
	memset(p, 0, sizeof(*p));
	p->domid = info->domid;
	p->nr_vcpus = info->nr_vcpus;
	p->low_mfns = m->low_max;
	p->high_base = MEM_HOLE_END >> PAGE_SHIFT;
	p->high_mfns = p->high_base + m->max_pages - m->low_max;
	p->shared_mfn = l->shared_info >> PAGE_SHIFT;
	p->shared_end = p->shared_mfn + 1 + NR_GRANT_FRAMES;
	p->shared_info_gpa = l->shared_info;
	p->m2p_entries = l->m2p_entries;
	p->m2p_gpa = l->m2p;
	p->m2p32_gpa = l->m2p32;
	p->frame_gpa = l->frame_table;
	p->root_gpa = l->tables;
	p->desc_l1_gpa = l->desc_l1;
	p->area_gpa = l->areas;
	p->context_gpa = l->contexts;
	p->pins_gpa = l->pins;
	p->xen_version = XEN_VERSION;
	p->flags = flags();
	memcpy(p->uuid, info->uuid, sizeof(p->uuid));
}

int monitor_place(const struct monitor_image *img, const struct guest_mem *m,
		  const struct special_layout *l,
		  const struct monitor_info *info)
{
	uint8_t *at = guest_ptr(m, l->image, img->hdr.mem_size);

	memcpy(at, img->data, img->size);
	fill_params((void *)(at + img->hdr.params), m, l, info);
	fill_m2p(m, l);
	if (l->m2p32)
		fill_m2p32(m, l);
	if (build_tables(&img->hdr, m, l, info->nr_vcpus)) {
		err("the monitor's page tables do not fit");
		return -1;
	}
	return 0;
}
