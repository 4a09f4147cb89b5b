// SPDX-License-Identifier: GPL-2.0
/*
 * memory_op.
 *
 * Extents come and go as arrays of 64-bit frame numbers in the call's data:
 * arg[1] is the order of an extent, arg[2] how many there are, and the result
 * is how many were done.
 */
#include <errno.h>
#include <string.h>

#include "domain.h"
#include "hypercall.h"
#include "reservation.h"
#include "vcpu.h"
#include "xen.h"

#define E820_RAM	1

struct e820_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
} __attribute__((packed));

static int64_t memory_map(struct domain *d, struct hypercall *c)
{
	struct e820_entry ram = {
		.size = d->mem.max_pages << 12,
		.type = E820_RAM,
	};

	if (c->arg[1] < 1)
		return -EINVAL;
	memcpy(c->data, &ram, sizeof(ram));
	c->len = sizeof(ram);
	return 1;
}

static bool extents_are_sane(const struct hypercall *c, uint32_t len,
			     bool input)
{
	uint64_t nr = c->arg[2];

	if (c->arg[1] > RESERVATION_MAX_ORDER || nr > sizeof(c->data) / 8)
		return false;
	return !input || nr * 8 <= len;
}

static int64_t populate(struct domain *d, struct hypercall *c, uint32_t len,
			bool with_pfns)
{
	uint64_t nr = c->arg[2], i;
	int64_t mfn;

	if (!extents_are_sane(c, len, with_pfns))
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		mfn = reservation_add(&d->reservation,
				      with_pfns ? c->words[i] : ~0ULL,
				      c->arg[1]);
		if (mfn < 0)
			break;
		c->words[i] = mfn;
	}
	c->len = i * 8;
	return i;
}

static int64_t decrease(struct domain *d, struct hypercall *c, uint32_t len)
{
	uint64_t nr = c->arg[2], i;

	if (!extents_are_sane(c, len, true))
		return -EINVAL;
	for (i = 0; i < nr; i++)
		if (reservation_remove(&d->reservation, c->words[i],
				       c->arg[1]))
			break;
	return i;
}

/* Tools want to know what a domain has. */
static int64_t told(struct domain *d, int64_t done)
{
	if (done > 0)
		domain_tell_reservation(d);
	return done;
}

int64_t hc_memory_op(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	struct domain *d = v->d;

	switch (c->arg[0]) {
	case XENMEM_memory_map:
		return memory_map(d, c);
	case XENMEM_current_reservation:
		return reservation_pages(&d->reservation);
	case XENMEM_maximum_reservation:
		return reservation_limit(&d->reservation, 0);
	case XENMEM_maximum_ram_page:
		return mem_end_mfn(&d->mem) - 1;
	case XENMEM_increase_reservation:
		return told(d, populate(d, c, len, false));
	case XENMEM_populate_physmap:
		return told(d, populate(d, c, len, true));
	case XENMEM_decrease_reservation:
		return told(d, decrease(d, c, len));
	default:
		return -ENOSYS;
	}
}
