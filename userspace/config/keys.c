// SPDX-License-Identifier: GPL-2.0
/* The keys that are used, and all others of xl.cfg(5), which are not yet. */
#include <stdio.h>
#include <string.h>

#include "config/source.h"
#include "util.h"

static const char *const used[] = {
	"builder", "channel", "cmdline", "cpus", "cpus_soft", "disk", "extra",
	"kernel", "maxmem", "maxvcpus", "memory", "name", "on_crash",
	"on_poweroff", "on_reboot",
	"on_watchdog", "ramdisk",
	"root", "type", "uuid", "vcpus", "vif",
};

static const char *const known[] = {
	"acpi", "acpi_firmware", "acpi_laptop_slate", "acpi_s3", "acpi_s4",
	"altp2m", "altp2m_count", "altp2mhvm", "apic", "arm_sci", "bios",
	"bios_path_override", "boot", "bootloader", "bootloader_args",
	"bootloader_restrict", "bootloader_user", "cap",
	"cpu_weight", "cpuid", "device_model",
	"device_model_args", "device_model_args_hvm", "device_model_args_pv",
	"device_model_override", "device_model_stubdomain_override",
	"device_model_stubdomain_seclabel", "device_model_user",
	"device_model_version", "device_tree", "display", "dm_restrict",
	"driver_domain", "e820_host", "extratime", "firmware",
	"firmware_override", "gfx_passthru", "gic_version", "hap", "hdtype",
	"hpet", "hvm_pirq", "init_seclabel", "keymap", "latency", "llc_colors",
	"localtime", "max_event_channels", "max_grant_frames",
	"max_grant_version", "max_maptrack_frames", "mca_caps", "mmio_hole",
	"ms_vm_genid", "msr_relaxed", "nestedhvm", "nographic", "nomigrate",
	"nr_spis", "nx", "on_soft_reset", "oos", "opengl", "pae", "passthrough",
	"pci_msitranslate", "pci_permissive", "pci_power_mgmt", "pci_seize",
	"period", "pool", "pvshim", "pvshim_cmdline", "pvshim_extra",
	"pvshim_path", "rdm", "rdm_mem_boundary", "rtc_timeoffset", "sdl",
	"seclabel", "serial", "shadow_memory", "slice", "smbios",
	"smbios_firmware", "soundhw", "spice", "spice_clipboard_sharing",
	"spice_image_compression", "spice_streaming_video", "spiceagent_mouse",
	"spicedisable_ticketing", "spicehost", "spicepasswd", "spiceport",
	"spicetls_port", "spiceusbredirection", "spicevdagent", "stdvga",
	"stubdomain_cmdline", "stubdomain_kernel", "stubdomain_memory",
	"stubdomain_ramdisk", "sve", "tee", "timer_mode",
	"trap_unmapped_accesses", "tsc_mode", "usb", "usbdevice", "usbversion",
	"vendor_device", "vga", "videoram", "vif2", "viridian",
	"vkb_device", "vmtrace_buf_kb", "vnc", "vncdisplay", "vnclisten",
	"vncpasswd", "vncunused", "vncviewer", "vnuma", "vpmu", "vpt_align",
	"vuart", "xauthority", "xen_platform_pci", "xen_platform_pci_bar_uc",
	"xend_suspend_evtchn_compat", "xenstore_feature_mask", "xenstore_quota",
};

/* Devices that a guest would wait for, or miss. */
static const struct {
	const char *name, *why;
} refused[] = {
	{ "dtdev", "there is no passthrough" },
	{ "iomem", "there is no passthrough" },
	{ "ioports", "there is no passthrough" },
	{ "irqs", "there is no passthrough" },
	{ "p9", "there is no 9pfs backend" },
	{ "pci", "there is no passthrough" },
	{ "pvcalls", "there is no pvcalls backend" },
	{ "usbctrl", "there is no USB backend" },
	{ "usbdev", "there is no USB backend" },
	{ "vdispl", "there is no display backend" },
	{ "vfb", "there is no framebuffer, the console is hvc0" },
	{ "virtio", "there are no virtio devices" },
	{ "vkb", "there is no keyboard backend" },
	{ "vsnd", "there is no sound backend" },
	{ "vtpm", "there is no TPM backend" },
};

static const char *why_refused(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		if (!strcmp(refused[i].name, name))
			return refused[i].why;
	return NULL;
}

static bool listed(const char *name, const char *const list[], size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

int config_check_keys(const struct config_source *s)
{
	size_t i;

	for (i = 0; i < s->nr_keys; i++) {
		const struct config_key *k = &s->keys[i];
		const char *why = why_refused(k->name);
		char where[16] = "";

		if (listed(k->name, used, ARRAY_SIZE(used)))
			continue;
		if (why) {
			if (k->empty)
				continue;
			config_bad(s, k->name, "%s is not supported: %s",
				   k->name, why);
			return -1;
		}
		if (k->line)
			snprintf(where, sizeof(where), ":%u", k->line);
		if (!listed(k->name, known, ARRAY_SIZE(known)))
			warn("%s%s: unknown key %s is ignored",
			     k->line ? s->path : "command line", where, k->name);
		else if (!k->empty)
			warn("%s%s: %s is not supported yet and is ignored",
			     k->line ? s->path : "command line", where, k->name);
	}
	return 0;
}
