// SPDX-License-Identifier: GPL-2.0
/*
 * The qemu-nbd child of an image.
 *
 * It gets a listening socket, as from systemd, on which one connection waits
 * already; the socket's name is gone before the child runs.  It ends when the
 * connection does, once it has taken it up; should we die before that, a guard
 * kills it.
 */
#include <errno.h>
#include <fcntl.h>
#include <libnbd.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../paths.h"
#include "../util.h"
#include "../vmm/log.h"
#include "nbd.h"
#include "spec.h"

/* First of the descriptors that systemd hands over. */
#define LISTEN_FD	3
/* Writing back what the guest never flushed may take a disk this long. */
#define CLOSE_MS	60000
#define TERM_MS		5000

struct nbd {
	struct nbd_handle *h;
	pid_t pid;
	int pidfd;		/* -1: it was gone at once */
	int errors;		/* what it says on stderr */
	int guard;		/* -1: none is needed any more */
	uint64_t size;
	bool has_trim;
};

/* A listening socket, and a connection to it in *CLIENT. */
static int socket_pair(const struct disk_spec *d, uint32_t domid, int *client)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int listener, error;
	char suffix[32], *path;

	snprintf(suffix, sizeof(suffix), "nbd.%u", d->devid);
	path = run_path(domid, suffix);
	/* What is cut off is another file's name. */
	if (strlen(path) >= sizeof(addr.sun_path)) {
		free(path);
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	free(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(addr.sun_path);
	if (listener >= 0 && *client >= 0 && !fchmod(listener, 0600) &&
	    !bind(listener, (struct sockaddr *)&addr, sizeof(addr)) &&
	    !listen(listener, 1) &&
	    !connect(*client, (struct sockaddr *)&addr, sizeof(addr))) {
		unlink(addr.sun_path);
		return listener;
	}
	error = errno;
	unlink(addr.sun_path);
	if (listener >= 0)
		close(listener);
	if (*client >= 0)
		close(*client);
	errno = error;
	return -1;
}

struct child {
	const char *argv[16];
	char *envp[64];
	char pid[32];		/* "LISTEN_PID=..." */
	int listener, errors, guard;
};

static void prepare(struct child *c, const struct disk_spec *d)
{
	unsigned int i = 0, n = 0;
	char **e;

	c->argv[i++] = "qemu-nbd";
	c->argv[i++] = "--format";
	c->argv[i++] = disk_format_driver(d->format);
	c->argv[i++] = "--cache";
	c->argv[i++] = d->direct_io ? "none" : "writeback";
	c->argv[i++] = "--discard";
	c->argv[i++] = d->discard ? "unmap" : "ignore";
	if (d->readonly)
		c->argv[i++] = "--read-only";
	c->argv[i++] = "--";
	c->argv[i++] = d->path;

	strcpy(c->pid, "LISTEN_PID=");
	c->envp[n++] = c->pid;
	c->envp[n++] = "LISTEN_FDS=1";
	for (e = environ; *e && n < ARRAY_SIZE(c->envp) - 1; e++)
		if (strncmp(*e, "LISTEN_", 7))
			c->envp[n++] = *e;
}

/*
 * From a process of its own, child of nobody: kills this process if the other
 * end of PIPEFD is closed without a word.  Signals of the kernel's for a dead
 * parent would not do: qemu-nbd forgets those that come before it is ready.
 */
static void start_guard(int pipefd)
{
	int self = syscall(SYS_pidfd_open, getpid(), 0), status;
	pid_t pid = fork();
	char word;

	if (!pid) {
		/* Who kills all that is called xenpv means others. */
		prctl(PR_SET_NAME, "xenpv-guard");
		pid = fork();
		if (pid)
			_exit(pid < 0);
		/* Not to keep open what others wait for the end of. */
		dup2(pipefd, 0);
		dup2(self, 1);
		close_range(2, ~0U, 0);
		setsid();
		if (read(0, &word, 1) != 1)
			syscall(SYS_pidfd_send_signal, 1, SIGKILL, NULL, 0);
		_exit(0);
	}
	if (self < 0 || pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		_exit(126);
	close(self);
}

/* Of this function's process only the calling thread exists: no malloc here. */
static void run_child(struct child *c, pid_t parent)
{
	static const char words[] = "qemu-nbd: cannot be run (package qemu-utils)\n";
	char digits[16], *p = digits + sizeof(digits);
	unsigned int pid = getpid();
	sigset_t none;
	int null;

	p--;
	p[0] = '\0';
	do {
		p--;
		p[0] = '0' + pid % 10;
		pid /= 10;
	} while (pid);
	strcat(c->pid, p);

	start_guard(c->guard);
	if (getppid() != parent)
		_exit(1);
	/* What is typed at a terminal is not for it. */
	setsid();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Whoever reads what xenpv writes waits for the end of it. */
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	if (c->errors == LISTEN_FD)
		c->errors = dup(c->errors);
	dup2(c->errors, STDERR_FILENO);
	/* To itself, dup2() would leave close-on-exec set. */
	if (c->listener == LISTEN_FD)
		fcntl(LISTEN_FD, F_SETFD, 0);
	else
		dup2(c->listener, LISTEN_FD);
	execvpe(c->argv[0], (char **)c->argv, c->envp);
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(126);
	_exit(127);
}

static int spawn(struct nbd *n, const struct disk_spec *d, int listener)
{
	struct child *c = xcalloc(1, sizeof(*c));
	pid_t parent = getpid();
	int pipefd[2], guardfd[2];

	/* Never blocks: what nobody reads is lost. */
	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK)) {
		free(c);
		return -1;
	}
	n->errors = pipefd[0];
	if (pipe2(guardfd, O_CLOEXEC)) {
		close(pipefd[1]);
		free(c);
		return -1;
	}
	n->guard = guardfd[1];
	prepare(c, d);
	c->listener = listener;
	c->errors = pipefd[1];
	c->guard = guardfd[0];
	n->pid = fork();
	if (!n->pid) {
		close(n->guard);
		run_child(c, parent);
	}
	free(c);
	close(pipefd[1]);
	close(guardfd[0]);
	if (n->pid < 0)
		return -1;
	n->pidfd = syscall(SYS_pidfd_open, n->pid, 0);
	return 0;
}

/* What it said since the last time; false: nothing. */
static bool read_errors(struct nbd *n, char text[WHY_MAX])
{
	ssize_t len = n->errors < 0 ? 0 : read(n->errors, text, WHY_MAX - 1);

	if (len <= 0)
		return false;
	text[len] = 0;
	return true;
}

static void dismiss_guard(struct nbd *n)
{
	/* Of the pipe's two ends the guard has one: it cannot be full. */
	if (n->guard >= 0 && write(n->guard, "", 1) != 1)
		log_line("qemu-nbd: its guard is gone");
	if (n->guard >= 0)
		close(n->guard);
	n->guard = -1;
}

/* Has it ended within MS milliseconds? */
static bool has_ended(const struct nbd *n, int ms)
{
	struct pollfd pfd = { .fd = n->pidfd, .events = POLLIN };

	if (n->pidfd < 0)
		return true;
	while (poll(&pfd, 1, ms) < 0 && errno == EINTR)
		;
	return pfd.revents & POLLIN;
}

/* One line of it, without the program's name. */
static void take_reason(struct nbd *n, const struct disk_spec *d,
			char why[WHY_MAX])
{
	char text[WHY_MAX], *line;

	/* The connection broke because it is going: hear its last words. */
	has_ended(n, TERM_MS);
	if (!read_errors(n, text)) {
		why_set(why, "%s: qemu-nbd: %s", d->path, nbd_get_error());
		return;
	}
	text[strcspn(text, "\n")] = 0;
	line = strstr(text, "qemu-nbd: ") ? strstr(text, "qemu-nbd: ") : text;
	why_set(why, "%s is no good %s image: %s", d->path,
		disk_format_name(d->format), line);
}

static int connect_to(struct nbd *n, const struct disk_spec *d, int client,
		      char why[WHY_MAX])
{
	int64_t size;

	n->h = nbd_create();
	if (!n->h) {
		close(client);
		why_set(why, "%s: %s", d->path, nbd_get_error());
		return -1;
	}
	/* What is read is written before anybody sees it. */
	nbd_set_pread_initialize(n->h, false);
	if (nbd_connect_socket(n->h, client)) {
		take_reason(n, d, why);
		return -1;
	}
	size = nbd_get_size(n->h);
	if (size < 512) {
		why_set(why, "%s is empty", d->path);
		return -1;
	}
	if (!d->readonly && nbd_is_read_only(n->h)) {
		why_set(why, "%s cannot be written", d->path);
		return -1;
	}
	n->size = size;
	n->has_trim = nbd_can_trim(n->h) > 0;
	return 0;
}

struct nbd *nbd_start(const struct disk_spec *d, uint32_t domid,
		      char why[WHY_MAX])
{
	struct nbd *n = xcalloc(1, sizeof(*n));
	int listener, client;

	n->pid = -1;
	n->pidfd = -1;
	n->errors = -1;
	n->guard = -1;
	listener = socket_pair(d, domid, &client);
	if (listener < 0 || spawn(n, d, listener)) {
		why_set(why, "%s: cannot start qemu-nbd: %s", d->path,
			strerror(errno));
		if (listener >= 0) {
			close(listener);
			close(client);
		}
		goto fail;
	}
	/* Only the child's copy is left: when it dies, the connection breaks. */
	close(listener);
	if (connect_to(n, d, client, why))
		goto fail;
	dismiss_guard(n);
	return n;

fail:
	nbd_stop(n);
	return NULL;
}

/* Say good-bye.  False: nobody hears; nbd_shutdown() would wait for ever. */
static bool disconnect(struct nbd *n)
{
	nbd_aio_disconnect(n->h, 0);
	while (!nbd_aio_is_closed(n->h) && !nbd_aio_is_dead(n->h))
		if (nbd_poll(n->h, TERM_MS) <= 0)
			return false;
	return true;
}

void nbd_stop(struct nbd *n)
{
	char text[WHY_MAX];
	int patience = 0;

	if (!n)
		return;
	if (n->h) {
		/* One that was never ready has nothing to write back. */
		if (n->size)
			patience = disconnect(n) ? CLOSE_MS : TERM_MS;
		nbd_close(n->h);
	}
	if (n->pid > 0) {
		if (!has_ended(n, patience)) {
			kill(n->pid, SIGTERM);
			if (!has_ended(n, TERM_MS))
				kill(n->pid, SIGKILL);
		}
		waitpid(n->pid, NULL, 0);
	}
	if (n->size && read_errors(n, text))
		log_text("qemu-nbd: ", text, strlen(text));
	if (n->guard >= 0)
		close(n->guard);
	if (n->errors >= 0)
		close(n->errors);
	if (n->pidfd >= 0)
		close(n->pidfd);
	free(n);
}

int nbd_sync(struct nbd *n)
{
	int64_t cookie;
	int done = 0;

	if (nbd_can_flush(n->h) <= 0)
		return 0;
	cookie = nbd_aio_flush(n->h, NBD_NULL_COMPLETION, 0);
	while (cookie >= 0 && !done) {
		done = nbd_aio_command_completed(n->h, cookie);
		if (!done && nbd_poll(n->h, CLOSE_MS) <= 0)
			return -1;
	}
	return done > 0 ? 0 : -1;
}

uint64_t nbd_size(const struct nbd *n)
{
	return n->size;
}

bool nbd_has_trim(const struct nbd *n)
{
	return n->has_trim;
}

struct nbd_handle *nbd_connection(const struct nbd *n)
{
	return n->h;
}
