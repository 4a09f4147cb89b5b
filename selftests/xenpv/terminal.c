// SPDX-License-Identifier: GPL-2.0
/*
 * terminal ROWS COLUMNS COMMAND...: runs a command on a terminal of that size
 * and does with it what standard input says, a step per line:
 *
 *	see TEXT		wait until it shows TEXT
 *	type TEXT		type it
 *	size ROWS COLUMNS	another size
 *	signal NUMBER		send it that
 *	end STATUS		wait until it ends like this (128 + a signal)
 *
 * Everything is to fit into a line, and the terminal to be left as it was.
 */
#include <ctype.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#define PATIENCE_MS	30000

static char shown[1 << 20];
static size_t len;
static size_t seen;		/* what earlier steps have looked at */
static size_t from;		/* what has this size */
static unsigned int columns;
static int fd;
static pid_t pid;

static void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("; it shows:\n%s\n", shown);
	kill(pid, SIGKILL);
	exit(EXIT_FAILURE);
}

/* False: it has closed the terminal. */
static bool take(void)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, PATIENCE_MS) <= 0)
		fail("nothing more comes");
	n = read(fd, shown + len, sizeof(shown) - 1 - len);
	if (n <= 0)
		return false;
	len += n;
	shown[len] = '\0';
	return true;
}

static void see(const char *text)
{
	const char *at;

	while (!(at = strstr(shown + seen, text)))
		if (!take())
			fail("'%s' did not come", text);
	seen = at - shown + strlen(text);
}

static void resize(const char *size)
{
	struct winsize w = { 0 };

	if (sscanf(size, "%hu %hu", &w.ws_row, &w.ws_col) != 2)
		fail("size '%s'", size);
	columns = w.ws_col;
	/* What is on its way has the old size. */
	from = len;
	seen = len;
	ioctl(fd, TIOCSWINSZ, &w);
}

/* Screens that begin after FROM; sequences of ESC take no room. */
static void check_width(void)
{
	const char *p = strstr(shown + from, "\033[H");
	unsigned int column = 0;

	for (; p && *p; p++) {
		if (*p == '\033') {
			while (p[1] && !isalpha((unsigned char)p[1]))
				p++;
			if (p[1])
				p++;
		} else if (*p == '\n' || *p == '\r') {
			column = 0;
		} else if (++column > columns) {
			fail("a line of more than %u columns", columns);
		}
	}
}

/* Whether a mode is on, by what was shown last of it: "\033[?25h", "...l". */
static bool mode_on(const char *mode, bool on)
{
	size_t len = strlen(mode);
	const char *p;

	for (p = shown; (p = strstr(p, mode)); p += len)
		on = p[len] == 'h';
	return on;
}

static void end(int want, const struct termios *before)
{
	struct termios after;
	int status;

	while (take())
		;
	waitpid(pid, &status, 0);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (status != want)
		fail("it ended with %d, not %d", status, want);
	tcgetattr(fd, &after);
	if (after.c_lflag != before->c_lflag || after.c_iflag != before->c_iflag ||
	    after.c_oflag != before->c_oflag)
		fail("it left the terminal in another mode");
	if (mode_on("\033[?1049", false))
		fail("it left another screen");
	if (!mode_on("\033[?25", true))
		fail("it left no cursor");
}

int main(int argc, char **argv)
{
	struct winsize size = { 0 };
	struct termios before;
	char line[256], *arg;
	int slave;

	if (argc < 4)
		return EXIT_FAILURE;
	size.ws_row = atoi(argv[1]);
	size.ws_col = atoi(argv[2]);
	columns = size.ws_col;
	if (openpty(&fd, &slave, NULL, NULL, &size))
		return EXIT_FAILURE;
	tcgetattr(fd, &before);
	pid = fork();
	if (!pid) {
		close(fd);
		login_tty(slave);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	close(slave);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		arg = strchr(line, ' ');
		if (!arg)
			fail("step '%s'", line);
		*arg++ = '\0';
		if (!strcmp(line, "see"))
			see(arg);
		else if (!strcmp(line, "type"))
			dprintf(fd, "%s", arg);
		else if (!strcmp(line, "signal"))
			kill(pid, atoi(arg));
		else if (!strcmp(line, "end"))
			end(atoi(arg), &before);
		else if (!strcmp(line, "size"))
			resize(arg);
		else
			fail("step '%s'", line);
		check_width();
	}
	fwrite(shown, 1, len, stdout);
	return EXIT_SUCCESS;
}
