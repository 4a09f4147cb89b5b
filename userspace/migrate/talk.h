/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What sender and receiver of a migrating domain say to each other, as xl does:
 *
 *  receiver: banner
 *  sender:   the same as a saved domain's file
 *  receiver: ready
 *  sender:   go
 *  receiver: report, and a byte: 0 the domain runs; else also "go", back
 *
 * All but the banner end with a NUL.
 */
#ifndef XENPV_MIGRATE_TALK_H
#define XENPV_MIGRATE_TALK_H

#include <stddef.h>

#define TALK_BANNER	"xl migration receiver ready, send binary domain data.\n"
#define TALK_READY	"domain received, ready to unpause"
#define TALK_GO		"domain is yours, you are cleared to unpause"
#define TALK_REPORT	"my copy unpause results are as follows"

/* Bytes on the wire. */
#define TALK_BANNER_LEN	(sizeof(TALK_BANNER) - 1)

/* -1 after one line on stderr that begins with WHO's stream. */
int talk_send(int fd, const void *msg, size_t len, const char *who);
int talk_expect(int fd, const void *msg, size_t len, const char *who,
		const char *what);
int talk_read(int fd, void *to, size_t len, const char *who, const char *what);

#endif
