/* SPDX-License-Identifier: GPL-2.0 */
/* Who uses which image: one writer, or readers. */
#ifndef XENPV_BLOCK_LOCK_H
#define XENPV_BLOCK_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "../device/device.h"

struct disk_spec;
struct image_lock;

/*
 * Lock the image open as FD for DOMID, as D says.  NULL and WHY, which names
 * the image and who has it.  Another file system's way to say "no locks here"
 * is taken for an answer.
 */
struct image_lock *image_lock(int fd, const struct disk_spec *d, uint32_t domid,
			      char why[WHY_MAX]);
/* Before FD is closed, which is what unlocks it.  May be NULL. */
void image_unlock(struct image_lock *l);

/* " (domain NAME has it)" when somebody is known to use FD, or "". */
void image_holder(int fd, char text[WHY_MAX]);

#endif
