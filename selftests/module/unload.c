// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading the module: refused while anything is open, clean when
 * nothing is. KVM_XENPV_KO names the module's file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

static const char *ko(void)
{
	const char *path = getenv("KVM_XENPV_KO");

	return path ? path : "/box/kvm_xenpv.ko";
}

static int unload(void)
{
	return syscall(SYS_delete_module, "kvm_xenpv", O_NONBLOCK) ? -errno : 0;
}

static int load(const char *params)
{
	int fd = open(ko(), O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* Like xdev(), but not kept open. */
static int open_device(void)
{
	int fd = -1, i;

	/* devtmpfs makes the node a moment later. */
	for (i = 0; i < 100 && fd < 0; i++) {
		fd = open(XDOM_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			usleep(10000);
	}
	return fd;
}

static int create(int dev, const char *name)
{
	struct kvm_xenpv_create_domain c = { .nr_vcpus = 1 };

	strcpy(c.name, name);
	return xioctl(dev, KVM_XENPV_CREATE_DOMAIN, &c);
}

FIXTURE(unload) {
	int unused;
};

FIXTURE_SETUP(unload)
{
	if (access(ko(), R_OK))
		SKIP(exit(KSFT_SKIP), "no %s", ko());
	if (xdom_module_refs() != 0)
		SKIP(exit(KSFT_SKIP), "the module is in use or built in");
}

FIXTURE_TEARDOWN(unload)
{
	if (xdom_module_refs() < 0)
		load("");
}

TEST_F(unload, refused_while_the_device_is_open)
{
	int dev = open_device();

	ASSERT_LE(0, dev);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(KVM_XENPV_API_VERSION, xioctl_n(dev, KVM_XENPV_GET_API_VERSION, 0));
	close(dev);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, load(""));
}

TEST_F(unload, refused_while_a_domain_is_open)
{
	struct kvm_xenpv_info info;
	int dev = open_device(), fd;

	ASSERT_LE(0, dev);
	fd = create(dev, "alone");
	ASSERT_LE(0, fd);
	close(dev);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(0, xioctl(fd, KVM_XENPV_GET_INFO, &info));
	close(fd);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, load(""));
}

TEST_F(unload, refused_while_an_event_fd_is_open)
{
	int dev = open_device(), fd, event;
	uint32_t port;

	ASSERT_LE(0, dev);
	fd = create(dev, "alone");
	ASSERT_LE(0, fd);
	event = xioctl_n(fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	ASSERT_LE(0, event);
	close(dev);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_GT(1, read(event, &port, sizeof(port)));
	close(event);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, load(""));
}

/* A domain runs in a process; the module stays until that is killed. */
TEST_F(unload, refused_under_a_running_domain)
{
	int go[2], status, i;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(go));
	pid = fork();
	if (!pid) {
		struct xdom d;
		long port;

		if (xdom_new(&d, 0, 1))
			_exit(1);
		port = xev_ipi(&d.vcpu[0], 0);
		if (port < 1 || write(go[1], "x", 1) != 1)
			_exit(2);
		for (;;) {
			if (xev_ring(&d.vcpu[0], port))
				_exit(3);
			xdom_quiet(&d);
		}
	}
	close(go[1]);
	ASSERT_EQ(1, read(go[0], &c, 1));
	for (i = 0; i < 200; i++) {
		EXPECT_EQ(-EWOULDBLOCK, unload());
		usleep(1000);
	}
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, unload());
	EXPECT_NE(0, access(XDOM_DEVICE, F_OK));
	EXPECT_EQ(0, load(""));
}

/* Something of everything, then out and in again. */
TEST_F(unload, load_use_unload)
{
	uint64_t until = xdom_now_ms() + 15000;
	int i;

	for (i = 0; i < 15 && xdom_now_ms() < until; i++) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			struct xdom d, e;
			evtchn_port_t p, q;
			int event;

			if (open_device() < 0 || xdom_new(&d, 0, 2) ||
			    xdom_new(&e, KVM_XENPV_DOMAIN_32BIT, 1))
				_exit(1);
			event = xioctl_n(d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
			if (xioctl_n(event, KVM_XENPV_BIND_PORT, xev_alloc(&d.vcpu[0], 0)))
				_exit(2);
			if (xev_pair(&d.vcpu[0], &e.vcpu[0], &p, &q) ||
			    xev_ring(&d.vcpu[1], p) || xev_ring(&e.vcpu[0], q) ||
			    xvcpu_register(&d.vcpu[0], 1, xdom_gpa(XDOM_PG_FREE)))
				_exit(3);
			_exit(0);	/* all still open */
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status) TH_LOG("round %d", i);
		ASSERT_EQ(0, unload()) TH_LOG("round %d", i);
		ASSERT_EQ(0, load("")) TH_LOG("round %d", i);
	}
}

static void *opener(void *arg)
{
	volatile bool *stop = arg;
	long opened = 0;

	while (!*stop) {
		int dev = open(XDOM_DEVICE, O_RDWR | O_CLOEXEC), fd;

		if (dev < 0) {
			sched_yield();
			continue;
		}
		opened++;
		fd = create(dev, "opener");
		close(dev);
		if (fd >= 0)
			close(fd);
		usleep(rand() % 2000);
	}
	return (void *)opened;
}

/* Opened while it comes and goes: refused or clean, nothing between. */
TEST_F(unload, races_with_open)
{
	uint64_t until = xdom_now_ms() + 15000;
	volatile bool stop = false;
	int i, out = 0, busy = 0;
	pthread_t t;
	void *opened;

	pthread_create(&t, NULL, opener, (void *)&stop);
	for (i = 0; i < 300 && xdom_now_ms() < until; i++) {
		int ret = unload();

		if (!ret) {
			out++;
			ASSERT_EQ(0, load(""));
			usleep(1000);
		} else {
			busy++;
			ASSERT_EQ(-EWOULDBLOCK, ret);
			usleep(rand() % 1000);
		}
	}
	stop = true;
	pthread_join(t, &opened);
	TH_LOG("%d times out, %d times busy, %ld times open", out, busy, (long)opened);
	EXPECT_LT(0, (long)opened);
	while (unload())
		usleep(1000);
	EXPECT_EQ(0, load(""));
}

TEST_F(unload, max_domains)
{
	int dev, fd[8], i;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("max_domains=3"));
	dev = open_device();
	ASSERT_LE(0, dev);
	for (i = 0; i < 3; i++) {
		char name[8] = { 'm', '0' + i };

		fd[i] = create(dev, name);
		EXPECT_LE(0, fd[i]);
	}
	EXPECT_EQ(-ENOSPC, create(dev, "m3"));
	close(fd[1]);
	EXPECT_EQ(0, xdom_gone("m1"));
	fd[1] = create(dev, "m4");
	EXPECT_LE(0, fd[1]);
	EXPECT_EQ(-ENOSPC, create(dev, "m5"));
	for (i = 0; i < 3; i++)
		close(fd[i]);
	close(dev);
	/* xdom_gone() has opened it too, in this process. */
	close(xdev());
	for (i = 0; i < 1000 && unload(); i++)
		usleep(1000);
	ASSERT_EQ(0, load(""));
}

TEST_HARNESS_MAIN
