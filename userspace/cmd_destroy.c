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
#define MAX_TRIES	100

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

/* Its helper does not answer: the domain ends with that process. */
static int kill_helper(const struct kvm_xenpv_info *info)
{
	int ret;

	if (!info->owner) {
		err("domain %u: its helper runs in another pid namespace",
		    info->domid);
		return -1;
	}
	warn("domain %u: its helper (process %d) does not answer and is killed",
	     info->domid, info->owner);
	if (kill(info->owner, SIGKILL) && errno != ESRCH) {
		err_sys("process %d", info->owner);
		return -1;
	}
	ret = wait_gone(info);
	if (!ret)
		err("domain %u does not end", info->domid);
	return ret > 0 ? 1 : -1;
}

/* 1: done, 0: it may have started anew meanwhile, -1: failed. */
static int destroy_once(const struct kvm_xenpv_info *info)
{
	struct kvm_xenpv_info now;
	int there;

	if (!control_request(info->domid, "destroy", NULL)) {
		there = wait_gone(info);
		if (there)
			return there;
	}
	there = domain_exists(info, &now);
	if (there <= 0)
		return there;
	return kill_helper(info);
}

static int destroy(const char *what)
{
	struct kvm_xenpv_info info;
	int tries, ret;

	if (domain_find(what, &info))
		return -1;
	for (tries = 0; tries < MAX_TRIES; tries++) {
		ret = destroy_once(&info);
		if (ret)
			return ret;
		usleep(STEP_US);
		ret = domain_lookup(what, &info);
		if (ret <= 0)
			return ret ? ret : 1;
	}
	err("domain %s starts anew again and again", what);
	return -1;
}

int cmd_destroy(int argc, char **argv)
{
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
	return destroy(argv[optind]) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
