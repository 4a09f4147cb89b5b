// SPDX-License-Identifier: GPL-2.0
/* A network device between its frontend's nodes and its queues. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_tun.h>

#include "../device/grant.h"
#include "../util.h"
#include "../vmm/log.h"
#include "../xenstore/local.h"
#include "vif.h"

/* libslirp is one thread's; somebody else's TAP has the queues it has. */
static unsigned int max_queues(const struct vif *v)
{
	return v->tap && !v->tap->persistent ? TAP_MAX_QUEUES : 1;
}

int vif_publish(struct device *dev)
{
	static const char *const features[] = {
		"feature-sg", "feature-gso-tcpv4", "feature-rx-copy",
		"feature-ipv6-csum-offload", "feature-multicast-control",
		"feature-dynamic-multicast-control",
		"feature-split-event-channels",
	};
	struct vif *v = dev->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		device_set_back(dev, features[i], "1");
	/* libslirp takes segments of any length in IPv4 alone. */
	device_set_back(dev, "feature-gso-tcpv6", "%d", !v->user);
	device_set_back(dev, "feature-rx-flip", "0");
	device_set_back(dev, "multi-queue-max-queues", "%u", max_queues(v));
	return 0;
}

/* A frontend's switch; one that is missing or odd is off. */
static bool feature(const struct device *dev, const char *node)
{
	uint64_t value;

	return !device_get_number(dev, node, UINT32_MAX, &value) && value;
}

static void read_features(const struct device *dev, struct netif_features *f)
{
	f->sg = feature(dev, "feature-sg");
	f->gso_tcpv4 = f->sg && feature(dev, "feature-gso-tcpv4");
	f->gso_tcpv6 = f->sg && feature(dev, "feature-gso-tcpv6");
	f->csum_ipv4 = !feature(dev, "feature-no-csum-offload");
	f->csum_ipv6 = feature(dev, "feature-ipv6-csum-offload");
	f->rx_notify = feature(dev, "feature-rx-notify");
}

static int read_nr_queues(const struct vif *v, unsigned int *nr,
			  char why[WHY_MAX])
{
	uint64_t value = 1;
	int ret = device_get_number(v->dev, "multi-queue-num-queues",
				    max_queues(v), &value);

	if ((ret && ret != ENOENT) || !value) {
		why_set(why, "multi-queue-num-queues is not 1 to %u",
			max_queues(v));
		return -1;
	}
	*nr = ret ? 1 : value;
	return 0;
}

/* A queue's number; with one queue they are the device's own nodes. */
static int queue_number(const struct vif *v, unsigned int id, const char *name,
			uint64_t max, uint64_t *value)
{
	char node[64];

	if (v->nr_queues == 1)
		snprintf(node, sizeof(node), "%s", name);
	else
		snprintf(node, sizeof(node), "queue-%u/%s", id, name);
	return device_get_number(v->dev, node, max, value);
}

static void queue_close(struct vif *v, struct net_queue *q)
{
	struct grant_table *t = v->dev->bus->grants;

	port_close(&q->tx_port);
	port_close(&q->rx_port);
	if (q->ring.tx)
		grant_unmap(t, q->refs[0], true);
	if (q->ring.rx)
		grant_unmap(t, q->refs[1], true);
	free(q);
}

static int open_ports(struct vif *v, struct net_queue *q, char why[WHY_MAX])
{
	uint64_t tx, rx;
	int ret;

	if (!queue_number(v, q->id, "event-channel-tx", UINT32_MAX, &tx) &&
	    !queue_number(v, q->id, "event-channel-rx", UINT32_MAX, &rx)) {
		ret = device_port_open(v->dev, &q->tx_port, tx);
		if (!ret)
			ret = device_port_open(v->dev, &q->rx_port, rx);
	} else if (!queue_number(v, q->id, "event-channel", UINT32_MAX, &tx)) {
		ret = device_port_open(v->dev, &q->tx_port, tx);
	} else {
		why_set(why, "queue %u has no event channel", q->id);
		return -1;
	}
	if (ret)
		why_set(why, "queue %u: its event channel cannot be bound: %s",
			q->id, strerror(errno));
	return ret;
}

static int map_rings(struct vif *v, struct net_queue *q, char why[WHY_MAX])
{
	struct grant_table *t = v->dev->bus->grants;
	uint64_t tx, rx;

	if (queue_number(v, q->id, "tx-ring-ref", UINT32_MAX, &tx) ||
	    queue_number(v, q->id, "rx-ring-ref", UINT32_MAX, &rx)) {
		why_set(why, "queue %u has no tx-ring-ref or rx-ring-ref",
			q->id);
		return -1;
	}
	q->refs[0] = tx;
	q->refs[1] = rx;
	q->ring.tx = grant_map(t, tx, true);
	q->ring.rx = grant_map(t, rx, true);
	if (!q->ring.tx || !q->ring.rx) {
		why_set(why, "queue %u: its rings are not granted", q->id);
		return -1;
	}
	if (netif_attach(&q->ring, q->ring.tx, q->ring.rx)) {
		why_set(why, "queue %u: its rings' indices cannot be", q->id);
		return -1;
	}
	return 0;
}

static struct net_queue *queue_open(struct vif *v, unsigned int id,
				    const struct netif_features *f,
				    char why[WHY_MAX])
{
	struct net_queue *q = xcalloc(1, sizeof(*q));

	q->domid = v->dev->bus->domid;
	q->devid = v->dev->devid;
	q->id = id;
	q->tap = v->tap ? v->tap->fds[id] : -1;
	q->user = v->user;
	q->tx_port.fd = -1;
	q->rx_port.fd = -1;
	q->ring.grants = v->dev->bus->grants;
	q->ring.features = *f;
	q->ring.mcast = &v->mcast;
	q->ring.rate = &v->rate;
	if (!open_ports(v, q, why) && !map_rings(v, q, why)) {
		if (!queue_start(q))
			return q;
		why_set(why, "queue %u: no thread: %s", id, strerror(errno));
	}
	queue_close(v, q);
	return NULL;
}

static unsigned int offloads(const struct netif_features *f)
{
	unsigned int flags = 0;

	if (f->csum_ipv4 || f->csum_ipv6)
		flags |= TUN_F_CSUM;
	/* The kernel takes these with the checksum only. */
	if (f->csum_ipv4 && f->gso_tcpv4)
		flags |= TUN_F_TSO4 | TUN_F_TSO_ECN;
	if (f->csum_ipv6 && f->gso_tcpv6)
		flags |= TUN_F_TSO6 | TUN_F_TSO_ECN;
	return flags;
}

static int prepare_tap(struct vif *v, const struct netif_features *f,
		       char why[WHY_MAX])
{
	if (!v->tap)
		return 0;
	if (tap_set_queues(v->tap, v->nr_queues) < v->nr_queues) {
		why_set(why, "cannot open %u queues of %s", v->nr_queues,
			v->tap->name);
		return -1;
	}
	return tap_set_offload(v->tap, offloads(f), why);
}

static void on_mcast(void *opaque, const char *path)
{
	struct vif *v = opaque;

	mcast_enable(&v->mcast, feature(v->dev, "request-multicast-control"));
}

int vif_connect(struct device *dev, char why[WHY_MAX])
{
	struct vif *v = dev->priv;
	struct netif_features f;
	unsigned int nr, i;
	char *path;

	if (!feature(dev, "request-rx-copy")) {
		why_set(why, "the frontend does not ask for rx-copy, and there is no flipping");
		return -1;
	}
	read_features(dev, &f);
	if (read_nr_queues(v, &nr, why))
		return -1;
	v->nr_queues = nr;
	if (prepare_tap(v, &f, why)) {
		v->nr_queues = 0;
		return -1;
	}

	mcast_clear(&v->mcast);
	on_mcast(v, NULL);
	v->queues = xcalloc(nr, sizeof(*v->queues));
	for (i = 0; i < nr; i++) {
		v->queues[i] = queue_open(v, i, &f, why);
		if (!v->queues[i]) {
			v->nr_queues = i;
			vif_disconnect(dev);
			return -1;
		}
	}
	path = xasprintf("%s/request-multicast-control", dev->front);
	v->mcast_watcher = xs_server_watch(dev->bus->xs, path, on_mcast, v);
	free(path);
	if (v->tap)
		tap_set_carrier(v->tap, true);
	return 0;
}

static void log_stats(const struct net_queue *q)
{
	const struct netif_stats *s = &q->ring.stats;

	log_guest_line("vif %u queue %u: sent %" PRIu64 " packets (%" PRIu64
		       " long, %" PRIu64 " without checksum, %" PRIu64
		       " bad), %" PRIu64 " bytes; received %" PRIu64 " (%" PRIu64
		       " long, %" PRIu64 " without checksum, %" PRIu64
		       " dropped), %" PRIu64 " bytes",
		       q->devid, q->id, s->tx_packets, s->tx_gso, s->tx_csum,
		       s->tx_errors, s->tx_bytes, s->rx_packets, s->rx_gso,
		       s->rx_csum, s->rx_dropped, s->rx_bytes);
}

void vif_pause(struct device *dev)
{
	struct vif *v = dev->priv;
	unsigned int i;

	for (i = 0; i < v->nr_queues; i++)
		queue_stop(v->queues[i]);
}

int vif_resume(struct device *dev)
{
	struct vif *v = dev->priv;
	int ret = 0;
	unsigned int i;

	for (i = 0; i < v->nr_queues; i++)
		if (queue_start(v->queues[i])) {
			log_line("vif %u, queue %u: no thread: %s", dev->devid,
				 i, strerror(errno));
			ret = -1;
		}
	return ret;
}

void vif_disconnect(struct device *dev)
{
	struct vif *v = dev->priv;
	unsigned int i;

	if (v->tap)
		tap_set_carrier(v->tap, false);
	xs_server_watch_free(v->mcast_watcher);
	v->mcast_watcher = NULL;
	for (i = 0; i < v->nr_queues; i++) {
		queue_stop(v->queues[i]);
		log_stats(v->queues[i]);
		queue_close(v, v->queues[i]);
	}
	free(v->queues);
	v->queues = NULL;
	v->nr_queues = 0;
	if (v->tap)
		tap_set_queues(v->tap, 1);
}
