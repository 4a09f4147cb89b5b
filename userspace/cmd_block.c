// SPDX-License-Identifier: GPL-2.0
/* xenpv block-attach and its like: disks of domains that run. */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "block/names.h"
#include "block/spec.h"
#include "cmd.h"
#include "config/json.h"
#include "control.h"
#include "domains.h"
#include "util.h"

/* How long a guest has to let go of a disk: libxl's patience. */
#define DETACH_MS	10000
#define POLL_MS		100

static const char attach_help[] =
"Usage: xenpv block-attach <Domain> <disk-spec-component(s)>...\n\n"
"Give a domain that runs another disk, as disk= in a configuration says it.\n\n"
"  -h, --help  Show this help\n";

static const char detach_help[] =
"Usage: xenpv block-detach [-f] <Domain> <Device>\n\n"
"Take a disk (xvdb, or its number) away from a domain.\n\n"
"  -f, --force  At once, whether the guest has let go of it or not\n"
"  -h, --help   Show this help\n";

static const char list_help[] =
"Usage: xenpv block-list <Domain>...\n\n"
"List domains' disks.\n\n"
"  -h, --help  Show this help\n";

static const char resize_help[] =
"Usage: xenpv block-resize <Domain> <Device>\n\n"
"Tell a domain that a disk's file or block device has another size now.\n\n"
"  -h, --help  Show this help\n";

static const char insert_help[] =
"Usage: xenpv cd-insert <Domain> <Device> <File>\n\n"
"Put a CD's image into a domain's drive, in place of the one that is there.\n\n"
"  -h, --help  Show this help\n";

static const char eject_help[] =
"Usage: xenpv cd-eject <Domain> <Device>\n\n"
"Take the CD's image out of a domain's drive.\n\n"
"  -h, --help  Show this help\n";

/*
 * Parse options; MIN to MAX words follow: WHICH asks for them.  -1 to go on, or
 * an exit status.  The domain that the first word names is in *INFO unless INFO
 * is NULL.
 */
static int begin(int argc, char **argv, const struct option *longopts,
		 const char *help, const char *which, int min, int max,
		 int *option, struct kvm_xenpv_info *info)
{
	const char *verb = argv[0];
	int opt;

	while ((opt = cmd_getopt(argc, argv, longopts ? "fh" : "h", longopts,
				 help)) != -1) {
		if (opt == CMD_HELP)
			return EXIT_SUCCESS;
		if (opt == CMD_BAD)
			return EXIT_USAGE;
		*option = opt;
	}
	if (argc - optind < min || argc - optind > max) {
		err("%s: %s? (xenpv %s --help)", verb, which, verb);
		return EXIT_USAGE;
	}
	if (info && domain_find(argv[optind], info))
		return EXIT_FAILURE;
	return -1;
}

static int request(uint32_t domid, FILE *out, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int request(uint32_t domid, FILE *out, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int ret;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	ret = control_request(domid, text, out);
	free(text);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int number_of(const char *name, uint32_t *devid)
{
	if (!vdev_number(name, devid))
		return 0;
	err("'%s' is not the name of a virtual disk", name);
	return -1;
}

/* -N: what would be done, in the form of xl's. */
static int show_disk(const struct disk_spec *spec)
{
	char *json = json_disk(spec);

	if (!json)
		return EXIT_FAILURE;
	printf("disk: %s\n", json);
	free(json);
	return EXIT_SUCCESS;
}

/*
 * VERB is what to do with the disk TEXT describes; the disk's number comes first
 * if NUMBERED.
 */
static int send_spec(uint32_t domid, const char *verb, bool numbered,
		     const char *text)
{
	char why[WHY_MAX], *full, number[16] = "";
	struct disk_spec spec;
	int status;

	if (disk_spec_parse(&spec, text, why)) {
		err("'%s': %s", text, why);
		return EXIT_FAILURE;
	}
	if (cmd_global.dry_run) {
		status = show_disk(&spec);
		disk_spec_free(&spec);
		return status;
	}
	if (numbered)
		snprintf(number, sizeof(number), "%u ", spec.devid);
	/* The helper is in another folder: say it in full. */
	full = disk_spec_text(&spec);
	status = request(domid, NULL, "%s %s%s", verb, number, full);
	free(full);
	disk_spec_free(&spec);
	return status;
}

int cmd_block_attach(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int status = begin(argc, argv, NULL, attach_help,
			   "which domain, and which disk", 2, 64, NULL, &info);
	char *text, *full;
	int i;

	if (status >= 0)
		return status;
	text = xstrdup(argv[optind + 1]);
	for (i = optind + 2; i < argc; i++) {
		full = xasprintf("%s,%s", text, argv[i]);
		free(text);
		text = full;
	}
	status = send_spec(info.domid, "vbd-attach", false, text);
	free(text);
	return status;
}

/* 1 while it is there, 0 when it is gone, -1 after a line on stderr. */
static int is_there(uint32_t domid, uint32_t devid)
{
	char *answer = NULL;
	size_t len;
	FILE *out = open_memstream(&answer, &len);
	int there = -1;

	if (!out)
		return -1;
	if (!request(domid, out, "device-there vbd %u", devid) && !fflush(out))
		there = len && answer[0] == '1';
	fclose(out);
	free(answer);
	return there;
}

static int await_gone(uint32_t domid, uint32_t devid, const char *name)
{
	int left, there;

	for (left = DETACH_MS / POLL_MS; left; left--) {
		there = is_there(domid, devid);
		if (there <= 0)
			return there ? EXIT_FAILURE : EXIT_SUCCESS;
		usleep(POLL_MS * 1000);
	}
	err("domain %u has not let go of %s within %u seconds (--force takes it)",
	    domid, name, DETACH_MS / 1000);
	return EXIT_FAILURE;
}

int cmd_block_detach(int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct kvm_xenpv_info info;
	int option = 0, status, there;
	uint32_t devid;

	status = begin(argc, argv, options, detach_help,
		       "which disk of which domain", 2, 2, &option, &info);
	if (status >= 0)
		return status;
	if (number_of(argv[optind + 1], &devid))
		return EXIT_FAILURE;
	there = is_there(info.domid, devid);
	if (!there)
		err("Device %s not connected", argv[optind + 1]);
	if (there <= 0)
		return EXIT_FAILURE;
	if (request(info.domid, NULL, "device-detach vbd %u%s", devid,
		    option == 'f' ? " force" : ""))
		return EXIT_FAILURE;
	return await_gone(info.domid, devid, argv[optind + 1]);
}

int cmd_block_list(int argc, char **argv)
{
	int status = begin(argc, argv, NULL, list_help, "which domain", 1,
			   1 << 16, NULL, NULL);
	struct kvm_xenpv_info info;

	if (status >= 0)
		return status;
	printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle",
	       "state", "evt-ch", "ring-ref", "BE-path");
	status = EXIT_SUCCESS;
	for (; optind < argc; optind++)
		if (domain_find(argv[optind], &info) ||
		    request(info.domid, stdout, "device-list vbd"))
			status = EXIT_FAILURE;
	return status;
}

int cmd_block_resize(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int status = begin(argc, argv, NULL, resize_help,
			   "which disk of which domain", 2, 2, NULL, &info);
	uint32_t devid;

	if (status >= 0)
		return status;
	if (number_of(argv[optind + 1], &devid))
		return EXIT_FAILURE;
	return request(info.domid, NULL, "vbd-resize %u", devid);
}

/* "phy:" and "file:" are what xl's users write before it. */
static const char *without_prefix(const char *file)
{
	static const char *const prefixes[] = { "phy:", "file:", "raw:" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(file, prefixes[i], strlen(prefixes[i])))
			return file + strlen(prefixes[i]);
	return file;
}

int cmd_cd_insert(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int status = begin(argc, argv, NULL, insert_help,
			   "which domain, which drive, and which file", 3, 3,
			   NULL, &info);
	char *text;

	if (status >= 0)
		return status;
	text = xasprintf("vdev=%s,format=raw,access=ro,devtype=cdrom,target=%s",
			 argv[optind + 1], without_prefix(argv[optind + 2]));
	status = send_spec(info.domid, "vbd-insert", true, text);
	free(text);
	return status;
}

int cmd_cd_eject(int argc, char **argv)
{
	struct kvm_xenpv_info info;
	int status = begin(argc, argv, NULL, eject_help,
			   "which drive of which domain", 2, 2, NULL, &info);
	struct disk_spec empty = { .readonly = true, .cdrom = true };

	if (status >= 0)
		return status;
	empty.vdev = argv[optind + 1];
	if (number_of(empty.vdev, &empty.devid))
		return EXIT_FAILURE;
	if (cmd_global.dry_run)
		return show_disk(&empty);
	return request(info.domid, NULL, "vbd-eject %u", empty.devid);
}
