// SPDX-License-Identifier: GPL-2.0
/*
 * ops - what basic operations cost, the same static program everywhere.
 *
 * Under instruction counting one nanosecond of the clock is one instruction,
 * so the figures are exact counts; elsewhere they are times.  Each operation is
 * bracketed by marker lines, at which whoever runs this reads the exit
 * counters of the host.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static long now_ns(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* What the brackets themselves cost. */
static void op_nothing(int n)
{
	(void)n;
}

static void op_getppid(int n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void op_page_fault(int n)
{
	char *p = mmap(NULL, n * 4096L, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	madvise(p, n * 4096L, MADV_NOHUGEPAGE);
	for (i = 0; i < n; i++)
		p[i * 4096L] = 1;
	munmap(p, n * 4096L);
}

static void op_fork_wait(int n)
{
	while (n--) {
		pid_t pid = fork();
		int status;

		if (pid < 0) {
			perror("fork");
			exit(1);
		}
		if (!pid)
			_exit(0);
		waitpid(pid, &status, 0);
	}
}

static const struct {
	const char *name;
	void (*run)(int n);
	int n;
} ops[] = {
	{ "nothing", op_nothing, 1 },
	{ "getppid", op_getppid, 10000 },
	{ "page_fault", op_page_fault, 2000 },
	{ "fork_exit_wait", op_fork_wait, 100 },
};

/* As PID 1 of a guest it is all there is; elsewhere "--now" tells the time. */
int main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 1 && !strcmp(argv[1], "--now")) {
		printf("%ld\n", now_ns());
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("bench-start\n");
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		struct timespec settle = { .tv_nsec = 200000000 };
		long start, total;

		ops[i].run(ops[i].n / 10 + 1);	/* warm up */
		printf("bench-begin %s\n", ops[i].name);
		nanosleep(&settle, NULL);
		start = now_ns();
		ops[i].run(ops[i].n);
		total = now_ns() - start;
		nanosleep(&settle, NULL);
		printf("bench-end %s %d %ld.%02ld\n", ops[i].name, ops[i].n,
		       total / ops[i].n, total * 100 / ops[i].n % 100);
	}
	printf("bench-done\n");
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
