/* SPDX-License-Identifier: GPL-2.0 */
/* What PV-GRUB is told to look for on a guest's disks. */
#ifndef XENPV_CONFIG_GRUB_SCRIPT_H
#define XENPV_CONFIG_GRUB_SCRIPT_H

#include <stdbool.h>

/* pygrub's options. */
struct grub_wishes {
	const char *kernel;	/* a file on one of the disks, or NULL... */
	const char *ramdisk;	/* ...and its ramdisk, or NULL */
	const char *args;	/* its command line, or NULL */
	const char *entry;	/* of the menu: a number or a title, or NULL */
	bool interactive;	/* the menu waits */
};

/* A script, to be freed. */
char *grub_script(const struct grub_wishes *w);

#endif
