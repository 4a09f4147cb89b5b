/* SPDX-License-Identifier: GPL-2.0 */
/* Disks as devices: xenstore's "vbd". */
#ifndef XENPV_BLOCK_VBD_H
#define XENPV_BLOCK_VBD_H

#include "../device/device.h"
#include "queue.h"
#include "spec.h"

struct loop_source;

#define VBD_MAX_QUEUES	8

struct vbd {
	struct disk disk;
	struct disk_spec spec;
	struct blk_queue *queues[VBD_MAX_QUEUES];
	unsigned int nr_queues;
	struct loop_source *resize;
};

extern const struct device_type vbd_type;

/* vbd.c: make the device of *SPEC, which is the device's then.  NULL and WHY. */
struct device *vbd_new(struct device_bus *bus, struct disk_spec *spec,
		       char why[WHY_MAX]);
/* Look at the image's size and tell the guest when it has changed. */
void vbd_update_size(struct device *dev);
/* Put IMAGE (NULL: nothing) in place of the image it has.  -1 and WHY. */
int vbd_change_image(struct device *dev, struct image *image,
		     char why[WHY_MAX]);

/* vbd_verbs.c */
const char *vbd_verb(struct device_bus *bus, const char *verb, const char *arg,
		     FILE *out, char why[WHY_MAX]);

#endif
