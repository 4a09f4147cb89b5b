/* SPDX-License-Identifier: GPL-2.0 */
/* What a disk specification says: xl-disk-configuration(5). */
#ifndef XENPV_BLOCK_SPEC_H
#define XENPV_BLOCK_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "../device/device.h"

enum disk_format {
	DISK_RAW,
	DISK_QCOW,
	DISK_QCOW2,
	DISK_VHD,
	DISK_QED,
};

struct disk_spec {
	char *vdev;		/* as given */
	uint32_t devid;
	char *path;		/* absolute; NULL: a drive without a medium */
	enum disk_format format;
	bool readonly;
	bool shared;		/* "w!": others may write it too */
	bool cdrom;
	bool removable;
	bool direct_io;		/* "direct-io-safe" */
	bool discard;
};

/* xl's name of a format, and qemu's. */
const char *disk_format_name(enum disk_format format);
const char *disk_format_driver(enum disk_format format);

/*
 * TEXT in any form that xl knows.  A path that is not absolute is looked for in
 * the current folder, then in /dev.  0, or -1 and WHY.
 */
int disk_spec_parse(struct disk_spec *d, const char *text, char why[WHY_MAX]);
/* The same again as one text that means it anywhere, to be freed. */
char *disk_spec_text(const struct disk_spec *d);
void disk_spec_free(struct disk_spec *d);

#endif
