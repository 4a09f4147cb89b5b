/* SPDX-License-Identifier: GPL-2.0 */
/* From a kernel file to the bytes of an ELF image. */
#ifndef XENPV_BUILDER_KERNEL_H
#define XENPV_BUILDER_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Neither a kernel file nor what it unpacks to may be larger. */
#define KERNEL_MAX_SIZE	(512UL << 20)
extern size_t kernel_max_size;	/* the same; tests lower it */

/* Bytes, owned by whoever holds the structure. */
struct blob {
	uint8_t *data;
	size_t size;
};

void blob_free(struct blob *b);

/*
 * Read the file PATH (an ELF file, a bzImage, or one of these compressed) and
 * unpack it until it is an ELF image.  -1 after one line on stderr.
 */
int kernel_read(const char *path, struct blob *elf);

/*
 * Where the compressed kernel lies in a bzImage.  NULL, or what is wrong.
 */
bool bzimage_probe(const struct blob *file);
const char *bzimage_payload(const struct blob *file, size_t *offset,
			    size_t *size);

/* The compression that DATA starts with, by name, or NULL. */
const char *decompress_probe(const uint8_t *data, size_t size);

/*
 * Unpack DATA.  With TRAILER set, its last four bytes are the size of the
 * result, as in a bzImage.  NULL with OUT filled, or what is wrong.
 */
const char *decompress(const uint8_t *data, size_t size, bool trailer,
		       struct blob *out);

#endif
