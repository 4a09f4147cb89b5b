// SPDX-License-Identifier: GPL-2.0
/*
 * Methods whose libraries work on streams: gzip, bzip2, lzma, xz, zstd.  All
 * sizes fit their unsigned ints: KERNEL_MAX_SIZE bounds the file and the
 * result.
 */
#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "decompress.h"

/* An xz or lzma stream may want a dictionary; Linux uses up to 128 MiB. */
#define LZMA_MEMORY	(256UL << 20)

const char *decompress_gzip(const uint8_t *data, size_t size, struct sink *out)
{
	z_stream z = { .next_in = (uint8_t *)data, .avail_in = size };
	const char *wrong = NULL;
	int ret = Z_OK;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return "zlib does not start";
	while (!wrong && ret != Z_STREAM_END) {
		if (!sink_room(out))
			wrong = sink_grow(out);
		if (wrong)
			break;
		z.next_out = sink_at(out);
		z.avail_out = sink_room(out);
		ret = inflate(&z, Z_NO_FLUSH);
		out->used = out->blob.size - z.avail_out;
		if (ret == Z_BUF_ERROR)
			wrong = DECOMPRESS_SHORT;
		else if (ret != Z_OK && ret != Z_STREAM_END)
			wrong = DECOMPRESS_CORRUPT;
	}
	inflateEnd(&z);
	return wrong;
}

const char *decompress_bzip2(const uint8_t *data, size_t size, struct sink *out)
{
	bz_stream z = { .next_in = (char *)data, .avail_in = size };
	const char *wrong = NULL;
	int ret = BZ_OK;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return "libbz2 does not start";
	while (!wrong && ret != BZ_STREAM_END) {
		if (!sink_room(out))
			wrong = sink_grow(out);
		if (wrong)
			break;
		z.next_out = (char *)sink_at(out);
		z.avail_out = sink_room(out);
		ret = BZ2_bzDecompress(&z);
		out->used = out->blob.size - z.avail_out;
		if (ret == BZ_OK && !z.avail_in && z.avail_out)
			wrong = DECOMPRESS_SHORT;
		else if (ret != BZ_OK && ret != BZ_STREAM_END)
			wrong = DECOMPRESS_CORRUPT;
	}
	BZ2_bzDecompressEnd(&z);
	return wrong;
}

static const char *lzma_loop(lzma_stream *z, const uint8_t *data, size_t size,
			     struct sink *out)
{
	const char *wrong;
	lzma_ret ret;

	z->next_in = data;
	z->avail_in = size;
	for (;;) {
		if (!sink_room(out)) {
			wrong = sink_grow(out);
			if (wrong)
				return wrong;
		}
		z->next_out = sink_at(out);
		z->avail_out = sink_room(out);
		ret = lzma_code(z, LZMA_FINISH);
		out->used = out->blob.size - z->avail_out;
		if (ret == LZMA_STREAM_END)
			return NULL;
		if (ret == LZMA_BUF_ERROR)
			return DECOMPRESS_SHORT;
		if (ret == LZMA_MEMLIMIT_ERROR)
			return "wants too much memory to unpack";
		if (ret != LZMA_OK)
			return DECOMPRESS_CORRUPT;
	}
}

const char *decompress_lzma(const uint8_t *data, size_t size, struct sink *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	const char *wrong;

	if (lzma_alone_decoder(&z, LZMA_MEMORY) != LZMA_OK)
		return "liblzma does not start";
	wrong = lzma_loop(&z, data, size, out);
	lzma_end(&z);
	return wrong;
}

const char *decompress_xz(const uint8_t *data, size_t size, struct sink *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	const char *wrong;

	if (lzma_stream_decoder(&z, LZMA_MEMORY, 0) != LZMA_OK)
		return "liblzma does not start";
	wrong = lzma_loop(&z, data, size, out);
	lzma_end(&z);
	return wrong;
}

static const char *zstd_loop(ZSTD_DStream *z, const uint8_t *data, size_t size,
			     struct sink *sink)
{
	ZSTD_inBuffer in = { data, size, 0 };
	ZSTD_outBuffer out;
	const char *wrong;
	size_t ret;

	for (;;) {
		if (!sink_room(sink)) {
			wrong = sink_grow(sink);
			if (wrong)
				return wrong;
		}
		out = (ZSTD_outBuffer){ sink->blob.data, sink->blob.size, sink->used };
		ret = ZSTD_decompressStream(z, &out, &in);
		sink->used = out.pos;
		if (ZSTD_isError(ret))
			return DECOMPRESS_CORRUPT;
		if (ret == 0)
			return NULL;
		if (in.pos == in.size && out.pos < out.size)
			return DECOMPRESS_SHORT;
	}
}

const char *decompress_zstd(const uint8_t *data, size_t size, struct sink *out)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	const char *wrong;

	/* Windows above 128 MiB are refused: the library's default. */
	if (!z || ZSTD_isError(ZSTD_initDStream(z)))
		wrong = "libzstd does not start";
	else
		wrong = zstd_loop(z, data, size, out);
	ZSTD_freeDStream(z);
	return wrong;
}
