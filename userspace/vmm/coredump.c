// SPDX-License-Identifier: GPL-2.0
/*
 * A domain's memory and registers in a file: Xen's dump-core format, an ELF
 * file with sections and no program headers (docs/misc/dump-core-format of
 * Xen's).  Pages of zeros become holes of the file.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xen/elfnote.h>

#include "../config.h"
#include "../paths.h"
#include "../util.h"
#include "context.h"
#include "coredump.h"
#include "domain.h"
#include "log.h"
#include "xen.h"

#include <xen/version.h>

#define CORE_MAGIC	0xf00febedULL	/* of a PV domain */
#define XEN_MAJOR	4
#define XEN_MINOR	17

struct note {
	uint32_t namesz, descsz, type;
	char name[4];
};

struct header_desc {
	uint64_t magic, nr_vcpus, nr_pages, page_size;
};

struct version_desc {
	uint64_t major, minor;
	xen_extraversion_t extra;
	xen_compile_info_t compile;
	xen_capabilities_info_t capabilities;
	xen_changeset_info_t changeset;
	xen_platform_parameters_t platform;
	uint64_t page_size;
};

struct notes {
	struct note none;
	struct note header;
	struct header_desc header_desc;
	struct note version;
	struct version_desc version_desc;
	struct note format;
	uint64_t format_version;
};

/* An entry of .xen_p2m. */
struct p2m {
	uint64_t pfn, gmfn;
};

enum { S_NULL, S_STRINGS, S_NOTES, S_VCPUS, S_SHARED, S_PAGES, S_P2M, NR_SECTIONS };

static const char strings[] =
	"\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_shared_info\0.xen_pages\0.xen_p2m";

struct coredump {
	struct domain *d;
	char *path;
	int fd;
	vcpu_guest_context_t *contexts;
	struct p2m *p2m;
	uint64_t nr_pages;
	Elf64_Shdr sections[NR_SECTIONS];
	pthread_t thread;
	bool started;
	atomic_bool cancel, over;
	atomic_ullong done;		/* pages */
	char why[256];
};

static void fill_note(struct note *n, uint32_t type, uint32_t size)
{
	n->namesz = sizeof(n->name);
	n->descsz = size;
	n->type = type;
	strcpy(n->name, "Xen");
}

static void fill_notes(const struct coredump *c, struct notes *n)
{
	struct version_desc *v = &n->version_desc;

	memset(n, 0, sizeof(*n));
	fill_note(&n->none, XEN_ELFNOTE_DUMPCORE_NONE, 0);
	fill_note(&n->header, XEN_ELFNOTE_DUMPCORE_HEADER, sizeof(n->header_desc));
	n->header_desc.magic = CORE_MAGIC;
	n->header_desc.nr_vcpus = c->d->nr_vcpus;
	n->header_desc.nr_pages = c->nr_pages;
	n->header_desc.page_size = PAGE_SIZE;
	fill_note(&n->version, XEN_ELFNOTE_DUMPCORE_XEN_VERSION, sizeof(*v));
	v->major = XEN_MAJOR;
	v->minor = XEN_MINOR;
	strcpy(v->extra, ".kvm-xenpv");
	strcpy(v->capabilities, "xen-3.0-x86_64");
	v->platform.virt_start = 0xffff800000000000UL;
	v->page_size = PAGE_SIZE;
	fill_note(&n->format, XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, 8);
	n->format_version = 1;		/* 0.1 */
}

/* The names stand in the table in the order of the sections. */
static void set_section(struct coredump *c, unsigned int i, uint32_t type,
			uint64_t offset, uint64_t size, uint64_t entry)
{
	Elf64_Shdr *s = &c->sections[i];
	const char *name = strings;
	unsigned int n;

	for (n = 0; n < i; n++)
		name += strlen(name) + 1;
	s->sh_name = name - strings;
	s->sh_type = type;
	s->sh_offset = offset;
	s->sh_size = size;
	s->sh_addralign = entry ? 8 : 0;
	s->sh_entsize = entry;
}

static void lay_out(struct coredump *c)
{
	uint64_t at = sizeof(Elf64_Ehdr) + sizeof(c->sections);
	uint64_t vcpus = c->d->nr_vcpus * sizeof(vcpu_guest_context_t);

	set_section(c, S_NOTES, SHT_NOTE, at, sizeof(struct notes), 0);
	at += sizeof(struct notes);
	set_section(c, S_VCPUS, SHT_PROGBITS, at, vcpus,
		    sizeof(vcpu_guest_context_t));
	at += vcpus;
	set_section(c, S_SHARED, SHT_PROGBITS, at, PAGE_SIZE, PAGE_SIZE);
	at += PAGE_SIZE;
	at = (at + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	set_section(c, S_PAGES, SHT_PROGBITS, at, c->nr_pages << PAGE_SHIFT,
		    PAGE_SIZE);
	c->sections[S_PAGES].sh_addralign = PAGE_SIZE;
	at += c->nr_pages << PAGE_SHIFT;
	set_section(c, S_P2M, SHT_PROGBITS, at, c->nr_pages * sizeof(struct p2m),
		    sizeof(struct p2m));
	at += c->nr_pages * sizeof(struct p2m);
	set_section(c, S_STRINGS, SHT_STRTAB, at, sizeof(strings), 0);
}

static bool put(struct coredump *c, uint64_t at, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = pwrite(c->fd, p, len, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			snprintf(c->why, sizeof(c->why), "%s: %s", c->path,
				 strerror(n ? errno : ENOSPC));
			return false;
		}
		p += n;
		at += n;
		len -= n;
	}
	return true;
}

static bool put_section(struct coredump *c, unsigned int i, const void *data)
{
	return put(c, c->sections[i].sh_offset, data, c->sections[i].sh_size);
}

static bool put_header(struct coredump *c)
{
	const Elf64_Ehdr h = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT, ELFOSABI_SYSV },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(h),
		.e_ehsize = sizeof(h),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = NR_SECTIONS,
		.e_shstrndx = S_STRINGS,
	};

	return put(c, 0, &h, sizeof(h)) &&
	       put(c, sizeof(h), c->sections, sizeof(c->sections));
}

static bool is_zero(const uint64_t *page)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		if (page[i])
			return false;
	return true;
}

static bool put_pages(struct coredump *c)
{
	uint64_t at = c->sections[S_PAGES].sh_offset, i;
	uint64_t page[PAGE_SIZE / 8];
	const void *from;

	for (i = 0; i < c->nr_pages; i++, at += PAGE_SIZE) {
		if (c->cancel) {
			snprintf(c->why, sizeof(c->why), "the domain ended");
			return false;
		}
		from = guest_ptr(&c->d->mem, c->p2m[i].gmfn << PAGE_SHIFT,
				 PAGE_SIZE);
		if (!from)
			continue;
		/* The guest runs: what is looked at is what is written. */
		memcpy(page, from, PAGE_SIZE);
		if (!is_zero(page) && !put(c, at, page, PAGE_SIZE))
			return false;
		c->done = i;
	}
	return true;
}

static void *write_all(void *opaque)
{
	struct coredump *c = opaque;
	struct domain *d = c->d;
	struct notes notes;
	bool ok;

	fill_notes(c, &notes);
	ok = put_header(c) && put_section(c, S_NOTES, &notes) &&
	     put_section(c, S_VCPUS, c->contexts) &&
	     put_section(c, S_SHARED,
			 guest_ptr(&d->mem, d->lay.shared_info, PAGE_SIZE)) &&
	     put_pages(c) && put_section(c, S_P2M, c->p2m) &&
	     put_section(c, S_STRINGS, strings);
	/* A full disk may be noticed only now. */
	if (close(c->fd) && ok) {
		snprintf(c->why, sizeof(c->why), "%s: %s", c->path,
			 strerror(errno));
		ok = false;
	}
	c->fd = -1;
	if (!ok)
		unlink(c->path);
	c->over = true;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct p2m *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* In order, each number once; the guest may have given it to several frames. */
static uint64_t sort(struct p2m *p2m, uint64_t nr)
{
	uint64_t i, kept = 0;

	qsort(p2m, nr, sizeof(*p2m), compare);
	for (i = 0; i < nr; i++)
		if (!kept || p2m[i].pfn != p2m[kept - 1].pfn)
			p2m[kept++] = p2m[i];
	return kept;
}

/* The frames it owns, by the numbers that the guest gave them. */
static void read_p2m(struct coredump *c)
{
	struct reservation *r = &c->d->reservation;
	const struct guest_mem *m = &c->d->mem;
	uint64_t i, mfn, pfn, last = 0, nr = 0;
	bool sorted = true;

	c->p2m = xcalloc(m->max_pages, sizeof(*c->p2m));
	pthread_mutex_lock(&r->lock);
	for (i = 0; i < m->max_pages; i++) {
		if (!(r->owned[i / 64] & 1ULL << (i % 64)))
			continue;
		mfn = frame_to_mfn(m, i);
		pfn = __atomic_load_n(&r->m2p[mfn], __ATOMIC_RELAXED);
		/* The guest may write anything there. */
		if (pfn >= m->max_pages)
			continue;
		sorted &= !nr || pfn > last;
		last = pfn;
		c->p2m[nr].pfn = pfn;
		c->p2m[nr++].gmfn = mfn;
	}
	pthread_mutex_unlock(&r->lock);
	c->nr_pages = sorted ? nr : sort(c->p2m, nr);
}

static void coredump_free(struct coredump *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->contexts);
	free(c->p2m);
	free(c->path);
	free(c);
}

/* It will be written at any place, and is taken away when that fails. */
static int open_file(const char *path)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
	int fd, error = EINVAL;
	struct stat st;

	fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	/* Nobody waits for a pipe's reader. */
	fd = open(path, flags | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		/* Its owner may read it whatever its mode, and has it open. */
		error = EPERM;
		if (st.st_uid == geteuid() && !ftruncate(fd, 0) &&
		    !fchmod(fd, 0600))
			return fd;
	}
	close(fd);
	errno = error;
	return -1;
}

static struct coredump *coredump_new(struct domain *d, const char *path)
{
	struct coredump *c = xcalloc(1, sizeof(*c));

	c->d = d;
	c->path = xstrdup(path);
	/* It has all that the guest keeps secret. */
	c->fd = open_file(path);
	if (c->fd < 0) {
		coredump_free(c);
		return NULL;
	}
	c->contexts = xcalloc(d->nr_vcpus, sizeof(*c->contexts));
	context_read_all(d, c->contexts);
	read_p2m(c);
	lay_out(c);
	return c;
}

const char *coredump_begin(struct coredump **c, struct domain *d,
			   const char *path)
{
	if (*c && !(*c)->over)
		return "a dump is being written already";
	/* One whose end nobody has asked for. */
	coredump_finish(c, false);
	*c = coredump_new(d, path);
	if (!*c)
		return errno == EINVAL ? "that is not a regular file" :
					 strerror(errno);
	if (pthread_create(&(*c)->thread, NULL, write_all, *c)) {
		unlink(path);
		coredump_free(*c);
		*c = NULL;
		return "cannot start a thread";
	}
	(*c)->started = true;
	return NULL;
}

unsigned int coredump_progress(struct coredump *c, const char **failed)
{
	*failed = NULL;
	if (!c->over)
		return c->done * 99 / (c->nr_pages ? c->nr_pages : 1);
	if (c->why[0])
		*failed = c->why;
	return 100;
}

void coredump_finish(struct coredump **c, bool cancel)
{
	if (!*c)
		return;
	(*c)->cancel = cancel;
	if ((*c)->started)
		pthread_join((*c)->thread, NULL);
	coredump_free(*c);
	*c = NULL;
}

void coredump_at_end(struct domain *d, const char *name)
{
	char *path = dump_path(name);
	struct coredump *c;

	dump_dir_make();
	log_line("dumping core to %s", path);
	c = coredump_new(d, path);
	if (!c) {
		log_line("core dump failed: %s", strerror(errno));
	} else {
		write_all(c);
		if (c->why[0])
			log_line("core dump failed: %s", c->why);
		coredump_free(c);
	}
	free(path);
}
