// SPDX-License-Identifier: GPL-2.0
/* xenpv top: what domains use, in xentop's columns. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "control.h"
#include "domains.h"
#include "domlist.h"
#include "host.h"
#include "util.h"

#define MAX_DELAY	3600

static const char help[] =
"Usage: xenpv top [options]\n\n"
"Watch the domains: CPU time, memory, network, disks.  Where the output is no\n"
"terminal it is printed once.\n\n"
"  -b             Print one table after the other\n"
"  -d <seconds>   Time between two tables (3)\n"
"  -i <number>    End after so many\n"
"  -h, --help     Show this help\n\n"
"Keys: q ends it, any other shows the numbers of now.\n";

#define COLUMNS "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID"

struct sample {
	struct kvm_xenpv_info info;
	unsigned long long maxmem;
	unsigned int vbds, vifs;
	unsigned long long tx, rx, reads, writes, read_bytes, write_bytes;
};

struct table {
	struct sample *rows;
	size_t nr;
	struct timespec when;
};

/* One "DEVICE.COUNTER VALUE" line of the helper's. */
static void take_line(struct sample *s, const char *line)
{
	const struct {
		const char *name;
		unsigned long long *sum;
	} counters[] = {
		{ "tx_bytes", &s->tx },
		{ "rx_bytes", &s->rx },
		{ "reads", &s->reads },
		{ "writes", &s->writes },
		{ "read_bytes", &s->read_bytes },
		{ "write_bytes", &s->write_bytes },
	};
	const char *name = strchr(line, '.'), *value = strchr(line, ' ');
	size_t i;

	if (!value)
		return;
	if (!strncmp(line, "maxmem ", 7))
		s->maxmem = strtoull(value, NULL, 10);
	for (i = 0; name && i < ARRAY_SIZE(counters); i++) {
		size_t len = strlen(counters[i].name);

		if (strncmp(name + 1, counters[i].name, len) ||
		    name[1 + len] != ' ')
			continue;
		*counters[i].sum += strtoull(value, NULL, 10);
		s->vifs += i == 0;
		s->vbds += i == 2;
	}
}

static void ask_helper(struct sample *s)
{
	char *text = NULL, *line, *save;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	if (s->info.domid)
		control_ask(s->info.domid, "top", out);
	if (!fclose(out))
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			take_line(s, line);
	free(text);
}

static int read_table(struct table *t)
{
	struct domain_list list;
	size_t i;

	memset(t, 0, sizeof(*t));
	if (domlist_read(&list))
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &t->when);
	t->rows = xcalloc(list.nr, sizeof(*t->rows));
	t->nr = list.nr;
	for (i = 0; i < list.nr; i++) {
		t->rows[i].info = list.infos[i];
		t->rows[i].maxmem = list.infos[i].memory;
		ask_helper(&t->rows[i]);
	}
	domains_free(&list);
	return 0;
}

static const struct sample *find(const struct table *t, const struct sample *s)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (t->rows[i].info.domid == s->info.domid &&
		    t->rows[i].info.created == s->info.created)
			return &t->rows[i];
	return NULL;
}

static double cpu_percent(const struct table *old, const struct table *now,
			  const struct sample *s)
{
	const struct sample *before = find(old, s);
	double seconds = now->when.tv_sec - old->when.tv_sec +
			 (now->when.tv_nsec - old->when.tv_nsec) / 1e9;

	if (!before || seconds <= 0 || s->info.cpu_time < before->info.cpu_time)
		return 0;
	return (s->info.cpu_time - before->info.cpu_time) / 1e7 / seconds;
}

/* xentop's order is another than that of xl list; a crash is no shutdown. */
static void state_letters(const struct kvm_xenpv_info *info, char s[8])
{
	enum { RUNNING, BLOCKED, PAUSED, SHUTDOWN, REASON, DYING };
	char list[8];
	bool crashed;

	domain_state_letters(info, list);
	crashed = list[REASON] == 'c';
	s[0] = list[DYING];
	s[1] = crashed ? '-' : list[SHUTDOWN];
	s[2] = list[BLOCKED];
	s[3] = crashed ? 'c' : '-';
	s[4] = list[PAUSED];
	s[5] = list[RUNNING];
	s[6] = '\0';
}

static void print_row(FILE *out, const struct table *old,
		      const struct table *now, const struct sample *s,
		      unsigned long total_kb)
{
	char state[8];
	double total = total_kb ? total_kb : 1;

	state_letters(&s->info, state);
	fprintf(out, "%10.*s %s %10llu %6.1f %10llu %6.1f %10llu %9.1f ",
		KVM_XENPV_NAME_LEN, s->info.name, state,
		(unsigned long long)s->info.cpu_time / 1000000000ULL,
		cpu_percent(old, now, s),
		(unsigned long long)s->info.memory >> 10,
		(s->info.memory >> 10) * 100 / total, s->maxmem >> 10,
		(s->maxmem >> 10) * 100 / total);
	fprintf(out, "%5u %4u %8llu %8llu %4u %8u %8llu %8llu %10llu %10llu %4u",
		s->info.online_vcpus, s->vifs, s->tx >> 10, s->rx >> 10, s->vbds,
		0, s->reads, s->writes, s->read_bytes >> 9, s->write_bytes >> 9, 0);
}

static void print_batch(const struct table *old, const struct table *now)
{
	unsigned long total = host_meminfo("MemTotal:");
	size_t i;

	puts(COLUMNS);
	for (i = 0; i < now->nr; i++) {
		print_row(stdout, old, now, &now->rows[i], total);
		putchar('\n');
	}
	fflush(stdout);
}

/* ---- the screen ---- */

static struct termios saved;
static sigset_t waiting;	/* signals that are blocked while it waits */
static volatile sig_atomic_t is_raw;

static void leave_screen(void)
{
	static const char show[] = "\033[?25h\033[?1049l";

	if (!is_raw)
		return;
	is_raw = false;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	if (write(STDOUT_FILENO, show, sizeof(show) - 1) < 0)
		return;		/* there is nobody to tell */
}

static void on_signal(int sig)
{
	leave_screen();
	raise(sig);
}

static void on_resize(int sig)
{
	/* It ends the wait, that is all. */
	(void)sig;
}

/* One key at a time, nothing of it shown; another screen, no cursor. */
static bool enter_screen(void)
{
	struct sigaction end = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	struct sigaction resize = { .sa_handler = on_resize };
	struct termios raw;
	sigset_t set;

	if (tcgetattr(STDIN_FILENO, &saved))
		return false;
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGQUIT, &end, NULL);
	/* One that comes while a table is drawn counts when that is done. */
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &waiting);
	sigdelset(&waiting, SIGWINCH);
	sigaction(SIGWINCH, &resize, NULL);
	raw = saved;
	raw.c_lflag &= ~(ICANON | ECHO);
	is_raw = true;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs("\033[?1049h\033[?25l", stdout);
	return true;
}

static unsigned int count(const struct table *t, unsigned int position)
{
	unsigned int nr = 0;
	char state[8];
	size_t i;

	for (i = 0; i < t->nr; i++) {
		domain_state_letters(&t->rows[i].info, state);
		nr += state[position] != '-';
	}
	return nr;
}

/* A line that is no longer than the screen is wide, and its end. */
static void put_line(const char *text, unsigned int width)
{
	printf("%.*s\033[K\r\n", (int)width, text);
}

static void put_head(const struct table *t, unsigned int width)
{
	unsigned long total = host_meminfo("MemTotal:");
	unsigned long available = host_meminfo("MemAvailable:");
	char line[256], when[16];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%T", &tm);
	snprintf(line, sizeof(line), "xenpv top - %s", when);
	put_line(line, width);
	snprintf(line, sizeof(line),
		 "%zu domains: %u running, %u blocked, %u paused, %u crashed or shut down, %u dying",
		 t->nr, count(t, 0), count(t, 1), count(t, 2), count(t, 3),
		 count(t, 5));
	put_line(line, width);
	snprintf(line, sizeof(line),
		 "Mem: %luk total, %luk used, %luk free    CPUs: %ld", total,
		 total - available, available, sysconf(_SC_NPROCESSORS_ONLN));
	put_line(line, width);
}

/* The row as text: a line must not wrap. */
static void put_row(const struct table *old, const struct table *now,
		    const struct sample *s, unsigned long total,
		    unsigned int width)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	print_row(out, old, now, s, total);
	if (!fclose(out))
		put_line(text, width);
	free(text);
}

static void draw(const struct table *old, const struct table *now)
{
	unsigned long total = host_meminfo("MemTotal:");
	struct winsize size = { 0 };
	unsigned int width, room;
	size_t i;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	width = size.ws_col;
	room = size.ws_row > 6 ? size.ws_row - 5 : 1;
	fputs("\033[H", stdout);
	put_head(now, width);
	fputs("\033[7m", stdout);
	put_line(COLUMNS, width);
	fputs("\033[0m", stdout);
	for (i = 0; i < now->nr && i < room; i++)
		put_row(old, now, &now->rows[i], total, width);
	fputs("\033[J", stdout);
	fflush(stdout);
}

/* True: go on. */
static bool wait_key(unsigned int seconds)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	const struct timespec delay = { .tv_sec = seconds };
	char key;

	if (ppoll(&pfd, 1, &delay, &waiting) <= 0)
		return true;
	return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q' &&
	       key != 3;
}

struct options {
	bool batch;
	unsigned int delay, rounds;	/* rounds 0: without end */
};

static int watch(const struct options *o)
{
	struct table old = { 0 }, now;
	unsigned int round = 0;
	bool screen = false;
	int ret = 0;

	while (!ret) {
		ret = read_table(&now);
		if (ret)
			break;
		/* Not before: what is wrong would be said on that screen. */
		if (!round && !o->batch)
			screen = enter_screen();
		if (screen)
			draw(&old, &now);
		else
			print_batch(&old, &now);
		free(old.rows);
		old = now;
		if (++round == o->rounds || ferror(stdout))
			break;
		if (screen && !wait_key(o->delay))
			break;
		if (!screen)
			sleep(o->delay);
	}
	free(old.rows);
	leave_screen();
	return ret;
}

static bool number(const char *text, unsigned int max, unsigned int *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*value = n;
	return end != text && !*end && *text != '-' && n && n <= max;
}

int cmd_top(int argc, char **argv)
{
	struct options o = { .delay = 3 };
	int opt;

	while ((opt = cmd_getopt(argc, argv, "bd:hi:", NULL, help)) != -1) {
		switch (opt) {
		case 'b':
			o.batch = true;
			break;
		case 'd':
			if (number(optarg, MAX_DELAY, &o.delay))
				break;
			err("top: -d '%s' is not a number from 1 to %u", optarg,
			    MAX_DELAY);
			return EXIT_USAGE;
		case 'i':
			if (number(optarg, 1000000, &o.rounds))
				break;
			err("top: -i '%s' is not a number from 1 to 1000000",
			    optarg);
			return EXIT_USAGE;
		case CMD_HELP:
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		err("top: takes no arguments (xenpv top --help)");
		return EXIT_USAGE;
	}
	if (!o.batch && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))) {
		o.batch = true;
		o.rounds = o.rounds ? o.rounds : 1;
	}
	return watch(&o) ? EXIT_FAILURE : EXIT_SUCCESS;
}
