/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices ("vif"): the backend of the guest's netfront. */
#ifndef XENPV_NET_VIF_H
#define XENPV_NET_VIF_H

#include "../device/device.h"
#include "hotplug.h"
#include "mcast.h"
#include "queue.h"
#include "rate.h"
#include "tap.h"
#include "user.h"
#include "vif_config.h"

struct vif {
	struct device *dev;
	struct vif_config cfg;

	struct tap *tap;		/* own_tap, the hotplug's, or NULL */
	struct tap own_tap;
	struct hotplug *hotplug;
	struct user_net *user;
	bool ready;			/* the guest may see it */
	char *failure;			/* why it will never be */

	struct rate rate;
	struct mcast mcast;
	struct xs_watcher *mcast_watcher;
	struct net_queue **queues;	/* while connected */
	unsigned int nr_queues;
};

extern const struct device_type vif_type;

/* vif_connect.c: the device's own functions. */
int vif_publish(struct device *dev);
int vif_connect(struct device *dev, char why[WHY_MAX]);
void vif_disconnect(struct device *dev);
void vif_pause(struct device *dev);
int vif_resume(struct device *dev);

#endif
