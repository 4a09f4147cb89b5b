// SPDX-License-Identifier: GPL-2.0
/*
 * privops.c - instructions that a kernel in ring 3 may not execute itself
 */
#include "lib/guest.h"

static u64 read_cr(int n)
{
	u64 v = 0;

	if (n == 0)
		asm volatile("mov %%cr0, %0" : "=r" (v));
	else if (n == 2)
		asm volatile("mov %%cr2, %0" : "=r" (v));
	else if (n == 3)
		asm volatile("mov %%cr3, %0" : "=r" (v));
	else
		asm volatile("mov %%cr4, %0" : "=r" (v));
	return v;
}

static inline u64 rdmsr(u32 n)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (n));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 n, u64 v)
{
	asm volatile("wrmsr" : : "c" (n), "a" ((u32)v), "d" ((u32)(v >> 32)) : "memory");
}

struct leaf {
	u32 a, b, c, d;
};

static struct leaf cpuid(u32 leaf, u32 sub)
{
	struct leaf l;

	asm volatile("cpuid" : "=a" (l.a), "=b" (l.b), "=c" (l.c), "=d" (l.d)
		     : "0" (leaf), "2" (sub));
	return l;
}

static struct leaf forced_cpuid(u32 leaf, u32 sub)
{
	struct leaf l;

	asm volatile("ud2a; .ascii \"xen\"; cpuid"
		     : "=a" (l.a), "=b" (l.b), "=c" (l.c), "=d" (l.d)
		     : "0" (leaf), "2" (sub));
	return l;
}

static void cpuids(void)
{
	struct leaf l, base, one;

	base = forced_cpuid(0x40000000, 0);
	ok(base.b == 0x566e6558 && base.c == 0x65584d4d && base.d == 0x4d4d566e,
	   "forced cpuid 0x40000000: XenVMMXenVMM");
	ok(base.a >= 0x40000002 && base.a < 0x40000100, "as many leaves: 0x%x", base.a);
	l = forced_cpuid(0x40000001, 0);
	is(l.a, hypercall(xen_version, XENVER_version, 0), "0x40000001: the version");
	l = forced_cpuid(0x40000002, 0);
	is(l.a, 1, "0x40000002: one hypercall page");
	is(l.b, 0x40000000, "written by this MSR");
	has(l.c, 1, 1, "and MMU_PT_UPDATE_PRESERVE_AD");
	l = forced_cpuid(0x40000003, 0);
	ok(l.c > 1000, "0x40000003: TSC %u kHz", l.c);

	one = forced_cpuid(1, 0);
	has(one.d, 1 << 3 | 1 << 12 | 1 << 13 | 1 << 17, 0,
	    "leaf 1: no PSE, MTRR, PGE, PSE36 (0x%x)", one.d);
	/* Where the monitor has a local APIC of its own, X2APIC may show. */
	has(one.c, 1 << 3 | 1 << 5 | 1 << 17 | (on_xen() ? 1 << 21 : 0), 0,
	    "leaf 1: no MONITOR, VMX, PCID (0x%x)", one.c);
	has(one.d, 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 24 | 1 << 25 | 1 << 26,
	    1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 24 | 1 << 25 | 1 << 26,
	    "leaf 1: FPU, TSC, MSR, CX8, FXSR, SSE, SSE2");
	has(one.c, 1u << 31, 1u << 31, "leaf 1: runs on a hypervisor");
	if (forced_cpuid(0, 0).a >= 7) {
		l = forced_cpuid(7, 0);
		has(l.b, 1 << 7 | 1 << 10 | 1 << 20, 0, "leaf 7: no SMEP, INVPCID, SMAP (0x%x)",
		    l.b);
		has(l.c, 1 << 2 | 1 << 3 | 1 << 16, 0, "leaf 7: no UMIP, PKU, LA57 (0x%x)", l.c);
	}
	l = forced_cpuid(0x80000001, 0);
	has(l.d, 1 << 3 | 1 << 12 | 1 << 13 | 1 << 17 | 1 << 26, 0,
	    "0x80000001: no PSE, MTRR, PGE, PSE36, 1 GiB pages (0x%x)", l.d);
	has(l.d, 1 << 11 | 1 << 29 | 1 << 20, 1 << 11 | 1 << 29 | 1 << 20,
	    "0x80000001: SYSCALL, LM, NX");
	has(l.c, 1 << 2, 0, "0x80000001: no SVM");

	l = cpuid(0, 0);
	base = forced_cpuid(0, 0);
	ok(l.b == base.b && l.c == base.c && l.d == base.d, "native cpuid: the same vendor");
	l = cpuid(1, 0);
	is(l.a, one.a, "native cpuid 1: the same family, model, stepping");

	traps(asm volatile("ud2a; .ascii \"xen\"; nop"), V_UD, ANY,
	      "the prefix before something else: #UD");
	traps(asm volatile("ud2a; .ascii \"xem\"; cpuid" : : : "rax", "rbx", "rcx", "rdx"), V_UD,
	      ANY, "something else than the prefix: #UD");
}

static bool nm_hook(struct regs *r)
{
	return r->vector == V_NM;
}

/* A kernel that was restored here may have found them on Xen. */
static void machine_check(void)
{
	is(rdmsr(0x179), 2, "MCG_CAP: two banks");
	is(rdmsr(0x17a), 0, "MCG_STATUS: nothing");
	works(wrmsr(0x17a, 0), "write of it");
	is(rdmsr(0x400), ~0UL, "MC0_CTL");
	is(rdmsr(0x405), 0, "MC1_STATUS: nothing");
	works(wrmsr(0x404, ~0UL), "write of MC1_CTL");
	works(wrmsr(0x405, 0), "write of MC1_STATUS");
	/* Xen has it where the processor has. */
	if (!on_xen())
		traps(rdmsr(0x17b), V_GP, 0, "MCG_CTL: #GP");
}

static void control_registers(void)
{
	u64 cr0, cr4, v;
	unsigned int before;

	cr0 = read_cr(0);
	has(cr0, 0x80010001, 0x80010001, "cr0 has PG, WP, PE (0x%lx)", cr0);
	is(read_cr(3), start_info ? virt_to_mfn((void *)start_info->pt_base) << 12 : 0,
	   "cr3 is the L4");
	works(asm volatile("mov %0, %%cr2" : : "r" (0x1234567UL)), "write of cr2");
	is(read_cr(2), 0x1234567, "reads back");
	is(vcpu->arch.cr2, 0x1234567, "in vcpu_info too");
	TRAP(*(volatile u8 *)0x8888);
	is(read_cr(2), 0x8888, "cr2 after a #PF");

	cr4 = read_cr(4);
	has(cr4, 1 << 5, 1 << 5, "cr4 has PAE (0x%lx)", cr4);
	works(asm volatile("mov %0, %%cr4" : : "r" (cr4)), "write of cr4, the same value");
	is(read_cr(4), cr4, "reads back");
	works(asm volatile("mov %0, %%cr3" : : "r" (read_cr(3))), "write of cr3, the same value");
	traps(asm volatile("mov %0, %%cr3" : : "r" (0x7ffffffff000UL)), V_GP, 0,
	      "write of cr3, no such frame: #GP");
	traps(asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~1UL)), V_GP, 0, "clearing cr0.PE: #GP");
	traps(asm volatile("mov %0, %%cr0" : : "r" (cr0 ^ 0x10000)), V_GP, 0,
	      "changing cr0.WP: #GP");
	traps(asm volatile("mov %%cr8, %0" : "=r" (v)), V_GP, 0, "cr8: #GP");
	v = 0;

	works(asm volatile("mov %0, %%cr0" : : "r" (cr0 | 8)), "setting cr0.TS");
	has(read_cr(0), 8, 8, "reads back");
	nr_traps = 0;
	trap_hook = nm_hook;
	asm volatile("fld1; fstp %st(0)");
	is(nr_traps, 1, "the FPU now traps once");
	has(read_cr(0), 8, 0, "and TS is clear, as after #NM under Xen");
	before = nr_traps;
	asm volatile("fld1; fstp %st(0)");
	is(nr_traps, before, "no trap again");
	hypercall(fpu_taskswitch, 1);
	has(read_cr(0), 8, 8, "fpu_taskswitch 1 sets TS");
	works(asm volatile("clts"), "clts");
	has(read_cr(0), 8, 0, "clears it");
	before = nr_traps;
	asm volatile("fld1; fstp %st(0)");
	is(nr_traps, before, "and the FPU works");
	hypercall(fpu_taskswitch, 1);
	hypercall(fpu_taskswitch, 0);
	asm volatile("fld1; fstp %st(0)");
	is(nr_traps, before, "as after fpu_taskswitch 0");
	trap_hook = NULL;
}

static void msrs(void)
{
	u64 v;

	v = rdmsr(0xc0000080);
	has(v, 0xd01, 0xd01, "EFER has SCE, LME, LMA, NXE (0x%lx)", v);
	has(v, 1 << 12, 0, "EFER: no SVME");
	works(wrmsr(0xc0000080, v), "write of EFER, the same value");
	traps(wrmsr(0xc0000080, v ^ 0x800), V_GP, 0, "changing EFER: #GP");
	works(v = rdmsr(0x1b), "rdmsr APIC_BASE");
	has(v, 0xfffff100, 0xfee00100, "APIC base: where one is, on the boot CPU");
	works(v = rdmsr(0x277), "rdmsr PAT");
	is(v, 0x50100070406, "PAT as under Xen");
	works(v = rdmsr(0x10), "rdmsr TSC");
	ok(v != 0, "is not 0");
	traps(rdmsr(0xdeadbeef), V_GP, 0, "rdmsr of none: #GP");
	traps(wrmsr(0xdeadbeef, 0), V_GP, 0, "wrmsr of none: #GP");
	traps(rdmsr(0x830), V_GP, 0, "rdmsr of the x2APIC: #GP");
	traps(wrmsr(0x830, 0), V_GP, 0, "wrmsr of the x2APIC: #GP");
	traps(wrmsr(0x1b, 0xfee00900), V_GP, 0, "wrmsr APIC_BASE: #GP");
	traps(wrmsr(0xc0000081, 0), V_GP, 0, "wrmsr STAR: #GP");
	traps(wrmsr(0xc0000082, 0), V_GP, 0, "wrmsr LSTAR: #GP");
	traps(wrmsr(0x174, 0), V_GP, 0, "wrmsr SYSENTER_CS: #GP");
	traps(wrmsr(0x4b564d01, 1), V_GP, 0, "wrmsr of KVM's clock: #GP");
	traps(rdmsr(0x4b564d00), V_GP, 0, "rdmsr of KVM's clock: #GP");
	traps(wrmsr(0x277, 0), V_GP, 0, "wrmsr PAT: #GP");
	v = 1;
	works(v = rdmsr(0x40000000), "rdmsr of the hypercall page's MSR");
	is(v, 0, "is 0");
	{
		u8 *page = page_alloc();

		works(wrmsr(0x40000000, virt_to_mfn(page) << 12), "a hypercall page by MSR");
		ok(page[32 * 17 + 3] == 0xb8 && *(u32 *)(page + 32 * 17 + 4) == 17 &&
		   page[32 * 17 + 8] == 0x0f && page[32 * 17 + 9] == 0x05,
		   "filled: mov $17, %%eax; syscall");
		traps(wrmsr(0x40000000, virt_to_mfn(page) << 12 | 1), V_GP, 0,
		      "page index 1: #GP");
	}
}

static void ports(void)
{
	struct physdev_set_iopl iopl = { .iopl = 0 };
	u32 v = 0x55;

	hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	traps(asm volatile("inb $0x80, %b0" : "+a" (v)), V_GP, 0, "in without IOPL: #GP");
	traps(asm volatile("outb %b0, $0x80" : : "a" (v)), V_GP, 0, "out without IOPL: #GP");
	traps(asm volatile("cli"), V_GP, 0, "cli without IOPL: #GP");
	iopl.iopl = 1;
	hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	v = 0;
	works(asm volatile("inb $0x80, %b0" : "+a" (v)), "in with IOPL 1");
	is(v & 0xff, 0xff, "reads ones where there is nothing");
	works(asm volatile("outb %b0, $0x80" : : "a" (v)), "out");
	v = 0;
	works(asm volatile("mov $0x2f8, %%dx; inw %%dx, %w0" : "+a" (v) : : "rdx"), "in, 2 bytes");
	is(v & 0xffff, 0xffff, "reads ones");
	works(asm volatile("mov $0x2f8, %%dx; inl %%dx, %0" : "+a" (v) : : "rdx"), "in, 4 bytes");
	is(v, 0xffffffff, "reads ones");
	works(asm volatile("inb $0x61, %b0" : "+a" (v)), "in from port 0x61");
	works(asm volatile("inb $0x42, %b0" : "+a" (v)), "in from the PIT");
	works(asm volatile("mov $0x5800, %%dx; inl %%dx, %0" : "+a" (v) : : "rdx"),
	      "in from port 0x5800");
	is(v, 0xffffffff, "reads ones");
	works(asm volatile("mov $0x5800, %%dx; xor %%eax, %%eax; outl %%eax, %%dx"
			   : : : "rax", "rdx"), "out to port 0x5800 does nothing");
	works(asm volatile("mov $0x5900, %%dx; xor %%eax, %%eax; outl %%eax, %%dx"
			   : : : "rax", "rdx"), "out to port 0x5900 does nothing");
	works(asm volatile("cli; sti"), "cli and sti with IOPL 1");
	is(vcpu->evtchn_upcall_mask, 1, "leave the upcall mask alone");
}

/* KVM takes these itself; from ring 3 they are refused, if not by #UD. */
static void hypervisor_calls(void)
{
	long ret = 1;
	int t;

	t = TRAP(asm volatile("vmcall" : "+a" (ret)));
	ok(t == V_UD || t == V_GP || (t == -1 && ret == -1), "vmcall: #UD, or EPERM (%d)", t);
	ret = 1;
	t = TRAP(asm volatile("vmmcall" : "+a" (ret)));
	ok(t == V_UD || t == V_GP || (t == -1 && ret == -1), "vmmcall: #UD, or EPERM (%d)", t);
}

static void others(void)
{
	static const struct {
		u32 offset;
		u16 sel;
	} to_ring0 = { 0, 0xe008 };
	static u8 buf[16];
	u64 v, w;
	u32 lo;

	asm volatile("pushfq; popq %0" : "=r" (v));
	works(w = rdtsc(), "rdtsc");
	v = rdtsc();
	ok(v > w, "goes on");
	{
		/* Xen of today faults, old ones blocked: either way we get on. */
		int port = bind_virq(VIRQ_TIMER, 0), t;

		evtchn_unmask(port);
		hypercall(set_timer_op, now() + 5000000);
		t = TRAP(asm volatile("hlt"));
		ok(t == V_GP || t == -1, "hlt: #GP, or blocks until an event (%d)", t);
		mask_events();
		evtchn_close(port);
	}
	works(asm volatile("wbinvd" : : : "memory"), "wbinvd does nothing");
	traps(asm volatile("invlpg (%0)" : : "r" (buf) : "memory"), V_GP, 0, "invlpg: #GP");
	traps(asm volatile("lgdt %0" : : "m" (buf)), V_GP, 0, "lgdt: #GP");
	traps(asm volatile("lidt %0" : : "m" (buf)), V_GP, 0, "lidt: #GP");
	traps(asm volatile("lldt %w0" : : "r" (0)), V_GP, 0, "lldt: #GP");
	traps(asm volatile("ltr %w0" : : "r" (0)), V_GP, 0, "ltr: #GP");
	traps(asm volatile("swapgs"), V_GP, 0, "swapgs: #GP");
	traps(asm volatile("sysretq"), V_GP, 0, "sysret: #GP");
	traps(asm volatile("lmsw %w0" : : "r" (1)), V_GP, 0, "lmsw: #GP");
	works(asm volatile("smsw %0" : "=r" (v)), "smsw is not privileged");
	has(v, 1, 1, "and reads cr0");
	traps(asm volatile("monitor" : : "a" (buf), "c" (0), "d" (0)), V_UD, ANY, "monitor: #UD");
	hypervisor_calls();
	traps(asm volatile("mov $0, %%ecx; rdpmc" : "=a" (lo) : : "rcx", "rdx"), V_GP, 0,
	      "rdpmc: #GP");

	/* The processor's own iret stays in ring 3. */
	works(asm volatile("mov %%ss, %%eax; mov %%rsp, %%rcx; push %%rax; push %%rcx; pushfq\n"
			   "mov %%cs, %%eax; push %%rax; lea 1f(%%rip), %%rax; push %%rax\n"
			   "iretq; 1:" : : : "rax", "rcx", "memory"), "iretq within ring 3");
	traps(asm volatile("mov %%rsp, %%rcx; push $0xe010; push %%rcx; pushfq\n"
			   "push $0xe008; lea 1f(%%rip), %%rax; push %%rax\n"
			   "iretq; 1:" : : : "rax", "rcx", "memory"), V_GP, ANY,
	      "iretq to ring 0: #GP");
	traps(asm volatile("ljmp *%0" : : "m" (to_ring0)),
	      V_GP, ANY, "far jump to ring 0: #GP");
	traps(asm volatile("mov %0, %%ss" : : "r" (0xe010)), V_GP, ANY, "ss of ring 0: #GP");
	works(asm volatile("mov %0, %%ds; mov %1, %%ds" : : "r" (KERNEL_SS), "r" (0)),
	      "ds of ring 3");

	/* Debug registers by instruction. */
	works(asm volatile("mov %%dr7, %0" : "=r" (v)), "mov from dr7");
	works(asm volatile("mov %0, %%dr0" : : "r" (0x1000UL)), "mov to dr0");
	works(asm volatile("mov %%dr0, %0" : "=r" (v)), "mov from dr0");
	is(v, 0x1000, "reads back");
	traps(asm volatile("mov %0, %%dr0" : : "r" (XEN_VA)), V_GP, 0,
	      "a breakpoint in Xen's memory: #GP");
	asm volatile("mov %0, %%dr0" : : "r" (0UL));
}

int main(void)
{
	cpuids();
	machine_check();
	control_registers();
	msrs();
	ports();
	others();
	return 0;
}
