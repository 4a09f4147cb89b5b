// SPDX-License-Identifier: GPL-2.0
/*
 * boot.c - from the first instruction to main()
 */
#include "guest.h"

struct start_info *start_info;
struct shared_info *shared;
struct vcpu_info *vcpu;
u8 boot_mask, boot_pending;
u64 boot_l1e;

static char shared_page[PAGE_SIZE] __attribute__((aligned(4096)));

const char *cmdline_value(const char *key)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t n = strlen(key);

	while (*s) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, key, n) && s[n] == '=')
			return s + n + 1;
		while (*s && *s != ' ')
			s++;
	}
	return NULL;
}

bool cmdline(const char *word)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t n = strlen(word);

	while (*s) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, word, n) && (s[n] == ' ' || !s[n]))
			return true;
		while (*s && *s != ' ')
			s++;
	}
	return false;
}

bool on_xen(void)
{
	return cmdline("xen");
}

void boot(struct start_info *si)
{
	start_info = si;
	boot_l1e = *pte_of((u64)shared_page);
	if (hypercall(update_va_mapping, shared_page, si->shared_info | PTE_KERNEL,
		      UVMF_INVLPG | UVMF_LOCAL)) {
		static const char text[] = "test guest: cannot map shared_info\n";

		hypercall(console_io, CONSOLEIO_write, sizeof(text) - 1, text);
		asm volatile("ud2");
	}
	shared = (struct shared_info *)shared_page;
	vcpu = &shared->vcpu_info[0];
	boot_mask = vcpu->evtchn_upcall_mask;
	boot_pending = vcpu->evtchn_upcall_pending;
	/* Whatever comes, we ask for it. */
	memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
	vcpu->evtchn_upcall_mask = 1;

	trap_table_default();
	set_callback(CALLBACKTYPE_event, 0, trap_stub(V_EVENT));
	set_callback(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, trap_stub(V_FAILSAFE));
	set_callback(CALLBACKTYPE_syscall, 0, trap_stub(V_SYSCALL));

	main();
	finish();
}
