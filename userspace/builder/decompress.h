/* SPDX-License-Identifier: GPL-2.0 */
/* What the decompression methods share. */
#ifndef XENPV_BUILDER_DECOMPRESS_H
#define XENPV_BUILDER_DECOMPRESS_H

#include <stdio.h>

#include "kernel.h"

#define DECOMPRESS_CORRUPT	"corrupt"
#define DECOMPRESS_SHORT	"cut short"

/*
 * Where a method writes: blob.size bytes are there, used of them filled.
 * sink_grow() makes room, up to limit; it returns NULL or what is wrong.
 */
struct sink {
	struct blob blob;
	size_t used;
	size_t limit;	/* of used; there is room for one byte more */
	bool exact;	/* limit is the size that the result must have */
};

const char *sink_grow(struct sink *s);

static inline uint8_t *sink_at(const struct sink *s)
{
	return s->blob.data + s->used;
}

static inline size_t sink_room(const struct sink *s)
{
	return s->blob.size - s->used;
}

/* Each unpacks all of DATA into OUT and returns NULL or what is wrong. */
const char *decompress_gzip(const uint8_t *data, size_t size, struct sink *out);
const char *decompress_bzip2(const uint8_t *data, size_t size, struct sink *out);
const char *decompress_lzma(const uint8_t *data, size_t size, struct sink *out);
const char *decompress_xz(const uint8_t *data, size_t size, struct sink *out);
const char *decompress_lzo(const uint8_t *data, size_t size, struct sink *out);
const char *decompress_lz4(const uint8_t *data, size_t size, struct sink *out);
const char *decompress_zstd(const uint8_t *data, size_t size, struct sink *out);

#endif
