// SPDX-License-Identifier: GPL-2.0
/* xenpv shutdown, xenpv reboot: ask guests, and perhaps wait. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

#define STEP_US	100000

struct job {
	const char *verb;
	const char *doing;
	bool all;
	unsigned int wait;	/* 1: for shutdown or death, more: for death */
};

static const char shutdown_help[] =
"Usage: xenpv shutdown [-w] <-a|Domain>\n\n"
"Ask a domain's system to shut down.\n\n"
"  -a, --all   All domains\n"
"  -w, --wait  Wait until they have; twice: until they are gone\n"
"  -F          Ignored (for xl's users: that is for HVM domains)\n"
"  -h, --help  Show this help\n";

static const char reboot_help[] =
"Usage: xenpv reboot [-w] <-a|Domain>\n\n"
"Ask a domain's system to reboot.\n\n"
"  -a, --all   All domains\n"
"  -w, --wait  Wait until they have ended; twice: until they are gone\n"
"  -F          Ignored (for xl's users: that is for HVM domains)\n"
"  -h, --help  Show this help\n";

static int ask(const struct job *job, const struct kvm_xenpv_info *info)
{
	fprintf(stderr, "%s domain %u\n", job->doing, info->domid);
	return control_request(info->domid, job->verb, NULL);
}

static bool has_ended(const struct kvm_xenpv_info *info)
{
	return info->state == KVM_XENPV_STATE_SHUTDOWN ||
	       info->state == KVM_XENPV_STATE_CRASHED;
}

static int await(const struct job *job, const struct kvm_xenpv_info *info)
{
	struct kvm_xenpv_info now;
	int there;

	while ((there = domain_exists(info, &now)) > 0) {
		if (job->wait == 1 && has_ended(&now))
			return 0;
		usleep(STEP_US);
	}
	return there;
}

static int run(const struct job *job, const struct domain_list *list)
{
	int status = EXIT_SUCCESS;
	bool *asked = xcalloc(list->nr, sizeof(*asked));
	size_t i;

	for (i = 0; i < list->nr; i++) {
		/* One that is preserved has done what all are asked for. */
		if (job->all && has_ended(&list->infos[i]))
			continue;
		asked[i] = !ask(job, &list->infos[i]);
		if (!asked[i])
			status = EXIT_FAILURE;
	}
	for (i = 0; i < list->nr && job->wait; i++)
		if (asked[i] && await(job, &list->infos[i]))
			status = EXIT_FAILURE;
	free(asked);
	return status;
}

static int shutdown_or_reboot(int argc, char **argv, struct job *job,
			      const char *help)
{
	static const struct option longopts[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "wait", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct kvm_xenpv_info info;
	struct domain_list list;
	int opt, status;

	while ((opt = cmd_getopt(argc, argv, "awFh", longopts, help)) != -1) {
		switch (opt) {
		case 'a':
			job->all = true;
			break;
		case 'w':
			job->wait++;
			break;
		case 'F':
			break;
		case CMD_HELP:
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (argc - optind != !job->all) {
		err("%s: -a, or one domain (xenpv %s --help)", job->verb, job->verb);
		return EXIT_USAGE;
	}
	if (!job->all) {
		if (domain_find(argv[optind], &info))
			return EXIT_FAILURE;
		return run(job, &(struct domain_list){ &info, 1 });
	}
	if (domains_read(&list))
		return EXIT_FAILURE;
	status = run(job, &list);
	domains_free(&list);
	return status;
}

int cmd_shutdown(int argc, char **argv)
{
	struct job job = { .verb = "shutdown", .doing = "Shutting down" };

	return shutdown_or_reboot(argc, argv, &job, shutdown_help);
}

int cmd_reboot(int argc, char **argv)
{
	struct job job = { .verb = "reboot", .doing = "Rebooting" };

	return shutdown_or_reboot(argc, argv, &job, reboot_help);
}
