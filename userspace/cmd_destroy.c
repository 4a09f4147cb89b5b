// SPDX-License-Identifier: GPL-2.0
/* xenpv destroy: ends a domain at once. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
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

/*
 * Held before it is looked at again: whoever has the domain then is no other
 * process that was given its number.  -1 when there is no such process.
 */
static int hold_owner(const struct kvm_xenpv_info *info)
{
	return info->owner ? pidfd_open(info->owner, 0) : -1;
}

static bool has_ended(int owner, int ms)
{
	struct pollfd p = { .fd = owner, .events = POLLIN };

	return owner < 0 || poll(&p, 1, ms) > 0;
}

/* 1: it has ended, 0: it has not, -1: it cannot be signalled. */
static int signal_owner(const struct kvm_xenpv_info *info, int owner, int sig)
{
	if (owner >= 0 && pidfd_send_signal(owner, sig, NULL, 0) &&
	    errno != ESRCH) {
		err_sys("domain %u: its helper, process %d", info->domid,
			info->owner);
		return -1;
	}
	return has_ended(owner, PATIENCE * (STEP_US / 1000));
}

/*
 * Its helper is not there to be asked.  While it starts the domain it hears of
 * a signal as soon as that is done; if it is stuck, the domain ends with it.
 */
static int end_helper(const struct kvm_xenpv_info *info, int owner)
{
	int ret;

	if (!info->owner) {
		err("domain %u: its helper does not answer, and runs in another pid namespace",
		    info->domid);
		return -1;
	}
	ret = signal_owner(info, owner, SIGTERM);
	if (!ret) {
		warn("domain %u: its helper (process %d) does not answer and is killed",
		     info->domid, info->owner);
		ret = signal_owner(info, owner, SIGKILL);
	}
	if (ret >= 0)
		ret = wait_gone(info);
	if (!ret)
		err("domain %u does not end", info->domid);
	return ret > 0 ? 1 : -1;
}

/* 1: done, 0: it may start anew, -1: failed. */
static int destroy_once(const struct kvm_xenpv_info *info, int owner)
{
	struct kvm_xenpv_info now;
	int there;

	if (!control_ask(info->domid, "destroy", NULL)) {
		there = wait_gone(info);
		if (there)
			return there;
	}
	there = domain_exists(info, &now);
	return there > 0 ? end_helper(info, owner) : there;
}

/* What INFO's helper has started in its place: 1, 0 for nothing, -1. */
static int find_successor(const struct kvm_xenpv_info *info,
			  struct kvm_xenpv_info *next)
{
	struct domain_list list;
	int found = 0;
	size_t i;

	if (domains_read(&list))
		return -1;
	for (i = 0; i < list.nr && !found; i++) {
		found = list.infos[i].owner == info->owner &&
			!memcmp(list.infos[i].uuid, info->uuid,
				sizeof(info->uuid));
		if (found)
			*next = list.infos[i];
	}
	domains_free(&list);
	return found;
}

/*
 * The domain ended while it was asked to, and not because of that.  It is done
 * with when its helper is; until then a reboot may be under way, of which there
 * is nothing to be seen.  1: that is INFO now, 0: done, -1: failed.
 */
static int await_successor(struct kvm_xenpv_info *info, int owner)
{
	struct kvm_xenpv_info next;
	int i, found = 0;
	bool ended = false;

	for (i = 0; i < PATIENCE && !found && !ended; i++) {
		usleep(STEP_US);
		ended = has_ended(owner, 0);
		found = find_successor(info, &next);
	}
	if (found > 0)
		*info = next;
	if (!found && !ended) {
		err("domain %u: its helper (process %d) neither ends nor starts it anew",
		    info->domid, info->owner);
		return -1;
	}
	return found;
}

/* 1: it is gone and stays so. */
static int destroy_held(struct kvm_xenpv_info *info, int owner)
{
	int tries, ret;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		ret = destroy_once(info, owner);
		if (ret)
			return ret;
		ret = await_successor(info, owner);
		if (ret <= 0)
			return ret ? ret : 1;
	}
	err("domain %s starts anew again and again", info->name);
	return -1;
}

static int destroy(const char *what)
{
	struct kvm_xenpv_info info;
	int owner, ret;

	if (domain_find(what, &info))
		return -1;
	if (!info.domid) {
		err("Not destroying domain 0: that is this host");
		return -1;
	}
	owner = hold_owner(&info);
	ret = destroy_held(&info, owner);
	if (owner >= 0)
		close(owner);
	return ret;
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
