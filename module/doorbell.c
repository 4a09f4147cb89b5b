// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds between a vCPU and the module
 *
 * Guest to module: the monitor's OUT makes KVM signal the doorbell eventfd in
 * the vCPU's thread; our wait queue entry is called back right there, with the
 * wait queue's lock held and interrupts off, and answers in the vCPU's block
 * before KVM resumes the guest.
 *
 * Module to guest: KVM turns the irq eventfd into an interrupt. Signalling an
 * eventfd from inside another's callback is forbidden (it would nest two wait
 * queue locks, and two domains could nest them crosswise), so a kick from there
 * goes through an irq_work, which runs when interrupts are on again.
 *
 * An eventfd may serve the module in one place only, or else a kick could end
 * up in a doorbell.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/preempt.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "compat.h"
#include "domain.h"
#include "trace.h"

static DEFINE_MUTEX(eventfds_lock);
static LIST_HEAD(eventfds);

/* Takes the eventfd for the module; -EBUSY when the module has it already. */
static int eventfd_claim(struct xenpv_eventfd *event, struct file *file)
{
	struct xenpv_eventfd *other;
	struct eventfd_ctx *ctx;

	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	mutex_lock(&eventfds_lock);
	list_for_each_entry(other, &eventfds, link) {
		if (other->ctx != ctx)
			continue;
		mutex_unlock(&eventfds_lock);
		eventfd_ctx_put(ctx);
		return -EBUSY;
	}
	event->ctx = ctx;
	list_add(&event->link, &eventfds);
	mutex_unlock(&eventfds_lock);
	return 0;
}

static void eventfd_release(struct xenpv_eventfd *event)
{
	if (!event->ctx)
		return;
	mutex_lock(&eventfds_lock);
	list_del(&event->link);
	mutex_unlock(&eventfds_lock);
	eventfd_ctx_put(event->ctx);
	event->ctx = NULL;
}

static s64 hot_evtchn_send(struct xenpv_vcpu *vcpu, u64 arg)
{
	return xenpv_evtchn_send(vcpu->dom, arg);
}

/* The calls a doorbell serves: none of them sleeps. */
static const struct {
	u64 op;
	u64 cmd;
	s64 (*serve)(struct xenpv_vcpu *vcpu, u64 arg);
} hot_calls[] = {
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_send, hot_evtchn_send },
};

static void doorbell_answer(struct xenpv_vcpu *vcpu)
{
	struct xenpv_vcpu_block *block = vcpu->block;
	u64 op = READ_ONCE(block->op);
	u64 cmd = READ_ONCE(block->arg[0]);
	u64 arg = READ_ONCE(block->arg[1]);
	s64 ret = -ENOSYS;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hot_calls); i++) {
		if (hot_calls[i].op != op || hot_calls[i].cmd != cmd)
			continue;
		ret = hot_calls[i].serve(vcpu, arg);
		break;
	}
	WRITE_ONCE(block->ret, ret);
	trace_kvm_xenpv_doorbell(vcpu->dom->domid, vcpu->id, op, cmd, arg, ret);
}

/*
 * Runs under the wait queue's lock with interrupts off, in whatever context
 * somebody signalled the eventfd: whoever holds the fd can do that. Only what
 * the vCPU's own thread signals counts.
 *
 * POLLHUP needs no care: we hold the eventfd itself, and KVM goes on using it
 * after the owner closed its descriptor.
 */
static int doorbell_rung(wait_queue_entry_t *wait, unsigned int mode, int sync,
			 void *key)
{
	struct xenpv_doorbell *bell =
		container_of(wait, struct xenpv_doorbell, wait);
	struct xenpv_vcpu *vcpu =
		container_of(bell, struct xenpv_vcpu, doorbell);
	u64 count;

	if (!(key_to_poll(key) & EPOLLIN))
		return 0;

	/* Nobody reads the eventfd: keep its counter from filling up. */
	eventfd_ctx_do_read(bell->event.ctx, &count);

	if (READ_ONCE(vcpu->task) != current || !in_task()) {
		atomic64_inc(&bell->bad);
		return 0;
	}
	WRITE_ONCE(bell->answered, bell->answered + 1);
	doorbell_answer(vcpu);
	return 0;
}

static void doorbell_queue(struct file *file, wait_queue_head_t *head,
			   poll_table *poll)
{
	struct xenpv_doorbell *bell =
		container_of(poll, struct xenpv_doorbell, poll);

	bell->head = head;
	add_wait_queue(head, &bell->wait);
}

/**
 * xenpv_doorbell_attach() - listen on a vCPU's doorbell
 * @vcpu: the vCPU, its block pinned
 * @fd: descriptor of an eventfd
 *
 * Return: 0, -EBADF or -EINVAL when @fd is no eventfd, -EBUSY when the module
 * uses it already.
 */
int xenpv_doorbell_attach(struct xenpv_vcpu *vcpu, int fd)
{
	struct xenpv_doorbell *bell = &vcpu->doorbell;
	struct file *file;
	int ret;

	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = eventfd_claim(&bell->event, file);
	if (!ret) {
		init_waitqueue_func_entry(&bell->wait, doorbell_rung);
		init_poll_funcptr(&bell->poll, doorbell_queue);
		vfs_poll(file, &bell->poll);
	}
	fput(file);
	return ret;
}

/**
 * xenpv_doorbell_detach() - stop listening
 * @vcpu: the vCPU
 *
 * When it returns the callback is not running and never will again.
 */
void xenpv_doorbell_detach(struct xenpv_vcpu *vcpu)
{
	struct xenpv_doorbell *bell = &vcpu->doorbell;

	if (!bell->head)
		return;
	remove_wait_queue(bell->head, &bell->wait);
	bell->head = NULL;
}

/**
 * xenpv_doorbell_release() - give the eventfd back
 * @vcpu: the vCPU, its doorbell detached
 */
void xenpv_doorbell_release(struct xenpv_vcpu *vcpu)
{
	eventfd_release(&vcpu->doorbell.event);
}

static void kick_send(struct xenpv_kick *kick)
{
	atomic64_inc(&kick->sent);
	xenpv_eventfd_signal(kick->event.ctx);
}

static void kick_work(struct irq_work *work)
{
	kick_send(container_of(work, struct xenpv_kick, work));
}

/**
 * xenpv_kick_attach() - set how a vCPU is interrupted
 * @vcpu: the vCPU
 * @fd: descriptor of an eventfd
 *
 * Return: as xenpv_doorbell_attach().
 */
int xenpv_kick_attach(struct xenpv_vcpu *vcpu, int fd)
{
	struct xenpv_kick *kick = &vcpu->kick;
	struct file *file;
	int ret;

	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	init_irq_work(&kick->work, kick_work);
	ret = eventfd_claim(&kick->event, file);
	fput(file);
	return ret;
}

/**
 * xenpv_kick() - interrupt a vCPU
 * @vcpu: the vCPU; any context, any locks
 */
void xenpv_kick(struct xenpv_vcpu *vcpu)
{
	irq_work_queue(&vcpu->kick.work);
}

/**
 * xenpv_kick_now() - interrupt a vCPU without an irq_work's detour
 * @vcpu: the vCPU; the caller is in an RCU read-side section that began before
 *	it found the vCPU reachable, holds no port lock and comes from an ioctl,
 *	never from a doorbell
 */
void xenpv_kick_now(struct xenpv_vcpu *vcpu)
{
	kick_send(&vcpu->kick);
}

/**
 * xenpv_kick_release() - give the eventfd back
 * @vcpu: the vCPU; nobody kicks it any more
 */
void xenpv_kick_release(struct xenpv_vcpu *vcpu)
{
	if (!vcpu->kick.event.ctx)
		return;
	irq_work_sync(&vcpu->kick.work);
	eventfd_release(&vcpu->kick.event);
}
