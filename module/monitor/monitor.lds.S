/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image is a flat file: text, read-only data, data.  .bss is not in the
 * file; the header says how much memory to clear for it.
 */
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(monitor_entry)

SECTIONS
{
	. = 0xffff828000000000;
	monitor_start = .;
	.header : { *(.header) }
	.text : {
		*(.text .text.*)
		. = ALIGN(4096);
	}
	monitor_text_end = .;
	.rodata : {
		*(.rodata .rodata.*)
		*(.data.rel.ro .data.rel.ro.*)
		. = ALIGN(8);
		ex_table_start = .;
		*(.ex_table)
		ex_table_end = .;
		. = ALIGN(4096);
	}
	monitor_rodata_end = .;
	.data : {
		*(.data .data.*)
		. = ALIGN(16);
	}
	monitor_file_end = .;
	.bss : {
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	}
	monitor_end = .;

	header_file_size = ABSOLUTE(monitor_file_end - monitor_start);
	header_mem_size = ABSOLUTE(monitor_end - monitor_start);
	header_text_end = ABSOLUTE(monitor_text_end - monitor_start);
	header_rodata_end = ABSOLUTE(monitor_rodata_end - monitor_start);
	header_params = ABSOLUTE(params - monitor_start);

	/* A flat image cannot be relocated: nothing may want to be. */
	.got : { *(.got) *(.got.plt) *(.igot.plt) *(.igot) }
	.rela : { *(.rela.*) *(.iplt) *(.plt) }
	ASSERT(SIZEOF(.rela) == 0, "relocations in the monitor")
	ASSERT(SIZEOF(.got) <= 24, "a GOT in the monitor")

	.comment 0 : { *(.comment) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_frame 0 : { *(.debug_frame) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/DISCARD/ : { *(.note .note.*) *(.eh_frame) *(.discard .discard.*) *(.modinfo) }
}
