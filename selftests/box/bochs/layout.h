/* SPDX-License-Identifier: GPL-2.0 */
/* What rom.S and image.S have to agree on. */
#define ROM_ADDR	0xd0000
#define ROM_SIZE	512

#define PIECE		0x20000		/* of memory, as Bochs gives it out */
#define PAD		32		/* more than the BIOS touches */
#define PAD_MARK	0x2e646170	/* "pad." */
#define SPARE_ADDR	0x20000000	/* for the padding; free memory later */

#define IMAGE_ADDR	0xf00000	/* before the kernel, which is linked for 16M */
#define IMAGE_MARK	0x2e676d69	/* "img." */
#define IMAGE_ENTRY	4
#define IMAGE_PIECES	8
#define IMAGE_INFO	16
