// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels with random bytes changed: whatever happens is a refusal in one line
 * or a domain.  The seed is fixed; `./fuzz ROUNDS SEED` tries others.
 */
#include <stdlib.h>
#include <string.h>

#include "../kselftest.h"
#include "harness.h"
#include "image.h"
#include "pack.h"

#define ROUNDS	400
#define GUEST	"GUEST_OS=test,VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x201,FEATURES=!dom0|a"

static struct guest_mem ram;
static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

/* Words that lie near limits hurt more than random ones. */
static uint64_t nasty(void)
{
	static const uint64_t words[] = {
		0, 1, 0xff, 0xfff, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffffff, 0x800000000000, 0x7fffffffffffffff,
		0xffff800000000000, 0xffffffff80000000, 0xfffffffffffff000, ~0ULL,
	};

	return words[rnd(ARRAY_SIZE(words))] + rnd(3) - 1;
}

static void change(uint8_t *data, size_t size)
{
	size_t at = rnd(size);
	uint64_t word = nasty();
	size_t len = 1 << rnd(4);

	if (rnd(2)) {
		data[at] ^= 1 << rnd(8);
		return;
	}
	if (at + len > size)
		len = size - at;
	memcpy(data + at, &word, len);
}

/* Changes go to the first AREA bytes: where the numbers are. */
static void fuzz(const char *name, const uint8_t *data, size_t size,
		 size_t area, unsigned int rounds)
{
	uint8_t *copy = malloc(size);
	unsigned int built = 0, i, n;
	struct outcome o;
	bool ok = true;

	for (i = 0; i < rounds && ok; i++) {
		uint64_t seed = state;
		const char *path;

		memcpy(copy, data, size);
		for (n = rnd(4) + 1; n; n--)
			change(copy, area);
		path = file_new(name, copy, rnd(8) ? size : rnd(size));
		build(&o, &ram, path);
		built += !o.ret;
		ok = refused(&o, path) || (!o.ret && !o.lines);
		if (!ok)
			ksft_print_msg("%s, state %lx: ret %d: %s\n", name, seed,
				       o.ret, o.said);
	}
	free(copy);
	ksft_test_result(ok, "%s: %u files, %u of them built\n", name, i, built);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS, i;
	static struct image notes, section, symbols, legacy, narrow;

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	ksft_print_header();
	ksft_set_plan(5 + nr_packers);
	ram_new(&ram, 16);
	image_linux(&notes);
	fuzz("notes", notes.data, notes.size, IMAGE_NOTES + notes.notes, rounds);
	image_linux(&section);
	image_note_section(&section);
	fuzz("section", section.data, section.size, IMAGE_GUEST, rounds);
	image_linux(&symbols);
	image_symbols(&symbols);
	fuzz("symbols", symbols.data, symbols.size, IMAGE_STRTAB, rounds);
	image_legacy(&legacy, GUEST);
	fuzz("legacy", legacy.data, legacy.size, IMAGE_GUEST + 128, rounds);
	image_32bit(&narrow, 0xc0000000, "yes");
	fuzz("32bit", narrow.data, narrow.size, IMAGE_NOTES + narrow.notes, rounds);
	for (i = 0; i < nr_packers; i++) {
		struct bytes b = { 0 };

		make_bzimage(&packers[i], notes.data, notes.size, &b);
		fuzz(packers[i].name, b.data, b.size, b.size, rounds / 4);
		bytes_free(&b);
	}
	ram_free(&ram);
	ksft_finished();
}
