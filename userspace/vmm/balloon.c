// SPDX-License-Identifier: GPL-2.0
/* How much memory a domain shall have. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../config.h"
#include "../util.h"
#include "../xenstore/local.h"
#include "balloon.h"
#include "domain.h"
#include "log.h"

/* A whole number of pages, one at least. */
static bool parse(const char *text, uint64_t *pages)
{
	unsigned long long kib;
	char *end;

	errno = 0;
	kib = strtoull(text, &end, 10);
	*pages = kib / (PAGE_SIZE >> 10);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno && *pages;
}

static uint64_t target(struct domain *d, struct xs_server *s)
{
	uint64_t kib = d->cfg->memory_mb << 10;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/memory",
		 d->domid);
	xs_server_read_number(s, path, "target", &kib);
	return kib / (PAGE_SIZE >> 10);
}

static int set_target(struct domain *d, struct xs_server *s, uint64_t pages)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/memory/target",
		 d->domid);
	return xs_server_write(s, NULL, path, "%" PRIu64,
			       pages * (PAGE_SIZE >> 10));
}

const char *balloon_set_target(struct domain *d, struct xs_server *s,
			       const char *kib)
{
	uint64_t pages;

	if (!parse(kib, &pages))
		return "that is no size";
	if (pages > reservation_limit(&d->reservation, 0))
		return "that is more than its maximum (mem-max, maxmem)";
	return set_target(d, s, pages) ? "xenstore failed" : NULL;
}

const char *balloon_set_max(struct domain *d, struct xs_server *s,
			    const char *kib)
{
	uint64_t pages;

	if (!parse(kib, &pages))
		return "that is no size";
	if (pages > d->mem.max_pages)
		return "it was started with a smaller maxmem";
	if (pages < target(d, s))
		return "that is less than its target (mem-set)";
	reservation_limit(&d->reservation, pages);
	return NULL;
}
