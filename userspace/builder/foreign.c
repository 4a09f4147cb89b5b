// SPDX-License-Identifier: GPL-2.0
/* Files that are no kernel of ours: what they are instead. */
#include <elf.h>
#include <string.h>

#include "bytes.h"
#include "foreign.h"
#include "util.h"

#define EXPECTED "; expected is a Linux kernel for x86 (bzImage or vmlinux) or another PV kernel (ELF)"

#define WHAT(text) "not a kernel for x86: " text EXPECTED

static const struct {
	uint16_t offset;
	uint8_t len;
	const char *magic;
	const char *what;
} files[] = {
	{ 0x38, 4, "ARM\x64", WHAT("a kernel for AArch64 (Image)") },
	{ 0x24, 4, "\x18\x28\x6f\x01", WHAT("a kernel for ARM (zImage)") },
	{ 0x38, 4, "RSC\x05", WHAT("a kernel for RISC-V (Image)") },
	{ 0, 4, "\x27\x05\x19\x56", WHAT("an image for U-Boot") },
	{ 0, 8, "ANDROID!", WHAT("a boot image for Android") },
	{ 0, 6, "070701", WHAT("a cpio archive, as initial ramdisks are") },
	{ 0, 2, "MZ", WHAT("an EFI program without a bzImage's header") },
	{ 0x8001, 5, "CD001", WHAT("an image of a CD") },
	{ 0, 4, "QFI\xfb", WHAT("a qcow2 disk image") },
	{ 0x1fe, 2, "\x55\xaa", WHAT("a boot sector, as of a disk image") },
	{ 0, 2, "#!", WHAT("a script") },
};

const char *foreign_file(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (range_inside(files[i].offset, files[i].len, size) &&
		    !memcmp(data + files[i].offset, files[i].magic, files[i].len))
			return files[i].what;
	return "not a kernel: neither ELF nor bzImage, nor one of these compressed";
}

#define FOR(machine) "an ELF file for another kind of machine: " machine ", not x86"

const char *foreign_machine(const uint8_t *data, size_t size)
{
	static const struct {
		uint16_t machine;
		const char *what;
	} machines[] = {
		{ EM_AARCH64, FOR("AArch64") },
		{ EM_ARM, FOR("ARM") },
		{ EM_RISCV, FOR("RISC-V") },
		{ EM_PPC, FOR("PowerPC") },
		{ EM_PPC64, FOR("64-bit PowerPC") },
		{ EM_S390, FOR("S/390") },
		{ EM_MIPS, FOR("MIPS") },
		{ EM_SPARC, FOR("SPARC") },
		{ EM_SPARCV9, FOR("64-bit SPARC") },
		{ EM_IA_64, FOR("Itanium") },
		{ EM_ALPHA, FOR("Alpha") },
		{ EM_PARISC, FOR("PA-RISC") },
	};
	uint16_t machine;
	size_t i;

	if (!range_inside(offsetof(Elf64_Ehdr, e_machine), 2, size))
		return "an ELF file cut short in its header";
	machine = get_le16(data + offsetof(Elf64_Ehdr, e_machine));
	if (data[EI_DATA] == ELFDATA2MSB)
		machine = machine >> 8 | machine << 8;
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].what;
	return data[EI_DATA] == ELFDATA2MSB ?
	       "an ELF file for another kind of machine (big-endian), not x86" :
	       "an ELF file for another kind of machine than x86";
}
