/* SPDX-License-Identifier: GPL-2.0 */
/* cpuid of a configuration in libxl's own type. */
#ifndef XENPV_CONFIG_CPUID_H
#define XENPV_CONFIG_CPUID_H

#include <libxl.h>

struct domain_config;

/*
 * LIST, NULL at first, is to be disposed of in either case.  -1: *BAD is the
 * word that is wrong, *WHY what is wrong with it.
 */
int config_cpuid_parse(const struct domain_config *cfg, libxl_cpuid_policy_list *list,
		       const char **bad, const char **why);

#endif
