/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of the host's CPUs, as xl's users write them: "0-3,^1,nodes:1". */
#ifndef XENPV_CPUSET_H
#define XENPV_CPUSET_H

#include <sched.h>
#include <stdio.h>

/* All CPUs of the host. */
void cpuset_all(cpu_set_t *set);
/*
 * Parse TEXT.  CPUs that the host does not have are left out.  NULL, or what is
 * wrong, for a message.
 */
const char *cpuset_parse(const char *text, cpu_set_t *set);
/* "all", "none" or ranges. */
void cpuset_print(const cpu_set_t *set, FILE *out);

#endif
