/* SPDX-License-Identifier: GPL-2.0-only */
/* Far calls and jumps of 32-bit guests. */
#ifndef MONITOR_COMPAT32_FAR_H
#define MONITOR_COMPAT32_FAR_H

#include "descriptor.h"

/*
 * One of them.  @code is the descriptor of the segment that it is in, @ring whose
 * code it is; the rest is what decode_far32() finds: whether it jumps, the selector
 * it asks for, and eip behind it.
 */
struct far32 {
	struct vcpu *v;
	u64 code;
	u32 ring;
	bool jump;
	u16 sel;
	u32 next;

	/* Where a byte is missing, when the answer is -EFAULT. */
	u32 missing;

	/* While it is decoded. */
	u8 len, segment;
	bool op32, addr32;
};

bool ring_reaches32(struct vcpu *v, u32 ring, u32 va);
int read_bytes32(struct vcpu *v, u32 ring, u32 va, void *to, u32 n, u32 *missing);
int decode_far32(struct far32 *f, const struct regs *regs);

#endif
