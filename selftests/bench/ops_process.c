// SPDX-License-Identifier: GPL-2.0
/* Processes and threads. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "ops.h"

const char *self;

static int there[2], back[2];
static pid_t partner;
static bool with_fpu;

void op_fork(int n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

void op_fork_exec(int n)
{
	while (n--) {
		pid_t pid = fork();
		int status;

		if (pid < 0)
			die("fork");
		if (!pid) {
			execl(self, self, "--exit", NULL);
			_exit(1);
		}
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			die("exec");
	}
}

/* Has a state of its own in the vector registers. */
static void use_fpu(void)
{
	if (with_fpu)
		asm volatile("pcmpeqd %%xmm0, %%xmm0; paddd %%xmm0, %%xmm1"
			     : : : "xmm0", "xmm1");
}

static void pass_on(int from, int to)
{
	char c;

	if (read(from, &c, 1) != 1)
		_exit(0);
	use_fpu();
	if (write(to, &c, 1) != 1)
		_exit(0);
}

void begin_pipe(int n)
{
	(void)n;
	if (pipe(there) || pipe(back))
		die("pipe");
	partner = fork();
	if (partner < 0)
		die("fork");
	while (!partner)
		pass_on(there[0], back[1]);
}

void begin_pipe_fpu(int n)
{
	with_fpu = true;
	begin_pipe(n);
}

void op_pipe(int n)
{
	char c = 0;

	while (n--) {
		if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			die("pipe");
		use_fpu();
	}
}

void op_pipe_fpu(int n)
{
	op_pipe(n);
}

void end_pipe(void)
{
	int i;

	kill(partner, SIGKILL);
	waitpid(partner, NULL, 0);
	for (i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
	with_fpu = false;
}

static void *nothing(void *arg)
{
	return arg;
}

void op_thread(int n)
{
	pthread_t t;

	while (n--)
		if (pthread_create(&t, NULL, nothing, NULL) ||
		    pthread_join(t, NULL))
			die("thread");
}
