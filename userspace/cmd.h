/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verbs of the command line.  argv[0] is the verb; the value returned is
 * the exit status: 0, 1 when the work failed, 2 for wrong usage (as xl's).
 */
#ifndef XENPV_CMD_H
#define XENPV_CMD_H

#define EXIT_USAGE	2

int cmd_create(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_reboot(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
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

#endif
