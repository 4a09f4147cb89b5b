// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at the same time, on two CPUs.
 *
 * In most tests a channel stays open and carries a handshake: each side answers
 * the other's event with one of its own and waits for that before it goes on,
 * so that an event that is lost stops it and is noticed. Meanwhile other threads
 * do to the ports around it whatever may disturb it.
 *
 * RACE_SECONDS says how long each test lasts (5).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

#define LOST_AFTER	8000	/* ms without the other's answer */
#define LIMIT		120	/* seconds that a test may hang */

static atomic_bool stop;
static atomic_uint errors;

/* Threads cannot use the harness: they complain here. */
static void __attribute__((format(printf, 1, 2))) complain(const char *fmt, ...)
{
	va_list ap;

	if (errors++ < 10) {
		va_start(ap, fmt);
		flockfile(stderr);
		fprintf(stderr, "# ");
		vfprintf(stderr, fmt, ap);
		fprintf(stderr, "\n");
		funlockfile(stderr);
		va_end(ap);
	}
	stop = true;
}

static uint64_t duration_ms(void)
{
	const char *s = getenv("RACE_SECONDS");

	return (s ? atoi(s) : 5) * 1000ULL;
}

/* Runs the test for its time, or until somebody complains. */
static void let_it_run(void)
{
	uint64_t until = xdom_now_ms() + duration_ms();

	while (!stop && xdom_now_ms() < until)
		usleep(20000);
	stop = true;
}

/* --- the handshake --- */

/* One vCPU with a thread that answers events of one port. */
struct side {
	struct xvcpu *v;
	evtchn_port_t port;
	bool first;		/* it begins */
	bool slow;		/* sends by ioctl */
	bool host;		/* the far end is an event fd */
	bool polling;		/* port masked, SCHEDOP_poll */
	void (*between)(struct side *s, unsigned long round);
	unsigned long rounds;
	unsigned int got;	/* events of the port, in the handler */
};

static void count(void *ctx, evtchn_port_t port)
{
	struct side *s = ctx;

	if (port == s->port)
		s->got++;
}

/* Waits as a guest does: look, halt until the interrupt, look again. */
static bool wait_event(struct side *s)
{
	uint64_t until = xdom_now_ms() + LOST_AFTER;

	for (;;) {
		if (s->polling) {
			xvcpu_poll(s->v, s->port);
			if (xdom_clear(s->v->dom, s->port))
				s->got = 1;
		} else {
			xvcpu_handle(s->v, count, s);
		}
		if (s->got || stop)
			break;
		if (xdom_now_ms() > until)
			return false;
		xvcpu_wait_kick(s->v, 500);
	}
	if (s->polling)
		xvcpu_poll_end(s->v);
	s->got = 0;
	return true;
}

static void complain_no_event(struct side *s)
{
	struct xvcpu *v = s->v;

	complain("d%uv%u: no event on port %u, round %lu: pending %d masked %d sel %#lx upcall %u",
		 v->dom->domid, v->id, s->port, s->rounds, xdom_pending(v->dom, s->port),
		 xdom_masked(v->dom, s->port), (unsigned long)xvcpu_sel(v), xvcpu_upcall(v));
}

static void *handshake(void *arg)
{
	struct side *s = arg;
	long ret;

	if (xdom_attach(s->v)) {
		complain("cannot attach");
		return NULL;
	}
	while (!stop) {
		if (s->first || s->rounds) {
			ret = s->slow ? xev_send(s->v, s->port) : xev_ring(s->v, s->port);
			if (ret) {
				complain("domain %u: send: %ld", s->v->dom->domid, ret);
				break;
			}
		}
		if (s->between)
			s->between(s, s->rounds);
		if (!wait_event(s)) {
			complain_no_event(s);
			break;
		}
		s->rounds++;
	}
	return NULL;
}

/* --- the scene: a and b shake hands, everything else is the tests' --- */

FIXTURE(race) {
	struct xdom da, db, dc;
	struct xvcpu *a0, *a1, *b0, *b1, *c0;
	struct side sa, sb;
	pthread_t t[8];
	int nr;
};

FIXTURE_SETUP(race)
{
	stop = false;
	errors = 0;
	ASSERT_EQ(0, xdom_new(&self->da, 0, 3));
	ASSERT_EQ(0, xdom_new(&self->db, KVM_XENPV_DOMAIN_32BIT, 3));
	ASSERT_EQ(0, xdom_new(&self->dc, 0, 1));
	self->a0 = &self->da.vcpu[0];
	self->a1 = &self->da.vcpu[1];
	self->b0 = &self->db.vcpu[0];
	self->b1 = &self->db.vcpu[1];
	self->c0 = &self->dc.vcpu[0];
	self->nr = 0;
	memset(&self->sa, 0, sizeof(self->sa));
	memset(&self->sb, 0, sizeof(self->sb));
	self->sa.v = self->a0;
	self->sb.v = self->b0;
	self->sa.first = true;
	ASSERT_EQ(0, xev_pair(self->a0, self->b0, &self->sa.port, &self->sb.port));
}

FIXTURE_TEARDOWN(race)
{
	xdom_free(&self->da);
	xdom_free(&self->db);
	xdom_free(&self->dc);
}

#define START(fn, arg)	pthread_create(&self->t[self->nr++], NULL, fn, arg)
#define JOIN()		do { while (self->nr) pthread_join(self->t[--self->nr], NULL); } while (0)

#define EXPECT_SHAKEN() do {						\
	EXPECT_EQ(0, errors);						\
	EXPECT_LT(20, self->sa.rounds);					\
	EXPECT_GE(2, labs((long)(self->sa.rounds - self->sb.rounds)));	\
	TH_LOG("%lu rounds", self->sa.rounds);				\
} while (0)

/* Nobody disturbs: what the others are measured against. */
TEST_F_TIMEOUT(race, nothing_else, LIMIT)
{
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

/* Ports around it come and go, in the same words of shared_info. */
struct churner {
	struct xvcpu *v, *peer;		/* peer: vCPU 0 of another domain */
	unsigned long rounds;
	unsigned int seed;
};

static void *churn_ports(void *arg)
{
	struct churner *c = arg;
	struct evtchn_status st;
	long p, q, port;
	unsigned int i;

	xdom_attach(c->v);
	while (!stop) {
		p = xev_alloc(c->v, DOMID_SELF);
		q = xev_bind(c->v, DOMID_SELF, p);
		port = xev_ipi(c->v, c->v->id);
		if (p < 1 || q < 1 || port < 1) {
			complain("churn: %ld %ld %ld", p, q, port);
			break;
		}
		for (i = rand_r(&c->seed) % 4; i; i--) {
			xev_ring(c->v, p);
			xev_ring(c->v, q);
			xev_ring(c->v, port);
		}
		xev_bind_vcpu(c->v, p, rand_r(&c->seed) % 2);
		if (xev_status(c->v, DOMID_SELF, q, &st) || st.status != EVTCHNSTAT_interdomain)
			complain("churn: status %u", st.status);
		xev_unmask(c->v, q);
		if (xev_close(c->v, c->seed & 1 ? p : q) || xev_close(c->v, c->seed & 1 ? q : p) ||
		    xev_close(c->v, port))
			complain("churn: close");
		if (xdom_pending(c->v->dom, p) && xev_state(c->v, p) == EVTCHNSTAT_closed)
			complain("churn: closed port %ld is pending", p);
		c->rounds++;
	}
	return NULL;
}

TEST_F_TIMEOUT(race, ports_come_and_go, LIMIT)
{
	struct churner ca = { .v = self->a1, .seed = 1 }, cb = { .v = self->b1, .seed = 2 };

	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(churn_ports, &ca);
	START(churn_ports, &cb);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
	EXPECT_LT(10, ca.rounds);
	EXPECT_LT(10, cb.rounds);
}

/* A third domain binds to both and resets itself, again and again. */
struct resetter {
	struct xvcpu *c;
	struct xvcpu *peer[2];
	long port[2];	/* at the peers, for c */
	unsigned long rounds;
};

static void *bind_and_reset(void *arg)
{
	struct resetter *r = arg;
	unsigned int i;
	long p, ret;

	xdom_attach(r->c);
	while (!stop) {
		for (i = 0; i < 2; i++) {
			p = xev_bind(r->c, r->peer[i]->dom->domid, r->port[i]);
			if (p < 1) {
				complain("reset: bind: %ld", p);
				return NULL;
			}
			xev_ring(r->c, p);
		}
		ret = xev_reset(r->c, DOMID_SELF);
		if (ret)
			complain("reset: %ld", ret);
		r->rounds++;
	}
	return NULL;
}

/* Sends to whoever may be there. */
struct stormer {
	struct xvcpu *v;
	long port;
	unsigned long sent, refused;
};

static void *storm(void *arg)
{
	struct stormer *s = arg;
	long ret;

	xdom_attach(s->v);
	while (!stop) {
		ret = xev_ring(s->v, s->port);
		if (!ret)
			s->sent++;
		else if (ret == -EINVAL)
			s->refused++;
		else
			complain("storm: %ld", ret);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, reset_against_sends, LIMIT)
{
	struct resetter r = { .c = self->c0, .peer = { self->a0, self->b0 } };
	struct stormer s = { .v = self->a1 };

	r.port[0] = xev_alloc(self->a0, self->dc.domid);
	r.port[1] = xev_alloc(self->b0, self->dc.domid);
	s.port = r.port[0];
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(bind_and_reset, &r);
	START(storm, &s);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
	EXPECT_LT(10, r.rounds);
	EXPECT_LT(10, s.sent);
	/* The peers' ports were always there. */
	EXPECT_EQ(0, s.refused);
}

/* --- close while sending --- */

struct closer {
	struct xvcpu *v, *far;
	long port, far_port;
	unsigned long rounds;
};

/* The receiver closes and binds again; once closed its port stays silent. */
static void *close_and_bind(void *arg)
{
	struct closer *c = arg;
	long p;

	xdom_attach(c->v);
	while (!stop) {
		p = xev_bind(c->v, c->far->dom->domid, c->far_port);
		if (p != c->port) {
			complain("close: bind: %ld, not %ld", p, c->port);
			break;
		}
		if (c->rounds & 1)
			sched_yield();
		if (xev_close(c->v, c->port)) {
			complain("close: close");
			break;
		}
		if (xdom_pending(c->v->dom, c->port)) {
			complain("close: pending after close, round %lu", c->rounds);
			break;
		}
		sched_yield();
		if (xdom_pending(c->v->dom, c->port)) {
			complain("close: event for a closed port, round %lu", c->rounds);
			break;
		}
		c->rounds++;
	}
	return NULL;
}

TEST_F_TIMEOUT(race, close_while_sending, LIMIT)
{
	struct closer c = { .v = self->b1, .far = self->a1 };
	struct stormer s = { .v = self->a1 };

	c.far_port = xev_alloc(self->a1, self->db.domid);
	s.port = c.far_port;
	c.port = xev_bind(self->b1, self->da.domid, c.far_port);
	ASSERT_LE(1, c.port);
	ASSERT_EQ(0, xev_close(self->b1, c.port));
	xdom_clear(&self->db, c.port);
	START(close_and_bind, &c);
	START(storm, &s);
	let_it_run();
	JOIN();
	EXPECT_EQ(0, errors);
	EXPECT_LT(50, c.rounds);
	EXPECT_LT(50, s.sent);
	EXPECT_EQ(0, s.refused);
	TH_LOG("%lu closes, %lu sends", c.rounds, s.sent);
}

/* The sender's own port is closed under it by another vCPU. */
static void *close_own(void *arg)
{
	struct closer *c = arg;
	long p;

	xdom_attach(c->v);
	while (!stop) {
		p = xev_ipi(c->v, 0);
		if (p != c->port) {
			complain("close: %ld, not %ld", p, c->port);
			break;
		}
		sched_yield();
		if (xev_close(c->v, p) || xdom_pending(c->v->dom, p)) {
			complain("close: pending after close, round %lu", c->rounds);
			break;
		}
		c->rounds++;
	}
	return NULL;
}

TEST_F_TIMEOUT(race, close_own_port_while_sending, LIMIT)
{
	struct closer c = { .v = self->a0 };
	struct stormer s = { .v = self->a1 };

	c.port = xev_ipi(self->a0, 0);
	s.port = c.port;
	ASSERT_EQ(0, xev_close(self->a0, c.port));
	START(close_own, &c);
	START(storm, &s);
	let_it_run();
	JOIN();
	EXPECT_EQ(0, errors);
	EXPECT_LT(50, c.rounds);
	EXPECT_LT(0, s.sent);
	EXPECT_LT(0, s.refused);
	TH_LOG("%lu closes, %lu sends, %lu refused", c.rounds, s.sent, s.refused);
}

/* Both ends of a pair are closed and bound at the same time. */
struct end {
	struct xvcpu *v;
	struct end *far;
	atomic_long port;	/* unbound here, 0 when there is none */
	unsigned long bound, missed;
	unsigned int seed;
};

static void *both_ends(void *arg)
{
	struct end *e = arg;
	struct evtchn_status st;
	long p, far;

	xdom_attach(e->v);
	while (!stop) {
		switch (rand_r(&e->seed) % 3) {
		case 0:	/* offer a port */
			if (e->port)
				break;
			p = xev_alloc(e->v, e->far->v->dom->domid);
			if (p < 1)
				complain("ends: alloc: %ld", p);
			e->port = p;
			break;
		case 1:	/* take the other's, which may be gone, and drop it */
			far = e->far->port;
			p = far ? xev_bind(e->v, e->far->v->dom->domid, far) : -EINVAL;
			if (p < 1 && p != -EINVAL)
				complain("ends: bind: %ld", p);
			if (p < 1) {
				e->missed++;
				break;
			}
			e->bound++;
			xev_ring(e->v, p);
			if (xev_status(e->v, DOMID_SELF, p, &st) ||
			    (st.status != EVTCHNSTAT_interdomain &&
			     st.status != EVTCHNSTAT_unbound))
				complain("ends: status %u", st.status);
			if (xev_close(e->v, p))
				complain("ends: close of the bound end");
			break;
		case 2:	/* withdraw it, whoever may be bound to it */
			p = e->port;
			if (!p)
				break;
			xev_ring(e->v, p);
			e->port = 0;
			if (xev_close(e->v, p))
				complain("ends: close of the offered end");
			break;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(race, both_ends_close_and_bind, LIMIT)
{
	struct kvm_xenpv_info ia, ib;
	struct end e[2] = {
		{ .v = self->a1, .far = &e[1], .seed = 3 },
		{ .v = self->b1, .far = &e[0], .seed = 4 },
	};

	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(both_ends, &e[0]);
	START(both_ends, &e[1]);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
	EXPECT_LT(0, e[0].bound);
	EXPECT_LT(0, e[1].bound);
	TH_LOG("bound %lu and %lu times, missed %lu and %lu", e[0].bound, e[1].bound,
	       e[0].missed, e[1].missed);
	/* No port got lost. */
	ASSERT_EQ(0, xdom_info(&self->da, &ia));
	ASSERT_EQ(0, xdom_info(&self->db, &ib));
	EXPECT_EQ(1 + !!e[0].port, ia.ports);
	EXPECT_EQ(1 + !!e[1].port, ib.ports);
}

/* --- storms --- */

/* Doorbells of two domains ring each other at full speed, both ways. */
TEST_F_TIMEOUT(race, crosswise_storms, LIMIT)
{
	struct stormer sa = { .v = self->a1 }, sb = { .v = self->b1 };
	evtchn_port_t p, q;

	ASSERT_EQ(0, xev_pair(self->a1, self->b1, &p, &q));
	sa.port = p;
	sb.port = q;
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(storm, &sa);
	START(storm, &sb);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
	EXPECT_LT(100, sa.sent);
	EXPECT_LT(100, sb.sent);
	EXPECT_EQ(0, sa.refused + sb.refused);
}

/* Whoever has the descriptor may ring: it disturbs nobody's calls. */
static void *ring_anothers(void *arg)
{
	struct xvcpu *v = arg;
	uint64_t one = 1;

	while (!stop) {
		if (write(v->doorbell, &one, sizeof(one)) != sizeof(one))
			complain("ring: %s", strerror(errno));
	}
	return NULL;
}

TEST_F_TIMEOUT(race, strangers_ring_the_doorbell, LIMIT)
{
	struct kvm_xenpv_info info;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		ring_anothers(self->b0);
		_exit(0);
	}
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(ring_anothers, self->a0);
	let_it_run();
	JOIN();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_SHAKEN();
	ASSERT_EQ(0, xdom_info(&self->da, &info));
	EXPECT_LE(self->sa.rounds, info.doorbells);
	EXPECT_GE(self->sa.rounds + 1, info.doorbells);
	EXPECT_LT(0, info.doorbells_bad);
	ASSERT_EQ(0, xdom_info(&self->db, &info));
	EXPECT_LT(0, info.doorbells_bad);
}

/* --- death of a peer --- */

struct mortal {
	struct xvcpu *sender;
	atomic_long port;	/* the sender's, bound to the present peer */
	unsigned long lives;
};

static void *live_and_die(void *arg)
{
	struct mortal *m = arg;
	static struct xdom d;
	long own, p;
	int i;

	xdom_attach(m->sender + 1);
	while (!stop) {
		if (xdom_new(&d, m->lives & 1, 1)) {
			complain("mortal: create");
			break;
		}
		own = xev_alloc(&d.vcpu[0], m->sender->dom->domid);
		p = xev_bind(m->sender + 1, d.domid, own);
		if (p < 1) {
			complain("mortal: bind: %ld", p);
			break;
		}
		m->port = p;
		for (i = m->lives % 5; i; i--) {
			xev_ring(&d.vcpu[0], own);
			sched_yield();
		}
		/* Its memory goes first, as when a process is killed. */
		if (m->lives & 2) {
			munmap(d.mem, XDOM_SIZE);
			d.mem = NULL;
		}
		xdom_free(&d);
		if (xev_close(m->sender + 1, p)) {
			complain("mortal: close");
			break;
		}
		m->lives++;
	}
	xdom_free(&d);
	return NULL;
}

static void *send_to_mortal(void *arg)
{
	struct mortal *m = arg;
	long ret;

	xdom_attach(m->sender);
	while (!stop) {
		ret = m->port ? xev_ring(m->sender, m->port) : 0;
		if (ret && ret != -EINVAL)
			complain("mortal: send: %ld", ret);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, peer_dies_while_sent_to, LIMIT)
{
	struct mortal m = { .sender = self->a1 };	/* and a2 */
	long pins = xdom_pins();

	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(live_and_die, &m);
	START(send_to_mortal, &m);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
	EXPECT_LT(1, m.lives);
	EXPECT_EQ(3, xdom_count());
	EXPECT_EQ(pins, xdom_pins());
	TH_LOG("%lu lives", m.lives);
}

/* --- the host's end --- */

struct host {
	struct xvcpu *v;	/* guest's side */
	int ev;
	evtchn_port_t port;
	unsigned long rounds;
};

/* A backend: each event is answered, none may be lost. */
static void *backend(void *arg)
{
	struct host *h = arg;
	struct pollfd p = { .fd = h->ev, .events = POLLIN };
	uint32_t ports[16];
	ssize_t n;
	int i;

	while (!stop) {
		if (poll(&p, 1, 500) < 1)
			continue;
		n = read(h->ev, ports, sizeof(ports));
		/* The port it was about may be unbound by now. */
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n < 0) {
			complain("backend: read: %s", strerror(errno));
			break;
		}
		for (i = 0; i < n / 4; i++) {
			if (ports[i] != h->port)
				continue;
			h->rounds++;
			if (xioctl_n(h->ev, KVM_XENPV_NOTIFY_PORT, h->port))
				complain("backend: notify");
		}
	}
	return NULL;
}

/* Other ports of the same event fd are bound, rung and unbound. */
static void *bind_and_unbind(void *arg)
{
	struct host *h = arg;
	int other = xioctl_n(h->v->dom->fd, KVM_XENPV_CREATE_EVENT_FD, 0), ev, ret;
	struct kvm_xenpv_alloc_port al = { .remote = 0 };
	unsigned long i;

	if (xioctl(h->v->dom->fd, KVM_XENPV_ALLOC_PORT, &al))
		complain("host: alloc");
	for (i = 0; !stop; i++) {
		ev = i & 1 ? h->ev : other;
		ret = xioctl_n(ev, KVM_XENPV_BIND_PORT, al.port);
		if (ret) {
			complain("host: bind: %d", ret);
			break;
		}
		xioctl_n(ev, KVM_XENPV_NOTIFY_PORT, al.port);
		if (i % 8 == 0) {
			/* Closing it is an unbind of all. */
			if (!(i & 1)) {
				close(other);
				other = xioctl_n(h->v->dom->fd, KVM_XENPV_CREATE_EVENT_FD, 0);
				continue;
			}
		}
		ret = xioctl_n(ev, KVM_XENPV_UNBIND_PORT, al.port);
		if (ret) {
			complain("host: unbind: %d", ret);
			break;
		}
	}
	close(other);
	return NULL;
}

TEST_F_TIMEOUT(race, host_binds_while_guest_sends, LIMIT)
{
	struct host h = { .v = self->a0 };
	struct stormer s = { .v = self->a1 };

	h.ev = xioctl_n(self->da.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	fcntl(h.ev, F_SETFL, O_NONBLOCK);
	h.port = xev_alloc(self->a0, 0);
	s.port = h.port + 1;	/* the one that bind_and_unbind() gets */
	self->sa.port = h.port;
	ASSERT_EQ(0, xioctl_n(h.ev, KVM_XENPV_BIND_PORT, h.port));
	START(handshake, &self->sa);
	START(backend, &h);
	START(bind_and_unbind, &h);
	usleep(100000);
	START(storm, &s);
	let_it_run();
	JOIN();
	EXPECT_EQ(0, errors);
	EXPECT_LT(20, self->sa.rounds);
	EXPECT_LT(0, s.sent);
	EXPECT_EQ(0, s.refused);
	TH_LOG("%lu rounds, %lu sends", self->sa.rounds, s.sent);
	close(h.ev);
}

/* The guest opens and closes a port that the host binds and notifies. */
static void *guest_closes(void *arg)
{
	struct host *h = arg;
	long p;

	xdom_attach(h->v);
	while (!stop) {
		p = xev_alloc(h->v, 0);
		if (p != h->port) {
			complain("guest: alloc: %ld", p);
			break;
		}
		xev_ring(h->v, p);
		sched_yield();
		xev_ring(h->v, p);
		if (xev_close(h->v, p) || xdom_pending(h->v->dom, p)) {
			complain("guest: close");
			break;
		}
		h->rounds++;
	}
	return NULL;
}

static void *host_tries(void *arg)
{
	struct host *h = arg;
	uint32_t ports[4];
	int ret;

	while (!stop) {
		ret = xioctl_n(h->ev, KVM_XENPV_BIND_PORT, h->port);
		if (ret && ret != -EINVAL)
			complain("host: bind: %d", ret);
		ret = xioctl_n(h->ev, KVM_XENPV_NOTIFY_PORT, h->port);
		if (ret && ret != -ENOENT)
			complain("host: notify: %d", ret);
		if (read(h->ev, ports, sizeof(ports)) < 0 && errno != EAGAIN)
			complain("host: read: %s", strerror(errno));
		ret = xioctl_n(h->ev, KVM_XENPV_UNBIND_PORT, h->port);
		if (ret && ret != -ENOENT)
			complain("host: unbind: %d", ret);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, guest_closes_while_host_notifies, LIMIT)
{
	struct host h = { .v = self->a1 };
	int ret;

	h.ev = xioctl_n(self->da.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	fcntl(h.ev, F_SETFL, O_NONBLOCK);
	h.port = xev_alloc(self->a1, 0);
	ASSERT_EQ(0, xev_close(self->a1, h.port));
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(guest_closes, &h);
	START(host_tries, &h);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
	EXPECT_LT(20, h.rounds);
	/* All is quiet in the end. */
	ret = xioctl_n(h.ev, KVM_XENPV_NOTIFY_PORT, h.port);
	EXPECT_EQ(-ENOENT, ret);
	close(h.ev);
}

/* Domains die while their event fds are waited for. */
static void *read_till_the_end(void *arg)
{
	int ev = (long)arg;
	uint32_t port;

	while (read(ev, &port, sizeof(port)) > 0)
		;
	return NULL;
}

TEST_F_TIMEOUT(race, death_wakes_readers, LIMIT)
{
	uint64_t until = xdom_now_ms() + duration_ms() / 2;
	unsigned long lives = 0;

	while (xdom_now_ms() < until) {
		static struct xdom d;
		pthread_t t;
		int ev;
		long port;

		ASSERT_EQ(0, xdom_new(&d, 0, 1));
		ev = xioctl_n(d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
		ASSERT_LE(0, ev);
		port = xev_alloc(&d.vcpu[0], 0);
		ASSERT_EQ(0, xioctl_n(ev, KVM_XENPV_BIND_PORT, port));
		pthread_create(&t, NULL, read_till_the_end, (void *)(long)ev);
		if (lives & 1)
			sched_yield();
		xev_ring(&d.vcpu[0], port);
		xdom_free(&d);
		pthread_join(t, NULL);
		close(ev);
		lives++;
	}
	EXPECT_LT(1, lives);
	TH_LOG("%lu lives", lives);
}

/* Or while the host notifies, by its event fds that outlive them. */
static void *notify_till_the_end(void *arg)
{
	struct host *h = arg;
	int ret;

	do {
		ret = xioctl_n(h->ev, KVM_XENPV_NOTIFY_PORT, h->port);
		xvcpu_set_upcall(h->v, 0);
		xvcpu_take_sel(h->v);
		xdom_clear(h->v->dom, h->port);
		h->rounds++;
	} while (!ret);
	if (ret != -ENOENT)
		complain("notify: %d", ret);
	return NULL;
}

TEST_F_TIMEOUT(race, death_while_host_notifies, LIMIT)
{
	uint64_t until = xdom_now_ms() + duration_ms();
	unsigned long lives = 0, sent = 0;

	while (!errors && xdom_now_ms() < until) {
		static struct xdom d;
		struct host h = { .v = &d.vcpu[0] };
		pthread_t t;

		ASSERT_EQ(0, xdom_new(&d, lives & 1, 1));
		h.ev = xioctl_n(d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
		h.port = xev_alloc(&d.vcpu[0], 0);
		ASSERT_EQ(0, xioctl_n(h.ev, KVM_XENPV_BIND_PORT, h.port));
		pthread_create(&t, NULL, notify_till_the_end, &h);
		usleep(lives % 5 * 300);
		xdom_close(&d);
		close(d.vcpu[0].irq);
		d.vcpu[0].irq = -1;
		pthread_join(t, NULL);
		close(h.ev);
		xdom_free(&d);
		sent += h.rounds;
		lives++;
	}
	EXPECT_EQ(0, errors);
	EXPECT_LT(1, lives);
	TH_LOG("%lu lives, %lu notifications", lives, sent);
}

/* --- vcpu_info moves while events come --- */

/* As a guest does it: the vCPU registers its own, between two events. */
static void move_info(struct side *s, unsigned long round)
{
	if (round == 3 && xvcpu_register(s->v, s->v->id, xdom_gpa(XDOM_PG_FREE) + 64))
		complain("register");
}

TEST_F_TIMEOUT(race, vcpu_info_moves, LIMIT)
{
	uint64_t until = xdom_now_ms() + duration_ms();
	unsigned long rounds = 0, moves = 0;

	/* Each domain can move once only: many short lives. */
	while (!errors && xdom_now_ms() < until) {
		static struct xdom d[2];
		struct side s[2] = {};
		struct stormer st = {};
		evtchn_port_t p, q;
		int i;

		stop = false;
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, xdom_new(&d[i], i ? KVM_XENPV_DOMAIN_32BIT : 0, 2));
			s[i].v = &d[i].vcpu[0];
			s[i].between = move_info;
		}
		ASSERT_EQ(0, xev_pair(s[0].v, s[1].v, &s[0].port, &s[1].port));
		ASSERT_EQ(0, xev_pair(&d[0].vcpu[1], &d[1].vcpu[1], &p, &q));
		st.v = &d[0].vcpu[1];
		st.port = p;
		s[0].first = true;
		START(handshake, &s[0]);
		START(handshake, &s[1]);
		START(storm, &st);
		for (i = 0; i < 200 && !stop && s[0].rounds < 30; i++)
			usleep(1000);
		stop = true;
		JOIN();
		moves += s[0].rounds > 3 && s[1].rounds > 3;
		rounds += s[0].rounds;
		xdom_free(&d[0]);
		xdom_free(&d[1]);
	}
	EXPECT_EQ(0, errors);
	EXPECT_LT(0, moves);
	TH_LOG("%lu moves in %lu rounds", moves, rounds);
}

/* --- masks and polls --- */

/*
 * Mask and unmask by hypercall until the event is there: wherever it came in
 * between, it must have been raised by the one or by the other.
 */
static void mask_and_unmask(struct side *s, unsigned long round)
{
	unsigned int i;

	for (i = 0; i < 3000 && !stop && !xdom_pending(s->v->dom, s->port); i++) {
		xdom_mask(s->v->dom, s->port, true);
		if (xev_unmask(s->v, s->port))
			complain("unmask");
	}
}

TEST_F_TIMEOUT(race, unmask_against_send, LIMIT)
{
	self->sa.between = mask_and_unmask;
	self->sb.between = mask_and_unmask;
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

TEST_F_TIMEOUT(race, polling_against_send, LIMIT)
{
	self->sa.polling = true;
	self->sb.polling = true;
	xdom_mask(&self->da, self->sa.port, true);
	xdom_mask(&self->db, self->sb.port, true);
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

/* The port wanders from vCPU to vCPU while it is sent to. */
static void *wander(void *arg)
{
	struct side *s = arg;
	struct xvcpu *v = &s->v->dom->vcpu[1];
	unsigned int i;

	xdom_attach(v);
	for (i = 0; !stop; i++) {
		if (xev_bind_vcpu(v, s->port, i % 2))
			complain("bind_vcpu");
		/* Events that went to the other vCPU are handed over. */
		if (xvcpu_upcall(v)) {
			xvcpu_set_upcall(v, 0);
			if (xvcpu_take_sel(v) && xev_bind_vcpu(v, s->port, 0) == 0 &&
			    xdom_clear(s->v->dom, s->port)) {
				/* Raised again, it goes to vCPU 0 now. */
				xdom_mask(s->v->dom, s->port, true);
				__atomic_fetch_or((uint8_t *)s->v->dom->si + 0x800 + s->port / 8,
						  1 << (s->port % 8), __ATOMIC_SEQ_CST);
				xev_unmask(v, s->port);
			}
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(race, bind_vcpu_against_send, LIMIT)
{
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(wander, &self->sb);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

/* VIRQs are raised by the host while the guest binds and closes them. */
static void *raise_virqs(void *arg)
{
	struct xdom *d = arg;
	struct kvm_xenpv_virq r = { .virq = VIRQ_TIMER, .vcpu = 1 };
	struct kvm_xenpv_virq g = { .virq = VIRQ_ARGO };
	int ret;

	while (!stop) {
		ret = xioctl(d->fd, KVM_XENPV_RAISE_VIRQ, &r);
		if (ret && ret != -ENOENT)
			complain("raise: %d", ret);
		ret = xioctl(d->fd, KVM_XENPV_RAISE_VIRQ, &g);
		if (ret && ret != -ENOENT)
			complain("raise: %d", ret);
	}
	return NULL;
}

static void *bind_virqs(void *arg)
{
	struct xvcpu *v = arg;
	long p, q;

	xdom_attach(v);
	while (!stop) {
		p = xev_virq(v, VIRQ_TIMER, 1);
		q = xev_virq(v, VIRQ_ARGO, 0);
		if (p < 1 || q < 1 || xev_bind_vcpu(v, q, 1)) {
			complain("virq: %ld %ld", p, q);
			break;
		}
		if (xev_close(v, p) || xev_close(v, q) || xdom_pending(v->dom, p) ||
		    xdom_pending(v->dom, q)) {
			complain("virq: pending after close");
			break;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(race, virqs_raised_while_bound, LIMIT)
{
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(raise_virqs, &self->da);
	START(bind_virqs, self->a1);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

/* --- everybody looks on --- */

static void *look(void *arg)
{
	struct xdom *d = arg;
	struct kvm_xenpv_info info;
	struct kvm_xenpv_name n = {};
	struct kvm_xenpv_port_status st;
	struct kvm_xenpv_state s = {};
	unsigned int i;

	for (i = 0; !stop; i++) {
		if (xdom_info(d, &info) || info.domid != d->domid)
			complain("look: info");
		if (xdom_count() < 3)
			complain("look: list");
		snprintf(n.name, sizeof(n.name), "looked-at-%u", i);
		if (xioctl(d->fd, KVM_XENPV_SET_NAME, &n))
			complain("look: name");
		s.state = i % 3;
		if (xioctl(d->fd, KVM_XENPV_SET_STATE, &s))
			complain("look: state");
		st.port = 1 + i % 60;
		if (xioctl(d->fd, KVM_XENPV_PORT_STATUS, &st))
			complain("look: port");
	}
	return NULL;
}

TEST_F_TIMEOUT(race, tools_look_on, LIMIT)
{
	struct churner ca = { .v = self->a1, .seed = 5 };

	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(churn_ports, &ca);
	START(look, &self->da);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

/* Two threads fight for one vCPU; a third adds and uses others. */
static void *fight(void *arg)
{
	struct xvcpu *v = arg;
	long ret;

	while (!stop) {
		xdom_attach(v);
		ret = xev_send(v, 4000);
		/* They fight for the block too: a call may meet the other's length. */
		if (ret != -EINVAL && ret != -EFAULT && ret != XCALL_IOCTL - EPERM &&
		    ret != XCALL_SILENT)
			complain("fight: %ld", ret);
		xdoorbell(v);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, two_threads_attach, LIMIT)
{
	START(handshake, &self->sa);
	START(handshake, &self->sb);
	START(fight, self->a1);
	START(fight, self->a1);
	let_it_run();
	JOIN();
	EXPECT_SHAKEN();
}

/* The domain fd is closed while other threads are in its ioctls. */
static void *use_until_closed(void *arg)
{
	struct xdom *d = arg;
	struct kvm_xenpv_info info;
	int fd = d->fd;

	xioctl_n(fd, KVM_XENPV_ATTACH_VCPU, 0);
	while (!xioctl(fd, KVM_XENPV_GET_INFO, &info)) {
		xioctl_n(fd, KVM_XENPV_HYPERCALL, 0);
		close(xioctl_n(fd, KVM_XENPV_CREATE_EVENT_FD, 0));
	}
	return NULL;
}

TEST_F_TIMEOUT(race, closed_under_its_users, LIMIT)
{
	uint64_t until = xdom_now_ms() + duration_ms() / 2;
	unsigned long lives = 0;

	while (xdom_now_ms() < until) {
		static struct xdom d;
		pthread_t t[2];

		ASSERT_EQ(0, xdom_new(&d, 0, 1));
		d.vcpu[0].block->op = __HYPERVISOR_event_channel_op;
		d.vcpu[0].block->arg[0] = EVTCHNOP_alloc_unbound;
		d.vcpu[0].block->data_len = 8;
		*(uint16_t *)d.vcpu[0].block->data = DOMID_SELF;
		pthread_create(&t[0], NULL, use_until_closed, &d);
		pthread_create(&t[1], NULL, use_until_closed, &d);
		usleep(lives % 7 * 500);
		xdom_close(&d);
		pthread_join(t[0], NULL);
		pthread_join(t[1], NULL);
		xdom_free(&d);
		lives++;
	}
	EXPECT_LT(1, lives);
	EXPECT_EQ(3, xdom_count());
}

TEST_HARNESS_MAIN
