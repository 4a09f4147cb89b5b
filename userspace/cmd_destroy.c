// SPDX-License-Identifier: GPL-2.0
/* xenpv destroy: ends a domain at once. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

#define STEP_US		20000
#define PATIENCE	500	/* steps */

static const char help[] =
"Usage: xenpv destroy <Domain>\n\n"
"End a domain at once, as if its power was cut.\n\n"
"  -f          Ignored (for xl's users)\n"
"  -h, --help  Show this help\n";

/* 1: it is gone, 0: it is not, -1: no answer. */
static int wait_gone(const struct kvm_xenpv_info *info)
{
	struct kvm_xenpv_info now;
	int i, there = 1;

	for (i = 0; i < PATIENCE && there > 0; i++) {
		there = domain_exists(info, &now);
		if (there > 0)
			usleep(STEP_US);
	}
	return there < 0 ? -1 : !there;
}

static int destroy(const struct kvm_xenpv_info *info)
{
	struct kvm_xenpv_info now;
	int ret;

	if (!control_request(info->domid, "destroy", NULL)) {
		ret = wait_gone(info);
		if (ret)
			return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	/* It may have ended by itself just now. */
	if (domain_exists(info, &now) == 0)
		return EXIT_SUCCESS;
	/* Its helper does not answer: the domain ends with that process. */
	if (!info->owner) {
		err("domain %u: its helper runs in another pid namespace",
		    info->domid);
		return EXIT_FAILURE;
	}
	warn("domain %u: its helper (process %d) does not answer and is killed",
	     info->domid, info->owner);
	if (kill(info->owner, SIGKILL) && errno != ESRCH) {
		err_sys("process %d", info->owner);
		return EXIT_FAILURE;
	}
	ret = wait_gone(info);
	if (!ret)
		err("domain %u does not end", info->domid);
	return ret > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_destroy(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "fh", NULL, help)) != -1) {
		if (opt == CMD_HELP)
			return EXIT_SUCCESS;
		if (opt == CMD_BAD)
			return EXIT_USAGE;
	}
	if (argc - optind != 1) {
		err("destroy: which domain? (xenpv destroy --help)");
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	return destroy(&info);
}
