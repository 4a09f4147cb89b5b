// SPDX-License-Identifier: GPL-2.0
/*
 * output.c - the console ring, printf, TAP
 */
#include "guest.h"

bool hasty;

static unsigned int tests, failures;

/* --- the C library's four --- */

void *memset(void *p, int c, size_t n)
{
	void *q = p;

	asm volatile("rep stosb" : "+D" (q), "+c" (n) : "a" (c) : "memory");
	return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *q = to;

	asm volatile("rep movsb" : "+D" (q), "+S" (from), "+c" (n) : : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~0UL);
}

/* --- formatting: %d %u %x %c %s %p, with l, ll, width and 0 --- */

int vformat(char *buf, int size, const char *fmt, va_list ap)
{
	int n = 0;

#define PUT(c) do { if (n < size - 1) buf[n] = (c); n++; } while (0)
	for (; *fmt; fmt++) {
		char digits[24], pad = ' ';
		int width = 0, len = 0, longs = 0;
		bool negative = false;
		unsigned int base = 10;
		const char *s;
		u64 v;

		if (*fmt != '%') {
			PUT(*fmt);
			continue;
		}
		fmt++;
		if (*fmt == '0')
			pad = '0';
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';
		while (*fmt == 'l') {
			longs++;
			fmt++;
		}
		switch (*fmt) {
		case 'd':
			v = longs ? va_arg(ap, s64) : va_arg(ap, int);
			negative = (s64)v < 0;
			if (negative)
				v = -v;
			break;
		case 'p':
			PUT('0');
			PUT('x');
			longs = 1;
			/* fall through */
		case 'x':
			base = 16;
			/* fall through */
		case 'u':
			v = longs ? va_arg(ap, u64) : va_arg(ap, unsigned int);
			break;
		case 'c':
			PUT((char)va_arg(ap, int));
			continue;
		case 's':
			s = va_arg(ap, const char *);
			for (; *s; s++)
				PUT(*s);
			continue;
		default:
			PUT(*fmt);
			continue;
		}
		do {
			digits[len++] = "0123456789abcdef"[v % base];
			v /= base;
		} while (v);
		if (negative)
			digits[len++] = '-';
		for (width -= len; width > 0; width--)
			PUT(pad);
		while (len)
			PUT(digits[--len]);
	}
#undef PUT
	if (size > 0)
		buf[n < size - 1 ? n : size - 1] = 0;
	return n;
}

int format(char *buf, int size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vformat(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

/* --- the console --- */

static struct xencons_interface *console(void)
{
	static struct xencons_interface *ring;

	if (!ring && start_info)
		ring = mfn_to_virt(console_info->mfn);
	return ring;
}

static void notify(void)
{
	struct evtchn_send send = { .port = console_info->evtchn };

	hypercall(event_channel_op, EVTCHNOP_send, &send);
}

/* A moment for whoever reads the ring; touches no event state. */
static void pause_a_moment(void)
{
	evtchn_port_t port = console_info->evtchn;
	struct sched_poll poll = { .nr_ports = 1, .timeout = now() + 2000000 };

	set_xen_guest_handle(poll.ports, &port);
	/* Pending from before, it would return at once. */
	clear_pending(port);
	hypercall(sched_op, SCHEDOP_poll, &poll);
}

static void put(const char *s, size_t n)
{
	struct xencons_interface *ring = console();
	unsigned int stuck = 0;

	if (!ring) {
		hypercall(console_io, CONSOLEIO_write, n, s);
		return;
	}
	while (n) {
		XENCONS_RING_IDX cons = *(volatile XENCONS_RING_IDX *)&ring->out_cons;
		XENCONS_RING_IDX prod = ring->out_prod;

		barrier();
		if (prod - cons >= sizeof(ring->out)) {
			/* Nobody reads: 10 s are enough. */
			if (hasty || stuck++ > 5000)
				return;
			notify();
			pause_a_moment();
			continue;
		}
		ring->out[MASK_XENCONS_IDX(prod, ring->out)] = *s++;
		barrier();
		ring->out_prod = prod + 1;
		n--;
	}
	notify();
}

void drain(void)
{
	struct xencons_interface *ring = console();
	int tries;

	if (!ring || hasty)
		return;
	for (tries = 0; tries < 2000; tries++) {
		if (*(volatile XENCONS_RING_IDX *)&ring->out_cons == ring->out_prod)
			return;
		notify();
		pause_a_moment();
	}
}

bool await_key(void)
{
	struct xencons_interface *ring = console();
	int tries;

	for (tries = 0; ring && tries < 5000; tries++) {
		XENCONS_RING_IDX prod = *(volatile XENCONS_RING_IDX *)&ring->in_prod;

		if (prod != ring->in_cons) {
			ring->in_cons = prod;
			notify();
			return true;
		}
		pause_a_moment();
	}
	return false;
}

static void vsay(const char *prefix, const char *fmt, va_list ap)
{
	char line[400];
	int n, m;

	n = format(line, sizeof(line) - 1, "%s", prefix);
	m = vformat(line + n, sizeof(line) - 1 - n, fmt, ap);
	n += m;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	put(line, n);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("# ", fmt, ap);
	va_end(ap);
}

/* --- TAP --- */

static bool result(bool good, const char *fmt, va_list ap)
{
	char head[32];

	tests++;
	if (!good)
		failures++;
	format(head, sizeof(head), "%sok %u - ", good ? "" : "not ", tests);
	vsay(head, fmt, ap);
	return good;
}

bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(good, fmt, ap);
	va_end(ap);
	return good;
}

bool is(u64 got, u64 want, const char *fmt, ...)
{
	bool good = got == want;
	va_list ap;

	va_start(ap, fmt);
	result(good, fmt, ap);
	va_end(ap);
	if (!good)
		say("  got 0x%lx (%ld), want 0x%lx (%ld)", got, got, want, want);
	return good;
}

bool has(u64 got, u64 mask, u64 want, const char *fmt, ...)
{
	bool good = (got & mask) == want;
	va_list ap;

	va_start(ap, fmt);
	result(good, fmt, ap);
	va_end(ap);
	if (!good)
		say("  got 0x%lx, want 0x%lx under mask 0x%lx", got, want, mask);
	return good;
}

void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(true, fmt, ap);
	va_end(ap);
}

bool trapped(int got, int want, u64 error, const char *fmt, ...)
{
	bool good = got == want;
	va_list ap;

	if (good && error != ANY)
		good = seen.has_error && seen.error == error;
	va_start(ap, fmt);
	result(good, fmt, ap);
	va_end(ap);
	if (!good) {
		say("  got trap %d, want %d", got, want);
		if (got >= 0)
			say("  error 0x%lx (want 0x%lx) rip 0x%lx cr2 0x%lx",
			    seen.error, error, seen.rip, seen.cr2);
	}
	return good;
}

static void shutdown(unsigned int reason)
{
	struct sched_shutdown s = { .reason = reason };

	drain();
	for (;;)
		hypercall(sched_op, SCHEDOP_shutdown, &s);
}

void bail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("Bail out! ", fmt, ap);
	va_end(ap);
	shutdown(SHUTDOWN_crash);
	for (;;)
		;
}

void plan(void)
{
	char line[32];
	int n = format(line, sizeof(line), "1..%u\n", tests);

	put(line, n);
	drain();
}

void finish(void)
{
	plan();
	shutdown(SHUTDOWN_poweroff);
	for (;;)
		;
}
