// SPDX-License-Identifier: GPL-2.0
/* Core dumps of a domain without a virtual machine: its pages and their table. */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "vmm/coredump.h"
#include "vmm/domain.h"
#include "vmm/xen.h"

#define PAGE_SIZE	4096UL
#define MIB(n)	((uint64_t)(n) << 8)	/* in pages */

FIXTURE(dump) {
	struct domain d;
	struct vcpu vcpu;
	struct xenpv_vcpu_block *block;
	struct coredump *c;
	uint64_t *m2p;
	char path[64];
	uint8_t *file;
	size_t size;
};

FIXTURE_SETUP(dump)
{
	struct domain *d = &self->d;
	uint64_t i;

	memset(d, 0, sizeof(*d));
	guest_mem_init(&d->mem, MIB(16), MIB(20));
	ASSERT_EQ(0, layout_special(&d->lay, &d->mem, 1, 4096));
	ASSERT_EQ(0, guest_mem_map(&d->mem, d->lay.size));
	reservation_init(&d->reservation, &d->mem, &d->lay);
	pthread_mutex_init(&d->run_lock, NULL);
	pthread_cond_init(&d->run_cond, NULL);
	self->m2p = guest_ptr(&d->mem, d->lay.m2p, d->lay.m2p_entries * 8);
	for (i = 0; i < MIB(20); i++)
		self->m2p[i] = i;
	self->vcpu.d = d;
	self->vcpu.fd = -1;
	d->vcpus = &self->vcpu;
	d->nr_vcpus = 1;
	d->paused = true;
	strcpy(self->path, "/tmp/coredump.XXXXXX");
	close(mkstemp(self->path));
	self->c = NULL;
	self->file = NULL;
}

FIXTURE_TEARDOWN(dump)
{
	coredump_finish(&self->c, true);
	unlink(self->path);
	free(self->file);
	reservation_free(&self->d.reservation);
	guest_mem_unmap(&self->d.mem);
}

static void read_file(struct __test_metadata *_metadata, struct _test_data_dump *self)
{
	int fd = open(self->path, O_RDONLY);
	struct stat st;

	ASSERT_EQ(0, fstat(fd, &st));
	self->size = st.st_size;
	self->file = malloc(self->size);
	ASSERT_EQ(self->size, read(fd, self->file, self->size));
	close(fd);
	EXPECT_EQ(0100600, st.st_mode);
	/* Almost all of it are zeros. */
	EXPECT_GT(1 << 20, st.st_blocks * 512);
}

static const Elf64_Shdr *section(struct _test_data_dump *self, const char *name)
{
	const Elf64_Ehdr *h = (void *)self->file;
	const Elf64_Shdr *s = (void *)(self->file + h->e_shoff);
	unsigned int i;

	for (i = 0; i < h->e_shnum; i++)
		if (!strcmp((char *)self->file + s[h->e_shstrndx].sh_offset +
			    s[i].sh_name, name))
			return &s[i];
	return NULL;
}

static void finish(struct __test_metadata *_metadata, struct _test_data_dump *self)
{
	const char *failed = NULL;
	int i;

	for (i = 0; i < 10000 && coredump_progress(self->c, &failed) < 100; i++)
		usleep(1000);
	EXPECT_EQ(100, coredump_progress(self->c, &failed));
	EXPECT_EQ(NULL, failed);
	coredump_finish(&self->c, false);
	EXPECT_EQ(NULL, self->c);
}

/* Pages stand where the table says, in the order of the guest's own numbers. */
TEST_F(dump, pages)
{
	const struct { uint64_t pfn, gmfn; } *p2m;
	const Elf64_Shdr *pages, *table;
	uint64_t i, nr;

	/* A page given back, and two that the guest numbers the other way. */
	ASSERT_EQ(0, reservation_remove(&self->d.reservation, 7, 0));
	self->m2p[100] = 200;
	self->m2p[200] = 100;
	memset(self->d.mem.low + (100 << 12), 0xaa, PAGE_SIZE);
	memset(self->d.mem.low + (200 << 12), 0xbb, PAGE_SIZE);
	/* Nonsense of the guest's. */
	self->m2p[300] = 1ULL << 60;
	self->m2p[301] = 302;
	ASSERT_EQ(NULL, coredump_begin(&self->c, &self->d, self->path));
	EXPECT_NE(NULL, coredump_begin(&self->c, &self->d, self->path));
	finish(_metadata, self);

	read_file(_metadata, self);
	pages = section(self, ".xen_pages");
	table = section(self, ".xen_p2m");
	ASSERT_NE(NULL, pages);
	ASSERT_NE(NULL, table);
	nr = MIB(16) - 3;
	ASSERT_EQ(nr << 12, pages->sh_size);
	ASSERT_EQ(nr * 16, table->sh_size);
	EXPECT_EQ(0, pages->sh_offset % PAGE_SIZE);
	p2m = (void *)(self->file + table->sh_offset);
	for (i = 0; i < nr; i++) {
		ASSERT_EQ(true, !i || p2m[i].pfn > p2m[i - 1].pfn);
		ASSERT_NE(7, p2m[i].pfn);
		ASSERT_NE(300, p2m[i].gmfn);
		if (p2m[i].pfn == 100) {
			EXPECT_EQ(200, p2m[i].gmfn);
			EXPECT_EQ(0xbb, self->file[pages->sh_offset + (i << 12)]);
		}
		if (p2m[i].pfn == 200) {
			EXPECT_EQ(0xaa, self->file[pages->sh_offset + (i << 12)]);
		}
	}
	ASSERT_NE(NULL, section(self, ".xen_prstatus"));
	EXPECT_EQ(sizeof(vcpu_guest_context_t), section(self, ".xen_prstatus")->sh_size);
}

/* Who asked for it may not have waited: the next dump is another one. */
TEST_F(dump, nobody_waits)
{
	const char *failed;
	int i;

	ASSERT_EQ(NULL, coredump_begin(&self->c, &self->d, self->path));
	for (i = 0; i < 10000 && coredump_progress(self->c, &failed) < 100; i++)
		usleep(1000);
	EXPECT_EQ(NULL, coredump_begin(&self->c, &self->d, self->path));
	finish(_metadata, self);
}

TEST_F(dump, wrong_files)
{
	struct stat st;

	EXPECT_STREQ("No such file or directory",
		     coredump_begin(&self->c, &self->d, "/nonexistent/core"));
	EXPECT_STREQ("that is not a regular file",
		     coredump_begin(&self->c, &self->d, "/dev/null"));
	EXPECT_EQ(0, stat("/dev/null", &st));
	unlink(self->path);
	ASSERT_EQ(0, mkfifo(self->path, 0600));
	EXPECT_NE(NULL, coredump_begin(&self->c, &self->d, self->path));
	unlink(self->path);
	ASSERT_EQ(0, symlink("/tmp/elsewhere", self->path));
	EXPECT_NE(NULL, coredump_begin(&self->c, &self->d, self->path));
	EXPECT_EQ(NULL, self->c);
}

/* Its owner could read the guest's memory, or has it open already. */
TEST_F(dump, of_others)
{
	struct stat st;

	if (chown(self->path, 65534, 65534))
		SKIP(return, "not root");
	EXPECT_STREQ("Operation not permitted",
		     coredump_begin(&self->c, &self->d, self->path));
	EXPECT_EQ(NULL, self->c);
	EXPECT_EQ(0, stat(self->path, &st));
	EXPECT_EQ(65534, st.st_uid);
}

/* What cannot be written in full does not stay. */
TEST_F(dump, full)
{
	const struct rlimit limit = { 1 << 20, RLIM_INFINITY };
	const char *failed = NULL;
	struct stat st;
	int i;

	signal(SIGXFSZ, SIG_IGN);
	memset(self->d.mem.low + (1000 << 12), 1, PAGE_SIZE);
	setrlimit(RLIMIT_FSIZE, &limit);
	ASSERT_EQ(NULL, coredump_begin(&self->c, &self->d, self->path));
	for (i = 0; i < 10000 && coredump_progress(self->c, &failed) < 100; i++)
		usleep(1000);
	ASSERT_NE(NULL, failed);
	EXPECT_NE(NULL, strstr(failed, "File too large"));
	EXPECT_EQ(-1, stat(self->path, &st));
}

TEST_HARNESS_MAIN
