// SPDX-License-Identifier: GPL-2.0
/* A running domain's configuration with what was changed since it began. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../block/vbd.h"
#include "../device/device.h"
#include "../net/vif.h"
#include "../util.h"
#include "../xenstore/local.h"
#include "current.h"

static bool is_online(const struct device_bus *bus, unsigned int vcpu)
{
	char base[32], node[32], *value;
	bool online;

	snprintf(base, sizeof(base), "/local/domain/%u", bus->domid);
	snprintf(node, sizeof(node), "cpu/%u/availability", vcpu);
	value = xs_server_read(bus->xs, base, node);
	online = value && !strcmp(value, "online");
	free(value);
	return online;
}

static unsigned int count_vcpus(const struct device_bus *bus, unsigned int max)
{
	unsigned int i, n = 0;

	for (i = 0; i < max; i++)
		n += is_online(bus, i);
	/* The first cannot be spared. */
	return n ? n : 1;
}

static void take_disk(struct domain_config *now, const struct device *dev)
{
	const struct vbd *vbd = dev->priv;

	now->disks[now->nr_disks++] = vbd->spec;
}

static void take_vif(struct domain_config *now, const struct device *dev)
{
	const struct vif *vif = dev->priv;

	now->vifs[now->nr_vifs++] = vif_config_text(&vif->cfg);
}

void current_config(struct domain_config *now, const struct domain_config *cfg,
		    const struct device_bus *bus)
{
	const struct device *dev;
	size_t n = 0;

	for (dev = bus->devices; dev; dev = dev->next)
		n++;
	*now = *cfg;
	now->vcpus = count_vcpus(bus, cfg->maxvcpus);
	now->disks = xcalloc(n + 1, sizeof(*now->disks));
	now->nr_disks = 0;
	now->vifs = xcalloc(n + 1, sizeof(*now->vifs));
	now->nr_vifs = 0;
	for (dev = bus->devices; dev; dev = dev->next) {
		if (dev->going)
			continue;
		if (dev->type == &vbd_type)
			take_disk(now, dev);
		else if (dev->type == &vif_type)
			take_vif(now, dev);
	}
}

void current_free(struct domain_config *now)
{
	while (now->nr_vifs)
		free(now->vifs[--now->nr_vifs]);
	free(now->vifs);
	free(now->disks);
}
