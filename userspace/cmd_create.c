// SPDX-License-Identifier: GPL-2.0
/* xenpv create: starts a domain and the process that is behind it. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "config.h"
#include "config/json.h"
#include "start.h"
#include "util.h"
#include "vmm/helper.h"

static const char help[] =
"Usage: xenpv create [options] <ConfigFile> [<key>=<value>]...\n\n"
"Start a domain as the configuration file says; settings that follow it come\n"
"after those in the file.\n\n"
"  -c               Attach to the domain's console (Ctrl-] detaches)\n"
"  -p               Leave the domain paused after it is created\n"
"  -F               Run in the foreground, until the domain ends\n"
"  -e               Nothing follows its end: it stays until it is destroyed\n"
"  -d               Print the configuration as JSON on standard error, and log\n"
"                   the counters of each vCPU when the domain ends\n"
"  -f, --defconfig=FILE  The configuration file\n"
"  -n, --dryrun     Print the configuration as JSON, start nothing\n"
"  -q, --quiet      Do not say what is being read\n"
"  -V, --vncviewer, -A, --vncviewer-autopass\n"
"                   Refused: there is no framebuffer\n"
"  -i, --ignore-global-affinity-masks  Ignored (for xl's users)\n"
"  -h, --help       Show this help\n";

struct create_options {
	const char *file;
	struct cmd_settings settings;
	bool console, paused, foreground, stats, dry_run, quiet, stays, viewer;
};

/* True: it was one that needs no more than to be remembered. */
static bool take_flag(int opt, struct create_options *o)
{
	const struct {
		int opt;
		bool *flag;
	} flags[] = {
		{ 'A', &o->viewer }, { 'F', &o->foreground }, { 'V', &o->viewer },
		{ 'c', &o->console }, { 'd', &o->stats }, { 'e', &o->stays },
		{ 'n', &o->dry_run }, { 'p', &o->paused }, { 'q', &o->quiet },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].opt == opt)
			*flags[i].flag = true;
	return strchr("AFVcdeinpq", opt);
}

/* 0, CMD_HELP, CMD_BAD or an exit status. */
static int parse_options(int argc, char **argv, struct create_options *o)
{
	static const struct option longopts[] = {
		{ "defconfig", required_argument, NULL, 'f' },
		{ "dryrun", no_argument, NULL, 'n' },
		{ "ignore-global-affinity-masks", no_argument, NULL, 'i' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "vncviewer", no_argument, NULL, 'V' },
		{ "vncviewer-autopass", no_argument, NULL, 'A' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "AFVcdef:hinpq", longopts,
				 help)) != -1) {
		if (opt == 'f')
			o->file = optarg;
		else if (opt < 0 || !take_flag(opt, o))
			return opt;
	}
	if (cmd_config_words(argc, argv, &o->file, &o->settings))
		return CMD_BAD;
	if (o->file)
		return 0;
	err("create: which configuration file? (xenpv create --help)");
	return CREATE_INVALID;
}

/* What a restart needs is found again wherever the helper will be. */
static void make_absolute(char **path)
{
	char *real = *path ? realpath(*path, NULL) : NULL;

	if (!real)
		return;		/* the builder says what is wrong with it */
	free(*path);
	*path = real;
}

static int create(const struct create_options *o, struct domain_config *cfg)
{
	struct helper_options h = {
		.cfg = cfg,
		.paused = o->paused,
		.stats = o->stats,
		.client = -1,
		.ready_fd = -1,
		.go_fd = -1,
	};

	make_absolute(&cfg->kernel);
	make_absolute(&cfg->ramdisk);
	return start_domain(&h, o->console, o->foreground);
}

static int print_config(const struct domain_config *cfg, FILE *out)
{
	char *json = json_config(cfg, 0);

	if (!json)
		return -1;
	fputs(json, out);
	free(json);
	return 0;
}

static void stay_at_end(struct domain_config *cfg)
{
	cfg->on_poweroff = ACTION_PRESERVE;
	cfg->on_reboot = ACTION_PRESERVE;
	cfg->on_crash = ACTION_PRESERVE;
	cfg->on_watchdog = ACTION_PRESERVE;
}

static int run(const struct create_options *o, struct domain_config *cfg)
{
	if (o->stays)
		stay_at_end(cfg);
	if (o->dry_run || cmd_global.dry_run)
		return print_config(cfg, stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (o->stats && print_config(cfg, stderr))
		return EXIT_FAILURE;
	return create(o, cfg);
}

int cmd_create(int argc, char **argv)
{
	struct create_options o = { 0 };
	struct domain_config cfg;
	int status;

	status = parse_options(argc, argv, &o);
	if (status == CMD_HELP)
		return EXIT_SUCCESS;
	if (status)
		return status < 0 ? EXIT_USAGE : status;
	if (o.viewer) {
		err("create: there is no framebuffer for -V; -c attaches to the console");
		return EXIT_FAILURE;
	}
	if (!o.quiet)
		fprintf(stderr, "Parsing config from %s\n", o.file);
	status = config_load(o.file, o.settings.words, o.settings.nr, &cfg);
	if (status)
		return status == CONFIG_NO_FILE ? CREATE_FAILED : EXIT_FAILURE;
	status = run(&o, &cfg);
	config_free(&cfg);
	return status;
}
