// SPDX-License-Identifier: GPL-2.0
/* Ways into the kernel and back. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "ops.h"

static int fd;

/* What the brackets themselves cost. */
void op_nothing(int n)
{
	(void)n;
}

void op_getppid(int n)
{
	while (n--)
		syscall(SYS_getppid);
}

/* As PID 1 there is no /dev. */
void begin_read(int n)
{
	(void)n;
	mknod("/bench-zero", S_IFCHR | 0400, makedev(1, 5));
	fd = open("/bench-zero", O_RDONLY);
	if (fd < 0)
		die("/bench-zero");
}

void op_read(int n)
{
	char c;

	while (n--)
		if (read(fd, &c, 1) != 1)
			die("read");
}

void end_file(void)
{
	close(fd);
	unlink("/bench-zero");
}

void op_clock_vdso(int n)
{
	struct timespec ts;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &ts);
}

void op_clock_syscall(int n)
{
	struct timespec ts;

	while (n--)
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
}

void op_sched_yield(int n)
{
	while (n--)
		sched_yield();
}

static void on_signal(int sig)
{
	(void)sig;
}

void begin_signal(int n)
{
	(void)n;
	signal(SIGUSR1, on_signal);
}

void op_signal(int n)
{
	pid_t pid = getpid();

	while (n--)
		kill(pid, SIGUSR1);
}

/* As a 32-bit process has it: getppid is number 64 there. */
void op_int80(int n)
{
	long ret;

	while (n--)
		asm volatile("int $0x80" : "=a" (ret) : "0" (64L)
			     : "memory", "r8", "r9", "r10", "r11");
}
