// SPDX-License-Identifier: GPL-2.0-only
/* Privileged instructions of the guest kernel, and its debug and FPU calls. */
#include "pagetable.h"
#include <linux/errno.h>

#define CR0_TS	8UL
#define CR0_GUEST	0x80050033UL	/* PE MP ET NE WP AM PG */
#define CR4_GUEST	0x00000620UL	/* PAE OSFXSR OSXMMEXCPT */
#define CR4_TSD		BIT(2)
#define CR4_OSXSAVE	BIT(18)
#define CR4_FSGSBASE	BIT(16)
#define MSR_XEN_PAGE	0x40000000
#define MSR_MC0_CTL	0x400
#define MSR_MC_LAST	(MSR_MC0_CTL + 4 * MC_BANKS - 1)
#define MSR_MCG_STATUS	0x17a
#define MC_BANKS	2		/* as many as Xen shows */
#define DR7_GENERAL	0x400UL
#define DR7_GD		0x2000UL

void set_ts(struct vcpu *v, bool ts)
{
	v->ts = ts;
	if (ts)
		write_cr0_(read_cr0_() | CR0_TS);
	else
		asm volatile("clts");
}

long hc_fpu_taskswitch(struct vcpu *v, unsigned long *a)
{
	set_ts(v, a[0]);
	return 0;
}

u64 guest_cr0(struct vcpu *v)
{
	return CR0_GUEST | (v->ts ? CR0_TS : 0);
}

u64 guest_cr4(struct vcpu *v)
{
	return CR4_GUEST | (v->tsd ? CR4_TSD : 0) |
	       (read_cr4_() & (CR4_OSXSAVE | CR4_FSGSBASE));
}

/* Whether RDTSC is the monitor's, whatever the guest's CR4 says. */
static bool tsc_emulated;

/* The VMM says so in the CR4 that a vCPU begins with. */
void tsc_init(void)
{
	tsc_emulated = read_cr4_() & CR4_TSD;
}

bool tsc_traps(void)
{
	return tsc_emulated;
}

/* Guest kernels run in ring 3 as well: what the bit does not mean for them is emulated. */
void set_tsd(struct vcpu *v, bool tsd)
{
	u64 cr4 = read_cr4_();

	v->tsd = tsd;
	if (tsc_emulated || tsd == !!(cr4 & CR4_TSD))
		return;
	write_cr4_(cr4 ^ CR4_TSD);
}

/* Emulated: never twice the same, nor less than what any vCPU has read. */
static u64 guest_tsc(void)
{
	static u64 last;
	u64 old = READ_ONCE_(last), new;

	if (!tsc_emulated)
		return rdtsc_();
	do {
		new = rdtsc_();
		if (new <= old)
			new = old + 1;
	} while (!__atomic_compare_exchange_n(&last, &old, new, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return new;
}

/* Of the guest's kernel, or of its processes while it lets them. */
static bool rdtsc_op(struct vcpu *v, struct regs *regs)
{
	u64 tsc;

	if (!v->kernel_mode && v->tsd)
		return false;
	tsc = guest_tsc();
	regs->rax = (u32)tsc;
	regs->rdx = tsc >> 32;
	return true;
}

static void load_debugreg(int reg, u64 val)
{
	switch (reg) {
	case 0:
		asm volatile("mov %0, %%db0" : : "r" (val));
		break;
	case 1:
		asm volatile("mov %0, %%db1" : : "r" (val));
		break;
	case 2:
		asm volatile("mov %0, %%db2" : : "r" (val));
		break;
	case 3:
		asm volatile("mov %0, %%db3" : : "r" (val));
		break;
	case 7:
		asm volatile("mov %0, %%db7" : : "r" (val));
		break;
	}
}

int set_debugreg(struct vcpu *v, int reg, u64 val)
{
	int i;

	switch (reg) {
	case 0 ... 3:
		/* A breakpoint must not stand in the monitor. */
		if (!va_is_guest(val, 1))
			return -EPERM;
		break;
	case 4:
	case 6:
		reg = 6;
		val = (val & 0x0000e00fUL) | 0xffff0ff0UL;
		break;
	case 5:
	case 7:
		reg = 7;
		if (val >> 32)
			return -EINVAL;
		if (val & DR7_GD)
			return -EPERM;
		val = (val & 0xffff03ffUL) | DR7_GENERAL;
		for (i = 0; i < 16; i += 4)
			if ((val >> (16 + i) & 3) == 2)	/* I/O breakpoint */
				return -EPERM;
		break;
	default:
		return -EINVAL;
	}
	v->debugreg[reg] = val;
	load_debugreg(reg, val);
	return 0;
}

long hc_set_debugreg(struct vcpu *v, unsigned long *a)
{
	return a[0] > 7 ? -ENODEV : set_debugreg(v, a[0], a[1]);
}

static u64 get_debugreg_(struct vcpu *v, unsigned int reg)
{
	if (reg == 4 || reg == 5)
		reg += 2;
	return v->debugreg[nospec(reg, 8)];
}

long hc_get_debugreg(struct vcpu *v, unsigned long *a)
{
	return a[0] > 7 ? -ENODEV : (long)get_debugreg_(v, a[0]);
}

static bool mov_cr(struct vcpu *v, struct regs *regs, struct insn *in)
{
	u64 *gpr = reg_by_number(regs, (in->modrm & 7) | (in->rex & 1) << 3);
	int cr = (in->modrm >> 3 & 7) | (in->rex & 4) << 1;

	if ((in->modrm & 0xc0) != 0xc0)
		return false;
	if (in->opcode == 0x20) {
		switch (cr) {
		case 0:
			*gpr = guest_cr0(v);
			return true;
		case 2:
			*gpr = get_cr2(v);
			return true;
		case 3:
			*gpr = guest32() ? (u32)xen_pfn_to_cr332(v->root32) :
					   v->kernel_cr3;
			return true;
		case 4:
			*gpr = guest_cr4(v);
			return true;
		}
		return false;
	}
	switch (cr) {
	case 0:
		if ((*gpr ^ CR0_GUEST) & ~CR0_TS)
			return false;
		set_ts(v, *gpr & CR0_TS);
		return true;
	case 2:
		set_cr2(v, *gpr);
		return true;
	case 3:
		return !mmu_set_cr3(v, guest32() ? xen_cr332_to_pfn(*gpr) :
						   *gpr >> PAGE_SHIFT_);
	case 4:
		/* What else it may set is always set; the rest is not the guest's. */
		set_tsd(v, *gpr & CR4_TSD);
		return true;
	}
	return false;
}

static bool mov_dr(struct vcpu *v, struct regs *regs, struct insn *in)
{
	u64 *gpr = reg_by_number(regs, (in->modrm & 7) | (in->rex & 1) << 3);
	int dr = in->modrm >> 3 & 7;

	if (in->opcode == 0x21) {
		*gpr = get_debugreg_(v, dr);
		return true;
	}
	return !set_debugreg(v, dr, *gpr);
}

/* 0f 01: only the register forms that a kernel uses. */
static bool group7(struct vcpu *v, struct regs *regs, struct insn *in)
{
	u64 *gpr = reg_by_number(regs, (in->modrm & 7) | (in->rex & 1) << 3);

	if (in->modrm == 0xd1) {		/* xsetbv: already so, or refused */
		u32 lo, hi;

		asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
		return !regs->rcx && (u32)regs->rax == lo && (u32)regs->rdx == hi;
	}
	if ((in->modrm & 0xc0) != 0xc0)
		return false;
	switch (in->modrm >> 3 & 7) {
	case 4:					/* smsw */
		*gpr = guest_cr0(v);
		return true;
	}
	return false;
}

static const struct {
	u32 msr;
	u64 value;
} ro_msrs[] = {
	{ 0x017, 0 },			/* PLATFORM_ID */
	{ 0x01b, 0xfee00900 },		/* APIC_BASE */
	{ 0x08b, 0 },			/* microcode revision */
	{ 0x0ce, 0 },			/* PLATFORM_INFO */
	{ 0x140, 0 },			/* MISC_FEATURES_ENABLES */
	{ 0x179, MC_BANKS },		/* MCG_CAP */
	{ MSR_MCG_STATUS, 0 },
	{ 0x1a0, 1 },			/* MISC_ENABLE: fast strings */
	{ 0x1d9, 0 },			/* DEBUGCTL */
	{ 0x277, 0x50100070406UL },	/* PAT, as Xen sets it */
	{ MSR_XEN_PAGE, 0 },
	{ 0xc0010015, 0 },		/* HWCR */
	{ 0xc001001f, 1UL << 46 },	/* NB_CFG: extended configuration */
	{ 0xc0010055, 0 },		/* K8 interrupt pending message */
	{ 0xc0011020, 0 },		/* LS_CFG */
	{ 0xc0011029, 2 },		/* DE_CFG: lfence serialises */
};

/* Help whoever runs an old kernel; a few lines are enough to tell. */
static bool unknown_msr(const char *what, u32 msr)
{
	static u32 told;

	if (__atomic_fetch_add(&told, 1, __ATOMIC_RELAXED) < 16)
		mlog("guest %s unknown MSR %x: #GP", what, msr);
	return false;
}

/* SCE LME LMA NX, of which a 32-bit guest does not see the long mode. */
static u64 guest_efer(void)
{
	return guest32() ? 0x801 : 0xd01;
}

static bool rdmsr_op(struct vcpu *v, struct regs *regs)
{
	u32 msr = regs->rcx;
	u64 val;
	int i;

	switch (msr) {
	case MSR_FS_BASE ... MSR_KERNEL_GS_BASE:
		if (guest32())
			return false;
		val = rdmsr_(msr);
		break;
	case 0xc0000080:
		val = guest_efer();
		break;
	case 0x010:
		val = guest_tsc();
		break;
	/* For guests that have seen Xen's CPUID: machine checks, of which there are none. */
	case MSR_MC0_CTL ... MSR_MC_LAST:
		val = msr & 3 ? 0 : ~0UL;
		break;
	default:
		for (i = 0; i < ARRAY_LEN(ro_msrs); i++)
			if (ro_msrs[i].msr == msr)
				break;
		if (i == ARRAY_LEN(ro_msrs))
			return unknown_msr("reads", msr);
		val = ro_msrs[i].value;
	}
	regs->rax = (u32)val;
	regs->rdx = val >> 32;
	return true;
}

/*
 * Fill the frame with the calls' stubs, as the domain builder does for the
 * page a kernel names in its notes.
 */
static bool hypercall_page(u64 val)
{
	static const u8 call[] = { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05,
				   0x41, 0x5b, 0x59, 0xc3 };
	static const u8 iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, 23, 0, 0, 0,
				   0x0f, 0x05 };
	u64 mfn = val >> PAGE_SHIFT_;
	u8 *page = phys(val);
	u32 nr;

	if (PAGE_OFFSET_(val) || !mfn_is_ram(mfn) ||
	    (*frame_of(mfn) & FRAME_LEVEL))
		return false;
	if (guest32())
		return hypercall_page32(page);
	memset(page, 0xcc, PAGE_BYTES);
	for (nr = 0; nr < PAGE_BYTES / 32; nr++) {
		memcpy(page + nr * 32, call, sizeof(call));
		memcpy(page + nr * 32 + 4, &nr, sizeof(nr));
	}
	memcpy(page + __HYPERVISOR_iret * 32, iret, sizeof(iret));
	return true;
}

static bool wrmsr_op(struct vcpu *v, struct regs *regs)
{
	u32 msr = regs->rcx;
	u64 val = (u32)regs->rax | regs->rdx << 32;
	int i;

	switch (msr) {
	case MSR_FS_BASE ... MSR_KERNEL_GS_BASE:
		if (!canonical(val) || guest32())
			return false;
		wrmsr_(msr, val);
		return true;
	case 0xc0000080:
		return val == guest_efer();
	case 0x079:			/* microcode update */
	case 0x08b:
	case MSR_MCG_STATUS:
	case MSR_MC0_CTL ... MSR_MC_LAST:
		return true;
	case 0x01b:
		return false;
	case MSR_XEN_PAGE:
		return hypercall_page(val);
	}
	/* Registers it may read take a write of what they hold. */
	for (i = 0; i < ARRAY_LEN(ro_msrs); i++)
		if (ro_msrs[i].msr == msr)
			return ro_msrs[i].value == val;
	return unknown_msr("writes", msr);
}

static u32 port_value(u16 port)
{
	/* The PIT, its gate and the RTC: zero ends calibration loops early. */
	if ((port >= 0x40 && port <= 0x43) || port == 0x61 || port == 0x71)
		return 0;
	return ~0U;
}

static bool port_io(struct vcpu *v, struct regs *regs, struct insn *in)
{
	u8 op = in->opcode, imm = 0;
	u16 port = regs->rdx;
	u32 val;

	if (!v->iopl)
		return false;
	if (op <= 0xe7) {		/* immediate port */
		if (in->pos >= in->len)
			return false;
		imm = in->bytes[in->pos++];
		port = imm;
	}
	if (op & 2)			/* OUT goes nowhere */
		return true;
	val = port_value(port);
	if (!(op & 1))
		regs->rax = (regs->rax & ~0xffUL) | (val & 0xff);
	else if (in->opsize)
		regs->rax = (regs->rax & ~0xffffUL) | (val & 0xffff);
	else
		regs->rax = val;
	return true;
}

static bool one_byte(struct vcpu *v, struct regs *regs, struct insn *in)
{
	switch (in->opcode) {
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return port_io(v, regs, in);
	case 0xfa:				/* cli, sti: no effect, as in Xen */
	case 0xfb:
		return v->iopl;
	}
	return false;
}

bool privop(struct vcpu *v, struct regs *regs, struct insn *in)
{
	/* All that processes may do besides their kernel. */
	if (in->two_byte && in->opcode == 0x31)
		return rdtsc_op(v, regs);
	if (!v->kernel_mode)
		return false;
	if (!in->two_byte)
		return one_byte(v, regs, in);
	switch (in->opcode) {
	case 0x01:
		return group7(v, regs, in);
	case 0x06:
		set_ts(v, false);
		return true;
	case 0x08:				/* invd, wbinvd */
	case 0x09:
		return true;
	case 0x20:
	case 0x22:
		return mov_cr(v, regs, in);
	case 0x21:
	case 0x23:
		return mov_dr(v, regs, in);
	case 0x30:
		return wrmsr_op(v, regs);
	case 0x32:
		return rdmsr_op(v, regs);
	}
	return false;
}
