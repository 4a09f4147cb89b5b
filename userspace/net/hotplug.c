// SPDX-License-Identifier: GPL-2.0
/* A TAP that a hotplug script looks after, as long as the script needs it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "../vmm/log.h"
#include "hotplug.h"

/* As libxl, which gives up on a script after this time. */
#define ONLINE_SECONDS	40
#define OFFLINE_SECONDS	10

struct hotplug {
	struct loop *loop;
	char *script;
	char **env;
	struct tap tap;
	bool running;
	bool over;
	script_fn fn;
	void *opaque;
};

static void hotplug_free(struct hotplug *h)
{
	char **p;

	tap_close(&h->tap);
	for (p = h->env; *p; p++)
		free(*p);
	free(h->env);
	free(h->script);
	free(h);
}

static void on_offline(void *opaque, const char *error)
{
	if (error)
		log_line("vif: %s", error);
	hotplug_free(opaque);
}

static void offline(struct hotplug *h)
{
	if (!script_start(h->loop, h->script, "offline", h->env,
			  OFFLINE_SECONDS, on_offline, h))
		return;
	log_line("vif: cannot run %s: %s", h->script, strerror(errno));
	hotplug_free(h);
}

static void on_online(void *opaque, const char *error)
{
	struct hotplug *h = opaque;

	h->running = false;
	if (h->over)
		offline(h);
	else
		h->fn(h->opaque, error);
}

struct hotplug *hotplug_start(struct loop *loop, const char *script,
			      char **env, struct tap *tap, script_fn fn,
			      void *opaque)
{
	struct hotplug *h = xcalloc(1, sizeof(*h));
	int error;

	h->loop = loop;
	h->script = xstrdup(script);
	h->env = env;
	h->tap = *tap;
	h->fn = fn;
	h->opaque = opaque;
	memset(tap, 0, sizeof(*tap));
	if (!script_start(loop, script, "online", env, ONLINE_SECONDS,
			  on_online, h)) {
		h->running = true;
		return h;
	}
	error = errno;
	hotplug_free(h);
	errno = error;
	return NULL;
}

struct tap *hotplug_tap(struct hotplug *h)
{
	return &h->tap;
}

void hotplug_end(struct hotplug *h)
{
	h->over = true;
	if (!h->running)
		offline(h);
}
