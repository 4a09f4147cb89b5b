// SPDX-License-Identifier: GPL-2.0
/*
 * A saved domain, read and put into memory, then taken apart again.
 *
 * An input whose first byte is even is a file as it is: head and configuration.
 * Any other is a list of changes to a small domain that is in order (16 bytes
 * of WHERE, WIDTH, REPEAT, OFFSET and VALUE each), so that the fuzzer need not
 * find out what a domain is.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/saved.h"
#include "../migrate/load.h"
#include "config.h"
#include "fuzz.h"
#include "migrate/header.h"
#include "migrate/json.h"

#define LIMIT		64

struct change {
	uint8_t where;		/* a record, or what is before them */
	uint8_t width;		/* of the value: 1 to 8 bytes */
	uint16_t repeat;	/* the value, behind itself */
	uint32_t offset;
	uint64_t value;
};

static char why[512];

static void read_file(const uint8_t *data, size_t size)
{
	struct saved s = { .data = (uint8_t *)data, .len = size };
	int fd = saved_open(&s, 0, size);
	struct json_settings set;
	struct domain_config cfg;
	struct stream str;
	char *json;

	err_divert(why, sizeof(why));
	stream_init(&str, fd, "fuzz");
	json = header_read(&str);
	if (json && !json_to_settings(json, "fuzz", &set)) {
		if (!config_load_saved(set.list, set.nr, &cfg)) {
			free(json_of_config(&cfg, 4096));
			config_free(&cfg);
		}
		json_settings_free(&set);
	}
	err_divert(NULL, 0);
	free(json);
	close(fd);
}

static void change(struct saved *s, const struct change *c)
{
	size_t at = s->stream, len = s->records[0].at - s->stream;
	unsigned int width = c->width % 8 + 1, i;

	if (c->where % (s->nr + 1)) {
		const struct saved_record *r =
			&s->records[c->where % (s->nr + 1) - 1];

		/* With its header. */
		at = r->at - 8;
		len = r->len + 8;
	}
	at += c->offset % len;
	for (i = 0; i <= c->repeat % 512 && at + width <= s->len; i++) {
		memcpy(s->data + at, &c->value, width);
		at += width;
	}
}

static void take_again(struct loaded *l)
{
	struct retaken r;
	uint64_t pfn, table[512];

	retake_begin(&r, l, (l->img.is_32bit ? SAVED_VA32 : SAVED_VA) +
			    SAVED_P2M * 4096);
	if (!retake(&r, why, sizeof(why))) {
		err_divert(why, sizeof(why));
		for (pfn = 0; pfn < r.s.nr_pfns; pfn++)
			if (r.s.types[pfn] != TYPE_ABSENT &&
			    PT_LEVEL(r.s.types[pfn]))
				snapshot_table(&r.s, pfn, table);
		err_divert(NULL, 0);
	}
	retake_end(&r);
}

/* What the stream left in memory is a guest's: it may be anything, too. */
static void change_memory(struct loaded *l, const struct change *c)
{
	uint64_t pfn = c->where % SAVED_PAGES;
	unsigned int width = c->width % 8 + 1;

	if (image_has(&l->img, pfn))
		memcpy((uint8_t *)image_page(&l->img, pfn) +
		       c->offset % (4096 - 8), &c->value, width);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct change changes[64];
	struct loaded l;
	struct saved s;
	size_t nr, i;
	int fd;

	if (!size)
		return 0;
	if (!(data[0] & 1)) {
		read_file(data + 1, size - 1);
		return 0;
	}
	nr = (size - 1) / sizeof(changes[0]);
	if (nr > 64)
		nr = 64;
	memcpy(changes, data + 1, nr * sizeof(changes[0]));
	/* Bit 3: of a 32-bit guest. */
	saved_make(&s, data[0] & 8);
	/* Bit 1: changes of memory, once it is read. */
	for (i = 0; i < nr && !(data[0] & 2); i++)
		change(&s, &changes[i]);
	/* Bit 2: cut off, as the last change says. */
	if (nr && (data[0] & 4))
		s.len = s.stream + changes[nr - 1].offset % (s.len - s.stream);
	fd = saved_open(&s, s.stream, s.len - s.stream);
	if (!load_stream(&l, fd, SAVED_VCPUS, LIMIT)) {
		for (i = 0; i < nr && (data[0] & 2); i++)
			change_memory(&l, &changes[i]);
		take_again(&l);
	}
	load_free(&l);
	close(fd);
	saved_free(&s);
	return 0;
}
