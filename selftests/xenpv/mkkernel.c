// SPDX-License-Identifier: GPL-2.0
/* mkkernel KIND: writes a kernel of a few instructions to standard output. */
#include <stdio.h>
#include <string.h>

#include <xen/elfnote.h>

#include "../builder/image.h"
#include "util.h"

static const struct {
	const char *kind;
	const char *code;
	size_t len;
} kinds[] = {
	/* 1: jmp 1b */
	{ "spin", "\xeb\xfe", 2 },
	/* 1: sched_op(SCHEDOP_block); jmp 1b */
	{ "block", "\xb8\x1d\0\0\0\xbf\x01\0\0\0\x31\xf6\x0f\x05\xeb\xf0", 16 },
	/* ud2, with no trap table to catch it */
	{ "crash", "\x0f\x0b", 2 },
	/* push REASON; sched_op(SCHEDOP_shutdown, rsp) */
	{ "poweroff", "\x6a\0\x48\x89\xe6\xbf\x02\0\0\0\xb8\x1d\0\0\0\x0f\x05\xeb\xfe", 19 },
	{ "reboot", "\x6a\1\x48\x89\xe6\xbf\x02\0\0\0\xb8\x1d\0\0\0\x0f\x05\xeb\xfe", 19 },
};

int main(int argc, char **argv)
{
	static struct image i;
	size_t n;

	if (argc != 2)
		return 2;
	for (n = 0; n < ARRAY_SIZE(kinds); n++) {
		if (strcmp(kinds[n].kind, argv[1]))
			continue;
		image_bare(&i);
		image_note_string(&i, XEN_ELFNOTE_GUEST_OS, kinds[n].kind);
		image_note_number(&i, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE);
		memcpy(i.data + IMAGE_CODE + 0x40, kinds[n].code, kinds[n].len);
		if (fwrite(i.data, i.size, 1, stdout) != 1 || fflush(stdout))
			return 1;
		return 0;
	}
	return 2;
}
