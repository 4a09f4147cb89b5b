/* SPDX-License-Identifier: GPL-2.0 */
/* The words of vif = [ '...' ], as in xl-network-configuration(5). */
#ifndef XENPV_NET_VIF_CONFIG_H
#define XENPV_NET_VIF_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>

/* A port of the host that leads to the guest (user mode). */
struct vif_forward {
	bool udp;
	struct in_addr host, guest;	/* guest: 0.0.0.0 is the guest's own */
	uint16_t host_port, guest_port;
};

enum vif_mode {
	VIF_USER,	/* no privileges: the helper is the router */
	VIF_TAP,	/* a TAP, brought up */
	VIF_BRIDGE,	/* a TAP on a bridge */
	VIF_SCRIPT,	/* a TAP, and a hotplug script */
};

struct vif_config {
	enum vif_mode mode;
	int devid;			/* -1: the lowest that is free */
	bool has_mac;
	uint8_t mac[6];
	char *bridge, *gatewaydev, *vifname, *script;
	char *ip;			/* addresses, a space between two */
	uint64_t rate_bytes;		/* per interval, 0: no limit */
	uint32_t rate_usecs;
	unsigned int mtu;		/* 0: not given */
	bool untrusted;
	bool hostloopback;
	struct vif_forward *forwards;
	unsigned int nr_forwards;
};

/*
 * Parse "mac=...,bridge=...".  0, or -1 and *ERROR, to be freed, says what is
 * wrong and what was expected.
 */
int vif_config_parse(struct vif_config *v, const char *spec, char **error);
void vif_config_free(struct vif_config *v);
/* The same again as one text, to be freed. */
char *vif_config_text(const struct vif_config *v);

/* An address for device DEVID of the domain that SEED names: always the same. */
void vif_config_make_mac(uint8_t mac[6], const char *seed, uint32_t devid);

#endif
