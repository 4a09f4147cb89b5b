/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Domains without a virtual machine, for tests of the module's interface.
 *
 * The module needs a memory table and eventfds, no vCPU that runs guest code.
 * So a test is the guest itself: its memory is mapped here, a thread that is
 * attached to a vCPU rings the doorbell with write(2), and interrupts are
 * counted by reading the eventfd that KVM would turn into them.
 */
#ifndef XENPV_DOM_H
#define XENPV_DOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm_xenpv.h>
#include <linux/kvm_xenpv_monitor.h>

/* Without it Xen's headers mean the calls of Xen 3.0. */
#ifndef __XEN_INTERFACE_VERSION__
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#endif
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/foreign/x86_32.h>

#define XDOM_DEVICE	"/dev/kvm-xenpv"

/* Where the memory of a test's domain is, in guest physical addresses. */
#define XDOM_GPA	0x40000000ULL
#define XDOM_PAGE	4096UL
#define XDOM_PAGES	512UL
#define XDOM_SIZE	(XDOM_PAGES * XDOM_PAGE)
#define XDOM_PG_SHARED	1	/* shared_info */
#define XDOM_PG_BLOCK	16	/* blocks of vCPUs 0 to 127 */
#define XDOM_PG_FREE	256	/* a test's own pages */

#define XDOM_VCPUS	128

struct xdom;

struct xvcpu {
	struct xdom *dom;
	unsigned int id;
	int doorbell;
	int irq;
	volatile struct xenpv_vcpu_block *block;
	void *info;	/* its vcpu_info, NULL when it has none */
};

struct xdom {
	int fd;
	uint32_t domid;
	unsigned int max_vcpus;
	bool compat;	/* 32-bit layout of shared_info */
	char name[KVM_XENPV_NAME_LEN];
	uint8_t *mem;
	void *si;
	struct xvcpu vcpu[XDOM_VCPUS];
};

/* All functions return 0 or more, or a negative errno, unless said otherwise. */

/* A file descriptor of the device, opened once. */
int xdev(void);
/* ioctl(2) with the error in the return value. */
int xioctl(int fd, unsigned long cmd, void *arg);
int xioctl_n(int fd, unsigned long cmd, unsigned long arg);

/* Creates a domain and nothing else: the domain fd. */
int xdom_create(const char *name, uint32_t flags, uint32_t nr_vcpus, uint32_t *domid);
/* A name that no other test uses. */
const char *xdom_unique(char buf[KVM_XENPV_NAME_LEN]);
/* The steps, one by one; mem as in mmap(2) flags. */
int xdom_init(struct xdom *d, uint32_t flags, unsigned int max_vcpus, int map);
int xdom_set_memory(struct xdom *d);
int xdom_set_shared(struct xdom *d);
int xdom_add(struct xdom *d, unsigned int id);
int xdom_attach(struct xvcpu *v);
/* All of it: nr vCPUs, each attached to the calling thread. */
int xdom_new(struct xdom *d, uint32_t flags, unsigned int nr);
/* Closes everything that is open. */
void xdom_free(struct xdom *d);
void xdom_close(struct xdom *d);	/* the domain fd alone */

int xdom_info(struct xdom *d, struct kvm_xenpv_info *info);
/*
 * 1 when LIST_DOMAINS shows a domain of that name, 0 when not; info may be
 * NULL. A dying one, which only its event fds keep, does not count here.
 */
int xdom_listed(const char *name, struct kvm_xenpv_info *info);
/* Waits up to a second for it to be gone: 0, or 1 when it is still there. */
int xdom_gone(const char *name);
/* Domains on this host, dying ones too. */
int xdom_count(void);

static inline uint64_t xdom_gpa(unsigned int page)
{
	return XDOM_GPA + page * XDOM_PAGE;
}

static inline void *xdom_page(struct xdom *d, unsigned int page)
{
	return d->mem + page * XDOM_PAGE;
}

/* --- SCHEDOP_poll, as the monitor does it; vCPU 0 must be there --- */

/* From now on the vCPU polls for the port, or XENPV_POLL_ANY. */
void xvcpu_poll(struct xvcpu *v, uint32_t port);
void xvcpu_poll_end(struct xvcpu *v);
bool xvcpu_polls(const struct xvcpu *v);

/* --- hypercalls --- */

/* The ioctl said that the call is not the module's. */
#define XCALL_FOREIGN	(-100000L)
/* The ioctl failed; the errno is the rest. */
#define XCALL_IOCTL	(-200000L)
/* The doorbell was not answered. */
#define XCALL_SILENT	(-300000L)

long xcall(struct xvcpu *v, uint64_t op, uint64_t arg0, uint64_t arg1,
	   void *data, size_t len);
long xevtchn(struct xvcpu *v, unsigned int cmd, void *arg, size_t len);
/* Rings the doorbell with a call in the block and returns its result. */
long xring(struct xvcpu *v, uint64_t op, uint64_t arg0, uint64_t arg1);
/* Just the write(2). */
int xdoorbell(struct xvcpu *v);

/* These return a port where there is one to return. */
long xev_alloc(struct xvcpu *v, domid_t remote);
long xev_bind(struct xvcpu *v, domid_t remote, evtchn_port_t port);
long xev_virq(struct xvcpu *v, uint32_t virq, uint32_t vcpu);
long xev_ipi(struct xvcpu *v, uint32_t vcpu);
long xev_close(struct xvcpu *v, evtchn_port_t port);
long xev_bind_vcpu(struct xvcpu *v, evtchn_port_t port, uint32_t vcpu);
long xev_unmask(struct xvcpu *v, evtchn_port_t port);
long xev_reset(struct xvcpu *v, domid_t dom);
long xev_status(struct xvcpu *v, domid_t dom, evtchn_port_t port,
		struct evtchn_status *st);
/* EVTCHNSTAT_* of a port of its own, or an error. */
long xev_state(struct xvcpu *v, evtchn_port_t port);
/* Slowly by ioctl, and fast by the doorbell. */
long xev_send(struct xvcpu *v, evtchn_port_t port);
long xev_ring(struct xvcpu *v, evtchn_port_t port);
/* A channel between two domains: unbound at a, bound by b; events cleared. */
int xev_pair(struct xvcpu *a, struct xvcpu *b, evtchn_port_t *pa, evtchn_port_t *pb);
long xvcpu_register(struct xvcpu *v, unsigned int id, uint64_t gpa);

/* --- what the guest sees --- */

unsigned int xdom_word_bits(struct xdom *d);
unsigned int xdom_ports(struct xdom *d);
bool xdom_pending(struct xdom *d, evtchn_port_t port);
bool xdom_masked(struct xdom *d, evtchn_port_t port);
void xdom_mask(struct xdom *d, evtchn_port_t port, bool on);
bool xdom_clear(struct xdom *d, evtchn_port_t port);	/* its old value */
/* Ports pending in all. */
unsigned int xdom_nr_pending(struct xdom *d);
uint64_t xvcpu_sel(struct xvcpu *v);
uint8_t xvcpu_upcall(struct xvcpu *v);
void xvcpu_set_upcall(struct xvcpu *v, uint8_t pending);
uint64_t xvcpu_take_sel(struct xvcpu *v);
/* Forgets whatever is pending on all vCPUs, and the interrupts. */
void xdom_quiet(struct xdom *d);

/* Interrupts since the last call, at once. */
uint64_t xvcpu_kicks(struct xvcpu *v);
/* The same, but waits for the first. */
uint64_t xvcpu_wait_kick(struct xvcpu *v, int ms);
/* Interrupts that come although none should: waits a little for them. */
static inline uint64_t xvcpu_no_kick(struct xvcpu *v)
{
	return xvcpu_wait_kick(v, 3);
}

/*
 * An event handler as Linux has it: fn is called for each port that is pending
 * and not masked, with its pending bit cleared. Returns how many there were.
 */
unsigned int xvcpu_handle(struct xvcpu *v, void (*fn)(void *ctx, evtchn_port_t port),
			  void *ctx);

/* What the kernel counts, to see that nothing is left behind. */
long xdom_module_refs(void);
long xdom_vmaps(void);		/* vmapped pages of the module */
long xdom_pins(void);		/* pinned pages in the system */

uint64_t xdom_now_ms(void);

#endif /* XENPV_DOM_H */
