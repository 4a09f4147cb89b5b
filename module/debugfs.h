/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENPV_DEBUGFS_H
#define XENPV_DEBUGFS_H

struct xenpv_domain;

void xenpv_debugfs_init(void);
void xenpv_debugfs_exit(void);
void xenpv_debugfs_add(struct xenpv_domain *dom);
void xenpv_debugfs_remove(struct xenpv_domain *dom);

#endif /* XENPV_DEBUGFS_H */
