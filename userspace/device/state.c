// SPDX-License-Identifier: GPL-2.0
/*
 * The xenbus states of a device.
 *
 * The frontend's state is the guest's: any number at any time.  Whatever it
 * says, a device is connected once, disconnected once, and gone only after it
 * was disconnected.
 */
#include <errno.h>
#include <stdlib.h>

#include "../util.h"
#include "../vmm/log.h"
#include "../xenstore/local.h"
#include "device.h"

void device_set_state(struct device *dev, enum xenbus_state state)
{
	dev->state = state;
	device_set_back(dev, "state", "%d", state);
}

static void disconnect(struct device *dev)
{
	if (!dev->connected)
		return;
	dev->type->disconnect(dev);
	dev->connected = false;
}

/* As frontends see a driver that gave up. */
static void fail(struct device *dev, const char *why)
{
	char *path = xasprintf("/local/domain/0/error/backend/%s/%u/%u/error",
			       dev->type->name, dev->bus->domid, dev->devid);

	log_guest_line("%s %u: %s", dev->type->name, dev->devid, why);
	xs_server_write(dev->bus->xs, NULL, path, "%d %s", EINVAL, why);
	free(path);
	device_set_state(dev, XenbusStateClosing);
}

static void publish(struct device *dev)
{
	if (dev->type->publish && dev->type->publish(dev))
		fail(dev, "cannot be offered to the guest");
	else
		device_set_state(dev, XenbusStateInitWait);
}

static void on_initialising(struct device *dev)
{
	/* Another kernel has taken over, or the same one starts again. */
	if (dev->connected)
		disconnect(dev);
	else if (dev->state == XenbusStateInitWait)
		return;
	/* Whoever was asked to let go of it is no more. */
	if (dev->going)
		device_remove(dev);
	else
		publish(dev);
}

static void on_ready(struct device *dev)
{
	char why[WHY_MAX] = "";

	if (dev->connected || dev->going)
		return;
	/* After a failure the frontend has to begin anew. */
	if (dev->state != XenbusStateInitWait)
		return;
	if (dev->type->connect(dev, why)) {
		fail(dev, why);
		return;
	}
	dev->connected = true;
	device_set_state(dev, XenbusStateConnected);
}

static void on_closing(struct device *dev)
{
	if (!dev->type->serves_closing)
		disconnect(dev);
	if (dev->state != XenbusStateClosing)
		device_set_state(dev, XenbusStateClosing);
}

static void on_closed(struct device *dev)
{
	disconnect(dev);
	if (dev->going)
		device_remove(dev);
	else if (dev->state != XenbusStateClosed)
		device_set_state(dev, XenbusStateClosed);
}

void device_frontend_changed(struct device *dev)
{
	uint64_t state;

	if (device_get_number(dev, "state", XenbusStateReconfigured, &state))
		state = XenbusStateUnknown;
	switch (state) {
	case XenbusStateInitialising:
		on_initialising(dev);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		on_ready(dev);
		break;
	case XenbusStateClosing:
		on_closing(dev);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		on_closed(dev);
		break;
	default:
		/* InitWait is the frontend's own; there is no reconfiguring. */
		break;
	}
}
