/* SPDX-License-Identifier: GPL-2.0 */
/* Writing a new domain's RAM, by pfn. */
#ifndef XENPV_BUILDER_POPULATE_H
#define XENPV_BUILDER_POPULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builder.h"
#include "layout.h"

/* The page PFN of RAM, which the layout says exists. */
void *populate_page(const struct guest_mem *mem, uint64_t pfn);

/* LEN bytes of DATA (or zeroes: NULL) from byte ADDR of pseudo-physical RAM. */
void populate_write(const struct guest_mem *mem, uint64_t addr,
		    const void *data, uint64_t len);

/* The kernel's segments and its hypercall page. */
void populate_kernel(const struct guest_mem *mem, const struct layout *l,
		     const struct elf_image *elf, const struct kernel_notes *n);

/* The symbol table behind it, for kernels that want that. */
void populate_symbols(const struct guest_mem *mem, const struct elf_image *elf,
		      const struct kernel_notes *n);

/* The list of mfns. */
void populate_p2m(const struct guest_mem *mem, const struct layout *l);

/* 128 stubs of 32 bytes that issue hypercalls. */
void populate_hypercalls(uint8_t *page, bool is_32bit);

/* start_info, with the pages it tells of. */
void populate_start_info(const struct build_params *p, const struct layout *l,
			 uint64_t ramdisk_size);

#endif
