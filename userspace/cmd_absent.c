// SPDX-License-Identifier: GPL-2.0
/*
 * Verbs of xl that have nothing to work on here: one table says why.
 *
 * Those that change something are refused; those that list say that there is
 * nothing, the way xl does, so that scripts go on.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "domains.h"
#include "util.h"

#define HVM	"that is for HVM domains, and all domains are PV"
#define PCI	"there is no PCI passthrough"
#define USB	"there is no USB passthrough"
#define TPM	"there is no TPM backend"
#define KEYBOARD "there is no keyboard backend"
#define DISPLAY	"there is no display backend"
#define SOUND	"there is no sound backend"
#define SCHED	"Linux schedules the vCPUs: see sched(7), cgroups(7), xenpv vcpu-pin"
#define POOL	"all CPUs are in one pool: see cpuset in cgroups(7), xenpv vcpu-pin"
#define FLASK	"there is no XSM/FLASK; Linux's security modules protect the host"
#define PSR	"the host's kernel has these: see resctrl in its documentation"
#define XEN	"there is no hypervisor that would take them; see dmesg(1), xenpv dmesg"

struct absent_verb {
	const char *name, *args, *what, *why;
	/* Of a list: what xl prints when it is empty. */
	const char *empty;
	unsigned char min_args;
	bool domain;		/* the first argument is one */
};

static const struct absent_verb absent[] = {
	{ "trigger", "<Domain> <nmi|reset|init|power|sleep|s3resume> [<VCPU>]",
	  "Send a trigger to a domain", HVM " (see xenpv shutdown, reboot, sysrq)",
	  NULL, 2, true },
	{ "button-press", "<Domain> <Button>",
	  "Indicate an ACPI button press to the domain",
	  HVM " (see xenpv shutdown)", NULL, 2, true },
	{ "vncviewer", "[options] <Domain>", "Attach to domain's VNC server.",
	  "there is no framebuffer; xenpv console shows hvc0", NULL, 1, true },
	{ "pci-attach", "<Domain> <PCI_SPEC_STRING>",
	  "Insert a new pass-through pci device", PCI, NULL, 2, true },
	{ "pci-detach", "<Domain> <PCI_SPEC_STRING>",
	  "Remove a domain's pass-through pci device", PCI, NULL, 2, true },
	{ "pci-list", "<Domain>",
	  "List pass-through pci devices for a domain", PCI,
	  "Vdev Device", 1, true },
	{ "pci-assignable-add", "[options] <BDF>",
	  "Make a device assignable for pci-passthru", PCI, NULL, 1, false },
	{ "pci-assignable-remove", "[options] <BDF>|NAME",
	  "Remove a device from being assignable", PCI, NULL, 1, false },
	{ "pci-assignable-list", "[options]",
	  "List all the assignable pci devices", PCI, "", 0, false },
	{ "sched-credit",
	  "[-d <Domain> [-w[=WEIGHT]|-c[=CAP]]] [-s [-t TSLICE] [-r RATELIMIT]] [-p CPUPOOL]",
	  "Get/set credit scheduler parameters", SCHED, NULL, 0, false },
	{ "sched-credit2", "[-d <Domain> [-w[=WEIGHT]]] [-p CPUPOOL]",
	  "Get/set credit2 scheduler parameters", SCHED, NULL, 0, false },
	{ "sched-rtds",
	  "[-d <Domain> [-v[=VCPUID/all]] [-p[=PERIOD]] [-b[=BUDGET]] [-e[=Extratime]]]",
	  "Get/set rtds scheduler parameters", SCHED, NULL, 0, false },
	{ "debug-keys", "<Keys>", "Send debug keys to Xen", XEN, NULL, 1, false },
	{ "set-parameters", "<Params>", "Set hypervisor parameters", XEN, NULL,
	  1, false },
	{ "vtpm-attach", "<Domain> [uuid=<uuid>] [backend=<BackDomain>]",
	  "Create a new virtual TPM device", TPM, NULL, 1, true },
	{ "vtpm-list", "<Domain(s)>", "List virtual TPM devices for a domain",
	  TPM,
	  "Idx BE Uuid                                 handle state evt-ch ring-ref BE-path   ",
	  1, true },
	{ "vtpm-detach", "<Domain> <DevId|uuid>",
	  "Destroy a domain's virtual TPM device", TPM, NULL, 2, true },
	{ "vkb-attach", "<Domain> <vkb-spec-component(s)>...",
	  "Create a new virtual keyboard device", KEYBOARD, NULL, 2, true },
	{ "vkb-list", "<Domain(s)>",
	  "List virtual keyboard devices for a domain", KEYBOARD,
	  "Idx BE handle state evt-ch    ref ID         BE-type    BE-path                       ",
	  1, true },
	{ "vkb-detach", "<Domain> <DevId>",
	  "Destroy a domain's virtual keyboard device", KEYBOARD, NULL, 2, true },
	{ "vdispl-attach",
	  "<Domain> [backend=<BackDomain>] [be-alloc=<BackAlloc>] [connectors='<Connectors>']",
	  "Create a new virtual display device", DISPLAY, NULL, 1, true },
	{ "vdispl-list", "<Domain(s)>",
	  "List virtual display devices for a domain", DISPLAY, "", 1, true },
	{ "vdispl-detach", "<Domain> <DevId>",
	  "Destroy a domain's virtual display device", DISPLAY, NULL, 2, true },
	{ "vsnd-attach", "<Domain> <vsnd-spec-component(s)>...",
	  "Create a new virtual sound device", SOUND, NULL, 1, true },
	{ "vsnd-list", "<Domain(s)>", "List virtual sound devices for a domain",
	  SOUND, "", 1, true },
	{ "vsnd-detach", "<Domain> <DevId>",
	  "Destroy a domain's virtual sound device", SOUND, NULL, 2, true },
	{ "cpupool-create", "[options] [<ConfigFile>] [Variable=value ...]",
	  "Create a new CPU pool", POOL, NULL, 0, false },
	{ "cpupool-destroy", "<CPU Pool>", "Deactivates a CPU pool", POOL, NULL,
	  1, false },
	{ "cpupool-rename", "<CPU Pool> <new name>", "Renames a CPU pool", POOL,
	  NULL, 2, false },
	{ "cpupool-cpu-add", "<CPU Pool> <CPU nr>|node:<node nr>",
	  "Adds a CPU to a CPU pool", POOL, NULL, 2, false },
	{ "cpupool-cpu-remove", "<CPU Pool> <CPU nr>|node:<node nr>",
	  "Removes a CPU from a CPU pool", POOL, NULL, 2, false },
	{ "cpupool-migrate", "<Domain> <CPU Pool>",
	  "Moves a domain into a CPU pool", POOL, NULL, 2, true },
	{ "cpupool-numa-split", "",
	  "Splits up the machine into one CPU pool per NUMA node", POOL, NULL,
	  0, false },
	{ "getenforce", "",
	  "Returns the current enforcing mode of the Flask Xen security module",
	  FLASK, "Disabled", 0, false },
	{ "setenforce", "<1|0|Enforcing|Permissive>",
	  "Sets the current enforcing mode of the Flask Xen security module",
	  FLASK, NULL, 1, false },
	{ "loadpolicy", "<policy file>",
	  "Loads a new policy into the Flask Xen security module", FLASK, NULL,
	  1, false },
	{ "remus", "[options] <Domain> [<host>]", "Enable Remus HA for domain",
	  "there are no continuous checkpoints", NULL, 1, true },
	{ "devd", "[options]",
	  "Daemon that listens for devices and launches backends",
	  "every domain's helper has its backends: no daemon is needed", NULL,
	  0, false },
	{ "psr-hwinfo", "[options]",
	  "Show hardware information for Platform Shared Resource", PSR, NULL,
	  0, false },
	{ "psr-cmt-attach", "<Domain>",
	  "Attach Cache Monitoring Technology service to a domain", PSR, NULL,
	  1, true },
	{ "psr-cmt-detach", "<Domain>",
	  "Detach Cache Monitoring Technology service from a domain", PSR, NULL,
	  1, true },
	{ "psr-cmt-show", "<PSR-CMT-Type> <Domain>",
	  "Show Cache Monitoring Technology information", PSR, NULL, 1, false },
	{ "psr-cat-set", "[options] <Domain> <CBM>",
	  "Set cache capacity bitmasks(CBM) for a domain", PSR, NULL, 2, false },
	{ "psr-cat-show", "[options] <Domain>",
	  "Show Cache Allocation Technology information", PSR, NULL, 0, false },
	{ "psr-mba-set", "[options] <Domain> <THRTL>",
	  "Set throttling value (THRTL) for a domain", PSR, NULL, 2, false },
	{ "psr-mba-show", "<Domain>",
	  "Show Memory Bandwidth Allocation information", PSR, NULL, 0, false },
	{ "usbctrl-attach", "<Domain> [type=pv] [version=<version>] [ports=<number>]",
	  "Create a virtual USB controller for a domain", USB, NULL, 1, true },
	{ "usbctrl-detach", "<Domain> <DevId>",
	  "Remove the virtual USB controller specified by <DevId> for a domain",
	  USB, NULL, 2, true },
	{ "usbdev-attach",
	  "<Domain> hostbus=<busnum> hostaddr=<devnum> [controller=<DevId> [port=<port>]]",
	  "Attach a USB device to a domain", USB, NULL, 2, true },
	{ "usbdev-detach", "<Domain> <controller> <port>",
	  "Detach a USB device from a domain", USB, NULL, 3, true },
	{ "usb-list", "<Domain>",
	  "List information about all USB controllers and devices for a domain",
	  USB, "", 1, true },
	{ "qemu-monitor-command", "<Domain> <Command>",
	  "Issue a qemu monitor command to the device model of a domain",
	  "there is no QEMU behind a domain", NULL, 2, true },
	/* Of older or younger releases. */
	{ "tmem-list", "[-l] [<Domain>|-a]", "List tmem pools",
	  "Xen has no transcendent memory since 4.13", NULL, 0, false },
	{ "tmem-freeze", "[<Domain>|-a]", "Freeze tmem pools",
	  "Xen has no transcendent memory since 4.13", NULL, 0, false },
	{ "tmem-thaw", "[<Domain>|-a]", "Thaw tmem pools",
	  "Xen has no transcendent memory since 4.13", NULL, 0, false },
	{ "tmem-set", "[<Domain>|-a] [-w[=WEIGHT]|-c[=CAP]|-p[=COMPRESS]]",
	  "Change tmem settings",
	  "Xen has no transcendent memory since 4.13", NULL, 0, false },
	{ "tmem-shared-auth", "[<Domain>|-a] [-u[=UUID]] [-A[=AUTH]]",
	  "De/authenticate shared tmem pool",
	  "Xen has no transcendent memory since 4.13", NULL, 0, false },
	{ "tmem-freeable", "", "Get information about how much freeable memory is in-use by tmem",
	  "Xen has no transcendent memory since 4.13", NULL, 0, false },
	{ "mem-sharing", "[<Domain>]", "Share equal pages of domains",
	  "see ksm in the host's kernel documentation", NULL, 0, false },
	{ "fork-vm", "<Domain>", "Fork a domain", HVM, NULL, 1, true },
};

const struct absent_verb *absent_find(const char *name)
{
	const struct absent_verb *found = NULL;
	size_t i, len = strlen(name);
	unsigned int nr = 0;

	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		if (strncmp(absent[i].name, name, len))
			continue;
		if (!absent[i].name[len])
			return &absent[i];
		found = &absent[i];
		nr++;
	}
	return len && nr == 1 ? found : NULL;
}

unsigned int absent_count(const char *start)
{
	size_t i, len = strlen(start);
	unsigned int nr = 0;

	for (i = 0; i < ARRAY_SIZE(absent); i++)
		nr += !strncmp(absent[i].name, start, len);
	return nr;
}

void absent_list(FILE *out)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		fprintf(out, " %-19s ", absent[i].name);
		if (strlen(absent[i].name) > 19)
			fprintf(out, "\n %-19s ", "");
		fprintf(out, "%s\n", absent[i].what);
	}
}

static void print_help(const struct absent_verb *v)
{
	printf("Usage: xenpv %s%s%s\n\n%s.\n\n%s: %s.\n", v->name,
	       *v->args ? " " : "", v->args, v->what,
	       v->empty ? "There is never any" : "Not available", v->why);
}

/* Options are not looked at: whatever they are, the answer is the same. */
static const char *first_word(int argc, char **argv, unsigned int *nr)
{
	const char *first = NULL;
	int i;

	*nr = 0;
	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1])
			continue;
		if (!first)
			first = argv[i];
		++*nr;
	}
	return first;
}

static bool wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return true;
	return false;
}

int absent_run(int argc, char **argv)
{
	const struct absent_verb *v = absent_find(argv[0]);
	struct kvm_xenpv_info info;
	unsigned int nr;
	const char *first = first_word(argc, argv, &nr);

	if (wants_help(argc, argv)) {
		print_help(v);
		return EXIT_SUCCESS;
	}
	if (nr < v->min_args) {
		err("'%s' requires at least %u argument%s (xenpv %s --help)",
		    v->name, v->min_args, v->min_args > 1 ? "s" : "", v->name);
		return EXIT_USAGE;
	}
	if (v->domain && domain_find(first, &info))
		return EXIT_FAILURE;
	if (v->empty) {
		if (*v->empty)
			puts(v->empty);
		return EXIT_SUCCESS;
	}
	err("%s is not available: %s", v->name, v->why);
	return EXIT_FAILURE;
}
