// SPDX-License-Identifier: GPL-2.0
/* All devices of a domain, and the commands about them. */
#include <stdlib.h>
#include <string.h>

#include "../block/vbd.h"
#include "../net/vif.h"
#include "../util.h"
#include "../vmm/log.h"
#include "channel.h"
#include "device.h"
#include "grant.h"

/* The registry: a new kind of device is a line here. */
const struct device_type *const device_types[] = {
	&vbd_type,
	&vif_type,
	&channel_type,
	NULL
};

struct device_bus *bus_new(uint32_t domid, const struct guest_mem *mem,
			   uint64_t grants_gpa, unsigned int grant_frames,
			   struct xs_server *xs, const struct port_ops *ops,
			   void *port_opaque)
{
	struct device_bus *bus = xcalloc(1, sizeof(*bus));

	bus->domid = domid;
	bus->mem = mem;
	bus->grants = grant_table_new(mem, grants_gpa, grant_frames);
	bus->xs = xs;
	bus->port_ops = ops;
	bus->port_opaque = port_opaque;
	if (!bus->grants) {
		err("the grant table is outside guest memory");
		free(bus);
		return NULL;
	}
	return bus;
}

int bus_create(struct device_bus *bus, const struct domain_config *cfg)
{
	unsigned int i;

	for (i = 0; device_types[i]; i++)
		if (device_types[i]->create(bus, cfg))
			return -1;
	return 0;
}

int bus_settle(struct device_bus *bus)
{
	unsigned int i;

	for (i = 0; device_types[i]; i++)
		if (device_types[i]->settle && device_types[i]->settle(bus))
			return -1;
	return 0;
}

void bus_free(struct device_bus *bus)
{
	unsigned int i;

	if (!bus)
		return;
	while (bus->devices)
		device_free(bus->devices);
	for (i = 0; device_types[i]; i++)
		if (device_types[i]->finish)
			device_types[i]->finish(bus);
	if (grant_mapped(bus->grants))
		log_line("%llu grants were left mapped",
			 (unsigned long long)grant_mapped(bus->grants));
	grant_table_free(bus->grants);
	free(bus);
}

void bus_pause(struct device_bus *bus)
{
	struct device *dev;

	for (dev = bus->devices; dev; dev = dev->next)
		if (dev->type->pause)
			dev->type->pause(dev);
}

int bus_sync(struct device_bus *bus)
{
	struct device *dev;

	for (dev = bus->devices; dev; dev = dev->next)
		if (dev->type->sync && dev->type->sync(dev))
			return -1;
	return 0;
}

void bus_release(struct device_bus *bus)
{
	struct device *dev;

	for (dev = bus->devices; dev; dev = dev->next)
		if (dev->type->release)
			dev->type->release(dev);
}

int bus_resume(struct device_bus *bus)
{
	struct device *dev;
	int ret = 0;

	for (dev = bus->devices; dev; dev = dev->next)
		if (dev->type->resume && dev->type->resume(dev))
			ret = -1;
	return ret;
}

static const struct device_type *find_type(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; device_types[i]; i++)
		if (!strncmp(device_types[i]->name, name, len) &&
		    !device_types[i]->name[len])
			return device_types[i];
	return NULL;
}

/* "TYPE DEVID [force]": the device, or NULL with a reason. */
static struct device *named_device(struct device_bus *bus, const char *arg)
{
	const struct device_type *type;
	struct device *dev;
	char name[16], end = ' ';
	uint32_t devid;

	if (sscanf(arg, "%15s %u%c", name, &devid, &end) < 2 || end != ' ') {
		why_set(bus->why, "no device is named");
		return NULL;
	}
	type = find_type(name, strlen(name));
	dev = type ? bus_find(bus, type, devid) : NULL;
	if (!dev)
		why_set(bus->why, "there is no %.15s %u", name, devid);
	return dev;
}

static const char *verb_list(struct device_bus *bus, const char *arg, FILE *out)
{
	const struct device *dev;

	for (dev = bus->devices; dev; dev = dev->next)
		if (!strcmp(dev->type->name, arg))
			dev->type->describe(dev, out);
	return NULL;
}

static const char *verb_detach(struct device_bus *bus, const char *arg,
			       FILE *out)
{
	struct device *dev = named_device(bus, arg);

	if (!dev)
		return bus->why;
	device_detach(dev, strstr(arg, " force"));
	return NULL;
}

/* Answers "1" while the device is there, and "0": hot-unplug takes time. */
static const char *verb_there(struct device_bus *bus, const char *arg,
			      FILE *out)
{
	fprintf(out, "%d\n", !!named_device(bus, arg));
	return NULL;
}

static const struct {
	const char *name;
	const char *(*handle)(struct device_bus *bus, const char *arg,
			      FILE *out);
} verbs[] = {
	{ "device-list", verb_list },
	{ "device-detach", verb_detach },
	{ "device-there", verb_there },
};

bool bus_verb(struct device_bus *bus, const char *verb, const char *arg,
	      FILE *out, const char **reason)
{
	const struct device_type *type;
	const char *dash;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, verb))
			continue;
		*reason = bus ? verbs[i].handle(bus, arg, out) :
				"it has ended already";
		return true;
	}

	dash = strchr(verb, '-');
	type = dash ? find_type(verb, dash - verb) : NULL;
	if (!type || !type->verb)
		return false;
	*reason = bus ? type->verb(bus, dash + 1, arg, out, bus->why) :
			"it has ended already";
	return true;
}
