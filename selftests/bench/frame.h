/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measures operations one after the other.
 *
 * Under instruction counting one nanosecond of the clock is one instruction,
 * so the figures are exact counts; elsewhere they are times.  Each operation is
 * bracketed by marker lines, at which whoever runs this reads the exit
 * counters of the host.
 */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct op {
	const char *name;
	void (*run)(int n);	/* N times */
	int n;
	void (*begin)(int n);	/* what is not counted; or NULL */
	void (*end)(void);
};

long now_ns(void);
void die(const char *what) __attribute__((noreturn));
void run_ops(const struct op *ops, unsigned int nr);

#endif
