// SPDX-License-Identifier: GPL-2.0
/* From libxl's JSON to settings of a configuration file. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_tree.h>

#include "../util.h"
#include "json.h"

#define BRACKETS_MAX	10000U

static yajl_val get(yajl_val from, const char *key, yajl_type type)
{
	const char *const names[] = { key, NULL };
	const char **path = (const char **)names;

	return YAJL_IS_OBJECT(from) ? yajl_tree_get(from, path, type) : NULL;
}

static const char *get_string(yajl_val from, const char *key)
{
	return YAJL_GET_STRING(get(from, key, yajl_t_string));
}

static bool get_number(yajl_val from, const char *key, uint64_t *n)
{
	yajl_val v = get(from, key, yajl_t_number);

	if (!YAJL_IS_INTEGER(v) || YAJL_GET_INTEGER(v) < 0)
		return false;
	*n = YAJL_GET_INTEGER(v);
	return true;
}

/* libxl has booleans as such, as numbers, and as "True". */
static bool get_bool(yajl_val from, const char *key)
{
	const char *text = get_string(from, key);
	uint64_t n;

	if (text)
		return !strcmp(text, "True");
	return YAJL_IS_TRUE(get(from, key, yajl_t_true)) ||
	       (get_number(from, key, &n) && n);
}

static void add(struct json_settings *s, char *setting)
{
	s->list = realloc(s->list, (s->nr + 1) * sizeof(*s->list));
	if (!s->list)
		abort();
	s->list[s->nr++] = setting;
}

/* In double quotes, as xl's parser takes it. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 127)
			fprintf(out, "\\x%02x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static FILE *memory_file(char **text, size_t *len)
{
	FILE *f = open_memstream(text, len);

	if (!f)
		abort();
	return f;
}

static void add_string(struct json_settings *s, const char *key,
		       const char *value)
{
	char *text;
	size_t len;
	FILE *f;

	if (!value)
		return;
	f = memory_file(&text, &len);
	fprintf(f, "%s=", key);
	put_quoted(f, value);
	fclose(f);
	add(s, text);
}

static void add_number(struct json_settings *s, const char *key, uint64_t n)
{
	add(s, xasprintf("%s=%" PRIu64, key, n));
}

/* KEY = [ "...", ... ] of what ITEM writes of each element of LIST. */
static void add_list(struct json_settings *s, const char *key, yajl_val list,
		     void (*item)(FILE *out, yajl_val v))
{
	char *text, *one;
	size_t len, i;
	FILE *f, *g;

	if (!YAJL_IS_ARRAY(list) || !YAJL_GET_ARRAY(list)->len)
		return;
	f = memory_file(&text, &len);
	fprintf(f, "%s=[", key);
	for (i = 0; i < YAJL_GET_ARRAY(list)->len; i++) {
		g = memory_file(&one, &len);
		item(g, YAJL_GET_ARRAY(list)->values[i]);
		fclose(g);
		put_quoted(f, one);
		fputc(',', f);
		free(one);
	}
	fputc(']', f);
	fclose(f);
	add(s, text);
}

/* Elements. */

static void write_text(FILE *out, yajl_val v)
{
	fputs(YAJL_IS_STRING(v) ? YAJL_GET_STRING(v) : "", out);
}

static void write_disk(FILE *out, yajl_val v)
{
	const char *format = get_string(v, "format");
	const char *vdev = get_string(v, "vdev");
	const char *path = get_string(v, "pdev_path");

	if (format && !strcmp(format, "empty"))
		format = NULL;
	fprintf(out, "vdev=%s,format=%s,access=%s", vdev ? vdev : "",
		format ? format : "raw",
		get_bool(v, "readwrite") ? "rw" : "ro");
	if (get_bool(v, "is_cdrom"))
		fputs(",devtype=cdrom", out);
	if (get_bool(v, "direct_io_safe"))
		fputs(",direct-io-safe", out);
	/* Last: it may have commas in it. */
	fprintf(out, ",target=%s", path ? path : "");
}

static void write_nic(FILE *out, yajl_val v)
{
	static const struct {
		const char *json, *word;
	} words[] = {
		{ "mac", "mac" },
		{ "bridge", "bridge" },
		{ "ip", "ip" },
		{ "script", "script" },
		{ "ifname", "vifname" },
		{ "gatewaydev", "gatewaydev" },
	};
	const char *value, *comma = "";
	uint64_t mtu;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		value = get_string(v, words[i].json);
		if (!value)
			continue;
		fprintf(out, "%s%s=%s", comma, words[i].word, value);
		comma = ",";
	}
	if (get_number(v, "mtu", &mtu) && mtu)
		fprintf(out, "%smtu=%" PRIu64, comma, mtu);
}

static void add_action(struct json_settings *s, yajl_val from, const char *key)
{
	const char *value = get_string(from, key);
	char *text, *p;

	/* What is not written down is libxl's default; one is not known here. */
	if (!value || !strcmp(value, "soft_reset"))
		value = "destroy";
	text = xstrdup(value);
	for (p = text; *p; p++)
		if (*p == '_')
			*p = '-';
	add_string(s, key, text);
	free(text);
}

static uint64_t mib(uint64_t kib)
{
	return (kib + 1023) / 1024;
}

static int add_memory(struct json_settings *s, yajl_val b, const char *name)
{
	uint64_t max, target;

	if (!get_number(b, "max_memkb", &max) || !max) {
		err("%s: its configuration does not tell the domain's memory",
		    name);
		return -1;
	}
	if (!get_number(b, "target_memkb", &target) || target > max || !target)
		target = max;
	add_number(s, "maxmem", mib(max));
	add_number(s, "memory", mib(target));
	return 0;
}

/* What it is started with the next time.  Older versions have that in "type.pv". */
static void add_boot(struct json_settings *s, yajl_val b)
{
	static const char *const keys[] = {
		"kernel", "ramdisk", "cmdline", "bootloader",
	};
	yajl_val pv = get(b, "type.pv", yajl_t_object), args;
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		value = get_string(b, keys[i]);
		add_string(s, keys[i], value ? value : get_string(pv, keys[i]));
	}
	args = get(b, "bootloader_args", yajl_t_array);
	add_list(s, "bootloader_args",
		 args ? args : get(pv, "bootloader_args", yajl_t_array),
		 write_text);
}

static void add_vcpus(struct json_settings *s, yajl_val b)
{
	yajl_val list = get(b, "avail_vcpus", yajl_t_array);
	uint64_t max = 1, now;

	get_number(b, "max_vcpus", &max);
	now = YAJL_IS_ARRAY(list) ? YAJL_GET_ARRAY(list)->len : max;
	add_number(s, "maxvcpus", max);
	add_number(s, "vcpus", now && now <= max ? now : max);
}

/* In the notation of old, which says it register by register. */
static void write_leaf(FILE *out, yajl_val v)
{
	static const char *const regs[] = { "eax", "ebx", "ecx", "edx" };
	uint64_t leaf = 0, subleaf;
	const char *text, *comma = "";
	size_t i;

	get_number(v, "leaf", &leaf);
	fprintf(out, "%" PRIu64, leaf);
	if (get_number(v, "subleaf", &subleaf))
		fprintf(out, ",%" PRIu64, subleaf);
	fputc(':', out);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		text = get_string(v, regs[i]);
		if (!text)
			continue;
		fprintf(out, "%s%s=%s", comma, regs[i], text);
		comma = ",";
	}
}

static void add_processor(struct json_settings *s, yajl_val b)
{
	yajl_val list = get(b, "cpuid", yajl_t_array);
	const char *mode = get_string(b, "tsc_mode");

	/* With MSRs it is an object. */
	if (!list)
		list = get(get(b, "cpuid", yajl_t_object), "cpuid", yajl_t_array);
	add_list(s, "cpuid", list, write_leaf);
	if (mode && strcmp(mode, "native_paravirt"))
		add_string(s, "tsc_mode", mode);
}

static void add_devices(struct json_settings *s, yajl_val top)
{
	yajl_val own = get(top, "kvm_xenpv", yajl_t_object);

	if (own) {
		add_list(s, "disk", get(own, "disk", yajl_t_array), write_text);
		add_list(s, "vif", get(own, "vif", yajl_t_array), write_text);
		add_list(s, "channel", get(own, "channel", yajl_t_array),
			 write_text);
		return;
	}
	add_list(s, "disk", get(top, "disks", yajl_t_array), write_disk);
	add_list(s, "vif", get(top, "nics", yajl_t_array), write_nic);
}

static int convert(yajl_val top, const char *name, struct json_settings *s)
{
	static const char *const actions[] = {
		"on_poweroff", "on_reboot", "on_watchdog", "on_crash",
	};
	yajl_val c = get(top, "c_info", yajl_t_object);
	yajl_val b = get(top, "b_info", yajl_t_object);
	const char *type = get_string(c, "type");
	size_t i;

	/* libxl leaves out what is its default: HVM, once. */
	if (!type || strcmp(type, "pv")) {
		err("%s: its configuration is of an %s domain: only PV can be restored",
		    name, type ? type : "HVM");
		return -1;
	}
	add_string(s, "name", get_string(c, "name"));
	add_string(s, "uuid", get_string(c, "uuid"));
	add_boot(s, b);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		add_action(s, top, actions[i]);
	add_vcpus(s, b);
	add_processor(s, b);
	add_devices(s, top);
	return add_memory(s, b, name);
}

/*
 * yajl frees a tree by recursion, which no stack is deep enough for.  So many
 * brackets are no configuration, wherever they stand (it has comments, too).
 */
static bool too_deep(const char *json)
{
	unsigned int nr = 0;

	for (; *json && nr <= BRACKETS_MAX; json++)
		nr += *json == '[' || *json == '{';
	return nr > BRACKETS_MAX;
}

int json_to_settings(const char *json, const char *name,
		     struct json_settings *settings)
{
	char why[256];
	yajl_val top;
	int ret;

	memset(settings, 0, sizeof(*settings));
	if (too_deep(json)) {
		err("%s: its configuration has more than %u lists and objects",
		    name, BRACKETS_MAX);
		return -1;
	}
	top = yajl_tree_parse(json, why, sizeof(why));
	if (!top) {
		why[strcspn(why, "\n")] = 0;
		err("%s: its configuration is no JSON: %s", name, why);
		return -1;
	}
	ret = convert(top, name, settings);
	yajl_tree_free(top);
	if (ret)
		json_settings_free(settings);
	return ret;
}

void json_settings_free(struct json_settings *settings)
{
	while (settings->nr)
		free(settings->list[--settings->nr]);
	free(settings->list);
	settings->list = NULL;
}
