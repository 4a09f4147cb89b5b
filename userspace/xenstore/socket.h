/* SPDX-License-Identifier: GPL-2.0 */
/* xenstore on a UNIX socket: the transport of tools such as xenstore-ls. */
#ifndef XENPV_XENSTORE_SOCKET_H
#define XENPV_XENSTORE_SOCKET_H

struct loop;
struct xs_server;
struct xs_socket;

/*
 * Listen at PATH, for root and this process's own user: they have all rights.
 * NULL after one line on stderr.
 */
struct xs_socket *xs_socket_listen(struct xs_server *s, struct loop *loop,
				   const char *path);
/* Send what waits for clients. */
void xs_socket_flush(struct xs_socket *k);
void xs_socket_free(struct xs_socket *k);

#endif
