// SPDX-License-Identifier: GPL-2.0
/*
 * Unpacks kernels.  All methods that Linux builds bzImages with are known; the
 * result is bounded by kernel_max_size whatever the data say.
 */
#include <stdlib.h>

#include "bytes.h"
#include "decompress.h"
#include "kernel.h"
#include "util.h"

#define MAX_MAGIC	9

size_t kernel_max_size = KERNEL_MAX_SIZE;

static const struct method {
	const char *name;
	const char *magic;
	size_t magic_len;
	const char *(*run)(const uint8_t *data, size_t size, struct sink *out);
} methods[] = {
	{ "gzip", "\x1f\x8b\x08", 3, decompress_gzip },
	{ "xz", "\3757zXZ\0", 6, decompress_xz },
	{ "bzip2", "BZh", 3, decompress_bzip2 },
	{ "lzma", "\x5d\0\0", 3, decompress_lzma },
	{ "lzo", "\x89LZO\0\r\n\x1a\n", 9, decompress_lzo },
	{ "lz4", "\x02\x21\x4c\x18", 4, decompress_lz4 },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, decompress_zstd },
};

static const struct method *find_method(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (size >= methods[i].magic_len &&
		    !memcmp(data, methods[i].magic, methods[i].magic_len))
			return &methods[i];
	return NULL;
}

const char *decompress_probe(const uint8_t *data, size_t size)
{
	const struct method *m = find_method(data, size);

	return m ? m->name : NULL;
}

/* One byte more than may be used: a method can end without a full buffer. */
const char *sink_grow(struct sink *s)
{
	size_t room = s->blob.size;

	if (s->used > s->limit)
		return s->exact ? "unpacks to more than it says" :
			"unpacks to more than a kernel may have";
	if (s->exact)
		room = s->limit + 1;
	else if (!room)
		room = 4 << 20;
	else
		room *= 2;
	if (room > s->limit + 1)
		room = s->limit + 1;
	s->blob.data = realloc(s->blob.data, room);
	if (!s->blob.data) {
		err("out of memory");
		exit(EXIT_FAILURE);
	}
	s->blob.size = room;
	return NULL;
}

static const char *run(const struct method *m, const uint8_t *data, size_t size,
		       bool trailer, struct sink *s)
{
	const char *wrong;

	s->limit = kernel_max_size;
	if (trailer) {
		if (size < MAX_MAGIC + 4)
			return "packed data cut short";
		s->limit = get_le32(data + size - 4);
		s->exact = true;
		if (!s->limit || s->limit > kernel_max_size)
			return "says that it unpacks to an impossible size";
		/* The size is gzip's own trailer, and follows all others. */
		if (m->run != decompress_gzip)
			size -= 4;
	}
	wrong = m->run(data, size, s);
	if (!wrong && s->used > s->limit)
		wrong = sink_grow(s);
	if (!wrong && s->exact && s->used < s->limit)
		wrong = "unpacks to less than it says";
	return wrong;
}

const char *decompress(const uint8_t *data, size_t size, bool trailer,
		       struct blob *out)
{
	const struct method *m = find_method(data, size);
	struct sink s = { 0 };
	const char *wrong;

	if (!m)
		return "packed in a way that is not known";
	wrong = run(m, data, size, trailer, &s);
	if (wrong) {
		static char text[160];

		snprintf(text, sizeof(text), "%s data: %s", m->name, wrong);
		blob_free(&s.blob);
		return text;
	}
	out->data = s.blob.data;
	out->size = s.used;
	return NULL;
}
