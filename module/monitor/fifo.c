// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of domains that were saved elsewhere.
 *
 * New domains are offered the 2-level ABI alone: there the module itself sets
 * what the guest reads.  A kernel that found the FIFO ABI where it booted goes on
 * with it wherever it is restored.  So in a restored domain the module writes to
 * a vcpu_info of the monitor's, and the monitor hands on what it finds there: to
 * the guest's vcpu_info, or to its FIFO queues once it has set them up.
 */
#include "monitor.h"
#include <linux/errno.h>

#define WORDS_PER_PAGE	(PAGE_BYTES / sizeof(event_word_t))
#define NR_PAGES	(NR_PORTS / WORDS_PER_PAGE)

#define PENDING		((u32)BIT(EVTCHN_FIFO_PENDING))
#define MASKED		((u32)BIT(EVTCHN_FIFO_MASKED))
#define LINKED		((u32)BIT(EVTCHN_FIFO_LINKED))
#define LINK_MASK	EVTCHN_FIFO_LINK_MASK

static u64 array[NR_PAGES];		/* gpa of each page, 0: none */
static u32 nr_pages;
static u32 fifo_lock;
static u8 prio[NR_PORTS];		/* inverted: 0 is the default */

static struct fifo {
	struct evtchn_fifo_control_block *control;
	u32 tail[EVTCHN_FIFO_MAX_QUEUES];
} fifos[XENPV_MAX_VCPUS];

bool events_relayed(void)
{
	return params.pins_gpa;
}

bool fifo_active(void)
{
	return unlikely(READ_ONCE_(nr_pages));
}

static event_word_t *word_of(u32 port)
{
	u64 gpa = array[nospec(port / WORDS_PER_PAGE, NR_PAGES)];

	return gpa ? (event_word_t *)phys(gpa) + port % WORDS_PER_PAGE : NULL;
}

bool fifo_is_pending(u32 port)
{
	event_word_t *w = word_of(port);

	return w && (READ_ONCE_(*w) & PENDING);
}

/* Behind TAIL, unless the guest has taken that already. */
static bool link_behind(u32 tail, u32 port)
{
	event_word_t *w = word_of(tail), old;

	if (!w)
		return false;
	old = READ_ONCE_(*w);
	do {
		if (!(old & LINKED))
			return false;
	} while (!__atomic_compare_exchange_n(w, &old, (old & ~LINK_MASK) | port,
					      false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return true;
}

static u32 queue_of(u32 port)
{
	return EVTCHN_FIFO_PRIORITY_DEFAULT ^ prio[port];
}

/* Where PORT was the last it is no more. */
static void forget_tail(u32 port, u32 q)
{
	u32 i;

	for (i = 0; i < params.nr_vcpus; i++)
		if (fifos[i].tail[q] == port)
			fifos[i].tail[q] = 0;
}

/* True: TARGET has to be told that its queue is no longer empty. */
static bool enqueue(u32 port, u32 target)
{
	struct fifo *f = &fifos[target];
	event_word_t *w = word_of(port);
	u32 q = queue_of(port);

	/* Another vCPU may have started over since the caller looked. */
	if (!w || !f->control ||
	    (__atomic_fetch_or(w, LINKED, __ATOMIC_SEQ_CST) & LINKED))
		return false;
	forget_tail(port, q);
	if (f->tail[q] && link_behind(f->tail[q], port)) {
		f->tail[q] = port;
		return false;
	}
	WRITE_ONCE_(f->control->head[q], port);
	f->tail[q] = port;
	return !(__atomic_fetch_or(&f->control->ready, 1U << q,
				   __ATOMIC_SEQ_CST) & 1U << q);
}

static bool tell(struct vcpu *v, u32 target)
{
	struct vcpu *t = vcpu_of(target);
	struct vcpu_info *info = READ_ONCE_(t->info);

	if (!info || __atomic_exchange_n(&info->evtchn_upcall_pending, 1,
					 __ATOMIC_SEQ_CST) || t == v)
		return false;
	kick(target);
	return true;
}

static bool link_event(struct vcpu *v, u32 port, u32 target)
{
	bool news;

	lock(&fifo_lock);
	news = enqueue(port, target);
	unlock(&fifo_lock);
	return news && tell(v, target);
}

/* Whether TARGET was kicked; *WAS: it was pending already. */
bool fifo_raise(struct vcpu *v, u32 port, u32 target, bool *was)
{
	event_word_t *w = word_of(port), old;

	*was = true;
	if (!w)
		return false;
	old = __atomic_fetch_or(w, PENDING, __ATOMIC_SEQ_CST);
	*was = old & PENDING;
	if (old & (MASKED | LINKED))
		return false;
	return link_event(v, port, target);
}

void fifo_unmask(struct vcpu *v, u32 port, u32 target)
{
	event_word_t *w = word_of(port);

	if (!w)
		return;
	__atomic_fetch_and(w, ~MASKED, __ATOMIC_SEQ_CST);
	if (READ_ONCE_(*w) & PENDING)
		link_event(v, port, target);
}

/* A port that is closed has nothing pending. */
void fifo_clear(u32 port)
{
	event_word_t *w = port < NR_PORTS ? word_of(port) : NULL;

	if (w)
		__atomic_fetch_and(w, ~PENDING, __ATOMIC_SEQ_CST);
}

/* Events that came before there was a queue for them. */
static void move_pending(struct vcpu *v)
{
	struct shared_info *s = shared_info();
	u32 port;

	/* The words have masks of their own: the module shall tell us all. */
	memset(port_mask_bits(), 0, nr_ports() / 8);
	full_barrier();
	for (port = 1; port < nr_pages * WORDS_PER_PAGE && port < nr_ports(); port++)
		if (test_and_clear(s->evtchn_pending, port))
			relay_port(v, port);
}

long fifo_init_control(struct vcpu *v, struct evtchn_init_control *c)
{
	struct fifo *f;

	if (!events_relayed())
		return -ENOSYS;
	if (c->vcpu >= params.nr_vcpus)
		return -ENOENT;
	if (c->offset > PAGE_BYTES - sizeof(*f->control) || (c->offset & 7) ||
	    !mfn_is_ram(c->control_gfn))
		return -EINVAL;
	f = &fifos[nospec(c->vcpu, XENPV_MAX_VCPUS)];
	lock(&fifo_lock);
	memset(f->tail, 0, sizeof(f->tail));
	f->control = phys((c->control_gfn << PAGE_SHIFT_) + c->offset);
	unlock(&fifo_lock);
	c->link_bits = EVTCHN_FIFO_LINK_BITS;
	return 0;
}

long fifo_expand_array(struct vcpu *v, const struct evtchn_expand_array *e)
{
	long ret = -EINVAL;

	if (!events_relayed())
		return -ENOSYS;
	if (!mfn_is_ram(e->array_gfn))
		return -EINVAL;
	lock(&fifo_lock);
	if (nr_pages == NR_PAGES) {
		ret = -ENOSPC;
	} else if (fifos[0].control) {
		array[nr_pages] = e->array_gfn << PAGE_SHIFT_;
		WRITE_ONCE_(nr_pages, nr_pages + 1);
		ret = 0;
	}
	unlock(&fifo_lock);
	if (!ret)
		move_pending(v);
	return ret;
}

long fifo_set_priority(struct vcpu *v, const struct evtchn_set_priority *p)
{
	if (!events_relayed())
		return -ENOSYS;
	if (p->port >= NR_PORTS || p->priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	lock(&fifo_lock);
	/* Nothing may be linked behind it where it was. */
	forget_tail(p->port, queue_of(nospec(p->port, NR_PORTS)));
	prio[nospec(p->port, NR_PORTS)] = EVTCHN_FIFO_PRIORITY_DEFAULT ^
					  p->priority;
	unlock(&fifo_lock);
	return 0;
}

/* EVTCHNOP_reset: back to where the domain began. */
void fifo_reset(void)
{
	lock(&fifo_lock);
	WRITE_ONCE_(nr_pages, 0);
	memset(array, 0, sizeof(array));
	memset(fifos, 0, sizeof(fifos));
	memset(prio, 0, sizeof(prio));
	unlock(&fifo_lock);
}
