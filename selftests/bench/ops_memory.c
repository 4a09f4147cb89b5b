// SPDX-License-Identifier: GPL-2.0
/* What changes page tables. */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "ops.h"

#define PAGE		4096UL
#define SMALL		(16 * PAGE)
#define PROTECTED	(64 * PAGE)
#define BIG		(64UL << 20)

static char *memory;
static size_t mapped;
static pid_t other;

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(char *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += PAGE)
		((volatile char *)p)[i] = 1;
}

static void begin_memory(size_t size)
{
	memory = map(size);
	mapped = size;
	touch(memory, size);
}

void end_memory(void)
{
	munmap(memory, mapped);
}

void op_page_fault(int n)
{
	char *p = map(n * PAGE);

	touch(p, n * PAGE);
	munmap(p, n * PAGE);
}

/* The other process keeps its pages, so each is copied at the first write. */
void begin_cow(int n)
{
	begin_memory(n * PAGE);
	other = fork();
	if (other < 0)
		die("fork");
	while (!other)
		pause();
}

void op_cow_fault(int n)
{
	touch(memory, n * PAGE);
}

void end_cow(void)
{
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	end_memory();
}

void op_mmap(int n)
{
	while (n--) {
		char *p = map(SMALL);

		touch(p, PAGE);
		munmap(p, SMALL);
	}
}

void begin_mprotect(int n)
{
	(void)n;
	begin_memory(PROTECTED);
}

/* There and back are two. */
void op_mprotect(int n)
{
	while (n-- > 0)
		mprotect(memory, PROTECTED,
			 n & 1 ? PROT_READ : PROT_READ | PROT_WRITE);
}

void begin_big_fork(int n)
{
	(void)n;
	begin_memory(BIG);
}

void op_big_fork(int n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}
