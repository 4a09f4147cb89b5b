/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains and vCPUs
 *
 * Locks are listed in Documentation/locking.rst.
 */
#ifndef XENPV_DOMAIN_H
#define XENPV_DOMAIN_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/kvm_xenpv.h>
#include <linux/kvm_xenpv_monitor.h>

#include "doorbell.h"
#include "evtchn.h"
#include "guest_mem.h"
#include "hypercall.h"

#define XENPV_NR_VIRQS	24

/* Domid by which ports name the host (Xen's domain 0). */
#define XENPV_DOMID_HOST	0

/**
 * struct xenpv_vcpu - a vCPU of a domain; lives as long as the domain
 * @dom: the domain
 * @id: number
 * @block_pin: pin of @block
 * @block: hypercall block: guest memory, hostile
 * @info_pin: pin of @info once registered
 * @info: registered vcpu_info, NULL before; guest memory
 * @doorbell: guest to module
 * @kick: module to guest
 * @task: thread that runs the vCPU, NULL before it attached; a reference
 * @cpu_time_base: run time of @task that is not the vCPU's
 * @cpu_time: run time of threads attached earlier
 * @virq_port: port each VIRQ is bound to, 0 when it is not
 * @call_lock: serialises the slow path
 * @call: kernel copy of the call being served, under @call_lock
 * @events: events set pending that go to this vCPU
 */
struct xenpv_vcpu {
	struct xenpv_domain *dom;
	unsigned int id;
	struct xenpv_pin block_pin;
	struct xenpv_vcpu_block *block;
	struct xenpv_pin info_pin;
	void *info;
	struct xenpv_doorbell doorbell;
	struct xenpv_kick kick;
	struct task_struct *task;
	u64 cpu_time_base;
	u64 cpu_time;
	u32 virq_port[XENPV_NR_VIRQS];
	struct mutex call_lock;	/* guards call */
	struct xenpv_call *call;
	atomic64_t events;
};

/**
 * struct xenpv_domid - a domain id that is in use
 * @ref: one reference for the domain and for each unbound port that names it
 * @nr: the id
 * @dom: the domain, NULL once it is freed; under the table's lock
 */
struct xenpv_domid {
	struct kref ref;
	u16 nr;
	struct xenpv_domain *dom;
};

/**
 * struct xenpv_domain - a domain
 * @ref: one reference each for the domain fd, its event fds and users of
 *	xenpv_domain_get()
 * @lock: bindings, vCPUs, memory table, state; taken in order of domid
 * @domid: domain id
 * @id: the entry that keeps others from getting @domid; NULL before the domain
 *	is in the table
 * @flags: KVM_XENPV_DOMAIN_*
 * @max_vcpus: slots in @vcpus
 * @nr_vcpus: slots in use
 * @dying: no new binding, vCPU or page; set once, under @lock
 * @state: KVM_XENPV_STATE_*
 * @shutdown_code: SHUTDOWN_*
 * @mm: the owner's; a mm_count reference
 * @notifier: ends the domain with @mm
 * @owner: thread group that created the domain; a reference
 * @created: CLOCK_BOOTTIME in nanoseconds
 * @name: under the domain table's lock
 * @uuid: as given
 * @nr_regions: 0 until the memory table is set
 * @regions: memory table
 * @memory: bytes in it
 * @reservation: of them, what the domain has now; for tools
 * @shared_info_pin: pin of @shared_info
 * @shared_info: NULL until set; guest memory, hostile
 * @vcpus: the vCPUs
 * @buckets: port table, see evtchn.c
 * @ports_used: ports not free, one bit each
 * @nr_ports: bits in it, without port 0
 * @event_fds: event fds, struct xenpv_event_fd.link
 * @slow_calls: calls served by ioctl, one counter each, see hypercall.c
 * @debugfs: the domain's folder
 */
struct xenpv_domain {
	struct kref ref;
	struct mutex lock;	/* outside of all port locks */
	u16 domid;
	struct xenpv_domid *id;
	u32 flags;
	unsigned int max_vcpus;
	unsigned int nr_vcpus;
	bool dying;
	u32 state;
	u32 shutdown_code;
	struct mm_struct *mm;
	struct mmu_notifier notifier;
	struct pid *owner;
	u64 created;
	char name[KVM_XENPV_NAME_LEN];
	u8 uuid[16];
	unsigned int nr_regions;
	struct kvm_xenpv_region regions[KVM_XENPV_MAX_REGIONS];
	u64 memory;
	u64 reservation;
	struct xenpv_pin shared_info_pin;
	void *shared_info;
	struct xenpv_vcpu **vcpus;
	struct xenpv_port *buckets[XENPV_NR_BUCKETS];
	DECLARE_BITMAP(ports_used, XENPV_MAX_PORTS);
	unsigned int nr_ports;
	struct list_head event_fds;
	atomic64_t slow_calls[XENPV_NR_CALL_STATS];
	struct dentry *debugfs;
};

/**
 * xenpv_vcpu_get() - find a vCPU
 * @dom: the domain
 * @id: number, hostile
 *
 * Return: the vCPU, or NULL. It lives as long as the domain.
 */
static inline struct xenpv_vcpu *xenpv_vcpu_get(struct xenpv_domain *dom,
						u64 id)
{
	if (id >= dom->max_vcpus)
		return NULL;
	id = array_index_nospec(id, dom->max_vcpus);
	/* Pairs with the release in xenpv_vcpu_add(). */
	return smp_load_acquire(&dom->vcpus[id]);
}

static inline bool xenpv_domain_32bit(const struct xenpv_domain *dom)
{
	return dom->flags & KVM_XENPV_DOMAIN_32BIT;
}

int xenpv_domain_create(struct kvm_xenpv_create_domain __user *uarg);
int xenpv_domain_list(struct kvm_xenpv_list __user *uarg);
struct xenpv_domain *xenpv_domain_get(u16 domid);
void xenpv_domain_put(struct xenpv_domain *dom);
struct xenpv_domid *xenpv_domid_get(u16 nr);
void xenpv_domid_put(struct xenpv_domid *id);
u64 xenpv_vcpu_cpu_time(const struct xenpv_vcpu *vcpu);

#endif /* XENPV_DOMAIN_H */
