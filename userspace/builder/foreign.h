/* SPDX-License-Identifier: GPL-2.0 */
/* Files that are no kernel of ours: what they are instead, in words. */
#ifndef XENPV_BUILDER_FOREIGN_H
#define XENPV_BUILDER_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* Neither ELF nor a bzImage. */
const char *foreign_file(const uint8_t *data, size_t size);
/* An ELF file, but not for x86. */
const char *foreign_machine(const uint8_t *data, size_t size);

#endif
