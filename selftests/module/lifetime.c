// SPDX-License-Identifier: GPL-2.0
/* Who may use a domain, and how it ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

/* Every ioctl of a domain fd and of an event fd says EPERM. */
static int all_denied(int fd, int event)
{
	static const unsigned long structs[] = {
		KVM_XENPV_SET_MEMORY, KVM_XENPV_SET_SHARED_INFO, KVM_XENPV_ADD_VCPU,
		KVM_XENPV_GET_INFO, KVM_XENPV_SET_STATE, KVM_XENPV_SET_NAME,
		KVM_XENPV_ALLOC_PORT, KVM_XENPV_PORT_STATUS, KVM_XENPV_RAISE_VIRQ,
		KVM_XENPV_SET_RESERVATION,
	};
	static const unsigned long numbers[] = {
		KVM_XENPV_ATTACH_VCPU, KVM_XENPV_HYPERCALL, KVM_XENPV_CREATE_EVENT_FD,
	};
	static const unsigned long events[] = {
		KVM_XENPV_BIND_PORT, KVM_XENPV_UNBIND_PORT, KVM_XENPV_NOTIFY_PORT,
	};
	char buf[1024] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(structs); i++)
		if (xioctl(fd, structs[i], buf) != -EPERM)
			return 10 + i;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (xioctl_n(fd, numbers[i], 0) != -EPERM)
			return 30 + i;
	for (i = 0; event >= 0 && i < ARRAY_SIZE(events); i++)
		if (xioctl_n(event, events[i], 1) != -EPERM)
			return 40 + i;
	return 0;
}

static int child_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int send_fd(int sock, int fd)
{
	char c = 'x', control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int sock)
{
	char c, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(sock, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

FIXTURE(life) {
	struct xdom d;
	int event;
	long port;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, xdom_new(&self->d, 0, 1));
	self->event = xioctl_n(self->d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	ASSERT_LE(0, self->event);
	self->port = xev_alloc(&self->d.vcpu[0], 0);
	ASSERT_EQ(1, self->port);
}

FIXTURE_TEARDOWN(life)
{
	if (self->event >= 0)
		close(self->event);
	xdom_free(&self->d);
}

TEST_F(life, forked_child_is_denied)
{
	pid_t pid = fork();

	if (!pid)
		_exit(all_denied(self->d.fd, self->event));
	EXPECT_EQ(0, child_status(pid));
	/* And changed nothing. */
	EXPECT_EQ(1, xdom_listed(self->d.name, NULL));
	EXPECT_EQ(EVTCHNSTAT_unbound, xev_state(&self->d.vcpu[0], 1));
	EXPECT_EQ(0, xioctl_n(self->event, KVM_XENPV_BIND_PORT, 1));
}

TEST_F(life, childs_close_ends_nothing)
{
	pid_t pid = fork();

	if (!pid) {
		close(self->d.fd);
		close(self->event);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(1, xdom_listed(self->d.name, NULL));
	EXPECT_EQ(0, xev_send(&self->d.vcpu[0], 1));
	EXPECT_EQ(0, xioctl_n(self->event, KVM_XENPV_BIND_PORT, 1));
}

TEST_F(life, descriptors_passed_on_are_useless)
{
	int sock[2], ready[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		int fd, event;

		close(self->d.fd);
		close(self->event);
		fd = receive_fd(sock[1]);
		event = receive_fd(sock[1]);
		if (fd < 0 || event < 0)
			_exit(1);
		_exit(all_denied(fd, event));
	}
	EXPECT_EQ(0, send_fd(sock[0], self->d.fd));
	EXPECT_EQ(0, send_fd(sock[0], self->event));
	EXPECT_EQ(0, child_status(pid));
	close(ready[1]);
	EXPECT_EQ(0, read(ready[0], &c, 1));
	EXPECT_EQ(0, xev_send(&self->d.vcpu[0], 1));
}

static int shares_mm(void *arg)
{
	struct kvm_xenpv_info info;
	struct xdom *d = arg;

	/* Another process, the same memory. */
	_exit(xioctl(d->fd, KVM_XENPV_GET_INFO, &info) ? 1 : 0);
}

TEST_F(life, a_process_with_the_same_mm_may)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid = clone(shares_mm, stack + sizeof(stack), CLONE_VM | SIGCHLD, &self->d);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, child_status(pid));
}

TEST_F(life, last_descriptor_ends_it)
{
	int copy = dup(self->d.fd), more = fcntl(copy, F_DUPFD_CLOEXEC, 100);

	close(self->d.fd);
	EXPECT_EQ(1, xdom_listed(self->d.name, NULL));
	self->d.fd = more;
	EXPECT_EQ(0, xev_send(&self->d.vcpu[0], 1));
	close(copy);
	EXPECT_EQ(1, xdom_listed(self->d.name, NULL));
	close(more);
	self->d.fd = -1;
	/* The event fd alone does not keep the domain alive: its name is free. */
	EXPECT_EQ(0, xdom_gone(self->d.name));
	copy = xdom_create(self->d.name, 0, 1, NULL);
	EXPECT_LE(0, copy);
	EXPECT_EQ(2, xdom_count());
	close(copy);
	close(self->event);
	self->event = -1;
	EXPECT_EQ(0, xdom_count());
}

/* In the queue of a socket it is open as well. */
TEST_F(life, descriptor_in_flight)
{
	int sock[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, send_fd(sock[0], self->d.fd));
	close(self->d.fd);
	self->d.fd = -1;
	EXPECT_EQ(1, xdom_listed(self->d.name, NULL));
	close(sock[0]);
	close(sock[1]);
	EXPECT_EQ(0, xdom_gone(self->d.name));
}

TEST_F(life, exec_closes)
{
	char name[KVM_XENPV_NAME_LEN];
	int hello[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(hello));
	snprintf(name, sizeof(name), "exec-%d", getpid());
	pid = fork();
	if (!pid) {
		int fd = xdom_create(name, 0, 1, NULL);

		if (fd < 0 || xdom_listed(name, NULL) != 1)
			_exit(1);
		dup2(hello[1], 1);
		execl("/proc/self/exe", "lifetime", "--sleep", NULL);
		_exit(2);
	}
	close(hello[1]);
	EXPECT_EQ(1, read(hello[0], &c, 1));
	EXPECT_EQ(0, xdom_gone(name));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* A descriptor that is kept across exec is worthless: the memory is gone. */
TEST_F(life, exec_keeps_nothing)
{
	pid_t pid = fork();

	if (!pid) {
		char fd_arg[16], ev_arg[16];
		struct xdom d;
		int event;

		if (xdom_new(&d, 0, 1))
			_exit(201);
		event = xioctl_n(d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
		fcntl(d.fd, F_SETFD, 0);
		fcntl(event, F_SETFD, 0);
		snprintf(fd_arg, sizeof(fd_arg), "%d", d.fd);
		snprintf(ev_arg, sizeof(ev_arg), "%d", event);
		execl("/proc/self/exe", "lifetime", "--denied", fd_arg, ev_arg, NULL);
		_exit(202);
	}
	EXPECT_EQ(0, child_status(pid));
}

/*
 * The owner dies, but somebody else holds the descriptors: nothing of the
 * domain may work, and it is gone at the latest with them.
 */
TEST_F(life, owner_dies_descriptors_live)
{
	char name[KVM_XENPV_NAME_LEN];
	struct pollfd p;
	int sock[2], fd, event;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	pid = fork();
	if (!pid) {
		struct xdom d;

		if (xdom_new(&d, 0, 1))
			_exit(1);
		event = xioctl_n(d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
		send_fd(sock[1], d.fd);
		send_fd(sock[1], event);
		if (write(sock[1], d.name, sizeof(d.name)) < 0)
			_exit(2);
		for (;;)
			pause();
	}
	fd = receive_fd(sock[0]);
	event = receive_fd(sock[0]);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, event);
	ASSERT_EQ(sizeof(name), read(sock[0], name, sizeof(name)));
	EXPECT_EQ(1, xdom_listed(name, NULL));
	kill(pid, SIGKILL);
	EXPECT_EQ(1000 + SIGKILL, child_status(pid));
	EXPECT_EQ(0, all_denied(fd, event));
	EXPECT_EQ(0, xdom_gone(name));
	/* Nobody waits for events of a dead domain for ever. */
	p = (struct pollfd){ .fd = event, .events = POLLIN };
	EXPECT_EQ(1, poll(&p, 1, 1000));
	EXPECT_TRUE(p.revents & POLLHUP);
	close(fd);
	close(event);
	EXPECT_EQ(1, xdom_count());
}

/* --- killed at any moment --- */

struct busy {
	struct xvcpu *v;
	long port;
};

static void *busy_thread(void *arg)
{
	struct busy *b = arg;
	unsigned int i;

	xdom_attach(b->v);
	for (i = 0;; i++) {
		long p;

		xev_ring(b->v, b->port);
		p = xev_alloc(b->v, i & 1 ? 0 : DOMID_SELF);
		xev_send(b->v, b->port);
		xev_close(b->v, p);
	}
	return NULL;
}

/* Creates domains, runs calls in all of them, ends some: never returns. */
static void busy_owner(const char *name, unsigned int seed)
{
	struct kvm_xenpv_name n = {};
	static struct xdom d[2];
	static struct busy b[2];
	pthread_t t[2];
	evtchn_port_t p, q;
	int i, event;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		for (i = 0; i < 2; i++) {
			if (xdom_new(&d[i], 0, 2))
				_exit(1);
			snprintf(n.name, sizeof(n.name), "%s-%d", name, i);
			if (xioctl(d[i].fd, KVM_XENPV_SET_NAME, &n))
				_exit(2);
		}
		if (xev_pair(&d[0].vcpu[0], &d[1].vcpu[0], &p, &q))
			_exit(3);
		event = xioctl_n(d[0].fd, KVM_XENPV_CREATE_EVENT_FD, 0);
		xioctl_n(event, KVM_XENPV_BIND_PORT, xev_alloc(&d[0].vcpu[0], 0));
		if (seed & 1) {
			/* Threads run calls until the end. */
			b[0] = (struct busy){ &d[0].vcpu[0], p };
			b[1] = (struct busy){ &d[1].vcpu[1], q };
			pthread_create(&t[0], NULL, busy_thread, &b[0]);
			pthread_create(&t[1], NULL, busy_thread, &b[1]);
			for (;;) {
				uint32_t port;

				xvcpu_register(&d[1].vcpu[0], 0, xdom_gpa(XDOM_PG_FREE));
				if (read(event, &port, sizeof(port)) < 0)
					_exit(4);
			}
		}
		xvcpu_register(&d[1].vcpu[0], 0, xdom_gpa(XDOM_PG_FREE));
		xev_reset(&d[1].vcpu[1], DOMID_SELF);
		xdom_free(&d[0]);
		close(event);
		xdom_free(&d[1]);
	}
}

/* Waits until nothing is left of what was there before. */
static long settle(long (*count)(void), long before)
{
	int i;

	for (i = 0; i < 2000 && count() != before; i++)
		usleep(1000);
	return count();
}

TEST(killed_at_any_moment)
{
	long pins = xdom_pins(), vmaps = xdom_vmaps(), refs;
	char name[32], full[KVM_XENPV_NAME_LEN];
	unsigned int round, bad = 0;
	uint64_t until;

	xdev();
	refs = xdom_module_refs();
	snprintf(name, sizeof(name), "killed-%d", getpid());
	srandom(1);
	until = xdom_now_ms() + 15000;
	for (round = 0; round < 300 && xdom_now_ms() < until; round++) {
		pid_t pid = fork();
		int i;

		if (!pid)
			busy_owner(name, round);
		usleep(random() % (round & 2 ? 40000 : 8000));
		kill(pid, SIGKILL);
		ASSERT_EQ(1000 + SIGKILL, child_status(pid)) TH_LOG("round %u", round);
		for (i = 0; i < 2; i++) {
			snprintf(full, sizeof(full), "%s-%d", name, i);
			bad += xdom_gone(full) != 0;
		}
	}
	TH_LOG("%u owners killed", round);
	EXPECT_EQ(0, bad);
	EXPECT_LT(4, round);
	EXPECT_EQ(0, xdom_count());
	EXPECT_EQ(pins, settle(xdom_pins, pins));
	EXPECT_EQ(vmaps, settle(xdom_vmaps, vmaps));
	EXPECT_EQ(refs, settle(xdom_module_refs, refs));
}

/* A peer's owner is killed while this domain sends to it. */
TEST(peer_killed)
{
	uint64_t until = xdom_now_ms() + 15000;
	struct xdom d;
	unsigned int round;

	ASSERT_EQ(0, xdom_new(&d, 0, 1));
	srandom(2);
	for (round = 0; round < 40 && xdom_now_ms() < until; round++) {
		struct { uint32_t domid; long port; } peer;
		struct evtchn_status st;
		struct xvcpu *v = &d.vcpu[0];
		long port;
		pid_t pid;
		int p[2], i;

		ASSERT_EQ(0, pipe(p));
		pid = fork();
		if (!pid) {
			struct xdom e;

			if (xdom_new(&e, 0, 1))
				_exit(1);
			peer.domid = e.domid;
			peer.port = xev_alloc(&e.vcpu[0], d.domid);
			if (write(p[1], &peer, sizeof(peer)) < 0)
				_exit(2);
			for (;;)
				xev_send(&e.vcpu[0], peer.port);
		}
		close(p[1]);
		ASSERT_EQ(sizeof(peer), read(p[0], &peer, sizeof(peer)));
		close(p[0]);
		port = xev_bind(v, peer.domid, peer.port);
		ASSERT_LE(1, port);
		for (i = random() % 200; i; i--) {
			ASSERT_EQ(0, xev_ring(v, port));
		}
		kill(pid, SIGKILL);
		for (i = 0; i < 50; i++) {
			ASSERT_EQ(0, xev_ring(v, port));
		}
		ASSERT_EQ(1000 + SIGKILL, child_status(pid));
		/* Its end is closed now, and ours waits for it again. */
		for (i = 0; i < 1000 && xev_state(v, port) != EVTCHNSTAT_unbound; i++)
			usleep(1000);
		ASSERT_EQ(0, xev_status(v, DOMID_SELF, port, &st));
		EXPECT_EQ(EVTCHNSTAT_unbound, st.status);
		EXPECT_EQ(peer.domid, st.u.unbound.dom);
		EXPECT_EQ(0, xev_ring(v, port));
		ASSERT_EQ(0, xev_close(v, port));
	}
	xdom_free(&d);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--sleep")) {
		if (write(1, "x", 1) != 1)
			return 1;
		for (;;)
			pause();
	}
	if (argc == 4 && !strcmp(argv[1], "--denied"))
		return all_denied(atoi(argv[2]), atoi(argv[3]));
	return test_harness_run(argc, argv);
}
