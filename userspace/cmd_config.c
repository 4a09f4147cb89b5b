// SPDX-License-Identifier: GPL-2.0
/* xenpv config-update: another configuration for a domain's next start. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "config.h"
#include "config/json.h"
#include "control.h"
#include "domains.h"
#include "paths.h"
#include "util.h"

static const char help[] =
"Usage: xenpv config-update <Domain> <ConfigFile> [<key>=<value>]...\n\n"
"Give a domain another configuration: it counts when the domain is started anew\n"
"(its reboot, on_crash = \"restart\").  It keeps its name and UUID.\n\n"
"  -f, --defconfig=FILE  The configuration file\n"
"  -d                    Print the configuration as JSON\n"
"  -q                    Ignored (for xl's users)\n"
"  -h, --help            Show this help\n";

/* Exit status when a file cannot be read: libxl's error with its sign, as xl's. */
#define NO_FILE	253

struct update {
	const char *domain, *file;
	struct cmd_settings settings;
	bool print;
};

/* 0, CMD_HELP, CMD_BAD or an exit status. */
static int parse_options(int argc, char **argv, struct update *u)
{
	static const struct option longopts[] = {
		{ "defconfig", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = cmd_getopt(argc, argv, "df:qh", longopts, help)) != -1) {
		switch (opt) {
		case 'd':
			u->print = true;
			break;
		case 'f':
			u->file = optarg;
			break;
		case 'q':
			break;
		default:
			return opt;
		}
	}
	if (optind < argc)
		u->domain = argv[optind++];
	if (cmd_config_words(argc, argv, &u->file, &u->settings))
		return CMD_BAD;
	if (u->domain && u->file)
		return 0;
	err("config-update: which domain, and which file? (xenpv config-update --help)");
	return EXIT_FAILURE;
}

/*
 * Beside the domain's other files, and its owner's as they are.  That folder
 * may be anybody's: nothing is followed there.
 */
static int write_text(int dir, const char *name, const char *text)
{
	size_t len = strlen(text);
	struct stat st;
	int fd, ret = -1;

	unlinkat(dir, name, 0);
	fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, text, len) == (ssize_t)len && !fstat(dir, &st) &&
	    (st.st_uid == geteuid() || !fchown(fd, st.st_uid, st.st_gid)))
		ret = 0;
	if (ret)
		err_sys("config-update: %s", name);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int request(uint32_t domid, const char *folder)
{
	char *text;
	int ret;

	if (!folder || strchr(folder, '\n')) {
		err("config-update: this folder cannot be named to the domain's helper");
		return -1;
	}
	text = xasprintf("config-update %s", folder);
	fprintf(stderr, "setting dom%u configuration\n", domid);
	ret = control_request(domid, text, NULL);
	free(text);
	return ret;
}

static int send_text(uint32_t domid, const struct domain_config *cfg)
{
	char *path = run_path_of_owner(domid, "cfg");
	char *name = strrchr(path, '/');
	int dir, ret = -1;

	*name++ = '\0';
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		err_sys("config-update: %s", path);
	} else {
		ret = write_text(dir, name, cfg->text);
		if (!ret)
			ret = request(domid, cfg->folder);
		unlinkat(dir, name, 0);
		close(dir);
	}
	free(path);
	return ret;
}

static int print_config(const struct domain_config *cfg)
{
	char *json = json_config(cfg, 0);

	if (!json)
		return -1;
	json_config_print(json, stdout);
	free(json);
	return 0;
}

static int update(const struct update *u)
{
	struct kvm_xenpv_info info;
	struct domain_config cfg;
	int ret;

	if (domain_find(u->domain, &info))
		return EXIT_FAILURE;
	ret = config_load(u->file, u->settings.words, u->settings.nr, &cfg);
	if (ret)
		return ret == CONFIG_NO_FILE ? NO_FILE : EXIT_FAILURE;
	if (u->print || cmd_global.dry_run)
		ret = print_config(&cfg);
	if (!ret && !cmd_global.dry_run)
		ret = send_text(info.domid, &cfg);
	config_free(&cfg);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_config_update(int argc, char **argv)
{
	struct update u = { 0 };
	int status = parse_options(argc, argv, &u);

	if (status == CMD_HELP)
		return EXIT_SUCCESS;
	if (status)
		return status < 0 ? EXIT_USAGE : status;
	return update(&u);
}
