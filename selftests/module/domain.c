// SPDX-License-Identifier: GPL-2.0
/*
 * Domains as objects: creation, names, the list, information, state, the
 * monitor image, and what every ioctl refuses.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

#define BAD_POINTER	((void *)8)

static int create(struct kvm_xenpv_create_domain *c)
{
	return xioctl(xdev(), KVM_XENPV_CREATE_DOMAIN, c);
}

/* Creates a domain and closes it again: 0 or the error. */
static int try_name(const char *name, size_t len)
{
	struct kvm_xenpv_create_domain c = { .nr_vcpus = 1 };
	int fd;

	memcpy(c.name, name, len);
	fd = create(&c);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

TEST(api_version)
{
	EXPECT_EQ(KVM_XENPV_API_VERSION, xioctl_n(xdev(), KVM_XENPV_GET_API_VERSION, 0));
	EXPECT_EQ(KVM_XENPV_API_VERSION, xioctl_n(xdev(), KVM_XENPV_GET_API_VERSION, ~0UL));
}

TEST(create_returns_cloexec_fd_and_domid)
{
	char name[KVM_XENPV_NAME_LEN];
	struct kvm_xenpv_info info;
	uint32_t domid = 0;
	int fd;

	fd = xdom_create(xdom_unique(name), 0, 1, &domid);
	ASSERT_LE(0, fd);
	EXPECT_LE(1, domid);
	EXPECT_GT(KVM_XENPV_DOMID_END, domid);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(1, xdom_listed(name, &info));
	EXPECT_EQ(domid, info.domid);
	close(fd);
	EXPECT_EQ(0, xdom_gone(name));
}

TEST(create_vcpu_bounds)
{
	static const uint32_t bad[] = { 0, 129, 256, 0x10001, 0x80000001, ~0U };
	char name[KVM_XENPV_NAME_LEN];
	unsigned int i;
	int fd;

	xdom_unique(name);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, xdom_create(name, 0, bad[i], NULL));
	}
	fd = xdom_create(name, 0, 128, NULL);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST(create_unknown_flags_and_reserved)
{
	struct kvm_xenpv_create_domain c;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		c = (struct kvm_xenpv_create_domain){ .nr_vcpus = 1, .name = "t" };
		c.reserved = 1U << bit;
		EXPECT_EQ(-EINVAL, create(&c)) TH_LOG("reserved bit %u", bit);
		if (bit == 0)
			continue;
		c.reserved = 0;
		c.flags = 1U << bit;
		EXPECT_EQ(-EINVAL, create(&c)) TH_LOG("flag %u", bit);
		c.flags |= KVM_XENPV_DOMAIN_32BIT;
		EXPECT_EQ(-EINVAL, create(&c)) TH_LOG("flag %u", bit);
	}
}

TEST(names_good)
{
	char name[KVM_XENPV_NAME_LEN];
	int c, n = 0;

	/* Every character that is allowed, half of them in a name. */
	for (c = '!'; c <= '~'; c++) {
		if (c == '/')
			continue;
		name[n++] = c;
		if (n == 47 || c == '~') {
			name[n] = 0;
			EXPECT_EQ(0, try_name(name, n + 1)) TH_LOG("name \"%s\"", name);
			n = 0;
		}
	}
	EXPECT_EQ(0, try_name("x", 2));
	EXPECT_EQ(0, try_name("a b", 4));
	EXPECT_EQ(0, try_name("...", 4));
	memset(name, 'x', 63);
	name[63] = 0;
	EXPECT_EQ(0, try_name(name, 64));
}

TEST(names_bad)
{
	char name[KVM_XENPV_NAME_LEN];
	unsigned char one[2] = "";
	int c;

	EXPECT_EQ(-EINVAL, try_name("", 1));
	memset(name, 'x', 64);
	EXPECT_EQ(-EINVAL, try_name(name, 64));
	EXPECT_EQ(-EINVAL, try_name("/", 2));
	EXPECT_EQ(-EINVAL, try_name("a/b", 4));
	EXPECT_EQ(-EINVAL, try_name("/a", 3));
	/* Names become file names, in debugfs and elsewhere. */
	EXPECT_EQ(-EINVAL, try_name(".", 2));
	EXPECT_EQ(-EINVAL, try_name("..", 3));
	for (c = 1; c < 256; c++) {
		if (c >= ' ' && c < 0x7f)
			continue;
		one[0] = c;
		EXPECT_EQ(-EINVAL, try_name((char *)one, 2)) TH_LOG("character %#x", c);
		EXPECT_EQ(-EINVAL, try_name((char []){ 'a', c, 'b', 0 }, 4));
	}
}

TEST(names_unique)
{
	char name[KVM_XENPV_NAME_LEN], longer[KVM_XENPV_NAME_LEN + 1];
	int fd, other;

	fd = xdom_create(xdom_unique(name), 0, 1, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EEXIST, xdom_create(name, 0, 1, NULL));
	snprintf(longer, sizeof(longer), "%sx", name);
	other = xdom_create(longer, 0, 1, NULL);
	EXPECT_LE(0, other);
	close(other);
	close(fd);
	ASSERT_EQ(0, xdom_gone(name));
	fd = xdom_create(name, 0, 1, NULL);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST(create_without_descriptors)
{
	char name[KVM_XENPV_NAME_LEN];
	struct rlimit old, now;
	int dev = xdev(), fd, last = -1;

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	now = old;
	now.rlim_cur = 64;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &now));
	while ((fd = dup(dev)) >= 0)
		last = fd;
	xdom_unique(name);
	EXPECT_EQ(-EMFILE, xdom_create(name, 0, 1, NULL));
	close(last);
	EXPECT_EQ(0, xdom_gone(name));
	fd = xdom_create(name, 0, 1, NULL);
	EXPECT_LE(0, fd);
}

/* The domid cannot be told: nothing may stay behind. */
TEST(create_into_read_only_memory)
{
	struct kvm_xenpv_create_domain *c;
	char name[KVM_XENPV_NAME_LEN];
	int next;

	c = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, c);
	c->nr_vcpus = 1;
	strcpy(c->name, xdom_unique(name));
	ASSERT_EQ(0, mprotect(c, 4096, PROT_READ));
	next = dup(xdev());
	close(next);
	EXPECT_EQ(-EFAULT, create(c));
	EXPECT_EQ(0, xdom_gone(name));
	EXPECT_EQ(-1, fcntl(next, F_GETFD));
}

TEST(domids_differ)
{
	char name[KVM_XENPV_NAME_LEN];
	uint32_t domid[32];
	int i, j, fd[32];

	for (i = 0; i < 32; i++) {
		fd[i] = xdom_create(xdom_unique(name), 0, 1, &domid[i]);
		ASSERT_LE(0, fd[i]);
		for (j = 0; j < i; j++) {
			EXPECT_NE(domid[j], domid[i]);
		}
	}
	for (i = 0; i < 32; i++)
		close(fd[i]);
}

/* Another domain's port still names it: the id must not come back. */
TEST(domid_not_reused_while_a_port_names_it)
{
	char name[KVM_XENPV_NAME_LEN];
	struct xdom a, b;
	uint32_t domid;
	int i, fd;

	ASSERT_EQ(0, xdom_new(&a, 0, 1));
	ASSERT_EQ(0, xdom_new(&b, 0, 1));
	ASSERT_LE(1, xev_alloc(&a.vcpu[0], b.domid));
	domid = b.domid;
	xdom_free(&b);
	for (i = 0; i < 40; i++) {
		uint32_t now = 0;

		fd = xdom_create(xdom_unique(name), 0, 1, &now);
		ASSERT_LE(0, fd);
		EXPECT_NE(domid, now);
		close(fd);
	}
	xdom_free(&a);
}

TEST(domid_not_reused_while_an_event_fd_is_open)
{
	char name[KVM_XENPV_NAME_LEN];
	struct xdom d;
	uint32_t domid, now;
	int i, fd, ev;

	ASSERT_EQ(0, xdom_new(&d, 0, 1));
	ev = xioctl_n(d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	ASSERT_LE(0, ev);
	domid = d.domid;
	xdom_free(&d);
	for (i = 0; i < 40; i++) {
		fd = xdom_create(xdom_unique(name), 0, 1, &now);
		ASSERT_LE(0, fd);
		EXPECT_NE(domid, now);
		close(fd);
	}
	close(ev);
}

/* --- the list --- */

static int list(uint32_t first, uint32_t *count, struct kvm_xenpv_info *infos)
{
	struct kvm_xenpv_list l = {
		.first = first, .count = *count, .infos = (uintptr_t)infos,
	};
	int ret = xioctl(xdev(), KVM_XENPV_LIST_DOMAINS, &l);

	*count = l.count;
	return ret;
}

TEST(list_order_and_count)
{
	struct kvm_xenpv_info infos[6];
	char name[KVM_XENPV_NAME_LEN];
	uint32_t domid[5], count, i, low = ~0U;
	int fd[5];

	for (i = 0; i < 5; i++) {
		fd[i] = xdom_create(xdom_unique(name), 0, i + 1, &domid[i]);
		ASSERT_LE(0, fd[i]);
		if (domid[i] < low)
			low = domid[i];
	}
	memset(infos, 0xee, sizeof(infos));
	count = 6;
	ASSERT_EQ(0, list(0, &count, infos));
	ASSERT_EQ(5, count);
	for (i = 0; i < 5; i++) {
		EXPECT_LE(1, infos[i].max_vcpus);
		EXPECT_GE(5, infos[i].max_vcpus);
		if (i) {
			EXPECT_LT(infos[i - 1].domid, infos[i].domid);
		}
	}
	EXPECT_EQ(0xeeeeeeee, infos[5].domid);

	/* Less room than domains. */
	memset(infos, 0xee, sizeof(infos));
	count = 2;
	ASSERT_EQ(0, list(0, &count, infos));
	ASSERT_EQ(2, count);
	EXPECT_EQ(low, infos[0].domid);
	EXPECT_EQ(0xeeeeeeee, infos[2].domid);

	/* From the middle on. */
	count = 6;
	ASSERT_EQ(0, list(infos[1].domid + 1, &count, infos));
	EXPECT_EQ(3, count);

	/* No room at all, not even an address. */
	count = 0;
	EXPECT_EQ(0, list(0, &count, NULL));
	EXPECT_EQ(0, count);

	count = 6;
	EXPECT_EQ(0, list(KVM_XENPV_DOMID_END, &count, infos));
	EXPECT_EQ(0, count);
	count = 6;
	EXPECT_EQ(0, list(~0U, &count, infos));
	EXPECT_EQ(0, count);
	for (i = 0; i < 5; i++)
		close(fd[i]);
}

TEST(list_huge_count)
{
	struct kvm_xenpv_info info;
	char name[KVM_XENPV_NAME_LEN];
	uint32_t count = ~0U;
	int fd;

	fd = xdom_create(xdom_unique(name), 0, 1, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, list(0, &count, &info));
	EXPECT_EQ(1, count);
	close(fd);
}

TEST(list_bad_pointer)
{
	char name[KVM_XENPV_NAME_LEN];
	uint32_t count = 4;
	int fd;

	fd = xdom_create(xdom_unique(name), 0, 1, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EFAULT, list(0, &count, BAD_POINTER));
	count = 4;
	EXPECT_EQ(-EFAULT, list(0, &count, (void *)0xffff888000000000ULL));
	close(fd);
}

static void *churn(void *arg)
{
	volatile bool *stop = arg;
	char name[KVM_XENPV_NAME_LEN];

	while (!*stop) {
		int fd = xdom_create(xdom_unique(name), 0, 1, NULL);

		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

TEST(list_while_domains_come_and_go)
{
	struct kvm_xenpv_info infos[8];
	volatile bool stop = false;
	char name[KVM_XENPV_NAME_LEN];
	pthread_t t[2];
	uint32_t count, i, me;
	int n, fd;

	fd = xdom_create(xdom_unique(name), 0, 1, &me);
	ASSERT_LE(0, fd);
	pthread_create(&t[0], NULL, churn, (void *)&stop);
	pthread_create(&t[1], NULL, churn, (void *)&stop);
	for (n = 0; n < 500; n++) {
		bool seen = false;

		count = 8;
		ASSERT_EQ(0, list(0, &count, infos));
		ASSERT_GE(3, count);
		for (i = 0; i < count; i++) {
			if (i) {
				ASSERT_LT(infos[i - 1].domid, infos[i].domid);
			}
			seen |= infos[i].domid == me;
		}
		ASSERT_TRUE(seen);
	}
	stop = true;
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	close(fd);
}

/* --- information --- */

static uint64_t boottime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

TEST(info_of_a_new_domain)
{
	struct kvm_xenpv_create_domain c = {
		.nr_vcpus = 3, .flags = KVM_XENPV_DOMAIN_32BIT,
		.uuid = { 0xff, 1, 2, 3, [15] = 0xfe },
	};
	struct kvm_xenpv_info info, listed;
	uint64_t before = boottime();
	unsigned int i;
	int fd;

	xdom_unique(c.name);
	fd = create(&c);
	ASSERT_LE(0, fd);
	memset(&info, 0xee, sizeof(info));
	ASSERT_EQ(0, xioctl(fd, KVM_XENPV_GET_INFO, &info));
	EXPECT_EQ(c.domid, info.domid);
	EXPECT_EQ(KVM_XENPV_STATE_BUILDING, info.state);
	EXPECT_EQ(getpid(), info.owner);
	EXPECT_EQ(0, info.nr_vcpus);
	EXPECT_EQ(3, info.max_vcpus);
	EXPECT_EQ(0, info.shutdown_code);
	EXPECT_EQ(0, info.memory);
	EXPECT_EQ(0, info.cpu_time);
	EXPECT_LE(before, info.created);
	EXPECT_GE(boottime(), info.created);
	EXPECT_EQ(0, info.events);
	EXPECT_EQ(0, info.doorbells);
	EXPECT_EQ(0, info.doorbells_bad);
	EXPECT_EQ(0, info.slow_calls);
	EXPECT_EQ(0, info.kicks);
	EXPECT_EQ(0, info.ports);
	EXPECT_EQ(KVM_XENPV_DOMAIN_32BIT, info.flags);
	EXPECT_EQ(0, info.online_vcpus);
	EXPECT_EQ(0, info.reserved);
	EXPECT_EQ(0, strcmp(c.name, info.name));
	for (i = strlen(c.name); i < sizeof(info.name); i++) {
		EXPECT_EQ(0, info.name[i]);
	}
	EXPECT_EQ(0, memcmp(c.uuid, info.uuid, 16));
	ASSERT_EQ(1, xdom_listed(c.name, &listed));
	EXPECT_EQ(0, memcmp(&info, &listed, sizeof(info)));
	close(fd);
}

TEST(info_counts)
{
	struct kvm_xenpv_info was, now;
	struct xdom d, e;
	evtchn_port_t p, q;
	unsigned int i;

	ASSERT_EQ(0, xdom_new(&d, 0, 2));
	ASSERT_EQ(0, xdom_new(&e, 0, 1));
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_EQ(2, now.nr_vcpus);
	EXPECT_EQ(0, now.online_vcpus);
	d.vcpu[1].block->online = 1;
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_EQ(1, now.online_vcpus);
	EXPECT_EQ(XDOM_SIZE, now.memory);
	EXPECT_EQ(0, now.ports);
	ASSERT_EQ(0, xev_pair(&d.vcpu[0], &e.vcpu[0], &p, &q));
	ASSERT_LE(1, xev_ipi(&d.vcpu[0], 1));
	ASSERT_EQ(0, xdom_info(&d, &was));
	EXPECT_EQ(2, was.ports);
	EXPECT_EQ(2, was.slow_calls);

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, xev_ring(&e.vcpu[0], q));
		xvcpu_wait_kick(&d.vcpu[0], 1000);
		xdom_quiet(&d);
	}
	ASSERT_EQ(0, xev_send(&e.vcpu[0], q));
	xvcpu_wait_kick(&d.vcpu[0], 1000);
	ASSERT_EQ(0, xev_send(&e.vcpu[0], q));	/* pending already */
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_EQ(was.events + 11, now.events);
	EXPECT_EQ(was.kicks + 11, now.kicks);
	EXPECT_EQ(was.doorbells, now.doorbells);
	EXPECT_EQ(was.slow_calls, now.slow_calls);
	ASSERT_EQ(0, xdom_info(&e, &now));
	EXPECT_EQ(10, now.doorbells);
	EXPECT_EQ(0, now.doorbells_bad);
	EXPECT_EQ(3, now.slow_calls);
	ASSERT_EQ(0, xev_close(&d.vcpu[0], p));
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_EQ(1, now.ports);
	xdom_free(&d);
	xdom_free(&e);
}

static void burn(unsigned int ms)
{
	struct timespec ts;
	uint64_t until;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	until = ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000 + ms;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	while (ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000 < until);
}

static void *burner(void *arg)
{
	burn(400);
	return NULL;
}

TEST(info_cpu_time_is_that_of_vcpu_threads)
{
	struct kvm_xenpv_info was, now;
	struct xdom d;
	pthread_t t;

	ASSERT_EQ(0, xdom_new(&d, 0, 1));
	ASSERT_EQ(0, xdom_info(&d, &was));
	burn(50);
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_LE(was.cpu_time + 40000000, now.cpu_time);
	was = now;
	/* Not a vCPU's thread. */
	pthread_create(&t, NULL, burner, NULL);
	pthread_join(t, NULL);
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_GT(was.cpu_time + 300000000, now.cpu_time);
	xdom_free(&d);
}

static void *attach_and_burn(void *arg)
{
	struct xvcpu *v = arg;

	if (xdom_attach(v))
		return (void *)1;
	burn(100);
	return NULL;
}

/* Time used by a thread that has ended does not get lost. */
TEST(info_cpu_time_never_falls)
{
	struct kvm_xenpv_info was, now;
	struct xdom d;
	pthread_t t;
	void *ret;

	ASSERT_EQ(0, xdom_new(&d, 0, 1));
	ASSERT_EQ(0, xdom_info(&d, &was));
	pthread_create(&t, NULL, attach_and_burn, &d.vcpu[0]);
	pthread_join(t, &ret);
	ASSERT_EQ(NULL, ret);
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_LE(was.cpu_time, now.cpu_time);
	was = now;
	ASSERT_EQ(0, xdom_attach(&d.vcpu[0]));
	ASSERT_EQ(0, xdom_info(&d, &now));
	EXPECT_LE(was.cpu_time, now.cpu_time);
	xdom_free(&d);
}

TEST(info_owner_across_pid_namespaces)
{
	char name[KVM_XENPV_NAME_LEN];
	struct kvm_xenpv_info info;
	int fd, go[2], status;
	pid_t pid;
	char c;

	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: %s", strerror(errno));
	fd = xdom_create(xdom_unique(name), 0, 1, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(go));
	pid = fork();
	if (!pid) {
		/* Pid 1 of its own namespace. */
		int own, dev = open(XDOM_DEVICE, O_RDWR);
		struct kvm_xenpv_create_domain d = { .nr_vcpus = 1, .name = "in-a-namespace" };

		if (xdom_listed(name, &info) != 1 || info.owner != 0)
			_exit(1);
		own = ioctl(dev, KVM_XENPV_CREATE_DOMAIN, &d);
		if (own < 0 || xdom_listed("in-a-namespace", &info) != 1 ||
		    info.owner != 1)
			_exit(2);
		close(go[0]);
		dup2(go[1], 63);
		if (write(go[1], "x", 1) != 1)
			_exit(3);
		for (;;)
			pause();
	}
	close(go[1]);
	if (read(go[0], &c, 1) == 1) {
		EXPECT_EQ(1, xdom_listed("in-a-namespace", &info));
		EXPECT_EQ(pid, info.owner);
	}
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("child said %d", WEXITSTATUS(status));
	EXPECT_EQ(0, xdom_gone("in-a-namespace"));
	close(fd);
}

/* --- state and name --- */

static int set_state(int fd, uint32_t state, uint32_t code)
{
	struct kvm_xenpv_state s = { .state = state, .shutdown_code = code };

	return xioctl(fd, KVM_XENPV_SET_STATE, &s);
}

TEST(states)
{
	char name[KVM_XENPV_NAME_LEN];
	struct kvm_xenpv_info info;
	uint32_t s;
	int fd;

	fd = xdom_create(xdom_unique(name), 0, 1, NULL);
	ASSERT_LE(0, fd);
	for (s = KVM_XENPV_STATE_BUILDING; s <= KVM_XENPV_STATE_CRASHED; s++) {
		uint32_t code = s >= KVM_XENPV_STATE_SHUTDOWN ? 3 : 0;

		ASSERT_EQ(0, set_state(fd, s, code));
		ASSERT_EQ(1, xdom_listed(name, &info));
		EXPECT_EQ(s, info.state);
		EXPECT_EQ(code, info.shutdown_code);
	}
	/* And back. */
	ASSERT_EQ(0, set_state(fd, KVM_XENPV_STATE_RUNNING, 0));
	ASSERT_EQ(1, xdom_listed(name, &info));
	EXPECT_EQ(KVM_XENPV_STATE_RUNNING, info.state);
	EXPECT_EQ(0, info.shutdown_code);
	/* The module alone says that a domain dies. */
	EXPECT_EQ(-EINVAL, set_state(fd, KVM_XENPV_STATE_DYING, 0));
	EXPECT_EQ(-EINVAL, set_state(fd, 6, 0));
	EXPECT_EQ(-EINVAL, set_state(fd, ~0U, 0));
	EXPECT_EQ(-EINVAL, set_state(fd, KVM_XENPV_STATE_BUILDING, 1));
	EXPECT_EQ(-EINVAL, set_state(fd, KVM_XENPV_STATE_RUNNING, 1));
	EXPECT_EQ(-EINVAL, set_state(fd, KVM_XENPV_STATE_PAUSED, 1));
	ASSERT_EQ(1, xdom_listed(name, &info));
	EXPECT_EQ(KVM_XENPV_STATE_RUNNING, info.state);
	close(fd);
}

static int set_name(int fd, const char *name, size_t len)
{
	struct kvm_xenpv_name n = {};

	memcpy(n.name, name, len);
	return xioctl(fd, KVM_XENPV_SET_NAME, &n);
}

TEST(renaming)
{
	char one[KVM_XENPV_NAME_LEN], two[KVM_XENPV_NAME_LEN], full[KVM_XENPV_NAME_LEN];
	struct kvm_xenpv_info info;
	int a, b;

	a = xdom_create(xdom_unique(one), 0, 1, NULL);
	b = xdom_create(xdom_unique(two), 0, 1, NULL);
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(-EEXIST, set_name(a, two, strlen(two)));
	EXPECT_EQ(-EINVAL, set_name(a, "", 0));
	EXPECT_EQ(-EINVAL, set_name(a, "a/b", 3));
	EXPECT_EQ(-EINVAL, set_name(a, "a\tb", 3));
	EXPECT_EQ(-EINVAL, set_name(a, "a\xc3\xa4", 3));
	memset(full, 'y', sizeof(full));
	EXPECT_EQ(-EINVAL, set_name(a, full, sizeof(full)));
	EXPECT_EQ(1, xdom_listed(one, NULL));
	EXPECT_EQ(0, set_name(a, one, strlen(one)));

	EXPECT_EQ(0, set_name(a, "renamed", 7));
	EXPECT_EQ(0, xdom_listed(one, NULL));
	EXPECT_EQ(1, xdom_listed("renamed", &info));
	EXPECT_EQ(0, info.name[8]);
	/* The old name is free, the new one is not. */
	EXPECT_EQ(-EEXIST, set_name(b, "renamed", 7));
	EXPECT_EQ(-EEXIST, xdom_create("renamed", 0, 1, NULL));
	EXPECT_EQ(0, set_name(b, one, strlen(one)));
	close(a);
	EXPECT_EQ(0, xdom_gone("renamed"));
	EXPECT_EQ(0, set_name(b, "renamed", 7));
	close(b);
}

/* --- the monitor image --- */

TEST(get_monitor)
{
	struct kvm_xenpv_monitor m = {};
	struct xenpv_monitor_header *h;
	uint64_t size;
	uint8_t *image;

	EXPECT_EQ(-ENOSPC, xioctl(xdev(), KVM_XENPV_GET_MONITOR, &m));
	size = m.size;
	ASSERT_LT(sizeof(*h), size);
	ASSERT_GT(64 << 20, size);
	image = malloc(size + 1);
	memset(image, 0xee, size + 1);

	m = (struct kvm_xenpv_monitor){ .size = size - 1, .addr = (uintptr_t)image };
	EXPECT_EQ(-ENOSPC, xioctl(xdev(), KVM_XENPV_GET_MONITOR, &m));
	EXPECT_EQ(size, m.size);
	EXPECT_EQ(0xee, image[0]);

	m = (struct kvm_xenpv_monitor){ .size = size, .addr = (uintptr_t)image };
	EXPECT_EQ(0, xioctl(xdev(), KVM_XENPV_GET_MONITOR, &m));
	EXPECT_EQ(size, m.size);
	EXPECT_EQ(0xee, image[size]);
	h = (void *)image;
	EXPECT_EQ(XENPV_MONITOR_MAGIC, h->magic);
	EXPECT_EQ(XENPV_MONITOR_ABI, h->abi);
	EXPECT_EQ(sizeof(*h), h->header_size);
	EXPECT_EQ(size, h->file_size);
	EXPECT_LE(size, h->mem_size);
	EXPECT_EQ(0, h->mem_size % 4096);
	EXPECT_EQ(0, h->text_end % 4096);
	EXPECT_EQ(0, h->rodata_end % 4096);
	EXPECT_LE(h->text_end, h->rodata_end);
	EXPECT_LE(h->rodata_end, h->mem_size);
	EXPECT_LE(XENPV_MONITOR_VA, h->entry);
	EXPECT_GT(XENPV_MONITOR_VA + h->text_end, h->entry);
	EXPECT_GE(size, h->params + sizeof(struct xenpv_monitor_params));

	m = (struct kvm_xenpv_monitor){ .size = ~0ULL, .addr = (uintptr_t)image };
	EXPECT_EQ(0, xioctl(xdev(), KVM_XENPV_GET_MONITOR, &m));
	EXPECT_EQ(size, m.size);
	m = (struct kvm_xenpv_monitor){ .size = size, .addr = 8 };
	EXPECT_EQ(-EFAULT, xioctl(xdev(), KVM_XENPV_GET_MONITOR, &m));
	m = (struct kvm_xenpv_monitor){ .size = size, .addr = 0xffff888000000000ULL };
	EXPECT_EQ(-EFAULT, xioctl(xdev(), KVM_XENPV_GET_MONITOR, &m));
	free(image);
}

/* --- what every ioctl refuses --- */

static const unsigned long of_device[] = {
	KVM_XENPV_CREATE_DOMAIN, KVM_XENPV_LIST_DOMAINS, KVM_XENPV_GET_MONITOR,
};

static const unsigned long of_domain[] = {
	KVM_XENPV_SET_MEMORY, KVM_XENPV_SET_SHARED_INFO, KVM_XENPV_ADD_VCPU,
	KVM_XENPV_GET_INFO, KVM_XENPV_SET_STATE, KVM_XENPV_SET_NAME,
	KVM_XENPV_ALLOC_PORT, KVM_XENPV_PORT_STATUS, KVM_XENPV_RAISE_VIRQ,
	KVM_XENPV_SET_RESERVATION,
};

static const unsigned long of_domain_n[] = {
	KVM_XENPV_ATTACH_VCPU, KVM_XENPV_HYPERCALL, KVM_XENPV_CREATE_EVENT_FD,
};

static const unsigned long of_event[] = {
	KVM_XENPV_BIND_PORT, KVM_XENPV_UNBIND_PORT, KVM_XENPV_NOTIFY_PORT,
};

FIXTURE(fds) {
	struct xdom d;
	int event;
};

FIXTURE_SETUP(fds)
{
	ASSERT_EQ(0, xdom_new(&self->d, 0, 1));
	self->event = xioctl_n(self->d.fd, KVM_XENPV_CREATE_EVENT_FD, 0);
	ASSERT_LE(0, self->event);
}

FIXTURE_TEARDOWN(fds)
{
	close(self->event);
	xdom_free(&self->d);
}

TEST_F(fds, bad_pointers)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(of_device); i++) {
		EXPECT_EQ(-EFAULT, xioctl(xdev(), of_device[i], NULL))
			TH_LOG("%#lx", of_device[i]);
		EXPECT_EQ(-EFAULT, xioctl(xdev(), of_device[i], (void *)(~0UL - 7)))
			TH_LOG("%#lx", of_device[i]);
	}
	for (i = 0; i < ARRAY_SIZE(of_domain); i++) {
		EXPECT_EQ(-EFAULT, xioctl(self->d.fd, of_domain[i], NULL))
			TH_LOG("%#lx", of_domain[i]);
		EXPECT_EQ(-EFAULT, xioctl(self->d.fd, of_domain[i], (void *)(~0UL - 7)))
			TH_LOG("%#lx", of_domain[i]);
	}
}

TEST_F(fds, ioctls_of_other_fds)
{
	char buf[1024] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(of_device); i++) {
		EXPECT_EQ(-ENOTTY, xioctl(self->d.fd, of_device[i], buf));
		EXPECT_EQ(-ENOTTY, xioctl(self->event, of_device[i], buf));
	}
	for (i = 0; i < ARRAY_SIZE(of_domain); i++) {
		EXPECT_EQ(-ENOTTY, xioctl(xdev(), of_domain[i], buf));
		EXPECT_EQ(-ENOTTY, xioctl(self->event, of_domain[i], buf));
	}
	for (i = 0; i < ARRAY_SIZE(of_domain_n); i++) {
		EXPECT_EQ(-ENOTTY, xioctl_n(xdev(), of_domain_n[i], 0));
		EXPECT_EQ(-ENOTTY, xioctl_n(self->event, of_domain_n[i], 0));
	}
	for (i = 0; i < ARRAY_SIZE(of_event); i++) {
		EXPECT_EQ(-ENOTTY, xioctl_n(xdev(), of_event[i], 1));
		EXPECT_EQ(-ENOTTY, xioctl_n(self->d.fd, of_event[i], 1));
	}
	EXPECT_EQ(-ENOTTY, xioctl_n(self->d.fd, KVM_XENPV_GET_API_VERSION, 0));
	EXPECT_EQ(-ENOTTY, xioctl_n(self->event, KVM_XENPV_GET_API_VERSION, 0));
}

static bool known(unsigned long cmd)
{
	unsigned int i;

	if (cmd == KVM_XENPV_GET_API_VERSION)
		return true;
	for (i = 0; i < ARRAY_SIZE(of_device); i++)
		if (cmd == of_device[i])
			return true;
	for (i = 0; i < ARRAY_SIZE(of_domain); i++)
		if (cmd == of_domain[i])
			return true;
	for (i = 0; i < ARRAY_SIZE(of_domain_n); i++)
		if (cmd == of_domain_n[i])
			return true;
	for (i = 0; i < ARRAY_SIZE(of_event); i++)
		if (cmd == of_event[i])
			return true;
	return false;
}

/* Every number, with wrong sizes and directions too. */
TEST_F(fds, unknown_ioctls)
{
	static const unsigned int sizes[] = { 0, 4, 8, 16, 88, 100 };
	char buf[1024] = {};
	unsigned int nr, dir, i;

	for (nr = 0; nr < 256; nr++) {
		for (dir = 0; dir < 4; dir++) {
			for (i = 0; i < ARRAY_SIZE(sizes); i++) {
				unsigned long cmd = _IOC(dir, KVM_XENPV_IOC, nr, sizes[i]);

				if (known(cmd))
					continue;
				EXPECT_EQ(-ENOTTY, xioctl(xdev(), cmd, buf))
					TH_LOG("%#lx", cmd);
				EXPECT_EQ(-ENOTTY, xioctl(self->d.fd, cmd, buf))
					TH_LOG("%#lx", cmd);
				EXPECT_EQ(-ENOTTY, xioctl(self->event, cmd, buf))
					TH_LOG("%#lx", cmd);
			}
		}
	}
}

TEST_F(fds, nothing_to_read_write_or_map)
{
	char c = 0;

	EXPECT_EQ(-1, read(xdev(), &c, 1));
	EXPECT_EQ(-1, write(xdev(), &c, 1));
	EXPECT_EQ(-1, read(self->d.fd, &c, 1));
	EXPECT_EQ(-1, write(self->d.fd, &c, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, xdev(), 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->d.fd, 0));
}

TEST_F(fds, reservation)
{
	struct kvm_xenpv_info info;
	__u64 all, bytes;

	ASSERT_EQ(0, xioctl(self->d.fd, KVM_XENPV_GET_INFO, &info));
	all = info.memory;
	EXPECT_LT(0, all);
	bytes = all - 4096;
	EXPECT_EQ(0, xioctl(self->d.fd, KVM_XENPV_SET_RESERVATION, &bytes));
	ASSERT_EQ(0, xioctl(self->d.fd, KVM_XENPV_GET_INFO, &info));
	EXPECT_EQ(bytes, info.memory);
	bytes = all + 1;
	EXPECT_EQ(-EINVAL, xioctl(self->d.fd, KVM_XENPV_SET_RESERVATION, &bytes));
	bytes = ~0ULL;
	EXPECT_EQ(-EINVAL, xioctl(self->d.fd, KVM_XENPV_SET_RESERVATION, &bytes));
	ASSERT_EQ(0, xioctl(self->d.fd, KVM_XENPV_GET_INFO, &info));
	EXPECT_EQ(all - 4096, info.memory);
	bytes = 0;
	EXPECT_EQ(0, xioctl(self->d.fd, KVM_XENPV_SET_RESERVATION, &bytes));
}

TEST_HARNESS_MAIN
