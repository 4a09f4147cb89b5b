/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verbs of the command line.  argv[0] is the verb; the value returned is
 * the exit status, as xl's: 0, 1 when the work failed, 2 for wrong usage, and
 * what create and config-update have of their own.
 */
#ifndef XENPV_CMD_H
#define XENPV_CMD_H

#include <stdbool.h>
#include <stdio.h>

#define EXIT_USAGE	2

/* What stood before the verb, and how the program was called. */
struct cmd_global {
	unsigned int verbose;	/* -v: how often */
	bool dry_run;		/* -N */
	bool as_xl;		/* by the name of xl: the host is Domain-0 */
};

extern struct cmd_global cmd_global;

int cmd_create(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_reboot(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_migrate(int argc, char **argv);
int cmd_migrate_receive(int argc, char **argv);
int cmd_mem_set(int argc, char **argv);
int cmd_mem_max(int argc, char **argv);
int cmd_sysrq(int argc, char **argv);
int cmd_vcpu_list(int argc, char **argv);
int cmd_vcpu_pin(int argc, char **argv);
int cmd_vcpu_set(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_dmesg(int argc, char **argv);
int cmd_network_attach(int argc, char **argv);
int cmd_network_detach(int argc, char **argv);
int cmd_network_list(int argc, char **argv);
int cmd_block_attach(int argc, char **argv);
int cmd_block_detach(int argc, char **argv);
int cmd_block_list(int argc, char **argv);
int cmd_block_resize(int argc, char **argv);
int cmd_cd_insert(int argc, char **argv);
int cmd_cd_eject(int argc, char **argv);
int cmd_config_update(int argc, char **argv);
int cmd_vm_list(int argc, char **argv);
int cmd_rename(int argc, char **argv);
int cmd_domid(int argc, char **argv);
int cmd_domname(int argc, char **argv);
int cmd_uptime(int argc, char **argv);
int cmd_dump_core(int argc, char **argv);
int cmd_channel_list(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_claims(int argc, char **argv);
int cmd_sharing(int argc, char **argv);
int cmd_cpupool_list(int argc, char **argv);

/* Verbs of xl that have nothing to work on here (cmd_absent.c). */
struct absent_verb;
const struct absent_verb *absent_find(const char *name);
unsigned int absent_count(const char *start);	/* that begin with it */
void absent_list(FILE *out);			/* as xl help does */
int absent_run(int argc, char **argv);

/*
 * getopt_long() for verbs: knows -h and --help, says what is wrong.  Returns
 * an option's character, -1 at the end of the options, CMD_HELP after printing
 * HELP, or CMD_BAD after one line on stderr.
 */
struct option;
#define CMD_HELP	(-2)
#define CMD_BAD		(-3)
int cmd_getopt(int argc, char **argv, const char *opts,
	       const struct option *longopts, const char *help);

/*
 * The words that follow the options of create and config-update, in any order:
 * settings, and a file unless *FILE is one already; it stays NULL if there is
 * none.  0, or CMD_BAD after one line on stderr.
 */
struct cmd_settings {
	char **words;		/* KEY=VALUE */
	int nr;
};

int cmd_config_words(int argc, char **argv, const char **file,
		     struct cmd_settings *settings);

#endif
