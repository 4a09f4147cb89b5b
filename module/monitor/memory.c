// SPDX-License-Identifier: GPL-2.0-only
/* memory_op and grant_table_op: arguments by value to the VMM and back. */
#include "memory.h"
#include <linux/errno.h>

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
	MEM_maximum_gpfn	= 14,
	MEM_reserved_device_map	= 27,
};

#define E820_ENTRY_BYTES	20
#define M2P_BYTES		BIT(38)
#define EXTENT_CHUNK	256
#define EXTENT_ORDER	9	/* of more frames none are taken back */

/* Of N extents those in front that nothing leads to as to a page table. */
static u32 give_up_extents(struct vcpu *v, const u64 *frames, u32 n, u32 order)
{
	u64 mfn;
	u32 i;

	if (order > EXTENT_ORDER)
		return n;
	for (i = 0; i < n; i++)
		for (mfn = frames[i]; mfn < frames[i] + (1UL << order); mfn++)
			if (mfn_is_ram(mfn) && give_up_table(v, mfn))
				return i;
	return n;
}

static long reservation(struct vcpu *v, u32 cmd, u32 start, unsigned long va)
{
	struct xenpv_vcpu_block *b = v->block;
	const u32 word = guest32() ? 4 : 8;
	struct reservation r;
	u64 done = start;

	if (guest32() ? get_reservation32(&r, va) :
			copy_from_guest(&r, va, sizeof(r)))
		return start;
	if (check_owner(r.domid) || r.nr_extents >> 32)
		return start;

	while (done < r.nr_extents) {
		u64 left = r.nr_extents - done, at = r.extent_start + done * word;
		u32 n = left < EXTENT_CHUNK ? left : EXTENT_CHUNK, all = n;
		long ret;

		/* increase_reservation only returns frames. */
		if (cmd != MEM_increase_reservation &&
		    get_frames((u64 *)b->data, at, n))
			break;
		if (cmd == MEM_decrease_reservation)
			n = give_up_extents(v, (u64 *)b->data, n, r.extent_order);
		b->data_len = n * 8;
		ret = call_slow(v, __HYPERVISOR_memory_op, cmd, r.extent_order,
				n, r.mem_flags);
		if (ret <= 0)
			break;
		if (ret > n)
			ret = n;
		if (cmd != MEM_decrease_reservation && r.extent_start &&
		    put_frames(at, (u64 *)b->data, ret))
			break;
		done += ret;
		if (ret < all)
			break;
	}
	return done;
}

static long memory_map(struct vcpu *v, unsigned long va)
{
	struct memory_map m;
	long n;

	if (guest32() ? get_memory_map32(&m, va) :
			copy_from_guest(&m, va, sizeof(m)))
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
	const u64 gpa = guest32() ? params.m2p32_gpa : params.m2p_gpa;
	const u32 word = guest32() ? 4 : 8;
	u64 extents = (params.m2p_entries * word + (1UL << 21) - 1) >> 21;
	struct machphys_mfn_list l;

	if (guest32() ? get_mfn_list32(&l, va) :
			copy_from_guest(&l, va, sizeof(l)))
		return -EFAULT;
	for (l.nr_extents = 0; l.nr_extents < extents &&
	     l.nr_extents < l.max_extents; l.nr_extents++) {
		u64 mfn = (gpa >> PAGE_SHIFT_) + l.nr_extents * 512UL;

		if (put_frames(l.extent_start + (u64)l.nr_extents * word, &mfn, 1))
			return -EFAULT;
	}
	return guest32() ? put_mfn_list32(va, &l) :
			   copy_to_guest(va, &l, sizeof(l));
}

/* What the guest says itself, for tools. */
static long maximum_gpfn(unsigned long va)
{
	unsigned long max = shared_info()->arch.max_pfn;
	u16 domid;

	if (copy_from_guest(&domid, va, sizeof(domid)))
		return -EFAULT;
	if (check_owner(domid))
		return -EPERM;
	return max ? max - 1 : 0;
}

/* There are none, of no device. */
static long reserved_device_map(unsigned long va)
{
	struct {
		u32 flags, nr_entries;
		u64 buffer;
		u32 device;
	} m;

	if (copy_from_guest(&m, va, sizeof(m)))
		return -EFAULT;
	if (m.flags & ~1U)
		return -EINVAL;
	m.nr_entries = 0;
	return copy_to_guest(va, &m, sizeof(m));
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
	case MEM_maximum_gpfn:
		return maximum_gpfn(a[1]);
	case MEM_reserved_device_map:
		return reserved_device_map(a[1]);
	case MEM_machphys_mapping:
		/*
		 * All of it, as Xen says: frames of the next host's are beyond
		 * this one's, and Linux keeps this number for ever.
		 */
		if (guest32())
			return put_mapping32(a[1]);
		map.v_start = XENPV_M2P_VA;
		map.v_end = XENPV_M2P_VA + M2P_BYTES;
		map.max_mfn = M2P_BYTES / sizeof(u64) - 1;
		return copy_to_guest(a[1], &map, sizeof(map));
	default:
		return refuse_memory_op(cmd, a[1]);
	}
}

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

	if (guest32() ? get_setup_table32(&s, va) :
			copy_from_guest(&s, va, sizeof(s)))
		return -EFAULT;
	s.status = GNTST_permission;
	if (!check_owner(s.dom))
		s.status = call_slow(v, __HYPERVISOR_grant_table_op,
				     GNT_setup_table, s.nr_frames, 0, 0);
	if (!s.status && s.nr_frames &&
	    (s.nr_frames * 8UL > XENPV_BLOCK_DATA ||
	     put_frames(s.frame_list, (u64 *)v->block->data, s.nr_frames)))
		return -EFAULT;
	return guest32() ? put_setup_table32(va, &s) :
			   copy_to_guest(va, &s, sizeof(s));
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
