// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall page.  Kernels call entry NR at page + NR * 32; `syscall`
 * clobbers rcx and r11, which C code expects kept.
 */
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include "populate.h"

#define STUB_SIZE	32
#define NR_STUBS	128

/* push %rcx; push %r11; mov $NR, %eax; syscall; pop %r11; pop %rcx; ret */
static const uint8_t call_stub[] = {
	0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3,
};

/* push %rcx; push %r11; push %rax; mov $NR, %eax; syscall: does not return */
static const uint8_t iret_stub[] = {
	0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05,
};

void populate_hypercalls(uint8_t *page)
{
	unsigned int nr;

	memset(page, 0xcc, STUB_SIZE * NR_STUBS);	/* int3 */
	for (nr = 0; nr < NR_STUBS; nr++, page += STUB_SIZE) {
		if (nr == __HYPERVISOR_iret) {
			memcpy(page, iret_stub, sizeof(iret_stub));
			page[5] = nr;
		} else {
			memcpy(page, call_stub, sizeof(call_stub));
			page[4] = nr;
		}
	}
}
