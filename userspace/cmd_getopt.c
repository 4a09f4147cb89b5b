// SPDX-License-Identifier: GPL-2.0
/* Option parsing that all verbs share. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "util.h"

struct cmd_global cmd_global;

/* Of short ones getopt tells the letter; they may be some to a word. */
static void say_bad(char **argv, bool lacks)
{
	const char *last = argv[optind - 1];
	bool is_long = !strncmp(last, "--", 2) &&
		       (lacks || !optopt || strchr(last, '='));
	char letter[] = { '-', optopt, '\0' };

	err("%s: %s '%s'%s (xenpv %s --help)", argv[0],
	    lacks ? "option" : "wrong option", is_long ? last : letter,
	    lacks ? " needs an argument" : "", argv[0]);
}

int cmd_getopt(int argc, char **argv, const char *opts,
	       const struct option *longopts, const char *help)
{
	static const struct option none[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char colon[32];		/* first: say when an argument is missing */
	int opt;

	snprintf(colon, sizeof(colon), ":%s", opts);
	opterr = 0;
	opt = getopt_long(argc, argv, colon, longopts ? longopts : none, NULL);
	if (opt == 'h' || (opt == '?' && optopt == 'h')) {
		fputs(help, stdout);
		return CMD_HELP;
	}
	if (opt == '?' || opt == ':') {
		say_bad(argv, opt == ':');
		return CMD_BAD;
	}
	return opt;
}

int cmd_config_words(int argc, char **argv, const char **file,
		     struct cmd_settings *settings)
{
	int i;

	settings->words = argv + optind;
	settings->nr = 0;
	for (i = optind; i < argc; i++) {
		if (strchr(argv[i], '=')) {
			settings->words[settings->nr++] = argv[i];
		} else if (!*file) {
			*file = argv[i];
		} else {
			err("%s: '%s' is not of the form key=value (xenpv %s --help)",
			    argv[0], argv[i], argv[0]);
			return CMD_BAD;
		}
	}
	return 0;
}
