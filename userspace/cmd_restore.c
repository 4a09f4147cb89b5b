// SPDX-License-Identifier: GPL-2.0
/* xenpv restore: goes on with a saved domain. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "config.h"
#include "migrate/progress.h"
#include "migrate/restore.h"
#include "start.h"
#include "util.h"
#include "vmm/helper.h"

static const char help[] =
"Usage: xenpv restore [options] [<ConfigFile>] <CheckpointFile>\n\n"
"Go on with a domain that xenpv save or xl save wrote down.  A configuration\n"
"file replaces the configuration in the checkpoint.\n\n"
"  -c           Attach to the domain's console (Ctrl-] detaches)\n"
"  -p           Leave the domain paused after it is restored\n"
"  -F           Run in the foreground, until the domain ends\n"
"  -d           Log the counters of each vCPU when the domain ends\n"
"  -e           Taken for xl's sake: nothing waits for the domain's end\n"
"  -V, --vncviewer           Taken for xl's sake: PV domains have no VNC\n"
"  -A, --vncviewer-autopass  The same\n"
"  -q, --quiet  Say nothing but errors\n"
"  -h, --help   Show this help\n";

struct restore_options {
	const char *config, *file;
	bool console, paused, foreground, stats, quiet;
};

static int parse_options(int argc, char **argv, struct restore_options *o)
{
	static const struct option longopts[] = {
		{ "vncviewer", no_argument, NULL, 'V' },
		{ "vncviewer-autopass", no_argument, NULL, 'A' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "AcdeFhpqV", longopts, help)) !=
	       -1) {
		switch (opt) {
		case 'c':
			o->console = true;
			break;
		case 'd':
			o->stats = true;
			break;
		case 'F':
			o->foreground = true;
			break;
		case 'p':
			o->paused = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'A':
		case 'e':
		case 'V':
			break;
		default:
			return opt;
		}
	}
	if (argc - optind < 1 || argc - optind > 2) {
		err("restore: which checkpoint? (xenpv restore --help)");
		return CMD_BAD;
	}
	if (argc - optind == 2)
		o->config = argv[optind++];
	o->file = argv[optind];
	return 0;
}

static int load_config(struct restore *r, const struct restore_options *o,
		       struct domain_config *cfg)
{
	return o->config ? config_load(o->config, NULL, 0, cfg) :
			   restore_config(r, cfg);
}

static int restore(struct restore *r, const struct restore_options *o,
		   struct domain_config *cfg)
{
	struct helper_options h = {
		.cfg = cfg,
		.paused = o->paused,
		.stats = o->stats,
		.client = -1,
		.ready_fd = -1,
		.go_fd = -1,
		.restore = r,
	};

	if (restore_begin(r, cfg))
		return EXIT_FAILURE;
	if (!o->quiet)
		progress_show(&r->s, "Restoring");
	/* xl has no other failure, unlike its create. */
	return start_domain(&h, o->console, o->foreground) ? EXIT_FAILURE :
							     EXIT_SUCCESS;
}

int cmd_restore(int argc, char **argv)
{
	struct restore_options o = { 0 };
	struct domain_config cfg;
	int status = EXIT_FAILURE, fd;
	struct restore r;

	switch (parse_options(argc, argv, &o)) {
	case 0:
		break;
	case CMD_HELP:
		return EXIT_SUCCESS;
	default:
		return EXIT_USAGE;
	}
	fd = open(o.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys("%s", o.file);
		return EXIT_FAILURE;
	}
	if (!o.quiet)
		printf("Loading checkpoint from %s\n", o.file);
	if (!restore_open(&r, fd, o.file) && !load_config(&r, &o, &cfg)) {
		status = restore(&r, &o, &cfg);
		config_free(&cfg);
	}
	restore_close(&r);
	return status;
}
