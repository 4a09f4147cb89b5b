/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels this module builds for
 */
#ifndef XENPV_COMPAT_H
#define XENPV_COMPAT_H

#include <linux/eventfd.h>
#include <linux/version.h>

/* 6.8 dropped the count: a signal always adds one. */
static inline void xenpv_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

#endif /* XENPV_COMPAT_H */
