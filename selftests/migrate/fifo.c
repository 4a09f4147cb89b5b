// SPDX-License-Identifier: GPL-2.0
/*
 * The monitor's FIFO queues (module/monitor/fifo.c) against a guest as Linux is
 * one: it takes events off its queues while others put them there.
 */
#include "../kselftest_harness.h"
#include <pthread.h>
#include <sched.h>

#include "monitor-shim.h"
#include "../../module/monitor/fifo.c"

#define NR_VCPUS	2
#define NR_FRAMES	8
#define PORTS		64
#define CONTROL(id)	(1 + (id))	/* frames */
#define ARRAY		4

struct xenpv_monitor_params params = {
	.nr_vcpus = NR_VCPUS, .low_mfns = NR_FRAMES, .pins_gpa = 1,
};

struct vcpu vcpus[NR_VCPUS];
uint8_t frames[NR_FRAMES][4096] __attribute__((aligned(4096)));

static struct shared_info shared;
static struct vcpu_info infos[NR_VCPUS];
static unsigned int kicks[NR_VCPUS];

struct shared_info *shared_info(void)
{
	return &shared;
}

void kick(u32 id)
{
	__atomic_fetch_add(&kicks[id], 1, __ATOMIC_SEQ_CST);
}

void lock(u32 *l)
{
	while (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

void unlock(u32 *l)
{
	__atomic_store_n(l, 0, __ATOMIC_RELEASE);
}

void relay_port(struct vcpu *v, u32 port)
{
	bool was;

	fifo_raise(v, port, port % NR_VCPUS, &was);
}

/* The guest. */

static unsigned int handled[PORTS];

static event_word_t *guest_word(u32 port)
{
	return (event_word_t *)frames[ARRAY] + port;
}

static u32 clear_linked(event_word_t *w)
{
	event_word_t old = *w, new;

	do {
		new = old & ~(LINKED | LINK_MASK);
	} while (!__atomic_compare_exchange_n(w, &old, new, false,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return old & LINK_MASK;
}

/* As drivers/xen/events/events_fifo.c does it. */
static void guest_upcall(u32 id)
{
	struct evtchn_fifo_control_block *c = (void *)frames[CONTROL(id)];
	static u32 head[NR_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
	u32 ready, q, port, next;
	event_word_t *w;

	infos[id].evtchn_upcall_pending = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ready = __atomic_exchange_n(&c->ready, 0, __ATOMIC_SEQ_CST);
	while (ready) {
		q = __builtin_ctz(ready);
		if (!head[id][q]) {
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			head[id][q] = READ_ONCE_(c->head[q]);
		}
		port = head[id][q];
		w = guest_word(port);
		next = clear_linked(w);
		if (!next)
			ready &= ~(1U << q);
		if (READ_ONCE_(*w) & PENDING && !(READ_ONCE_(*w) & MASKED)) {
			__atomic_fetch_and(w, ~PENDING, __ATOMIC_SEQ_CST);
			__atomic_fetch_add(&handled[port], 1, __ATOMIC_SEQ_CST);
		}
		head[id][q] = next;
		ready |= __atomic_exchange_n(&c->ready, 0, __ATOMIC_SEQ_CST);
	}
}

static void guest_run(u32 id)
{
	while (__atomic_load_n(&infos[id].evtchn_upcall_pending,
			       __ATOMIC_SEQ_CST))
		guest_upcall(id);
}

FIXTURE(fifo) {
	int unused;
};

FIXTURE_SETUP(fifo)
{
	struct evtchn_expand_array array = { .array_gfn = ARRAY };
	struct evtchn_init_control c = { 0 };
	int i;

	fifo_reset();
	memset(frames, 0, sizeof(frames));
	memset(infos, 0, sizeof(infos));
	memset(handled, 0, sizeof(handled));
	memset(kicks, 0, sizeof(kicks));
	ASSERT_EQ(-EINVAL, fifo_expand_array(&vcpus[0], &array));
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i] = (struct vcpu){ .id = i, .info = &infos[i] };
		c.control_gfn = CONTROL(i);
		c.vcpu = i;
		ASSERT_EQ(0, fifo_init_control(&vcpus[0], &c));
	}
	EXPECT_EQ(EVTCHN_FIFO_LINK_BITS, c.link_bits);
	ASSERT_FALSE(fifo_active());
	ASSERT_EQ(0, fifo_expand_array(&vcpus[0], &array));
	ASSERT_TRUE(fifo_active());
}

FIXTURE_TEARDOWN(fifo)
{
}

TEST_F(fifo, raised_and_handled)
{
	bool was;

	EXPECT_FALSE(fifo_raise(&vcpus[0], 5, 0, &was));
	EXPECT_FALSE(was);
	EXPECT_TRUE(fifo_is_pending(5));
	EXPECT_EQ(1, infos[0].evtchn_upcall_pending);
	EXPECT_EQ(0, kicks[0]);
	fifo_raise(&vcpus[0], 5, 0, &was);
	EXPECT_TRUE(was);
	guest_run(0);
	EXPECT_EQ(1, handled[5]);
	EXPECT_FALSE(fifo_is_pending(5));
	EXPECT_TRUE(fifo_raise(&vcpus[0], 6, 1, &was));
	EXPECT_EQ(1, kicks[1]);
	/* Once is enough. */
	EXPECT_FALSE(fifo_raise(&vcpus[0], 7, 1, &was));
	guest_run(1);
	EXPECT_EQ(1, handled[6]);
	EXPECT_EQ(1, handled[7]);
}

/* One vCPU starts over while another has found the port's word. */
TEST_F(fifo, started_over)
{
	struct evtchn_init_control c = { .control_gfn = CONTROL(0) };

	fifo_reset();
	ASSERT_EQ(0, fifo_init_control(&vcpus[0], &c));
	EXPECT_FALSE(link_event(&vcpus[0], 5, 0));
}

TEST_F(fifo, masked)
{
	bool was;

	*guest_word(9) = MASKED;
	EXPECT_FALSE(fifo_raise(&vcpus[0], 9, 1, &was));
	EXPECT_FALSE(was);
	EXPECT_TRUE(fifo_is_pending(9));
	EXPECT_EQ(0, infos[1].evtchn_upcall_pending);
	fifo_unmask(&vcpus[0], 9, 1);
	EXPECT_EQ(1, kicks[1]);
	guest_run(1);
	EXPECT_EQ(1, handled[9]);
	fifo_raise(&vcpus[0], 9, 1, &was);
	fifo_clear(9);
	guest_run(1);
	EXPECT_EQ(1, handled[9]);
}

TEST_F(fifo, priorities)
{
	const struct evtchn_set_priority p = { .port = 11, .priority = 0 };
	const struct evtchn_set_priority bad = { .port = 11, .priority = 16 };
	struct evtchn_fifo_control_block *c = (void *)frames[CONTROL(0)];
	bool was;

	EXPECT_EQ(-EINVAL, fifo_set_priority(&vcpus[0], &bad));
	EXPECT_EQ(0, fifo_set_priority(&vcpus[0], &p));
	fifo_raise(&vcpus[0], 10, 0, &was);
	fifo_raise(&vcpus[0], 11, 0, &was);
	EXPECT_EQ(1U << 0 | 1U << EVTCHN_FIFO_PRIORITY_DEFAULT, c->ready);
	EXPECT_EQ(11, c->head[0]);
	guest_run(0);
	EXPECT_EQ(1, handled[10]);
	EXPECT_EQ(1, handled[11]);
}

TEST_F(fifo, bad_arguments)
{
	struct evtchn_init_control c = { .control_gfn = CONTROL(0) };
	struct evtchn_expand_array a = { .array_gfn = ARRAY };
	bool was;
	int i;

	c.vcpu = NR_VCPUS;
	EXPECT_EQ(-ENOENT, fifo_init_control(&vcpus[0], &c));
	c.vcpu = 0;
	c.offset = 4096 - 8;
	EXPECT_EQ(-EINVAL, fifo_init_control(&vcpus[0], &c));
	c.offset = 4;
	EXPECT_EQ(-EINVAL, fifo_init_control(&vcpus[0], &c));
	c.offset = 0;
	c.control_gfn = NR_FRAMES;
	EXPECT_EQ(-EINVAL, fifo_init_control(&vcpus[0], &c));
	a.array_gfn = NR_FRAMES;
	EXPECT_EQ(-EINVAL, fifo_expand_array(&vcpus[0], &a));
	/* A port that has no word yet. */
	EXPECT_FALSE(fifo_raise(&vcpus[0], 4000, 0, &was));
	EXPECT_FALSE(fifo_is_pending(4000));
	a.array_gfn = ARRAY + 1;
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, fifo_expand_array(&vcpus[0], &a));
	EXPECT_EQ(-ENOSPC, fifo_expand_array(&vcpus[0], &a));
	params.pins_gpa = 0;
	EXPECT_EQ(-ENOSYS, fifo_init_control(&vcpus[0], &c));
	EXPECT_EQ(-ENOSYS, fifo_expand_array(&vcpus[0], &a));
	params.pins_gpa = 1;
}

/* What came by the 2-level bits before there were words. */
TEST_F(fifo, moved)
{
	struct evtchn_expand_array a = { .array_gfn = ARRAY };

	fifo_reset();
	{
		struct evtchn_init_control c = { .control_gfn = CONTROL(0) };

		ASSERT_EQ(0, fifo_init_control(&vcpus[0], &c));
		c.control_gfn = CONTROL(1);
		c.vcpu = 1;
		ASSERT_EQ(0, fifo_init_control(&vcpus[0], &c));
	}
	memset(shared.evtchn_mask, 0xff, sizeof(shared.evtchn_mask));
	shared.evtchn_pending[0] = 1UL << 3 | 1UL << 4;
	ASSERT_EQ(0, fifo_expand_array(&vcpus[0], &a));
	EXPECT_EQ(0, shared.evtchn_pending[0]);
	EXPECT_EQ(0, shared.evtchn_mask[0]);
	guest_run(0);
	guest_run(1);
	EXPECT_EQ(1, handled[3]);
	EXPECT_EQ(1, handled[4]);
}

/* All at once: no event is lost, none stays linked for ever. */
#define ROUNDS	200000

static unsigned int raised[PORTS];
static bool done;

static void *producer(void *arg)
{
	struct vcpu *v = arg;
	unsigned int seed = v->id + 1, i;
	bool was;

	for (i = 0; i < ROUNDS; i++) {
		u32 port = 1 + rand_r(&seed) % (PORTS - 1);

		/* A masked one is unmasked by somebody, later. */
		if (rand_r(&seed) % 16 == 0)
			__atomic_fetch_or(guest_word(port), MASKED,
					  __ATOMIC_SEQ_CST);
		fifo_raise(v, port, port % NR_VCPUS, &was);
		raised[port] = 1;
		if (rand_r(&seed) % 8 == 0)
			fifo_unmask(v, 1 + rand_r(&seed) % (PORTS - 1),
				    port % NR_VCPUS);
	}
	return NULL;
}

static void *consumer(void *arg)
{
	struct vcpu *v = arg;

	while (!__atomic_load_n(&done, __ATOMIC_SEQ_CST)) {
		guest_run(v->id);
		sched_yield();
	}
	return NULL;
}

TEST_F(fifo, storm)
{
	pthread_t threads[2 * NR_VCPUS];
	int i;

	done = false;
	for (i = 0; i < NR_VCPUS; i++) {
		pthread_create(&threads[i], NULL, producer, &vcpus[i]);
		pthread_create(&threads[NR_VCPUS + i], NULL, consumer,
			       &vcpus[i]);
	}
	for (i = 0; i < NR_VCPUS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&done, true, __ATOMIC_SEQ_CST);
	for (i = 0; i < NR_VCPUS; i++)
		pthread_join(threads[NR_VCPUS + i], NULL);
	for (i = 1; i < PORTS; i++)
		fifo_unmask(&vcpus[0], i, i % NR_VCPUS);
	for (i = 0; i < NR_VCPUS; i++)
		guest_run(i);
	for (i = 1; i < PORTS; i++) {
		EXPECT_EQ(0, *guest_word(i) & (PENDING | LINKED))
			TH_LOG("port %d: %x", i, *guest_word(i));
		EXPECT_TRUE(!raised[i] || handled[i]);
	}
}

TEST_HARNESS_MAIN
