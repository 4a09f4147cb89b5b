// SPDX-License-Identifier: GPL-2.0
/* xenstore on a UNIX socket. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../util.h"
#include "../vmm/log.h"
#include "../vmm/loop.h"
#include "socket.h"
#include "stream.h"

#define MAX_CLIENTS	64
/* With this much waiting for a client it hears of no more changes. */
#define OUT_MAX		(4 * 1024 * 1024)

struct client {
	struct client *next;
	struct xs_socket *socket;
	struct xs_stream stream;
	struct loop_source *source;
	int fd;
};

struct xs_socket {
	struct xs_server *server;
	struct loop *loop;
	struct loop_source *source;
	struct sockaddr_un addr;
	int fd;
	struct client *clients;
	unsigned int nr_clients;
};

static void client_close(struct client *c)
{
	struct xs_socket *k = c->socket;
	struct client **p;

	for (p = &k->clients; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	/* There is room again for one that waits. */
	if (k->nr_clients-- == MAX_CLIENTS)
		loop_set_events(k->source, EPOLLIN);
	loop_remove(c->source);
	close(c->fd);
	xs_stream_destroy(&c->stream);
	free(c);
}

static bool client_flush(struct client *c)
{
	const void *out;
	size_t len;
	ssize_t n;

	for (out = xs_stream_out(&c->stream, &len); len;
	     out = xs_stream_out(&c->stream, &len)) {
		n = send(c->fd, out, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			return false;
		xs_stream_sent(&c->stream, n);
	}
	/* One that does not read its answers may not ask for more. */
	loop_set_events(c->source,
			(xs_stream_may_take(&c->stream) ? EPOLLIN : 0) |
			(len ? EPOLLOUT : 0));
	return true;
}

static bool client_read(struct client *c)
{
	unsigned int served = 0;
	size_t room;
	void *to;
	ssize_t n;
	int ret;

	while (served < XS_BATCH && xs_stream_may_take(&c->stream)) {
		to = xs_stream_room(&c->stream, &room);
		n = recv(c->fd, to, room, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			return false;
		ret = xs_stream_came(&c->stream, n);
		if (ret < 0)
			return false;
		served += ret;
	}
	return true;
}

static void on_client(void *opaque, uint32_t events)
{
	struct client *c = opaque;
	bool alive = true;

	if (events & EPOLLIN)
		alive = client_read(c);
	else if (events & (EPOLLHUP | EPOLLERR))
		alive = false;
	if (!alive || !client_flush(c))
		client_close(c);
}

/* The socket's mode says so already, while it has it. */
static bool is_trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

static void on_accept(void *opaque, uint32_t events)
{
	struct xs_socket *k = opaque;
	struct client *c;
	int fd;

	fd = accept4(k->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (!is_trusted(fd)) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->socket = k;
	c->fd = fd;
	c->source = loop_add(k->loop, fd, EPOLLIN, on_client, c);
	if (!c->source) {
		close(fd);
		free(c);
		return;
	}
	xs_stream_init(&c->stream, k->server, 0, "a client of the socket",
		       OUT_MAX);
	c->next = k->clients;
	k->clients = c;
	if (++k->nr_clients == MAX_CLIENTS)
		loop_set_events(k->source, 0);
}

static int bind_private(int fd, const struct sockaddr_un *addr)
{
	mode_t old;
	int ret;

	unlink(addr->sun_path);
	old = umask(0177);
	ret = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
	umask(old);
	return ret;
}

struct xs_socket *xs_socket_listen(struct xs_server *s, struct loop *loop,
				   const char *path)
{
	struct xs_socket *k = xcalloc(1, sizeof(*k));

	k->server = s;
	k->loop = loop;
	k->addr.sun_family = AF_UNIX;
	k->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (strlen(path) >= sizeof(k->addr.sun_path)) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	strcpy(k->addr.sun_path, path);
	if (k->fd < 0 || bind_private(k->fd, &k->addr) || listen(k->fd, 16))
		goto fail;
	k->source = loop_add(loop, k->fd, EPOLLIN, on_accept, k);
	if (k->source)
		return k;
fail:
	err_sys("xenstore: cannot listen on %s", path);
	xs_socket_free(k);
	return NULL;
}

void xs_socket_flush(struct xs_socket *k)
{
	struct client *c, *next;

	for (c = k->clients; c; c = next) {
		next = c->next;
		if (!client_flush(c))
			client_close(c);
	}
}

void xs_socket_free(struct xs_socket *k)
{
	if (!k)
		return;
	/* Answers that are on their way, the end of a watched domain too. */
	xs_socket_flush(k);
	while (k->clients)
		client_close(k->clients);
	loop_remove(k->source);
	if (k->addr.sun_path[0])
		unlink(k->addr.sun_path);
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}
