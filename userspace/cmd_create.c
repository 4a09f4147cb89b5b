// SPDX-License-Identifier: GPL-2.0
/* xenpv create: starts a domain and the process that is behind it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "config.h"
#include "console_client.h"
#include "util.h"
#include "vmm/helper.h"

static const char help[] =
"Usage: xenpv create [options] <ConfigFile> [<key>=<value>]...\n\n"
"Start a domain as the configuration file says; settings that follow it come\n"
"after those in the file.\n\n"
"  -c               Attach to the domain's console (Ctrl-] detaches)\n"
"  -p               Leave the domain paused after it is created\n"
"  -F               Run in the foreground, until the domain ends\n"
"  -d               Log the counters of each vCPU when the domain ends\n"
"  -f, --defconfig=FILE  The configuration file\n"
"  -n, --dryrun     Check the configuration file, start nothing\n"
"  -q, --quiet      Do not say what is being read\n"
"  -h, --help       Show this help\n";

struct create_options {
	const char *file;
	char **settings;
	int nr_settings;
	bool console, paused, foreground, stats, dry_run, quiet;
};

static int parse_options(int argc, char **argv, struct create_options *o)
{
	static const struct option longopts[] = {
		{ "defconfig", required_argument, NULL, 'f' },
		{ "dryrun", no_argument, NULL, 'n' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "cdf:Fhnpq", longopts, help)) !=
	       -1) {
		switch (opt) {
		case 'c':
			o->console = true;
			break;
		case 'd':
			o->stats = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'F':
			o->foreground = true;
			break;
		case 'n':
			o->dry_run = true;
			break;
		case 'p':
			o->paused = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		default:
			return opt;
		}
	}
	if (!o->file && optind < argc && !strchr(argv[optind], '='))
		o->file = argv[optind++];
	if (!o->file) {
		err("create: which configuration file? (xenpv create --help)");
		return CMD_BAD;
	}
	o->settings = argv + optind;
	o->nr_settings = argc - optind;
	return 0;
}

/* What a restart needs is found again wherever the helper will be. */
static void make_absolute(char **path)
{
	char *real = *path ? realpath(*path, NULL) : NULL;

	if (!real)
		return;		/* the builder says what is wrong with it */
	free(*path);
	*path = real;
}

/* The command that starts the domain once more. */
static char **restart_arguments(const struct create_options *o)
{
	char **args = xcalloc(o->nr_settings + 5, sizeof(*args));
	int n = 0, i;

	args[n++] = xstrdup("xenpv");
	args[n++] = xstrdup("create");
	args[n++] = xstrdup("-q");
	args[n++] = xstrdup(o->file);
	for (i = 0; i < o->nr_settings; i++)
		args[n++] = xstrdup(o->settings[i]);
	return args;
}

static void free_arguments(char **args)
{
	char **p;

	for (p = args; *p; p++)
		free(*p);
	free(args);
}

/* Two ends of the console: [0] for whoever shows it, [1] for the helper. */
static int console_pair(const struct create_options *o, int pair[2])
{
	pair[0] = -1;
	pair[1] = -1;
	if (!o->console)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    fcntl(pair[1], F_SETFL, O_NONBLOCK)) {
		err_sys("cannot connect to the console");
		return -1;
	}
	return 0;
}

/* The helper is this process; a child shows the console. */
static int run_foreground(struct helper_options *h, const int console[2])
{
	pid_t child = -1;
	int status;

	if (console[0] >= 0) {
		child = fork();
		if (child < 0) {
			err_sys("cannot fork");
			return EXIT_FAILURE;
		}
		if (!child) {
			close(console[1]);
			console_copy(console[0], CONSOLE_ESCAPE);
			_exit(EXIT_SUCCESS);
		}
		close(console[0]);
	}
	h->client = console[1];
	h->foreground = true;
	status = helper_run(h);
	if (child > 0)
		waitpid(child, NULL, 0);
	return status;
}

/*
 * What the caller had open is not for the domain's lifetime: somebody may wait
 * for the end of a pipe, or for a lock that goes with a file.
 */
static void close_others(int one, int two)
{
	int last = one > two ? one : two, fd;

	for (fd = STDERR_FILENO + 1; fd < last; fd++)
		if (fd != one && fd != two)
			close(fd);
	close_range(last + 1, ~0U, 0);
}

static void become_helper(struct helper_options *h, const int console[2],
			  const int ready[2])
{
	close_others(console[1], ready[1]);
	setsid();
	if (chdir("/"))
		warn("cannot change to /: %m");
	h->client = console[1];
	h->ready_fd = ready[1];
}

/* It has said what is wrong, unless it had no time to. */
static int helper_failed(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) == child && WIFSIGNALED(status))
		err("create: signal %d ended the domain's helper (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return EXIT_FAILURE;
}

/* The helper is a child that outlives this process. */
static int run_background(struct helper_options *h, const int console[2])
{
	int ready[2];
	pid_t child;
	ssize_t n;
	char c;

	if (pipe2(ready, O_CLOEXEC)) {
		err_sys("cannot create a pipe");
		return EXIT_FAILURE;
	}
	child = fork();
	if (child < 0) {
		err_sys("cannot fork");
		return EXIT_FAILURE;
	}
	if (!child) {
		become_helper(h, console, ready);
		return helper_run(h);
	}

	close(ready[1]);
	if (console[1] >= 0)
		close(console[1]);
	do {
		n = read(ready[0], &c, 1);
	} while (n < 0 && errno == EINTR);
	close(ready[0]);
	if (n != 1)
		return helper_failed(child);
	if (console[0] >= 0)
		console_copy(console[0], CONSOLE_ESCAPE);
	return EXIT_SUCCESS;
}

static int create(const struct create_options *o, struct domain_config *cfg)
{
	struct helper_options h = {
		.cfg = cfg,
		.paused = o->paused,
		.stats = o->stats,
		.client = -1,
		.ready_fd = -1,
	};
	int console[2], status;
	char **restart, *cwd;

	if (console_pair(o, console))
		return EXIT_FAILURE;
	make_absolute(&cfg->kernel);
	make_absolute(&cfg->ramdisk);
	restart = restart_arguments(o);
	h.restart = restart;
	cwd = getcwd(NULL, 0);
	h.cwd = cwd;
	/* Nothing buffered may come out of both processes. */
	fflush(stdout);
	status = o->foreground ? run_foreground(&h, console) :
				 run_background(&h, console);
	free_arguments(restart);
	free(cwd);
	return status;
}

int cmd_create(int argc, char **argv)
{
	struct create_options o = { 0 };
	struct domain_config cfg;
	int status;

	switch (parse_options(argc, argv, &o)) {
	case 0:
		break;
	case CMD_HELP:
		return EXIT_SUCCESS;
	default:
		return EXIT_USAGE;
	}
	if (!o.quiet)
		printf("Parsing config from %s\n", o.file);
	if (config_load(o.file, o.settings, o.nr_settings, &cfg))
		return EXIT_FAILURE;
	status = o.dry_run ? EXIT_SUCCESS : create(&o, &cfg);
	config_free(&cfg);
	return status;
}
