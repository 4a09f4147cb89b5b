/* SPDX-License-Identifier: GPL-2.0 */
/* What the helper's own files share: its state, and what tools may ask of it. */
#ifndef XENPV_VMM_HELPER_STATE_H
#define XENPV_VMM_HELPER_STATE_H

#include <stdbool.h>
#include <stdio.h>

#include "../config.h"
#include "../control.h"

struct console;
struct coredump;
struct device_bus;
struct domain;
struct helper_options;
struct loop;
struct loop_source;
struct restore;
struct session;
struct xs_ring;
struct xs_server;
struct xs_socket;

struct helper {
	const struct helper_options *opt;
	struct domain_config *cfg;	/* the running domain's */
	struct domain_config next;	/* of its next start; name NULL: CFG */
	struct loop *loop;
	struct console *console;
	int signal_fd;
	int again_fd;			/* wakes the loop for xenstore */
	bool destroy;			/* somebody asked for it */
	bool over;			/* the domain has ended */
	bool no_kernel;			/* its boot loader found nothing */
	bool restored;			/* no boot loader ran here */
	bool name_taken;		/* that is why there is none */
	struct restore *restore;	/* for the next domain to go on with */

	/* One domain after the other. */
	struct domain *d;
	struct xs_server *xs;
	struct xs_ring *ring;
	struct xs_socket *xs_socket;
	struct device_bus *bus;
	struct session *session;	/* it is being saved */
	struct control_server *control;
	struct coredump *dump;
	struct loop_source *sources[8];
	unsigned int nr_sources;
};

/* helper.c */
void helper_run_xenstore(struct helper *h);

/* helper_verbs.c: the control socket's; its opaque is a struct helper. */
extern const struct control_ops helper_verbs;
/* A session that is under way ends: the domain goes on, unless it was committed. */
void helper_end_session(struct helper *h);
/* The name is NAME now: in the configuration, or for the guest and its tools. */
void helper_set_name(struct domain_config *cfg, const char *name);
void helper_tell_name(struct helper *h, const char *name);
/* Of all vCPUs. */
void helper_print_stats(const struct helper *h, FILE *out);

#endif
