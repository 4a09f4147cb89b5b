/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures of memory_op and grant_table_op.  Linux's memory.h cannot be had
 * without its spinlocks, so they are declared by the fields that are needed.
 */
#ifndef MONITOR_MEMORY_H
#define MONITOR_MEMORY_H

#include "monitor.h"

struct reservation {
	u64 extent_start;
	u64 nr_extents;
	u32 extent_order;
	u32 mem_flags;
	u16 domid;
};

struct memory_map {
	u32 nr_entries;
	u64 buffer;
};

struct machphys_mfn_list {
	u32 max_extents;
	u64 extent_start;
	u32 nr_extents;
};

struct machphys_mapping {
	u64 v_start, v_end, max_mfn;
};

/* The sub-operations of the grant table that concern only its own domain. */
struct setup_table {
	u16 dom;
	u32 nr_frames;
	s16 status;
	u64 frame_list;
};

/*
 * compat32_memory.c: the same from and to where a 32-bit guest has them.  0 or
 * -EFAULT.
 */
int get_reservation32(struct reservation *r, unsigned long va);
int get_memory_map32(struct memory_map *m, unsigned long va);
int get_mfn_list32(struct machphys_mfn_list *l, unsigned long va);
int put_mfn_list32(unsigned long va, const struct machphys_mfn_list *l);
int put_mapping32(unsigned long va);
int get_setup_table32(struct setup_table *s, unsigned long va);
int put_setup_table32(unsigned long va, const struct setup_table *s);

/* N frame numbers, which are words of the guest's width at VA. */
int get_frames(u64 *frames, unsigned long va, u32 n);
int put_frames(unsigned long va, const u64 *frames, u32 n);

#endif
