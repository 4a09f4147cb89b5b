/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's end of a guest's event channel.  Each has a descriptor of its own,
 * so that a thread of the device can wait for it without the main loop.
 */
#ifndef XENPV_DEVICE_PORT_H
#define XENPV_DEVICE_PORT_H

#include <stdint.h>

/* Who knows the domain's ports: the module, or a test. */
struct port_ops {
	/* A non-blocking descriptor bound to PORT, or -1 with errno. */
	int (*bind)(void *opaque, uint32_t port);
	void (*notify)(int fd, uint32_t port);
	/* The descriptor is closed next.  May be NULL. */
	void (*unbind)(int fd, uint32_t port);
};

struct port {
	const struct port_ops *ops;
	uint32_t number;
	int fd;			/* readable after an event; -1: none */
};

/* The module's ports; OPAQUE is a pointer to the domain's descriptor. */
extern const struct port_ops module_ports;

/* 0, or -1 with errno set when the guest has no such port for the host. */
int port_open(struct port *p, const struct port_ops *ops, void *opaque,
	      uint32_t number);
void port_close(struct port *p);	/* also of one that is closed */

/* Take the event, so that the descriptor is readable at the next one. */
void port_take(const struct port *p);
/* Raise the guest's end; nothing happens when the guest has closed it. */
void port_notify(const struct port *p);

#endif
