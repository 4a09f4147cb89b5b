// SPDX-License-Identifier: GPL-2.0
/*
 * cost.c - what vCPUs cost each other: IPIs, wake-ups, remote flushes
 *
 * For selftests/bench and selftests/parallel. "spin" on the command line: the
 * others of "vcpus=N" (2) run, which takes a host of as many CPUs; without it,
 * vCPU 1 sleeps. "ask": whoever counts exits types a key when he has.
 */
#include "lib/guest.h"

#define ROUNDS	500

static int to_first, to_cpu;
static int ports[MAX_CPUS];
static unsigned int nr = 2;
static volatile bool stop;

static void told(void)
{
	drain();
	if (cmdline("ask") && !await_key())
		bail("nobody counts");
}

static void begin(const char *name)
{
	drain();
	say("bench-begin %s", name);
	told();
}

static u64 started;

static void end(const char *name, unsigned int n)
{
	u64 took = now() - started;

	say("bench-end %s %u %lu", name, n, took / n);
	told();
}

static void take(int port)
{
	evtchn_port_t p = port;
	struct sched_poll poll = { .nr_ports = 1 };

	set_xen_guest_handle(poll.ports, &p);
	while (!port_pending(port))
		hypercall(sched_op, SCHEDOP_poll, &poll);
	clear_pending(port);
}

static void answer(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		take(to_cpu);
		evtchn_send(to_first);
	}
}

static void sleep_on(unsigned int cpu)
{
	take(to_cpu);
}

static void spin(unsigned int cpu)
{
	cpu_unmask(cpu);
	while (!stop)
		asm volatile("pause");
	cpus[cpu].info->evtchn_upcall_mask = 1;
}

static void flush(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	hypercall(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void asleep(void)
{
	unsigned int i;

	mask_port(to_first);
	mask_port(to_cpu);
	/* Two events and two wake-ups a round. */
	cpu_run(1, answer);
	begin("wake_by_event");
	started = now();
	for (i = 0; i < ROUNDS; i++) {
		evtchn_send(to_cpu);
		take(to_first);
	}
	end("wake_by_event", 2 * ROUNDS);
	cpu_wait(1);

	cpu_run(1, sleep_on);
	wait_ns(20000000);
	begin("flush_asleep");
	started = now();
	for (i = 0; i < ROUNDS; i++)
		flush();
	end("flush_asleep", ROUNDS);
	evtchn_send(to_cpu);
	cpu_wait(1);
}

static void running(void)
{
	unsigned int i, had;

	evtchn_unmask(to_cpu);
	cpu_run(1, spin);
	wait_ns(20000000);
	begin("event_to_running");
	started = now();
	for (i = 0; i < ROUNDS; i++) {
		had = port_count[to_cpu];
		evtchn_send(to_cpu);
		while (port_count[to_cpu] == had)
			asm volatile("pause");
	}
	end("event_to_running", ROUNDS);
	begin("flush_running");
	started = now();
	for (i = 0; i < ROUNDS; i++)
		flush();
	end("flush_running", ROUNDS);
	stop = true;
	cpu_wait(1);
}

static void all_running(void)
{
	unsigned int i, cpu;

	stop = false;
	for (cpu = 1; cpu < nr; cpu++) {
		if (cpu > 1 && cpu_start(cpu))
			bail("vCPU %u does not start", cpu);
		ports[cpu] = bind_ipi(cpu);
		evtchn_unmask(ports[cpu]);
		cpu_run(cpu, spin);
	}
	wait_ns(20000000);
	begin("flush_all_running");
	started = now();
	for (i = 0; i < ROUNDS; i++)
		flush();
	end("flush_all_running", ROUNDS);
	begin("event_to_all");
	started = now();
	for (i = 1; i <= ROUNDS; i++) {
		for (cpu = 1; cpu < nr; cpu++)
			evtchn_send(ports[cpu]);
		for (cpu = 1; cpu < nr; cpu++)
			while (port_count[ports[cpu]] < i)
				asm volatile("pause");
	}
	end("event_to_all", ROUNDS);
	stop = true;
	for (cpu = 1; cpu < nr; cpu++)
		cpu_wait(cpu);
}

int main(void)
{
	const char *n = cmdline_value("vcpus");

	if (n && *n >= '2' && *n <= '9')
		nr = *n - '0';
	to_first = bind_ipi(0);
	to_cpu = bind_ipi(1);
	if (cpu_start(1))
		bail("vCPU 1 does not start");
	if (cmdline("spin"))
		running();
	if (cmdline("spin") && nr > 2)
		all_running();
	else if (!cmdline("spin"))
		asleep();
	/* Who counts exits has to read them before they are gone. */
	wait_ns(1000000000);
	return 0;
}
