// SPDX-License-Identifier: GPL-2.0
/* xenpv migrate: sends a domain to another host. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "domains.h"
#include "migrate/client.h"
#include "migrate/talk.h"
#include "util.h"

static const char help[] =
"Usage: xenpv migrate [options] <Domain> <Host>\n\n"
"Suspend a domain, send it to another host, and have it go on there. The host\n"
"needs xenpv (or, with -s '', whatever command <Host> is then) and the domain's\n"
"disks.\n\n"
"  -s <command>  How to reach the host, ssh without it; with '', <Host> is the\n"
"                whole command\n"
"  -C <config>   A configuration file to send instead of the domain's own\n"
"  -e            Taken for xl's sake: nothing waits for the domain's end there\n"
"  -p            Leave the domain paused on the other host\n"
"  --debug       Taken for xl's sake\n"
"  --live        Taken for xl's sake: the domain is always suspended first\n"
"  -h, --help    Show this help\n";

struct migrate_options {
	const char *domain, *host, *command, *config;
	bool paused;
};

static int parse_options(int argc, char **argv, struct migrate_options *o)
{
	enum { DEBUG = 256, LIVE };
	static const struct option longopts[] = {
		{ "debug", no_argument, NULL, DEBUG },
		{ "live", no_argument, NULL, LIVE },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	o->command = "ssh";
	while ((opt = cmd_getopt(argc, argv, "C:ehps:", longopts, help)) !=
	       -1) {
		switch (opt) {
		case 'C':
			o->config = optarg;
			break;
		case 'p':
			o->paused = true;
			break;
		case 's':
			o->command = optarg;
			break;
		case 'e':
		case DEBUG:
		case LIVE:
			break;
		default:
			return opt;
		}
	}
	if (argc - optind != 2) {
		err("migrate: which domain, to which host? (xenpv migrate --help)");
		return CMD_BAD;
	}
	o->domain = argv[optind];
	o->host = argv[optind + 1];
	return 0;
}

/* The command on the way to the other host. */
struct peer {
	pid_t pid;
	int to, from;
};

static const char who[] = "migration receiver stream";

static int peer_start(struct peer *p, const struct migrate_options *o)
{
	char *rune = *o->command ?
		     xasprintf("exec %s %s xenpv migrate-receive%s", o->command,
			       o->host, o->paused ? " -p" : "") :
		     xstrdup(o->host);
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) {
		err_sys("cannot create a pipe");
		free(rune);
		return -1;
	}
	p->pid = fork();
	if (!p->pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execlp("sh", "sh", "-c", rune, NULL);
		err_sys("cannot run sh");
		_exit(127);
	}
	free(rune);
	close(to[0]);
	close(from[1]);
	p->to = to[1];
	p->from = from[0];
	if (p->pid < 0) {
		err_sys("cannot fork");
		close(p->to);
		close(p->from);
		return -1;
	}
	return 0;
}

/* It may have said on stderr what was wrong; two seconds are enough for that. */
static void peer_end(struct peer *p)
{
	int status = 0, i;

	close(p->to);
	for (i = 0; i < 20 && waitpid(p->pid, &status, WNOHANG) == 0; i++)
		usleep(100000);
	close(p->from);
	if (i < 20 && WIFEXITED(status) && WEXITSTATUS(status))
		warn("the migration receiver ended with status %d",
		     WEXITSTATUS(status));
}

/* What is left of the domain here when the handshake broke. */
static int undefined(void)
{
	fputs("** Migration failed during final handshake **\n"
	      "The copy on the other host may run or not. The domain here is kept,\n"
	      "suspended, with --migratedaway behind its name. Look there first, then\n"
	      "xenpv destroy or xenpv unpause this one: never let both run.\n",
	      stderr);
	return EXIT_FAILURE;
}

static int go_on_here(struct client *c)
{
	fputs("Migration failed, resuming at sender.\n", stderr);
	if (c->conn >= 0 && !client_say(c, "resume"))
		fputs("migration sender: Resumed OK.\n", stderr);
	return EXIT_FAILURE;
}

/* The receiver could not start it, and gives it back. */
static int take_back(struct client *c, struct peer *p, unsigned int status)
{
	fprintf(stderr, "migration sender: Target reports startup failure (status code %u).\n",
		status);
	if (talk_expect(p->from, TALK_GO, sizeof(TALK_GO), who,
			"permission for sender to resume"))
		return undefined();
	fputs("migration sender: Trying to resume at our end.\n", stderr);
	if (!client_say(c, "resume"))
		fputs("migration sender: Resumed OK.\n", stderr);
	fputs("Migration failed due to problems at target.\n", stderr);
	return EXIT_FAILURE;
}

static int hand_over(struct client *c, struct peer *p)
{
	unsigned char status;

	fputs("migration sender: Target has acknowledged transfer.\n", stderr);
	if (client_say(c, "release") || client_say(c, "given"))
		return go_on_here(c);
	fputs("migration sender: Giving target permission to start.\n", stderr);
	/* Without all of it the receiver does not start. */
	if (talk_send(p->to, TALK_GO, sizeof(TALK_GO), who))
		return go_on_here(c);
	if (talk_expect(p->from, TALK_REPORT, sizeof(TALK_REPORT), who,
			"success/failure report message") ||
	    talk_read(p->from, &status, 1, who, "success/failure status"))
		return undefined();
	if (status)
		return take_back(c, p, status);
	fputs("migration sender: Target reports successful startup.\n", stderr);
	if (client_commit(c))
		return EXIT_FAILURE;
	fputs("Migration successful.\n", stderr);
	return EXIT_SUCCESS;
}

static int send_domain(struct client *c, struct peer *p, uint32_t domid,
		       const struct migrate_options *o)
{
	if (talk_expect(p->from, TALK_BANNER, TALK_BANNER_LEN, who, "banner"))
		return EXIT_FAILURE;
	if (client_begin(c, domid, o->config, p->to, "migration stream"))
		return EXIT_FAILURE;
	if (client_save(c, "Sending")) {
		fputs("Migration failed, resuming at sender.\n", stderr);
		return EXIT_FAILURE;
	}
	if (talk_expect(p->from, TALK_READY, sizeof(TALK_READY), who,
			"ready message"))
		return go_on_here(c);
	return hand_over(c, p);
}

int cmd_migrate(int argc, char **argv)
{
	struct migrate_options o = { 0 };
	struct client c = { .conn = -1 };
	struct kvm_xenpv_info info;
	struct peer p;
	int status;

	switch (parse_options(argc, argv, &o)) {
	case 0:
		break;
	case CMD_HELP:
		return EXIT_SUCCESS;
	default:
		return EXIT_USAGE;
	}
	if (domain_find(o.domain, &info) || peer_start(&p, &o))
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	status = send_domain(&c, &p, info.domid, &o);
	client_end(&c);
	peer_end(&p);
	return status;
}
