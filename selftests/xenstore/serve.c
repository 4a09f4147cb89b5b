// SPDX-License-Identifier: GPL-2.0
/*
 * serve SOCKET: xenstore on a socket, with domain 7 in it, for the stock tools.
 * What is written to /local/domain/7/say appears in /local/domain/7/heard by
 * the guest's own hand.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client.h"
#include "vmm/loop.h"
#include "xenstore/socket.h"

static struct xs_server *server;
static struct xs_socket *sock;
static struct client guest;
static int wake_fd;

static void on_wake(void *opaque)
{
	eventfd_write(wake_fd, 1);
}

static void on_event(void *opaque, uint32_t events)
{
	eventfd_t n;

	eventfd_read(wake_fd, &n);
	xs_server_deliver(server);
	xs_socket_flush(sock);
}

static void on_say(void *opaque, const char *path)
{
	char *said = xs_server_read(server, path, NULL);

	if (said)
		put(&guest, 0, "data/heard", said);
	free(said);
}

int main(int argc, char **argv)
{
	struct loop *loop = loop_new();

	if (argc != 2)
		errx(1, "usage: serve SOCKET");
	wake_fd = eventfd(0, EFD_NONBLOCK);
	server = xs_server_new();
	xs_server_on_wake(server, on_wake, NULL);
	client_open(&guest, server, 7);
	xs_server_write(server, "n0 r7", "/local/domain/7/name", "test");
	xs_server_write(server, "n7", "/local/domain/7/data", "%s", "");
	xs_server_write(server, "n0 r7", "/vm/some-uuid/name", "test");
	xs_server_watch(server, "/local/domain/7/say", on_say, NULL);
	loop_add(loop, wake_fd, EPOLLIN, on_event, NULL);
	sock = xs_socket_listen(server, loop, argv[1]);
	if (!sock)
		return 1;
	puts("ready");
	fflush(stdout);
	loop_run(loop);
	return 1;
}
