/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A block frontend without a guest: nodes in a xenstore of its own, rings and
 * pages in memory that stands for a guest's.
 */
#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "../device/guest.h"
#include "../xenstore/client.h"
#include "block/ring.h"
#include "block/vbd.h"
#include "device/device.h"

#define FRONT_QUEUES	4
#define FRONT_RAM_MB	32

struct front_ring {
	uint8_t *page;		/* the first of them */
	uint32_t req_prod, rsp_cons, size;
	int kick;		/* eventfd: to the backend */
	int event;		/* eventfd: from it */
};

struct front {
	struct guest g;
	struct xs_server *xs;
	struct client client;
	struct device_bus *bus;
	struct device *dev;
	bool is_32bit;
	bool is_old;		/* of 2.6.18's age: says no more than it must */
	unsigned int order, nr_queues;
	struct front_ring rings[FRONT_QUEUES];
};

/* One response. */
struct answer {
	uint64_t id;
	uint8_t operation;
	int16_t status;
};

void front_new(struct front *f);
void front_free(struct front *f);

/* Make the disk of a specification; false: WHY says why not. */
bool front_attach(struct front *f, const char *spec, char why[WHY_MAX]);
/* Offer rings as they are set in F and connect; the backend's state. */
int front_connect(struct front *f);
/* Closing, Closed; the backend's state after that. */
int front_close(struct front *f);
/* Say a state and let the backend see it; the backend's. */
int front_state(struct front *f, int state);
int front_back_state(struct front *f);
/* A node of the backend's, or the error's name. */
const char *front_get(struct front *f, const char *node);

/*
 * Data pages: page I is granted as ref front_ref(I).  The rings' are elsewhere.
 */
#define FRONT_PAGES	4096
uint32_t front_ref(unsigned int i);
uint8_t *front_page(struct front *f, unsigned int i);

/* Write a request to queue Q; it is not seen before front_push(). */
void front_put(struct front *f, unsigned int q, const struct blk_request *req);
void front_push(struct front *f, unsigned int q);
/* Wait for a response, five seconds at most. */
bool front_wait(struct front *f, unsigned int q, struct answer *a);
/* One request from beginning to end: its status, or 1 for no answer. */
int front_do(struct front *f, const struct blk_request *req);

/*
 * Read or write NR_SECTORS from SECTOR, to or from the data pages from PAGE on.
 * An indirect request when it does not fit into a plain one.
 */
int front_rw(struct front *f, uint8_t op, uint64_t sector,
	     unsigned int nr_sectors, unsigned int page);
struct blk_request front_request(struct front *f, uint8_t op, uint64_t sector,
				 unsigned int nr_sectors, unsigned int page);

/* A file of SIZE bytes of a pattern that depends on SEED. */
void make_image(const char *path, uint64_t size, unsigned int seed);

#endif
