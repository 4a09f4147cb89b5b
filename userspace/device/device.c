// SPDX-License-Identifier: GPL-2.0
/* Devices: their nodes in xenstore, their beginning and end. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "../xenstore/local.h"
#include "device.h"

void why_set(char why[WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, WHY_MAX, fmt, ap);
	va_end(ap);
}

static void write_node(struct device *dev, bool front, const char *node,
		       const char *fmt, va_list ap)
{
	char perms[32], *path, *value;

	/* Each side owns what it writes and lets the other read. */
	snprintf(perms, sizeof(perms), front ? "n%u r0" : "n0 r%u",
		 dev->bus->domid);
	if (vasprintf(&value, fmt, ap) < 0)
		abort();
	path = xasprintf("%s%s%s", front ? dev->front : dev->back,
			 *node ? "/" : "", node);
	xs_server_write(dev->bus->xs, perms, path, "%s", value);
	free(path);
	free(value);
}

void device_set_back(struct device *dev, const char *node, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_node(dev, false, node, fmt, ap);
	va_end(ap);
}

void device_set_front(struct device *dev, const char *node, const char *fmt,
		      ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_node(dev, true, node, fmt, ap);
	va_end(ap);
}

char *device_get_front(const struct device *dev, const char *node)
{
	return xs_server_read(dev->bus->xs, dev->front, node);
}

int device_get_number(const struct device *dev, const char *node, uint64_t max,
		      uint64_t *value)
{
	int ret = xs_server_read_number(dev->bus->xs, dev->front, node, value);

	if (!ret && *value > max)
		ret = EINVAL;
	return ret;
}

void device_poke(struct device *dev)
{
	device_set_state(dev, dev->state);
}

int device_port_open(const struct device *dev, struct port *p, uint32_t port)
{
	return port_open(p, dev->bus->port_ops, dev->bus->port_opaque, port);
}

struct device *bus_find(const struct device_bus *bus,
			const struct device_type *type, uint32_t devid)
{
	struct device *dev;

	for (dev = bus->devices; dev; dev = dev->next)
		if (dev->type == type && dev->devid == devid)
			return dev;
	return NULL;
}

struct device *device_new(struct device_bus *bus,
			  const struct device_type *type, uint32_t devid,
			  void *priv)
{
	struct device *dev = xcalloc(1, sizeof(*dev)), **p;

	dev->type = type;
	dev->bus = bus;
	dev->devid = devid;
	dev->priv = priv;
	dev->back = xasprintf("/local/domain/0/backend/%s/%u/%u", type->name,
			      bus->domid, devid);
	dev->front = xasprintf("/local/domain/%u/device/%s/%u", bus->domid,
			       type->name, devid);

	/* In the order in which they were made, as lists show them. */
	for (p = &bus->devices; *p; p = &(*p)->next)
		;
	*p = dev;

	device_set_back(dev, "", "%s", "");
	device_set_back(dev, "frontend", "%s", dev->front);
	device_set_back(dev, "frontend-id", "%u", bus->domid);
	device_set_back(dev, "online", "1");
	device_set_back(dev, "handle", "%u", devid);
	device_set_front(dev, "", "%s", "");
	device_set_front(dev, "backend", "%s", dev->back);
	device_set_front(dev, "backend-id", "0");
	device_set_front(dev, "handle", "%u", devid);
	return dev;
}

static void on_front_state(void *opaque, const char *path)
{
	device_frontend_changed(opaque);
}

void device_start(struct device *dev)
{
	char *state = xasprintf("%s/state", dev->front);

	device_set_back(dev, "hotplug-status", "connected");
	device_set_state(dev, XenbusStateInitialising);
	device_set_front(dev, "state", "%d", XenbusStateInitialising);
	/* It calls at once, and that takes the backend to InitWait. */
	dev->watcher = xs_server_watch(dev->bus->xs, state, on_front_state, dev);
	free(state);
}

void device_free(struct device *dev)
{
	struct device **p;

	if (dev->connected)
		dev->type->disconnect(dev);
	for (p = &dev->bus->devices; *p != dev; p = &(*p)->next)
		;
	*p = dev->next;
	xs_server_watch_free(dev->watcher);
	dev->type->free(dev);
	free(dev->back);
	free(dev->front);
	free(dev);
}

void device_remove(struct device *dev)
{
	struct xs_server *xs = dev->bus->xs;
	char *back = xstrdup(dev->back), *front = xstrdup(dev->front);

	device_free(dev);
	xs_server_rm(xs, back);
	xs_server_rm(xs, front);
	free(back);
	free(front);
}

void device_detach(struct device *dev, bool force)
{
	if (force || !dev->connected) {
		device_remove(dev);
		return;
	}
	dev->going = true;
	device_set_back(dev, "online", "0");
	device_set_state(dev, XenbusStateClosing);
}
