// SPDX-License-Identifier: GPL-2.0
/* Measures operations one after the other. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
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

void die(const char *what)
{
	printf("bench: %s: %s\n", what, strerror(errno));
	sleep(1);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	exit(1);
}

static long run_op(const struct op *op, int n)
{
	long start = now_ns();

	op->run(n);
	return now_ns() - start;
}

static void prepare(const struct op *op, int n)
{
	if (op->begin)
		op->begin(n);
}

static void clean_up(const struct op *op)
{
	if (op->end)
		op->end();
}

static void warm_up(const struct op *op)
{
	int n = op->n / 10 + 1;

	prepare(op, n);
	run_op(op, n);
	clean_up(op);
}

void run_ops(const struct op *ops, unsigned int nr)
{
	struct timespec settle = { .tv_nsec = 200000000 };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct op *op = &ops[i];
		long total;

		warm_up(op);
		prepare(op, op->n);
		printf("bench-begin %s\n", op->name);
		nanosleep(&settle, NULL);
		total = run_op(op, op->n);
		nanosleep(&settle, NULL);
		printf("bench-end %s %d %ld.%02ld\n", op->name, op->n,
		       total / op->n, total * 100 / op->n % 100);
		clean_up(op);
	}
}
