// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall page.  Kernels call entry NR at page + NR * 32.  64-bit ones
 * enter by `syscall`, which clobbers rcx and r11 that C code expects kept.
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

/* mov $NR, %eax; int $0x82; ret */
static const uint8_t call_stub_32[] = {
	0xb8, 0, 0, 0, 0, 0xcd, 0x82, 0xc3,
};

/* push %eax; mov $NR, %eax; int $0x82: does not return */
static const uint8_t iret_stub_32[] = {
	0x50, 0xb8, 0, 0, 0, 0, 0xcd, 0x82,
};

struct stub {
	const uint8_t *code;
	size_t size, nr;	/* where NR goes */
};

static const struct stub stubs[2][2] = {
	{ { call_stub, sizeof(call_stub), 4 },
	  { iret_stub, sizeof(iret_stub), 5 } },
	{ { call_stub_32, sizeof(call_stub_32), 1 },
	  { iret_stub_32, sizeof(iret_stub_32), 2 } },
};

void populate_hypercalls(uint8_t *page, bool is_32bit)
{
	unsigned int nr;

	memset(page, 0xcc, STUB_SIZE * NR_STUBS);	/* int3 */
	for (nr = 0; nr < NR_STUBS; nr++, page += STUB_SIZE) {
		const struct stub *s = &stubs[is_32bit][nr == __HYPERVISOR_iret];

		memcpy(page, s->code, s->size);
		page[s->nr] = nr;
	}
}
