// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory that comes late: a file of a file system in userspace, whose
 * server, the test, answers when it wants to. Until then the module can pin no
 * page of it, and nobody but the domain's owner may have to wait for that.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

#define LATE_GPA	(1ULL << 40)

/* What the owner asks for while its memory is late. */
enum { LATE_SHARED, LATE_BLOCK, LATE_INFO };

FIXTURE(late) {
	char path[32];
	int fuse;
	uint64_t unanswered;	/* the READ that waits for an answer */
	uint32_t *domid;	/* the owner writes it, here it is read */
	pid_t owner;
};

FIXTURE_VARIANT(late) {
	int call;
};

FIXTURE_VARIANT_ADD(late, shared_info) { .call = LATE_SHARED };
FIXTURE_VARIANT_ADD(late, block) { .call = LATE_BLOCK };
FIXTURE_VARIANT_ADD(late, vcpu_info) { .call = LATE_INFO };

/* --- the file system: its root is a file of one page --- */

static void answer(int fuse, uint64_t unique, int error, void *data, size_t len)
{
	char buf[sizeof(struct fuse_out_header) + XDOM_PAGE];
	struct fuse_out_header out = {
		.len = sizeof(out) + len, .error = error, .unique = unique,
	};

	memcpy(buf, &out, sizeof(out));
	if (len)
		memcpy(buf + sizeof(out), data, len);
	if (write(fuse, buf, out.len) < 0 && errno != ENOENT)
		perror("late: answer");
}

static void answer_read(int fuse, uint64_t unique)
{
	static char page[XDOM_PAGE];

	answer(fuse, unique, 0, page, sizeof(page));
}

/* Serves a request; one to read is left to the caller, who gets its number. */
static uint64_t serve(int fuse)
{
	static char buf[64 << 10];
	struct fuse_in_header *in = (void *)buf;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = XDOM_PAGE,
	};
	struct fuse_attr_out attr = {
		.attr_valid = 1000,
		.attr = { .ino = 1, .size = XDOM_PAGE, .mode = S_IFREG | 0600, .nlink = 1 },
	};
	struct fuse_open_out open = { .fh = 1 };

	if (read(fuse, buf, sizeof(buf)) < (ssize_t)sizeof(*in))
		return 0;
	switch (in->opcode) {
	case FUSE_INIT:
		answer(fuse, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(fuse, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(fuse, in->unique, 0, &open, sizeof(open));
		break;
	case FUSE_READ:
		return in->unique;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(fuse, in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fuse, in->unique, -ENOSYS, NULL, 0);
	}
	return 0;
}

/* Serves for that long, or until somebody wants to read; what he gets. */
static uint64_t serve_for(int fuse, int ms)
{
	uint64_t end = xdom_now_ms() + ms, unique = 0;
	struct pollfd p = { .fd = fuse, .events = POLLIN };

	while (!unique && xdom_now_ms() < end)
		if (poll(&p, 1, 10) == 1)
			unique = serve(fuse);
	return unique;
}

static int mount_late(char *path)
{
	int fuse, f = mkstemp(path);
	char options[64];

	close(f);
	fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fuse < 0 && system("modprobe -q fuse") >= 0)
		fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", fuse);
	if (fuse >= 0 && mount("late", path, "fuse", MS_NOSUID | MS_NODEV, options)) {
		close(fuse);
		fuse = -1;
	}
	return fuse;
}

/* --- the owner, a process of its own --- */

static long owner(const char *path, int call, uint32_t *domid)
{
	struct kvm_xenpv_memory m = { .nr_regions = 2 };
	struct kvm_xenpv_vcpu v = { .block_gpa = LATE_GPA };
	uint64_t gpa = LATE_GPA;
	int f = open(path, O_RDONLY);
	struct stat st;
	struct xdom d;
	void *late;

	/* Nobody has asked how large it is yet. */
	if (fstat(f, &st))
		return -1;
	late = mmap(NULL, XDOM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, f, 0);
	if (late == MAP_FAILED || xdom_init(&d, 0, 1, MAP_SHARED))
		return -1;
	m.regions[0] = (struct kvm_xenpv_region){ XDOM_GPA, XDOM_SIZE, (uintptr_t)d.mem };
	m.regions[1] = (struct kvm_xenpv_region){ LATE_GPA, XDOM_PAGE, (uintptr_t)late };
	if (xioctl(d.fd, KVM_XENPV_SET_MEMORY, &m))
		return -2;
	*(volatile uint32_t *)domid = d.domid;
	if (call == LATE_SHARED)
		return xioctl(d.fd, KVM_XENPV_SET_SHARED_INFO, &gpa);
	if (xdom_set_shared(&d))
		return -3;
	if (call == LATE_BLOCK) {
		v.doorbell_fd = eventfd(0, EFD_CLOEXEC);
		v.irq_fd = eventfd(0, EFD_CLOEXEC);
		return xioctl(d.fd, KVM_XENPV_ADD_VCPU, &v);
	}
	if (xdom_add(&d, 0) || xdom_attach(&d.vcpu[0]))
		return -4;
	return xvcpu_register(&d.vcpu[0], 0, LATE_GPA);
}

FIXTURE_SETUP(late)
{
	long ret;

	strcpy(self->path, "/tmp/late.XXXXXX");
	xdev();
	self->domid = mmap(NULL, XDOM_PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->domid);
	self->fuse = mount_late(self->path);
	if (self->fuse < 0)
		return;
	self->owner = fork();
	if (!self->owner) {
		close(self->fuse);
		ret = owner(self->path, variant->call, self->domid);
		if (ret)
			TH_LOG("the owner: %ld", ret);
		_exit(ret ? 1 : 0);
	}
	self->unanswered = serve_for(self->fuse, 10000);
	ASSERT_NE(0, self->unanswered);
}

FIXTURE_TEARDOWN(late)
{
	int status = -1;

	if (self->fuse < 0)
		return;
	answer_read(self->fuse, self->unanswered);
	while (!waitpid(self->owner, &status, WNOHANG))
		serve_for(self->fuse, 10);
	/* Late it may be, but it is good memory. */
	EXPECT_EQ(0, status);
	close(self->fuse);
	umount2(self->path, MNT_DETACH);
	unlink(self->path);
}

/* Does a process that has nothing to do with the owner get through with FN? */
static int others_can(int (*fn)(uint32_t domid), uint32_t domid)
{
	uint64_t end = xdom_now_ms() + 10000;
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(fn(domid));
	while (!waitpid(pid, &status, WNOHANG) && xdom_now_ms() < end)
		usleep(10000);
	return status;
}

static int list(uint32_t domid)
{
	return xdom_count() < 1;
}

/* It has no such port: the answer is all that matters. */
static int connect_to(uint32_t domid)
{
	struct xdom d;

	return xdom_new(&d, 0, 1) || xev_bind(&d.vcpu[0], domid, 1) != -EINVAL;
}

TEST_F(late, others_do_not_wait)
{
	if (self->fuse < 0)
		SKIP(return, "no FUSE here");
	EXPECT_EQ(0, others_can(list, *self->domid));
	EXPECT_EQ(0, others_can(connect_to, *self->domid));
}

TEST_HARNESS_MAIN
