/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much memory a domain shall have: its balloon driver is told through
 * xenstore, and what it may take is limited.
 */
#ifndef XENPV_VMM_BALLOON_H
#define XENPV_VMM_BALLOON_H

struct domain;
struct xs_server;

/* KIB is a decimal number.  NULL, or what is wrong (a static string). */
const char *balloon_set_target(struct domain *d, struct xs_server *s,
			       const char *kib);
const char *balloon_set_max(struct domain *d, struct xs_server *s,
			    const char *kib);

#endif
