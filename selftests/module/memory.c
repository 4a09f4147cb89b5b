// SPDX-License-Identifier: GPL-2.0
/*
 * The guest memory table, and pages of it that the module keeps pinned:
 * shared_info and the hypercall blocks.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "../lib/xenpv_dom.h"
#include "../lib/xenpv_test.h"

#define PAGE	XDOM_PAGE

FIXTURE(mem) {
	int fd;
	char name[KVM_XENPV_NAME_LEN];
	uint8_t *map;
	struct kvm_xenpv_memory m;
};

FIXTURE_SETUP(mem)
{
	self->fd = xdom_create(xdom_unique(self->name), 0, 4, NULL);
	ASSERT_LE(0, self->fd);
	self->map = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	memset(&self->m, 0, sizeof(self->m));
	self->m.nr_regions = 1;
	self->m.regions[0] = (struct kvm_xenpv_region){
		.gpa = 0, .size = 64 * PAGE, .hva = (uintptr_t)self->map,
	};
}

FIXTURE_TEARDOWN(mem)
{
	close(self->fd);
	munmap(self->map, 64 * PAGE);
}

static int set_memory(int fd, struct kvm_xenpv_memory *m)
{
	return xioctl(fd, KVM_XENPV_SET_MEMORY, m);
}

static int set_shared(int fd, uint64_t gpa)
{
	return xioctl(fd, KVM_XENPV_SET_SHARED_INFO, &gpa);
}

static int add_vcpu(int fd, uint32_t id, uint64_t block)
{
	struct kvm_xenpv_vcpu v = {
		.id = id,
		.doorbell_fd = eventfd(0, EFD_CLOEXEC),
		.irq_fd = eventfd(0, EFD_CLOEXEC),
		.block_gpa = block,
	};
	int ret = xioctl(fd, KVM_XENPV_ADD_VCPU, &v);

	close(v.doorbell_fd);
	close(v.irq_fd);
	return ret;
}

TEST_F(mem, set_once)
{
	struct kvm_xenpv_info info;

	ASSERT_EQ(0, set_memory(self->fd, &self->m));
	EXPECT_EQ(-EBUSY, set_memory(self->fd, &self->m));
	ASSERT_EQ(0, xioctl(self->fd, KVM_XENPV_GET_INFO, &info));
	EXPECT_EQ(64 * PAGE, info.memory);
}

TEST_F(mem, refused_tables_leave_none)
{
	struct kvm_xenpv_memory bad = self->m;
	struct kvm_xenpv_info info;

	bad.regions[0].size = 1;
	EXPECT_EQ(-EINVAL, set_memory(self->fd, &bad));
	ASSERT_EQ(0, xioctl(self->fd, KVM_XENPV_GET_INFO, &info));
	EXPECT_EQ(0, info.memory);
	EXPECT_EQ(-ENXIO, set_shared(self->fd, 0));
	EXPECT_EQ(0, set_memory(self->fd, &self->m));
}

TEST_F(mem, number_of_regions)
{
	unsigned int i;

	for (i = 0; i < KVM_XENPV_MAX_REGIONS; i++)
		self->m.regions[i] = (struct kvm_xenpv_region){
			.gpa = 2 * i * PAGE, .size = PAGE,
			.hva = (uintptr_t)self->map + i * PAGE,
		};
	self->m.nr_regions = 0;
	EXPECT_EQ(-EINVAL, set_memory(self->fd, &self->m));
	self->m.nr_regions = KVM_XENPV_MAX_REGIONS + 1;
	EXPECT_EQ(-EINVAL, set_memory(self->fd, &self->m));
	self->m.nr_regions = 0x80000000;
	EXPECT_EQ(-EINVAL, set_memory(self->fd, &self->m));
	self->m.nr_regions = ~0U;
	EXPECT_EQ(-EINVAL, set_memory(self->fd, &self->m));
	self->m.nr_regions = KVM_XENPV_MAX_REGIONS;
	EXPECT_EQ(0, set_memory(self->fd, &self->m));
	/* The last one counts, holes do not. */
	EXPECT_EQ(-ENXIO, set_shared(self->fd, 29 * PAGE));
	EXPECT_EQ(-ENXIO, set_shared(self->fd, 31 * PAGE));
	EXPECT_EQ(0, set_shared(self->fd, 30 * PAGE));
}

TEST_F(mem, reserved)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		self->m.reserved = 1U << bit;
		EXPECT_EQ(-EINVAL, set_memory(self->fd, &self->m));
	}
}

static int try_region(int fd, uint64_t gpa, uint64_t size, uint64_t hva)
{
	struct kvm_xenpv_memory m = {
		.nr_regions = 1,
		.regions[0] = { .gpa = gpa, .size = size, .hva = hva },
	};

	return set_memory(fd, &m);
}

TEST_F(mem, unaligned_empty_wrapping)
{
	uint64_t hva = (uintptr_t)self->map;
	int fd = self->fd;

	EXPECT_EQ(-EINVAL, try_region(fd, 1, PAGE, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 2048, PAGE, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, PAGE, hva + 1));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, PAGE, hva + 2048));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, PAGE + 1, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, PAGE - 1, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, 0, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, -PAGE, 2 * PAGE, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, PAGE, -PAGE, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 2 * PAGE, -PAGE, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 1ULL << 63, 1ULL << 63 | PAGE, hva));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, 2 * PAGE, -PAGE));
	EXPECT_EQ(-EINVAL, try_region(fd, 0, -PAGE, PAGE * 16));
	EXPECT_EQ(0, try_region(fd, 0, PAGE, hva));
}

/* Not user memory: refused here or, at the latest, when a page is wanted. */
TEST_F(mem, kernel_addresses)
{
	static const uint64_t kernel[] = {
		0x0000800000000000ULL, 0x8000000000000000ULL, 0xffff800000000000ULL,
		0xffff888000000000ULL, 0xffffffff81000000ULL, -2ULL * PAGE,
	};
	char name[KVM_XENPV_NAME_LEN];
	unsigned int i;
	int fd, ret;

	for (i = 0; i < ARRAY_SIZE(kernel); i++) {
		fd = xdom_create(xdom_unique(name), 0, 1, NULL);
		ASSERT_LE(0, fd);
		ret = try_region(fd, 0, PAGE, kernel[i]);
		if (!ret) {
			EXPECT_EQ(-EFAULT, set_shared(fd, 0)) TH_LOG("%#lx", kernel[i]);
		} else {
			EXPECT_EQ(-EINVAL, ret) TH_LOG("%#lx", kernel[i]);
		}
		close(fd);
	}
}

static int try_two(int fd, uint64_t gpa0, uint64_t size0, uint64_t gpa1, uint64_t size1,
		   uint64_t hva)
{
	struct kvm_xenpv_memory m = {
		.nr_regions = 2,
		.regions[0] = { .gpa = gpa0, .size = size0, .hva = hva },
		.regions[1] = { .gpa = gpa1, .size = size1, .hva = hva + 32 * PAGE },
	};

	return set_memory(fd, &m);
}

TEST_F(mem, overlaps)
{
	uint64_t hva = (uintptr_t)self->map;
	int fd = self->fd;

	EXPECT_EQ(-EINVAL, try_two(fd, 0, 4 * PAGE, 0, 4 * PAGE, hva));
	EXPECT_EQ(-EINVAL, try_two(fd, 0, 4 * PAGE, 3 * PAGE, 4 * PAGE, hva));
	EXPECT_EQ(-EINVAL, try_two(fd, 3 * PAGE, 4 * PAGE, 0, 4 * PAGE, hva));
	EXPECT_EQ(-EINVAL, try_two(fd, 0, 8 * PAGE, 2 * PAGE, PAGE, hva));
	EXPECT_EQ(-EINVAL, try_two(fd, 2 * PAGE, PAGE, 0, 8 * PAGE, hva));
	EXPECT_EQ(-EINVAL, try_two(fd, 7 * PAGE, PAGE, 0, 8 * PAGE, hva));
	/* Neighbours, in either order, do not overlap. */
	EXPECT_EQ(0, try_two(fd, 4 * PAGE, 4 * PAGE, 0, 4 * PAGE, hva));
}

TEST_F(mem, first_and_last_of_sixteen_overlap)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		self->m.regions[i] = (struct kvm_xenpv_region){
			.gpa = i * PAGE, .size = PAGE,
			.hva = (uintptr_t)self->map + i * PAGE,
		};
	self->m.nr_regions = 16;
	self->m.regions[15].gpa = 0;
	EXPECT_EQ(-EINVAL, set_memory(self->fd, &self->m));
	self->m.regions[15].gpa = 15 * PAGE;
	EXPECT_EQ(0, set_memory(self->fd, &self->m));
}

/* The same memory at two places is the owner's business. */
TEST_F(mem, aliases)
{
	struct kvm_xenpv_memory m = {
		.nr_regions = 2,
		.regions[0] = { .gpa = 0, .size = PAGE, .hva = (uintptr_t)self->map },
		.regions[1] = { .gpa = 1ULL << 40, .size = PAGE, .hva = (uintptr_t)self->map },
	};

	ASSERT_EQ(0, set_memory(self->fd, &m));
	EXPECT_EQ(0, set_shared(self->fd, 1ULL << 40));
	EXPECT_EQ(0, add_vcpu(self->fd, 0, 0));
}

/* --- shared_info --- */

TEST_F(mem, shared_info_address)
{
	EXPECT_EQ(-ENXIO, set_shared(self->fd, 0));
	ASSERT_EQ(0, set_memory(self->fd, &self->m));
	EXPECT_EQ(-EINVAL, set_shared(self->fd, 1));
	EXPECT_EQ(-EINVAL, set_shared(self->fd, 2048));
	EXPECT_EQ(-EINVAL, set_shared(self->fd, PAGE - 1));
	EXPECT_EQ(-ENXIO, set_shared(self->fd, 64 * PAGE));
	EXPECT_EQ(-ENXIO, set_shared(self->fd, 1ULL << 52));
	EXPECT_EQ(-ENXIO, set_shared(self->fd, -PAGE));
	EXPECT_EQ(0, set_shared(self->fd, 63 * PAGE));
	EXPECT_EQ(-EBUSY, set_shared(self->fd, 63 * PAGE));
	EXPECT_EQ(-EBUSY, set_shared(self->fd, 0));
}

TEST_F(mem, read_only_mappings)
{
	ASSERT_EQ(0, set_memory(self->fd, &self->m));
	ASSERT_EQ(0, mprotect(self->map, 64 * PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, set_shared(self->fd, 0));
	ASSERT_EQ(0, mprotect(self->map, 64 * PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, set_shared(self->fd, 0));
	ASSERT_EQ(0, mprotect(self->map, 64 * PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, set_shared(self->fd, 0));
	ASSERT_EQ(0, mprotect(self->map, 64 * PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, add_vcpu(self->fd, 0, PAGE));
	ASSERT_EQ(0, mprotect(self->map, 64 * PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, add_vcpu(self->fd, 0, PAGE));
}

TEST_F(mem, unmapped)
{
	ASSERT_EQ(0, set_memory(self->fd, &self->m));
	ASSERT_EQ(0, munmap(self->map + 8 * PAGE, PAGE));
	EXPECT_EQ(-EFAULT, set_shared(self->fd, 8 * PAGE));
	EXPECT_EQ(0, set_shared(self->fd, 9 * PAGE));
	EXPECT_EQ(-EFAULT, add_vcpu(self->fd, 0, 8 * PAGE));
	EXPECT_EQ(0, add_vcpu(self->fd, 0, 7 * PAGE));
}

/* A file opened for reading only can be mapped shared, but not for writing. */
TEST_F(mem, read_only_file)
{
	int f = open("/proc/self/exe", O_RDONLY);
	uint8_t *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, f, 0);

	ASSERT_NE(MAP_FAILED, p);
	self->m.regions[0].hva = (uintptr_t)p;
	self->m.regions[0].size = PAGE;
	ASSERT_EQ(0, set_memory(self->fd, &self->m));
	EXPECT_EQ(-EFAULT, set_shared(self->fd, 0));
}

TEST_F(mem, beyond_the_end_of_a_file)
{
	int f = memfd_create("t", 0);
	uint8_t *p;

	ASSERT_EQ(0, ftruncate(f, PAGE));
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
	ASSERT_NE(MAP_FAILED, p);
	self->m.regions[0].hva = (uintptr_t)p;
	self->m.regions[0].size = 2 * PAGE;
	ASSERT_EQ(0, set_memory(self->fd, &self->m));
	EXPECT_EQ(-EFAULT, set_shared(self->fd, PAGE));
	EXPECT_EQ(0, set_shared(self->fd, 0));
}

/* --- what is pinned is what the owner sees --- */

/* One event of a port to itself: is its bit where the owner looks? */
static int event_arrives(struct xdom *d)
{
	long port = xev_ipi(&d->vcpu[0], 0);
	int ret;

	if (port < 1)
		return -1;
	ret = xev_send(&d->vcpu[0], port);
	if (ret)
		return -2;
	ret = xdom_pending(d, port) && xvcpu_upcall(&d->vcpu[0]);
	xev_close(&d->vcpu[0], port);
	xdom_quiet(d);
	return ret;
}

static int whole_domain(struct xdom *d)
{
	int ret = xdom_set_memory(d);

	if (!ret)
		ret = xdom_set_shared(d);
	if (!ret)
		ret = xdom_add(d, 0);
	if (!ret)
		ret = xdom_attach(&d->vcpu[0]);
	return ret;
}

TEST(private_memory_never_touched)
{
	struct xdom d;

	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_PRIVATE));
	ASSERT_EQ(0, whole_domain(&d));
	EXPECT_EQ(1, event_arrives(&d));
	xdom_free(&d);
}

TEST(private_memory_read_before)
{
	volatile uint8_t sum = 0;
	struct xdom d;
	unsigned int i;

	/* Reading maps the zero page. */
	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_PRIVATE));
	for (i = 0; i < XDOM_SIZE; i += PAGE)
		sum += d.mem[i];
	ASSERT_EQ(0, whole_domain(&d));
	EXPECT_EQ(1, event_arrives(&d));
	xdom_free(&d);
}

TEST(private_file_memory)
{
	int f = memfd_create("t", 0);
	struct xdom d;

	ASSERT_EQ(0, ftruncate(f, XDOM_SIZE));
	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_PRIVATE));
	ASSERT_EQ(d.mem, mmap(d.mem, XDOM_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_FIXED, f, 0));
	ASSERT_EQ(0, whole_domain(&d));
	EXPECT_EQ(1, event_arrives(&d));
	xdom_free(&d);
}

/* Copy-on-write of a fork must not take the page away from its owner. */
TEST(private_memory_and_fork)
{
	struct xdom d;
	int status, i;
	pid_t pid;

	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_PRIVATE));
	ASSERT_EQ(0, whole_domain(&d));
	EXPECT_EQ(1, event_arrives(&d));
	pid = fork();
	if (!pid) {
		for (;;)
			pause();
	}
	/* Writes to both pages while the child has them too. */
	for (i = 0; i < 3; i++) {
		xdom_mask(&d, 4000, i & 1);
		EXPECT_EQ(1, event_arrives(&d));
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT_EQ(1, event_arrives(&d));
	xdom_free(&d);
}

TEST(huge_page_memory)
{
	struct xdom d;
	uint8_t *p, *huge;

	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_PRIVATE));
	p = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	huge = (uint8_t *)(((uintptr_t)p + (2 << 20)) & ~((2UL << 20) - 1));
	madvise(huge, 2 << 20, MADV_HUGEPAGE);
	memset(huge, 0, 2 << 20);
	munmap(d.mem, XDOM_SIZE);
	d.mem = huge;
	d.si = xdom_page(&d, XDOM_PG_SHARED);
	ASSERT_EQ(0, whole_domain(&d));
	EXPECT_EQ(1, event_arrives(&d));
	/* Split it under the pins. */
	ASSERT_EQ(0, mprotect(huge + 5 * PAGE, PAGE, PROT_READ));
	EXPECT_EQ(1, event_arrives(&d));
	xdom_free(&d);
}

/* What the owner does to its memory later is its own trouble alone. */
TEST(memory_changes_under_a_domain)
{
	struct kvm_xenpv_info info;
	struct xdom d;
	long port;

	ASSERT_EQ(0, xdom_new(&d, 0, 1));
	port = xev_ipi(&d.vcpu[0], 0);
	ASSERT_LE(1, port);
	ASSERT_EQ(0, madvise(d.mem, XDOM_SIZE, MADV_DONTNEED));
	xev_send(&d.vcpu[0], port);
	ASSERT_EQ(0, mprotect(d.mem, XDOM_SIZE, PROT_READ));
	xioctl_n(d.fd, KVM_XENPV_HYPERCALL, 0);
	xdoorbell(&d.vcpu[0]);
	ASSERT_EQ(0, munmap(d.mem, XDOM_SIZE));
	xioctl_n(d.fd, KVM_XENPV_HYPERCALL, 0);
	xdoorbell(&d.vcpu[0]);
	EXPECT_EQ(0, xdom_info(&d, &info));
	d.mem = NULL;
	xdom_free(&d);
}

/* shared_info and a block in one page: nonsense, but the owner's. */
TEST(block_on_top_of_shared_info)
{
	struct xdom d;
	struct kvm_xenpv_vcpu v = {
		.doorbell_fd = eventfd(0, EFD_NONBLOCK),
		.irq_fd = eventfd(0, EFD_NONBLOCK),
		.block_gpa = xdom_gpa(XDOM_PG_SHARED),
	};
	uint64_t one = 1;
	int ret;

	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_SHARED));
	ASSERT_EQ(0, xdom_set_memory(&d));
	ASSERT_EQ(0, xdom_set_shared(&d));
	ret = xioctl(d.fd, KVM_XENPV_ADD_VCPU, &v);
	if (!ret) {
		xioctl_n(d.fd, KVM_XENPV_ATTACH_VCPU, 0);
		xioctl_n(d.fd, KVM_XENPV_HYPERCALL, 0);
		EXPECT_EQ(8, write(v.doorbell_fd, &one, 8));
	}
	xdom_free(&d);
}

/* --- accounting --- */

static long status_kb(const char *key)
{
	char line[256];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kb = atol(line + strlen(key));
	if (f)
		fclose(f);
	return kb;
}

static long accounted(void)
{
	return status_kb("VmPin:") + status_kb("VmLck:");
}

TEST(accounted_and_given_back)
{
	long before = accounted();
	struct xdom d;

	ASSERT_EQ(0, xdom_new(&d, 0, 4));
	/* shared_info and four blocks. */
	EXPECT_EQ(before + 20, accounted());
	ASSERT_EQ(0, xvcpu_register(&d.vcpu[0], 0, xdom_gpa(XDOM_PG_FREE)));
	EXPECT_EQ(before + 24, accounted());
	xdom_free(&d);
	EXPECT_EQ(before, accounted());
}

static void no_privilege(rlim_t memlock)
{
	struct rlimit l = { memlock, memlock };

	xdev();
	setrlimit(RLIMIT_MEMLOCK, &l);
	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		abort();
}

TEST(memlock_limit_none)
{
	struct xdom d;

	no_privilege(0);
	ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_SHARED));
	ASSERT_EQ(0, xdom_set_memory(&d));
	EXPECT_EQ(-ENOMEM, xdom_set_shared(&d));
	EXPECT_EQ(-ENOMEM, xdom_set_shared(&d));
	xdom_free(&d);
	EXPECT_EQ(0, accounted());
}

TEST(memlock_limit_one_page)
{
	struct xdom d;
	int i;

	no_privilege(PAGE);
	/* Whatever is refused or closed is given back. */
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, xdom_init(&d, 0, 1, MAP_SHARED));
		ASSERT_EQ(0, xdom_set_memory(&d));
		EXPECT_EQ(0, xdom_set_shared(&d));
		EXPECT_EQ(-ENOMEM, xdom_add(&d, 0));
		EXPECT_EQ(-ENOMEM, xdom_add(&d, 0));
		EXPECT_EQ(4, accounted());
		xdom_free(&d);
		EXPECT_EQ(0, accounted());
	}
}

TEST(memlock_limit_exact)
{
	struct xdom d;
	int i;

	no_privilege(3 * PAGE);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, xdom_new(&d, 0, 2));
		EXPECT_EQ(-ENOMEM, xvcpu_register(&d.vcpu[0], 0, xdom_gpa(XDOM_PG_FREE)));
		xdom_free(&d);
	}
}

/* A refused vCPU leaves no pin and no claim on its eventfds. */
TEST(refused_vcpus_give_back)
{
	long pins = xdom_pins(), before = accounted();
	struct kvm_xenpv_vcpu v = {};
	struct xdom d;
	int i;

	ASSERT_EQ(0, xdom_new(&d, 0, 2));
	pins = xdom_pins();
	before = accounted();
	v.doorbell_fd = d.vcpu[1].doorbell;
	v.irq_fd = eventfd(0, EFD_CLOEXEC);
	v.block_gpa = xdom_gpa(XDOM_PG_FREE);
	v.id = 1;
	for (i = 0; i < 20; i++) {
		EXPECT_GT(0, xioctl(d.fd, KVM_XENPV_ADD_VCPU, &v));
	}
	EXPECT_EQ(before, accounted());
	EXPECT_EQ(pins, xdom_pins());
	xdom_free(&d);
}

TEST(nothing_left_behind)
{
	long pins = xdom_pins(), vmaps = xdom_vmaps(), refs;
	struct xdom d;
	int i;

	xdev();
	refs = xdom_module_refs();
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, xdom_new(&d, i & 1, 4));
		ASSERT_EQ(0, xvcpu_register(&d.vcpu[0], 0, xdom_gpa(XDOM_PG_FREE) + 64));
		ASSERT_EQ(0, xvcpu_register(&d.vcpu[1], 1, xdom_gpa(XDOM_PG_FREE) + 128));
		xdom_free(&d);
	}
	EXPECT_EQ(pins, xdom_pins());
	EXPECT_EQ(refs, xdom_module_refs());
	EXPECT_EQ(vmaps, xdom_vmaps());
}

TEST_HARNESS_MAIN
