/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest's grant table (version 1), from the side of backends.
 *
 * The table is guest memory and its frames are within our reach, so mapping a
 * grant costs no system call: it is checking the entry, once, marking it in
 * use as Xen does, and counting.  Any thread may map and unmap.
 */
#ifndef XENPV_DEVICE_GRANT_H
#define XENPV_DEVICE_GRANT_H

#include <stdbool.h>
#include <stdint.h>

struct grant_table;
struct guest_mem;

/* The table is NR_FRAMES pages at GPA.  NULL: they are not all in MEM. */
struct grant_table *grant_table_new(const struct guest_mem *mem, uint64_t gpa,
				    unsigned int nr_frames);
/* Everything must be unmapped: what is not stays marked in the guest. */
void grant_table_free(struct grant_table *t);

/*
 * The page that REF grants to domain 0, or NULL when it grants none, or not for
 * writing.  The guest may change the page at any time, and the entry; the
 * pointer stays good until grant_unmap() with the same arguments.
 */
void *grant_map(struct grant_table *t, uint32_t ref, bool writable);
void grant_unmap(struct grant_table *t, uint32_t ref, bool writable);

/* Mappings there are: tests want to know that none is left. */
uint64_t grant_mapped(const struct grant_table *t);

#endif
