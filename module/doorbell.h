/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENPV_DOORBELL_H
#define XENPV_DOORBELL_H

#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

struct eventfd_ctx;
struct file;
struct xenpv_vcpu;

/**
 * struct xenpv_eventfd - an eventfd in use by the module, in one role only
 * @link: in the module's list of them
 * @ctx: the eventfd; a reference
 */
struct xenpv_eventfd {
	struct list_head link;
	struct eventfd_ctx *ctx;
};

/**
 * struct xenpv_doorbell - how a vCPU calls the module
 * @event: eventfd that KVM signals from inside KVM_RUN
 * @wait: our entry on its wait queue
 * @poll: fills in @head
 * @head: the wait queue; NULL when @wait is not queued
 * @answered: doorbells served; written under the wait queue's lock
 * @bad: doorbells that were not rung by the vCPU's thread
 */
struct xenpv_doorbell {
	struct xenpv_eventfd event;
	wait_queue_entry_t wait;
	poll_table poll;
	wait_queue_head_t *head;
	u64 answered;
	atomic64_t bad;
};

/**
 * struct xenpv_kick - how the module interrupts a vCPU
 * @event: eventfd that KVM turns into an interrupt
 * @work: signals it outside of any wait queue's lock
 * @sent: interrupts sent
 */
struct xenpv_kick {
	struct xenpv_eventfd event;
	struct irq_work work;
	atomic64_t sent;
};

int xenpv_doorbell_attach(struct xenpv_vcpu *vcpu, int fd);
void xenpv_doorbell_detach(struct xenpv_vcpu *vcpu);
void xenpv_doorbell_release(struct xenpv_vcpu *vcpu);
int xenpv_kick_attach(struct xenpv_vcpu *vcpu, int fd);
void xenpv_kick(struct xenpv_vcpu *vcpu);
void xenpv_kick_now(struct xenpv_vcpu *vcpu);
void xenpv_kick_release(struct xenpv_vcpu *vcpu);

#endif /* XENPV_DOORBELL_H */
