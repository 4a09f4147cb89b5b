/* SPDX-License-Identifier: GPL-2.0 */
/* The multicast addresses that a guest wants to hear.  Any thread. */
#ifndef XENPV_NET_MCAST_H
#define XENPV_NET_MCAST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define MCAST_MAX	64	/* as Linux's netback */

struct mcast {
	pthread_mutex_t lock;
	bool enabled;		/* otherwise everything passes */
	unsigned int nr;
	uint8_t addr[MCAST_MAX][6];
};

void mcast_init(struct mcast *m);
void mcast_destroy(struct mcast *m);
/* Filter or not; the addresses are kept. */
void mcast_enable(struct mcast *m, bool on);
void mcast_clear(struct mcast *m);
/* False when there are too many. */
bool mcast_add(struct mcast *m, const uint8_t addr[6]);
void mcast_del(struct mcast *m, const uint8_t addr[6]);
/* Shall a packet to this address reach the guest? */
bool mcast_passes(struct mcast *m, const uint8_t addr[6]);

#endif
