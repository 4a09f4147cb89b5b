// SPDX-License-Identifier: GPL-2.0
/* Requests to helpers that are not as they should be. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
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

/* Some devices act on being opened: what is no pty is not. */
static bool not_opened(void)
{
	char path[] = "/tmp/xenpv-tty.XXXXXX", answer[64], said[64], event[512];
	int fd = inotify_init1(IN_NONBLOCK), file = mkstemp(path);
	bool ok;

	snprintf(answer, sizeof(answer), "%s\nok\n", path);
	snprintf(said, sizeof(said), "xenpv: %s: ", path);
	ok = fd >= 0 && file >= 0 && inotify_add_watch(fd, path, IN_OPEN) >= 0 &&
	     check(console, answer, EXIT_FAILURE, said) &&
	     read(fd, event, sizeof(event)) < 0 && errno == EAGAIN;
	unlink(path);
	close(file);
	close(fd);
	return ok;
}

/* The console client ends whenever it is told to. */
static bool ends_by(int sig, useconds_t when)
{
	int pair[2], status, i;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return false;
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (!pid) {
		close(pair[0]);
		console_copy(pair[1], CONSOLE_ESCAPE);
		_exit(0);
	}
	close(pair[1]);
	usleep(when);
	kill(pid, sig);
	for (i = 0; i < 200 && !waitpid(pid, &status, WNOHANG); i++)
		usleep(10000);
	close(pair[0]);
	if (i < 200)
		return WIFSIGNALED(status) && WTERMSIG(status) == sig;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return false;
}

static bool client_ends(void)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		if (!ends_by(i % 2 ? SIGTERM : SIGHUP, i * 7))
			return false;
	return true;
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

static int count_fds(void)
{
	int fd, nr = 0;

	for (fd = 0; fd < 256; fd++)
		nr += fcntl(fd, F_GETFD) >= 0;
	return nr;
}

static const char *no_verb(void *opaque, const char *verb, const char *arg,
			   FILE *text)
{
	return "no such verb";
}

/* A request with as many descriptors as there may be room for. */
static bool send_fds(int fd)
{
	union {
		char room[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr head;
	} u = { .head = { .cmsg_len = CMSG_LEN(2 * sizeof(int)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS } };
	const int fds[] = { 0, 1 };
	struct iovec iov = { (void *)"verb\n", 5 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = u.room,
			      .msg_controllen = sizeof(u.room) };

	memcpy(CMSG_DATA(&u.head), fds, sizeof(fds));
	return !connect(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
	       sendmsg(fd, &msg, 0) == 5;
}

static bool keeps_no_fds(void)
{
	static const struct control_ops ops = { .handle = no_verb };
	struct control_server *s = control_listen(DOMID, &ops, NULL);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), before = count_fds();
	bool sent = s && send_fds(fd);

	if (sent)
		control_serve(s);
	sent = sent && count_fds() == before;
	close(fd);
	control_close(s);
	return sent;
}

/* What a helper says takes no more memory than a line needs. */
static bool long_line(void)
{
	static char answer[1 << 20];
	pid_t pid;
	char *line;
	int fd;

	memset(answer, 'a', sizeof(answer) - 2);
	answer[sizeof(answer) - 2] = '\n';
	pid = fake_helper(answer);
	fd = control_open(DOMID, "save x", -1);
	line = fd < 0 ? answer : control_line(fd);
	kill(pid, SIGKILL);
	close(fd);
	unlink(addr.sun_path);
	return !line;
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
	ksft_set_plan(13);
	ksft_test_result(ask("a 1\nok\n", 0, ""), "an answer\n");
	ksft_test_result(ask("error not now\n", -1, "domain 32750: not now"),
			 "a refusal\n");
	ksft_test_result(ask("error \33[2Jnot\a now\r\n", -1,
			     "domain 32750: ?[2Jnot? now?"),
			 "one that means the terminal\n");
	ksft_test_result(ask("error \302\2332Jn\303\233t \342\200\224\n", -1,
			     "domain 32750: ??2Jn\303\233t \342\200\224"),
			 "one that means it in UTF-8\n");
	ksft_test_result(dirs_good, "whose the run directory is\n");
	ksft_test_result(ask("a 1\n", -1, "makes no sense"), "no verdict\n");
	ksft_test_result(ask("a 1\nok", -1, "broke off"), "half an answer\n");
	ksft_test_result(check(console, "/dev/zero\nok\n", EXIT_FAILURE,
			       "xenpv: /dev/zero: "),
			 "a console that is no terminal\n");
	ksft_test_result(not_opened(), "one that is not opened\n");
	ksft_test_result(keeps_no_fds(), "descriptors nobody wants\n");
	ksft_test_result(long_line(), "a line that is far too long\n");
	ksft_test_result(client_ends(), "signals end the console client\n");
	signal(SIGCHLD, SIG_IGN);
	ksft_test_result(silent(), "a helper that says nothing\n");
	ksft_finished();
}
