// SPDX-License-Identifier: GPL-2.0-only
/* memory_op and grant_table_op: arguments by value to the VMM and back. */
#include "monitor.h"
#include <linux/errno.h>

/*
 * Linux's memory.h cannot be had without its spinlocks, so the structures of
 * the sub-operations served here are declared by the fields they need.
 */
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

enum {
	MEM_increase_reservation = 0,
	MEM_decrease_reservation = 1,
	MEM_maximum_ram_page	= 2,
	MEM_current_reservation	= 3,
	MEM_maximum_reservation	= 4,
	MEM_machphys_mfn_list	= 5,
	MEM_populate_physmap	= 6,
	MEM_memory_map		= 9,
	MEM_machphys_mapping	= 12,
};

#define E820_ENTRY_BYTES	20
#define EXTENT_CHUNK	256

static long reservation(struct vcpu *v, u32 cmd, u32 start, unsigned long va)
{
	struct xenpv_vcpu_block *b = v->block;
	struct reservation r;
	u64 done = start;

	if (copy_from_guest(&r, va, sizeof(r)))
		return start;
	if (check_owner(r.domid) || r.nr_extents >> 32)
		return start;

	while (done < r.nr_extents) {
		u64 left = r.nr_extents - done, at = r.extent_start + done * 8;
		u32 n = left < EXTENT_CHUNK ? left : EXTENT_CHUNK;
		long ret;

		/* increase_reservation only returns frames. */
		if (cmd != MEM_increase_reservation &&
		    copy_from_guest(b->data, at, n * 8))
			break;
		b->data_len = n * 8;
		ret = call_slow(v, __HYPERVISOR_memory_op, cmd, r.extent_order,
				n, r.mem_flags);
		if (ret <= 0)
			break;
		if (ret > n)
			ret = n;
		if (cmd != MEM_decrease_reservation && r.extent_start &&
		    copy_to_guest(at, b->data, ret * 8))
			break;
		done += ret;
		if (ret < n)
			break;
	}
	return done;
}

static long memory_map(struct vcpu *v, unsigned long va)
{
	struct memory_map m;
	long n;

	if (copy_from_guest(&m, va, sizeof(m)))
		return -EFAULT;
	n = call_slow(v, __HYPERVISOR_memory_op, MEM_memory_map, m.nr_entries,
		      0, 0);
	if (n < 0)
		return n;
	if (n * E820_ENTRY_BYTES > XENPV_BLOCK_DATA)
		return -EINVAL;
	m.nr_entries = n;
	if (copy_to_guest(m.buffer, v->block->data, n * E820_ENTRY_BYTES) ||
	    copy_to_guest(va, &m.nr_entries, sizeof(m.nr_entries)))
		return -EFAULT;
	return 0;
}

/* The first frame of each 2 MiB of the M2P table. */
static long machphys_mfn_list(unsigned long va)
{
	u64 extents = (params.m2p_entries * 8 + (1UL << 21) - 1) >> 21;
	struct machphys_mfn_list l;

	if (copy_from_guest(&l, va, sizeof(l)))
		return -EFAULT;
	for (l.nr_extents = 0; l.nr_extents < extents &&
	     l.nr_extents < l.max_extents; l.nr_extents++) {
		u64 mfn = (params.m2p_gpa >> PAGE_SHIFT_) +
			  l.nr_extents * 512UL;

		if (put_guest64(l.extent_start + l.nr_extents * 8UL, mfn))
			return -EFAULT;
	}
	return copy_to_guest(va, &l, sizeof(l));
}

long hc_memory_op(struct vcpu *v, unsigned long *a)
{
	/* The upper bits carry the first extent, for continuations. */
	u32 cmd = a[0] & 63, start = (u32)a[0] >> 6;
	struct machphys_mapping map;
	u16 domid;

	switch (cmd) {
	case MEM_increase_reservation:
	case MEM_decrease_reservation:
	case MEM_populate_physmap:
		return reservation(v, cmd, start, a[1]);
	case MEM_current_reservation:
	case MEM_maximum_reservation:
		if (copy_from_guest(&domid, a[1], sizeof(domid)))
			return -EFAULT;
		if (check_owner(domid))
			return -EPERM;
		return call_slow(v, __HYPERVISOR_memory_op, cmd, 0, 0, 0);
	case MEM_maximum_ram_page:
		return params.m2p_entries - 1;
	case MEM_machphys_mfn_list:
		return machphys_mfn_list(a[1]);
	case MEM_memory_map:
		return memory_map(v, a[1]);
	case MEM_machphys_mapping:
		map.v_start = XENPV_M2P_VA;
		map.v_end = XENPV_M2P_VA + (1UL << 38);
		map.max_mfn = params.m2p_entries - 1;
		return copy_to_guest(a[1], &map, sizeof(map));
	default:
		return -ENOSYS;
	}
}

/* The sub-operations of the grant table that concern only its own domain. */
struct setup_table {
	u16 dom;
	u32 nr_frames;
	s16 status;
	u64 frame_list;
};

struct query_size {
	u16 dom;
	u32 nr_frames, max_nr_frames;
	s16 status;
};

enum {
	GNT_setup_table	= 2,
	GNT_query_size	= 6,
	GNT_set_version	= 8,
	GNT_get_version	= 10,
};

#define GNTST_permission	(-8)

static long setup_table(struct vcpu *v, unsigned long va)
{
	struct setup_table s;

	if (copy_from_guest(&s, va, sizeof(s)))
		return -EFAULT;
	s.status = GNTST_permission;
	if (!check_owner(s.dom))
		s.status = call_slow(v, __HYPERVISOR_grant_table_op,
				     GNT_setup_table, s.nr_frames, 0, 0);
	if (!s.status && s.nr_frames &&
	    (s.nr_frames * 8UL > XENPV_BLOCK_DATA ||
	     copy_to_guest(s.frame_list, v->block->data, s.nr_frames * 8)))
		return -EFAULT;
	return copy_to_guest(va, &s, sizeof(s));
}

static long query_size(struct vcpu *v, unsigned long va)
{
	struct query_size q;
	long ret;

	if (copy_from_guest(&q, va, sizeof(q)))
		return -EFAULT;
	q.status = GNTST_permission;
	if (!check_owner(q.dom)) {
		ret = call_slow(v, __HYPERVISOR_grant_table_op, GNT_query_size,
				0, 0, 0);
		if (ret < 0)
			return ret;
		memcpy(&q.nr_frames, v->block->data, 8);
		q.status = 0;
	}
	return copy_to_guest(va, &q, sizeof(q));
}

long hc_grant_table_op(struct vcpu *v, unsigned long *a)
{
	u32 version[2];
	long ret;

	switch (a[0]) {
	case GNT_setup_table:
		return a[2] == 1 ? setup_table(v, a[1]) : -EINVAL;
	case GNT_query_size:
		return a[2] == 1 ? query_size(v, a[1]) : -EINVAL;
	case GNT_set_version:
		if (a[2] != 1)
			return -EINVAL;
		if (copy_from_guest(version, a[1], 4))
			return -EFAULT;
		ret = version[0] == 1 ? 0 : -ENOSYS;
		/* What is in force afterwards is told in any case. */
		version[0] = 1;
		if (copy_to_guest(a[1], version, 4))
			return -EFAULT;
		return ret;
	case GNT_get_version:
		if (a[2] != 1)
			return -EINVAL;
		if (copy_from_guest(version, a[1], 4))
			return -EFAULT;
		version[1] = 1;
		return copy_to_guest(a[1], version, 8);
	default:
		return -ENOSYS;
	}
}
