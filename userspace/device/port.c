// SPDX-License-Identifier: GPL-2.0
/* The host's end of a guest's event channel. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm_xenpv.h>

#include "port.h"

static int module_bind(void *opaque, uint32_t port)
{
	int fd = ioctl(*(const int *)opaque, KVM_XENPV_CREATE_EVENT_FD);
	int error;

	if (fd < 0)
		return -1;
	if (!fcntl(fd, F_SETFL, O_NONBLOCK) &&
	    !ioctl(fd, KVM_XENPV_BIND_PORT, (unsigned long)port))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void module_notify(int fd, uint32_t port)
{
	ioctl(fd, KVM_XENPV_NOTIFY_PORT, (unsigned long)port);
}

/*
 * Closing does it as well, but only when nobody else has the file: an io_uring
 * that polled it lets go of it some time later, and the guest may want its port
 * bound again at once.
 */
static void module_unbind(int fd, uint32_t port)
{
	ioctl(fd, KVM_XENPV_UNBIND_PORT, (unsigned long)port);
}

const struct port_ops module_ports = {
	.bind = module_bind,
	.notify = module_notify,
	.unbind = module_unbind,
};

int port_open(struct port *p, const struct port_ops *ops, void *opaque,
	      uint32_t number)
{
	p->ops = ops;
	p->number = number;
	p->fd = ops->bind(opaque, number);
	return p->fd < 0 ? -1 : 0;
}

void port_close(struct port *p)
{
	if (p->fd < 0)
		return;
	if (p->ops->unbind)
		p->ops->unbind(p->fd, p->number);
	close(p->fd);
	p->fd = -1;
}

void port_take(const struct port *p)
{
	uint32_t ports[4];

	/* There is one port only; what it says is that something happened. */
	while (read(p->fd, ports, sizeof(ports)) == (ssize_t)sizeof(ports))
		;
}

void port_notify(const struct port *p)
{
	p->ops->notify(p->fd, p->number);
}
