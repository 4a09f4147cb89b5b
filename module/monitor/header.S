/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First bytes of the image: struct xenpv_monitor_header.  The linker script
 * works the offsets out.
 */
	.section .header, "a"
	.quad	0x3130564e4f4d5058		/* XENPV_MONITOR_MAGIC */
	.long	4				/* XENPV_MONITOR_ABI */
	.long	64
	.quad	header_file_size
	.quad	header_mem_size
	.quad	header_text_end
	.quad	header_rodata_end
	.quad	monitor_entry
	.quad	header_params
	.section .note.GNU-stack, "", @progbits
