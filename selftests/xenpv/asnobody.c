// SPDX-License-Identifier: GPL-2.0
/* asnobody COMMAND [ARG]...: runs it without root's rights. */
#include <err.h>
#include <grp.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(1, "usage: asnobody COMMAND [ARG]...");
	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		errx(1, "cannot become nobody: %m");
	execvp(argv[1], argv + 1);
	errx(1, "%s: %m", argv[1]);
}
