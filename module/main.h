/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENPV_MAIN_H
#define XENPV_MAIN_H

#include <linux/types.h>

/* domain.c */
extern unsigned int xenpv_max_domains;

/* monitor_blob.S */
extern const u8 xenpv_monitor_image[];
extern const u8 xenpv_monitor_image_end[];

#endif /* XENPV_MAIN_H */
