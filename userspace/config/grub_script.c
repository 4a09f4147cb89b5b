// SPDX-License-Identifier: GPL-2.0
/*
 * The script that PV-GRUB starts with.  It runs in the guest: what lies on the
 * guest's disks is read there, and never on the host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "grub_script.h"

/*
 * What to look for.  GRUB for Xen as the guest has it installed, which knows
 * its own configuration best, comes first; the others in pygrub's order.  They
 * are read in place, so that their menu becomes ours.
 */
static const struct {
	const char *command;
	const char *files[7];
} kinds[] = {
	{ "xenpv_chain", { "/boot/xen/pvboot-$grub_cpu.elf",
			   "/xen/pvboot-$grub_cpu.elf" } },
	{ "source", { "/boot/grub/grub.cfg", "/grub/grub.cfg",
		      "/boot/grub2/grub.cfg", "/grub2/grub.cfg" } },
	{ "xenpv_legacy", { "/boot/grub/menu.lst", "/grub/menu.lst",
			    "/boot/grub/grub.conf", "/grub/grub.conf" } },
	{ "syslinux_source", { "/boot/extlinux/extlinux.conf",
			       "/extlinux/extlinux.conf",
			       "/boot/extlinux.conf", "/extlinux.conf",
			       "/boot/syslinux/syslinux.cfg",
			       "/syslinux/syslinux.cfg" } },
};

/* Not "search", which complains of each file that is nowhere. */
static const char find_it[] =
"function xenpv_find {\n"
"	for device in (*); do\n"
"		if [ -f \"$device$1\" ]; then\n"
"			set root=$device\n"
"			return 0\n"
"		fi\n"
"	done\n"
"	return 1\n"
"}\n";

/* When it cannot be started the others are looked for. */
static const char chain[] =
"function xenpv_chain {\n"
"	multiboot $1\n"
"	boot\n"
"	set xenpv_menu=\n"
"}\n";

/*
 * On a file system without a partition table a menu.lst may say "root (hd0,0)"
 * all the same: xen-tools and others wrote that for pygrub, which never heeded
 * it.  There is no such device, so the default entry's kernel is taken from
 * where the file is.  GRUB has no way to read lines: the file is run as a script
 * of the functions below.  Other entries' initrd commands have no effect.
 */
static const char legacy[] =
"function xenpv_count {\n"
"	set xenpv_now=$1\n"
"	shift\n"
"	set xenpv_numbers=\"$*\"\n"
"}\n"
"function title {\n"
"	if [ -n \"$xenpv_loaded\" ]; then boot; fi\n"
"	set xenpv_partition=\n"
"	xenpv_count $xenpv_numbers\n"
"}\n"
"function root {\n"
"	if regexp ',' \"$1\"; then set xenpv_partition=$1; fi\n"
"}\n"
"function kernel {\n"
"	if [ -n \"$xenpv_partition\" -a \"$xenpv_now\" = \"$xenpv_default\" ]; then\n"
"		if linux \"$@\"; then set xenpv_loaded=$1; fi\n"
"	fi\n"
"}\n"
"function timeout { true; }\n"
"function color { true; }\n"
"function fallback { true; }\n"
"function hiddenmenu { true; }\n"
"function savedefault { true; }\n"
"function xenpv_legacy {\n"
"	if [ -n \"$xenpv_default\" ]; then\n"
"		if regexp ',' \"$root\"; then true; else\n"
"			set xenpv_numbers='0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'\n"
"			source $1\n"
"			if [ -n \"$xenpv_loaded\" ]; then boot; fi\n"
"		fi\n"
"	fi\n"
"	legacy_source $1\n"
"}\n";

static const char nothing_found[] =
"if [ -z \"$xenpv_menu\" ]; then\n"
"	echo 'xenpv: no boot loader configuration on the disks of this domain:'\n"
"	ls\n"
"	echo 'xenpv: the domain is shut down'\n"
"	halt\n"
"fi\n";

/* One word for GRUB's shell. */
static void put_word(FILE *f, const char *word, size_t len)
{
	size_t i;

	fputc('\'', f);
	for (i = 0; i < len; i++) {
		if (word[i] == '\'')
			fputs("'\\''", f);
		else
			fputc(word[i], f);
	}
	fputc('\'', f);
}

/* Each word by itself: GRUB's commands join them again. */
static void put_words(FILE *f, const char *text)
{
	static const char space[] = " \t\r\n";
	size_t len;

	for (text += strspn(text, space); *text; text += strspn(text, space)) {
		len = strcspn(text, space);
		fputc(' ', f);
		put_word(f, text, len);
		text += len;
	}
}

static void put_kernel(FILE *f, const struct grub_wishes *w)
{
	fputs("if xenpv_find ", f);
	put_word(f, w->kernel, strlen(w->kernel));
	fputs("; then\n\tlinux ", f);
	put_word(f, w->kernel, strlen(w->kernel));
	if (w->args)
		put_words(f, w->args);
	if (w->ramdisk) {
		fputs("\n\tinitrd ", f);
		put_word(f, w->ramdisk, strlen(w->ramdisk));
	}
	fputs("\n\tboot\nelse\n\techo ", f);
	put_word(f, w->kernel, strlen(w->kernel));
	fputs("': no such file on the disks of this domain'\nfi\n"
	      "echo 'xenpv: no kernel could be started: the domain is shut down'\n"
	      "halt\n", f);
}

static void put_kind(FILE *f, size_t kind)
{
	const char *const *file;

	fputs("for file in", f);
	for (file = kinds[kind].files; *file; file++)
		fprintf(f, " %s", *file);
	fprintf(f, "; do\n"
		"	if [ -z \"$xenpv_menu\" ]; then\n"
		"		if xenpv_find $file; then\n"
		"			echo \"Reading ($root)$file\"\n"
		"			set xenpv_menu=$file\n"
		"			%s $file\n"
		"		fi\n"
		"	fi\n"
		"done\n", kinds[kind].command);
}

/* A menu that somebody looks at is shown as it is. */
static void put_legacy(FILE *f, const struct grub_wishes *w)
{
	fputs("set xenpv_default=", f);
	if (w->entry)
		put_word(f, w->entry, strlen(w->entry));
	else if (!w->interactive)
		fputc('0', f);
	fprintf(f, "\nfunction default { %s; }\n", w->entry ? "true" : "set xenpv_default=$1");
	fputs(legacy, f);
}

static void put_menu(FILE *f, const struct grub_wishes *w)
{
	/* A chosen GRUB's menu would not be ours to choose from. */
	size_t i = w->entry || w->interactive;

	fputs(chain, f);
	put_legacy(f, w);
	fputs("set xenpv_menu=\n", f);
	for (; i < ARRAY_SIZE(kinds); i++)
		put_kind(f, i);
	fputs(nothing_found, f);
	if (w->entry) {
		fputs("set default=", f);
		put_word(f, w->entry, strlen(w->entry));
		fputc('\n', f);
	}
	if (w->interactive)
		fputs("set timeout=-1\n", f);
}

char *grub_script(const struct grub_wishes *w)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fputs("# What xenpv has PV-GRUB look for.\n", f);
	fputs(find_it, f);
	if (w->kernel)
		put_kernel(f, w);
	else
		put_menu(f, w);
	if (fclose(f))
		abort();
	return text;
}
