// SPDX-License-Identifier: GPL-2.0
/* Copies a kernel into guest RAM, and writes the p2m list. */
#include <stdlib.h>
#include <string.h>

#include "populate.h"
#include "util.h"
#include "vmm/memory.h"

void *populate_page(const struct guest_mem *mem, uint64_t pfn)
{
	void *p = NULL;

	if (pfn < mem->nr_pages)
		p = guest_ptr(mem, pfn_to_mfn(mem, pfn) << PAGE_SHIFT, PAGE_SIZE);
	/* The layout was checked against nr_pages: never happens. */
	if (!p)
		abort();
	return p;
}

void populate_write(const struct guest_mem *mem, uint64_t addr,
		    const void *data, uint64_t len)
{
	const uint8_t *from = data;

	while (len) {
		uint64_t offset = addr & (PAGE_SIZE - 1);
		uint64_t n = PAGE_SIZE - offset;
		uint8_t *to = populate_page(mem, addr >> PAGE_SHIFT);

		if (n > len)
			n = len;
		if (from) {
			memcpy(to + offset, from, n);
			from += n;
		} else {
			memset(to + offset, 0, n);
		}
		addr += n;
		len -= n;
	}
}

void populate_kernel(const struct guest_mem *mem, const struct layout *l,
		     const struct elf_image *elf, const struct kernel_notes *n)
{
	uint64_t pfn;
	unsigned int i;

	for (i = 0; i < elf->nr_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t addr = s->paddr - n->paddr_offset;

		populate_write(mem, addr, elf->data + s->offset, s->filesz);
		populate_write(mem, addr + s->filesz, NULL,
			       s->memsz - s->filesz);
	}
	if (n->hypercall_page == NOTE_UNSET)
		return;
	pfn = (n->hypercall_page - l->virt_base) >> PAGE_SHIFT;
	populate_hypercalls(populate_page(mem, pfn), !elf->is_64);
}

void populate_p2m(const struct guest_mem *mem, const struct layout *l)
{
	const unsigned int size = l->levels == 4 ? 8 : 4;
	const unsigned int per_page = PAGE_SIZE / size;
	uint64_t pfn, mfn;
	uint8_t *entry = NULL;

	for (pfn = 0; pfn < mem->nr_pages; pfn++, entry += size) {
		if (!(pfn % per_page))
			entry = populate_page(mem, l->p2m.pfn + pfn / per_page);
		mfn = pfn_to_mfn(mem, pfn);
		memcpy(entry, &mfn, size);
	}
}
