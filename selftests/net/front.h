/* SPDX-License-Identifier: GPL-2.0 */
/* A frontend's side of one queue, and packets for it. */
#ifndef FRONT_H
#define FRONT_H

#include "../device/guest.h"
#include "net/mcast.h"
#include "net/netif.h"
#include "net/rate.h"

#define FRONT_PAGES	256
#define FIRST_PAGE	16	/* frame and grant of the first data page */

/* What the backend sent on last. */
struct sent {
	unsigned int nr;
	struct virtio_net_hdr hdr;
	size_t len;
	uint8_t data[70000];
};

struct front {
	struct guest g;
	struct grant_table *grants;
	struct mcast mcast;
	struct rate rate;
	struct netif_queue q;
	struct sent sent;
};

void front_new(struct front *f);
void front_free(struct front *f);
/* Attach anew to empty rings. */
void front_reset(struct front *f);

/* Queue a tx request for data page PAGE. */
void front_tx(struct front *f, unsigned int page, uint16_t offset,
	      uint16_t flags, uint16_t id, uint16_t size);
void front_tx_extra(struct front *f, const netif_extra_info_t *extra);
/* Offer pages FIRST to FIRST + NR - 1 for packets to the guest. */
void front_rx(struct front *f, unsigned int first, unsigned int nr);

static inline uint8_t *front_page(struct front *f, unsigned int page)
{
	return guest_page(&f->g, FIRST_PAGE + page);
}

/*
 * An Ethernet packet with TCP or UDP and LEN bytes of payload, in IP of VERSION;
 * the checksum field holds the pseudo header's sum.  Its length.
 */
size_t packet_make(uint8_t *to, int version, int proto, size_t len);
/* Is the TCP or UDP checksum right? */
bool packet_good(const uint8_t *data, size_t len);

#endif
