// SPDX-License-Identifier: GPL-2.0
/*
 * The only process of a guest that is saved and restored: keeps state in every
 * place it can think of, and says once a second whether all of it is still
 * there.  A thread for each CPU keeps the FPU busy.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES	(4 << 20)
#define SMALL_BYTES	(48 << 10)
#define MAX_CPUS	8

static struct worker {
	pthread_t thread;
	volatile unsigned long rounds, bad;
} workers[MAX_CPUS];

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void fill(uint64_t *data, size_t bytes, uint64_t seed)
{
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		data[i] = next(&seed);
}

static int is_filled(const uint64_t *data, size_t bytes, uint64_t seed)
{
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		if (data[i] != next(&seed))
			return 0;
	return 1;
}

/* The same every time: in x87 and SSE registers for most of the way. */
static double compute(unsigned int salt)
{
	long double a = 1.0L + salt, b = 0.5L;
	double x = 1.5 + salt, y = 0.25;
	int i;

	for (i = 0; i < 20000; i++) {
		a = a * 0.999999L + b;
		b = b * 1.000001L - a * 0.0000001L;
		x = x * 0.999999 + y;
		y = y * 1.000001 - x * 0.0000001;
	}
	return a + b + x + y;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int salt = w - workers;
	double first = compute(salt);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(salt, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (;;) {
		if (compute(salt) != first)
			w->bad++;
		w->rounds++;
		/* Somebody else shall have a turn, too. */
		if (w->rounds % 64 == 0)
			usleep(1000);
	}
	return NULL;
}

static int check_file(const char *path, void *buf)
{
	int fd = open(path, O_RDONLY), ok;

	ok = fd >= 0 && read(fd, buf, FILE_BYTES) == FILE_BYTES &&
	     is_filled(buf, FILE_BYTES, 42);
	close(fd);
	return ok;
}

static int check_deleted(int fd, void *buf)
{
	return pread(fd, buf, SMALL_BYTES, 0) == SMALL_BYTES &&
	       is_filled(buf, SMALL_BYTES, 43);
}

/* Out of it, and back into it. */
static int check_pipe(const int fds[2], void *buf)
{
	return read(fds[0], buf, SMALL_BYTES) == SMALL_BYTES &&
	       is_filled(buf, SMALL_BYTES, 44) &&
	       write(fds[1], buf, SMALL_BYTES) == SMALL_BYTES;
}

static void make(const char *path, void *buf, size_t bytes, uint64_t seed)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	fill(buf, bytes, seed);
	if (write(fd, buf, bytes) != (ssize_t)bytes)
		puts("WITNESS: cannot write");
	close(fd);
}

static const char *verdict(int ok)
{
	return ok ? "ok" : "BAD";
}

int main(void)
{
	int cpus, i, n, deleted, fds[2], con;
	unsigned long bad;
	void *buf = malloc(FILE_BYTES);
	struct timespec ts;

	mkdir("/dev", 0755);
	mkdir("/t", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("t", "/t", "tmpfs", 0, NULL);
	con = open("/dev/hvc0", O_RDWR);
	if (con >= 0) {
		dup2(con, 1);
		dup2(con, 2);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (cpus > MAX_CPUS)
		cpus = MAX_CPUS;
	make("/t/file", buf, FILE_BYTES, 42);
	make("/t/deleted", buf, SMALL_BYTES, 43);
	deleted = open("/t/deleted", O_RDONLY);
	unlink("/t/deleted");
	if (pipe(fds))
		return 1;
	fill(buf, SMALL_BYTES, 44);
	if (write(fds[1], buf, SMALL_BYTES) != SMALL_BYTES)
		return 1;
	for (i = 0; i < cpus; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);

	for (n = 0;; n++) {
		for (i = 0, bad = 0; i < cpus; i++)
			bad += workers[i].bad;
		clock_gettime(CLOCK_MONOTONIC, &ts);
		printf("COUNT %d file=%s del=%s pipe=%s bad=%lu cpus=%ld mono=%ld.%ld w=",
		       n, verdict(check_file("/t/file", buf)),
		       verdict(check_deleted(deleted, buf)),
		       verdict(check_pipe(fds, buf)), bad,
		       sysconf(_SC_NPROCESSORS_ONLN), (long)ts.tv_sec,
		       ts.tv_nsec / 100000000);
		for (i = 0; i < cpus; i++)
			printf("%s%lu", i ? "," : "", workers[i].rounds);
		putchar('\n');
		sleep(1);
	}
}
