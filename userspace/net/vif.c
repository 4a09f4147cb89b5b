// SPDX-License-Identifier: GPL-2.0
/* Network devices: their beginning and end, and the commands about them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config.h"
#include "../paths.h"
#include "../util.h"
#include "../vmm/log.h"
#include "../xenstore/local.h"
#include "bridge.h"
#include "vif.h"

#define MAX_DEVICES	65536

static void format_mac(char text[18], const uint8_t m[6])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
		 m[3], m[4], m[5]);
}

/* What the domain is known by, across restarts. */
static void make_mac(struct vif_config *cfg, const struct device_bus *bus)
{
	char base[32], *vm;

	if (cfg->has_mac)
		return;
	snprintf(base, sizeof(base), "/local/domain/%u", bus->domid);
	vm = xs_server_read(bus->xs, base, "vm");
	vif_config_make_mac(cfg->mac, vm ? vm : base, cfg->devid);
	free(vm);
	cfg->has_mac = true;
}

static int choose_devid(struct vif_config *cfg, const struct device_bus *bus,
			char why[WHY_MAX])
{
	int id;

	if (cfg->devid >= 0) {
		if (!bus_find(bus, &vif_type, cfg->devid))
			return 0;
		why_set(why, "there is a vif %d already", cfg->devid);
		return -1;
	}
	for (id = 0; id < MAX_DEVICES; id++)
		if (!bus_find(bus, &vif_type, id))
			break;
	cfg->devid = id;
	return 0;
}

static void set_nodes(struct vif *v)
{
	const struct vif_config *cfg = &v->cfg;
	struct device *dev = v->dev;
	const struct {
		const char *name, *value;
	} optional[] = {
		{ "bridge", cfg->bridge },
		{ "script", cfg->script },
		{ "ip", cfg->ip },
		{ "vifname", cfg->vifname },
		{ "gatewaydev", cfg->gatewaydev },
	};
	char mac[18];
	size_t i;

	format_mac(mac, cfg->mac);
	device_set_back(dev, "mac", "%s", mac);
	device_set_front(dev, "mac", "%s", mac);
	device_set_back(dev, "type", "vif");
	device_set_back(dev, "hotplug-status", "%s", "");
	device_set_front(dev, "trusted", "%d", !cfg->untrusted);
	for (i = 0; i < ARRAY_SIZE(optional); i++)
		if (optional[i].value)
			device_set_back(dev, optional[i].name, "%s",
					optional[i].value);
	if (cfg->rate_bytes)
		device_set_back(dev, "rate", "%llu,%u",
				(unsigned long long)cfg->rate_bytes,
				cfg->rate_usecs);
	if (cfg->mtu) {
		device_set_back(dev, "mtu", "%u", cfg->mtu);
		device_set_front(dev, "mtu", "%u", cfg->mtu);
	}
}

static void ready(struct vif *v)
{
	v->ready = true;
	device_start(v->dev);
}

/* A TAP without a script: all is done here. */
static int open_tap(struct vif *v, char why[WHY_MAX])
{
	const struct vif_config *cfg = &v->cfg;
	unsigned int mtu = cfg->mtu;
	char name[IFNAMSIZ];

	if (cfg->vifname && cfg->mode != VIF_SCRIPT)
		snprintf(name, sizeof(name), "%s", cfg->vifname);
	else if (snprintf(name, sizeof(name), "vif%u.%u", v->dev->bus->domid,
			  v->dev->devid) >= (int)sizeof(name))
		snprintf(name, sizeof(name), "vif%%d");
	if (tap_open(&v->own_tap, name, why))
		return -1;
	v->tap = &v->own_tap;
	/* The smallest of its ports' is a bridge's. */
	if (cfg->mode == VIF_BRIDGE && !mtu)
		mtu = bridge_mtu(cfg->bridge);
	if (tap_set_mtu(v->tap, mtu, why))
		return -1;
	if (cfg->mode == VIF_SCRIPT)
		return 0;
	if (cfg->mode == VIF_BRIDGE &&
	    bridge_add(cfg->bridge, v->tap->index, why))
		return -1;
	return tap_up(v->tap, why);
}

/* What scripts find in their environment, as libxl has it, and some more. */
static char **script_environment(const struct vif *v)
{
	const struct device *dev = v->dev;
	const struct vif_config *cfg = &v->cfg;
	char *store = run_path(dev->bus->domid, "xs");
	char **env = xcalloc(12, sizeof(*env));
	unsigned int n = 0;
	char mac[18];

	format_mac(mac, cfg->mac);
	env[n++] = xasprintf("script=%s", cfg->script);
	env[n++] = xstrdup("XENBUS_TYPE=vif");
	env[n++] = xasprintf("XENBUS_PATH=backend/vif/%u/%u", dev->bus->domid,
			     dev->devid);
	env[n++] = xstrdup("XENBUS_BASE_PATH=backend");
	env[n++] = xasprintf("netdev=%s", cfg->gatewaydev ? cfg->gatewaydev : "");
	env[n++] = xasprintf("vif=%s", v->tap->name);
	/* Where xenstore-read and its like find this domain's. */
	env[n++] = xasprintf("XENSTORED_PATH=%s", store);
	/* Offline, a device's nodes may be gone. */
	env[n++] = xasprintf("bridge=%s", cfg->bridge ? cfg->bridge : "");
	env[n++] = xasprintf("ip=%s", cfg->ip ? cfg->ip : "");
	env[n++] = xasprintf("mac=%s", mac);
	free(store);
	return env;
}

static void on_script(void *opaque, const char *error)
{
	struct vif *v = opaque;
	struct device *dev = v->dev;
	char *status = xs_server_read(dev->bus->xs, dev->back, "hotplug-status");
	char *text = xs_server_read(dev->bus->xs, dev->back, "hotplug-error");

	/* What it says itself is the better reason. */
	if (text || (status && !strcmp(status, "error")))
		v->failure = text ? xasprintf("%s: %s", v->cfg.script, text) :
				    xasprintf("%s failed", v->cfg.script);
	else if (error)
		v->failure = xstrdup(error);
	free(status);
	free(text);
	if (v->failure)
		log_line("vif %u: %s", dev->devid, v->failure);
	else
		ready(v);
}

static int run_script(struct vif *v, char why[WHY_MAX])
{
	v->hotplug = hotplug_start(v->dev->bus->loop, v->cfg.script,
				   script_environment(v), v->tap, on_script, v);
	if (v->hotplug) {
		v->tap = hotplug_tap(v->hotplug);
		return 0;
	}
	v->tap = NULL;
	why_set(why, "cannot run %s: %s", v->cfg.script, strerror(errno));
	return -1;
}

static int set_up(struct vif *v, char why[WHY_MAX])
{
	if (v->cfg.mode == VIF_USER) {
		v->user = user_new(&v->cfg, why);
		if (!v->user)
			return -1;
	} else if (open_tap(v, why)) {
		return -1;
	}
	set_nodes(v);
	if (v->cfg.mode == VIF_SCRIPT)
		return run_script(v, why);
	ready(v);
	return 0;
}

/* *CFG is taken.  The device, or NULL and WHY. */
static struct device *vif_add(struct device_bus *bus, struct vif_config *cfg,
			      char why[WHY_MAX])
{
	struct vif *v;

	if (choose_devid(cfg, bus, why)) {
		vif_config_free(cfg);
		return NULL;
	}
	make_mac(cfg, bus);
	v = xcalloc(1, sizeof(*v));
	v->cfg = *cfg;
	rate_init(&v->rate, cfg->rate_bytes, cfg->rate_usecs);
	mcast_init(&v->mcast);
	v->dev = device_new(bus, &vif_type, cfg->devid, v);
	if (!set_up(v, why))
		return v->dev;
	device_remove(v->dev);
	return NULL;
}

static void vif_free(struct device *dev)
{
	struct vif *v = dev->priv;

	if (v->hotplug)
		hotplug_end(v->hotplug);
	else
		tap_close(&v->own_tap);
	user_free(v->user);
	mcast_destroy(&v->mcast);
	rate_destroy(&v->rate);
	vif_config_free(&v->cfg);
	free(v->failure);
	free(v);
}

static int vif_create(struct device_bus *bus, const struct domain_config *cfg)
{
	char why[WHY_MAX], *error;
	struct vif_config vc;
	unsigned int i;

	for (i = 0; i < cfg->nr_vifs; i++) {
		/* It was good when the file was read. */
		if (vif_config_parse(&vc, cfg->vifs[i], &error)) {
			err("%s", error);
			free(error);
			return -1;
		}
		if (vc.devid < 0)
			vc.devid = i;
		if (!vif_add(bus, &vc, why)) {
			err("vif %u: %s", i, why);
			return -1;
		}
	}
	return 0;
}

/* Scripts run beside the loop: a domain starts when they have ended. */
static int vif_settle(struct device_bus *bus)
{
	struct device *dev;

	script_wait_all(bus->loop);
	for (dev = bus->devices; dev; dev = dev->next) {
		struct vif *v = dev->priv;

		if (dev->type != &vif_type || !v->failure)
			continue;
		err("vif %u: %s", dev->devid, v->failure);
		return -1;
	}
	return 0;
}

static void vif_finish(struct device_bus *bus)
{
	script_wait_all(bus->loop);
}

/* The frontend's number, -1 when there is none. */
static int front_number(const struct device *dev, const char *node)
{
	uint64_t value;

	return device_get_number(dev, node, INT32_MAX, &value) ? -1 : (int)value;
}

static void vif_describe(const struct device *dev, FILE *out)
{
	const struct vif *v = dev->priv;
	char mac[18];

	format_mac(mac, v->cfg.mac);
	fprintf(out, "%-3u %-2d %s %6u %5d %6d %5d/%-11d %-30s\n", dev->devid, 0,
		mac, dev->devid, front_number(dev, "state"),
		front_number(dev, "event-channel"),
		front_number(dev, "tx-ring-ref"),
		front_number(dev, "rx-ring-ref"), dev->back);
}

static const char *verb_attach(struct device_bus *bus, const char *arg,
			       FILE *out, char why[WHY_MAX])
{
	struct vif_config cfg;
	struct device *dev;
	char *error;

	if (vif_config_parse(&cfg, arg, &error)) {
		why_set(why, "%s", error);
		free(error);
		return why;
	}
	dev = vif_add(bus, &cfg, why);
	if (!dev)
		return why;
	fprintf(out, "%u\n", dev->devid);
	return NULL;
}

/* Answers "ready" or "pending"; a reason, once, when it will never be. */
static const char *verb_status(struct device_bus *bus, const char *arg,
			       FILE *out, char why[WHY_MAX])
{
	struct device *dev = bus_find(bus, &vif_type, strtoul(arg, NULL, 10));
	struct vif *v = dev ? dev->priv : NULL;

	if (!v) {
		why_set(why, "there is no vif %s", arg);
		return why;
	}
	if (v->failure) {
		why_set(why, "%s", v->failure);
		device_remove(dev);
		return why;
	}
	fprintf(out, "%s\n", v->ready ? "ready" : "pending");
	return NULL;
}

/* The number of the device with this address. */
static const char *verb_find(struct device_bus *bus, const char *arg, FILE *out,
			     char why[WHY_MAX])
{
	const struct device *dev;
	char mac[18];

	for (dev = bus->devices; dev; dev = dev->next) {
		if (dev->type != &vif_type)
			continue;
		format_mac(mac, ((struct vif *)dev->priv)->cfg.mac);
		if (!strcasecmp(mac, arg)) {
			fprintf(out, "%u\n", dev->devid);
			return NULL;
		}
	}
	why_set(why, "there is no vif with address %s", arg);
	return why;
}

/* The threads count while this reads. */
static uint64_t load(const uint64_t *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

/* "vif-stats": what the guest sent and received since it connected. */
static const char *verb_stats(struct device_bus *bus, FILE *out)
{
	const struct device *dev;
	unsigned int i;

	for (dev = bus->devices; dev; dev = dev->next) {
		const struct vif *v = dev->priv;
		unsigned long long tx = 0, rx = 0;

		if (dev->type != &vif_type)
			continue;
		for (i = 0; i < v->nr_queues; i++) {
			tx += load(&v->queues[i]->ring.stats.tx_bytes);
			rx += load(&v->queues[i]->ring.stats.rx_bytes);
		}
		fprintf(out, "%u.tx_bytes %llu\n%u.rx_bytes %llu\n", dev->devid,
			tx, dev->devid, rx);
	}
	return NULL;
}

static const char *vif_verb(struct device_bus *bus, const char *verb,
			    const char *arg, FILE *out, char why[WHY_MAX])
{
	if (!strcmp(verb, "attach"))
		return verb_attach(bus, arg, out, why);
	if (!strcmp(verb, "status"))
		return verb_status(bus, arg, out, why);
	if (!strcmp(verb, "find"))
		return verb_find(bus, arg, out, why);
	if (!strcmp(verb, "stats"))
		return verb_stats(bus, out);
	return "no such verb";
}

const struct device_type vif_type = {
	.name = "vif",
	.create = vif_create,
	.settle = vif_settle,
	.finish = vif_finish,
	.publish = vif_publish,
	.connect = vif_connect,
	.disconnect = vif_disconnect,
	.pause = vif_pause,
	.resume = vif_resume,
	.free = vif_free,
	.describe = vif_describe,
	.verb = vif_verb,
};
