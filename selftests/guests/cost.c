// SPDX-License-Identifier: GPL-2.0
/*
 * cost.c - what vCPUs cost each other: IPIs, wake-ups, remote flushes
 *
 * For selftests/bench. "spin" on the command line: the other vCPU runs, which
 * takes a host of two CPUs; without it, it sleeps.
 */
#include "lib/guest.h"

#define ROUNDS	500

static int to_first, to_cpu;
static volatile bool stop;

static void begin(const char *name)
{
	drain();
	say("bench-begin %s", name);
	drain();
}

static u64 started;

static void end(const char *name, unsigned int n)
{
	u64 took = now() - started;

	say("bench-end %s %u %lu", name, n, took / n);
	drain();
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

int main(void)
{
	to_first = bind_ipi(0);
	to_cpu = bind_ipi(1);
	if (cpu_start(1))
		bail("vCPU 1 does not start");
	if (cmdline("spin"))
		running();
	else
		asleep();
	/* Who counts exits has to read them before they are gone. */
	wait_ns(1000000000);
	return 0;
}
