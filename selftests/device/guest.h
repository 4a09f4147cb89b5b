/* SPDX-License-Identifier: GPL-2.0 */
/* A guest's memory without a guest: RAM, and a grant table to fill in. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#include "vmm/layout.h"
#include "vmm/memory.h"
#include "vmm/xen.h"

#define GUEST_DOMID	7

struct guest {
	struct guest_mem mem;
	grant_entry_v1_t *grants;
	uint64_t grants_gpa;
};

void guest_new(struct guest *g, unsigned int mb);
void guest_free(struct guest *g);

/* The page of a frame. */
void *guest_page(struct guest *g, uint32_t frame);
/* Grant FRAME to domain 0 as REF. */
void guest_grant(struct guest *g, uint32_t ref, uint32_t frame, uint16_t flags);

#endif
