// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit guests: which far call or jump was tried, and by which selector.
 *
 * Every function here returns 0, -EINVAL for what is no such instruction or
 * cannot be looked at, or -EFAULT for a byte that is not mapped.
 */
#include "compat32_far.h"
#include "pagetable.h"
#include <linux/errno.h>

#define MAX_LEN	15

enum { ES, CS, SS, DS, FS, GS, NONE };

/* The monitor has the kernel's rights: those of a process are asked for here. */
bool ring_reaches32(struct vcpu *v, u32 ring, u32 va)
{
	int level;

	for (level = 2; ring == 3 && level; level--) {
		const u64 *e = va_is_guest(va, 1) ? walk(v, va, level) : NULL;

		if (!e || !(READ_ONCE_(*e) & PTE_US))
			return false;
	}
	return true;
}

/* One by one, to know which of them it is that cannot be read. */
int read_bytes32(struct vcpu *v, u32 ring, u32 va, void *to, u32 n, u32 *missing)
{
	u8 *byte = to;

	for (; n; n--, va++)
		if (!ring_reaches32(v, ring, va) || get_guest8(va, byte++)) {
			*missing = va;
			return -EFAULT;
		}
	return 0;
}

static int fetch(struct far32 *f, void *to, u32 n)
{
	u32 at = f->next;

	f->len += n;
	f->next += n;
	if (f->len > MAX_LEN || !desc_covers(f->code, at, n))
		return -EINVAL;
	return read_bytes32(f->v, f->ring, desc_base(f->code) + at, to, n,
			    &f->missing);
}

/* The prefixes, those that change nothing here among them, and the opcode. */
static int fetch_opcode(struct far32 *f, u8 *opcode)
{
	static const u8 segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	int i, err;

	f->segment = NONE;
	f->op32 = f->code & DESC_DB;
	f->addr32 = f->op32;
	for (;;) {
		err = fetch(f, opcode, 1);
		if (err)
			return err;
		for (i = 0; i < ARRAY_LEN(segments); i++)
			if (*opcode == segments[i])
				break;
		if (i < ARRAY_LEN(segments))
			f->segment = i;
		else if (*opcode == 0x66)
			f->op32 = !(f->code & DESC_DB);
		else if (*opcode == 0x67)
			f->addr32 = !(f->code & DESC_DB);
		else if (*opcode != 0xf2 && *opcode != 0xf3)
			return 0;
	}
}

static u32 reg32(const struct regs *regs, int n)
{
	return *reg_by_number((struct regs *)regs, n & 7);
}

/* A base register: what lies in the stack's segment unless it says otherwise. */
static u32 base_reg(struct far32 *f, const struct regs *regs, int n)
{
	if (f->segment == NONE && (n == 4 || n == 5))
		f->segment = SS;
	return reg32(regs, n);
}

static int displacement(struct far32 *f, u32 bytes, u32 *ea)
{
	u32 word = 0;
	int err = fetch(f, &word, bytes);

	*ea += bytes == 1 ? (u32)(s8)word : word;
	return err;
}

static int address32(struct far32 *f, const struct regs *regs, u8 modrm, u32 *ea)
{
	int mod = modrm >> 6, base = modrm & 7, err;
	u8 sib = 4 << 3;		/* no index */

	*ea = 0;
	if (base == 4) {
		err = fetch(f, &sib, 1);
		if (err)
			return err;
		base = sib & 7;
	}
	if ((sib >> 3 & 7) != 4)
		*ea = reg32(regs, sib >> 3) << (sib >> 6);
	if (!mod && base == 5)
		mod = 2;
	else
		*ea += base_reg(f, regs, base);
	return mod ? displacement(f, mod == 1 ? 1 : 4, ea) : 0;
}

static int address16(struct far32 *f, const struct regs *regs, u8 modrm, u32 *ea)
{
	/* bx+si, bx+di, bp+si, bp+di, si, di, bp, bx */
	static const u8 base[] = { 3, 3, 5, 5, 6, 7, 5, 3 };
	static const u8 index[] = { 6, 7, 6, 7 };
	int mod = modrm >> 6, rm = modrm & 7, err = 0;

	*ea = 0;
	if (rm < ARRAY_LEN(index))
		*ea = reg32(regs, index[rm]);
	if (!mod && rm == 6)
		mod = 2;
	else
		*ea += base_reg(f, regs, base[rm]);
	if (mod)
		err = displacement(f, mod, ea);
	*ea = (u16)*ea;
	return err;
}

#define SELECTOR_OF(seg)						\
	({								\
		u16 sel_;						\
		asm volatile("mov %%" #seg ", %0" : "=r" (sel_));	\
		sel_;							\
	})

/* The monitor does not load the data segments: they are the guest's. */
static u16 segment_selector(const struct regs *regs, u8 segment)
{
	switch (segment) {
	case ES:
		return SELECTOR_OF(es);
	case CS:
		return regs->cs;
	case SS:
		return regs->ss;
	case FS:
		return SELECTOR_OF(fs);
	case GS:
		return SELECTOR_OF(gs);
	default:
		return SELECTOR_OF(ds);
	}
}

static int read_operand(struct far32 *f, const struct regs *regs, u32 offset)
{
	u64 d;

	if (!read_descriptor(f->v, segment_selector(regs, f->segment), &d) ||
	    !(d & DESC_P) || !(d & DESC_S) ||
	    ((d & DESC_CODE) && !(d & DESC_WRITE)) ||
	    !desc_covers(d, offset, sizeof(f->sel)))
		return -EINVAL;
	return read_bytes32(f->v, f->ring, desc_base(d) + offset, &f->sel,
			    sizeof(f->sel), &f->missing);
}

/* The selector is in the instruction, behind an offset that does not matter. */
static int far_direct(struct far32 *f)
{
	u32 offset;
	int err = fetch(f, &offset, f->op32 ? 4 : 2);

	return err ? err : fetch(f, &f->sel, sizeof(f->sel));
}

static int far_indirect(struct far32 *f, const struct regs *regs)
{
	u8 modrm;
	u32 ea;
	int err = fetch(f, &modrm, 1);

	if (err)
		return err;
	f->jump = (modrm >> 3 & 7) == 5;
	/* /3 calls; a register holds no far pointer. */
	if ((!f->jump && (modrm >> 3 & 7) != 3) || modrm >> 6 == 3)
		return -EINVAL;
	err = f->addr32 ? address32(f, regs, modrm, &ea) :
			  address16(f, regs, modrm, &ea);
	return err ? err : read_operand(f, regs, ea + (f->op32 ? 4 : 2));
}

int decode_far32(struct far32 *f, const struct regs *regs)
{
	u8 opcode;
	int err;

	f->next = regs->rip;
	f->len = 0;
	err = fetch_opcode(f, &opcode);
	if (err)
		return err;
	f->jump = opcode == 0xea;
	if (f->jump || opcode == 0x9a)
		return far_direct(f);
	return opcode == 0xff ? far_indirect(f, regs) : -EINVAL;
}
