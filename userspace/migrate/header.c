// SPDX-License-Identifier: GPL-2.0
/* The head of a saved domain: xl's header with the configuration. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "format.h"
#include "header.h"
#include "stream.h"

#define OPTIONAL_MAX	(1U << 20)

static int check(struct stream *s, const struct xl_header *h)
{
	uint32_t unknown = h->mandatory_flags &
			   ~(XL_FLAG_JSON | XL_FLAG_STREAM2);

	if (h->byte_order == __builtin_bswap32(XL_BYTE_ORDER))
		return stream_bad(s, "it is of a big-endian machine");
	if (h->byte_order != XL_BYTE_ORDER)
		return stream_bad(s, "byte order %#x makes no sense",
				  h->byte_order);
	if (unknown)
		return stream_bad(s, "unknown flags %#x: a newer Xen's file?",
				  unknown);
	if (!(h->mandatory_flags & XL_FLAG_STREAM2))
		return stream_bad(s, "files of Xen 4.5 and earlier are not supported");
	if (!(h->mandatory_flags & XL_FLAG_JSON))
		return stream_bad(s, "its configuration is not in JSON");
	if (h->optional_len > OPTIONAL_MAX)
		return stream_bad(s, "%u bytes of optional data make no sense",
				  h->optional_len);
	return 0;
}

/* The first of the optional data is the configuration, with its length. */
static char *take_config(struct stream *s, const uint8_t *data, uint32_t len)
{
	uint32_t n;
	char *json;

	if (len < sizeof(n)) {
		stream_bad(s, "there is no configuration in it");
		return NULL;
	}
	memcpy(&n, data, sizeof(n));
	if (n > len - sizeof(n)) {
		stream_bad(s, "a configuration of %u bytes in %u makes no sense",
			   n, len);
		return NULL;
	}
	json = xmalloc(n + 1);
	memcpy(json, data + sizeof(n), n);
	json[n] = 0;
	return json;
}

char *header_read(struct stream *s)
{
	char magic[XL_MAGIC_LEN], *json = NULL;
	struct xl_header h;
	uint8_t *data;

	stream_enter(s, "xl header");
	if (stream_read(s, magic, sizeof(magic)))
		return NULL;
	if (memcmp(magic, XL_MAGIC, sizeof(magic))) {
		stream_bad(s, "this is no domain saved by xl or xenpv");
		return NULL;
	}
	if (stream_read(s, &h, sizeof(h)) || check(s, &h))
		return NULL;
	data = xmalloc(h.optional_len + 1);
	if (!stream_read(s, data, h.optional_len))
		json = take_config(s, data, h.optional_len);
	free(data);
	return json;
}

int header_write(struct stream *s, const char *json)
{
	uint32_t len = strlen(json) + 1;
	struct xl_header h = {
		.byte_order = XL_BYTE_ORDER,
		.mandatory_flags = XL_FLAG_JSON | XL_FLAG_STREAM2,
		.optional_len = sizeof(len) + len,
	};

	stream_enter(s, "xl header");
	if (stream_write(s, XL_MAGIC, XL_MAGIC_LEN) ||
	    stream_write(s, &h, sizeof(h)) ||
	    stream_write(s, &len, sizeof(len)) ||
	    stream_write(s, json, len))
		return -1;
	return 0;
}
