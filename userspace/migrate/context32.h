/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A 32-bit vCPU's context: as streams have it, and as the monitor has it, in the
 * words of 64 bits.
 */
#ifndef XENPV_MIGRATE_CONTEXT32_H
#define XENPV_MIGRATE_CONTEXT32_H

#include "../vmm/xen.h"

void context_widen(const struct vcpu_guest_context_x86_32 *from,
		   vcpu_guest_context_t *to);
void context_narrow(const vcpu_guest_context_t *from,
		    struct vcpu_guest_context_x86_32 *to);

#endif
