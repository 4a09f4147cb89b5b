/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kselftest's own harness, with more time for each test: an emulated host on a
 * busy machine, with ASan, is easily thirty times slower than a real one.
 */
#ifndef XENPV_KSELFTEST_HARNESS_H
#define XENPV_KSELFTEST_HARNESS_H

#include <kselftest_harness.h>

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 150	/* seconds */

#endif
