// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's console.
 *
 * A guest is never made to wait for somebody to read: what a client cannot
 * take goes to a bounded buffer.  When that is full, an attached client loses
 * what is new; the pty, where perhaps nobody reads at all, what is old.  The log
 * file gets everything.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/console.h>

#include "console.h"
#include "paths.h"
#include "util.h"
#include "vmm/log.h"
#include "vmm/logfile.h"
#include "vmm/loop.h"

#define PTY_BUFFER	(64 * 1024)
#define CLIENT_BUFFER	(1024 * 1024)
#define FLUSH_SECONDS	5
#define TAIL		1024

/* Somebody who reads the console and types. */
struct port {
	struct console *console;
	int fd;				/* -1: nobody */
	struct loop_source *source;
	bool recent;			/* when full, the oldest is lost */
	char *buffer;			/* a ring of output */
	size_t size, head, used;
	bool hungry;			/* input waits for room in the guest */
};

struct console {
	struct loop *loop;
	unsigned int number;
	struct logfile log;
	int slave;			/* keeps the pty from hanging up */
	char tty[64];
	char *link;			/* to the pty, in the run directory */
	struct port pty, client;
	struct xencons_interface *page;	/* NULL: no domain */
	const struct console_ops *ops;
	void *opaque;
	bool broken;			/* the guest's indices are wrong */
	bool held;			/* the ring is not to be touched */
	char tail[TAIL];		/* what came last */
	size_t tail_len;
};

static bool is_usable(const struct console *c)
{
	return c->page && !c->broken && !c->held;
}

static void update_events(struct port *p)
{
	uint32_t events = 0;

	if (!p->source)
		return;
	/* Asked for, but not read, it would be reported for ever. */
	if (is_usable(p->console) && !p->hungry)
		events |= EPOLLIN;
	if (p->used)
		events |= EPOLLOUT;
	loop_set_events(p->source, events);
}

static void port_close(struct port *p)
{
	loop_remove(p->source);
	p->source = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->used = 0;
}

/* Write what is buffered, as far as the other side takes it. */
static void port_flush(struct port *p)
{
	while (p->fd >= 0 && p->used) {
		size_t n = p->size - p->head;
		ssize_t done;

		if (n > p->used)
			n = p->used;
		done = write(p->fd, p->buffer + p->head, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno != EAGAIN)
			port_close(p);
		if (done <= 0)
			return;
		p->head = (p->head + done) % p->size;
		p->used -= done;
	}
}

/* Room for LEN characters, or as many as there can be, at the cost of old ones. */
static void forget_old(struct port *p, size_t len)
{
	size_t lost;

	if (p->size - p->used >= len)
		return;
	/* What the kernel holds is older still. */
	tcflush(p->console->slave, TCIFLUSH);
	lost = len - (p->size - p->used);
	p->head = (p->head + lost) % p->size;
	p->used -= lost;
}

static void port_put(struct port *p, const char *data, size_t len)
{
	if (p->fd < 0)
		return;
	if (p->recent)
		forget_old(p, len);
	while (len) {
		size_t tail = (p->head + p->used) % p->size;
		size_t n = p->size - tail;

		if (n > p->size - p->used)
			n = p->size - p->used;
		if (n > len)
			n = len;
		if (!n)
			break;		/* full: the rest is lost to it */
		memcpy(p->buffer + tail, data, n);
		p->used += n;
		data += n;
		len -= n;
	}
	port_flush(p);
	update_events(p);
}

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Bytes between two indices the guest can write, or -1. */
static int distance(struct console *c, uint32_t prod, uint32_t cons,
		    uint32_t size)
{
	if (prod - cons <= size)
		return prod - cons;
	if (!c->broken)
		log_guest_line("console: the guest's indices are wrong, it is ignored");
	c->broken = true;
	return -1;
}

static void remember(struct console *c, const char *data, size_t len)
{
	if (len > TAIL) {
		data += len - TAIL;
		len = TAIL;
	}
	if (c->tail_len + len > TAIL) {
		size_t lost = c->tail_len + len - TAIL;

		memmove(c->tail, c->tail + lost, c->tail_len - lost);
		c->tail_len -= lost;
	}
	memcpy(c->tail + c->tail_len, data, len);
	c->tail_len += len;
}

const char *console_tail(const struct console *c, size_t *len)
{
	*len = c->tail_len;
	return c->tail;
}

/* From the guest to everybody.  True when there was anything. */
static bool take_output(struct console *c)
{
	struct xencons_interface *page = c->page;
	char data[sizeof(page->out)];
	uint32_t cons = load(&page->out_cons);
	int n = distance(c, load(&page->out_prod), cons, sizeof(page->out)), i;

	if (n <= 0)
		return false;
	for (i = 0; i < n; i++)
		data[i] = page->out[MASK_XENCONS_IDX(cons + i, page->out)];
	store(&page->out_cons, cons + n);

	remember(c, data, n);
	logfile_write(&c->log, data, n);
	port_put(&c->client, data, n);
	port_put(&c->pty, data, n);
	return true;
}

/* Room for input, -1 when the ring is broken. */
static int input_room(struct console *c)
{
	struct xencons_interface *page = c->page;
	int used = distance(c, load(&page->in_prod), load(&page->in_cons),
			    sizeof(page->in));

	return used < 0 ? -1 : (int)sizeof(page->in) - used;
}

static void give_input(struct console *c, const char *data, size_t len)
{
	struct xencons_interface *page = c->page;
	uint32_t prod = load(&page->in_prod);
	size_t i;

	for (i = 0; i < len; i++)
		page->in[MASK_XENCONS_IDX(prod + i, page->in)] = data[i];
	store(&page->in_prod, prod + len);
	c->ops->notify(c->opaque);
}

static void port_read(struct port *p)
{
	struct console *c = p->console;
	char data[sizeof(c->page->in)];
	ssize_t n;
	int room;

	if (!is_usable(c))
		return;
	room = input_room(c);
	p->hungry = room <= 0;
	if (room <= 0)
		return;
	n = read(p->fd, data, room);
	if (n > 0)
		give_input(c, data, n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		port_close(p);
}

static void on_port(void *opaque, uint32_t events)
{
	struct port *p = opaque;

	if (events & EPOLLOUT)
		port_flush(p);
	if (p->fd >= 0 && events & EPOLLIN)
		port_read(p);
	else if (p->fd >= 0 && events & (EPOLLHUP | EPOLLERR))
		port_close(p);
	update_events(p);
}

void console_event(struct console *c)
{
	unsigned int rounds = 0;
	bool any = false;

	if (!is_usable(c))
		return;
	/* Bounded: every write of the guest raises its event anew. */
	while (rounds++ < 64 && take_output(c))
		any = true;
	if (any)
		c->ops->notify(c->opaque);
	/* It may have made room for input. */
	c->pty.hungry = false;
	c->client.hungry = false;
	update_events(&c->pty);
	update_events(&c->client);
}

static void port_open(struct port *p, struct console *c, int fd, size_t size)
{
	p->console = c;
	p->fd = fd;
	p->size = size;
	if (fd < 0)
		return;
	if (!p->buffer)
		p->buffer = xmalloc(size);
	p->source = loop_add(c->loop, fd, 0, on_port, p);
}

/* A raw pty: what the guest sends is what its reader gets. */
static int open_pty(struct console *c)
{
	struct termios raw;
	int master;

	if (openpty(&master, &c->slave, NULL, NULL, NULL)) {
		err_sys("cannot open a pseudo terminal for the console");
		return -1;
	}
	if (ptsname_r(master, c->tty, sizeof(c->tty)))
		c->tty[0] = 0;
	if (!tcgetattr(c->slave, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(c->slave, TCSANOW, &raw);
	}
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(c->slave, F_SETFD, FD_CLOEXEC);
	fcntl(master, F_SETFL, O_NONBLOCK);
	return master;
}

struct console *console_new(struct loop *loop, const char *name,
			    unsigned int number, int client)
{
	struct console *c = xcalloc(1, sizeof(*c));
	char log[32] = "console";
	int master;

	c->loop = loop;
	c->number = number;
	if (number)
		snprintf(log, sizeof(log), "console%u", number);
	master = open_pty(c);
	if (master < 0) {
		free(c);
		return NULL;
	}
	c->pty.recent = true;
	port_open(&c->pty, c, master, PTY_BUFFER);
	port_open(&c->client, c, client, CLIENT_BUFFER);
	if (logfile_open(&c->log, log, name))
		log_line("console: cannot write %s: %s", c->log.path,
			 strerror(errno));
	return c;
}

int console_attach_client(struct console *c, int fd)
{
	if (c->client.fd >= 0)
		return -1;
	port_open(&c->client, c, fd, CLIENT_BUFFER);
	update_events(&c->client);
	return 0;
}

/* An attached client gets all there is, if it reads at all. */
static void drain(struct port *p)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLOUT };
	time_t end = time(NULL) + FLUSH_SECONDS;

	while (p->fd >= 0 && p->used && time(NULL) <= end) {
		poll(&pfd, 1, 1000);
		port_flush(p);
	}
}

void console_free(struct console *c)
{
	if (!c)
		return;
	drain(&c->client);
	port_close(&c->client);
	port_close(&c->pty);
	close(c->slave);
	free(c->pty.buffer);
	free(c->client.buffer);
	logfile_close(&c->log);
	free(c);
}

void console_connect(struct console *c, uint32_t domid, void *page,
		     const struct console_ops *ops, void *opaque)
{
	char suffix[32] = "console";

	c->page = page;
	c->ops = ops;
	c->opaque = opaque;
	c->broken = false;
	c->held = false;
	c->pty.hungry = false;
	c->client.hungry = false;

	if (c->number)
		snprintf(suffix, sizeof(suffix), "console%u", c->number);
	c->link = run_path(domid, suffix);
	unlink(c->link);
	if (symlink(c->tty, c->link))
		log_line("cannot make %s: %s", c->link, strerror(errno));
	update_events(&c->pty);
	update_events(&c->client);
}

void console_hold(struct console *c)
{
	console_event(c);
	c->held = true;
	update_events(&c->pty);
	update_events(&c->client);
}

void console_unhold(struct console *c)
{
	c->held = false;
	console_event(c);
}

void console_disconnect(struct console *c)
{
	unsigned int rounds = 0;

	if (!c->page)
		return;
	/* Its vCPUs may run on: this ends all the same. */
	while (rounds++ < 64 && is_usable(c) && take_output(c))
		;
	c->page = NULL;
	unlink(c->link);
	free(c->link);
	c->link = NULL;
	update_events(&c->pty);
	update_events(&c->client);
}

const char *console_tty(const struct console *c)
{
	return c->tty;
}
