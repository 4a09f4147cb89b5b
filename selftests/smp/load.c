// SPDX-License-Identifier: GPL-2.0
/*
 * load SECONDS [offline]: what a parallel build does to a kernel, on all CPUs
 *
 * Runs inside a guest. On each CPU a worker forks, executes, maps, pipes and
 * signals; all CPUs together change one address space; pairs of neighbours wake
 * each other through pipes. With "offline" the CPUs but the first are taken off
 * and put back in turn. Whoever makes no progress for STALL seconds has lost a
 * wake-up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS	64
#define STALL		60
#define PAGE		4096UL

enum { BUILD, SHARED, RING, NR_KINDS };

static const char *const kinds[] = {
	"fork, exec, mmap, pipe and signal", "one address space", "wake the neighbour",
};

static struct {
	atomic_ulong count[NR_KINDS][MAX_CPUS];
	atomic_ulong failed;
	char what[128];
	atomic_bool stop;
} *all;

static int nr_cpus;

static void fail(const char *fmt, ...)
{
	va_list ap;

	if (atomic_fetch_add(&all->failed, 1))
		return;
	va_start(ap, fmt);
	vsnprintf(all->what, sizeof(all->what), fmt, ap);
	va_end(ap);
}

/* A CPU that is off at the moment takes nobody: any other will do. */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* --- fork, exec, mmap, pipe, signal --- */

static volatile sig_atomic_t signalled;

static void on_signal(int sig)
{
	signalled++;
}

/* What the worker executes: some memory, an answer through the pipe. */
static int child(void)
{
	size_t size = 64 * PAGE, i;
	unsigned char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int sum = 0;

	if (p == MAP_FAILED)
		return 1;
	for (i = 0; i < size; i += PAGE)
		p[i] = i / PAGE;
	if (mprotect(p, size / 2, PROT_READ))
		return 2;
	for (i = 0; i < size; i += PAGE)
		sum += p[i];
	munmap(p, size);
	kill(getppid(), SIGUSR1);
	return write(1, &sum, sizeof(sum)) == sizeof(sum) ? 0 : 3;
}

static bool build_once(void)
{
	static char *const args[] = { "load", "child", NULL };
	int before = signalled, status, fds[2];
	unsigned int sum = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(fds))
		return fail("pipe: %s", strerror(errno)), false;
	pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		close(fds[0]);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	close(fds[1]);
	if (pid < 0)
		return fail("fork: %s", strerror(errno)), false;
	do {
		n = read(fds[0], &sum, sizeof(sum));
	} while (n < 0 && errno == EINTR);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail("waitpid: %s", strerror(errno)), false;
	if (status || n != sizeof(sum) || sum != 64 * 63 / 2)
		return fail("child: status %#x, %zd bytes, %u", status, n, sum), false;
	if (signalled == before)
		return fail("a signal was lost"), false;
	return true;
}

static void build(int cpu)
{
	signal(SIGUSR1, on_signal);
	while (!all->stop) {
		pin(cpu);
		if (!build_once())
			return;
		atomic_fetch_add(&all->count[BUILD][cpu], 1);
	}
}

/* --- one address space --- */

#define SLOTS	32

static unsigned long *volatile slots[SLOTS];

/*
 * Maps a page, lets the other CPUs read it, and unmaps it. A page whose
 * mapping outlives the flush would show somebody else's magic.
 */
static void *shared_thread(void *arg)
{
	int cpu = (long)arg;
	unsigned long n = 0;

	while (!all->stop) {
		unsigned long *p, magic = (unsigned long)cpu << 56 | ++n;
		int i;

		pin(cpu);
		p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (p == MAP_FAILED)
			return fail("mmap: %s", strerror(errno)), NULL;
		*p = magic;
		mprotect(p, PAGE, PROT_READ);
		for (i = 0; i < 100; i++)
			if (*(volatile unsigned long *)p != magic)
				return fail("a page changed under its owner"), NULL;
		mprotect(p, PAGE, PROT_READ | PROT_WRITE);
		*p = ~magic;
		munmap(p, PAGE);
		atomic_fetch_add(&all->count[SHARED][cpu], 1);
	}
	return NULL;
}

static void shared(void)
{
	pthread_t threads[MAX_CPUS];
	int i;

	for (i = 0; i < nr_cpus; i++)
		if (pthread_create(&threads[i], NULL, shared_thread, (void *)(long)i))
			return fail("pthread_create");
	for (i = 0; i < nr_cpus; i++)
		pthread_join(threads[i], NULL);
}

/* --- a token that goes round, from CPU to CPU --- */

static void ring_member(int cpu, int from, int to)
{
	char token;

	while (read(from, &token, 1) == 1) {
		pin(cpu);
		atomic_fetch_add(&all->count[RING][cpu], 1);
		if (write(to, &token, 1) != 1)
			return;
	}
}

static int ring[MAX_CPUS][2];

static void ring_start(pid_t *pids)
{
	int i, j;

	for (i = 0; i < nr_cpus; i++)
		if (pipe(ring[i]))
			return fail("pipe: %s", strerror(errno));
	for (i = 0; i < nr_cpus; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		for (j = 0; j < nr_cpus; j++) {
			if (j != i)
				close(ring[j][0]);
			if (j != (i + 1) % nr_cpus)
				close(ring[j][1]);
		}
		ring_member(i, ring[i][0], ring[(i + 1) % nr_cpus][1]);
		_exit(0);
	}
	if (write(ring[0][1], "t", 1) != 1)
		fail("the ring does not start");
}

/* --- CPUs off and on --- */

static unsigned long offlined;

static bool set_online(int cpu, bool on)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	ret = write(fd, on ? "1" : "0", 1);
	close(fd);
	return ret == 1;
}

static void off_and_on(void)
{
	static int cpu;

	cpu = cpu % (nr_cpus - 1) + 1;
	if (!set_online(cpu, false) || !set_online(cpu, true))
		fail("CPU %d: cannot be taken off and put back: %s", cpu, strerror(errno));
	else
		offlined++;
}

/* --- the watch --- */

static bool watch(int seconds, bool offline)
{
	unsigned long last[NR_KINDS][MAX_CPUS] = { 0 };
	time_t moved[NR_KINDS][MAX_CPUS], now, end;
	int k, i;

	now = time(NULL);
	end = now + seconds;
	for (k = 0; k < NR_KINDS; k++)
		for (i = 0; i < nr_cpus; i++)
			moved[k][i] = now;
	while ((now = time(NULL)) < end && !all->failed) {
		sleep(1);
		if (offline && nr_cpus > 1)
			off_and_on();
		for (k = 0; k < NR_KINDS; k++)
			for (i = 0; i < nr_cpus; i++) {
				unsigned long n = all->count[k][i];

				if (n != last[k][i]) {
					last[k][i] = n;
					moved[k][i] = now;
				} else if (now - moved[k][i] > STALL) {
					fail("stall: %s, CPU %d, after %lu", kinds[k], i, n);
				}
			}
	}
	return !all->failed;
}

static int result;

static void report(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("proof: %s: ", good ? "ok" : "FAILED");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good)
		result = 1;
}

static void totals(void)
{
	int k, i;

	for (k = 0; k < NR_KINDS; k++) {
		unsigned long least = ~0UL, sum = 0;

		for (i = 0; i < nr_cpus; i++) {
			unsigned long n = all->count[k][i];

			sum += n;
			least = n < least ? n : least;
		}
		report(least > 0, "%s on all CPUs", kinds[k]);
		printf("# %s: %lu, the least on a CPU %lu\n", kinds[k], sum, least);
	}
}

int main(int argc, char **argv)
{
	pid_t pids[2 * MAX_CPUS + 1], *p = pids;
	bool offline = argc > 2 && !strcmp(argv[2], "offline");
	int seconds = argc > 1 ? atoi(argv[1]) : 0, i;

	if (argc > 1 && !strcmp(argv[1], "child"))
		return child();
	if (seconds <= 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return 1;
	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (nr_cpus > MAX_CPUS)
		nr_cpus = MAX_CPUS;
	printf("# %d CPUs, %d seconds\n", nr_cpus, seconds);
	fflush(stdout);

	for (i = 0; i < nr_cpus; i++, p++) {
		*p = fork();
		if (!*p) {
			build(i);
			_exit(0);
		}
	}
	*p = fork();
	if (!*p) {
		shared();
		_exit(0);
	}
	p++;
	ring_start(p);
	p += nr_cpus;

	watch(seconds, offline);
	report(!all->failed, "no stall%s%s", all->failed ? ": " : "", all->what);
	totals();
	if (offline) {
		report(offlined > 0, "CPUs off and on");
		printf("# %lu times\n", offlined);
	}

	/* All of them can be woken to end. */
	all->stop = true;
	while (p-- > pids)
		if (*p > 0)
			kill(*p, SIGKILL);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	report(sysconf(_SC_NPROCESSORS_ONLN) == nr_cpus, "all CPUs are there at the end");
	return result;
}
