/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor image, as data: the host never executes it.
 */
#include <linux/linkage.h>

	.section .rodata, "a", @progbits
	.balign 4096
SYM_DATA_START(xenpv_monitor_image)
	.incbin MONITOR_BIN
SYM_DATA_END_LABEL(xenpv_monitor_image, SYM_L_GLOBAL, xenpv_monitor_image_end)
