/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kselftest's harness with more patience: an emulated host that runs a
 * debugging kernel is slow. What repeats something looks at the clock itself.
 */
#ifndef XENPV_TEST_H
#define XENPV_TEST_H

#include "../kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

#endif /* XENPV_TEST_H */
