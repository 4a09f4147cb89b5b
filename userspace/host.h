/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host as xl's users know it: Domain-0.  It is in lists, and found by its
 * name, when the program is called xl.
 */
#ifndef XENPV_HOST_H
#define XENPV_HOST_H

#include <stdbool.h>

#define HOST_NAME	"Domain-0"

struct kvm_xenpv_info;

bool host_listed(void);
void host_as_domain(struct kvm_xenpv_info *info);

/* kB that /proc/meminfo says for KEY ("MemTotal:"). */
unsigned long host_meminfo(const char *key);
/* NUMA nodes; 1 or more. */
unsigned int host_nodes(void);

#endif
