/* SPDX-License-Identifier: GPL-2.0 */
/* Where the host's CPUs, nodes and PCI devices are. */
#ifndef XENPV_TOPOLOGY_H
#define XENPV_TOPOLOGY_H

void topology_print(void);	/* as xl info -n */

#endif
