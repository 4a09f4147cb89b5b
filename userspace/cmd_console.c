// SPDX-License-Identifier: GPL-2.0
/* xenpv console: attaches to a domain's console. */
#include <ctype.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "console_client.h"
#include "domains.h"
#include "util.h"

static const char help[] =
"Usage: xenpv console [-e <escape>] <Domain>\n\n"
"Attach to a domain's console. Ctrl-] detaches.\n\n"
"  -e <escape>  Detach with this character (\"^A\" is Ctrl-A)\n"
"  -n <number>  Console number: 0 is hvc0, others are channels (xenpv.cfg(5))\n"
"  -t <type>    Console type: \"pv\" is the only one\n"
"  -h, --help   Show this help\n";

/* "x" or "^X"; -1 for anything else. */
static int parse_escape(const char *s)
{
	int c;

	if (*s == '^' && s[1] && !s[2]) {
		c = toupper((unsigned char)s[1]) ^ 0x40;
		return c < 0x20 || c == 0x7f ? c : -1;
	}
	return *s && !s[1] ? (unsigned char)*s : -1;
}

static bool parse_number(const char *s, unsigned int *number)
{
	if (!isdigit((unsigned char)s[0]) || strlen(s) > 3 ||
	    s[strspn(s, "0123456789")])
		return false;
	*number = strtoul(s, NULL, 10);
	return true;
}

int cmd_console(int argc, char **argv)
{
	int escape = CONSOLE_ESCAPE;
	struct kvm_xenpv_info info;
	unsigned int number = 0;
	int opt;

	while ((opt = cmd_getopt(argc, argv, "e:hn:t:", NULL, help)) != -1) {
		switch (opt) {
		case 'e':
			escape = parse_escape(optarg);
			if (escape >= 0)
				break;
			err("console: -e '%s' is not a character", optarg);
			return EXIT_USAGE;
		case 'n':
			if (parse_number(optarg, &number))
				break;
			err("console: -n '%s' is not a number", optarg);
			return EXIT_USAGE;
		case 't':
			if (!strcmp(optarg, "pv"))
				break;
			err("console: there are only consoles of type pv");
			return EXIT_FAILURE;
		case CMD_HELP:
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		err("console: which domain? (xenpv console --help)");
		return EXIT_USAGE;
	}
	if (domain_find(argv[optind], &info))
		return EXIT_FAILURE;
	return console_attach(info.domid, number, escape);
}
