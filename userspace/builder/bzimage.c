// SPDX-License-Identifier: GPL-2.0
/*
 * bzImage: Linux' x86 boot protocol.  The compressed kernel (the payload) lies
 * in the protected-mode part; its place is in the setup header since protocol
 * 2.08.
 */
#include "bytes.h"
#include "kernel.h"

#define SETUP_SECTS	0x1f1
#define SYSSIZE		0x1f4
#define BOOT_FLAG	0x1fe
#define HEADER		0x202
#define VERSION		0x206
#define PAYLOAD_OFFSET	0x248
#define PAYLOAD_LENGTH	0x24c
#define SETUP_END	0x250

#define SECTOR		512
#define PARAGRAPH	16

bool bzimage_probe(const struct blob *file)
{
	return file->size >= VERSION && get_le16(file->data + BOOT_FLAG) == 0xaa55 &&
	       !memcmp(file->data + HEADER, "HdrS", 4);
}

const char *bzimage_payload(const struct blob *file, size_t *offset,
			    size_t *size)
{
	uint64_t sectors, code, start, len;

	if (file->size < SETUP_END)
		return "a bzImage cut short in its setup header";
	if (get_le16(file->data + VERSION) < 0x208)
		return "a bzImage with boot protocol before 2.08: unpack it to vmlinux first";
	sectors = file->data[SETUP_SECTS];
	if (!sectors)
		sectors = 4;
	code = (sectors + 1) * SECTOR;
	start = code + get_le32(file->data + PAYLOAD_OFFSET);
	len = get_le32(file->data + PAYLOAD_LENGTH);
	if (!len)
		return "a bzImage without a compressed kernel";
	if (!range_inside(start, len, file->size))
		return "a bzImage cut short: its kernel reaches beyond the end of the file";
	code += (uint64_t)get_le32(file->data + SYSSIZE) * PARAGRAPH;
	if (code > file->size)
		return "a bzImage cut short: it is smaller than its header says";
	*offset = start;
	*size = len;
	return NULL;
}
