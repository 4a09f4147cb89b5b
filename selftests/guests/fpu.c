// SPDX-License-Identifier: GPL-2.0
/*
 * fpu.c - x87, SSE and AVX state across everything
 */
#include "lib/guest.h"

static u8 want[64] __attribute__((aligned(64))), got[64] __attribute__((aligned(64)));
static bool have_avx;

static void load(u8 seed)
{
	int i;

	for (i = 0; i < 64; i++)
		want[i] = seed + i;
	if (have_avx)
		asm volatile("vmovdqu %0, %%ymm3; vmovdqu %1, %%ymm15"
			     : : "m" (*(u8 (*)[32])want), "m" (*(u8 (*)[32])(want + 32)));
	else
		asm volatile("movdqu %0, %%xmm3; movdqu %1, %%xmm15"
			     : : "m" (*(u8 (*)[16])want), "m" (*(u8 (*)[16])(want + 32)));
	asm volatile("fninit; fldpi; fldl2e; fildl %0" : : "m" (*(u32 *)want));
}

static bool kept(void)
{
	u32 integer;
	u16 control;

	memset(got, 0, sizeof(got));
	if (have_avx) {
		asm volatile("vmovdqu %%ymm3, %0; vmovdqu %%ymm15, %1"
			     : "=m" (*(u8 (*)[32])got), "=m" (*(u8 (*)[32])(got + 32)));
		if (memcmp(want, got, 64))
			return false;
	} else {
		asm volatile("movdqu %%xmm3, %0; movdqu %%xmm15, %1"
			     : "=m" (*(u8 (*)[16])got), "=m" (*(u8 (*)[16])(got + 32)));
		if (memcmp(want, got, 16) || memcmp(want + 32, got + 32, 16))
			return false;
	}
	asm volatile("fistpl %0; fninit; fnstcw %1" : "=m" (integer), "=m" (control));
	return integer == *(u32 *)want && control == 0x37f;
}

static bool skip_ud2(struct regs *r)
{
	if (r->vector == V_UD)
		r->f.rip += 2;
	return r->vector == V_UD || r->vector == V_NM || r->vector == V_BP;
}

USER(u_sse, "movdqu 0x10001000, %xmm3; paddb %xmm3, %xmm3; movdqu %xmm3, 0x10001010; syscall");

static unsigned int nm_count;

static bool lazy(struct regs *r)
{
	if (r->vector != V_NM)
		return false;
	nm_count++;
	return true;
}

int main(void)
{
	struct regs r;
	u32 a, b, c, d, mxcsr = 0x1f80, mxcsr2;
	int port, i;
	u64 start;

	asm volatile("ud2a; .ascii \"xen\"; cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d)
		     : "0" (1), "2" (0));
	have_avx = (c & (1 << 28)) && (c & (1 << 27));
	if (have_avx) {
		u32 lo, hi;

		asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
		say("XCR0 0x%x", lo);
		has(lo, 3, 3, "XCR0 has x87 and SSE");
		have_avx = (lo & 7) == 7;
	}
	say("AVX: %s", have_avx ? "yes" : "no");
	asm volatile("stmxcsr %0" : "=m" (mxcsr2));
	is(mxcsr2, 0x1f80, "MXCSR starts at its default");
	has(a, 0, 0, "cpuid");

	load(1);
	for (i = 0; i < 100; i++)
		hypercall(xen_version, XENVER_version, 0);
	ok(kept(), "state survives hypercalls");

	load(2);
	trap_hook = skip_ud2;
	asm volatile("ud2; int3; ud2");
	trap_hook = NULL;
	ok(kept(), "state survives traps");

	port = bind_ipi(0);
	evtchn_unmask(port);
	unmask_events();
	load(3);
	for (i = 0; i < 20; i++)
		evtchn_send(port);
	ok(kept(), "state survives upcalls");
	mask_events();
	evtchn_close(port);

	load(4);
	for (i = 0; i < 20; i++) {
		evtchn_port_t p = start_info->store_evtchn;
		struct sched_poll poll = { .nr_ports = 1, .timeout = now() + 1000000 };

		clear_pending(p);
		set_xen_guest_handle(poll.ports, &p);
		hypercall(sched_op, SCHEDOP_poll, &poll);
		hypercall(sched_op, SCHEDOP_yield, 0);
	}
	ok(kept(), "state survives blocking");

	load(5);
	start = now();
	while (now() < start + 100000000)
		asm volatile("cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d)
			     : "0" (0), "2" (0));
	ok(kept(), "state survives 100 ms of exits");

	user_init();
	memset(user_data, 0x11, 16);
	load(6);
	r = user_regs();
	is(run_user(u_sse, &r), V_SYSCALL, "user mode uses SSE");
	ok(user_data[16] == 0x22 && user_data[31] == 0x22, "and computes");
	memset(got, 0, 16);
	asm volatile("movdqu %%xmm3, %0" : "=m" (*(u8 (*)[16])got));
	is(got[5], 0x22, "its state is the kernel's: no switch by itself");

	/* Lazy switching. */
	trap_hook = lazy;
	load(7);
	nm_count = 0;
	hypercall(fpu_taskswitch, 1);
	ok(kept(), "state is there after #NM");
	is(nm_count, 1, "one #NM");
	hypercall(fpu_taskswitch, 1);
	hypercall(xen_version, XENVER_version, 0);
	hypercall(sched_op, SCHEDOP_yield, 0);
	asm volatile("movdqu %%xmm3, %%xmm3" : : : "memory");
	is(nm_count, 2, "TS survives hypercalls and a yield");
	if (have_avx) {
		hypercall(fpu_taskswitch, 1);
		asm volatile("vmovdqu %%ymm3, %%ymm3" : : : "memory");
		is(nm_count, 3, "an AVX instruction traps too");
	}
	nm_count = 0;
	hypercall(fpu_taskswitch, 1);
	r = user_regs();
	user_run(u_sse_begin, u_sse_end, &r);
	is(nm_count, 1, "user mode traps too");
	is(seen.vector, V_SYSCALL, "and goes on");
	trap_hook = NULL;

	/* Exceptions. */
	asm volatile("ldmxcsr %0" : : "m" ((u32){ 0x1f80 & ~0x200 }));
	i = TRAP(asm volatile("pxor %%xmm1, %%xmm1; mov $1, %%eax; cvtsi2sd %%eax, %%xmm0\n"
			      "divsd %%xmm1, %%xmm0" : : : "rax"));
	if (i == -1)
		skip("SSE division by zero # SKIP this (emulated) processor has no #XM");
	else
		is(i, V_XM, "SSE division by zero: #XM");
	asm volatile("ldmxcsr %0" : : "m" (mxcsr));
	asm volatile("fninit; fldcw %0" : : "m" ((u16){ 0x37b }));
	i = TRAP(asm volatile("fld1; fldz; fdivrp; fwait"));
	ok(i == V_MF || i == -1, "x87 division by zero: #MF (%d)", i);
	asm volatile("fnclex; fninit");
	return 0;
}
