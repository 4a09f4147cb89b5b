// SPDX-License-Identifier: GPL-2.0
/* Starts the process behind a domain. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "console_client.h"
#include "domains.h"
#include "migrate/restore.h"
#include "start.h"
#include "util.h"
#include "vmm/helper.h"

/* Two ends of the console: [0] for whoever shows it, [1] for the helper. */
static int console_pair(bool wanted, int pair[2])
{
	pair[0] = -1;
	pair[1] = -1;
	if (!wanted)
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
static void close_others(const int *keep, unsigned int nr)
{
	int last = STDERR_FILENO, fd;
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (keep[i] > last)
			last = keep[i];
	for (fd = STDERR_FILENO + 1; fd < last; fd++) {
		for (i = 0; i < nr && keep[i] != fd; i++)
			;
		if (i == nr)
			close(fd);
	}
	close_range(last + 1, ~0U, 0);
}

static void become_helper(struct helper_options *h, const int console[2],
			  const int ready[2])
{
	const int keep[] = {
		console[1], ready[1], h->restore ? h->restore->s.fd : -1,
		h->go_fd,
	};

	close_others(keep, ARRAY_SIZE(keep));
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

	if (waitpid(child, &status, 0) != child)
		return CREATE_FAILED;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		err("signal %d ended the domain's helper (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return CREATE_FAILED;
}

/* The user wants no domain any more: the helper takes it along. */
static void give_up(pid_t child, int sig)
{
	kill(child, SIGTERM);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	signal(sig, SIG_DFL);
	raise(sig);
}

static volatile sig_atomic_t interrupted;
static pid_t interruptible;

static void on_signal(int sig)
{
	/* Who asks twice does not want to wait. */
	if (interrupted)
		kill(interruptible, SIGKILL);
	interrupted = sig;
}

/* 1 when it runs, 0 when it does not, -1 when a signal came first. */
static int wait_ready(int fd, sigset_t *unblocked)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char c;

	while (!interrupted) {
		if (ppoll(&pfd, 1, NULL, unblocked) > 0)
			return read(fd, &c, 1) == 1;
	}
	return -1;
}

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* From before the helper is there: none may come in between. */
static void block_signals(sigset_t *old)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(ending_signals); i++)
		sigaddset(&set, ending_signals[i]);
	sigprocmask(SIG_BLOCK, &set, old);
}

static int await_helper(pid_t child, int fd, sigset_t *old)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before[ARRAY_SIZE(ending_signals)];
	size_t i;
	int ret;

	interruptible = child;
	for (i = 0; i < ARRAY_SIZE(ending_signals); i++) {
		sigaction(ending_signals[i], NULL, &before[i]);
		/* nohup(1) and shells have some ignored. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &action, NULL);
	}
	ret = wait_ready(fd, old);
	if (ret < 0) {
		sigprocmask(SIG_SETMASK, old, NULL);
		give_up(child, interrupted);
	}
	for (i = 0; i < ARRAY_SIZE(ending_signals); i++)
		sigaction(ending_signals[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, old, NULL);
	return ret;
}

/* The console is the last that the helper closes, but for its own memory. */
static int helper_ended(pid_t child)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int status, tries;
	pid_t pid;

	for (tries = 0; tries < 1000; tries++) {
		pid = waitpid(child, &status, WNOHANG);
		if (pid == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) :
						   EXIT_FAILURE;
		if (pid < 0)
			break;		/* our caller ignores SIGCHLD */
		nanosleep(&pause, NULL);
	}
	/* It goes on without us. */
	return EXIT_SUCCESS;
}

/* The helper is a child that outlives this process. */
static int run_background(struct helper_options *h, const int console[2])
{
	int ready[2], ret;
	sigset_t old;
	pid_t child;

	if (pipe2(ready, O_CLOEXEC)) {
		err_sys("cannot create a pipe");
		return EXIT_FAILURE;
	}
	block_signals(&old);
	child = fork();
	if (child < 0) {
		err_sys("cannot fork");
		return EXIT_FAILURE;
	}
	if (!child) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		become_helper(h, console, ready);
		return helper_run(h);
	}

	close(ready[1]);
	if (console[1] >= 0)
		close(console[1]);
	ret = await_helper(child, ready[0], &old);
	close(ready[0]);
	if (ret <= 0)
		return helper_failed(child);
	if (console[0] >= 0 && console_copy(console[0], CONSOLE_ESCAPE))
		return helper_ended(child);
	return EXIT_SUCCESS;
}

int start_domain(struct helper_options *h, bool console, bool foreground)
{
	int pair[2], dev;

	/* No Xen is another failure of xl's than no domain. */
	dev = device_open();
	if (dev < 0 || console_pair(console, pair))
		return EXIT_FAILURE;
	close(dev);
	/* Nothing buffered may come out of both processes. */
	fflush(stdout);
	return foreground ? run_foreground(h, pair) : run_background(h, pair);
}

enum start_result start_incoming(struct helper_options *h, int talk_fd,
				 int (*talk)(void *opaque), void *opaque)
{
	static const int no_console[2] = { -1, -1 };
	int ready[2], ret;
	pid_t child;
	bool runs;

	if (pipe2(ready, O_CLOEXEC)) {
		err_sys("cannot create a pipe");
		return START_REFUSED;
	}
	fflush(stdout);
	child = fork();
	if (child < 0) {
		err_sys("cannot fork");
		return START_REFUSED;
	}
	if (!child) {
		become_helper(h, no_console, ready);
		exit(helper_run(h));
	}
	close(ready[1]);
	close(h->go_fd);
	ret = talk(opaque);
	/* Without the word the helper gives up when this end is closed. */
	if (ret)
		close(talk_fd);
	runs = wait_ready(ready[0], NULL) > 0;
	close(ready[0]);
	if (runs)
		return START_RUNS;
	helper_failed(child);
	return ret ? START_REFUSED : START_FAILED;
}
