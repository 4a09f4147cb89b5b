// SPDX-License-Identifier: GPL-2.0
/* xenpv VERB ...: runs the verb. */
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
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
	{ "config-update", cmd_config_update,
	  "Give a domain another configuration for its next start" },
	{ "list", cmd_list, "List the host's domains" },
	{ "vm-list", cmd_vm_list, "List domains by UUID" },
	{ "console", cmd_console, "Attach to a domain's console" },
	{ "shutdown", cmd_shutdown, "Ask a domain to shut down" },
	{ "reboot", cmd_reboot, "Ask a domain to reboot" },
	{ "destroy", cmd_destroy, "End a domain at once" },
	{ "pause", cmd_pause, "Stop a domain's vCPUs" },
	{ "unpause", cmd_unpause, "Let a paused domain run" },
	{ "rename", cmd_rename, "Give a domain another name" },
	{ "domid", cmd_domid, "Tell a domain's id from its name" },
	{ "domname", cmd_domname, "Tell a domain's name from its id" },
	{ "uptime", cmd_uptime, "Tell how long domains have been there" },
	{ "dump-core", cmd_dump_core, "Write a domain's memory to a file" },
	{ "save", cmd_save, "Write a domain down, to go on with it later" },
	{ "restore", cmd_restore, "Go on with a saved domain" },
	{ "migrate", cmd_migrate, "Send a domain to another host" },
	{ "migrate-receive", cmd_migrate_receive,
	  "Take a domain that another host sends" },
	{ "network-attach", cmd_network_attach,
	  "Give a domain a network device" },
	{ "network-detach", cmd_network_detach,
	  "Take a network device from a domain" },
	{ "network-list", cmd_network_list, "List domains' network devices" },
	{ "channel-list", cmd_channel_list, "List domains' channels" },
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
	{ "top", cmd_top, "Watch the domains" },
	{ "claims", cmd_claims, "List domains with memory they may yet claim" },
	{ "sharing", cmd_sharing, "List domains with memory they share" },
	{ "cpupool-list", cmd_cpupool_list, "List the pool of the host's CPUs" },
	{ "dmesg", cmd_dmesg, "Show what domains' helpers and monitors logged" },
};

static void usage(FILE *out)
{
	size_t i;

	fputs("Usage: xenpv [-vfNtT] <verb> [argument]...\n"
	      "       xenpv --help | --version\n\n"
	      "Runs Xen PV guests in KVM virtual machines.\n\nVerbs:\n", out);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-15s %s\n", verbs[i].name, verbs[i].help);
	fputs("\n'xenpv <verb> --help' tells more; so does xenpv(1).\n", out);
}

/* Programs read this one: in the form of xl's, with all that xl has. */
static void list_for_programs(void)
{
	size_t i;

	fputs("Usage xl [-vfNtT] <subcommand> [args]\n\n"
	      "xl full list of subcommands:\n\n", stdout);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		printf(" %-19s %s\n", verbs[i].name, verbs[i].help);
	absent_list(stdout);
}

/* Beginnings count when only one verb has it, as with xl. */
static const struct verb *find_verb(const char *name)
{
	const struct verb *found = NULL;
	size_t i, len = strlen(name);
	unsigned int nr = absent_count(name);

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strncmp(verbs[i].name, name, len))
			continue;
		if (!verbs[i].name[len])
			return &verbs[i];
		found = &verbs[i];
		nr++;
	}
	return len && nr == 1 ? found : NULL;
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

static int help(const char *name)
{
	const struct verb *verb = name ? find_verb(name) : NULL;
	char *args[3] = { (char *)name, (char *)"--help" };

	if (verb) {
		args[0] = (char *)verb->name;
		return verb->run(2, args);
	}
	if (name && absent_find(name))
		return absent_run(2, args);
	if (!name || !strncmp(name, "--", 2)) {
		list_for_programs();
		return EXIT_SUCCESS;
	}
	usage(stdout);
	return EXIT_SUCCESS;
}

/* Those before the verb, as xl has them.  What is to be done next, or -1. */
static int global_options(int argc, char **argv)
{
	int opt, at;

	opterr = 0;
	/* GNU's scans on for options: "+" stops it at the verb. */
	while (at = optind, (opt = getopt(argc, argv, "+vftTN")) != -1) {
		switch (opt) {
		case 'v':
			cmd_global.verbose++;
			break;
		case 'N':
			cmd_global.dry_run = true;
			break;
		case 'f':	/* there is no xend */
		case 't':	/* and no progress that is shown */
		case 'T':
			break;
		default:
			err("wrong option '%s' (xenpv --help)", argv[at]);
			return EXIT_USAGE;
		}
	}
	return -1;
}

/* Those that xl can only describe: the others have nothing to show for -N. */
static bool takes_dry_run(const struct verb *verb)
{
	int (*const verbs[])(int argc, char **argv) = {
		cmd_create, cmd_config_update, cmd_network_attach, cmd_vcpu_pin,
		cmd_block_attach, cmd_cd_insert, cmd_cd_eject,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i] == verb->run)
			return true;
	return false;
}

static int run_verb(int argc, char **argv)
{
	const struct verb *verb = find_verb(argv[0]);

	optind = 0;		/* GNU's: start over */
	if (!verb && absent_find(argv[0]))
		return absent_run(argc, argv);
	if (!verb) {
		err("no verb '%s' (xenpv --help lists them)", argv[0]);
		return EXIT_FAILURE;
	}
	if (cmd_global.dry_run && !takes_dry_run(verb)) {
		err("%s does not implement -N (dry run)", verb->name);
		return EXIT_FAILURE;
	}
	argv[0] = (char *)verb->name;
	return verb->run(argc, argv);
}

static int run(int argc, char **argv)
{
	int status;

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
	status = global_options(argc, argv);
	if (status >= 0)
		return status;
	if (optind == argc) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	if (!strcmp(argv[optind], "help"))
		return help(argv[optind + 1]);
	return run_verb(argc - optind, argv + optind);
}

static bool called_xl(const char *program)
{
	const char *name = program ? strrchr(program, '/') : NULL;

	name = name ? name + 1 : program;
	return name && !strcmp(name, "xl");
}

int main(int argc, char **argv)
{
	int status;

	fill_standard_streams();
	cmd_global.as_xl = called_xl(argv[0]);
	status = run(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		err_sys("standard output");
		return EXIT_FAILURE;
	}
	return status;
}
