// SPDX-License-Identifier: GPL-2.0
/* Reading and writing a saved domain. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../util.h"
#include "format.h"
#include "stream.h"

/* Between two calls of progress(). */
#define PROGRESS_STEP	(4ULL << 20)

void stream_init(struct stream *s, int fd, const char *name)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->stop_fd = -1;
	s->name = name;
	s->record = "header";
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		s->size = st.st_size;
}

void stream_enter(struct stream *s, const char *record)
{
	s->record = record;
	s->at = s->offset;
}

int stream_bad(const struct stream *s, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err("%s: %s at offset %llu: %s", s->name, s->record,
	    (unsigned long long)s->at, text);
	return -1;
}

static void advance(struct stream *s, uint64_t n)
{
	uint64_t before = s->offset / PROGRESS_STEP;

	s->offset += n;
	if (s->progress && s->offset / PROGRESS_STEP != before)
		s->progress(s->opaque, s->offset);
}

/* Past the first N bytes. */
static void consume(struct iovec **iov, int *nr, size_t n)
{
	while (*nr && n >= (*iov)->iov_len) {
		n -= (*iov)->iov_len;
		(*iov)++;
		(*nr)--;
	}
	if (*nr) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + n;
		(*iov)->iov_len -= n;
	}
}

static int some(const struct iovec *iov, int nr)
{
	return nr < 1024 ? nr : 1024;	/* IOV_MAX */
}

int stream_readv(struct stream *s, struct iovec *iov, int nr)
{
	ssize_t n;

	consume(&iov, &nr, 0);
	while (nr) {
		n = readv(s->fd, iov, some(iov, nr));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return stream_bad(s, "cannot read: %s",
					  strerror(errno));
		if (!n)
			return stream_bad(s, "it ends at offset %llu, too early",
					  (unsigned long long)s->offset);
		advance(s, n);
		consume(&iov, &nr, n);
	}
	return 0;
}

int stream_read(struct stream *s, void *to, size_t len)
{
	struct iovec iov = { to, len };

	return stream_readv(s, &iov, 1);
}

int stream_skip(struct stream *s, uint64_t len)
{
	char waste[4096];
	size_t n;

	for (; len; len -= n) {
		n = len < sizeof(waste) ? len : sizeof(waste);
		if (stream_read(s, waste, n))
			return -1;
	}
	return 0;
}

/* A pipe is full.  False: somebody wants us to give up. */
static bool may_write(const struct stream *s)
{
	struct pollfd fds[] = {
		{ .fd = s->fd, .events = POLLOUT },
		{ .fd = s->stop_fd, .events = POLLIN },
	};

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	return !fds[1].revents;
}

/* A file never fills up as a pipe does. */
static bool shall_stop(const struct stream *s)
{
	struct pollfd pfd = { .fd = s->stop_fd, .events = POLLIN };

	return s->stop_fd >= 0 && poll(&pfd, 1, 0) > 0;
}

int stream_writev(struct stream *s, struct iovec *iov, int nr)
{
	bool stop = shall_stop(s);
	ssize_t n;

	consume(&iov, &nr, 0);
	while (nr) {
		errno = ECANCELED;
		n = stop ? -1 : writev(s->fd, iov, some(iov, nr));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (may_write(s))
				continue;
			errno = ECANCELED;
		}
		if (n < 0) {
			err("%s: cannot write: %s", s->name, strerror(errno));
			return -1;
		}
		advance(s, n);
		consume(&iov, &nr, n);
	}
	return 0;
}

int stream_write(struct stream *s, const void *from, size_t len)
{
	struct iovec iov = { (void *)from, len };

	return stream_writev(s, &iov, 1);
}

int stream_write_split(struct stream *s, uint32_t type, const void *head,
		       size_t head_len, const void *body, size_t len)
{
	static const char zero[8];
	struct record_header h = { .type = type, .length = head_len + len };
	struct iovec iov[] = {
		{ &h, sizeof(h) },
		{ (void *)head, head_len },
		{ (void *)body, len },
		{ (void *)zero, -h.length & 7 },
	};

	return stream_writev(s, iov, ARRAY_SIZE(iov));
}

int stream_write_record(struct stream *s, uint32_t type, const void *body,
			size_t len)
{
	return stream_write_split(s, type, NULL, 0, body, len);
}
