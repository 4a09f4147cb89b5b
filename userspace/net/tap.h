/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TAP interface of the host.  It disappears with the last descriptor: whoever
 * has it may die at any time.
 */
#ifndef XENPV_NET_TAP_H
#define XENPV_NET_TAP_H

#include <net/if.h>
#include <stdbool.h>

#include "../device/device.h"

#define TAP_MAX_QUEUES	8

struct tap {
	char name[IFNAMSIZ];
	unsigned int index;		/* the kernel's, whatever its name */
	bool persistent;		/* somebody made it for us */
	unsigned int nr_fds;
	int fds[TAP_MAX_QUEUES];	/* non-blocking */
};

/* Make NAME, or take it when it is persistent and nobody else does. */
int tap_open(struct tap *t, const char *name, char why[WHY_MAX]);
void tap_close(struct tap *t);

/* Have NR queues, or as many as can be: how many there are then. */
unsigned int tap_set_queues(struct tap *t, unsigned int nr);
/* What the reader of packets takes: TUN_F_*. */
int tap_set_offload(struct tap *t, unsigned int offload, char why[WHY_MAX]);
/* 0: leave it. */
int tap_set_mtu(struct tap *t, unsigned int mtu, char why[WHY_MAX]);
int tap_up(struct tap *t, char why[WHY_MAX]);
/* Is there somebody who reads?  Nothing piles up otherwise. */
void tap_set_carrier(struct tap *t, bool on);

#endif
