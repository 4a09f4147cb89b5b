/* SPDX-License-Identifier: GPL-2.0 */
/* A saved domain that is to run again. */
#ifndef XENPV_MIGRATE_RESTORE_H
#define XENPV_MIGRATE_RESTORE_H

#include "image.h"
#include "stream.h"

struct cpuid_change;
struct domain;
struct domain_config;

struct restore {
	struct stream s;
	struct saved_image img;
	char *json;		/* the configuration in the stream */
};

/*
 * The steps, in order; each -1 after one line on stderr.  NAME is for messages
 * and stays the caller's.  restore_close() in any case, once or twice; it closes
 * FD unless that is standard input.
 */
int restore_open(struct restore *r, int fd, const char *name);
/* The configuration of the stream. */
int restore_config(struct restore *r, struct domain_config *cfg);
/* All that comes before memory. */
int restore_begin(struct restore *r, const struct domain_config *cfg);
/* Memory and vCPUs, into a domain that is otherwise complete. */
/* What its CPUID said and shall go on saying: *LIST is to be freed. */
size_t restore_cpuid(const struct restore *r, struct cpuid_change **list);
int restore_domain(struct restore *r, struct domain *d);
void restore_close(struct restore *r);

/* Frames the domain needs, whether it has them all or not. */
uint64_t restore_max_pages(const struct restore *r,
			   const struct domain_config *cfg);

#endif
