// SPDX-License-Identifier: GPL-2.0
/*
 * Consoles beside the first.
 *
 * Unlike that one their ring and event channel are the frontend's to choose,
 * and come through xenstore.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../config.h"
#include "../console.h"
#include "../util.h"
#include "../vmm/loop.h"
#include "../xenstore/local.h"
#include "channel.h"
#include "device.h"
#include "grant.h"

struct channel {
	struct device *dev;
	const struct channel_config *cfg;
	struct console *console;
	/* Of one with a socket. */
	int listener;
	struct loop_source *accepting;
	/* While connected. */
	uint32_t ref;
	struct port port;
	struct loop_source *events;
};

static void on_accept(void *opaque, uint32_t events)
{
	struct channel *c = opaque;
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	/* One at a time: who comes second is hung up on. */
	if (fd >= 0 && console_attach_client(c->console, fd))
		close(fd);
}

/* Does somebody listen there, and not only a socket of a killed helper's? */
static bool is_taken(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool taken;

	if (fd < 0)
		return true;
	taken = !connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ||
		errno == EAGAIN;
	close(fd);
	return taken;
}

/* Only what a helper has left is removed: the path is the operator's word. */
static int make_room(const struct sockaddr_un *addr)
{
	struct stat st;

	if (lstat(addr->sun_path, &st))
		return 0;
	if (S_ISSOCK(st.st_mode) && !is_taken(addr))
		return unlink(addr->sun_path);
	errno = S_ISSOCK(st.st_mode) ? EADDRINUSE : EEXIST;
	return -1;
}

static int listen_at(struct channel *c, struct loop *loop)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = c->cfg->path;
	mode_t old;
	int ret;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		err("channel %s: the path is too long: %s", c->cfg->name, path);
		return -1;
	}
	strcpy(addr.sun_path, path);
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	old = umask(0177);
	ret = make_room(&addr);
	if (!ret)
		ret = bind(c->listener, (struct sockaddr *)&addr, sizeof(addr));
	umask(old);
	if (!ret && !listen(c->listener, 1))
		c->accepting = loop_add(loop, c->listener, EPOLLIN, on_accept,
					c);
	if (c->accepting)
		return 0;
	err_sys("channel %s: cannot listen on %s", c->cfg->name, path);
	return -1;
}

static void channel_free(struct device *dev)
{
	struct channel *c = dev->priv;

	console_free(c->console);
	loop_remove(c->accepting);
	if (c->accepting)
		unlink(c->cfg->path);
	if (c->listener >= 0)
		close(c->listener);
	free(c);
}

/* What guests may read but not change: tools act on it. */
static void put_fixed(struct device *dev, const char *node, const char *value)
{
	char *path = xasprintf("%s/%s", dev->front, node);
	char perms[32];

	snprintf(perms, sizeof(perms), "n0 r%u", dev->bus->domid);
	xs_server_write(dev->bus->xs, perms, path, "%s", value);
	free(path);
}

static void write_nodes(struct channel *c)
{
	struct device *dev = c->dev;

	device_set_back(dev, "protocol", "vt100");
	device_set_back(dev, "name", "%s", c->cfg->name);
	device_set_back(dev, "connection", "%s", c->cfg->connection);
	if (c->cfg->path)
		device_set_back(dev, "path", "%s", c->cfg->path);
	device_set_front(dev, "protocol", "vt100");
	put_fixed(dev, "limit", "1048576");
	put_fixed(dev, "type", "xenconsoled");
	put_fixed(dev, "output", c->cfg->connection);
	put_fixed(dev, "name", c->cfg->name);
	put_fixed(dev, "tty", console_tty(c->console));
}

static int create_one(struct device_bus *bus, const struct domain_config *cfg,
		      unsigned int number)
{
	struct channel *c = xcalloc(1, sizeof(*c));

	c->cfg = &cfg->channels[number - 1];
	c->listener = -1;
	c->port.fd = -1;
	c->console = console_new(bus->loop, cfg->name, number, -1);
	if (!c->console) {
		free(c);
		return -1;
	}
	c->dev = device_new(bus, &channel_type, number, c);
	write_nodes(c);
	if (c->cfg->path && listen_at(c, bus->loop))
		return -1;
	device_start(c->dev);
	return 0;
}

static int create(struct device_bus *bus, const struct domain_config *cfg)
{
	unsigned int i;

	for (i = 1; i <= cfg->nr_channels; i++)
		if (create_one(bus, cfg, i))
			return -1;
	return 0;
}

static void on_event(void *opaque, uint32_t events)
{
	struct channel *c = opaque;

	port_take(&c->port);
	console_event(c->console);
}

static void notify(void *opaque)
{
	struct channel *c = opaque;

	port_notify(&c->port);
}

static const struct console_ops console_ops = { .notify = notify };

static int channel_connect(struct device *dev, char why[WHY_MAX])
{
	struct channel *c = dev->priv;
	uint64_t ref, port;
	void *page;

	if (device_get_number(dev, "ring-ref", UINT32_MAX, &ref) ||
	    device_get_number(dev, "port", UINT32_MAX, &port)) {
		why_set(why, "ring-ref or port is missing or no number");
		return -1;
	}
	page = grant_map(dev->bus->grants, ref, true);
	if (!page) {
		why_set(why, "ring-ref %u grants nothing", (unsigned int)ref);
		return -1;
	}
	if (device_port_open(dev, &c->port, port)) {
		why_set(why, "port %u: %s", (unsigned int)port, strerror(errno));
		grant_unmap(dev->bus->grants, ref, true);
		return -1;
	}
	c->ref = ref;
	c->events = loop_add(dev->bus->loop, c->port.fd, EPOLLIN, on_event, c);
	console_connect(c->console, dev->bus->domid, page, &console_ops, c);
	console_event(c->console);
	return 0;
}

static void channel_pause(struct device *dev)
{
	struct channel *c = dev->priv;

	console_hold(c->console);
}

static int channel_resume(struct device *dev)
{
	struct channel *c = dev->priv;

	console_unhold(c->console);
	return 0;
}

static void channel_disconnect(struct device *dev)
{
	struct channel *c = dev->priv;

	console_disconnect(c->console);
	loop_remove(c->events);
	c->events = NULL;
	port_close(&c->port);
	grant_unmap(dev->bus->grants, c->ref, true);
}

static void describe(const struct device *dev, FILE *out)
{
	const struct channel *c = dev->priv;
	uint64_t ref = 0, port = 0;

	device_get_number(dev, "ring-ref", UINT32_MAX, &ref);
	device_get_number(dev, "port", UINT32_MAX, &port);
	fprintf(out, "%-3u %-2u %-5u %-6u %-8u %-10s %-30s\n", dev->devid, 0,
		dev->state, (unsigned int)port, (unsigned int)ref,
		c->cfg->connection,
		c->cfg->path ? c->cfg->path : console_tty(c->console));
}

const struct device_type channel_type = {
	.name = "console",
	.create = create,
	.connect = channel_connect,
	.disconnect = channel_disconnect,
	.free = channel_free,
	.pause = channel_pause,
	.resume = channel_resume,
	.describe = describe,
};

const char *channel_tty(const struct device_bus *bus, uint32_t number)
{
	const struct device *dev = bus ? bus_find(bus, &channel_type, number) :
					 NULL;

	return dev ? console_tty(((struct channel *)dev->priv)->console) : NULL;
}
