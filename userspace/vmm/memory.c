// SPDX-License-Identifier: GPL-2.0
/* Guest physical memory: where RAM and the special frames are mapped. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../util.h"
#include "memory.h"

#define HUGE	(2ULL << 20)

/* Overflow-safe: is [gpa, gpa + len) inside [start, start + size)? */
static bool inside(uint64_t gpa, uint64_t len, uint64_t start, uint64_t size)
{
	return gpa >= start && gpa - start <= size && len <= size - (gpa - start);
}

void *guest_ptr(const struct guest_mem *m, uint64_t gpa, uint64_t len)
{
	if (inside(gpa, len, 0, m->low_max << PAGE_SHIFT))
		return m->low + gpa;
	if (inside(gpa, len, MEM_HOLE_END,
		   (m->max_pages - m->low_max) << PAGE_SHIFT))
		return m->high + (gpa - MEM_HOLE_END);
	if (inside(gpa, len, m->special_gpa, m->special_size))
		return m->special + (gpa - m->special_gpa);
	return NULL;
}

void guest_mem_init(struct guest_mem *m, uint64_t nr_pages, uint64_t max_pages)
{
	const uint64_t low = MEM_HOLE_START >> PAGE_SHIFT;

	memset(m, 0, sizeof(*m));
	m->nr_pages = nr_pages;
	m->max_pages = max_pages;
	m->low_pages = nr_pages < low ? nr_pages : low;
	m->low_max = max_pages < low ? max_pages : low;
	m->special_gpa = MEM_HOLE_START;
}

/*
 * Nothing is reserved, so mapping costs nothing and says nothing about what
 * the host has.  The address is a multiple of 2 MiB, as gpas are: only then
 * can KVM use huge pages.
 */
static uint8_t *map_aligned(uint64_t size)
{
	uint64_t room = size + HUGE, skip, tail;
	uint8_t *p;

	p = mmap(NULL, room, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;

	skip = -(uintptr_t)p & (HUGE - 1);
	tail = room - skip - size;
	if (skip)
		munmap(p, skip);
	if (tail)
		munmap(p + skip + size, tail);
	return p + skip;
}

/* MiB the host could give without swapping, 0 when it does not say. */
static uint64_t host_available_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	uint64_t kb = 0;
	char line[128];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kb) == 1)
			break;
	fclose(f);
	return kb >> 10;
}

int guest_mem_map(struct guest_mem *m, uint64_t special_size)
{
	uint64_t low = m->low_max << PAGE_SHIFT;
	uint64_t high = (m->max_pages - m->low_max) << PAGE_SHIFT;
	uint64_t want = m->nr_pages >> 8, have = host_available_mb();

	if (have && have < want) {
		err("not enough memory: the domain wants %" PRIu64
		    " MiB, the host has %" PRIu64 " MiB available", want, have);
		return -1;
	}

	m->low = map_aligned(low);
	m->high = high ? map_aligned(high) : NULL;
	m->special = map_aligned(special_size);
	m->special_size = special_size;
	if (!m->low || (high && !m->high) || !m->special) {
		err_sys("cannot map %" PRIu64 " MiB of guest memory",
			m->max_pages >> 8);
		guest_mem_unmap(m);
		return -1;
	}

	madvise(m->low, low, MADV_HUGEPAGE);
	if (m->high)
		madvise(m->high, high, MADV_HUGEPAGE);
	/* Mostly sparse tables: huge pages would multiply their cost. */
	madvise(m->special, special_size, MADV_NOHUGEPAGE);
	/* Guest memory in a core dump helps nobody and is somebody's data. */
	madvise(m->low, low, MADV_DONTDUMP);
	if (m->high)
		madvise(m->high, high, MADV_DONTDUMP);
	/* A child would only make the guest's next writes copies. */
	madvise(m->low, low, MADV_DONTFORK);
	if (m->high)
		madvise(m->high, high, MADV_DONTFORK);
	madvise(m->special, special_size, MADV_DONTFORK);
	return 0;
}

void guest_mem_unmap(struct guest_mem *m)
{
	if (m->low)
		munmap(m->low, m->low_max << PAGE_SHIFT);
	if (m->high)
		munmap(m->high, (m->max_pages - m->low_max) << PAGE_SHIFT);
	if (m->special)
		munmap(m->special, m->special_size);
	m->low = NULL;
	m->high = NULL;
	m->special = NULL;
	m->special_size = 0;
}

void guest_mem_discard(const struct guest_mem *m, uint64_t mfn, uint64_t nr)
{
	void *p = guest_ptr(m, mfn << PAGE_SHIFT, nr << PAGE_SHIFT);

	if (p)
		madvise(p, nr << PAGE_SHIFT, MADV_DONTNEED);
}
