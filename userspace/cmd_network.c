// SPDX-License-Identifier: GPL-2.0
/* xenpv network-attach, network-detach, network-list. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "config/json.h"
#include "control.h"
#include "domains.h"
#include "net/vif_config.h"
#include "util.h"

/* A script has 40 seconds; a guest that does not let go, as xl gives it, 10. */
#define ATTACH_SECONDS	60
#define DETACH_SECONDS	10

static const char attach_help[] =
"Usage: xenpv network-attach <Domain> [<keyword>=<value>]...\n\n"
"Give a domain a network device, described as in vif of xenpv.cfg(5).\n\n"
"  -h, --help  Show this help\n";

static const char detach_help[] =
"Usage: xenpv network-detach <Domain> <DevId|MAC>\n\n"
"Take a network device from a domain.\n\n"
"  -h, --help  Show this help\n";

static const char list_help[] =
"Usage: xenpv network-list <Domain>...\n\n"
"List the network devices of domains.\n\n"
"  -h, --help  Show this help\n";

/* Ask, and take the answer's one line, to be freed.  NULL after one on stderr. */
static char *ask(uint32_t domid, const char *verb, const char *arg)
{
	char *request = xasprintf("%s %s", verb, arg), *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret;

	if (!out)
		abort();
	ret = control_request(domid, request, out);
	fclose(out);
	free(request);
	if (ret) {
		free(text);
		return NULL;
	}
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/*
 * Until VERB answers WANT or SECONDS have passed.  0, 1 when there was no time,
 * -1 after one line on stderr.
 */
static int wait_for(uint32_t domid, const char *verb, const char *arg,
		    const char *want, unsigned int seconds)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	unsigned int i;

	for (i = 0; i < seconds * 10; i++) {
		char *answer = ask(domid, verb, arg);
		bool there = answer && !strcmp(answer, want);

		free(answer);
		if (!answer)
			return -1;
		if (there)
			return 0;
		nanosleep(&pause, NULL);
	}
	return 1;
}

/* As xl: each argument is a keyword, or some with commas between. */
static char *join(char *const words[], int nr)
{
	char *spec = xstrdup(""), *more;
	int i;

	for (i = 0; i < nr; i++) {
		more = xasprintf("%s%s%s", spec, i ? "," : "", words[i]);
		free(spec);
		spec = more;
	}
	return spec;
}

/* It is said here what is wrong, before anybody is asked. */
static int check(const char *spec)
{
	struct vif_config v;
	char *error;

	if (strchr(spec, '\n')) {
		err("network-attach: a newline in a keyword");
		return -1;
	}
	if (vif_config_parse(&v, spec, &error)) {
		err("network-attach: %s", error);
		free(error);
		return -1;
	}
	vif_config_free(&v);
	return 0;
}

/* -N: what would be attached, in the form of xl's. */
static int show(const char *spec)
{
	char *json = json_vif(spec);

	if (!json)
		return -1;
	printf("vif: %s\n", json);
	free(json);
	return 0;
}

/* 0, 1 when it did not get ready in time, -1 after one line on stderr. */
static int attach(uint32_t domid, const char *spec)
{
	char *devid = ask(domid, "vif-attach", spec);
	int ret = -1;

	if (devid)
		ret = wait_for(domid, "vif-status", devid, "ready",
			       ATTACH_SECONDS);
	free(devid);
	return ret;
}

int cmd_network_attach(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt, ret = -1;
	char *spec;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, attach_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc == optind) {
		err("network-attach: which domain? (xenpv network-attach --help)");
		return EXIT_USAGE;
	}
	spec = join(argv + optind + 1, argc - optind - 1);
	if (!check(spec) && !domain_find(argv[optind], &info)) {
		ret = cmd_global.dry_run ? show(spec) :
					   attach(info.domid, spec);
		if (ret > 0)
			err("network-attach: the device does not get ready");
	}
	free(spec);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_network_detach(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	char *devid, *arg, *done;
	int opt, ret = -1;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, detach_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 2) {
		err("network-detach: which device of which domain? (xenpv network-detach --help)");
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	if (strchr(argv[optind + 1], ':'))
		devid = ask(info.domid, "vif-find", argv[optind + 1]);
	else
		devid = xstrdup(argv[optind + 1]);
	if (!devid)
		return EXIT_FAILURE;
	arg = xasprintf("vif %s", devid);
	done = ask(info.domid, "device-detach", arg);
	if (done)
		ret = wait_for(info.domid, "device-there", arg, "0",
			       DETACH_SECONDS);
	if (ret > 0)
		err("network-detach: the guest does not let go of the device");
	free(done);
	free(arg);
	free(devid);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_network_list(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt, i, status = EXIT_SUCCESS;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, list_help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc == optind) {
		err("network-list: which domain? (xenpv network-list --help)");
		return EXIT_USAGE;
	}
	printf("%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-5s %-30s\n", "Idx", "BE",
	       "Mac Addr.", "handle", "state", "evt-ch", "tx-", "rx-ring-ref",
	       "BE-path");
	for (i = optind; i < argc; i++)
		if (domain_find(argv[i], &info) ||
		    control_request(info.domid, "device-list vif", stdout))
			status = EXIT_FAILURE;
	return status;
}
