// SPDX-License-Identifier: GPL-2.0
/*
 * cpuid and tsc_mode: what the processor says of itself.
 *
 * libxl parses both notations of cpuid, and has the result's registers only as
 * JSON.
 */
#include <stdlib.h>
#include <string.h>

/* Which libxl's headers want to be told. */
#define HAVE_YAJL_YAJL_VERSION_H 1

#include <libxl.h>
#include <libxl_json.h>
#include <libxlutil.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "config.h"
#include "config/cpuid.h"
#include "config/json.h"
#include "config/source.h"
#include "util.h"
#include "vmm/cpuid.h"

/* What libxl's parsers return, from 1, in xl's words. */
static const char *const string_errors[] = {
	"missing \"=\" in key=value",
	"unknown CPUID flag name",
	"illegal CPUID value (must be: [0|1|x|k|s])",
};

static const char *const list_errors[] = {
	"illegal leaf number",
	"illegal subleaf number",
	"missing colon",
	"invalid register name (must be e[abcd]x)",
	"policy string must be exactly 32 characters long",
};

static const char *error_text(int e, const char *const *errors, size_t nr)
{
	return e > 0 && (size_t)e <= nr ? errors[e - 1] : "unknown error";
}

int config_cpuid_parse(const struct domain_config *cfg, libxl_cpuid_policy_list *list,
		       const char **bad, const char **why)
{
	size_t i;
	int e;

	for (i = 0; i < cfg->nr_cpuid_words; i++) {
		*bad = cfg->cpuid_words[i];
		if (cfg->cpuid_is_list) {
			e = libxl_cpuid_parse_config_xend(list, *bad);
			*why = error_text(e, list_errors, ARRAY_SIZE(list_errors));
		} else {
			e = libxl_cpuid_parse_config(list, *bad);
			*why = error_text(e, string_errors, ARRAY_SIZE(string_errors));
		}
		if (e)
			return -1;
	}
	return 0;
}

static yajl_val get(yajl_val from, const char *key, yajl_type type)
{
	const char *const names[] = { key, NULL };
	const char **path = (const char **)names;

	return yajl_tree_get(from, path, type);
}

static uint32_t number_or(yajl_val from, const char *key, uint32_t otherwise)
{
	yajl_val v = get(from, key, yajl_t_number);

	return YAJL_IS_INTEGER(v) ? (uint32_t)YAJL_GET_INTEGER(v) : otherwise;
}

static void take_change(struct cpuid_change *c, yajl_val from)
{
	static const char *const regs[] = { "eax", "ebx", "ecx", "edx" };
	const char *text;
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->leaf = number_or(from, "leaf", 0);
	c->subleaf = number_or(from, "subleaf", CPUID_NO_INDEX);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		text = YAJL_GET_STRING(get(from, regs[i], yajl_t_string));
		if (text)
			snprintf(c->reg[i], sizeof(c->reg[i]), "%s", text);
	}
}

/* The list of leaves, or it and MSRs in an object: that depends on libxl. */
static void take_changes(struct domain_config *cfg, yajl_val top)
{
	yajl_val list = YAJL_IS_ARRAY(top) ? top : get(top, "cpuid", yajl_t_array);
	size_t i;

	if (!YAJL_IS_ARRAY(list))
		return;
	cfg->cpuid = xcalloc(YAJL_GET_ARRAY(list)->len + 1, sizeof(*cfg->cpuid));
	cfg->nr_cpuid = YAJL_GET_ARRAY(list)->len;
	for (i = 0; i < cfg->nr_cpuid; i++)
		take_change(&cfg->cpuid[i], YAJL_GET_ARRAY(list)->values[i]);
}

static int registers_of(struct domain_config *cfg, libxl_cpuid_policy_list *list)
{
	yajl_gen gen = json_generator();
	const unsigned char *text;
	yajl_val top = NULL;
	char why[128];
	size_t len;

	if (libxl_cpuid_policy_list_gen_json(gen, list) == yajl_gen_status_ok &&
	    yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok)
		top = yajl_tree_parse((const char *)text, why, sizeof(why));
	yajl_gen_free(gen);
	if (!top)
		return -1;
	take_changes(cfg, top);
	yajl_tree_free(top);
	return 0;
}

static int parse_words(const struct config_source *s, struct domain_config *cfg)
{
	libxl_cpuid_policy_list list = NULL;
	const char *bad = "", *why = "cannot be understood";
	int ret;

	ret = config_cpuid_parse(cfg, &list, &bad, &why);
	if (!ret)
		ret = registers_of(cfg, &list);
	libxl_cpuid_dispose(&list);
	if (ret)
		config_bad(s, "cpuid", "cpuid: '%s': %s", bad, why);
	return ret;
}

static void add_word(struct domain_config *cfg, const char *word)
{
	cfg->cpuid_words[cfg->nr_cpuid_words++] = xstrdup(word);
}

/* "host,key=value,..." */
static int split_string(const struct config_source *s, struct domain_config *cfg,
			const char *text)
{
	char *copy = xstrdup(text), *rest, *word;

	cfg->cpuid_words = xcalloc(strlen(text) + 1, sizeof(*cfg->cpuid_words));
	word = strtok_r(copy, ",", &rest);
	if (word && strcmp(word, "host")) {
		config_bad(s, "cpuid", "cpuid = \"%s\": the first word must be \"host\"",
			   text);
		free(copy);
		return -1;
	}
	while (word && (word = strtok_r(NULL, ",", &rest)))
		add_word(cfg, word);
	free(copy);
	return 0;
}

static int split_list(const struct config_source *s, struct domain_config *cfg,
		      XLU_ConfigList *list, int nr)
{
	const char *item;
	int i;

	cfg->cpuid_is_list = true;
	cfg->cpuid_words = xcalloc(nr + 1, sizeof(*cfg->cpuid_words));
	for (i = 0; i < nr; i++) {
		item = xlu_cfg_get_listitem(list, i);
		if (!item) {
			config_bad(s, "cpuid", "cpuid must be a list of strings");
			return -1;
		}
		add_word(cfg, item);
	}
	return 0;
}

static int load_cpuid(const struct config_source *s, struct domain_config *cfg)
{
	XLU_ConfigList *list;
	const char *text;
	int nr, ret;

	if (!xlu_cfg_get_list(s->xlu, "cpuid", &list, &nr, 1)) {
		ret = split_list(s, cfg, list, nr);
	} else {
		ret = config_string(s, "cpuid", &text);
		if (ret <= 0)
			return ret;
		ret = split_string(s, cfg, text);
	}
	return ret ? ret : parse_words(s, cfg);
}

/* By xl's names, or numbers, which are those of enum tsc_mode. */
static int load_tsc_mode(const struct config_source *s, struct domain_config *cfg)
{
	static const char *const names[] = {
		[TSC_MODE_DEFAULT] = "default",
		[TSC_MODE_ALWAYS_EMULATE] = "always_emulate",
		[TSC_MODE_NATIVE] = "native",
		[TSC_MODE_NATIVE_PARAVIRT] = "native_paravirt",
	};
	const char *text;
	char number[2];
	size_t i;
	int ret = config_string(s, "tsc_mode", &text);

	if (ret <= 0)
		return ret;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(number, sizeof(number), "%zu", i);
		if (!strcmp(text, names[i]) || !strcmp(text, number))
			break;
	}
	if (i == ARRAY_SIZE(names)) {
		config_bad(s, "tsc_mode",
			   "tsc_mode = \"%s\" must be one of default, always_emulate, native",
			   text);
		return -1;
	}
	if (i == TSC_MODE_NATIVE_PARAVIRT) {
		config_bad(s, "tsc_mode",
			   "tsc_mode = \"%s\" is not supported: Xen has removed it as well",
			   text);
		return -1;
	}
	cfg->tsc_mode = i;
	return 0;
}

int config_load_processor(const struct config_source *s, struct domain_config *cfg)
{
	return load_cpuid(s, cfg) || load_tsc_mode(s, cfg) ? -1 : 0;
}
