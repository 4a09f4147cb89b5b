// SPDX-License-Identifier: GPL-2.0
/*
 * bootloader and bootloader_args: PV-GRUB, whatever Xen's toolstack would have
 * run.  Its image comes with the host's packages and runs in the guest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxlutil.h>

#include "../config.h"
#include "../util.h"
#include "grub_script.h"
#include "source.h"

#define IMAGE	"/usr/lib/grub-xen/grub-x86_64-xen.bin"
#define IMAGE32	"/usr/lib/grub-xen/grub-i386-xen.bin"
#define PACKAGE	"grub-xen-host"

static const struct {
	const char *name, *image;
} loaders[] = {
	{ "pygrub", IMAGE },
	{ "pvgrub", IMAGE },
	{ "pvgrub64", IMAGE },
	/* Only a 32-bit GRUB starts 32-bit kernels. */
	{ "pvgrub32", IMAGE32 },
};

/* Where the loader's PV-GRUB is; NULL: there is none of that name. */
static const char *image(const char *name)
{
	const char *path = getenv("XENPV_PVGRUB");
	/* /usr/lib/xen-4.17/bin/pygrub is one, too. */
	const char *slash = strrchr(name, '/');
	size_t i;

	for (i = 0; i < ARRAY_SIZE(loaders); i++)
		if (!strcmp(slash ? slash + 1 : name, loaders[i].name))
			return path && *path ? path : loaders[i].image;
	return NULL;
}

/* Words of bootloader_args, a list or, as of old, a string. */
struct words {
	char **word;
	size_t nr;
};

static void add_word(struct words *w, const char *text, size_t len)
{
	w->word = realloc(w->word, (w->nr + 1) * sizeof(*w->word));
	if (!w->word)
		abort();
	w->word[w->nr++] = xasprintf("%.*s", (int)len, text);
}

static void split(struct words *w, const char *text)
{
	static const char space[] = " \t\r\n";
	size_t len;

	for (text += strspn(text, space); *text; text += strspn(text, space)) {
		len = strcspn(text, space);
		add_word(w, text, len);
		text += len;
	}
}

static void free_words(struct words *w)
{
	while (w->nr)
		free(w->word[--w->nr]);
	free(w->word);
}

static int load_words(const struct config_source *s, struct words *w)
{
	XLU_ConfigList *list;
	const char *text;
	int nr, i;

	switch (xlu_cfg_get_list(s->xlu, "bootloader_args", &list, &nr, 1)) {
	case 0:
		break;
	case ESRCH:
		return 0;
	default:
		if (config_string(s, "bootloader_args", &text) < 0)
			return -1;
		split(w, text);
		return 0;
	}
	for (i = 0; i < nr; i++) {
		text = xlu_cfg_get_listitem(list, i);
		if (!text) {
			config_bad(s, "bootloader_args",
				   "bootloader_args must be a list of strings");
			return -1;
		}
		add_word(w, text, strlen(text));
	}
	return 0;
}

/* "--NAME=VALUE", or "--NAME" and the next word. */
static const char *value_of(const struct words *w, size_t *i, const char *name)
{
	const char *word = w->word[*i];
	size_t len = strlen(name);

	if (strncmp(word, name, len))
		return NULL;
	if (word[len] == '=')
		return word + len + 1;
	if (word[len] || *i + 1 == w->nr)
		return NULL;
	return w->word[++*i];
}

static bool take_word(const struct words *w, size_t *i, struct grub_wishes *g)
{
	const struct {
		const char *name;
		const char **to;
	} options[] = {
		{ "--kernel", &g->kernel },
		{ "--ramdisk", &g->ramdisk },
		{ "--args", &g->args },
		{ "--entry", &g->entry },
	};
	const char *word = w->word[*i], *value;
	size_t o;

	if (!strcmp(word, "-q") || !strcmp(word, "--quiet"))
		return true;
	if (!strcmp(word, "-i") || !strcmp(word, "--interactive")) {
		g->interactive = true;
		return true;
	}
	for (o = 0; o < ARRAY_SIZE(options); o++) {
		value = value_of(w, i, options[o].name);
		if (!value)
			continue;
		*options[o].to = value;
		return true;
	}
	return false;
}

/* One that is not understood, or NULL. */
static const char *take_words(const struct words *w, struct grub_wishes *g)
{
	size_t i;

	for (i = 0; i < w->nr; i++)
		if (!take_word(w, &i, g))
			return w->word[i];
	return NULL;
}

static int make_script(const struct config_source *s, const struct words *w,
		       char **script)
{
	struct grub_wishes g = { 0 };
	const char *bad = take_words(w, &g);

	if (bad) {
		config_bad(s, "bootloader_args",
			   "bootloader_args: %s is none of -q, -i, --entry=, --kernel=, --ramdisk=, --args=",
			   bad);
		return -1;
	}
	if (!g.kernel && (g.ramdisk || g.args)) {
		config_bad(s, "bootloader_args",
			   "bootloader_args: --ramdisk= and --args= go with --kernel=");
		return -1;
	}
	*script = grub_script(&g);
	return 0;
}

/* What its configuration on the disk says instead. */
static void warn_ignored(const struct config_source *s)
{
	static const char *const keys[] = {
		"kernel", "ramdisk", "root", "extra", "cmdline",
	};
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (config_string(s, keys[i], &value) > 0 && *value)
			warn("%s: %s is ignored: the boot loader finds it on the disk",
			     config_where(s, keys[i]), keys[i]);
}

/* Which key asks for PV-GRUB?  NULL when none does. */
static int asked_by(const struct config_source *s, const char **key)
{
	const char *loader = "", *kernel = "";

	*key = NULL;
	if (config_string(s, "bootloader", &loader) < 0 ||
	    config_string(s, "kernel", &kernel) < 0)
		return -1;
	if (*loader)
		*key = "bootloader";
	else if (!strcmp(kernel, image("pvgrub")) || !strcmp(kernel, IMAGE32))
		/* The packaged image itself: the same, but it is named. */
		*key = "kernel";
	return 0;
}

static int check_loader(struct config_source *s, const char *name)
{
	const char *path = image(name);

	if (!path) {
		config_bad(s, "bootloader",
			   "bootloader = \"%s\": only pygrub and pvgrub are known, and both start PV-GRUB in the guest",
			   name);
		return -1;
	}
	if (!access(path, R_OK))
		return 0;
	config_bad(s, "bootloader",
		   "bootloader = \"%s\" needs %s, of the package " PACKAGE ": %m",
		   name, path);
	s->no_file = true;
	return -1;
}

static int load_script(const struct config_source *s, struct domain_config *cfg)
{
	struct words w = { 0 };

	if (load_words(s, &w) || make_script(s, &w, &cfg->grub_config)) {
		free_words(&w);
		return -1;
	}
	cfg->bootloader_args = w.word;
	cfg->nr_bootloader_args = w.nr;
	return 0;
}

/* It has done its work; what cannot be done again is no reason to refuse. */
static int load_saved(const struct config_source *s, const char *name,
		      struct domain_config *cfg)
{
	struct grub_wishes g = { 0 };
	struct words w = { 0 };

	if (load_words(s, &w)) {
		free_words(&w);
		return -1;
	}
	cfg->bootloader = xstrdup(name);
	cfg->bootloader_args = w.word;
	cfg->nr_bootloader_args = w.nr;
	if (!image(name) || take_words(&w, &g)) {
		warn("bootloader = \"%s\" or its arguments are not known here: no new start",
		     name);
		return 1;
	}
	cfg->grub_config = grub_script(&g);
	cfg->kernel = xstrdup(image(name));
	return 1;
}

int config_bootloader(struct config_source *s, struct domain_config *cfg)
{
	const char *key, *name = "";

	if (asked_by(s, &key))
		return -1;
	if (!key)
		return 0;
	config_string(s, "bootloader", &name);
	if (s->saved && *name)
		return load_saved(s, name, cfg);
	if (load_script(s, cfg))
		return -1;
	if (strcmp(key, "bootloader"))
		return 0;
	if (check_loader(s, name))
		return -1;
	if (!cfg->nr_disks) {
		config_bad(s, key, "a boot loader needs a disk to look for a kernel on");
		return -1;
	}
	warn_ignored(s);
	cfg->bootloader = xstrdup(name);
	cfg->kernel = xstrdup(image(name));
	return 1;
}
