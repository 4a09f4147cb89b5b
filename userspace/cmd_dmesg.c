// SPDX-License-Identifier: GPL-2.0
/* xenpv dmesg: what helpers and monitors of the running domains logged. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

static const char help[] =
"Usage: xenpv dmesg [-c] [<Domain>]\n\n"
"Show the log of a domain's helper and monitor, or of all running domains'.\n"
"Those of ended domains are in /var/log/xenpv, other users' than root's in\n"
"~/.local/state/xenpv.\n\n"
"  -c, --clear  Forget it then; the files keep it\n"
"  -h, --help   Show this help\n";

static const char *request = "log";

static int show_one(const char *what)
{
	struct kvm_xenpv_info info;

	if (domain_find(what, &info) ||
	    control_request(info.domid, request, stdout))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int show_all(void)
{
	int status = EXIT_SUCCESS;
	struct domain_list list;
	size_t i;

	if (domains_read(&list))
		return EXIT_FAILURE;
	for (i = 0; i < list.nr; i++) {
		printf("%s==> %.*s (domain %u) <==\n", i ? "\n" : "",
		       KVM_XENPV_NAME_LEN, list.infos[i].name,
		       list.infos[i].domid);
		fflush(stdout);
		if (control_request(list.infos[i].domid, request, stdout))
			status = EXIT_FAILURE;
	}
	domains_free(&list);
	return status;
}

int cmd_dmesg(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "clear", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "ch", longopts, help)) != -1) {
		if (opt != 'c')
			return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
		request = "log-clear";
	}
	if (argc - optind > 1) {
		err("dmesg: one domain at most (xenpv dmesg --help)");
		return EXIT_USAGE;
	}
	return optind < argc ? show_one(argv[optind]) : show_all();
}
