// SPDX-License-Identifier: GPL-2.0
/* Compressed kernels: all methods, cut short, corrupt, and bombs. */
#include <stdlib.h>
#include <string.h>

#include "../kselftest.h"
#include "expect.h"
#include "image.h"
#include "pack.h"
#include "builder/kernel.h"

#define PER_METHOD	9
/* More than the limit, which is lower here to save time. */
#define LIMIT		(16UL << 20)
#define BOMB		(LIMIT + (1 << 20))

static struct guest_mem ram;
static struct image image;
static struct outcome o;

static void name_it(char *to, size_t room, const struct packer *p,
		    const char *what)
{
	snprintf(to, room, "%s-%s", p->name, what);
}

static void expect(const struct packer *p, const char *what,
		   const struct bytes *b, const char *words)
{
	const char *path;
	char name[64];

	name_it(name, sizeof(name), p, what);
	path = file_new(name, b->data, b->size);
	build(&o, &ram, path);
	if (words)
		expect_refused(&o, path, words, name);
	else
		expect_built(&o, name);
}

/* Every prefix and every byte flipped: refused, or built as if nothing was. */
static void mangle(const struct packer *p, const struct bytes *good)
{
	bool ok = true;
	size_t n, step = good->size / 40 + 1;

	for (n = 0; n < good->size && ok; n += step) {
		const char *path = file_new("short", good->data, n);

		build(&o, &ram, path);
		ok = refused(&o, path) ||
		     (n >= good->size - 256 && !o.ret && !o.lines);
		if (!ok)
			ksft_print_msg("%zu bytes: %d %s\n", n, o.ret, o.said);
	}
	ksft_test_result(ok, "%s: every shorter file\n", p->name);

	for (n = 0, ok = true; n < good->size && ok; n += step) {
		const char *path;

		good->data[n] ^= 0x81;
		path = file_new("flipped", good->data, good->size);
		build(&o, &ram, path);
		ok = refused(&o, path) || (!o.ret && !o.lines);
		good->data[n] ^= 0x81;
		if (!ok)
			ksft_print_msg("byte %zu: %d %s\n", n, o.ret, o.said);
	}
	ksft_test_result(ok, "%s: every byte flipped\n", p->name);
}

/* The payload ends 256 bytes before the file does. */
static void claim(struct bytes *b, uint32_t size)
{
	memcpy(b->data + b->size - 256 - 4, &size, 4);
}

static void sizes(const struct packer *p, struct bytes *bz)
{
	claim(bz, image.size - 1);
	/* gzip's own check of the size comes first. */
	expect(p, "claims-less", bz, "data: ");
	claim(bz, image.size + 1);
	expect(p, "claims-more", bz, "data: ");
	claim(bz, 0xffffffff);
	expect(p, "claims-4g", bz, "impossible size");
	claim(bz, 0);
	expect(p, "claims-nothing", bz, "impossible size");
}

static void method(const struct packer *p)
{
	struct bytes whole = { 0 }, bz = { 0 };

	p->pack(image.data, image.size, &whole);
	expect(p, "elf", &whole, NULL);
	make_bzimage(p, image.data, image.size, &bz);
	expect(p, "bzimage", &bz, NULL);
	mangle(p, &bz);
	bytes_free(&whole);
	/* A bzImage may itself be packed, as on some distributions. */
	p->pack(bz.data, bz.size, &whole);
	expect(p, "packed-bzimage", &whole, NULL);
	sizes(p, &bz);
	bytes_free(&whole);
	bytes_free(&bz);
}

/* A few kilobytes that unpack to more than any kernel has. */
static void bombs(void)
{
	struct bytes b = { 0 };
	unsigned int i;

	for (i = 0; i < nr_packers; i++) {
		if (!packers[i].pack_zeroes)
			continue;
		packers[i].pack_zeroes(BOMB, &b);
		expect(&packers[i], "bomb", &b, "more than");
		bytes_free(&b);
		/* Less is claimed than comes. */
		make_bomb(&packers[i], LIMIT, &b);
		claim(&b, 1 << 20);
		expect(&packers[i], "bzimage-bomb", &b, "more than");
		bytes_free(&b);
	}
}

static void large_file(void)
{
	uint8_t *data = calloc(1, LIMIT + 1);
	const char *path = file_new("large", data, LIMIT + 1);

	build(&o, &ram, path);
	expect_refused(&o, path, "too large for a kernel", "a file too large");
	path = file_new("largest", data, LIMIT);
	build(&o, &ram, path);
	expect_refused(&o, path, "not a kernel", "the largest file");
	free(data);
}

static void setup_headers(void)
{
	struct bytes good = { 0 };
	const char *path;
	size_t i;
	static const struct {
		const char *name;
		unsigned int at, len;
		uint32_t value;
		const char *words;
	} cases[] = {
		{ "old-protocol", 0x206, 2, 0x0207, "before 2.08" },
		{ "no-payload", 0x24c, 4, 0, "without a compressed kernel" },
		{ "payload-far", 0x248, 4, 0xfffffff0, "beyond the end" },
		{ "payload-long", 0x24c, 4, 0xfffffff0, "beyond the end" },
		{ "payload-tiny", 0x24c, 4, 9, "cut short" },
		{ "payload-odd", 0x248, 4, 1, "a way that is not known" },
		{ "no-magic", 0x202, 4, 0, "not a kernel" },
		{ "no-boot-flag", 0x1fe, 2, 0, "not a kernel" },
		{ "sectors-far", 0x1f1, 1, 0xff, "beyond the end" },
	};

	make_bzimage(&packers[0], image.data, image.size, &good);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes b = { 0 };

		bytes_add(&b, good.data, good.size);
		memcpy(b.data + cases[i].at, &cases[i].value, cases[i].len);
		path = file_new(cases[i].name, b.data, b.size);
		build(&o, &ram, path);
		expect_refused(&o, path, cases[i].words, cases[i].name);
		bytes_free(&b);
	}
	path = file_new("setup-only", good.data, 0x240);
	build(&o, &ram, path);
	expect_refused(&o, path, "cut short in its setup header", "setup-only");
	bytes_free(&good);
}

int main(void)
{
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(PER_METHOD * nr_packers + 6 + 10 + 2);
	image_linux(&image);
	ram_new(&ram, 32);
	for (i = 0; i < nr_packers; i++)
		method(&packers[i]);
	setup_headers();
	kernel_max_size = LIMIT;
	bombs();
	large_file();
	ram_free(&ram);
	ksft_finished();
}
