// SPDX-License-Identifier: GPL-2.0
/* Option parsing that all verbs share. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "util.h"

int cmd_getopt(int argc, char **argv, const char *opts,
	       const struct option *longopts, const char *help)
{
	static const struct option none[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	opterr = 0;
	opt = getopt_long(argc, argv, opts, longopts ? longopts : none, NULL);
	if (opt == 'h' || (opt == '?' && optopt == 'h')) {
		fputs(help, stdout);
		return CMD_HELP;
	}
	if (opt == '?' || opt == ':') {
		const char *last = argv[optind - 1];

		if (!strncmp(last, "--", 2))
			err("%s: wrong option '%s' (xenpv %s --help)", argv[0],
			    last, argv[0]);
		else
			err("%s: wrong option '-%c' (xenpv %s --help)", argv[0],
			    optopt, argv[0]);
		return CMD_BAD;
	}
	return opt;
}
