/* SPDX-License-Identifier: GPL-2.0 */
/* Bridges of the host. */
#ifndef XENPV_NET_BRIDGE_H
#define XENPV_NET_BRIDGE_H

#include "../device/device.h"

/* Make interface INDEX a port of BRIDGE. */
int bridge_add(const char *bridge, unsigned int index, char why[WHY_MAX]);
/* 0 when it does not say. */
unsigned int bridge_mtu(const char *bridge);

#endif
