// SPDX-License-Identifier: GPL-2.0
/* Requests to helpers that are not as they should be. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../builder/harness.h"
#include "../kselftest.h"
#include "console_client.h"
#include "control.h"
#include "paths.h"

#define DOMID	32750

static struct sockaddr_un addr = { .sun_family = AF_UNIX };
static struct outcome out;

/* A helper that takes what comes and says ANSWER, or (NULL) never a word. */
static pid_t fake_helper(const char *answer)
{
	char c = 0;
	int fd, client;
	pid_t pid;

	run_dir_make();
	unlink(addr.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 4))
		ksft_exit_fail_msg("%s: %m\n", addr.sun_path);
	pid = fork();
	if (!pid) {
		client = accept(fd, NULL, NULL);
		if (!answer)
			pause();
		while (c != '\n' && read(client, &c, 1) == 1)
			;
		_exit(write(client, answer, strlen(answer)) <= 0);
	}
	close(fd);
	return pid;
}

static int stats(void)
{
	return control_request(DOMID, "stats", NULL);
}

static int console(void)
{
	return console_attach(DOMID, 0, CONSOLE_ESCAPE);
}

/* What FN returns and says when the helper answers that. */
static bool check(int (*fn)(void), const char *answer, int ret,
		  const char *words)
{
	pid_t pid = fake_helper(answer);

	memset(&out, 0, sizeof(out));
	capture_begin();
	out.ret = fn();
	capture_end(&out);
	kill(pid, SIGKILL);
	unlink(addr.sun_path);
	if (out.ret == ret && out.lines == !!ret && strstr(out.said, words))
		return true;
	ksft_print_msg("ret %d: %s\n", out.ret, out.said);
	return false;
}

static bool ask(const char *answer, int ret, const char *words)
{
	return check(stats, answer, ret, words);
}

static bool silent(void)
{
	time_t begin = time(NULL);

	return ask(NULL, -1, "the helper of domain 32750 does not answer") &&
	       time(NULL) - begin < 20;
}

/* In a process of its own, as an ordinary user: 0 when all is well. */
static int run_dirs(void)
{
	static const struct {
		mode_t mode;
		uid_t owner;
		int ret;
	} dirs[] = {
		{ 0700, 65534, 0 }, { 0755, 65534, 0 }, { 0775, 65534, -1 },
		{ 0707, 65534, -1 }, { 0755, 0, -1 }, { 0777, 0, -1 },
	};
	char dir[] = "/tmp/xenpv-run.XXXXXX", path[64];
	unsigned int i;

	if (!mkdtemp(dir) || chmod(dir, 0755))
		return 1;
	snprintf(path, sizeof(path), "%s/xenpv", dir);
	setenv("XDG_RUNTIME_DIR", dir, 1);
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (mkdir(path, 0700) || chmod(path, dirs[i].mode) ||
		    chown(path, dirs[i].owner, 0) || seteuid(65534))
			return 2;
		if (run_dir_make() != dirs[i].ret ||
		    (dirs[i].ret && errno != EPERM))
			return 10 + i;
		if (seteuid(0) || rmdir(path))
			return 3;
	}
	return rmdir(dir);
}

static int in_child(int (*fn)(void))
{
	int status = -1;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (!pid)
		_exit(fn());
	waitpid(pid, &status, 0);
	signal(SIGCHLD, SIG_IGN);
	if (status)
		ksft_print_msg("status %x\n", status);
	return status;
}

int main(void)
{
	/* The name of ours is remembered: this comes first. */
	bool dirs_good = !in_child(run_dirs);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%u.ctl",
		 run_dir(), DOMID);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	alarm(40);

	ksft_print_header();
	ksft_set_plan(8);
	ksft_test_result(ask("a 1\nok\n", 0, ""), "an answer\n");
	ksft_test_result(ask("error not now\n", -1, "domain 32750: not now"),
			 "a refusal\n");
	ksft_test_result(ask("error \33[2Jnot\a now\r\n", -1,
			     "domain 32750: ?[2Jnot? now?"),
			 "one that means the terminal\n");
	ksft_test_result(dirs_good, "whose the run directory is\n");
	ksft_test_result(ask("a 1\n", -1, "makes no sense"), "no verdict\n");
	ksft_test_result(ask("a 1\nok", -1, "broke off"), "half an answer\n");
	ksft_test_result(check(console, "/dev/zero\nok\n", EXIT_FAILURE,
			       "xenpv: /dev/zero: "),
			 "a console that is no terminal\n");
	ksft_test_result(silent(), "a helper that says nothing\n");
	ksft_finished();
}
