// SPDX-License-Identifier: GPL-2.0
/* Configuration files: what they mean, and what is said of wrong ones. */
#include <stdlib.h>
#include <string.h>

#include "../builder/harness.h"
#include "../kselftest.h"
#include "block/spec.h"
#include "config.h"
#include "config/json.h"

#define NAME	"name = \"web\"\n"
#define KERNEL	"kernel = \"/proc/self/exe\"\n"
#define PVGRUB	"/proc/version"		/* for the time of the test */
#define LOADER	"disk=['/a,raw,xvda,w']\nbootloader='pygrub'\n"
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
	int ret;		/* 0: -1 */
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
	{ "loader-other", NAME "\nbootloader='domUloader'\n", ":3: ",
	  "only pygrub and pvgrub are known" },
	{ "loader-path", NAME "bootloader='/usr/bin/pygrub2'\n", ":2: ",
	  "only pygrub and pvgrub are known" },
	{ "loader-list", NAME "bootloader=['pygrub']\n", ":2: ", "single value" },
	{ "loader-no-disk", NAME "bootloader='pygrub'\n", ":2: ", "needs a disk" },
	{ "loader-args", NAME LOADER "bootloader_args=[ '-q', '--isconfig' ]\n", ":4: ",
	  "--isconfig is none of" },
	{ "loader-args-word", NAME LOADER "bootloader_args='-q extra'\n", ":4: ",
	  "extra is none of" },
	{ "loader-args-value", NAME LOADER "bootloader_args=['--kernel']\n", ":4: ",
	  "--kernel is none of" },
	{ "loader-args-list", NAME LOADER "bootloader_args=[ ['-q'] ]\n", ":4: ",
	  "list of strings" },
	{ "loader-args-alone", NAME LOADER "bootloader_args='--args=ro'\n", ":4: ",
	  "go with --kernel=" },
	{ "kernel-absent", NAME "kernel='/nonexistent'\n", ":2: ", "No such file",
	  CONFIG_NO_FILE },
	{ "kernel-pv-grub", NAME "kernel='/usr/lib/xen-4.8/boot/pv-grub-x86_64.gz'\n", ":2: ",
	  "No such file or directory (bootloader = \"pvgrub\" finds", CONFIG_NO_FILE },
	{ "kernel-pv-grub-32", NAME "kernel='/usr/lib/xen-4.8/boot/pv-grub-x86_32.gz'\n", ":2: ",
	  "No such file or directory (bootloader = \"pvgrub32\" finds", CONFIG_NO_FILE },
	{ "ramdisk-absent", OK "ramdisk='/nonexistent'\n", ":3: ", "No such file",
	  CONFIG_NO_FILE },
	{ "hvm", OK "type='hvm'\n", ":3: ", "only PV domains" },
	{ "pvh", OK "type='pvh'\n", ":3: ", "only PV domains" },
	{ "builder-hvm", OK "builder='hvm'\n", ":3: ", "only PV domains" },
	{ "cpuid-first", OK "cpuid='tm=0'\n", ":3: ", "first word must be \"host\"" },
	{ "cpuid-name", OK "cpuid='host,tm=0,warp=1'\n", ":3: ", "'warp=1': unknown CPUID flag" },
	{ "cpuid-no-value", OK "cpuid='host,tm'\n", ":3: ", "missing \"=\"" },
	{ "cpuid-value", OK "cpuid='host,tm=y'\n", ":3: ", "illegal CPUID value" },
	{ "cpuid-leaf", OK "cpuid=['leaf:eax=0']\n", ":3: ", "illegal leaf number" },
	{ "cpuid-subleaf", OK "cpuid=['7,x:eax=0']\n", ":3: ", "illegal subleaf" },
	{ "cpuid-colon", OK "cpuid=['7,0']\n", ":3: ", "missing colon" },
	{ "cpuid-register", OK "cpuid=['1:efx=0']\n", ":3: ", "e[abcd]x" },
	{ "cpuid-length", OK "cpuid=['1:ecx=x0']\n", ":3: ", "exactly 32 characters" },
	{ "cpuid-nested", OK "cpuid=[['1']]\n", ":3: ", "list of strings" },
	{ "tsc-word", OK "tsc_mode='fast'\n", ":3: ", "one of default, always_emulate, native" },
	{ "tsc-number", OK "tsc_mode=4\n", ":3: ", "one of default, always_emulate, native" },
	{ "tsc-removed", OK "tsc_mode='native_paravirt'\n", ":3: ", "Xen has removed it" },
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
	{ "on-crash", OK "on_crash='soft-reset'\n", ":3: ", "is for HVM domains" },
	{ "on-watchdog", OK "on_watchdog='soft-reset'\n", ":3: ", "is for HVM domains" },
	{ "on-poweroff", OK "\n\non_poweroff=''\n", ":5: ", "must be one of" },
	{ "disk-word", OK "disk='/a,raw,xvda,w'\n", ":3: ", "disk must be a list" },
	{ "disk-list", OK "disk=['/a,raw,xvda,w', ['b']]\n", ":3: ", "list of strings" },
	{ "disk-format", OK "disk=['/a,vmdk,xvda,w']\n", ":3: ", "unknown value for format" },
	{ "disk-name", OK "disk=['/a,raw,xxx,w']\n", ":3: ",
	  "'xxx' is not the name of a virtual disk" },
	{ "disk-twice", OK "disk=['/a,raw,xvda,w', '/b,raw,d0p0,r']\n", ":3: ",
	  "d0p0 is there twice, once as xvda" },
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
	{ "viridian", OK "\n\nviridian=[ '',\n'' ]\n",
	  "warning: ", "a.cfg:5: viridian is ignored: it is for HVM" },
	{ "append", OK "viridian += [ 'a' ]\n", "warning: ", "a.cfg:3: viridian" },
	{ "unknown", OK "dhcp=1\n", "warning: ", "a.cfg:3: unknown key dhcp" },
	{ "in-string", OK "extra='disk=5 # no'\ndhcp=1\n",
	  "warning: ", "a.cfg:4: unknown key dhcp" },
	{ "in-comment", "# disk=[ 'x\n" OK "dhcp=1\n", "warning: ", "a.cfg:4: unknown" },
	{ "in-list", OK "vif=[]\nvfb=[]\nextra=\"a\\\"b=[\"\ndhcp=2\n",
	  "warning: ", "a.cfg:6: unknown" },
	{ "second", OK "vcpus=1;dhcp=2\n", "warning: ", "a.cfg:3: unknown key dhcp" },
	{ "again", OK "memory=64\nvcpus=1\nmemory=32\n",
	  "warning: ", "a.cfg:5: memory is set again: line 3 does not count" },
	{ "hvm-only", OK "hpet=1\n", "warning: ", "a.cfg:3: hpet is ignored: it is for HVM" },
	{ "loader-kernel", OK LOADER, "warning: ", "a.cfg:2: kernel is ignored" },
	{ "loader-extra", NAME "ramdisk=''\nextra='a'\n" LOADER, "warning: ",
	  "a.cfg:3: extra is ignored" },
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

/* Is there such a line in what PV-GRUB is told? */
static bool told(const char *line)
{
	return cfg.grub_config && strstr(cfg.grub_config, line);
}

/* As xl 4.17 has it: the kernel is not known before the loader has run. */
static void bootloader_json(void)
{
	static const char words[] =
		"        \"bootloader\": \"/usr/lib/xen-4.17/bin/pygrub\",\n"
		"        \"bootloader_args\": [\n"
		"            \"--entry\",\n"
		"            \"1\",\n"
		"            \"-i\"\n"
		"        ],\n";
	char *json = json_config(&cfg, 0);

	report(json && strstr(json, words) && !strstr(json, "\"kernel\""),
	       "bootloader in JSON");
	free(json);
}

static void bootloader(void)
{
	load(NAME LOADER, NULL, 0);
	report(!out.ret && !out.lines && !strcmp(cfg.kernel, PVGRUB) &&
	       !cfg.ramdisk && told("/boot/grub/grub.cfg") && told("xenpv_legacy $file") &&
	       told("multiboot") && !told("\nset default="), "bootloader");
	config_free(&cfg);
	load(NAME "disk=['/a,raw,xvda,w']\nbootloader=\"/usr/lib/xen-4.17/bin/pygrub\"\n"
	     "bootloader_args=['--entry','1','-i']\nbootloader_user='nobody'\n", NULL, 0);
	report(!out.ret && !out.lines && told("\nset default='1'\n") &&
	       told("\nset timeout=-1\n") && !told("/boot/xen/pvboot"),
	       "bootloader by its path, with --entry");
	bootloader_json();
	config_free(&cfg);
	load(NAME "disk=['/a,raw,xvda,w']\nbootloader='pvgrub'\n"
	     "bootloader_args='--kernel=/vm\\'linuz --ramdisk=/initrd -q --args=ro'\n",
	     NULL, 0);
	report(!out.ret && !out.lines && told("\tlinux '/vm'\\''linuz' 'ro'\n") &&
	       told("\tinitrd '/initrd'\n") && !told("grub.cfg"),
	       "bootloader with --kernel");
	config_free(&cfg);
	/* PV-GRUB's image as the kernel. */
	load(NAME "bootloader=''\nkernel='" PVGRUB "'\n", NULL, 0);
	report(!out.ret && !out.lines && told("/boot/grub/menu.lst"), "kernel = PV-GRUB");
	config_free(&cfg);

	/* The other width. */
	load(NAME "disk=['/a,raw,xvda,w']\nbootloader='/usr/lib/xen/pvgrub32'\n", NULL, 0);
	report(!out.ret && !out.lines && !strcmp(cfg.kernel, PVGRUB) &&
	       told("/boot/xen/pvboot-$grub_cpu.elf"), "bootloader of 32-bit guests");
	config_free(&cfg);
	setenv("XENPV_PVGRUB", "/nonexistent/grub", 1);
	load(NAME LOADER, NULL, 0);
	report(out.ret == CONFIG_NO_FILE &&
	       said(":3: ", "needs /nonexistent/grub, of the package grub-xen-host: No"),
	       "bootloader without PV-GRUB");
	load(OK, NULL, 0);
	report(!out.ret && !cfg.grub_config, "a kernel is no boot loader");
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

/* Every key of xl.cfg(5), and what its value is there. */
enum { V_STRING, V_NUMBER, V_BOOL, V_LIST, V_ANY };
static const struct {
	const char *name;
	int kind;
} all_keys[] = {
	{ "acpi", V_BOOL },
	{ "acpi_firmware", V_STRING },
	{ "acpi_laptop_slate", V_BOOL },
	{ "acpi_s3", V_BOOL },
	{ "acpi_s4", V_BOOL },
	{ "altp2m", V_STRING },
	{ "altp2m_count", V_NUMBER },
	{ "altp2mhvm", V_BOOL },
	{ "apic", V_BOOL },
	{ "arm_sci", V_STRING },
	{ "bios", V_STRING },
	{ "bios_path_override", V_STRING },
	{ "boot", V_STRING },
	{ "bootloader", V_STRING },
	{ "bootloader_args", V_ANY },
	{ "bootloader_restrict", V_BOOL },
	{ "bootloader_user", V_STRING },
	{ "builder", V_STRING },
	{ "cap", V_NUMBER },
	{ "channel", V_LIST },
	{ "cmdline", V_STRING },
	{ "cpu_weight", V_NUMBER },
	{ "cpuid", V_ANY },
	{ "cpus", V_ANY },
	{ "cpus_soft", V_ANY },
	{ "device_model", V_STRING },
	{ "device_model_args", V_LIST },
	{ "device_model_args_hvm", V_LIST },
	{ "device_model_args_pv", V_LIST },
	{ "device_model_override", V_STRING },
	{ "device_model_stubdomain_override", V_BOOL },
	{ "device_model_stubdomain_seclabel", V_STRING },
	{ "device_model_user", V_STRING },
	{ "device_model_version", V_STRING },
	{ "device_tree", V_STRING },
	{ "disk", V_LIST },
	{ "display", V_STRING },
	{ "dm_restrict", V_BOOL },
	{ "driver_domain", V_BOOL },
	{ "dtdev", V_LIST },
	{ "e820_host", V_BOOL },
	{ "extra", V_STRING },
	{ "extratime", V_NUMBER },
	{ "firmware", V_STRING },
	{ "firmware_override", V_STRING },
	{ "gfx_passthru", V_STRING },
	{ "gic_version", V_STRING },
	{ "hap", V_BOOL },
	{ "hdtype", V_STRING },
	{ "hpet", V_BOOL },
	{ "hvm_pirq", V_BOOL },
	{ "init_seclabel", V_STRING },
	{ "iomem", V_LIST },
	{ "ioports", V_LIST },
	{ "irqs", V_LIST },
	{ "kernel", V_STRING },
	{ "keymap", V_STRING },
	{ "latency", V_NUMBER },
	{ "llc_colors", V_LIST },
	{ "localtime", V_BOOL },
	{ "max_event_channels", V_NUMBER },
	{ "max_grant_frames", V_NUMBER },
	{ "max_grant_version", V_NUMBER },
	{ "max_maptrack_frames", V_NUMBER },
	{ "maxmem", V_NUMBER },
	{ "maxvcpus", V_NUMBER },
	{ "mca_caps", V_LIST },
	{ "memory", V_NUMBER },
	{ "mmio_hole", V_NUMBER },
	{ "ms_vm_genid", V_STRING },
	{ "msr_relaxed", V_BOOL },
	{ "name", V_STRING },
	{ "nestedhvm", V_BOOL },
	{ "nographic", V_BOOL },
	{ "nomigrate", V_BOOL },
	{ "nr_spis", V_NUMBER },
	{ "nx", V_BOOL },
	{ "on_crash", V_STRING },
	{ "on_poweroff", V_STRING },
	{ "on_reboot", V_STRING },
	{ "on_soft_reset", V_STRING },
	{ "on_watchdog", V_STRING },
	{ "oos", V_BOOL },
	{ "opengl", V_BOOL },
	{ "p9", V_LIST },
	{ "pae", V_BOOL },
	{ "passthrough", V_STRING },
	{ "pci", V_LIST },
	{ "pci_msitranslate", V_NUMBER },
	{ "pci_permissive", V_NUMBER },
	{ "pci_power_mgmt", V_NUMBER },
	{ "pci_seize", V_NUMBER },
	{ "period", V_NUMBER },
	{ "pool", V_STRING },
	{ "pvcalls", V_LIST },
	{ "pvshim", V_BOOL },
	{ "pvshim_cmdline", V_STRING },
	{ "pvshim_extra", V_STRING },
	{ "pvshim_path", V_STRING },
	{ "ramdisk", V_STRING },
	{ "rdm", V_STRING },
	{ "rdm_mem_boundary", V_NUMBER },
	{ "root", V_STRING },
	{ "rtc_timeoffset", V_NUMBER },
	{ "sdl", V_BOOL },
	{ "seclabel", V_STRING },
	{ "serial", V_ANY },
	{ "shadow_memory", V_NUMBER },
	{ "slice", V_NUMBER },
	{ "smbios", V_LIST },
	{ "smbios_firmware", V_STRING },
	{ "soundhw", V_STRING },
	{ "spice", V_BOOL },
	{ "spice_clipboard_sharing", V_BOOL },
	{ "spice_image_compression", V_STRING },
	{ "spice_streaming_video", V_STRING },
	{ "spiceagent_mouse", V_BOOL },
	{ "spicedisable_ticketing", V_BOOL },
	{ "spicehost", V_STRING },
	{ "spicepasswd", V_STRING },
	{ "spiceport", V_NUMBER },
	{ "spicetls_port", V_NUMBER },
	{ "spiceusbredirection", V_NUMBER },
	{ "spicevdagent", V_BOOL },
	{ "stdvga", V_NUMBER },
	{ "stubdomain_cmdline", V_STRING },
	{ "stubdomain_kernel", V_STRING },
	{ "stubdomain_memory", V_NUMBER },
	{ "stubdomain_ramdisk", V_STRING },
	{ "sve", V_STRING },
	{ "tee", V_STRING },
	{ "timer_mode", V_STRING },
	{ "trap_unmapped_accesses", V_BOOL },
	{ "tsc_mode", V_STRING },
	{ "type", V_STRING },
	{ "usb", V_BOOL },
	{ "usbctrl", V_LIST },
	{ "usbdev", V_LIST },
	{ "usbdevice", V_ANY },
	{ "usbversion", V_NUMBER },
	{ "uuid", V_STRING },
	{ "vcpus", V_NUMBER },
	{ "vdispl", V_LIST },
	{ "vendor_device", V_STRING },
	{ "vfb", V_LIST },
	{ "vga", V_STRING },
	{ "videoram", V_NUMBER },
	{ "vif", V_LIST },
	{ "vif2", V_LIST },
	{ "viridian", V_ANY },
	{ "virtio", V_LIST },
	{ "vkb", V_LIST },
	{ "vkb_device", V_BOOL },
	{ "vmtrace_buf_kb", V_NUMBER },
	{ "vnc", V_NUMBER },
	{ "vncdisplay", V_NUMBER },
	{ "vnclisten", V_STRING },
	{ "vncpasswd", V_STRING },
	{ "vncunused", V_BOOL },
	{ "vncviewer", V_NUMBER },
	{ "vnuma", V_LIST },
	{ "vpmu", V_BOOL },
	{ "vpt_align", V_BOOL },
	{ "vsnd", V_LIST },
	{ "vtpm", V_LIST },
	{ "vuart", V_STRING },
	{ "xauthority", V_STRING },
	{ "xen_platform_pci", V_BOOL },
	{ "xen_platform_pci_bar_uc", V_BOOL },
	{ "xend_suspend_evtchn_compat", V_BOOL },
	{ "xenstore_feature_mask", V_NUMBER },
	{ "xenstore_quota", V_LIST },
};

/* The last line is wrong: that is what must be said, and where. */
static bool refuses(const char *key, const char *value, const char *words)
{
	char text[300];
	bool ok;

	/* What is needed, but not the key itself: it would be there twice. */
	snprintf(text, sizeof(text), "\n%s\n%s\n%s=%s\n",
		 strcmp(key, "name") ? "name='web'" : "",
		 strcmp(key, "kernel") ? "kernel='/proc/self/exe'" : "", key,
		 value);
	load(text, NULL, 0);
	ok = out.ret == -1 && said(":4: ", words) && strstr(out.said, key);
	config_free(&cfg);
	return ok;
}

static bool key_is_checked(const char *key, int kind)
{
	if (kind != V_LIST && kind != V_ANY &&
	    !refuses(key, "['a','b']", "single value"))
		return false;
	if (kind == V_LIST && !refuses(key, "'a'", "list"))
		return false;
	if ((kind == V_NUMBER || kind == V_BOOL) &&
	    !refuses(key, "'a'", "not a number"))
		return false;
	return kind != V_BOOL || refuses(key, "2", "must be 0 or 1");
}

static void every_key(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all_keys); i++)
		report(key_is_checked(all_keys[i].name, all_keys[i].kind),
		       all_keys[i].name);
}

#define X31	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static bool change_is(size_t i, uint32_t leaf, uint32_t subleaf, unsigned int reg,
		      const char *text)
{
	return i < cfg.nr_cpuid && cfg.cpuid[i].leaf == leaf &&
	       cfg.cpuid[i].subleaf == subleaf && !strcmp(cfg.cpuid[i].reg[reg], text);
}

static void processor(void)
{
	char *json;

	load(OK "cpuid='host,tm=0,sse3=0,avx2=k'\n", NULL, 0);
	report(!out.ret && !out.lines && cfg.nr_cpuid == 2 &&
	       change_is(0, 1, CPUID_NO_INDEX, 2, X31 "0") &&
	       change_is(0, 1, CPUID_NO_INDEX, 3, "xx0xxxxxxxxxxxxxxxxxxxxxxxxxxxxx") &&
	       change_is(0, 1, CPUID_NO_INDEX, 0, "") &&
	       change_is(1, 7, 0, 1, "xxxxxxxxxxxxxxxxxxxxxxxxxxkxxxxx"),
	       "cpuid in libxl's notation");
	json = json_config(&cfg, 0);
	report(strstr(json, "\"ecx\": \"" X31 "0\"") && strstr(json, "\"subleaf\": 0"),
	       "and in libxl's JSON");
	free(json);
	config_free(&cfg);
	load(OK "cpuid=['1:ecx=" X31 "0,edx=" X31 "1', '0x80000001:ecx=0" X31 "']\n", NULL, 0);
	report(!out.ret && cfg.nr_cpuid == 2 &&
	       change_is(0, 1, CPUID_NO_INDEX, 2, X31 "0") &&
	       change_is(0, 1, CPUID_NO_INDEX, 3, X31 "1") &&
	       change_is(1, 0x80000001, CPUID_NO_INDEX, 2, "0" X31),
	       "cpuid in xend's");
	config_free(&cfg);
	load(OK "cpuid='host'\n", NULL, 0);
	report(!out.ret && !cfg.nr_cpuid && cfg.tsc_mode == TSC_MODE_DEFAULT, "just the host");
	config_free(&cfg);
	load(OK "tsc_mode='always_emulate'\n", NULL, 0);
	json = json_config(&cfg, 0);
	report(!out.ret && cfg.tsc_mode == TSC_MODE_ALWAYS_EMULATE &&
	       strstr(json, "\"tsc_mode\": \"always_emulate\""), "tsc_mode by its name");
	free(json);
	config_free(&cfg);
	load(OK "tsc_mode=2\n", NULL, 0);
	report(!out.ret && cfg.tsc_mode == TSC_MODE_NATIVE, "tsc_mode by its number");
	config_free(&cfg);
}

static void odd_files(void)
{
	static char big[2 << 20];

	path = "/nonexistent/a.cfg";
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == CONFIG_NO_FILE && said(": ", "No such file"), "absent file");
	path = "/tmp";
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == CONFIG_NO_FILE && said(": ", "Is a directory"), "folder");
	path = file_new("nul", "name='a\0b'\n", 11);
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == CONFIG_NO_FILE && said(": ", "not a text file"), "binary file");
	memset(big, '#', sizeof(big));
	path = file_new("big", big, sizeof(big));
	capture_begin();
	out.ret = config_load(path, NULL, 0, &cfg);
	capture_end(&out);
	report(out.ret == CONFIG_NO_FILE && said(": ", "too large"), "large file");
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

/* Is the list of WHAT a helper said, and of another domain, printed so? */
static void listed(const char *what, bool sound, const char *words,
		   const char *name)
{
	struct json_list *list = json_list_new();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int ret;

	capture_begin();
	ret = json_list_add(list, 1, what);
	json_list_add(list, 2, "{ \"last\": 2 }");
	capture_end(&out);
	json_list_print(list, f);
	json_list_free(list);
	fclose(f);
	report(ret == (sound ? 0 : -1) && out.lines == !sound &&
	       strstr(text, words) && strstr(text, "\"last\": 2\n") &&
	       !strcmp(text + len - 4, "\n]\n\n"), name);
	free(text);
}

/* A helper is anybody's, and what it says goes to a terminal, or to jq(1). */
static void lists(void)
{
	char deep[1001];

	memset(deep, '[', 500);
	memset(deep + 500, ']', 500);
	deep[1000] = '\0';
	listed("{ \"a\": \"\\u009b2J\\u001b[\" }", true,
	       "\"a\": \"\\u009b2J\\u001B[\"\n", "control characters in JSON");
	listed("{ \"a\": \"\xe9\" }", true, "\"a\": \"\xe9\"\n",
	       "a string that is not UTF-8");
	listed(deep, false, "\"domid\": 1,\n        \"config\": null\n",
	       "JSON too deep");
	listed("{ \"a\": ", false, "\"config\": null\n", "half of JSON");
}

int main(void)
{
	size_t i;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(wrong) + ARRAY_SIZE(warned) +
		      ARRAY_SIZE(all_keys) + 4 + 4 + 8 + 7 + 4 + 4 + 1 + 6);
	setenv("XENPV_PVGRUB", PVGRUB, 1);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		load(wrong[i].text, NULL, 0);
		report(out.ret == (wrong[i].ret ? wrong[i].ret : -1) &&
		       said(wrong[i].place, wrong[i].words), wrong[i].name);
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
	processor();
	meaning();
	every_key();
	bootloader();
	lists();
	odd_files();
	fuzz();
	ksft_finished();
}
