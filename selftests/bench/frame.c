// SPDX-License-Identifier: GPL-2.0
/* Measures operations one after the other. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

long now_ns(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

void run_ops(const struct op *ops, unsigned int nr)
{
	struct timespec settle = { .tv_nsec = 200000000 };
	unsigned int i;

	for (i = 0; i < nr; i++) {
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
}
