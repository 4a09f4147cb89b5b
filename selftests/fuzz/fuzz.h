/* SPDX-License-Identifier: GPL-2.0 */
/* What a fuzz target is: libFuzzer's entry point. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
