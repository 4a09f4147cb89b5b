/* SPDX-License-Identifier: GPL-2.0 */
/* A queue of a network device: its rings, its thread, its side of the host. */
#ifndef XENPV_NET_QUEUE_H
#define XENPV_NET_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "../device/port.h"
#include "netif.h"
#include "packet.h"
#include "user.h"

/* Packets that wait for the guest to make room; bounded. */
struct backlog {
	struct backlog_packet *first, **last;
	size_t bytes;
};

struct net_queue {
	/* Filled in by whoever starts it. */
	uint32_t domid, devid;
	unsigned int id;
	int tap;			/* a queue of the TAP, or -1... */
	struct user_net *user;		/* ...and this */
	struct port tx_port, rx_port;	/* rx_port.fd is -1: tx_port for both */
	uint32_t refs[2];		/* the rings' grants: tx, rx */
	struct netif_queue ring;

	/* The thread's. */
	pthread_t thread;
	bool running;
	int stop_fd;
	bool tap_gone;
	struct backlog backlog;
	struct pollset set;
	uint8_t buffer[PACKET_MAX];
};

/* Start the thread; the rings are attached.  0, or -1 with errno. */
int queue_start(struct net_queue *q);
/* It uses nothing of the guest's afterwards. */
void queue_stop(struct net_queue *q);

#endif
