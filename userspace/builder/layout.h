/* SPDX-License-Identifier: GPL-2.0 */
/* Where everything of a new domain lies in its RAM and address space. */
#ifndef XENPV_BUILDER_LAYOUT_H
#define XENPV_BUILDER_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "elf_image.h"
#include "notes.h"

/* Consecutive pfns. */
struct span {
	uint64_t pfn;
	uint64_t pages;
};

/*
 * The initial mapping is [virt_base, virt_base + map_pages * 4096), of pfn 0
 * and on.  In it, from low to high: the kernel, the ramdisk (unless it may stay
 * unmapped), the p2m list (unless it is mapped elsewhere), start_info, the
 * xenstore page, the console page, the page tables, the stack, at least 512 KiB
 * that nobody uses, up to a multiple of 4 MiB.  Behind it the ramdisk and the
 * p2m list when they are not in it, the list followed by its page tables.
 */
struct layout {
	uint64_t virt_base;
	uint64_t map_pages;
	struct span kernel;
	struct span ramdisk;
	bool ramdisk_mapped;
	struct span p2m;
	uint64_t p2m_va;
	bool p2m_apart;		/* mapped at p2m_va, not in the initial mapping */
	struct span p2m_tables;	/* behind p2m, when apart */
	struct span tables;	/* the first one is the root */
	uint64_t start_info, store, console, stack;	/* pfns */
	unsigned int levels;	/* of page tables */
};

static inline uint64_t layout_va(const struct layout *l, uint64_t pfn)
{
	return l->virt_base + (pfn << 12);
}

/*
 * Lay out a domain of NR_PAGES with the kernel ELF and a ramdisk of so many
 * bytes.  PATH is the kernel's, for messages.  -1 after one line on stderr.
 */
int layout_domain(struct layout *l, const char *path,
		  const struct elf_image *elf, const struct kernel_notes *n,
		  uint64_t ramdisk_size, uint64_t nr_pages);

#endif
