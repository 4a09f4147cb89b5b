// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests of disks do to them, in the guest and on the host.
 *
 *   blk fill DEV FROM COUNT SEED     write sectors, past the page cache
 *   blk verify DEV FROM COUNT SEED   read them again, past it too
 *   blk write DEV                    write one sector: for tests that fail
 *   blk durable DEV SEED             write at random, flush, say what is safe
 *   blk check FILE SEED SAFE         is all there that was said to be safe?
 *   blk sector-size LOOP SIZE        of a loop device
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SECTOR		512
#define MAX_SECTORS	1024
#define MAGIC		0x6b6c6221736b7369ULL

/* The durability test's disk: blocks of 4 KiB. */
#define NR_BLOCKS	1024
#define BLOCK_SECTORS	8

struct header {
	uint64_t magic;
	uint64_t seed;
	uint64_t number;	/* of the sector, or of the write */
	uint64_t where;
};

static void die(const char *what)
{
	fprintf(stderr, "blk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint8_t *sectors(void)
{
	static void *p;

	if (!p && posix_memalign(&p, 4096, MAX_SECTORS * SECTOR))
		die("memory");
	return p;
}

static void make_sector(uint8_t *p, uint64_t seed, uint64_t number,
			uint64_t where)
{
	struct header h = { MAGIC, seed, number, where };
	uint64_t x = seed * 0x9e3779b97f4a7c15 + number * 31 + where;
	unsigned int i;

	memcpy(p, &h, sizeof(h));
	for (i = sizeof(h); i < SECTOR; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		p[i] = x >> 56;
	}
}

static int open_direct(const char *dev, int flags)
{
	int fd = open(dev, flags | O_DIRECT);

	/* Images on tmpfs. */
	if (fd < 0)
		fd = open(dev, flags);
	if (fd < 0)
		die(dev);
	return fd;
}

/* Sizes from a page to the most that is possible, in turn. */
static unsigned int chunk(unsigned int i, uint64_t left)
{
	static const unsigned int sizes[] = { 8, 1024, 16, 256, 88, 96, 128 };
	unsigned int n = sizes[i % 7];

	return n < left ? n : left;
}

static int fill(const char *dev, uint64_t from, uint64_t count, uint64_t seed)
{
	int fd = open_direct(dev, O_WRONLY);
	unsigned int i, k, n;
	uint64_t s;

	for (i = 0, s = 0; s < count; i++, s += n) {
		n = chunk(i, count - s);
		for (k = 0; k < n; k++)
			make_sector(sectors() + k * SECTOR, seed, from + s + k,
				    0);
		errno = 0;
		if (pwrite(fd, sectors(), n * SECTOR, (from + s) * SECTOR) !=
		    n * SECTOR)
			die("write");
	}
	if (fsync(fd) || close(fd))
		die("flush");
	return 0;
}

static int verify(const char *dev, uint64_t from, uint64_t count, uint64_t seed)
{
	int fd = open_direct(dev, O_RDONLY);
	uint8_t want[SECTOR];
	unsigned int i, k, n;
	uint64_t s;

	for (i = 0, s = 0; s < count; i++, s += n) {
		n = chunk(i + 3, count - s);
		errno = 0;
		if (pread(fd, sectors(), n * SECTOR, (from + s) * SECTOR) !=
		    n * SECTOR)
			die("read");
		for (k = 0; k < n; k++) {
			make_sector(want, seed, from + s + k, 0);
			if (!memcmp(want, sectors() + k * SECTOR, SECTOR))
				continue;
			fprintf(stderr, "blk: sector %llu is wrong\n",
				(unsigned long long)(from + s + k));
			return 1;
		}
	}
	return 0;
}

static int write_one(const char *dev)
{
	int fd = open_direct(dev, O_WRONLY);

	memset(sectors(), 0, 4096);
	if (pwrite(fd, sectors(), 4096, 0) != 4096 || fsync(fd))
		die("write");
	return 0;
}

/* Which block is the Nth write's?  The same for writer and checker. */
static uint64_t block_of(uint64_t seed, uint64_t n)
{
	uint64_t x = (seed << 32) + n;

	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return (x >> 20) % NR_BLOCKS;
}

static void __attribute__((noreturn)) durable(const char *dev, uint64_t seed)
{
	int fd = open_direct(dev, O_WRONLY);
	uint64_t n = 0, b;
	unsigned int k;

	for (;;) {
		do {
			b = block_of(seed, ++n);
			for (k = 0; k < BLOCK_SECTORS; k++)
				make_sector(sectors() + k * SECTOR, seed, n,
					    b * BLOCK_SECTORS + k);
			if (pwrite(fd, sectors(), 4096, b * 4096) != 4096)
				die("write");
		} while (n % 7);
		if (fdatasync(fd))
			die("flush");
		printf("safe %llu\n", (unsigned long long)n);
		fflush(stdout);
	}
}

/* Of each sector the last safe write must be there, or a later one, whole. */
static int check(const char *file, uint64_t seed, uint64_t safe)
{
	static uint64_t last[NR_BLOCKS];
	int fd = open(file, O_RDONLY);
	uint8_t got[SECTOR], want[SECTOR];
	unsigned int i, bad = 0, later = 0;
	struct header h;
	uint64_t n;

	if (fd < 0)
		die(file);
	for (n = 1; n <= safe; n++)
		last[block_of(seed, n)] = n;
	for (i = 0; i < NR_BLOCKS * BLOCK_SECTORS; i++) {
		uint64_t b = i / BLOCK_SECTORS;

		if (pread(fd, got, SECTOR, i * SECTOR) != SECTOR)
			die("read");
		memcpy(&h, got, sizeof(h));
		if (!last[b] && h.magic != MAGIC)
			continue;
		make_sector(want, seed, h.number, i);
		if (!memcmp(got, want, SECTOR) && h.number >= last[b] &&
		    block_of(seed, h.number) == b) {
			later += h.number > safe;
			continue;
		}
		if (bad++ < 5)
			printf("sector %u: write %llu, not %llu\n", i,
			       (unsigned long long)(h.magic == MAGIC ?
						    h.number : 0),
			       (unsigned long long)last[b]);
	}
	printf("%llu writes safe, %u sectors bad, %u from later writes\n",
	       (unsigned long long)safe, bad, later);
	return bad != 0;
}

static int sector_size(const char *loop, unsigned long size)
{
	int fd = open(loop, O_RDWR);

	if (fd < 0 || ioctl(fd, LOOP_SET_BLOCK_SIZE, size))
		die(loop);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t n[3] = { 0 };
	int i;

	for (i = 3; i < argc && i < 6; i++)
		n[i - 3] = strtoull(argv[i], NULL, 0);
	if (argc == 6 && !strcmp(argv[1], "fill"))
		return fill(argv[2], n[0], n[1], n[2]);
	if (argc == 6 && !strcmp(argv[1], "verify"))
		return verify(argv[2], n[0], n[1], n[2]);
	if (argc == 3 && !strcmp(argv[1], "write"))
		return write_one(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "durable"))
		durable(argv[2], n[0]);
	if (argc == 5 && !strcmp(argv[1], "check"))
		return check(argv[2], n[0], n[1]);
	if (argc == 4 && !strcmp(argv[1], "sector-size"))
		return sector_size(argv[2], n[0]);
	fputs("blk: see its source\n", stderr);
	return 2;
}
