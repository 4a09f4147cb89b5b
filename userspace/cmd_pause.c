// SPDX-License-Identifier: GPL-2.0
/* xenpv pause, xenpv unpause: stop a domain's vCPUs, and let them run. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

static const char pause_help[] =
"Usage: xenpv pause <Domain>\n\n"
"Stop a domain's vCPUs; it keeps its memory.\n\n"
"  -h, --help  Show this help\n";

static const char unpause_help[] =
"Usage: xenpv unpause <Domain>\n\n"
"Let a paused domain run.\n\n"
"  -h, --help  Show this help\n";

static int pause_or_unpause(int argc, char **argv, const char *verb,
			    const char *help)
{
	struct kvm_xenpv_info info;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 1) {
		err("%s: which domain? (xenpv %s --help)", verb, verb);
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info) ||
	    control_request(info.domid, verb, NULL))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int cmd_pause(int argc, char **argv)
{
	return pause_or_unpause(argc, argv, "pause", pause_help);
}

int cmd_unpause(int argc, char **argv)
{
	return pause_or_unpause(argc, argv, "unpause", unpause_help);
}
