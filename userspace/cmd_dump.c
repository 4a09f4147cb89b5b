// SPDX-License-Identifier: GPL-2.0
/* xenpv dump-core: writes a domain's memory to a file. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "util.h"

#define STEP_US	100000

static const char help[] =
"Usage: xenpv dump-core <Domain> <File>\n\n"
"Write a domain's memory and registers to a file, in Xen's dump-core format.\n"
"The domain runs on meanwhile: pause it before, if that matters.\n\n"
"  -h, --help  Show this help\n";

/* 1: it is being written, 0: it is done, -1: it failed. */
static int ask(uint32_t domid, unsigned int *percent)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret;

	if (!out) {
		err_sys("dump-core");
		return -1;
	}
	ret = control_request(domid, "dump-status", out);
	fclose(out);
	if (!ret)
		ret = sscanf(text, "busy %u", percent) == 1;
	free(text);
	return ret;
}

static int await(uint32_t domid)
{
	bool shows = isatty(STDERR_FILENO);
	unsigned int percent = 0;
	int ret;

	/* What is said next, of a failure perhaps, takes the line's place. */
	while ((ret = ask(domid, &percent)) > 0) {
		if (shows)
			fprintf(stderr, "dumping core: %u%%\r", percent);
		usleep(STEP_US);
	}
	if (shows)
		fputs("                   \r", stderr);
	return ret;
}

/* The helper has another folder. */
static char *absolute(const char *path)
{
	char *cwd, *full;

	if (*path == '/')
		return xstrdup(path);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	full = xasprintf("%s/%s", cwd, path);
	free(cwd);
	return full;
}

static int dump(uint32_t domid, const char *file)
{
	char *path = absolute(file), *request;
	int ret;

	if (!path || strchr(path, '\n')) {
		err("dump-core: '%s' cannot be named to the domain's helper", file);
		free(path);
		return -1;
	}
	request = xasprintf("dump-core %s", path);
	ret = control_request(domid, request, NULL);
	free(request);
	free(path);
	return ret ? ret : await(domid);
}

int cmd_dump_core(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "h", NULL, help)) != -1)
		return opt == CMD_HELP ? EXIT_SUCCESS : EXIT_USAGE;
	if (argc - optind != 2) {
		err("dump-core: which domain, and which file? (xenpv dump-core --help)");
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info) || dump(info.domid, argv[optind + 1]))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
