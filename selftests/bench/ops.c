// SPDX-License-Identifier: GPL-2.0
/* ops - what basic operations cost, the same static program everywhere. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"

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

static const struct op ops[] = {
	{ "nothing", op_nothing, 1 },
	{ "getppid", op_getppid, 10000 },
	{ "page_fault", op_page_fault, 2000 },
	{ "fork_exit_wait", op_fork_wait, 100 },
};

/* As PID 1 of a guest it is all there is; elsewhere "--now" tells the time. */
int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--now")) {
		printf("%ld\n", now_ns());
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("bench-start\n");
	run_ops(ops, ARRAY_SIZE(ops));
	printf("bench-done\n");
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
