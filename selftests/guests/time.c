// SPDX-License-Identifier: GPL-2.0
/*
 * time.c - the clock, timers, runstates
 */
#include "lib/guest.h"

static struct vcpu_runstate_info runstate(void)
{
	struct vcpu_runstate_info rs;

	hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &rs);
	return rs;
}

static u64 total(const struct vcpu_runstate_info *rs)
{
	return rs->time[0] + rs->time[1] + rs->time[2] + rs->time[3];
}

static void clock(void)
{
	volatile struct vcpu_time_info *t = &vcpu->time;
	u64 last = now(), this, tsc, wall, khz;
	u32 version;
	int i, odd = 0;
	bool back = false;

	for (i = 0; i < 100000; i++) {
		version = t->version;
		if (version & 1)
			odd++;
		this = now();
		if (this < last)
			back = true;
		last = this;
	}
	ok(!back, "system time never goes back in 100000 readings");
	is(odd, 0, "the version is never odd for the vCPU that reads");
	ok(t->system_time <= now(), "its base is not in the future");
	ok(t->tsc_timestamp <= rdtsc(), "nor is its TSC");

	tsc = rdtsc();
	last = now();
	while (now() < last + 50000000)
		barrier();
	tsc = rdtsc() - tsc;
	this = now() - last;
	khz = 1000000ULL << 32;
	khz /= t->tsc_to_system_mul;
	khz = t->tsc_shift < 0 ? khz << -t->tsc_shift : khz >> t->tsc_shift;
	/* An emulated one may be slow. */
	ok(khz > 10000 && khz < 20000000, "the scale says %lu kHz", khz);
	tsc = tsc * 1000000 / khz;
	ok(tsc > this - this / 50 && tsc < this + this / 50,
	   "the TSC runs at it (%lu us by TSC, %lu us by clock)", tsc / 1000, this / 1000);

	wall = shared->wc_sec + ((u64)shared->wc_sec_hi << 32);
	ok(wall > 1577836800 && wall < 7258118400, "boot was after 2020: %lu", wall);
	ok(shared->wc_nsec < 1000000000, "nanoseconds");
	/* Across a long block the clock is right too. */
	last = now();
	hypercall(set_timer_op, last + 300000000);
	{
		int port = bind_virq(VIRQ_TIMER, 0);
		evtchn_port_t p = port;
		struct sched_poll poll = { .nr_ports = 1, .timeout = last + 300000000 };

		hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
		clear_pending(port);
		set_xen_guest_handle(poll.ports, &p);
		while (now() < last + 300000000) {
			hypercall(sched_op, SCHEDOP_poll, &poll);
			clear_pending(port);
		}
		evtchn_close(port);
	}
	this = now() - last;
	ok(this >= 300000000 && this < 3000000000, "300 ms of sleep are %lu ms", this / 1000000);
}

static void timers(void)
{
	struct vcpu_set_singleshot_timer shot = { };
	int port = bind_virq(VIRQ_TIMER, 0), i, early = 0;
	u64 when, worst = 0, sum = 0, late;

	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	clear_pending(port);
	for (i = 0; i < 20; i++) {
		when = now() + 2000000 + i * 100000;
		shot.timeout_abs_ns = when;
		hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
		while (!port_pending(port) && now() < when + 5000000000)
			asm volatile("pause");
		if (!port_pending(port))
			break;
		late = now();
		if (late < when)
			early++;
		else
			late -= when;
		sum += late;
		if (late > worst)
			worst = late;
		clear_pending(port);
	}
	is(i, 20, "20 single shots fire");
	is(early, 0, "none too early");
	ok(worst < 1000000000, "late by %lu us on average, %lu at worst", sum / 20000,
	   worst / 1000);

	/* The end of a poll costs next to nothing. */
	{
		evtchn_port_t p = port;
		struct sched_poll poll = { .nr_ports = 1 };

		set_xen_guest_handle(poll.ports, &p);
		when = now();
		for (i = 0; i < 20; i++) {
			poll.timeout = now() + 5000000;
			hypercall(sched_op, SCHEDOP_poll, &poll);
		}
		late = now() - when;
		ok(late >= 100000000 && late < 2000000000, "20 polls of 5 ms take %lu ms",
		   late / 1000000);
	}

	/* A new time replaces the old one, far enough away on a busy host. */
	when = now();
	shot.timeout_abs_ns = when + 500000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
	shot.timeout_abs_ns = when + 1500000000;
	hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
	wait_ns(700000000);
	ok(!port_pending(port) || now() > when + 1500000000, "a later time replaces an earlier");
	while (!port_pending(port) && now() < when + 5000000000)
		asm volatile("pause");
	ok(port_pending(port) && now() >= when + 1500000000, "and fires once, then");
	clear_pending(port);
	wait_ns(10000000);
	ok(!port_pending(port), "not again");
	evtchn_close(port);
}

static struct vcpu_runstate_info area;

static void runstates(void)
{
	struct vcpu_runstate_info a, b;
	struct vcpu_register_runstate_memory_area reg = { };
	u64 start, t0, t1, blocked;
	int port = bind_virq(VIRQ_TIMER, 0);

	a = runstate();
	is(a.state, RUNSTATE_running, "running");
	t0 = now();
	ok(a.state_entry_time <= t0, "since the past");
	ok(total(&a) <= t0 + 1000000000, "all states together: the domain's age at most");

	set_xen_guest_handle(reg.addr.h, &area);
	hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &reg);
	a = runstate();
	start = now();
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	clear_pending(port);
	{
		evtchn_port_t p = port;
		struct sched_poll poll = { .nr_ports = 1, .timeout = start + 50000000 };

		set_xen_guest_handle(poll.ports, &p);
		hypercall(sched_op, SCHEDOP_poll, &poll);
	}
	t1 = now();
	b = runstate();
	blocked = b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked];
	ok(t1 - start >= 50000000, "blocked for %lu us", (t1 - start) / 1000);
	ok(blocked >= 25000000 && blocked <= t1 - start + 10000000,
	   "the blocked state says %lu us", blocked / 1000);
	ok(total(&b) - total(&a) <= (t1 - start) * 2 + 10000000, "no time is counted twice");
	ok(area.time[RUNSTATE_blocked] >= a.time[RUNSTATE_blocked] + 25000000,
	   "the registered area says so too");
	is(area.state, RUNSTATE_running, "and that the vCPU runs");
	a = runstate();
	wait_ns(20000000);
	b = runstate();
	ok(b.time[RUNSTATE_running] > a.time[RUNSTATE_running] ||
	   b.time[RUNSTATE_runnable] > a.time[RUNSTATE_runnable], "running takes time too");
	evtchn_close(port);
}

/* Guests that do not care have a timer all the same. */
static void ticker(void)
{
	int port = bind_virq(VIRQ_TIMER, 0), i;
	u64 start = now(), took;

	for (i = 0; i < 6; i++) {
		clear_pending(port);
		while (!port_pending(port) && now() < start + 5000000000)
			asm volatile("pause");
		if (!port_pending(port))
			break;
		/* The first may have been due. */
		if (!i)
			start = now();
	}
	took = now() - start;
	ok(i == 6 && took > 40000000, "100 ticks a second to begin with: 5 in %lu ms",
	   took / 1000000);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	wait_ns(1000000);
	clear_pending(port);
	wait_ns(50000000);
	ok(!port_pending(port), "until it is stopped");
	evtchn_close(port);
}

int main(void)
{
	ticker();
	clock();
	timers();
	runstates();
	return 0;
}
