# SPDX-License-Identifier: GPL-2.0
#
# What each area's Makefile includes last, as in the kernel: kselftest's own
# lib.mk (from package linux-source-6.1) with this project's folders.
top := $(realpath $(dir $(lastword $(MAKEFILE_LIST)))..)
area := $(notdir $(CURDIR))
OUTPUT ?= $(top)/build/selftests/$(area)
$(shell mkdir -p $(OUTPUT))

# kselftest's lib.mk would find itself by this file's name too.
override selfdir := $(shell $(top)/scripts/fetch-source kselftest)/tools/testing/selftests
ifeq ($(wildcard $(selfdir)/lib.mk),)
$(error kselftest's files are missing)
endif
building_out_of_srctree := 1
KHDR_INCLUDES := -I$(top)/include/uapi

# The second makes "../kselftest_harness.h" right, as tests in the kernel say.
CFLAGS += -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
CFLAGS += $(KHDR_INCLUDES) -I$(selfdir) -I$(selfdir)/kselftest

LOCAL_HDRS += $(wildcard $(top)/include/uapi/linux/*.h) $(top)/selftests/kselftest_harness.h
include $(selfdir)/lib.mk

define RUN_TESTS
	$(top)/selftests/lib/run-tests $(selfdir)/kselftest $(top)/selftests/$(area) $(1)
endef
