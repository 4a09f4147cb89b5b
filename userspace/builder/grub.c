// SPDX-License-Identifier: GPL-2.0
/*
 * A PV-GRUB image as packaged carries an archive with one file, grub.cfg,
 * which says where on the guest's disks to look.  Ours takes its place.
 *
 * Behind GRUB's own code its image has a list of objects: modules, and that
 * archive.  GRUB calls it the memdisk.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grub.h"

#define LIST_MAGIC	0x676d696d
#define LIST_HEADER	24	/* magic, padding, first object, size of all */
#define LIST_HEADER32	12	/* of an i386 GRUB: no padding, smaller words */
#define OBJECT_HEADER	8	/* type, size with this header */
#define OBJECT_MEMDISK	1

#define TAR_BLOCK	512
#define TAR_NAME	"grub.cfg"
/* Fields of a member's header. */
#define TAR_SIZE	124
#define TAR_SIZE_DIGITS	11
#define TAR_SUM		148
#define TAR_MAGIC	257

struct range {
	uint64_t offset, size;	/* in the file */
};

/* The archive, among the objects of the list that lies at LIST. */
static bool find_memdisk(const struct elf_image *elf, const uint8_t *data,
			 struct range list, struct range *found)
{
	const uint8_t *head = data + list.offset;
	uint64_t at = elf->is_64 ? get_le64(head + 8) : get_le32(head + 4);
	uint64_t end = elf->is_64 ? get_le64(head + 16) : get_le32(head + 8);
	uint64_t word = elf->is_64 ? 8 : 4;
	const uint8_t *object;
	uint32_t size;

	if (end > list.size)
		return false;
	while (range_inside(at, OBJECT_HEADER, end)) {
		object = data + list.offset + at;
		size = get_le32(object + 4);
		if (size < OBJECT_HEADER || !range_inside(at, size, end))
			return false;
		if (get_le32(object) == OBJECT_MEMDISK) {
			found->offset = list.offset + at + OBJECT_HEADER;
			found->size = size - OBJECT_HEADER;
			return true;
		}
		at += (size + word - 1) & -word;
	}
	return false;
}

static bool find_list(const struct elf_image *elf, struct range *list)
{
	uint64_t header = elf->is_64 ? LIST_HEADER : LIST_HEADER32;
	unsigned int i;

	for (i = 0; i < elf->nr_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (s->filesz < header ||
		    get_le32(elf->data + s->offset) != LIST_MAGIC)
			continue;
		*list = (struct range){ s->offset, s->filesz };
		return true;
	}
	return false;
}

/* Only grub.cfg in it?  GRUB's modules may be there in other builds. */
static bool only_config(const uint8_t *tar, uint64_t size)
{
	uint64_t next, i;
	char digits[TAR_SIZE_DIGITS + 1] = "";

	if (size < 3 * TAR_BLOCK || memcmp(tar, TAR_NAME, sizeof(TAR_NAME)) ||
	    memcmp(tar + TAR_MAGIC, "ustar", 5))
		return false;
	memcpy(digits, tar + TAR_SIZE, TAR_SIZE_DIGITS);
	next = strtoull(digits, NULL, 8);
	if (next > size)
		return false;
	next = (next + 2 * TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	for (i = next; i < size; i++)
		if (tar[i])
			return false;
	return true;
}

static void put_octal(uint8_t *field, unsigned int digits, uint64_t n)
{
	while (digits--) {
		field[digits] = '0' + (n & 7);
		n >>= 3;
	}
}

/* The member's header stays but for its size and its sum. */
static void write_member(uint8_t *tar, uint64_t size, const char *config,
			 size_t len)
{
	unsigned int sum = 0, i;

	memset(tar + TAR_BLOCK, 0, size - TAR_BLOCK);
	memcpy(tar + TAR_BLOCK, config, len);
	put_octal(tar + TAR_SIZE, TAR_SIZE_DIGITS, len);
	memset(tar + TAR_SUM, ' ', 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += tar[i];
	put_octal(tar + TAR_SUM, 6, sum);
	tar[TAR_SUM + 6] = '\0';
}

const char *grub_set_config(struct blob *file, const struct elf_image *elf,
			    const char *config)
{
	size_t len = strlen(config);
	struct range list, tar;

	if (!find_list(elf, &list))
		return "not a PV-GRUB image";
	if (!find_memdisk(elf, file->data, list, &tar) ||
	    !only_config(file->data + tar.offset, tar.size))
		return "a PV-GRUB image without a configuration that can be replaced";
	/* Two blocks of zeroes end the archive. */
	if (len > tar.size - 3 * TAR_BLOCK)
		return "its configuration for this domain would be too long";
	write_member(file->data + tar.offset, tar.size, config, len);
	return NULL;
}
