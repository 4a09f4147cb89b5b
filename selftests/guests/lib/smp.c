// SPDX-License-Identifier: GPL-2.0
/*
 * smp.c - the other vCPUs: each waits for work on a stack of its own
 */
#include "guest.h"

#define STACK	16384UL

struct cpu cpus[MAX_CPUS];

static u8 stacks[MAX_CPUS][STACK] __attribute__((aligned(16384)));

unsigned int this_cpu(void)
{
	u64 sp;

	asm("mov %%rsp, %0" : "=r" (sp));
	if (sp < (u64)stacks || sp >= (u64)stacks + sizeof(stacks))
		return 0;
	return (sp - (u64)stacks) / STACK;
}

void cpu_trap(struct regs *r, u64 flags)
{
	unsigned int cpu = this_cpu();
	struct cpu *c = &cpus[cpu];
	struct seen s;

	read_frame(&s, r, flags, c->info);
	switch (r->vector) {
	case V_EVENT:
		c->upcalls++;
		take_events(c->info);
		return;
	case V_NMI:
		c->nmis++;
		return;
	}
	c->fault = r->vector;
	c->fault_address = s.cr2;
	if (!c->resume)
		bail("vCPU %u: unexpected trap %lu at 0x%lx, cr2 0x%lx", cpu,
		     r->vector, s.rip, s.cr2);
	r->f.rip = (u64)c->resume;
}

static void nap(void)
{
	struct sched_poll poll = { .timeout = now() + 1000000 };

	hypercall(sched_op, SCHEDOP_poll, &poll);
}

static void __attribute__((noreturn)) cpu_main(unsigned int cpu)
{
	struct cpu *c = &cpus[cpu];

	for (;;) {
		while (!c->fn)
			nap();
		c->fn(cpu);
		c->fn = NULL;
		barrier();
		c->done++;
	}
}

struct vcpu_guest_context *cpu_context(unsigned int cpu)
{
	static struct vcpu_guest_context c;
	unsigned int v;

	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel;
	c.user_regs.rip = (u64)cpu_main;
	c.user_regs.rsp = (u64)stacks[cpu + 1] - 8;
	c.user_regs.rdi = cpu;
	c.user_regs.rflags = FLAG_IF | 2;
	c.user_regs.cs = KERNEL_CS;
	c.user_regs.ss = KERNEL_SS;
	for (v = 0; v < 20; v++) {
		c.trap_ctxt[v].vector = v;
		c.trap_ctxt[v].flags = 4;
		c.trap_ctxt[v].cs = KERNEL_CS;
		c.trap_ctxt[v].address = trap_stub(v == 2 ? V_NMI : (int)v);
	}
	c.kernel_ss = KERNEL_SS;
	c.kernel_sp = c.user_regs.rsp;
	c.event_callback_eip = trap_stub(V_EVENT);
	c.failsafe_callback_eip = trap_stub(V_FAILSAFE);
	c.syscall_callback_eip = trap_stub(V_SYSCALL);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn((void *)start_info->pt_base));
	return &c;
}

long cpu_start(unsigned int cpu)
{
	long ret;

	if (cpu < XEN_LEGACY_MAX_VCPUS && !cpus[cpu].info)
		cpus[cpu].info = &shared->vcpu_info[cpu];
	ret = hypercall(vcpu_op, VCPUOP_initialise, cpu, cpu_context(cpu));
	if (!ret)
		ret = hypercall(vcpu_op, VCPUOP_up, cpu, 0);
	return ret;
}

void cpu_run(unsigned int cpu, void (*fn)(unsigned int cpu))
{
	cpus[cpu].fault = -1;
	barrier();
	cpus[cpu].fn = fn;
}

bool cpu_wait(unsigned int cpu)
{
	u64 end = now() + SOON;

	while (cpus[cpu].fn && now() < end)
		nap();
	return !cpus[cpu].fn;
}

void cpu_unmask(unsigned int cpu)
{
	struct vcpu_info *vi = cpus[cpu].info;

	barrier();
	vi->evtchn_upcall_mask = 0;
	barrier();
	if (vi->evtchn_upcall_pending)
		hypercall(xen_version, XENVER_version, 0);
}

int cpu_store(volatile u64 *p, u64 val)
{
	struct cpu *c = &cpus[this_cpu()];

	c->fault = -1;
	asm volatile("movq $1f, %0\n"
		     "	movq %2, %1\n"
		     "1:	movq $0, %0"
		     : "+m" (c->resume), "=m" (*p) : "r" (val) : "memory");
	return c->fault;
}
