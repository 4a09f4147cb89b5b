// SPDX-License-Identifier: GPL-2.0
/* xenpv VERB ...: runs the verb. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "util.h"

#ifndef XENPV_VERSION
#define XENPV_VERSION "unknown"
#endif

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{ "create", cmd_create, "Create a domain from a configuration file" },
	{ "list", cmd_list, "List the host's domains" },
	{ "console", cmd_console, "Attach to a domain's console" },
	{ "shutdown", cmd_shutdown, "Ask a domain to shut down" },
	{ "reboot", cmd_reboot, "Ask a domain to reboot" },
	{ "destroy", cmd_destroy, "End a domain at once" },
	{ "pause", cmd_pause, "Stop a domain's vCPUs" },
	{ "unpause", cmd_unpause, "Let a paused domain run" },
	{ "network-attach", cmd_network_attach,
	  "Give a domain a network device" },
	{ "network-detach", cmd_network_detach,
	  "Take a network device from a domain" },
	{ "network-list", cmd_network_list, "List domains' network devices" },
	{ "mem-set", cmd_mem_set, "Set how much memory a domain shall have" },
	{ "mem-max", cmd_mem_max, "Limit how much memory a domain may have" },
	{ "sysrq", cmd_sysrq, "Press a SysRq key in a domain" },
	{ "vcpu-list", cmd_vcpu_list, "List domains' vCPUs" },
	{ "vcpu-pin", cmd_vcpu_pin, "Say which CPUs a vCPU runs on" },
	{ "vcpu-set", cmd_vcpu_set, "Change how many vCPUs a domain uses" },
	{ "block-attach", cmd_block_attach, "Give a domain another disk" },
	{ "block-detach", cmd_block_detach, "Take a disk away from a domain" },
	{ "block-list", cmd_block_list, "List domains' disks" },
	{ "block-resize", cmd_block_resize, "Tell a domain a disk's new size" },
	{ "cd-insert", cmd_cd_insert, "Put a CD's image into a drive" },
	{ "cd-eject", cmd_cd_eject, "Take the CD's image out of a drive" },
	{ "info", cmd_info, "Describe the host" },
	{ "dmesg", cmd_dmesg, "Show what domains' helpers and monitors logged" },
};

static void usage(FILE *out)
{
	size_t i;

	fputs("Usage: xenpv [--help | --version] <verb> [argument]...\n\n"
	      "Runs Xen PV guests in KVM virtual machines.\n\nVerbs:\n", out);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-15s %s\n", verbs[i].name, verbs[i].help);
	fputs("\n'xenpv <verb> --help' tells more; so does xenpv(1).\n", out);
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/*
 * No file of ours may get the number of a standard stream that we were started
 * without: messages would go there, and a helper closes these three.  What
 * takes their place fails as a closed one does.
 */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_PATH);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("xenpv " XENPV_VERSION);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "help")) {
		verb = argc > 2 ? find_verb(argv[2]) : NULL;
		if (!verb) {
			usage(stdout);
			return EXIT_SUCCESS;
		}
		return verb->run(2, (char *[]){ argv[2], "--help", NULL });
	}
	if (argv[1][0] == '-') {
		err("wrong option '%s' (xenpv --help)", argv[1]);
		return EXIT_USAGE;
	}

	verb = find_verb(argv[1]);
	if (!verb) {
		err("no verb '%s' (xenpv --help lists them)", argv[1]);
		return EXIT_FAILURE;
	}
	return verb->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	fill_standard_streams();
	status = run(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		err_sys("standard output");
		return EXIT_FAILURE;
	}
	return status;
}
