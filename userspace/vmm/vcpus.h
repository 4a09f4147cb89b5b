/* SPDX-License-Identifier: GPL-2.0 */
/* What tools ask about a domain's vCPUs, by its control socket. */
#ifndef XENPV_VMM_VCPUS_H
#define XENPV_VMM_VCPUS_H

#include <stdbool.h>
#include <stdio.h>

struct domain;
struct xs_server;

/*
 * The verbs vcpu-list, vcpu-pin and vcpu-set.  False when VERB is none of them;
 * otherwise *REASON is NULL for ok.
 */
bool vcpus_verb(struct domain *d, struct xs_server *xs, const char *verb,
		const char *arg, FILE *out, const char **reason);

#endif
