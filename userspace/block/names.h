/* SPDX-License-Identifier: GPL-2.0 */
/* Names of virtual disks (xvda1, hdc, sdb, d0p2, 51712) and their numbers. */
#ifndef XENPV_BLOCK_NAMES_H
#define XENPV_BLOCK_NAMES_H

#include <stdint.h>

/* 0, or -1 when NAME is no disk's. */
int vdev_number(const char *name, uint32_t *number);

#endif
