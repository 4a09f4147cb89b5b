/* SPDX-License-Identifier: GPL-2.0 */
/* Has a running domain written to a descriptor: the command's part. */
#ifndef XENPV_MIGRATE_CLIENT_H
#define XENPV_MIGRATE_CLIENT_H

#include <stdint.h>

struct client {
	uint32_t domid;
	int conn;		/* to the helper, or -1 */
	int fd;			/* the caller's */
	const char *name;	/* of what fd is */
};

/*
 * Write the head: the configuration of the domain, or of the file CONFIG.  Each
 * of these: -1 after one line on stderr.
 */
int client_begin(struct client *c, uint32_t domid, const char *config, int fd,
		 const char *name);
/* The rest, with progress; after a failure the domain goes on. */
int client_save(struct client *c, const char *what);
/* A request (session.h), and "ok" to it. */
int client_say(struct client *c, const char *request);
/* The domain is over; wait until it is. */
int client_commit(struct client *c);
void client_end(struct client *c);

#endif
