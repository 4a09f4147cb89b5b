/* SPDX-License-Identifier: GPL-2.0 */
/* A TAP that a hotplug script looks after, as long as the script needs it. */
#ifndef XENPV_NET_HOTPLUG_H
#define XENPV_NET_HOTPLUG_H

#include "script.h"
#include "tap.h"

struct hotplug;
struct loop;

/*
 * Run SCRIPT online; FN is called when it has ended.  ENV (to be freed with
 * its strings) and what is in *TAP belong to the hotplug from here on.
 */
struct hotplug *hotplug_start(struct loop *loop, const char *script,
			      char **env, struct tap *tap, script_fn fn,
			      void *opaque);
struct tap *hotplug_tap(struct hotplug *h);
/* Run it offline, then close the TAP.  FN is not called any more. */
void hotplug_end(struct hotplug *h);

#endif
