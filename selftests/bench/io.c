// SPDX-License-Identifier: GPL-2.0
/*
 * io - what disk and network operations cost: PID 1 of a guest with a disk and
 * a network card of whichever kind, and (--serve) its peer on the host.
 *
 * The disk operations are one request at a time, past the page cache.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frame.h"

#define HOST	"10.77.0.1"
#define GUEST	"10.77.0.2"
#define PORT	7777
#define SEGMENT	1448		/* TCP's payload at MTU 1500 */
#define CHUNK	65536

static char buf[CHUNK] __attribute__((aligned(4096)));
static int disk = -1, sock = -1;
static unsigned int seed = 1, next;

static void rand_read(int n)
{
	while (n--) {
		seed = seed * 1103515245 + 12345;
		if (pread(disk, buf, 4096, (seed >> 8) % 4096 * 4096L) != 4096)
			die("read");
	}
}

static void seq_read(int n)
{
	while (n--)
		if (pread(disk, buf, CHUNK, next++ % 256 * CHUNK) != CHUNK)
			die("read");
}

static void seq_write(int n)
{
	while (n--)
		if (pwrite(disk, buf, CHUNK, next++ % 256 * CHUNK) != CHUNK)
			die("write");
}

/* So many bytes to the peer, or, less than none, from it. */
static void ask_peer(long bytes)
{
	char head[32];

	snprintf(head, sizeof(head), "%-31ld", bytes);
	if (write(sock, head, sizeof(head)) != sizeof(head))
		die("send");
}

/* The peer answers a byte when it has it all. */
static void tcp_send(int n)
{
	long left = (long)n * SEGMENT;
	ssize_t done;

	ask_peer(left);
	for (; left > 0; left -= done) {
		done = write(sock, buf, left < CHUNK ? left : CHUNK);
		if (done <= 0)
			die("send");
	}
	if (read(sock, buf, 1) != 1)
		die("receive");
}

static void tcp_receive(int n)
{
	long left = (long)n * SEGMENT;
	ssize_t done;

	ask_peer(-left);
	for (; left > 0; left -= done) {
		done = read(sock, buf, left < CHUNK ? left : CHUNK);
		if (done <= 0)
			die("receive");
	}
}

static const struct op disk_ops[] = {
	{ "read_4k_random", rand_read, 500 },
	{ "read_64k", seq_read, 200 },
	{ "write_64k", seq_write, 200 },
};

static const struct op net_ops[] = {
	{ "tcp_segment_out", tcp_send, 10000 },
	{ "tcp_segment_in", tcp_receive, 10000 },
};

/* /modules/00-first.ko and so on, in order of their names. */
static void load_modules(void)
{
	struct dirent **names;
	char path[300];
	int i, fd, nr = scandir("/modules", &names, NULL, alphasort);

	for (i = 0; i < nr; i++) {
		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) &&
			       errno != ENODEV && errno != EEXIST))
			die(path);
		close(fd);
	}
}

static void find_disk(void)
{
	static const char *const names[] = { "/dev/xvda", "/dev/vda" };
	int tries, i;

	for (tries = 0; tries < 100; tries++) {
		for (i = 0; i < 2; i++) {
			disk = open(names[i], O_RDWR | O_DIRECT);
			if (disk >= 0)
				return;
		}
		usleep(100000);
	}
	die("no disk");
}

static void set_address(int s, unsigned long what, struct ifreq *req,
			const char *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&req->ifr_addr;

	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	if (ioctl(s, what, req))
		die("address");
}

static void connect_to_host(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	struct ifreq req = { .ifr_name = "eth0" };
	int s = socket(AF_INET, SOCK_STREAM, 0), tries;

	for (tries = 0; ioctl(s, SIOCGIFFLAGS, &req); tries++) {
		if (tries == 100)
			die("no eth0");
		usleep(100000);
	}
	set_address(s, SIOCSIFADDR, &req, GUEST);
	set_address(s, SIOCSIFNETMASK, &req, "255.255.255.0");
	if (ioctl(s, SIOCGIFFLAGS, &req))
		die("flags");
	req.ifr_flags |= IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &req))
		die("up");
	inet_pton(AF_INET, HOST, &to.sin_addr);
	for (tries = 0; connect(s, (struct sockaddr *)&to, sizeof(to)); tries++) {
		if (tries == 100)
			die("connect");
		close(s);
		usleep(200000);
		s = socket(AF_INET, SOCK_STREAM, 0);
	}
	sock = s;
}

static void serve_one(int s)
{
	char head[32];
	ssize_t done;
	long left;

	while (recv(s, head, sizeof(head), MSG_WAITALL) == sizeof(head)) {
		left = atol(head);
		while (left > 0) {
			done = read(s, buf, left < CHUNK ? left : CHUNK);
			if (done <= 0)
				return;
			left -= done;
			if (!left && write(s, "", 1) != 1)
				return;
		}
		while (left < 0) {
			done = write(s, buf, -left < CHUNK ? -left : CHUNK);
			if (done <= 0)
				return;
			left += done;
		}
	}
}

static int serve(void)
{
	struct sockaddr_in on = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int one = 1, l = socket(AF_INET, SOCK_STREAM, 0), s;

	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l, (struct sockaddr *)&on, sizeof(on)) || listen(l, 4))
		die("listen");
	/* A process for each: a guest may go without closing its connection. */
	signal(SIGCHLD, SIG_IGN);
	while ((s = accept(l, NULL, NULL)) >= 0) {
		if (!fork()) {
			serve_one(s);
			return 0;
		}
		close(s);
	}
	return 1;
}

/* io=KIND on the kernel's command line reaches our environment; none: all. */
static bool wanted(const char *kind)
{
	const char *io = getenv("io");

	return !io || !strcmp(io, kind);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--serve"))
		return serve();
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	load_modules();
	printf("bench-start\n");
	if (wanted("disk")) {
		find_disk();
		run_ops(disk_ops, ARRAY_SIZE(disk_ops));
	}
	if (wanted("net")) {
		connect_to_host();
		run_ops(net_ops, ARRAY_SIZE(net_ops));
	}
	printf("bench-done\n");
	sleep(1);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
