/* SPDX-License-Identifier: GPL-2.0 */
/* A running domain's configuration with what was changed since it began. */
#ifndef XENPV_VMM_CURRENT_H
#define XENPV_VMM_CURRENT_H

#include <stdint.h>

#include "../config.h"

struct device_bus;

/*
 * *NOW is CFG, which it shares memory with, but for the disks and network
 * devices that BUS has and the vCPUs that are asked for.  To be released with
 * current_free(), before a device goes.
 */
void current_config(struct domain_config *now, const struct domain_config *cfg,
		    const struct device_bus *bus);
void current_free(struct domain_config *now);

#endif
