/* SPDX-License-Identifier: GPL-2.0 */
/* Xen's public headers, without what they do to other names. */
#ifndef XENPV_VMM_XEN_H
#define XENPV_VMM_XEN_H

#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/foreign/x86_32.h>

#undef console_mfn
#undef console_evtchn

#endif
