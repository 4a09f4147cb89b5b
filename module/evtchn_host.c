// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event fds: the host's end of ports
 *
 * An event reaches an event fd inside the guest's doorbell, interrupts off: a
 * bit is set and readers are woken, no more. The fd has a wait queue of its
 * own and is no eventfd, so nothing but poll and read can hang on it; but who
 * polls may have asked for an eventfd to be signalled, see wake().
 */
#include <linux/anon_inodes.h>
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "domain.h"

/**
 * struct xenpv_event_fd - an event fd
 * @dom: the domain; a reference
 * @link: in the domain's list, under its lock
 * @wait: readers and pollers
 * @pending: ports with an event not yet read, one bit each
 * @next: where the next read starts looking, so that every port gets its turn
 * @dead: the domain is gone
 */
struct xenpv_event_fd {
	struct xenpv_domain *dom;
	struct list_head link;
	wait_queue_head_t wait;
	DECLARE_BITMAP(pending, XENPV_MAX_PORTS);
	unsigned int next;
	bool dead;
};

/* Ports copied to the reader at a time. */
#define READ_CHUNK	32

/*
 * Wakes readers and pollers. Of those, aio and io_uring can complete right here
 * and signal any eventfd: a doorbell, say, whose callback locks ports and event
 * fds, one of which may be locked by us. As inside of eventfd_signal() they are
 * told to put it off; there, in a doorbell, they have been already.
 */
static void wake(struct xenpv_event_fd *efd, __poll_t what)
{
	unsigned long flags;
	bool was;

	spin_lock_irqsave(&efd->wait.lock, flags);
	was = current->in_eventfd;
	current->in_eventfd = true;
	wake_up_locked_poll(&efd->wait, what);
	current->in_eventfd = was;
	spin_unlock_irqrestore(&efd->wait.lock, flags);
}

/**
 * xenpv_event_fd_raise() - tell an event fd of an event
 * @efd: the event fd, kept by the port's lock
 * @nr: port, in range
 */
void xenpv_event_fd_raise(struct xenpv_event_fd *efd, u32 nr)
{
	if (!test_and_set_bit(nr, efd->pending))
		wake(efd, EPOLLIN | EPOLLRDNORM);
}

/**
 * xenpv_event_fd_clear() - forget a port's event
 * @efd: the event fd, kept by the port's lock
 * @nr: port, in range
 */
void xenpv_event_fd_clear(struct xenpv_event_fd *efd, u32 nr)
{
	clear_bit(nr, efd->pending);
}

/**
 * xenpv_event_fd_hangup_all() - tell all event fds that their domain is gone
 * @dom: the domain, locked
 */
void xenpv_event_fd_hangup_all(struct xenpv_domain *dom)
{
	struct xenpv_event_fd *efd;

	lockdep_assert_held(&dom->lock);
	list_for_each_entry(efd, &dom->event_fds, link) {
		WRITE_ONCE(efd->dead, true);
		wake(efd, EPOLLERR | EPOLLHUP);
	}
}

/* Takes up to @room pending ports in [@from, @to) off the fd. */
static unsigned int take_range(struct xenpv_event_fd *efd, unsigned int from,
			       unsigned int to, u32 *ports, unsigned int room)
{
	unsigned int n = 0;

	for_each_set_bit_from(from, efd->pending, to) {
		if (n == room)
			break;
		if (test_and_clear_bit(from, efd->pending))
			ports[n++] = from;
	}
	return n;
}

/* Takes up to @room pending ports off the fd. */
static unsigned int take_ports(struct xenpv_event_fd *efd, u32 *ports,
			       unsigned int room)
{
	unsigned int start = READ_ONCE(efd->next) % XENPV_MAX_PORTS;
	unsigned int n;

	n = take_range(efd, start, XENPV_MAX_PORTS, ports, room);
	if (n < room)
		n += take_range(efd, 0, start, ports + n, room - n);
	if (n)
		WRITE_ONCE(efd->next, ports[n - 1] + 1);
	return n;
}

static void give_back(struct xenpv_event_fd *efd, const u32 *ports,
		      unsigned int n)
{
	while (n--)
		xenpv_event_fd_raise(efd, ports[n]);
}

static bool readable(struct xenpv_event_fd *efd)
{
	return READ_ONCE(efd->dead) ||
	       !bitmap_empty(efd->pending, XENPV_MAX_PORTS);
}

static ssize_t event_fd_read(struct file *file, char __user *buf, size_t count,
			     loff_t *pos)
{
	struct xenpv_event_fd *efd = file->private_data;
	unsigned int n, room;
	u32 ports[READ_CHUNK];
	size_t done = 0;
	int ret;

	if (!count || count % sizeof(u32))
		return -EINVAL;

	for (;;) {
		room = min_t(size_t, READ_CHUNK, (count - done) / sizeof(u32));
		n = take_ports(efd, ports, room);
		if (copy_to_user(buf + done, ports, n * sizeof(u32))) {
			give_back(efd, ports, n);
			return done ?: -EFAULT;
		}
		done += n * sizeof(u32);
		if (done == count || (done && n < room))
			return done;
		if (n)
			continue;

		if (READ_ONCE(efd->dead))
			return -EIDRM;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(efd->wait, readable(efd));
		if (ret)
			return ret;
	}
}

static __poll_t event_fd_poll(struct file *file, poll_table *wait)
{
	struct xenpv_event_fd *efd = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &efd->wait, wait);
	if (!bitmap_empty(efd->pending, XENPV_MAX_PORTS))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(efd->dead))
		mask |= EPOLLIN | EPOLLERR | EPOLLHUP;
	return mask;
}

static const struct {
	unsigned int cmd;
	int (*serve)(struct xenpv_domain *dom, u64 nr,
		     struct xenpv_event_fd *efd);
} event_fd_ioctls[] = {
	{ KVM_XENPV_BIND_PORT, xenpv_evtchn_host_bind },
	{ KVM_XENPV_UNBIND_PORT, xenpv_evtchn_host_unbind },
	{ KVM_XENPV_NOTIFY_PORT, xenpv_evtchn_host_notify },
};

static long event_fd_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct xenpv_event_fd *efd = file->private_data;
	unsigned int i;

	if (current->mm != efd->dom->mm)
		return -EPERM;
	for (i = 0; i < ARRAY_SIZE(event_fd_ioctls); i++)
		if (event_fd_ioctls[i].cmd == cmd)
			return event_fd_ioctls[i].serve(efd->dom, arg, efd);
	return -ENOTTY;
}

static int event_fd_release(struct inode *inode, struct file *file)
{
	struct xenpv_event_fd *efd = file->private_data;
	struct xenpv_domain *dom = efd->dom;

	mutex_lock(&dom->lock);
	xenpv_evtchn_host_unbind_all(dom, efd);
	list_del(&efd->link);
	mutex_unlock(&dom->lock);
	kfree(efd);
	xenpv_domain_put(dom);
	return 0;
}

static const struct file_operations event_fd_fops = {
	.owner = THIS_MODULE,
	.read = event_fd_read,
	.poll = event_fd_poll,
	.unlocked_ioctl = event_fd_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = event_fd_release,
};

/**
 * xenpv_event_fd_create() - KVM_XENPV_CREATE_EVENT_FD
 * @dom: the domain, not locked
 *
 * Return: the new descriptor or a negative errno.
 */
int xenpv_event_fd_create(struct xenpv_domain *dom)
{
	struct xenpv_event_fd *efd;
	int fd;

	efd = kzalloc(sizeof(*efd), GFP_KERNEL_ACCOUNT);
	if (!efd)
		return -ENOMEM;
	efd->dom = dom;
	init_waitqueue_head(&efd->wait);
	kref_get(&dom->ref);
	mutex_lock(&dom->lock);
	list_add(&efd->link, &dom->event_fds);
	efd->dead = dom->dying;
	mutex_unlock(&dom->lock);

	fd = anon_inode_getfd("[kvm-xenpv-event]", &event_fd_fops, efd,
			      O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		mutex_lock(&dom->lock);
		list_del(&efd->link);
		mutex_unlock(&dom->lock);
		kfree(efd);
		xenpv_domain_put(dom);
	}
	return fd;
}
