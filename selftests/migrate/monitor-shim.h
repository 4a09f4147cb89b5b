/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands for the monitor's own monitor.h, so that fifo.c can be built as part of
 * a test: frames are pages of an array, vCPUs are threads.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "vmm/xen.h"
#include <xen/event_channel.h>

#include <linux/kvm_xenpv_monitor.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define PAGE_SHIFT_	12
#define BIT(n)		(1UL << (n))
#define PAGE_BYTES	4096UL
#define NR_PORTS	4096
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define READ_ONCE_(x)	(*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE_(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

struct vcpu {
	u32 id;
	struct vcpu_info *info;
};

extern struct xenpv_monitor_params params;
extern struct vcpu vcpus[];
extern uint8_t frames[][4096];

static inline struct vcpu *vcpu_of(u32 id)
{
	return &vcpus[id];
}

static inline void *phys(u64 gpa)
{
	return frames[0] + gpa;
}

static inline bool mfn_is_ram(u64 mfn)
{
	return mfn < params.low_mfns;
}

static inline u64 nospec(u64 i, u64 n)
{
	return i < n ? i : 0;
}

static inline void full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline bool test_and_clear(void *bits, u32 bit)
{
	u64 mask = 1ULL << bit % 64;

	return __atomic_fetch_and((u64 *)bits + bit / 64, ~mask,
				  __ATOMIC_SEQ_CST) & mask;
}

struct shared_info *shared_info(void);

static inline u32 nr_ports(void)
{
	return NR_PORTS;
}

static inline void *port_mask_bits(void)
{
	return shared_info()->evtchn_mask;
}

void kick(u32 id);
void lock(u32 *l);
void unlock(u32 *l);
void relay_port(struct vcpu *v, u32 port);

bool events_relayed(void);
bool fifo_active(void);
bool fifo_is_pending(u32 port);
bool fifo_raise(struct vcpu *v, u32 port, u32 target, bool *was);
void fifo_unmask(struct vcpu *v, u32 port, u32 target);
void fifo_clear(u32 port);
void fifo_reset(void);
long fifo_init_control(struct vcpu *v, struct evtchn_init_control *c);
long fifo_expand_array(struct vcpu *v, const struct evtchn_expand_array *e);
long fifo_set_priority(struct vcpu *v, const struct evtchn_set_priority *p);

#endif
