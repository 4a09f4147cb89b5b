// SPDX-License-Identifier: GPL-2.0
/* How commands talk to a running domain's helper. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "paths.h"
#include "util.h"

#define REQUEST_MAX	8192	/* a path may be in it */
/* What a client may take to send its line, and to read the answer. */
#define SERVE_MS	1000
/* How long a helper may be silent before its client gives up. */
#define ANSWER_MS	10000
#define ANSWER_MAX	(16UL << 20)
#define ONE_LINE_MAX	8192

struct control_server {
	int fd;
	struct sockaddr_un addr;
	const struct control_ops *ops;
	void *opaque;
};

/* Frees PATH. */
static int address(struct sockaddr_un *addr, char *path)
{
	bool fits = strlen(path) < sizeof(addr->sun_path);

	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (fits)
		strcpy(addr->sun_path, path);
	free(path);
	errno = ENAMETOOLONG;
	return fits ? 0 : -1;
}

/* Calls on the socket that take longer fail with EAGAIN. */
static void limit_time(int fd, unsigned int ms)
{
	const struct timeval limit = { .tv_sec = ms / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

static bool send_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

/* All of the answer, NUL terminated, or NULL with errno set. */
static char *receive_all(int fd, size_t *len)
{
	size_t room = 4096;
	char *text = xmalloc(room);
	ssize_t n;

	*len = 0;
	for (;;) {
		if (*len + 1 == room) {
			char *more = room < ANSWER_MAX ?
				     realloc(text, room * 2) : NULL;

			if (!more) {
				errno = EMSGSIZE;
				break;
			}
			text = more;
			room *= 2;
		}
		n = recv(fd, text + *len, room - *len - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (!n) {
			text[*len] = 0;
			return text;
		}
		*len += n;
	}
	free(text);
	return NULL;
}

/*
 * A helper is whoever's domain it is, and this goes to a terminal: nothing that
 * it could take as a command.
 */
static void defuse(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)text[i]) && text[i] != '\n' &&
		    text[i] != '\t')
			text[i] = '?';
	/* There are more of them in UTF-8, U+0080 to U+009F. */
	for (i = 0; i + 1 < len; i++)
		if ((unsigned char)text[i] == 0xc2 &&
		    ((unsigned char)text[i + 1] & 0xe0) == 0x80) {
			text[i] = '?';
			text[i + 1] = '?';
		}
}

/* Where what is wrong is said, when the caller wants to hear it. */
struct asker {
	uint32_t domid;
	bool quiet;
};

static void complain(const struct asker *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(const struct asker *a, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (a->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err("%s", text);
}

/* Split off the last line, "ok" or "error REASON". */
static int take_answer(const struct asker *a, char *text, size_t len, FILE *out)
{
	char *last;

	if (!len || text[len - 1] != '\n') {
		complain(a, "domain %u: its helper broke off", a->domid);
		return -1;
	}
	defuse(text, len);
	text[len - 1] = 0;
	last = memrchr(text, '\n', len - 1);
	last = last ? last + 1 : text;
	if (out)
		fwrite(text, 1, last - text, out);
	if (!strcmp(last, "ok"))
		return 0;
	if (!strncmp(last, "error ", 6))
		complain(a, "domain %u: %s", a->domid, last + 6);
	else
		complain(a, "domain %u: its helper's answer makes no sense",
			 a->domid);
	return -1;
}

/* A socket to the domain's helper, or -1. */
static int connect_to(const struct asker *a)
{
	struct sockaddr_un addr;
	int fd;

	if (!a->domid) {
		complain(a, "domain 0 is this host: it has no helper");
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !address(&addr, run_path_of_owner(a->domid, "ctl"))) {
		limit_time(fd, ANSWER_MS);
		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return fd;
	}
	complain(a, "cannot reach the helper of domain %u: %s", a->domid,
		 strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int request_by(const struct asker *a, const char *request, FILE *out)
{
	int fd = connect_to(a), ret = -1;
	char *text = NULL;
	size_t len;

	if (fd < 0)
		return -1;
	if (send_all(fd, request, strlen(request)) && send_all(fd, "\n", 1))
		text = receive_all(fd, &len);
	if (text)
		ret = take_answer(a, text, len, out);
	else if (errno == EAGAIN)
		complain(a, "the helper of domain %u does not answer", a->domid);
	else
		complain(a, "cannot talk to the helper of domain %u: %s",
			 a->domid, strerror(errno));
	free(text);
	close(fd);
	return ret;
}

int control_request(uint32_t domid, const char *request, FILE *out)
{
	const struct asker a = { domid, false };

	return request_by(&a, request, out);
}

int control_ask(uint32_t domid, const char *request, FILE *out)
{
	const struct asker a = { domid, true };

	return request_by(&a, request, out);
}

int control_open(uint32_t domid, const char *request, int pass)
{
	char *line = xasprintf("%s\n", request);
	struct iovec iov = { line, strlen(line) };
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const struct asker a = { domid, false };
	int fd = connect_to(&a);

	if (pass >= 0) {
		struct cmsghdr *c;

		msg.msg_control = room;
		msg.msg_controllen = sizeof(room);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(pass));
		memcpy(CMSG_DATA(c), &pass, sizeof(pass));
	}
	if (fd >= 0 &&
	    sendmsg(fd, &msg, MSG_NOSIGNAL) != (ssize_t)iov.iov_len) {
		err_sys("cannot talk to the helper of domain %u", domid);
		close(fd);
		fd = -1;
	}
	free(line);
	/* It may be silent for as long as its work takes. */
	if (fd >= 0)
		limit_time(fd, 0);
	return fd;
}

char *control_line(int conn)
{
	char *line = NULL, c;
	size_t len = 0, nr = 0;
	FILE *f = open_memstream(&line, &len);
	ssize_t n;

	if (!f)
		return NULL;
	for (;;) {
		n = recv(conn, &c, 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || c == '\n' || nr++ == ONE_LINE_MAX)
			break;
		fputc(c, f);
	}
	fclose(f);
	if (n == 1 && c == '\n') {
		defuse(line, len);
		return line;
	}
	free(line);
	return NULL;
}

bool control_say(int conn, const char *line)
{
	return send_all(conn, line, strlen(line)) && send_all(conn, "\n", 1);
}

struct control_server *control_listen(uint32_t domid,
				      const struct control_ops *ops,
				      void *opaque)
{
	struct control_server *s = xcalloc(1, sizeof(*s));
	mode_t old;
	int ret;

	s->ops = ops;
	s->opaque = opaque;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0) {
		err_sys("cannot create a control socket");
		free(s);
		return NULL;
	}

	if (run_dir_make()) {
		err_sys("cannot make %s", run_dir());
		control_close(s);
		return NULL;
	}
	if (address(&s->addr, run_path(domid, "ctl")))
		goto fail;
	/* The module gave us this domid: a file of that name is stale. */
	unlink(s->addr.sun_path);
	old = umask(0177);
	ret = bind(s->fd, (struct sockaddr *)&s->addr, sizeof(s->addr));
	umask(old);
	if (ret || listen(s->fd, 16))
		goto fail;
	return s;

fail:
	err_sys("cannot listen on %s/%u.ctl", run_dir(), domid);
	control_close(s);
	return NULL;
}

int control_fd(const struct control_server *s)
{
	return s->fd;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Like recv(), with the descriptor that may come along. */
static ssize_t receive(int fd, char *to, size_t room, int *passed)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { to, room };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
	size_t at;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return n;
	/* Padding makes room for more than one; the last counts. */
	for (at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len;
	     at += sizeof(int)) {
		if (*passed >= 0)
			close(*passed);
		memcpy(passed, (char *)c + at, sizeof(*passed));
	}
	return n;
}

/* One line within the time; the newline becomes a NUL. */
static bool receive_line(int fd, char *line, size_t room, int *passed)
{
	int64_t end = now_ms() + SERVE_MS, left;
	size_t len = 0;

	while ((left = end - now_ms()) > 0 && len < room - 1) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&pfd, 1, left) <= 0)
			continue;
		n = receive(fd, line + len, room - 1 - len, passed);
		if (n <= 0)
			return false;
		len += n;
		line[len] = 0;
		if (line[len - 1] == '\n') {
			line[len - 1] = 0;
			return true;
		}
	}
	return false;
}

/* True: the descriptors are somebody else's now. */
static bool take(struct control_server *s, const char *verb, const char *arg,
		 int fd, int passed)
{
	return s->ops->take && s->ops->take(s->opaque, verb, arg, fd, passed);
}

static void answer(struct control_server *s, int fd, const char *verb,
		   const char *arg)
{
	const char *reason;
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	out = open_memstream(&text, &len);
	if (!out)
		return;
	reason = s->ops->handle(s->opaque, verb, arg, out);
	if (reason)
		fprintf(out, "error %s\n", reason);
	else
		fputs("ok\n", out);
	if (!fclose(out))
		send_all(fd, text, len);
	free(text);
}

void control_serve(struct control_server *s)
{
	char line[REQUEST_MAX], *arg;
	int fd, passed = -1;

	fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	limit_time(fd, SERVE_MS);
	if (receive_line(fd, line, sizeof(line), &passed)) {
		arg = strchr(line, ' ');
		if (arg)
			*arg++ = 0;
		else
			arg = line + strlen(line);
		if (take(s, line, arg, fd, passed))
			return;
		answer(s, fd, line, arg);
	}
	if (passed >= 0)
		close(passed);
	close(fd);
}

void control_close(struct control_server *s)
{
	if (!s)
		return;
	if (s->addr.sun_path[0])
		unlink(s->addr.sun_path);
	close(s->fd);
	free(s);
}
