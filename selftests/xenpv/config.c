// SPDX-License-Identifier: GPL-2.0
/* Configuration files: what they mean, and what is said of wrong ones. */
#include <string.h>

#include "../builder/harness.h"
#include "../kselftest.h"
#include "block/spec.h"
#include "config.h"

#define NAME	"name = \"web\"\n"
#define KERNEL	"kernel = \"/proc/self/exe\"\n"
#define OK	"name = \"web\"\nkernel = \"/proc/self/exe\"\n"

/* libxlutil 4.17 forgets values that it had parsed before an error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:xlu__cfg";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static struct outcome out;
static struct domain_config cfg;
static const char *path;

static void load(const char *text, char *const settings[], int nr)
{
	path = file_new("a.cfg", text, strlen(text));
	memset(&cfg, 0, sizeof(cfg));
	capture_begin();
	out.ret = config_load(path, settings, nr, &cfg);
	capture_end(&out);
}

static bool said(const char *place, const char *words)
{
	char start[300];
	size_t len;

	if (*place == ':')
		len = snprintf(start, sizeof(start), "xenpv: %s%s", path, place);
	else
		len = snprintf(start, sizeof(start), "xenpv: %s", place);
	return out.lines == 1 && !strncmp(out.said, start, len) &&
	       strstr(out.said, words);
}

static void report(bool ok, const char *name)
{
	if (!ok)
		ksft_print_msg("%s: ret %d, %u lines: %s\n", name, out.ret,
			       out.lines, out.said);
	ksft_test_result(ok, "%s\n", name);
}

/* Wrong files, with the place in the file and the words that must be said. */
static const struct {
	const char *name, *text, *place, *words;
} wrong[] = {
	{ "no-name", KERNEL, ": ", "name is missing" },
	{ "empty-name", "name=\"\"\n" KERNEL, ":1: ", "1 to 63 printable" },
	{ "name-dot", "name='.'\n" KERNEL, ":1: ", "neither . nor .." },
	{ "name-dots", "name='..'\n" KERNEL, ":1: ", "neither . nor .." },
	{ "name-slash", "\nname='a/b'\n" KERNEL, ":2: ", "printable" },
	{ "name-dots", "name='..'\n" KERNEL, ":1: ", "neither . nor .." },
	{ "name-utf8", "name='\303\244'\n" KERNEL, ":1: ", "printable" },
	{ "name-long", "name='aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234'\n"
	  KERNEL, ":1: ", "printable" },
	{ "name-list", "name=['a']\n" KERNEL, ":1: ", "single value" },
	{ "no-kernel", NAME, ": ", "kernel is missing" },
	{ "empty-kernel", NAME "kernel=''\n", ":2: ", "kernel is missing" },
	{ "kernel-absent", NAME "kernel='/nonexistent'\n", ":2: ", "No such file" },
	{ "ramdisk-absent", OK "ramdisk='/nonexistent'\n", ":3: ", "No such file" },
	{ "hvm", OK "type='hvm'\n", ":3: ", "only PV domains" },
	{ "pvh", OK "type='pvh'\n", ":3: ", "only PV domains" },
	{ "builder-hvm", OK "builder='hvm'\n", ":3: ", "only PV domains" },
	{ "memory-word", OK "memory=\"abc\"\n", ":3: ", "not a number" },
	{ "memory-unit", OK "memory='256M'\n", ":3: ", "not a number" },
	{ "memory-zero", OK "memory=0\n", ":3: ", "out of range" },
	{ "memory-negative", OK "memory='-1'\n", ":3: ", "not a number" },
	{ "memory-huge", OK "memory=99999999999999999999\n", ":3: ", "out of range" },
	{ "memory-large", OK "memory=393217\n", ":3: ", "out of range" },
	{ "channel-name", OK "channel=[ 'connection=pty' ]\n", ":3: ", "name is missing" },
	{ "channel-connection", OK "channel=[ 'name=a' ]\n", ":3: ", "connection is missing" },
	{ "channel-how", OK "channel=[ 'name=a,connection=tcp' ]\n", ":3: ",
	  "must be pty or socket" },
	{ "channel-path", OK "channel=[ 'name=a,connection=socket,path=b' ]\n", ":3: ",
	  "absolute path" },
	{ "channel-key", OK "channel=[ 'name=a,connection=pty,x=y' ]\n", ":3: ", "can be set" },
	{ "channel-word", OK "channel=[ 'name' ]\n", ":3: ", "key=value" },
	{ "channel-string", OK "channel='name=a'\n", ":3: ", "list of strings" },
	{ "channel-many", OK "channel=[ '','','','','','','','','','' ]\n", ":3: ", "9 channels" },
	{ "vfb", OK "vfb=[ 'vnc=1' ]\n", ":3: ",
	  "vfb is not supported: there is no framebuffer" },
	{ "vkb", OK "\nvkb=[ 'x' ]\n", ":4: ", "vkb is not supported" },
	{ "p9", OK "p9=[ 'tag=a,path=/' ]\n", ":3: ", "p9 is not supported: there is no 9pfs" },
	{ "usbctrl", OK "usbctrl=[ 'version=2' ]\n", ":3: ", "usbctrl is not supported" },
	{ "pci", OK "pci=[ '00:1f.0' ]\n", ":3: ",
	  "pci is not supported: there is no passthrough" },
	{ "memory-list", OK "memory=[1]\n", ":3: ", "single value" },
	{ "maxmem-small", OK "memory=512\nmaxmem=256\n", ":4: ", "less than memory" },
	{ "vcpus-zero", OK "vcpus=0\n", ":3: ", "out of range" },
	{ "vcpus-many", OK "vcpus=129\n", ":3: ", "out of range" },
	{ "cpus-word", OK "cpus='some'\n", ":3: ", "is not a list of CPUs" },
	{ "cpus-range", OK "cpus='3-1'\n", ":3: ", "is not a list of CPUs" },
	{ "cpus-empty", OK "cpus=''\n", ":3: ", "is not a list of CPUs" },
	{ "cpus-none", OK "cpus='0-1,^0-1'\n", ":3: ", "no CPU of this host" },
	{ "cpus-beyond", OK "cpus='4000000000'\n", ":3: ", "no CPU of this host" },
	{ "cpus-item",
	  OK "vcpus=2\ncpus=['0','0;']\n", ":4: ", "is not a list of CPUs" },
	{ "cpus-soft", OK "cpus_soft='x'\n", ":3: ", "is not a list of CPUs" },
	{ "maxvcpus-small", OK "vcpus=2\nmaxvcpus=1\n", ":4: ", "less than vcpus" },
	{ "uuid-short", OK "uuid='1234'\n", ":3: ", "not of the form" },
	{ "uuid-letters", OK "uuid='0123456g-89ab-cdef-0123-456789abcdef'\n",
	  ":3: ", "not of the form" },
	{ "uuid-dashes", OK "uuid='01234567-89ab-cdef-0123+456789abcdef'\n",
	  ":3: ", "not of the form" },
	{ "on-reboot", OK "on_reboot='explode'\n", ":3: ", "must be one of" },
	{ "on-crash", OK "on_crash='soft-reset'\n", ":3: ", "must be one of" },
	{ "on-watchdog", OK "on_watchdog='soft-reset'\n", ":3: ", "must be one of" },
	{ "on-poweroff", OK "\n\non_poweroff=''\n", ":5: ", "must be one of" },
	{ "disk-word", OK "disk='/a,raw,xvda,w'\n", ":3: ", "disk must be a list" },
	{ "disk-list", OK "disk=['/a,raw,xvda,w', ['b']]\n", ":3: ", "list of strings" },
	{ "disk-format", OK "disk=['/a,vmdk,xvda,w']\n", ":3: ", "unknown value for format" },
	{ "disk-name", OK "disk=['/a,raw,xxx,w']\n", ":3: ",
	  "'xxx' is not the name of a virtual disk" },
	{ "disk-twice", OK "disk=['/a,raw,xvda,w', '/b,raw,d0p0,r']\n", ":3: ",
	  "d0p0 is there twice, once as xvda" },
	{ "last-counts", OK "memory=1\nmemory='x'\n", ":4: ", "not a number" },
	{ "vif-word", OK "\nvif=[ '', 'speed=1' ]\n", ":4: ",
	  "vif[1]: vif: there is no keyword 'speed'" },
	{ "vif-value", OK "vif=[ 'mac=1' ]\n", ":3: ", "vif[0]: vif: mac = '1' must be" },
	{ "vif-string", OK "vif='bridge=br0'\n", ":3: ", "vif must be a list" },
	{ "vif-list",
	  OK "vif=[ ['bridge=br0'] ]\n", ":3: ", "vif[0] must be a string" },
	{ "vif-devid", OK "vif=[ 'devid=1', '' ]\n", ":3: ", "devid 1 is another's" },
	{ "after-list", OK "vif=[]\ndisk=[\n]\n\nmemory='x'\n", ":7: ", "not a number" },
	{ "same-line", OK "vcpus=1; memory='x'\n", ":3: ", "not a number" },
	{ "no-value", OK "memory=\n", ":", "syntax error" },
	{ "no-equal", OK "memory 5\n", ":3: ", "syntax error" },
	{ "open-string", OK "extra='abc\n", ":3: ", "lexical error" },
	{ "open-list", OK "disk=[ 'a',\n", ":", "syntax error" },
	{ "python", "import os\n" OK, ":1: ", "syntax error" },
	{ "upper-case", "Name='a'\n", ":1: ", "lexical error" },
};

/* Files that work, with one warning. */
static const struct {
	const char *name, *text, *place, *words;
} warned[] = {
	{ "cpuid", OK "\n\ncpuid=[ '',\n'' ]\n",
	  "warning: ", "a.cfg:5: cpuid is not supported yet" },
	{ "append", OK "cpuid += [ 'a' ]\n", "warning: ", "a.cfg:3: cpuid" },
	{ "unknown", OK "dhcp=1\n", "warning: ", "a.cfg:3: unknown key dhcp" },
	{ "in-string", OK "extra='disk=5 # no'\ndhcp=1\n",
	  "warning: ", "a.cfg:4: unknown key dhcp" },
	{ "in-comment", "# disk=[ 'x\n" OK "dhcp=1\n", "warning: ", "a.cfg:4: unknown" },
	{ "in-list", OK "vif=[]\nvfb=[]\nextra=\"a\\\"b=[\"\ndhcp=2\n",
	  "warning: ", "a.cfg:6: unknown" },
	{ "second", OK "vcpus=1;dhcp=2\n", "warning: ", "a.cfg:3: unknown key dhcp" },
	{ "cmdline", OK "root='/dev/a'\ncmdline='b'\n", "warning: ", "root and extra are ignored" },
};

static void command_line(void)
{
	static char *const memory[] = { "memory=\"x\"" };
	static char *const bare[] = { "extra=console=hvc0" };
	static char *const good[] = {
		"memory=512", "name=\"other\"", "extra += \" single\"",
	};
	static char *const odd[] = { "dhcp=1" };

	load(OK "memory=128\n", memory, 1);
	report(out.ret == -1 && said("command line: ", "not a number"),
	       "wrong number on the command line");
	load(OK, bare, 1);
	report(out.ret == -1 && said("command line: ", "error"),
	       "unquoted string on the command line");
	load(OK, odd, 1);
	report(!out.ret && said("warning: command line: ", "unknown key dhcp"),
	       "unknown key on the command line");
	config_free(&cfg);
	/* Without a last newline: the setting must not join the line. */
	load(OK "extra='a'\nmemory=128", good, 3);
	report(!out.ret && !out.lines && cfg.memory_mb == 512 &&
	       !strcmp(cfg.name, "other") && !strcmp(cfg.cmdline, "a single"),
	       "settings replace the file's");
	config_free(&cfg);
}

static bool one_cpu(const cpu_set_t *set)
{
	return CPU_COUNT(set) == 1 && CPU_ISSET(0, set);
}

static void affinity(void)
{
	cpu_set_t all;

	cpuset_all(&all);
	load(OK "maxvcpus=3\ncpus='0'\ncpus_soft='all'\n", NULL, 0);
	report(!out.ret && !out.lines && one_cpu(&cfg.cpus[0]) &&
	       one_cpu(&cfg.cpus[1]) && one_cpu(&cfg.cpus[2]) &&
	       CPU_EQUAL(&cfg.cpus_soft[2], &all), "cpus for all vCPUs");
	config_free(&cfg);
	load(OK "maxvcpus=3\ncpus=[' 0 , 9999','all,^node:4000']\n", NULL, 0);
	report(!out.ret && !out.lines && one_cpu(&cfg.cpus[0]) &&
	       CPU_EQUAL(&cfg.cpus[1], &all) && CPU_EQUAL(&cfg.cpus[2], &all) &&
	       !cfg.cpus_soft, "cpus for each");
	config_free(&cfg);
	load(OK "vcpus=2\ncpus='nodes:0-3'\n", NULL, 0);
	report(out.ret || CPU_COUNT(&cfg.cpus[1]), "cpus by node");
	config_free(&cfg);
	load(OK "cpus='0-5000'\n", NULL, 0);
	report(!out.ret && CPU_EQUAL(&cfg.cpus[0], &all), "a range beyond the host's");
	config_free(&cfg);
}

static void meaning(void)
{
	static const uint8_t uuid[16] = { 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
		0xef, 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	uint8_t first[16];

	load(OK, NULL, 0);
	report(!out.ret && !out.lines && !strcmp(cfg.name, "web") &&
	       !strcmp(cfg.kernel, "/proc/self/exe") && !cfg.ramdisk &&
	       !strcmp(cfg.cmdline, "") && cfg.memory_mb == 32 &&
	       cfg.maxmem_mb == 32 && cfg.vcpus == 1 && cfg.maxvcpus == 1 &&
	       cfg.on_poweroff == ACTION_DESTROY &&
	       cfg.on_reboot == ACTION_RESTART &&
	       cfg.on_crash == ACTION_DESTROY && !strcmp(cfg.path, path),
	       "defaults");
	memcpy(first, cfg.uuid, 16);
	config_free(&cfg);
	load(OK, NULL, 0);
	report((cfg.uuid[6] & 0xf0) == 0x40 && (cfg.uuid[8] & 0xc0) == 0x80 &&
	       memcmp(first, cfg.uuid, 16), "random UUIDs");
	config_free(&cfg);

	load(OK "type='pv'\nbuilder='linux'\nramdisk='/proc/version'\n"
	     "root='/dev/xvda1 ro'\nextra='console=hvc0'\nmemory='0x100'\n"
	     "maxmem=512\nvcpus=3\nmaxvcpus=64\non_poweroff='preserve'\n"
	     "on_reboot='rename-restart'\non_crash=\"coredump-destroy\"\n"
	     "uuid='01234567-89AB-cdef-0123-456789abcdef'\n", NULL, 0);
	report(!out.ret && !out.lines && !strcmp(cfg.ramdisk, "/proc/version") &&
	       !strcmp(cfg.cmdline, "root=/dev/xvda1 ro console=hvc0") &&
	       cfg.memory_mb == 256 && cfg.maxmem_mb == 512 &&
	       cfg.vcpus == 3 && cfg.maxvcpus == 64 &&
	       cfg.on_poweroff == ACTION_PRESERVE &&
	       cfg.on_reboot == ACTION_RENAME_RESTART &&
	       cfg.on_crash == ACTION_COREDUMP_DESTROY &&
	       !memcmp(cfg.uuid, uuid, 16), "everything set");
	config_free(&cfg);
	load(OK "root='/dev/a'\n", NULL, 0);
	report(!out.ret && !strcmp(cfg.cmdline, "root=/dev/a"), "root alone");
	config_free(&cfg);
	load(OK "vif = [ '', 'bridge=br0,rate=1MB/s' ]\n", NULL, 0);
	report(!out.ret && !out.lines && cfg.nr_vifs == 2 &&
	       !strcmp(cfg.vifs[1], "bridge=br0,rate=1MB/s"), "vif");
	config_free(&cfg);
	load(OK "disk=['phy:/dev/a,xvda1,w', '/b,qcow2,hdb,r',]\n", NULL, 0);
	report(!out.ret && !out.lines && cfg.nr_disks == 2 &&
	       cfg.disks[0].devid == 51713 && !cfg.disks[0].readonly &&
	       !strcmp(cfg.disks[1].path, "/b") && cfg.disks[1].readonly &&
	       cfg.disks[1].format == DISK_QCOW2, "disks");
	config_free(&cfg);
	load(OK "vif=[]\ndisk = [ ]\nbootloader=''\n", NULL, 0);
	report(!out.ret && !out.lines, "empty settings need no warning");
	config_free(&cfg);
}

static void odd_files(void)
{
	static char big[2 << 20];

	path = "/nonexistent/a.cfg";
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == -1 && said(": ", "No such file"), "absent file");
	path = "/tmp";
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == -1 && said(": ", "Is a directory"), "folder");
	path = file_new("nul", "name='a\0b'\n", 11);
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == -1 && said(": ", "not a text file"), "binary file");
	memset(big, '#', sizeof(big));
	path = file_new("big", big, sizeof(big));
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == -1 && said(": ", "too large"), "large file");
}

/* Every line on stderr is ours; one at most is an error. */
static bool lines_fine(void)
{
	unsigned int errors = 0;
	char *line = out.said, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		if (strncmp(line, "xenpv: ", 7))
			return false;
		errors += strncmp(line, "xenpv: warning: ", 16) != 0;
	}
	return errors == (out.ret ? 1 : 0) && !*line;
}

/* Random bytes changed in a file that has everything. */
static void fuzz(void)
{
	static const char all[] = "name='web' # \"\nkernel=\"/proc/self/exe\";memory=64\n"
		"disk = [ 'a,b', \"c\",\n[ 'd' ] ]\nextra += \"x\"\nuuid='0'\n"
		"vcpus = 0x1\nmaxmem='12'\non_crash='destroy'\nvif=['bridge=b,mac=0:1:2:3:4:5']\n";
	static const char bytes[] = "\"'[]=+,;#\\\n az09\377\001";
	uint64_t state = 1;
	unsigned int i, n;
	char text[sizeof(all)];
	bool ok = true;

	for (i = 0; i < 3000 && ok; i++) {
		memcpy(text, all, sizeof(all));
		for (n = 0; n <= i % 5; n++) {
			state = state * 6364136223846793005ULL + 1442695040888963407ULL;
			text[(state >> 33) % (sizeof(all) - 1)] =
				bytes[(state >> 20) % (sizeof(bytes) - 1)];
		}
		if (i % 7 == 0)
			text[(state >> 40) % (sizeof(all) - 1)] = '\0';
		load(text, NULL, 0);
		ok = lines_fine();
		config_free(&cfg);
	}
	if (!ok)
		ksft_print_msg("%s", text);
	report(ok, "random files");
}

int main(void)
{
	size_t i;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(wrong) + ARRAY_SIZE(warned) + 4 + 4 + 7 + 4 + 1);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		load(wrong[i].text, NULL, 0);
		report(out.ret == -1 && said(wrong[i].place, wrong[i].words),
		       wrong[i].name);
		config_free(&cfg);
	}
	for (i = 0; i < ARRAY_SIZE(warned); i++) {
		load(warned[i].text, NULL, 0);
		report(!out.ret && said(warned[i].place, warned[i].words),
		       warned[i].name);
		config_free(&cfg);
	}
	command_line();
	affinity();
	meaning();
	odd_files();
	fuzz();
	ksft_finished();
}
