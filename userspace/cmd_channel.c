// SPDX-License-Identifier: GPL-2.0
/* xenpv channel-list: domains' consoles beside the first. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

static const char help[] =
"Usage: xenpv channel-list <Domain>...\n\n"
"List domains' channels.\n\n"
"  -h, --help  Show this help\n";

int cmd_channel_list(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt, i, status = EXIT_SUCCESS;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc == optind) {
		err("channel-list: which domain? (xenpv channel-list --help)");
		return EXIT_USAGE;
	}
	printf("%-3s %-2s %-5s %-6s %8s %-10s %-30s\n", "Idx", "BE", "state",
	       "evt-ch", "ring-ref", "connection", "");
	for (i = optind; i < argc; i++)
		if (domain_find(argv[i], &info) ||
		    control_request(info.domid, "device-list console", stdout))
			status = EXIT_FAILURE;
	return status;
}
