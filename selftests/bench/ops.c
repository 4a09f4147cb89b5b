// SPDX-License-Identifier: GPL-2.0
/* ops - what basic operations cost, the same static program everywhere. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "frame.h"
#include "ops.h"

static const struct op ops[] = {
	{ "nothing", op_nothing, 1 },
	{ "getppid", op_getppid, 10000 },
	{ "read", op_read, 10000, begin_read, end_file },
	{ "clock_vdso", op_clock_vdso, 10000 },
	{ "clock_syscall", op_clock_syscall, 10000 },
	{ "sched_yield", op_sched_yield, 10000 },
	{ "signal", op_signal, 2000, begin_signal },
	{ "int80", op_int80, 10000 },
	{ "page_fault", op_page_fault, 2000 },
	{ "cow_fault", op_cow_fault, 2000, begin_cow, end_cow },
	{ "mmap_munmap", op_mmap, 1000 },
	{ "mprotect", op_mprotect, 500, begin_mprotect, end_memory },
	{ "fork_exit_wait", op_fork, 100 },
	{ "fork_exec_wait", op_fork_exec, 50 },
	{ "big_fork", op_big_fork, 5, begin_big_fork, end_memory },
	{ "pipe", op_pipe, 1000, begin_pipe, end_pipe },
	{ "pipe_fpu", op_pipe_fpu, 1000, begin_pipe_fpu, end_pipe },
	{ "thread", op_thread, 200 },
};

/* As PID 1 of a guest it is all there is; elsewhere "--now" tells the time. */
int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--exit"))
		return 0;
	if (argc > 1 && !strcmp(argv[1], "--now")) {
		printf("%ld\n", now_ns());
		return 0;
	}
	self = argv[0];
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("bench-start\n");
	run_ops(ops, ARRAY_SIZE(ops));
	printf("bench-done\n");
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
