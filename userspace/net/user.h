/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network in user mode: libslirp is the guest's router, name server and
 * DHCP server, and ends its connections in sockets of this process.
 */
#ifndef XENPV_NET_USER_H
#define XENPV_NET_USER_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../device/device.h"

struct user_net;
struct vif_config;

/* What to wait for, and how long (ms, -1: for ever). */
struct pollset {
	struct pollfd *fds;
	unsigned int nr, room;
	int timeout;
};

/* Add FD; the index where its events will be. */
unsigned int pollset_add(struct pollset *set, int fd, short events);
void pollset_limit(struct pollset *set, int64_t timeout_ms);

/* A packet for the guest, without anything in front of it. */
typedef void (*user_packet_fn)(void *opaque, const uint8_t *data, size_t len);

struct user_net *user_new(const struct vif_config *cfg, char why[WHY_MAX]);
void user_free(struct user_net *u);

/* Who gets packets, in the thread that calls the functions below; or NULL. */
void user_attach(struct user_net *u, user_packet_fn packet, void *opaque);
/* A packet of the guest, a struct virtio_net_hdr first. */
void user_send(struct user_net *u, const struct iovec *iov, unsigned int nr,
	       size_t len);
/* Before and after poll(). */
void user_fill(struct user_net *u, struct pollset *set);
void user_poll(struct user_net *u, const struct pollset *set, bool failed);

#endif
