/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's console: the shared ring (hvc0) on one side; a pty for `xenpv
 * console`, a log file and perhaps an attached client on the other.  It lives
 * as long as the helper, and domains (after a reboot, the next) connect to it.
 */
#ifndef XENPV_CONSOLE_H
#define XENPV_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

struct console;
struct loop;

struct console_ops {
	void (*notify)(void *opaque);	/* raise the guest's event */
};

/*
 * NAME and NUMBER (0 is hvc0) are for the log file.  CLIENT is a non-blocking socket of an attached
 * client, or -1; it is the console's from then on.  NULL after one line on
 * stderr, and CLIENT is still the caller's.
 */
struct console *console_new(struct loop *loop, const char *name,
			    unsigned int number, int client);
/* Another client, while there is none: -1 and not touched otherwise. */
int console_attach_client(struct console *c, int fd);
/* Deliver what a client has not got yet, for a few seconds, then close. */
void console_free(struct console *c);

/* PAGE is the ring of domain DOMID in guest memory. */
void console_connect(struct console *c, uint32_t domid, void *page,
		     const struct console_ops *ops, void *opaque);
/* Take what is still in the ring; the page is not touched any more. */
void console_disconnect(struct console *c);

/* The guest raised its event. */
void console_event(struct console *c);

/*
 * The guest is suspended and is being copied: take what it wrote, once, then
 * leave the ring alone. What is typed waits.
 */
void console_hold(struct console *c);
void console_unhold(struct console *c);

const char *console_tty(const struct console *c);
/* What the guest wrote last, LEN characters of it. */
const char *console_tail(const struct console *c, size_t *len);

#endif
