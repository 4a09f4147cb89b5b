/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors of segments and gates. */
#ifndef MONITOR_DESCRIPTOR_H
#define MONITOR_DESCRIPTOR_H

#include "monitor.h"

#define DESC_P		BIT(47)
#define DESC_S		BIT(44)
#define DESC_DPL	(3UL << 45)
#define DESC_ACCESSED	BIT(40)
#define DESC_TYPE	(0xfUL << 40)
#define DESC_WRITE	BIT(41)		/* of code: may be read */
#define DESC_CODE	BIT(43)
#define DESC_CONFORM	BIT(42)
#define DESC_DOWN	BIT(42)		/* of data: expands down */
#define DESC_L		BIT(53)
#define DESC_DB		BIT(54)
#define DESC_G		BIT(55)
#define DESC_LIMIT	0x000f00000000ffffUL
#define DESC_BASE	0xff0000ffffff0000UL

/*
 * A call gate.  No guest can use one without our help: its DPL is 0, and what
 * it was is in the RPL of its selector, as in Xen.
 */
#define GATE_CALL	(0xcUL << 40)
#define GATE_RPL	(3UL << 16)
#define GATE_COUNT	(0x1fUL << 32)
#define GATE_RESERVED32	(0xe0UL << 32)
#define GATE_RESERVED	(0xffUL << 32)

static inline u32 desc_base(u64 d)
{
	return (d >> 16 & 0xffffff) | (d >> 56) << 24;
}

static inline u32 desc_limit(u64 d)
{
	u32 limit = (d >> 32 & 0xf0000) | (d & 0xffff);

	return d & DESC_G ? limit << PAGE_SHIFT_ | (PAGE_BYTES - 1) : limit;
}

static inline u32 desc_dpl(u64 d)
{
	return d >> 45 & 3;
}

bool desc_covers(u64 d, u32 offset, u32 n);
bool read_descriptor(struct vcpu *v, u16 sel, u64 *d);

#endif
