/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where files are.  Root's domains have theirs in /run/xenpv and
 * /var/log/xenpv, those of a user U in $XDG_RUNTIME_DIR/xenpv (or
 * /run/user/U/xenpv) and $XDG_STATE_HOME/xenpv (or ~/.local/state/xenpv).
 */
#ifndef XENPV_PATHS_H
#define XENPV_PATHS_H

#include <stdint.h>

/* This process's own; nobody frees them. */
const char *run_dir(void);
const char *log_dir(void);
/* Make it.  -1 with errno when that cannot be. */
int run_dir_make(void);
int log_dir_make(void);

/* Where dumps of domains that crashed go, as xl's; and its NAME, to be freed. */
int dump_dir_make(void);
char *dump_path(const char *name);

/* "<run_dir>/<domid>.<suffix>", to be freed: */
char *run_path(uint32_t domid, const char *suffix);
/* the same wherever the domain's owner has it, for commands. */
char *run_path_of_owner(uint32_t domid, const char *suffix);

#endif
