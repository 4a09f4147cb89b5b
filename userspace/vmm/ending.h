/* SPDX-License-Identifier: GPL-2.0 */
/* What follows the end of a domain. */
#ifndef XENPV_VMM_ENDING_H
#define XENPV_VMM_ENDING_H

#include <stdbool.h>

#include <linux/kvm_xenpv.h>

#include "../config.h"

struct domain;
struct helper_options;
struct loop;

/* Tell the log and the module why it ended (SHUTDOWN_*). */
void ending_say(struct domain *d, int code);
bool ending_is_crash(int code);
/* Of a domain that PV-GRUB began: did it get no further?  Told to the log. */
bool ending_no_kernel(const struct domain *d);

/* What CFG says shall be done. */
enum domain_action ending_configured(const struct domain_config *cfg, int code);

/*
 * What CFG says shall be done, its core dump done already: destroy, restart,
 * rename-restart or preserve.
 */
enum domain_action ending_action(struct domain *d,
				 const struct domain_config *cfg, int code);

/* The old domain makes room, as NAME with the time behind it.  0 or -1. */
int ending_rename(struct domain *d, const char *name,
		  char to[KVM_XENPV_NAME_LEN]);
/* Start CFG in a process of its own, which gets NAME. */
void ending_spawn(struct loop *loop, const struct helper_options *opt,
		  const struct domain_config *cfg, const char *name);

#endif
