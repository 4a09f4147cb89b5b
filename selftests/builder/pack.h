/* SPDX-License-Identifier: GPL-2.0 */
/* Compresses kernels in all the ways that Linux does. */
#ifndef PACK_H
#define PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t size;
};

struct packer {
	const char *name;
	/* Appends the packed DATA to OUT. */
	void (*pack)(const void *data, size_t size, struct bytes *out);
	/* The same for so many zeroes, quickly; NULL: not for this one. */
	void (*pack_zeroes)(size_t size, struct bytes *out);
	bool own_size;		/* its last four bytes are the size anyway */
};

extern const struct packer packers[];
extern const unsigned int nr_packers;

void bytes_add(struct bytes *b, const void *data, size_t size);
void bytes_free(struct bytes *b);

/* What `make bzImage` does with a vmlinux. */
void make_bzimage(const struct packer *p, const void *elf, size_t size,
		  struct bytes *out);

/* One whose kernel is all zeroes. */
void make_bomb(const struct packer *p, size_t size, struct bytes *out);

#define BZIMAGE_SETUP	(5 * 512)	/* the payload's place in the file */

#endif
