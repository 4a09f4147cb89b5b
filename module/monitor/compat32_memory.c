// SPDX-License-Identifier: GPL-2.0-only
/* 32-bit guests: structures of memory_op and grant_table_op. */
#include "memory.h"
#include <linux/errno.h>

struct reservation32 {
	u32 extent_start;
	u32 nr_extents;
	u32 extent_order;
	u32 mem_flags;
	u16 domid;
};

struct memory_map32 {
	u32 nr_entries;
	u32 buffer;
};

struct machphys_mfn_list32 {
	u32 max_extents;
	u32 extent_start;
	u32 nr_extents;
};

struct machphys_mapping32 {
	u32 v_start, v_end, max_mfn;
};

struct setup_table32 {
	u16 dom;
	u32 nr_frames;
	s16 status;
	u32 frame_list;
};

int get_reservation32(struct reservation *r, unsigned long va)
{
	struct reservation32 n;

	if (copy_from_guest(&n, va, sizeof(n)))
		return -EFAULT;
	*r = (struct reservation){ n.extent_start, n.nr_extents,
				   n.extent_order, n.mem_flags, n.domid };
	return 0;
}

int get_memory_map32(struct memory_map *m, unsigned long va)
{
	struct memory_map32 n;

	if (copy_from_guest(&n, va, sizeof(n)))
		return -EFAULT;
	*m = (struct memory_map){ n.nr_entries, n.buffer };
	return 0;
}

int get_mfn_list32(struct machphys_mfn_list *l, unsigned long va)
{
	struct machphys_mfn_list32 n;

	if (copy_from_guest(&n, va, sizeof(n)))
		return -EFAULT;
	*l = (struct machphys_mfn_list){ n.max_extents, n.extent_start, 0 };
	return 0;
}

int put_mfn_list32(unsigned long va, const struct machphys_mfn_list *l)
{
	return copy_to_guest(va + offset_of(struct machphys_mfn_list32,
					    nr_extents),
			     &l->nr_extents, sizeof(l->nr_extents));
}

int put_mapping32(unsigned long va)
{
	const struct machphys_mapping32 n = {
		.v_start = XENPV_M2P32_VA,
		.v_end = XENPV_M2P32_VA + XENPV_M2P32_SIZE,
		.max_mfn = XENPV_M2P32_SIZE / sizeof(u32) - 1,
	};

	return copy_to_guest(va, &n, sizeof(n));
}

int get_setup_table32(struct setup_table *s, unsigned long va)
{
	struct setup_table32 n;

	if (copy_from_guest(&n, va, sizeof(n)))
		return -EFAULT;
	*s = (struct setup_table){ n.dom, n.nr_frames, n.status, n.frame_list };
	return 0;
}

int put_setup_table32(unsigned long va, const struct setup_table *s)
{
	return copy_to_guest(va + offset_of(struct setup_table32, status),
			     &s->status, sizeof(s->status));
}

#define CHUNK	64

int get_frames(u64 *frames, unsigned long va, u32 n)
{
	u32 narrow[CHUNK], i, some;

	if (!guest32())
		return copy_from_guest(frames, va, n * 8UL);
	for (; n; n -= some, va += some * 4UL) {
		some = n < CHUNK ? n : CHUNK;
		if (copy_from_guest(narrow, va, some * 4UL))
			return -EFAULT;
		for (i = 0; i < some; i++)
			*frames++ = narrow[i];
	}
	return 0;
}

int put_frames(unsigned long va, const u64 *frames, u32 n)
{
	u32 narrow[CHUNK], i, some;

	if (!guest32())
		return copy_to_guest(va, frames, n * 8UL);
	for (; n; n -= some, va += some * 4UL) {
		some = n < CHUNK ? n : CHUNK;
		for (i = 0; i < some; i++)
			narrow[i] = *frames++;
		if (copy_to_guest(va, narrow, some * 4UL))
			return -EFAULT;
	}
	return 0;
}
