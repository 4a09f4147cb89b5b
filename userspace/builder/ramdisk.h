/* SPDX-License-Identifier: GPL-2.0 */
/* The ramdisk, read straight into guest RAM. */
#ifndef XENPV_BUILDER_RAMDISK_H
#define XENPV_BUILDER_RAMDISK_H

#include <stdint.h>

struct guest_mem;

/* Both say on stderr what is wrong and return -1. */
int ramdisk_open(const char *path, uint64_t *size);
int ramdisk_read(int fd, const char *path, uint64_t size,
		 const struct guest_mem *mem, uint64_t pfn);

#endif
