/* SPDX-License-Identifier: GPL-2.0 */
/* What is in a domain's vCPUs, in Xen's words. */
#ifndef XENPV_VMM_CONTEXT_H
#define XENPV_VMM_CONTEXT_H

#include "xen.h"

struct domain;

/* CONTEXTS has room for all vCPUs.  They stand still while they are read. */
void context_read_all(struct domain *d, vcpu_guest_context_t *contexts);

#endif
