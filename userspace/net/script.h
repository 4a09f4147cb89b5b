/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hotplug scripts, called as Xen's toolstack calls them.  They run beside the
 * main loop, which has to serve them xenstore.
 */
#ifndef XENPV_NET_SCRIPT_H
#define XENPV_NET_SCRIPT_H

#include <stdbool.h>

struct loop;

/* ERROR is NULL, or what went wrong. */
typedef void (*script_fn)(void *opaque, const char *error);

/*
 * Run PATH ACTION type_if=vif with ENV (NAME=VALUE..., NULL) added to our own
 * environment; FN is called from the loop at its end, or when SECONDS have
 * passed.  0, or -1 with errno: then FN is not called.
 */
int script_start(struct loop *loop, const char *path, const char *action,
		 char *const env[], unsigned int seconds, script_fn fn,
		 void *opaque);
/* Run the loop until no script runs any more. */
void script_wait_all(struct loop *loop);

#endif
