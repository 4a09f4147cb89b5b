// SPDX-License-Identifier: GPL-2.0
/*
 * user.c - a process of one page of code, one of data, one of stack
 */
#include "guest.h"

u64 *user_l4, *user_l3, *user_l2, *user_l1;
u8 *user_code, *user_data, *user_stack;

extern char kernel_stack_end[];

void user_init(void)
{
	long ret;

	if (user_l4)
		return;
	user_l4 = page_alloc();
	user_l3 = page_alloc();
	user_l2 = page_alloc();
	user_l1 = page_alloc();
	user_code = page_alloc();
	user_data = page_alloc();
	user_stack = page_alloc();

	user_l4[USER_CODE >> 39 & 511] = virt_to_mfn(user_l3) << 12 | PTE_KERNEL;
	user_l3[USER_CODE >> 30 & 511] = virt_to_mfn(user_l2) << 12 | PTE_KERNEL;
	user_l2[USER_CODE >> 21 & 511] = virt_to_mfn(user_l1) << 12 | PTE_KERNEL;
	user_l1[0] = virt_to_mfn(user_code) << 12 | PTE_KERNEL;
	user_l1[1] = virt_to_mfn(user_data) << 12 | PTE_KERNEL;
	user_l1[2] = virt_to_mfn(user_stack) << 12 | PTE_KERNEL;
	make_readonly(user_l4);
	make_readonly(user_l3);
	make_readonly(user_l2);
	make_readonly(user_l1);
	ret = mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn(user_l4), 0);
	if (ret)
		bail("pin the user's tables: %ld", ret);
	ret = mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(user_l4), 0);
	if (ret)
		bail("NEW_USER_BASEPTR: %ld", ret);
	ret = hypercall(stack_switch, KERNEL_SS, kernel_stack_end);
	if (ret)
		bail("stack_switch: %ld", ret);
}

struct regs user_regs(void)
{
	struct regs r = {
		.f = {
			.rip = USER_CODE, .cs = KERNEL_CS, .rflags = FLAG_IF | 2,
			.rsp = USER_STACK, .ss = KERNEL_SS,
		},
	};

	if (vcpu->evtchn_upcall_mask)
		r.f.rflags &= ~FLAG_IF;
	return r;
}

int user_run(const void *code, const void *end, struct regs *regs)
{
	user_init();
	memcpy(user_code, code, (const char *)end - (const char *)code);
	return TRAP(go(regs));
}
