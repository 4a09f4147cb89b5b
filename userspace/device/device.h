/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravirtual devices: a backend in this process for each, its frontend in the
 * guest, xenstore between them.
 *
 * All that is declared here is for the main loop's thread.  A type's data path
 * may have threads; they see guest memory, grants and ports, never xenstore.
 * They exist between the type's connect() and disconnect(), no longer.
 */
#ifndef XENPV_DEVICE_DEVICE_H
#define XENPV_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <xen/io/xenbus.h>

#include "port.h"

struct device;
struct device_bus;
struct domain_config;
struct grant_table;
struct guest_mem;
struct loop;
struct xs_server;
struct xs_watcher;

/* Room for a reason that is told to whoever asked for something. */
#define WHY_MAX	512
void why_set(char why[WHY_MAX], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct device_type - a kind of device
 * @name: in xenstore's paths: "vbd", "vif"
 * @serves_closing: the frontend may go on with I/O in state Closing, up to
 *	Closed; otherwise it is disconnected at Closing
 * @create: make what the configuration asks for, before the guest starts.  -1
 *	after one line on stderr
 * @settle: wait, running the bus's loop, for what @create only began; the guest
 *	starts after it.  -1 after one line on stderr.  May be NULL
 * @finish: the same, for what @free only began.  May be NULL
 * @publish: write features to the backend's nodes; the frontend reads them when
 *	it sees state InitWait.  May be NULL
 * @connect: the frontend's nodes are there: take them, start I/O.  -1 and WHY
 *	when they make no sense; nothing must be left then
 * @disconnect: end I/O: what was taken from the ring is answered or given up,
 *	nothing of the guest's is used any more
 * @free: close the rest; disconnected by then
 * @pause: end I/O for now, as the guest is suspended: what was taken from the ring
 *	is answered.  May be NULL
 * @sync: between @pause and @resume, on any thread: what it has written is on
 *	disk.  -1 after one line on stderr.  May be NULL
 * @release: between @pause and @resume, give up what a copy of the domain
 *	elsewhere needs.  May be NULL
 * @resume: go on.  -1 after a line to the log.  NULL if @pause is
 * @describe: one line or more for the command that lists
 * @verb: the type's own verbs on the control socket, without "TYPE-": a reason
 *	(it may be WHY), or NULL for ok.  May be NULL
 */
struct device_type {
	const char *name;
	bool serves_closing;
	int (*create)(struct device_bus *bus, const struct domain_config *cfg);
	int (*settle)(struct device_bus *bus);
	void (*finish)(struct device_bus *bus);
	int (*publish)(struct device *dev);
	int (*connect)(struct device *dev, char why[WHY_MAX]);
	void (*disconnect)(struct device *dev);
	void (*free)(struct device *dev);
	void (*pause)(struct device *dev);
	int (*sync)(struct device *dev);
	void (*release)(struct device *dev);
	int (*resume)(struct device *dev);
	void (*describe)(const struct device *dev, FILE *out);
	const char *(*verb)(struct device_bus *bus, const char *verb,
			    const char *arg, FILE *out, char why[WHY_MAX]);
};

/* All types there are, NULL after the last. */
extern const struct device_type *const device_types[];

struct device {
	const struct device_type *type;
	struct device_bus *bus;
	uint32_t devid;
	void *priv;		/* the type's */
	/* All else is device.c's and state.c's; others may read. */
	char *back, *front;	/* paths in xenstore */
	enum xenbus_state state;
	bool connected;
	bool going;		/* somebody wants it gone */
	struct xs_watcher *watcher;
	struct device *next;
};

/* What a domain has for its devices. */
struct device_bus {
	uint32_t domid;
	const struct guest_mem *mem;
	struct grant_table *grants;
	const struct port_ops *port_ops;
	void *port_opaque;
	struct xs_server *xs;
	struct loop *loop;	/* the main one; whoever made the bus sets it */
	bool is_32bit;		/* the guest; the same */
	struct device *devices;
	char why[WHY_MAX];	/* of the last verb */
};

/*
 * MEM, XS and PORT_OPAQUE stay the caller's and outlive the bus.  GRANTS_GPA is
 * where the guest's grant table is.
 */
struct device_bus *bus_new(uint32_t domid, const struct guest_mem *mem,
			   uint64_t grants_gpa, unsigned int grant_frames,
			   struct xs_server *xs, const struct port_ops *ops,
			   void *port_opaque);
/* Make the devices of CFG.  -1 after one line on stderr. */
int bus_create(struct device_bus *bus, const struct domain_config *cfg);
/* Run the loop until they are ready.  -1 after one line on stderr. */
int bus_settle(struct device_bus *bus);
/*
 * Disconnect and free all devices: afterwards nothing uses guest memory.  The
 * guest must not run any more.  May be NULL.
 */
void bus_free(struct device_bus *bus);

/* All devices' pause(), sync(), release() and resume(); -1 when one failed. */
void bus_pause(struct device_bus *bus);
int bus_sync(struct device_bus *bus);
void bus_release(struct device_bus *bus);
int bus_resume(struct device_bus *bus);

/*
 * A verb of the control socket (device-list TYPE, ..., TYPE-VERB).  True: it
 * was one of ours, and *REASON is NULL or what is wrong.
 */
bool bus_verb(struct device_bus *bus, const char *verb, const char *arg,
	      FILE *out, const char **reason);

/* The device, or NULL. */
struct device *bus_find(const struct device_bus *bus,
			const struct device_type *type, uint32_t devid);

/*
 * A new device, yet invisible: the type writes its own nodes on both sides,
 * then device_start() lets the guest see it.
 */
struct device *device_new(struct device_bus *bus,
			  const struct device_type *type, uint32_t devid,
			  void *priv);
void device_start(struct device *dev);
/*
 * Hot-unplug: ask the guest to let go of it; it disappears when the guest has.
 * FORCE: at once.  A device that nobody uses goes at once too.
 */
void device_detach(struct device *dev, bool force);

/* Nodes of the backend's and the frontend's side. */
void device_set_back(struct device *dev, const char *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void device_set_front(struct device *dev, const char *node, const char *fmt,
		      ...) __attribute__((format(printf, 3, 4)));
/* The guest's value, to be freed, or NULL. */
char *device_get_front(const struct device *dev, const char *node);
/*
 * The guest's number.  0, ENOENT when it is missing, EINVAL when it is none or
 * more than MAX.
 */
int device_get_number(const struct device *dev, const char *node, uint64_t max,
		      uint64_t *value);
/* Say the state again: frontends look at the other nodes then. */
void device_poke(struct device *dev);

/* Bind the guest's event channel.  0, or -1 with errno. */
int device_port_open(const struct device *dev, struct port *p, uint32_t port);

/* state.c: the frontend's state may have changed. */
void device_frontend_changed(struct device *dev);
void device_set_state(struct device *dev, enum xenbus_state state);
/* device.c: disconnect it and free it; its nodes stay, or go too. */
void device_free(struct device *dev);
void device_remove(struct device *dev);

#endif
