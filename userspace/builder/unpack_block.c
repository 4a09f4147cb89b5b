// SPDX-License-Identifier: GPL-2.0
/* Methods made of blocks: lz4 in its legacy format, lzo as lzop writes it. */
#include <lz4.h>
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif

#include "bytes.h"
#include "decompress.h"

#define LZ4_MAGIC	0x184c2102
#define LZ4_BLOCK	(8 << 20)
#define LZO_BLOCK	(64 << 20)	/* lzop's own limit */

/* Room for LEN bytes, as far as the limit allows. */
static const char *reserve(struct sink *out, size_t len)
{
	const char *wrong;

	while (sink_room(out) < len && out->blob.size <= out->limit) {
		wrong = sink_grow(out);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *decompress_lz4(const uint8_t *data, size_t size, struct sink *out)
{
	const uint8_t *p = data + 4, *end = data + size;
	const char *wrong;

	while (p < end) {
		uint32_t len;
		size_t room;
		int n;

		if (end - p < 4)
			return DECOMPRESS_SHORT;
		len = get_le32(p);
		p += 4;
		if (len == LZ4_MAGIC)
			continue;
		if (!len || len > LZ4_COMPRESSBOUND(LZ4_BLOCK))
			return DECOMPRESS_CORRUPT;
		if (len > (size_t)(end - p))
			return DECOMPRESS_SHORT;
		wrong = reserve(out, LZ4_BLOCK);
		if (wrong)
			return wrong;
		room = sink_room(out) < LZ4_BLOCK ? sink_room(out) : LZ4_BLOCK;
		n = LZ4_decompress_safe((const char *)p, (char *)sink_at(out),
					len, room);
		if (n < 0)
			return room < LZ4_BLOCK ?
				"corrupt, or unpacks to more than it may" :
				DECOMPRESS_CORRUPT;
		out->used += n;
		p += len;
	}
	return NULL;
}

#ifdef HAVE_LZO

#define LZOP_ADLER32_D	0x0001
#define LZOP_ADLER32_C	0x0002
#define LZOP_FILTER	0x0800
#define LZOP_CRC32_D	0x0100
#define LZOP_CRC32_C	0x0200

/* The header's length, or 0; its flags in *FLAGS. */
static size_t lzop_header(const uint8_t *data, size_t size, uint32_t *flags)
{
	size_t pos = 9;		/* the magic */
	bool modern;

	if (size < 64)
		return 0;
	modern = get_be16(data + pos) >= 0x940;
	pos += 2 + 2 + (modern ? 2 : 0) + 1 + (modern ? 1 : 0);
	*flags = get_be32(data + pos);
	pos += 4 + (*flags & LZOP_FILTER ? 4 : 0);
	pos += 4 + 4 + (modern ? 4 : 0);	/* mode, times */
	pos += 1 + data[pos] + 4;		/* name, checksum */
	return pos < size ? pos : 0;
}

static const char *lzop_block(const uint8_t *src, size_t len, size_t raw,
			      struct sink *out)
{
	const char *wrong = reserve(out, raw);
	lzo_uint n = raw;

	if (wrong)
		return wrong;
	if (sink_room(out) < raw)
		return "unpacks to more than it may";
	if (len == raw)
		memcpy(sink_at(out), src, len);
	else if (lzo1x_decompress_safe(src, len, sink_at(out), &n, NULL) != LZO_E_OK ||
		 n != raw)
		return DECOMPRESS_CORRUPT;
	out->used += raw;
	return NULL;
}

const char *decompress_lzo(const uint8_t *data, size_t size, struct sink *out)
{
	uint32_t flags, raw, len, sums;
	size_t pos = lzop_header(data, size, &flags);
	const char *wrong;

	if (!pos)
		return DECOMPRESS_SHORT;
	for (;;) {
		if (!range_inside(pos, 4, size))
			return DECOMPRESS_SHORT;
		raw = get_be32(data + pos);
		pos += 4;
		if (!raw)
			return NULL;
		if (!range_inside(pos, 4, size))
			return DECOMPRESS_SHORT;
		len = get_be32(data + pos);
		pos += 4;
		if (raw > LZO_BLOCK || !len || len > raw)
			return DECOMPRESS_CORRUPT;
		sums = !!(flags & LZOP_ADLER32_D) + !!(flags & LZOP_CRC32_D);
		if (len < raw)
			sums += !!(flags & LZOP_ADLER32_C) + !!(flags & LZOP_CRC32_C);
		if (!range_inside(pos, 4 * sums + (uint64_t)len, size))
			return DECOMPRESS_SHORT;
		pos += 4 * sums;
		wrong = lzop_block(data + pos, len, raw, out);
		if (wrong)
			return wrong;
		pos += len;
	}
}

#else

const char *decompress_lzo(const uint8_t *data, size_t size, struct sink *out)
{
	return "this xenpv was built without liblzo2";
}

#endif
