// SPDX-License-Identifier: GPL-2.0
/* Lays out a new domain's RAM, in Xen's order. */
#include "layout.h"
#include "pgtable.h"
#include "symbols.h"
#include "util.h"

#define PAD_PAGES	(512 * 1024 / PAGE_SIZE)
#define MAP_ALIGN	(4UL << 20)
/* No domain is larger; keeps all sums far from overflow. */
#define MAX_BYTES	(1ULL << 46)

/* Xen's own addresses: L4 slots 256 to 271. */
#define XEN_START	0xffff800000000000ULL
#define XEN_END		0xffff880000000000ULL
#define XEN_START_32	0xf5800000ULL

static uint64_t pages(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* May a guest have LEN bytes at VA? */
static bool usable_va(const struct layout *l, uint64_t va, uint64_t len)
{
	uint64_t last = va + len - 1;

	if (!len || last < va)
		return false;
	if (l->levels == 3)
		return last < XEN_START_32;
	/* In one canonical half, and not where Xen lives. */
	if (last < 1ULL << 47)
		return true;
	return va >= XEN_END;
}

static const char *place_kernel(struct layout *l, const struct elf_image *elf,
				const struct kernel_notes *n)
{
	uint64_t start, end;

	if (elf->pstart < n->paddr_offset)
		return "a corrupt kernel: it lies below its own base address";
	start = elf->pstart - n->paddr_offset;
	end = elf->pend - n->paddr_offset;
	if (n->bsd_symtab && end <= MAX_BYTES)
		end = symbols_place(end) + symbols_size(elf);
	if (end > MAX_BYTES)
		return "a corrupt kernel: it wants to lie at an impossible physical address";
	if (n->virt_base & (PAGE_SIZE - 1))
		return "a corrupt kernel: its base address is not a multiple of the page size";
	l->virt_base = n->virt_base;
	l->kernel.pfn = start >> PAGE_SHIFT;
	l->kernel.pages = pages(end) - l->kernel.pfn;
	if (!usable_va(l, l->virt_base, end))
		return "a corrupt kernel: it wants to lie at addresses that are not a guest's";
	if (n->entry < l->virt_base + start || n->entry >= l->virt_base + end)
		return "a corrupt kernel: its entry point lies outside it";
	if (n->hypercall_page != NOTE_UNSET &&
	    (n->hypercall_page & (PAGE_SIZE - 1) ||
	     n->hypercall_page < layout_va(l, l->kernel.pfn) ||
	     n->hypercall_page >= layout_va(l, l->kernel.pfn + l->kernel.pages)))
		return "a corrupt kernel: its hypercall page lies outside it";
	return NULL;
}

static uint64_t take(uint64_t *next, struct span *s, uint64_t nr)
{
	s->pfn = *next;
	s->pages = nr;
	*next += nr;
	return s->pfn;
}

/* Page tables, stack, padding: the rest of the initial mapping. */
static bool close_mapping(struct layout *l, uint64_t *next)
{
	uint64_t start = *next, end;

	l->tables.pages = 0;
	do {
		uint64_t nr = start + l->tables.pages + 1 + PAD_PAGES;

		end = (layout_va(l, nr) + MAP_ALIGN - 1) & -MAP_ALIGN;
		/* An end of 0 is the end of the address space. */
		if (!usable_va(l, l->virt_base, end - l->virt_base))
			return false;
		l->map_pages = (end - l->virt_base) >> PAGE_SHIFT;
		l->tables.pages = pgtable_count(l->levels, l->virt_base,
						l->map_pages);
	} while (start + l->tables.pages + 1 + PAD_PAGES > l->map_pages);
	take(next, &l->tables, l->tables.pages);
	l->stack = (*next)++;
	*next = l->map_pages;
	return true;
}

static const char *place_p2m_apart(struct layout *l, uint64_t *next,
				   uint64_t nr)
{
	uint64_t tables;

	if (!usable_va(l, l->p2m_va, nr << PAGE_SHIFT) ||
	    l->p2m_va + (nr << PAGE_SHIFT) > l->virt_base)
		return "a corrupt kernel: it wants its p2m list at an impossible address";
	tables = pgtable_count_more(l->levels, l->virt_base, l->map_pages,
				    l->p2m_va, nr);
	take(next, &l->p2m, nr);
	take(next, &l->p2m_tables, tables);
	return NULL;
}

static const char *place_rest(struct layout *l, const struct kernel_notes *n,
			      uint64_t ramdisk_size, uint64_t nr_pages,
			      uint64_t *next)
{
	uint64_t p2m = pages(nr_pages * (l->levels == 4 ? 8 : 4));

	l->ramdisk_mapped = !n->mod_start_pfn;
	l->p2m_va = n->init_p2m;
	l->p2m_apart = l->levels == 4 && n->init_p2m < n->virt_base &&
		       !(n->init_p2m & (PAGE_SIZE - 1));

	*next = l->kernel.pfn + l->kernel.pages;
	if (l->ramdisk_mapped)
		take(next, &l->ramdisk, pages(ramdisk_size));
	if (!l->p2m_apart) {
		take(next, &l->p2m, p2m);
		l->p2m_va = layout_va(l, l->p2m.pfn);
	}
	l->start_info = (*next)++;
	l->store = (*next)++;
	l->console = (*next)++;
	if (!close_mapping(l, next))
		return "kernel, ramdisk and tables do not fit the kernel's address space";
	if (!l->ramdisk_mapped)
		take(next, &l->ramdisk, pages(ramdisk_size));
	return l->p2m_apart ? place_p2m_apart(l, next, p2m) : NULL;
}

static int too_small(const char *path, uint64_t need, uint64_t have)
{
	err("%s: %llu MiB are too little: kernel and ramdisk need at least %llu MiB",
	    path, (unsigned long long)have >> (20 - PAGE_SHIFT),
	    (unsigned long long)(need + 255) >> (20 - PAGE_SHIFT));
	return -1;
}

int layout_domain(struct layout *l, const char *path,
		  const struct elf_image *elf, const struct kernel_notes *n,
		  uint64_t ramdisk_size, uint64_t nr_pages)
{
	const char *wrong;
	uint64_t next;

	*l = (struct layout){ .levels = elf->is_64 ? 4 : 3 };
	wrong = place_kernel(l, elf, n);
	if (wrong) {
		err("%s: %s", path, wrong);
		return -1;
	}
	/* First what is certain: the sums below take time for absurd sizes. */
	next = l->kernel.pfn + l->kernel.pages + pages(ramdisk_size);
	if (next > nr_pages)
		return too_small(path, next, nr_pages);
	wrong = place_rest(l, n, ramdisk_size, nr_pages, &next);
	if (wrong) {
		err("%s: %s", path, wrong);
		return -1;
	}
	if (next > nr_pages)
		return too_small(path, next, nr_pages);
	return 0;
}
