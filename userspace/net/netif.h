/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network ring protocol (xen/io/netif.h): one queue, its two rings.
 *
 * Where packets come from and go to is the caller's business; here they are
 * Ethernet packets behind a struct virtio_net_hdr.  One thread at a time.
 *
 * What the guest writes is read once.  A guest that breaks the rules of a ring
 * is not served any more (broken); a packet that makes no sense is answered
 * with an error.
 */
#ifndef XENPV_NET_NETIF_H
#define XENPV_NET_NETIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <linux/virtio_net.h>
#include <xen/io/netif.h>

struct grant_table;
struct mcast;
struct rate;

#define NETIF_RING_SIZE	256	/* of both rings, in one page each */

/* What the frontend can take. */
struct netif_features {
	bool sg;		/* packets in more than one page */
	bool gso_tcpv4, gso_tcpv6;
	bool csum_ipv4, csum_ipv6;	/* packets whose checksum is missing */
	bool rx_notify;		/* it says when it has made room */
};

struct netif_stats {
	uint64_t tx_packets, tx_bytes, tx_gso, tx_csum, tx_errors;
	uint64_t rx_packets, rx_bytes, rx_gso, rx_csum, rx_dropped;
};

/*
 * A packet of the guest: IOV[0] is its struct virtio_net_hdr, IOV[1] a copy of
 * its headers; what follows the guest may change at any time.
 */
typedef void (*netif_send_fn)(void *opaque, const struct iovec *iov,
			      unsigned int nr, size_t len);

struct netif_queue {
	struct grant_table *grants;
	struct netif_features features;
	struct mcast *mcast;
	struct rate *rate;
	netif_send_fn send;
	void *opaque;

	netif_tx_sring_t *tx;
	netif_rx_sring_t *rx;
	RING_IDX tx_cons, tx_pushed;
	RING_IDX rx_cons, rx_pushed;
	const char *broken;	/* what was wrong, or NULL */
	uint64_t limited_until;	/* ns; 0: it may send */
	struct netif_stats stats;
};

/*
 * Attach to the two rings where their indices are.  0, or -1 when these make
 * no sense.
 */
int netif_attach(struct netif_queue *q, void *tx, void *rx);

/*
 * Send on what the guest has queued at NOW (ns), BUDGET packets at most.  True
 * when there is more to do at once; otherwise the guest notifies, or
 * limited_until comes.
 */
bool netif_tx(struct netif_queue *q, unsigned int budget, uint64_t now);
/* Push the answers.  True: notify the guest. */
bool netif_tx_push(struct netif_queue *q);

enum netif_rx {
	NETIF_RX_DONE,
	NETIF_RX_FULL,		/* no room: once more after an event */
	NETIF_RX_DROPPED,
};

/* Give the guest a packet; DATA may be changed. */
enum netif_rx netif_rx(struct netif_queue *q, struct virtio_net_hdr *hdr,
		       uint8_t *data, size_t len);
bool netif_rx_push(struct netif_queue *q);

#endif
