// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds out which privileged instruction the guest kernel tried.  Only the
 * prefixes, the opcode and ModRM matter; privop.c does the work.
 */
#include "monitor.h"

u64 *reg_by_number(struct regs *regs, int n)
{
	u64 *const map[16] = {
		&regs->rax, &regs->rcx, &regs->rdx, &regs->rbx,
		&regs->rsp, &regs->rbp, &regs->rsi, &regs->rdi,
		&regs->r8, &regs->r9, &regs->r10, &regs->r11,
		&regs->r12, &regs->r13, &regs->r14, &regs->r15,
	};

	return map[n & 15];
}

/* As many bytes at rip as can be read: the page may end there. */
static void fetch(struct insn *in, unsigned long rip)
{
	memset(in, 0, sizeof(*in));
	while (in->len < sizeof(in->bytes) &&
	       !get_guest8(rip + in->len, &in->bytes[in->len]))
		in->len++;
}

static bool next(struct insn *in, u8 *byte)
{
	if (in->pos >= in->len)
		return false;
	*byte = in->bytes[in->pos++];
	return true;
}

/* rep, address size and segments change nothing that is emulated here. */
static bool is_ignored_prefix(u8 b)
{
	static const u8 prefixes[] = { 0xf2, 0xf3, 0x67, 0x2e, 0x36, 0x3e, 0x26,
				       0x64, 0x65 };
	int i;

	for (i = 0; i < ARRAY_LEN(prefixes); i++)
		if (prefixes[i] == b)
			return true;
	return false;
}

static bool decode(struct insn *in)
{
	u8 b;

	for (;;) {
		if (!next(in, &b))
			return false;
		if (b == 0x66)
			in->opsize = true;
		else if (!is_ignored_prefix(b))
			break;
	}
	if ((b & 0xf0) == 0x40 && !guest32()) {
		in->rex = b;
		if (!next(in, &b))
			return false;
	}
	if (b == 0x0f) {
		in->two_byte = true;
		if (!next(in, &b))
			return false;
	}
	in->opcode = b;
	/* Those of privop.c's two-byte opcodes that have a ModRM byte. */
	if (in->two_byte && (b == 0x00 || b == 0x01 || (b >= 0x20 && b <= 0x23)))
		return next(in, &in->modrm);
	return true;
}

bool emulate_gp(struct vcpu *v, struct regs *regs)
{
	struct insn in;

	if (!v->kernel_mode && !tsc_traps())
		return false;
	fetch(&in, regs->rip);
	if (!decode(&in) || !privop(v, regs, &in))
		return false;
	regs->rip += in.pos;
	regs->rflags &= ~FL_RF;
	/* A single step ends behind the instruction, emulated or not. */
	if (regs->rflags & FL_TF) {
		v->debugreg[6] |= 1UL << 14;
		inject_trap(v, TRAP_DB, 0);
	}
	return true;
}

/* ud2; "xen"; cpuid: how guests ask for Xen's CPUID. */
bool emulate_ud(struct vcpu *v, struct regs *regs)
{
	static const u8 seq[7] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	struct insn in;
	u32 r[4];

	fetch(&in, regs->rip);
	if (in.len < sizeof(seq) || memcmp(in.bytes, seq, sizeof(seq)))
		return false;
	cpuid_(regs->rax, regs->rcx, r);
	regs->rax = r[0];
	regs->rbx = r[1];
	regs->rcx = r[2];
	regs->rdx = r[3];
	regs->rip += sizeof(seq);
	return true;
}
