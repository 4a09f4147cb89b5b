/* SPDX-License-Identifier: GPL-2.0 */
/* What is measured.  Each function does its operation N times. */
#ifndef BENCH_OPS_H
#define BENCH_OPS_H

/* ops_kernel.c: ways into the kernel and back */
void op_nothing(int n);
void op_getppid(int n);
void op_read(int n);
void op_clock_vdso(int n);
void op_clock_syscall(int n);
void op_sched_yield(int n);
void op_signal(int n);
void op_int80(int n);
void begin_read(int n);
void begin_signal(int n);
void end_file(void);

/* ops_memory.c: page tables */
void op_page_fault(int n);
void op_cow_fault(int n);
void op_mmap(int n);
void op_mprotect(int n);
void op_big_fork(int n);
void begin_cow(int n);
void begin_mprotect(int n);
void begin_big_fork(int n);
void end_cow(void);
void end_memory(void);

/* ops_process.c: processes and threads */
extern const char *self;		/* this program's path */
void op_fork(int n);
void op_fork_exec(int n);
void op_pipe(int n);
void op_pipe_fpu(int n);
void op_thread(int n);
void begin_pipe(int n);
void begin_pipe_fpu(int n);
void end_pipe(void);

#endif
