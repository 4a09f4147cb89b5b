// SPDX-License-Identifier: GPL-2.0
/* xenpv sysrq: presses a magic SysRq key in a domain. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

static const char help[] =
"Usage: xenpv sysrq <Domain> <letter>\n\n"
"Send a magic SysRq key to the domain's Linux kernel: \"h\" lists them.\n\n"
"  -h, --help  Show this help\n";

int cmd_sysrq(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	char request[16];
	const char *key;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 2) {
		err("sysrq: which domain, and which key? (xenpv sysrq --help)");
		return EXIT_USAGE;
	}
	key = argv[optind + 1];
	if (key[0] <= ' ' || key[0] > '~' || key[1]) {
		err("sysrq: '%s' is not a key (xenpv sysrq --help)", key);
		return EXIT_USAGE;
	}
	snprintf(request, sizeof(request), "sysrq %s", key);
	if (domain_find(argv[optind], &info) ||
	    control_request(info.domid, request, NULL))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
