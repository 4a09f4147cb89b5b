// SPDX-License-Identifier: GPL-2.0
/* xenpv save: writes a domain down. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "config.h"
#include "domains.h"
#include "migrate/client.h"
#include "util.h"

static const char help[] =
"Usage: xenpv save [options] <Domain> <CheckpointFile> [<ConfigFile>]\n\n"
"Write a domain's memory and processors down, in the format of xl save, and end\n"
"it; xenpv restore or xl restore goes on with it. A configuration file replaces\n"
"the domain's own configuration in the file.\n\n"
"  -c          Let the domain go on afterwards\n"
"  -p          Leave the domain paused afterwards\n"
"  -h, --help  Show this help\n";

struct save_options {
	const char *domain, *file, *config;
	bool checkpoint, paused;
};

static int parse_options(int argc, char **argv, struct save_options *o)
{
	static const struct option longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "chp", longopts, help)) != -1) {
		switch (opt) {
		case 'c':
			o->checkpoint = true;
			break;
		case 'p':
			o->paused = true;
			break;
		default:
			return opt;
		}
	}
	if (argc - optind < 2 || argc - optind > 3) {
		err("save: which domain, to which file? (xenpv save --help)");
		return CMD_BAD;
	}
	o->domain = argv[optind];
	o->file = argv[optind + 1];
	o->config = argv[optind + 2];
	return 0;
}

/*
 * A regular file appears under its name when it is complete; what is no such
 * file is written to as it is.
 */
struct target {
	const char *path;
	char *temp;		/* the name until then, or NULL */
	int fd;
};

/* For on_signal(). */
static char *volatile doomed;

static void on_signal(int sig)
{
	if (doomed)
		unlink(doomed);
	_exit(128 + sig);
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int target_open(struct target *t, const char *path)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	t->path = path;
	t->temp = NULL;
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		t->fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		t->temp = xasprintf("%s.XXXXXX", path);
		t->fd = mkostemp(t->temp, O_CLOEXEC);
	}
	if (t->fd < 0) {
		err_sys("cannot write %s", path);
		free(t->temp);
		return -1;
	}
	doomed = t->temp;
	catch_signals();
	if (t->temp)
		fchmod(t->fd, 0666 & ~mask);
	return 0;
}

static void target_drop(struct target *t)
{
	close(t->fd);
	doomed = NULL;
	if (t->temp)
		unlink(t->temp);
	free(t->temp);
}

/* The name is only worth something once the folder is on disk, too. */
static int sync_folder(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : fsync(fd);

	/* Some file systems have no such thing. */
	if (ret && errno == EINVAL)
		ret = 0;
	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

/* Block devices too; pipes have no such thing. */
static int sync_data(int fd)
{
	return fsync(fd) && errno != EINVAL && errno != EROFS ? -1 : 0;
}

static int target_keep(struct target *t)
{
	if (sync_data(t->fd) || (t->temp && rename(t->temp, t->path))) {
		err_sys("%s", t->path);
		return -1;
	}
	doomed = NULL;
	if (t->temp && sync_folder(t->path)) {
		err_sys("%s", t->path);
		unlink(t->path);
		return -1;
	}
	close(t->fd);
	free(t->temp);
	return 0;
}

/* What becomes of the domain once its file is there. */
static int finish(struct client *c, const struct save_options *o)
{
	if (o->paused)
		return client_say(c, "resume paused");
	if (o->checkpoint)
		return client_say(c, "resume");
	return client_commit(c);
}

static int save(const struct kvm_xenpv_info *info, const struct save_options *o,
		struct target *t)
{
	struct client c;
	int ret;

	if (client_begin(&c, info->domid, o->config, t->fd, o->file)) {
		target_drop(t);
		return EXIT_FAILURE;
	}
	if (client_save(&c, "Saving")) {
		target_drop(t);
		fputs("Failed to save domain, resuming domain\n", stderr);
		client_end(&c);
		return EXIT_FAILURE;
	}
	if (target_keep(t)) {
		target_drop(t);
		client_say(&c, "resume");
		client_end(&c);
		return EXIT_FAILURE;
	}
	ret = finish(&c, o);
	client_end(&c);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_save(int argc, char **argv)
{
	struct save_options o = { 0 };
	struct kvm_xenpv_info info;
	struct target t;

	switch (parse_options(argc, argv, &o)) {
	case 0:
		break;
	case CMD_HELP:
		return EXIT_SUCCESS;
	default:
		return EXIT_USAGE;
	}
	if (domain_find(o.domain, &info) || target_open(&t, o.file))
		return EXIT_FAILURE;
	return save(&info, &o, &t);
}
