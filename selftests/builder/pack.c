// SPDX-License-Identifier: GPL-2.0
#include <bzlib.h>
#include <endian.h>
#include <err.h>
#include <lz4.h>
#include <lzma.h>
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "pack.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

void bytes_add(struct bytes *b, const void *data, size_t size)
{
	b->data = realloc(b->data, b->size + size);
	if (!b->data)
		errx(1, "memory: %m");
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

void bytes_free(struct bytes *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

static void *room(size_t size)
{
	void *p = malloc(size + size / 2 + 65536);

	if (!p)
		errx(1, "memory: %m");
	return p;
}

static void pack_gzip(const void *data, size_t size, struct bytes *out)
{
	void *buf = room(size);
	z_stream z = {
		.next_in = (void *)data, .avail_in = size,
		.next_out = buf, .avail_out = size + size / 2 + 65536,
	};

	if (deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		errx(1, "gzip");
	bytes_add(out, buf, z.total_out);
	deflateEnd(&z);
	free(buf);
}

static void pack_bzip2(const void *data, size_t size, struct bytes *out)
{
	void *buf = room(size);
	unsigned int len = size + size / 2 + 65536;

	if (BZ2_bzBuffToBuffCompress(buf, &len, (char *)data, size, 9, 0, 0))
		errx(1, "bzip2");
	bytes_add(out, buf, len);
	free(buf);
}

static void run_lzma(lzma_stream *z, const void *data, size_t size,
		     struct bytes *out)
{
	void *buf = room(size);

	z->next_in = data;
	z->avail_in = size;
	z->next_out = buf;
	z->avail_out = size + size / 2 + 65536;
	if (lzma_code(z, LZMA_FINISH) != LZMA_STREAM_END)
		errx(1, "lzma");
	bytes_add(out, buf, z->total_out);
	lzma_end(z);
	free(buf);
}

static void pack_lzma(const void *data, size_t size, struct bytes *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	lzma_lzma_preset(&options, 0);
	if (lzma_alone_encoder(&z, &options) != LZMA_OK)
		errx(1, "lzma");
	run_lzma(&z, data, size, out);
}

/* With the x86 filter, and CRC32: what the kernel's own xz knows. */
static void pack_xz(const void *data, size_t size, struct bytes *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{ LZMA_FILTER_X86, NULL },
		{ LZMA_FILTER_LZMA2, &options },
		{ LZMA_VLI_UNKNOWN, NULL },
	};

	lzma_lzma_preset(&options, 0);
	if (lzma_stream_encoder(&z, filters, LZMA_CHECK_CRC32) != LZMA_OK)
		errx(1, "xz");
	run_lzma(&z, data, size, out);
}

/* lz4's legacy format: blocks of 8 MiB. */
static void pack_lz4(const void *data, size_t size, struct bytes *out)
{
	const uint32_t magic = htole32(0x184c2102);
	char *buf = room(8 << 20);
	size_t done, n;

	bytes_add(out, &magic, 4);
	for (done = 0; done < size; done += n) {
		uint32_t len;

		n = size - done < 8 << 20 ? size - done : 8 << 20;
		len = LZ4_compress_default((const char *)data + done, buf, n,
					   LZ4_compressBound(n));
		len = htole32(len);
		bytes_add(out, &len, 4);
		bytes_add(out, buf, le32toh(len));
	}
	free(buf);
}

static void pack_zstd(const void *data, size_t size, struct bytes *out)
{
	size_t bound = ZSTD_compressBound(size);
	void *buf = room(bound);
	size_t n = ZSTD_compress(buf, bound, data, size, 1);

	if (ZSTD_isError(n))
		errx(1, "zstd");
	bytes_add(out, buf, n);
	free(buf);
}

#ifdef HAVE_LZO
static void add_be(struct bytes *out, uint64_t value, unsigned int n)
{
	uint8_t byte;

	while (n--) {
		byte = value >> 8 * n;
		bytes_add(out, &byte, 1);
	}
}

/* lzop's format: a header, then blocks of 256 KiB with a checksum each. */
static void pack_lzo(const void *data, size_t size, struct bytes *out)
{
	static uint8_t work[LZO1X_1_MEM_COMPRESS];
	uint8_t *buf = room(256 << 10);
	size_t done, n;

	bytes_add(out, "\x89LZO\0\r\n\x1a\n", 9);
	add_be(out, 0x1030, 2);		/* version */
	add_be(out, 0x20a0, 2);		/* of the library */
	add_be(out, 0x0940, 2);		/* needed */
	add_be(out, 1, 1);		/* method */
	add_be(out, 5, 1);		/* level */
	add_be(out, 1, 4);		/* flags: Adler-32 of the data */
	add_be(out, 0100644, 4);	/* mode */
	add_be(out, 0, 4);		/* time */
	add_be(out, 0, 4);
	add_be(out, 0, 1);		/* name */
	add_be(out, 0, 4);		/* checksum */
	for (done = 0; done < size; done += n) {
		const uint8_t *from = (const uint8_t *)data + done;
		lzo_uint len;

		n = size - done < 256 << 10 ? size - done : 256 << 10;
		lzo1x_1_compress(from, n, buf, &len, work);
		add_be(out, n, 4);
		add_be(out, len < n ? len : n, 4);
		add_be(out, lzo_adler32(1, from, n), 4);
		bytes_add(out, len < n ? buf : from, len < n ? len : n);
	}
	add_be(out, 0, 4);
	free(buf);
}
#endif

#define ZEROES	(1 << 20)
static const uint8_t zeroes[ZEROES];

/* After a full flush nothing refers back: the same piece again and again. */
static void zeroes_gzip(size_t size, struct bytes *out)
{
	uint8_t head[64], piece[8192];
	z_stream z = { .next_out = head, .avail_out = sizeof(head) };
	size_t head_len, len;

	if (deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) != Z_OK ||
	    deflate(&z, Z_FULL_FLUSH) != Z_OK)
		errx(1, "gzip");
	head_len = sizeof(head) - z.avail_out;
	z.next_in = (uint8_t *)zeroes;
	z.avail_in = ZEROES;
	z.next_out = piece;
	z.avail_out = sizeof(piece);
	if (deflate(&z, Z_FULL_FLUSH) != Z_OK || !z.avail_out)
		errx(1, "gzip");
	len = sizeof(piece) - z.avail_out;
	deflateEnd(&z);
	bytes_add(out, head, head_len);
	for (; size >= ZEROES; size -= ZEROES)
		bytes_add(out, piece, len);
}

static void zeroes_lz4(size_t size, struct bytes *out)
{
	const uint32_t magic = htole32(0x184c2102);
	char piece[8192];
	uint32_t len;

	len = LZ4_compress_default((const char *)zeroes, piece, ZEROES,
				   sizeof(piece));
	bytes_add(out, &magic, 4);
	for (; size >= ZEROES; size -= ZEROES) {
		uint32_t le = htole32(len);

		bytes_add(out, &le, 4);
		bytes_add(out, piece, len);
	}
}

static void zeroes_zstd(size_t size, struct bytes *out)
{
	ZSTD_CStream *z = ZSTD_createCStream();
	uint8_t piece[65536];

	ZSTD_initCStream(z, 1);
	for (; size >= ZEROES; size -= ZEROES) {
		ZSTD_inBuffer in = { zeroes, ZEROES, 0 };

		while (in.pos < in.size) {
			ZSTD_outBuffer to = { piece, sizeof(piece), 0 };

			if (ZSTD_isError(ZSTD_compressStream(z, &to, &in)))
				errx(1, "zstd");
			bytes_add(out, piece, to.pos);
		}
	}
	ZSTD_freeCStream(z);
}

const struct packer packers[] = {
	{ "gzip", pack_gzip, zeroes_gzip, true },
	{ "bzip2", pack_bzip2, NULL, false },
	{ "lzma", pack_lzma, NULL, false },
	{ "xz", pack_xz, NULL, false },
#ifdef HAVE_LZO
	{ "lzo", pack_lzo, NULL, false },
#endif
	{ "lz4", pack_lz4, zeroes_lz4, false },
	{ "zstd", pack_zstd, zeroes_zstd, false },
};

const unsigned int nr_packers = ARRAY_SIZE(packers);

static void add_setup(struct bytes *out)
{
	static const uint16_t boot_flag = 0xaa55, version = 0x020f;
	uint8_t setup[BZIMAGE_SETUP] = { [0x1f1] = 4 };

	memcpy(setup + 0x1fe, &boot_flag, 2);
	memcpy(setup + 0x202, "HdrS", 4);
	memcpy(setup + 0x206, &version, 2);
	bytes_add(out, setup, sizeof(setup));
}

/* The payload ends here; what follows is the rest of the decompressor. */
static void end_payload(struct bytes *out, size_t start)
{
	static const uint8_t rest[256];
	uint32_t len = htole32(out->size - start - BZIMAGE_SETUP);

	memcpy(out->data + start + 0x24c, &len, 4);
	bytes_add(out, rest, sizeof(rest));
}

void make_bzimage(const struct packer *p, const void *elf, size_t size,
		  struct bytes *out)
{
	uint32_t total = htole32(size);
	size_t start = out->size;

	add_setup(out);
	p->pack(elf, size, out);
	if (!p->own_size)
		bytes_add(out, &total, 4);
	end_payload(out, start);
}

void make_bomb(const struct packer *p, size_t size, struct bytes *out)
{
	uint32_t total = htole32(size);
	size_t start = out->size;

	add_setup(out);
	p->pack_zeroes(size, out);
	bytes_add(out, &total, 4);
	end_payload(out, start);
}
