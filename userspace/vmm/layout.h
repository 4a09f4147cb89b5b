/* SPDX-License-Identifier: GPL-2.0 */
/* What lies where in the special region of guest physical memory. */
#ifndef XENPV_VMM_LAYOUT_H
#define XENPV_VMM_LAYOUT_H

#include <stdint.h>

#include "memory.h"

#define NR_GRANT_FRAMES		64
#define CONTEXT_PAGES		2	/* of a struct vcpu_guest_context */
/* Level-1 tables of the descriptor windows; 16 windows share one. */
#define DESC_L1_TABLES(nr_vcpus) (((nr_vcpus) + 15) / 16)

/* All are guest physical addresses. */
struct special_layout {
	uint64_t shared_info;
	uint64_t grants;		/* follow shared_info */
	uint64_t image;			/* the monitor's */
	uint64_t areas;
	uint64_t contexts;
	uint64_t desc_l1;
	uint64_t tables;		/* page tables, the root first */
	uint64_t nr_tables;
	uint64_t frame_table;
	uint64_t pins;			/* a byte per frame; 0: there are none */
	uint64_t m2p;
	uint64_t m2p_entries;
	uint64_t m2p_none;		/* a page of it that says ~0 */
	uint64_t m2p32;			/* as 32-bit guests read it; 0: none */
	uint64_t size;			/* of the region */
};

/*
 * Lay out a domain of NR_VCPUS whose monitor takes IMAGE_SIZE bytes.  0, or -1
 * after one line on stderr when RAM is too large for its tables to fit.
 */
int layout_special(struct special_layout *l, const struct guest_mem *m,
		   unsigned int nr_vcpus, uint64_t image_size);
/*
 * How many entries of the M2P guests can read: up to the end of the special frames
 * at least, as of all frames of a machine.  Beyond m2p_entries they are ~0.
 */
uint64_t layout_m2p_end(const struct special_layout *l);

/* Behind that, the M2P of a 32-bit domain.  The same. */
int layout_m2p32(struct special_layout *l, const struct guest_mem *m);
/* Behind that, the pins of a domain that is restored.  The same. */
int layout_pins(struct special_layout *l, const struct guest_mem *m);

#endif
