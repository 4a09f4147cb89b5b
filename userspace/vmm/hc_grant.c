// SPDX-License-Identifier: GPL-2.0
/*
 * grant_table_op: what a guest asks about its own table.  The frames all
 * exist from the start, so growing is finding out where they are.
 */
#include <errno.h>

#include "domain.h"
#include "hypercall.h"
#include "vcpu.h"
#include "xen.h"

static int64_t setup_table(struct domain *d, struct hypercall *c)
{
	uint64_t nr = c->arg[1], i;

	if (nr > NR_GRANT_FRAMES)
		return GNTST_general_error;
	for (i = 0; i < nr; i++)
		c->words[i] = (d->lay.grants >> 12) + i;
	c->len = nr * 8;
	return GNTST_okay;
}

static int64_t query_size(struct hypercall *c)
{
	uint32_t *size = (uint32_t *)c->data;

	size[0] = NR_GRANT_FRAMES;
	size[1] = NR_GRANT_FRAMES;
	c->len = 8;
	return GNTST_okay;
}

int64_t hc_grant_table_op(struct vcpu *v, struct hypercall *c, uint32_t len)
{
	switch (c->arg[0]) {
	case GNTTABOP_setup_table:
		return setup_table(v->d, c);
	case GNTTABOP_query_size:
		return query_size(c);
	case GNTTABOP_get_version:
		return 1;
	case GNTTABOP_set_version:
		/* Version 2 is not offered: guests use 1 then. */
		return c->arg[1] == 1 ? 0 : -ENOSYS;
	default:
		return -ENOSYS;
	}
}
