// SPDX-License-Identifier: GPL-2.0
/* Copies between the user's terminal and the pty of a domain's console. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "console_client.h"
#include "control.h"
#include "util.h"

#define CHUNK	4096

static struct termios saved;
static volatile sig_atomic_t is_raw;

/*
 * Ends the process whatever it waits for: a flag would be seen too late when
 * the signal comes just before that.  Both calls may be made here.
 */
static void on_signal(int sig)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	raise(sig);
}

/* Raw mode on a terminal; what else standard input is needs none. */
static bool make_raw(void)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved))
		return false;
	raw = saved;
	cfmakeraw(&raw);
	is_raw = true;
	is_raw = !tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	return is_raw;
}

static void restore(void)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	is_raw = false;
}

static void catch_signals(void)
{
	/* The second one, from the handler, has its default effect. */
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };
	struct sigaction old;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &old);
		/* nohup(1) and shells have some ignored. */
		if (old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

/*
 * The path is the word of a helper, which may be anybody's.  Nothing else is
 * even opened: there are devices that act on it.
 */
static bool names_pty(const char *path)
{
	static const char dir[] = "/dev/pts/";

	if (strncmp(path, dir, sizeof(dir) - 1))
		return false;
	path += sizeof(dir) - 1;
	return *path && !path[strspn(path, "0123456789")];
}

/* The pty keeps no settings of its own: the guest's terminal has them. */
static int open_pty(const char *path)
{
	struct termios raw;
	int fd;

	if (!names_pty(path)) {
		err("%s: not a pseudo terminal", path);
		return -1;
	}
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		err_sys("%s", path);
		return -1;
	}
	if (tcgetattr(fd, &raw)) {
		err_sys("%s", path);
		close(fd);
		return -1;
	}
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	return fd;
}

static int find_pty(uint32_t domid, unsigned int number)
{
	char request[32], *path = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&path, &len);
	int fd = -1;

	if (!out) {
		err("out of memory");
		return -1;
	}
	snprintf(request, sizeof(request), "console %u", number);
	if (!control_request(domid, request, out)) {
		fflush(out);
		path[strcspn(path, "\n")] = '\0';
		fd = open_pty(path);
	}
	fclose(out);
	free(path);
	return fd;
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

/* False when the user wants to leave, or the console is gone. */
static bool forward_input(struct pollfd *in, int pty, int escape)
{
	char buf[CHUNK], *esc;
	ssize_t n = read(in->fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0) {
		in->fd = -1;
		return true;
	}
	esc = memchr(buf, escape, n);
	if (esc)
		n = esc - buf;
	return !write_all(pty, buf, n) && !esc;
}

static bool forward_output(int pty)
{
	char buf[CHUNK];
	ssize_t n = read(pty, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	return n > 0 && !write_all(STDOUT_FILENO, buf, n);
}

/* True when the other side ended it. */
static bool copy(int pty, int escape)
{
	struct pollfd fds[2] = {
		{ .fd = pty, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (fds[0].revents && !forward_output(pty))
			return true;
		if (fds[1].fd >= 0 && fds[1].revents &&
		    !forward_input(&fds[1], pty, escape))
			return false;
	}
}

bool console_copy(int fd, int escape)
{
	bool raw, ended;

	catch_signals();
	raw = make_raw();
	ended = copy(fd, escape);
	if (raw)
		restore();
	close(fd);
	return ended;
}

int console_attach(uint32_t domid, unsigned int number, int escape)
{
	int pty = find_pty(domid, number);

	if (pty < 0)
		return EXIT_FAILURE;
	console_copy(pty, escape);
	return EXIT_SUCCESS;
}
