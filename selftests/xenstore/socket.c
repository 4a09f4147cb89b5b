// SPDX-License-Identifier: GPL-2.0
/* The socket: messages in pieces, too many of them, the wrong people. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "vmm/loop.h"
#include "xenstore/local.h"
#include "xenstore/proto.h"
#include "xenstore/socket.h"

FIXTURE(socket) {
	char dir[32];
	struct sockaddr_un addr;
	pid_t server;
};

static void serve(const char *path, int ready)
{
	struct xs_server *s = xs_server_new();
	struct loop *loop = loop_new();

	xs_server_write(s, NULL, "/name", "value");
	if (!xs_socket_listen(s, loop, path) || write(ready, "1", 1) != 1)
		_exit(1);
	loop_run(loop);
	_exit(1);
}

FIXTURE_SETUP(socket)
{
	int ready[2];
	char c;

	strcpy(self->dir, "/tmp/xs-socket.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	chmod(self->dir, 0755);
	memset(&self->addr, 0, sizeof(self->addr));
	self->addr.sun_family = AF_UNIX;
	snprintf(self->addr.sun_path, sizeof(self->addr.sun_path), "%s/s",
		 self->dir);
	ASSERT_EQ(0, pipe(ready));
	self->server = fork();
	if (!self->server)
		serve(self->addr.sun_path, ready[1]);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &c, 1));
	close(ready[0]);
}

FIXTURE_TEARDOWN(socket)
{
	/* It has not died of anything else. */
	EXPECT_EQ(0, waitpid(self->server, NULL, WNOHANG));
	kill(self->server, SIGKILL);
	waitpid(self->server, NULL, 0);
	unlink(self->addr.sun_path);
	rmdir(self->dir);
}

static int connect_to(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return fd;
	close(fd);
	return -1;
}

static size_t read_request(char *to, const char *path)
{
	struct xsd_sockmsg hdr = {
		.type = XS_READ, .req_id = 5, .len = strlen(path) + 1,
	};

	memcpy(to, &hdr, sizeof(hdr));
	memcpy(to + sizeof(hdr), path, hdr.len);
	return sizeof(hdr) + hdr.len;
}

/* A reply; its body's length or -1. */
static int reply(int fd, char body[XENSTORE_PAYLOAD_MAX])
{
	struct xsd_sockmsg hdr;

	if (recv(fd, &hdr, sizeof(hdr), MSG_WAITALL) != sizeof(hdr) ||
	    recv(fd, body, hdr.len, MSG_WAITALL) != hdr.len)
		return -1;
	return hdr.type == XS_READ && hdr.req_id == 5 ? (int)hdr.len : -1;
}

TEST_F(socket, byte_by_byte)
{
	char msg[64], body[XENSTORE_PAYLOAD_MAX];
	int fd = connect_to(&self->addr);
	size_t len = read_request(msg, "/name"), i;

	ASSERT_LE(0, fd);
	for (i = 0; i < len; i++) {
		ASSERT_EQ(1, send(fd, msg + i, 1, 0));
		usleep(1000);
	}
	EXPECT_EQ(5, reply(fd, body));
	EXPECT_EQ(0, memcmp(body, "value", 5));
	close(fd);
}

/* Answers that nobody reads stop the questions, and are not lost. */
TEST_F(socket, slow_reader)
{
	char msg[64], body[XENSTORE_PAYLOAD_MAX];
	int fd = connect_to(&self->addr), sent = 0, i;
	size_t len = read_request(msg, "/name");

	ASSERT_LE(0, fd);
	while (sent < 1000000 && !usleep(sent % 1000 ? 0 : 1000)) {
		if (send(fd, msg, len, MSG_DONTWAIT) != (ssize_t)len)
			break;
		sent++;
	}
	EXPECT_LT(sent, 1000000);
	for (i = 0; i < sent; i++)
		ASSERT_EQ(5, reply(fd, body));
	close(fd);
}

TEST_F(socket, too_long)
{
	struct xsd_sockmsg hdr = {
		.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1,
	};
	char msg[64], body[XENSTORE_PAYLOAD_MAX];
	int fd = connect_to(&self->addr), other = connect_to(&self->addr);

	ASSERT_EQ(sizeof(hdr), send(fd, &hdr, sizeof(hdr), 0));
	EXPECT_EQ(0, recv(fd, body, 1, 0));
	send(other, msg, read_request(msg, "/name"), 0);
	EXPECT_EQ(5, reply(other, body));
	close(fd);
	close(other);
}

TEST_F(socket, rubbish)
{
	unsigned char junk[10000];
	unsigned int seed = 1, i, j;
	char msg[64], body[XENSTORE_PAYLOAD_MAX];
	int fd;

	for (i = 0; i < 200; i++) {
		for (j = 0; j < sizeof(junk); j++)
			junk[j] = rand_r(&seed);
		/* Often a header that makes some sense. */
		if (i % 4) {
			memset(junk, 0, 16);
			junk[0] = i % 30;
			junk[12] = junk[17];
		}
		fd = connect_to(&self->addr);
		ASSERT_LE(0, fd);
		send(fd, junk, sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
	}
	fd = connect_to(&self->addr);
	send(fd, msg, read_request(msg, "/name"), 0);
	EXPECT_EQ(5, reply(fd, body));
	close(fd);
}

/* What another user gets: errno of connect(), or -1 when it is hung up on. */
static int as_nobody(const struct sockaddr_un *addr)
{
	int status, fd;
	pid_t pid = fork();
	char c;

	if (!pid) {
		if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
			_exit(99);
		fd = connect_to(addr);
		if (fd < 0)
			_exit(errno);
		_exit(recv(fd, &c, 1, 0) == 0 ? 100 : 98);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

TEST_F(socket, others)
{
	if (geteuid())
		SKIP(return, "takes root");
	EXPECT_EQ(EACCES, as_nobody(&self->addr));
	/* Its mode is not all that there is. */
	chmod(self->addr.sun_path, 0666);
	EXPECT_EQ(100, as_nobody(&self->addr));
}

TEST_HARNESS_MAIN
