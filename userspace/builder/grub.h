/* SPDX-License-Identifier: GPL-2.0 */
/* PV-GRUB, the boot loader that runs inside the guest, and its configuration. */
#ifndef XENPV_BUILDER_GRUB_H
#define XENPV_BUILDER_GRUB_H

#include "elf_image.h"
#include "kernel.h"

/*
 * Replace the configuration embedded in a PV-GRUB image as packaged.  ELF was
 * parsed from FILE and stays valid.  NULL, or what is wrong.
 */
const char *grub_set_config(struct blob *file, const struct elf_image *elf,
			    const char *config);

#endif
