// SPDX-License-Identifier: GPL-2.0
/* JSON text: its form is that of xl's, and its strings are no harm. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "../util.h"
#include "json.h"

struct json_list {
	yajl_gen gen;
};

/* Copy what is parsed to the generator. */

static int on_null(void *gen)
{
	return yajl_gen_null(gen) == yajl_gen_status_ok;
}

static int on_boolean(void *gen, int value)
{
	return yajl_gen_bool(gen, value) == yajl_gen_status_ok;
}

static int on_number(void *gen, const char *text, size_t len)
{
	return yajl_gen_number(gen, text, len) == yajl_gen_status_ok;
}

static int on_string(void *gen, const unsigned char *text, size_t len)
{
	return yajl_gen_string(gen, text, len) == yajl_gen_status_ok;
}

static int on_map(void *gen)
{
	return yajl_gen_map_open(gen) == yajl_gen_status_ok;
}

static int on_map_end(void *gen)
{
	return yajl_gen_map_close(gen) == yajl_gen_status_ok;
}

static int on_array(void *gen)
{
	return yajl_gen_array_open(gen) == yajl_gen_status_ok;
}

static int on_array_end(void *gen)
{
	return yajl_gen_array_close(gen) == yajl_gen_status_ok;
}

static const yajl_callbacks copy_callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_map,
	.yajl_map_key = on_string,
	.yajl_end_map = on_map_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

/* TEXT goes to the generator, if it is one value. */
static bool parse(yajl_gen gen, const char *text)
{
	yajl_handle h = yajl_alloc(&copy_callbacks, NULL, gen);
	bool ok;

	/* Paths and command lines need not be UTF-8. */
	ok = h && yajl_config(h, yajl_dont_validate_strings, 1) &&
	     yajl_parse(h, (const unsigned char *)text,
			strlen(text)) == yajl_status_ok &&
	     yajl_complete_parse(h) == yajl_status_ok;
	if (h)
		yajl_free(h);
	return ok;
}

static void put_string(yajl_gen gen, const char *s)
{
	yajl_gen_string(gen, (const unsigned char *)s, strlen(s));
}

yajl_gen json_generator(void)
{
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen) {
		err("out of memory");
		exit(EXIT_FAILURE);
	}
	yajl_gen_config(gen, yajl_gen_beautify, 1);
	yajl_gen_config(gen, yajl_gen_indent_string, "    ");
	return gen;
}

/* The generator leaves U+0080 to U+009F as they are: to a terminal, commands. */
static void print(yajl_gen gen, FILE *out)
{
	const unsigned char *text;
	size_t len, i;

	if (yajl_gen_get_buf(gen, &text, &len) != yajl_gen_status_ok)
		return;
	for (i = 0; i < len; i++) {
		if (text[i] == 0xc2 && i + 1 < len && (text[i + 1] & 0xe0) == 0x80)
			fprintf(out, "\\u%04x", text[++i]);
		else
			fputc(text[i], out);
	}
}

/* DOMID 0: none yet.  CONFIG NULL: nobody knows. */
static bool put_domain(yajl_gen gen, uint32_t domid, const char *config)
{
	bool ok = true;

	yajl_gen_map_open(gen);
	put_string(gen, "domid");
	if (domid)
		yajl_gen_integer(gen, domid);
	else
		yajl_gen_null(gen);
	put_string(gen, "config");
	if (config)
		ok = parse(gen, config);
	else
		yajl_gen_null(gen);
	yajl_gen_map_close(gen);
	return ok;
}

void json_config_print(const char *config, FILE *out)
{
	yajl_gen gen = json_generator();

	put_domain(gen, 0, config);
	print(gen, out);
	yajl_gen_free(gen);
}

struct json_list *json_list_new(void)
{
	struct json_list *list = xcalloc(1, sizeof(*list));

	list->gen = json_generator();
	yajl_gen_array_open(list->gen);
	return list;
}

/* What cannot be copied in full would spoil the others' list, too. */
static bool is_sound(const char *config)
{
	yajl_gen gen = json_generator();
	bool ok;

	yajl_gen_array_open(gen);
	ok = put_domain(gen, 0, config);
	yajl_gen_free(gen);
	return ok;
}

int json_list_add(struct json_list *list, uint32_t domid, const char *config)
{
	bool sound = is_sound(config);

	if (!sound)
		err("domain %u: its helper's answer makes no sense", domid);
	put_domain(list->gen, domid, sound ? config : NULL);
	return sound ? 0 : -1;
}

void json_list_print(const struct json_list *list, FILE *out)
{
	yajl_gen_array_close(list->gen);
	print(list->gen, out);
	fputc('\n', out);
}

void json_list_free(struct json_list *list)
{
	yajl_gen_free(list->gen);
	free(list);
}
