// SPDX-License-Identifier: GPL-2.0
/*
 * processor.c - what a configuration says of the processor: tsc_mode, cpuid
 *
 * The guest's command line has the same words as its configuration.
 */
#include "lib/guest.h"

#define CR4_TSD		4UL
#define ROUNDS		200
#define XEN_TIME	0x40000003

struct leaf {
	u32 eax, ebx, ecx, edx;
};

/* As the kernel asks Xen, or as a process asks the processor. */
static struct leaf cpuid(u32 eax, u32 ecx)
{
	struct leaf l;

	asm volatile("ud2a; .ascii \"xen\"; cpuid"
		     : "=a" (l.eax), "=b" (l.ebx), "=c" (l.ecx), "=d" (l.edx)
		     : "0" (eax), "2" (ecx));
	return l;
}

/* Xen emulates by default where the host's is not reliable. */
static bool emulated(void)
{
	return cpuid(XEN_TIME, 0).eax & 1;
}

static u64 read_cr4(void)
{
	u64 v;

	asm volatile("mov %%cr4, %0" : "=r" (v));
	return v;
}

static void write_cr4(u64 v)
{
	asm volatile("mov %0, %%cr4" : : "r" (v));
}

USER(user_rdtsc, "rdtsc\n shl $32, %rdx\n or %rdx, %rax\n mov %rax, %rbx\n syscall");
USER(user_step, "rdtsc\n nop\n syscall");

static u64 rdtsc_by_user(void)
{
	struct regs regs = user_regs();

	if (run_user(user_rdtsc, &regs) != V_SYSCALL)
		return 0;
	return seen.regs.rbx;
}

static void rises(void)
{
	u64 last = rdtsc(), now_, user;
	unsigned int i, same = 0;

	for (i = 0; i < ROUNDS; i++) {
		now_ = rdtsc();
		same += now_ <= last;
		last = now_;
	}
	is(same, 0, "the TSC rises with each reading");
	user = rdtsc_by_user();
	ok(user > last, "also in user mode");
	ok(rdtsc() > user, "and back");
}

/* By system time; the host may be elsewhere meanwhile. */
static bool rate_is(u64 khz)
{
	u64 t, us, ticks = 0, want = 0;
	int tries;

	for (tries = 0; tries < 10; tries++) {
		t = now();
		ticks = rdtsc();
		wait_ns(10000000);
		ticks = rdtsc() - ticks;
		us = (now() - t) / 1000;
		want = us * khz / 1000;
		if (ticks > want - want / 20 && ticks < want + want / 20)
			return true;
	}
	say("%lu ticks where %lu were due", ticks, want);
	return false;
}

/* The CPUID leaf about time, and system time by the TSC. */
static void told(void)
{
	struct leaf l = cpuid(XEN_TIME, 0);
	const char *mode = cmdline_value("tsc_mode");
	bool always = mode && !strncmp(mode, "always_emulate", 14);

	is(l.ebx, always, "CPUID says the TSC's mode");
	if (always || !on_xen())
		is(l.eax & 1, always, "and whether it is emulated");
	ok(l.ecx > 1000, "and its rate (%u kHz)", l.ecx);
	ok(rate_is(l.ecx), "which it has");
}

static u64 cheapest(bool tsc)
{
	u64 best = ~0UL, t;
	unsigned int i, n;

	for (i = 0; i < 20; i++) {
		t = rdtsc();
		for (n = 0; n < 50; n++) {
			if (tsc)
				rdtsc();
			else
				hypercall(xen_version, XENVER_version, 0);
		}
		t = rdtsc() - t;
		if (t < best)
			best = t;
	}
	return best;
}

/* Nothing else tells an emulated one that is done well. */
static void costs(void)
{
	u64 read = cheapest(true), call = cheapest(false);

	say("50 readings %lu ticks, 50 hypercalls %lu", read, call);
	if (emulated())
		ok(read > call / 3, "reading it goes through the hypervisor");
	else
		ok(read < call / 3, "reading it does not go through the hypervisor");
}

static void disabled(void)
{
	struct regs regs = user_regs();
	u64 cr4 = read_cr4();

	is(cr4 & CR4_TSD, 0, "TSD is clear, for all the guest sees");
	write_cr4(cr4 | CR4_TSD);
	is(read_cr4(), cr4 | CR4_TSD, "TSD can be set");
	works(rdtsc(), "the kernel can read the TSC");
	trapped(run_user(user_rdtsc, &regs), V_GP, 0, "its processes cannot: #GP");
	write_cr4(cr4);
	is(read_cr4(), cr4, "TSD is clear again");
	ok(rdtsc_by_user(), "processes can read the TSC again");
}

static void single_step(void)
{
	struct regs regs = user_regs();

	regs.f.rflags |= FLAG_TF;
	trapped(run_user(user_step, &regs), V_DB, ANY, "a single step over RDTSC in user mode");
	is(seen.rip, USER_CODE + 2, "ends behind it");
}

/* Two vCPUs take turns: what one reads is above what the other has read. */
static volatile u64 turn, readings[2], backwards;

static void other(unsigned int cpu)
{
	unsigned int i;
	u64 t;

	for (i = 0; i < ROUNDS; i++) {
		while (turn != 1)
			hypercall(sched_op, SCHEDOP_yield, 0);
		t = rdtsc();
		backwards += t <= readings[0];
		readings[1] = t;
		barrier();
		turn = 0;
	}
}

static void across(void)
{
	unsigned int i;
	u64 t;

	if (!is(cpu_start(1), 0, "start vCPU 1"))
		return;
	cpu_run(1, other);
	for (i = 0; i < ROUNDS; i++) {
		t = rdtsc();
		backwards += t <= readings[1];
		readings[0] = t;
		barrier();
		turn = 1;
		while (turn)
			hypercall(sched_op, SCHEDOP_yield, 0);
	}
	ok(cpu_wait(1), "vCPU 1 has read as often");
	if (emulated())
		is(backwards, 0, "the TSC never goes back from one to the other");
	else
		say("it went back %lu times", backwards);
}

static bool asked_for(const char *word)
{
	const char *s = cmdline_value("cpuid");
	size_t n = strlen(word);

	for (; s && *s && *s != ' '; s++)
		if (!strncmp(s, word, n))
			return true;
	return false;
}

static void features(void)
{
	struct leaf l = cpuid(1, 0);
	u32 family = l.eax >> 8 & 15, model = (l.eax >> 4 & 15) | (l.eax >> 12 & 0xf0);

	if (asked_for("sse3=0")) {
		is(l.ecx & 1, 0, "no SSE3");
		is(l.ecx & 1 << 9, 0, "nor SSSE3, which needs it");
	}
	if (asked_for("xsave=0")) {
		is(l.ecx & 3 << 26, 0, "no XSAVE, and it is not switched on");
		is(l.ecx & 1 << 28, 0, "no AVX");
		is(read_cr4() & 1 << 18, 0, "CR4.OSXSAVE is clear");
	}
	/* On Xen it is the host's CR4 that counts. */
	if (asked_for("xsave=0") && !on_xen()) {
		traps(asm volatile("xgetbv" : : "c" (0) : "eax", "edx"), V_UD, ANY,
		      "XGETBV: #UD");
	}
	if (asked_for("family=15"))
		is(family, 15, "the family asked for");
	if (asked_for("model=11"))
		is(model, 11, "the model asked for");
	is(l.edx >> 24 & 7, 7, "FXSR, SSE and SSE2 are there");
}

int main(void)
{
	told();
	features();
	rises();
	costs();
	disabled();
	single_step();
	across();
	return 0;
}
