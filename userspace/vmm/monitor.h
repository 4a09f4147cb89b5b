/* SPDX-License-Identifier: GPL-2.0 */
/* The monitor: its image, its parameters and its address space. */
#ifndef XENPV_VMM_MONITOR_H
#define XENPV_VMM_MONITOR_H

#include <stddef.h>
#include <stdint.h>

#include <linux/kvm_xenpv_monitor.h>

#include "layout.h"
#include "memory.h"

struct monitor_image {
	uint8_t *data;
	size_t size;
	struct xenpv_monitor_header hdr;
};

/* What about a domain the monitor is told besides where things are. */
struct monitor_info {
	uint32_t domid;
	uint32_t nr_vcpus;
	const uint8_t *uuid;
};

#define XEN_VERSION		(4 << 16 | 17)	/* what guests are told */

/*
 * Fetch the image from the module (DEV is /dev/kvm-xenpv) and check it.  0, or
 * -1 after one line on stderr.
 */
int monitor_fetch(int dev, struct monitor_image *img);
void monitor_release(struct monitor_image *img);

/* Put the image, its parameters, page tables and the M2P into guest memory. */
int monitor_place(const struct monitor_image *img, const struct guest_mem *m,
		  const struct special_layout *l,
		  const struct monitor_info *info);

#endif
