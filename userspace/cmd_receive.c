// SPDX-License-Identifier: GPL-2.0
/* xenpv migrate-receive: takes a domain that another host sends. */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd.h"
#include "config.h"
#include "migrate/restore.h"
#include "migrate/talk.h"
#include "start.h"
#include "util.h"
#include "vmm/helper.h"

static const char help[] =
"Usage: xenpv migrate-receive [options]\n\n"
"Take a domain that xenpv migrate or xl migrate sends, on standard input, and\n"
"answer on standard output. Made for being run by them through ssh.\n\n"
"  -p            Leave the domain paused\n"
"  -d, -e        Taken for xl's sake\n"
"  -h, --help    Show this help\n";

static const char who[] = "migration stream";

static int parse_options(int argc, char **argv, bool *paused)
{
	static const struct option longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "dehp", longopts, help)) != -1) {
		switch (opt) {
		case 'p':
			*paused = true;
			break;
		case 'd':
		case 'e':
			break;
		default:
			return opt;
		}
	}
	if (optind != argc) {
		err("migrate-receive: no arguments, please (xenpv migrate-receive --help)");
		return CMD_BAD;
	}
	return 0;
}

/* With the helper, while it puts the domain together.  -1: it may not begin. */
static int ask_sender(void *opaque)
{
	int helper = *(int *)opaque;
	char c;

	if (read(helper, &c, 1) != 1)
		return -1;
	fputs("migration target: Transfer complete, requesting permission to start domain.\n",
	      stderr);
	if (talk_send(STDOUT_FILENO, TALK_READY, sizeof(TALK_READY), who) ||
	    talk_expect(STDIN_FILENO, TALK_GO, sizeof(TALK_GO), who,
			"GO message"))
		return -1;
	fputs("migration target: Got permission, starting domain.\n", stderr);
	/* From here on the sender waits for a report, a helper or not. */
	if (write(helper, "g", 1) != 1)
		err("the domain's helper is gone");
	return 0;
}

/* Both know what became of it; when it failed the sender may have it back. */
static int report(bool failed)
{
	const unsigned char status = failed;

	if (talk_send(STDOUT_FILENO, TALK_REPORT, sizeof(TALK_REPORT), who) ||
	    talk_send(STDOUT_FILENO, &status, 1, who))
		return EXIT_FAILURE;
	if (!failed) {
		fputs("migration target: Domain started successfully.\n",
		      stderr);
		return EXIT_SUCCESS;
	}
	fputs("migration target: Cleanup OK, granting sender permission to resume.\n",
	      stderr);
	talk_send(STDOUT_FILENO, TALK_GO, sizeof(TALK_GO), who);
	return EXIT_FAILURE;
}

static int receive(struct restore *r, struct domain_config *cfg, bool paused)
{
	struct helper_options h = {
		.cfg = cfg,
		.paused = paused,
		.client = -1,
		.ready_fd = -1,
		.restore = r,
	};
	int pair[2];

	if (restore_begin(r, cfg))
		return EXIT_FAILURE;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		err_sys("cannot create a socket pair");
		return EXIT_FAILURE;
	}
	h.go_fd = pair[1];
	switch (start_incoming(&h, pair[0], ask_sender, &pair[0])) {
	case START_RUNS:
		return report(false);
	case START_FAILED:
		return report(true);
	default:
		return EXIT_FAILURE;
	}
}

int cmd_migrate_receive(int argc, char **argv)
{
	int status = EXIT_FAILURE;
	struct domain_config cfg;
	bool paused = false;
	struct restore r;

	switch (parse_options(argc, argv, &paused)) {
	case 0:
		break;
	case CMD_HELP:
		return EXIT_SUCCESS;
	default:
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	fputs("migration target: Ready to receive domain.\n", stderr);
	if (talk_send(STDOUT_FILENO, TALK_BANNER, TALK_BANNER_LEN, who))
		return EXIT_FAILURE;
	if (!restore_open(&r, STDIN_FILENO, who) && !restore_config(&r, &cfg)) {
		status = receive(&r, &cfg, paused);
		config_free(&cfg);
	}
	restore_close(&r);
	return status;
}
