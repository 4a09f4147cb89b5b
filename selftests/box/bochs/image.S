/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands before the kernel in memory: what rom.S wants to know, and what a
 * kernel's PVH entry is given (xen/arch-x86/hvm/start_info.h). MEMORY is the size of
 * it in bytes, less than 3 GiB.
 */
#include "layout.h"

#define ACPI_SIZE	0x10000		/* at the end of memory, as the BIOS has it */
#define ADDR(label)	(IMAGE_ADDR + label - image)

	.data
image:
	.long	IMAGE_MARK
	.long	ENTRY
	.long	PIECES
	.org	IMAGE_INFO
	.long	0x336ec578, 1		/* its magic, version 1 */
	.long	0			/* flags */
	.long	1			/* modules */
	.quad	ADDR(modules)
	.quad	ADDR(cmdline)
	.quad	0			/* ACPI's tables: where they always are */
	.quad	ADDR(memory_map)
	.long	(memory_map_end - memory_map) / 24
	.long	0

modules:
	.quad	INITRD_ADDR, INITRD_SIZE, 0, 0

.macro range start end type
	.quad	\start, (\end) - (\start)
	.long	\type, 0
.endm
memory_map:
	range	0, 0x9fc00, 1
	range	0x9fc00, 0xa0000, 2
	range	0xe8000, 0x100000, 2
	range	0x100000, (MEMORY - ACPI_SIZE), 1
	range	(MEMORY - ACPI_SIZE), MEMORY, 3
	range	0xfffc0000, 0x100000000, 2
memory_map_end:

cmdline:
	.asciz	CMDLINE
