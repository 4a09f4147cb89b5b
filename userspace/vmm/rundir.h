/* SPDX-License-Identifier: GPL-2.0 */
/* The run directory: files of domains whose helper was killed stay there. */
#ifndef XENPV_VMM_RUNDIR_H
#define XENPV_VMM_RUNDIR_H

/* Remove what belongs to no domain. */
void rundir_clean(void);

#endif
