// SPDX-License-Identifier: GPL-2.0
/* PV-GRUB images and the configuration that is put into them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest.h"
#include "builder/grub.h"
#include "harness.h"

#define PACKAGED	"/usr/lib/grub-xen/grub-x86_64-xen.bin"
#define PACKAGED32	"/usr/lib/grub-xen/grub-i386-xen.bin"

/* An image's list of objects: a module, the archive, something else. */
#define AT		64	/* the list, in the file */
#define MODULE		40
#define TAR		4096
#define SIZE		(AT + 24 + MODULE + 8 + TAR + 16)
#define ARCHIVE		(AT + 24 + MODULE + 8)

static uint8_t data[SIZE];
static struct blob file = { data, SIZE };
static struct elf_image elf = {
	.data = data, .size = SIZE, .is_64 = true, .nr_segments = 2,
	.segments = { { .filesz = 32 }, { .offset = AT, .filesz = SIZE - AT } },
};

static void put32(size_t at, uint32_t v)
{
	memcpy(data + at, &v, sizeof(v));
}

static void make_image(void)
{
	memset(data, 0, sizeof(data));
	put32(AT, 0x676d696d);
	put32(AT + 8, 24);
	put32(AT + 16, SIZE - AT);
	put32(AT + 24 + 4, MODULE - 3);		/* sizes are rounded up */
	put32(ARCHIVE - 8, 1);
	put32(ARCHIVE - 4, 8 + TAR);
	strcpy((char *)data + ARCHIVE, "grub.cfg");
	strcpy((char *)data + ARCHIVE + 124, "00000000003");
	strcpy((char *)data + ARCHIVE + 257, "ustar");
	strcpy((char *)data + ARCHIVE + 512, "old");
	put32(SIZE - 16, 3);
	put32(SIZE - 12, 16);
}

static void good(void)
{
	char text[TAR - 3 * 512 + 2];
	const char *wrong;

	make_image();
	wrong = grub_set_config(&file, &elf, "echo new\n");
	ksft_test_result(!wrong && !strcmp((char *)data + ARCHIVE + 512, "echo new\n") &&
			 !strcmp((char *)data + ARCHIVE + 124, "00000000011"),
			 "a script in place of the old one\n");
	memset(text, '#', sizeof(text));
	text[TAR - 3 * 512] = '\0';
	wrong = grub_set_config(&file, &elf, text);
	ksft_test_result(!wrong && !memcmp(data + ARCHIVE + 512, text, strlen(text)) &&
			 !data[ARCHIVE + 512 + strlen(text)], "the longest\n");
	text[TAR - 3 * 512] = '#';
	text[TAR - 3 * 512 + 1] = '\0';
	wrong = grub_set_config(&file, &elf, text);
	ksft_test_result(wrong && strstr(wrong, "too long"), "one that is longer\n");
}

/* A number of an image that is changed, and what is said. */
static const struct {
	const char *name;
	size_t at;
	uint32_t value;
	const char *words;
} wrong_images[] = {
	{ "no list", AT, 0, "not a PV-GRUB image" },
	{ "a list longer than its segment", AT + 16, SIZE, "can be replaced" },
	{ "a list of an absurd size", AT + 20, ~0U, "can be replaced" },
	{ "a list that begins beyond its end", AT + 8, ~0U, "can be replaced" },
	{ "a first object far away", AT + 12, ~0U, "can be replaced" },
	{ "an object without a size", AT + 28, 0, "can be replaced" },
	{ "an object that is too large", AT + 28, SIZE, "can be replaced" },
	{ "no archive", ARCHIVE - 8, 0, "can be replaced" },
	{ "an archive that is too large", ARCHIVE - 4, SIZE, "can be replaced" },
	{ "an archive that is too small", ARCHIVE - 4, 1000, "can be replaced" },
	{ "no archive at all", ARCHIVE + 257, 0, "can be replaced" },
	{ "another file", ARCHIVE + 4, 0, "can be replaced" },
	{ "a file longer than the archive", ARCHIVE + 124, 0x37373737, "can be replaced" },
	{ "a second file", ARCHIVE + 1024, 1, "can be replaced" },
};

static void bad(void)
{
	const char *wrong;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong_images); i++) {
		make_image();
		put32(wrong_images[i].at, wrong_images[i].value);
		wrong = grub_set_config(&file, &elf, "echo new\n");
		ksft_test_result(wrong && strstr(wrong, wrong_images[i].words),
				 "%s\n", wrong_images[i].name);
	}
}

static void packaged(const char *path)
{
	struct blob b = { 0 };
	struct elf_image e;
	struct build_params p = {
		.kernel = path, .cmdline = "", .grub_config = "echo here\n",
	};
	struct guest_mem ram;
	struct outcome out;

	if (access(path, R_OK)) {
		ksft_test_result_skip("no %s\n", path);
		ksft_test_result_skip("no %s\n", path);
		return;
	}
	ksft_test_result(!kernel_read(path, &b) && !elf_parse(&e, b.data, b.size) &&
			 !grub_set_config(&b, &e, "echo here\n") &&
			 memmem(b.data, b.size, "echo here\n\0", 11),
			 "the packaged image %s\n", path);
	blob_free(&b);
	ram_new(&ram, 64);
	p.mem = &ram;
	build_with(&out, &p);
	ksft_test_result(!out.ret && !strcmp(out.r.guest_os, "GRUB"), "a domain of it\n");
	ram_free(&ram);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3 + ARRAY_SIZE(wrong_images) + 4);
	good();
	bad();
	packaged(PACKAGED);
	packaged(PACKAGED32);
	ksft_finished();
}
