// SPDX-License-Identifier: GPL-2.0
/*
 * Between the contexts of 32-bit and of 64-bit vCPUs.  What only the former have,
 * the code segments of two callbacks, is where Xen and the monitor have it: in
 * the two halves of syscall_callback_eip, which only the latter have.
 */
#include <string.h>

#include "context32.h"

static void widen_regs(const struct cpu_user_regs_x86_32 *from, cpu_user_regs_t *to)
{
	to->ebx = from->ebx;
	to->ecx = from->ecx;
	to->edx = from->edx;
	to->esi = from->esi;
	to->edi = from->edi;
	to->ebp = from->ebp;
	to->eax = from->eax;
	to->error_code = from->error_code;
	to->entry_vector = from->entry_vector;
	to->eip = from->eip;
	to->cs = from->cs;
	to->saved_upcall_mask = from->saved_upcall_mask;
	to->eflags = from->eflags;
	to->esp = from->esp;
	to->ss = from->ss;
	to->es = from->es;
	to->ds = from->ds;
	to->fs = from->fs;
	to->gs = from->gs;
}

static void narrow_regs(const cpu_user_regs_t *from, struct cpu_user_regs_x86_32 *to)
{
	to->ebx = from->ebx;
	to->ecx = from->ecx;
	to->edx = from->edx;
	to->esi = from->esi;
	to->edi = from->edi;
	to->ebp = from->ebp;
	to->eax = from->eax;
	to->error_code = from->error_code;
	to->entry_vector = from->entry_vector;
	to->eip = from->eip;
	to->cs = from->cs;
	to->saved_upcall_mask = from->saved_upcall_mask;
	to->eflags = from->eflags;
	to->esp = from->esp;
	to->ss = from->ss;
	to->es = from->es;
	to->ds = from->ds;
	to->fs = from->fs;
	to->gs = from->gs;
}

static void widen_traps(const struct trap_info_x86_32 *from, trap_info_t *to)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		to[i].vector = from[i].vector;
		to[i].flags = from[i].flags;
		to[i].cs = from[i].cs;
		to[i].address = from[i].address;
	}
}

static void narrow_traps(const trap_info_t *from, struct trap_info_x86_32 *to)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		to[i].vector = from[i].vector;
		to[i].flags = from[i].flags;
		to[i].cs = from[i].cs;
		to[i].address = from[i].address;
	}
}

static void widen_rest(const struct vcpu_guest_context_x86_32 *from,
		       vcpu_guest_context_t *to)
{
	unsigned int i;

	to->flags = from->flags;
	to->ldt_base = from->ldt_base;
	to->ldt_ents = from->ldt_ents;
	to->gdt_ents = from->gdt_ents;
	to->kernel_ss = from->kernel_ss;
	to->kernel_sp = from->kernel_sp;
	to->event_callback_eip = from->event_callback_eip;
	to->failsafe_callback_eip = from->failsafe_callback_eip;
	to->vm_assist = from->vm_assist;
	for (i = 0; i < 16; i++)
		to->gdt_frames[i] = from->gdt_frames[i];
	for (i = 0; i < 8; i++) {
		to->ctrlreg[i] = from->ctrlreg[i];
		to->debugreg[i] = from->debugreg[i];
	}
}

static void narrow_rest(const vcpu_guest_context_t *from,
			struct vcpu_guest_context_x86_32 *to)
{
	unsigned int i;

	to->flags = from->flags;
	to->ldt_base = from->ldt_base;
	to->ldt_ents = from->ldt_ents;
	to->gdt_ents = from->gdt_ents;
	to->kernel_ss = from->kernel_ss;
	to->kernel_sp = from->kernel_sp;
	to->event_callback_eip = from->event_callback_eip;
	to->failsafe_callback_eip = from->failsafe_callback_eip;
	to->vm_assist = from->vm_assist;
	for (i = 0; i < 16; i++)
		to->gdt_frames[i] = from->gdt_frames[i];
	for (i = 0; i < 8; i++) {
		to->ctrlreg[i] = from->ctrlreg[i];
		to->debugreg[i] = from->debugreg[i];
	}
}

void context_widen(const struct vcpu_guest_context_x86_32 *from,
		   vcpu_guest_context_t *to)
{
	memset(to, 0, sizeof(*to));
	memcpy(&to->fpu_ctxt, &from->fpu_ctxt, sizeof(to->fpu_ctxt));
	widen_regs(&from->user_regs, &to->user_regs);
	widen_traps(from->trap_ctxt, to->trap_ctxt);
	widen_rest(from, to);
	/* One root serves kernel and processes; its frame's number is rotated. */
	to->ctrlreg[1] = 0;
	to->ctrlreg[3] = (uint64_t)xen_cr3_to_pfn_x86_32(from->ctrlreg[3]) << 12;
	to->syscall_callback_eip = (uint64_t)from->failsafe_callback_cs << 32 |
				   from->event_callback_cs;
}

void context_narrow(const vcpu_guest_context_t *from,
		    struct vcpu_guest_context_x86_32 *to)
{
	memset(to, 0, sizeof(*to));
	memcpy(&to->fpu_ctxt, &from->fpu_ctxt, sizeof(to->fpu_ctxt));
	narrow_regs(&from->user_regs, &to->user_regs);
	narrow_traps(from->trap_ctxt, to->trap_ctxt);
	narrow_rest(from, to);
	to->ctrlreg[1] = 0;
	to->ctrlreg[3] = xen_pfn_to_cr3_x86_32(from->ctrlreg[3] >> 12);
	to->event_callback_cs = from->syscall_callback_eip;
	to->failsafe_callback_cs = from->syscall_callback_eip >> 32;
}
