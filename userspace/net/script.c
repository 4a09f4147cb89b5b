// SPDX-License-Identifier: GPL-2.0
/* Hotplug scripts, called as Xen's toolstack calls them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../util.h"
#include "../vmm/log.h"
#include "../vmm/loop.h"
#include "script.h"

extern char **environ;

struct script {
	struct loop *loop;
	char *name;		/* for messages */
	pid_t pid;
	int pidfd, timer, output;
	struct loop_source *sources[3];
	bool late;
	script_fn fn;
	void *opaque;
};

static unsigned int running;
static bool waiting;

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void script_free(struct script *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(s->sources); i++)
		loop_remove(s->sources[i]);
	close_fd(s->pidfd);
	close_fd(s->timer);
	close_fd(s->output);
	free(s->name);
	free(s);
}

static void on_output(void *opaque, uint32_t events)
{
	struct script *s = opaque;
	char text[4096], prefix[64];
	ssize_t n = read(s->output, text, sizeof(text));

	if (n > 0) {
		snprintf(prefix, sizeof(prefix), "%.60s: ", s->name);
		log_text(prefix, text, n);
	} else if (!n || errno != EAGAIN) {
		loop_remove(s->sources[2]);
		s->sources[2] = NULL;
	}
}

/* What its status says, to be freed, or NULL when it is well. */
static char *verdict(const struct script *s, const siginfo_t *info)
{
	if (s->late)
		return xasprintf("%s takes too long", s->name);
	if (info->si_code != CLD_EXITED)
		return xasprintf("%s was killed by signal %d", s->name,
				 info->si_status);
	if (info->si_status)
		return xasprintf("%s ended with status %d", s->name,
				 info->si_status);
	return NULL;
}

static void on_end(void *opaque, uint32_t events)
{
	struct script *s = opaque;
	siginfo_t info = { 0 };
	struct loop *loop = s->loop;
	script_fn fn = s->fn;
	char *error;

	if (waitid(P_PIDFD, s->pidfd, &info, WEXITED | WNOHANG) || !info.si_pid)
		return;
	/* What it said last; whoever it left behind may hold the pipe. */
	if (s->sources[2])
		on_output(s, 0);
	error = verdict(s, &info);
	opaque = s->opaque;
	script_free(s);
	fn(opaque, error);
	free(error);
	if (!--running && waiting)
		loop_stop(loop);
}

static void on_timer(void *opaque, uint32_t events)
{
	struct script *s = opaque;

	s->late = true;
	/* Its children too: it has a process group of its own. */
	kill(-s->pid, SIGKILL);
	loop_remove(s->sources[1]);
	s->sources[1] = NULL;
}

/* Our environment and ENV; an array to be freed, not its strings. */
static char **make_environment(char *const env[])
{
	size_t n = 0, m = 0;
	char **all;

	while (environ[n])
		n++;
	while (env[m])
		m++;
	all = xcalloc(n + m + 1, sizeof(*all));
	/* The first of a name counts. */
	memcpy(all, env, m * sizeof(*all));
	memcpy(all + m, environ, n * sizeof(*all));
	return all;
}

static int spawn(struct script *s, const char *path, const char *action,
		 char *const env[], int output)
{
	const char *const argv[] = { path, action, "type_if=vif", NULL };
	char **all = make_environment(env);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;
	int ret;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	ret = posix_spawn(&s->pid, path, &files, &attr, (char **)argv,
			  all);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	free(all);
	errno = ret;
	return ret ? -1 : 0;
}

static int watch(struct script *s, unsigned int seconds)
{
	struct itimerspec when = { .it_value.tv_sec = seconds };

	s->pidfd = syscall(SYS_pidfd_open, s->pid, 0);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (s->pidfd < 0 || s->timer < 0 ||
	    timerfd_settime(s->timer, 0, &when, NULL))
		return -1;
	s->sources[0] = loop_add(s->loop, s->pidfd, EPOLLIN, on_end, s);
	s->sources[1] = loop_add(s->loop, s->timer, EPOLLIN, on_timer, s);
	s->sources[2] = loop_add(s->loop, s->output, EPOLLIN, on_output, s);
	return s->sources[0] && s->sources[1] && s->sources[2] ? 0 : -1;
}

int script_start(struct loop *loop, const char *path, const char *action,
		 char *const env[], unsigned int seconds, script_fn fn,
		 void *opaque)
{
	struct script *s = xcalloc(1, sizeof(*s));
	const char *slash = strrchr(path, '/');
	int output[2] = { -1, -1 }, error;

	s->loop = loop;
	s->name = xstrdup(slash ? slash + 1 : path);
	s->pidfd = -1;
	s->timer = -1;
	s->output = -1;
	s->fn = fn;
	s->opaque = opaque;
	if (!pipe2(output, O_CLOEXEC)) {
		s->output = output[0];
		fcntl(s->output, F_SETFL, O_NONBLOCK);
		if (!spawn(s, path, action, env, output[1]) &&
		    !watch(s, seconds)) {
			close(output[1]);
			running++;
			return 0;
		}
	}
	error = errno;
	if (s->pid > 0) {
		kill(-s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	close_fd(output[1]);
	script_free(s);
	errno = error;
	return -1;
}

void script_wait_all(struct loop *loop)
{
	waiting = true;
	/* Others may stop it; a script's time is limited. */
	while (running)
		loop_run(loop);
	waiting = false;
}
