# SPDX-License-Identifier: GPL-2.0
#
# For areas whose programs link xenpv's own code, after lib.mk: libxenpv.a with
# ASan and UBSan, and what it takes.
san := $(top)/build/userspace-san
# Other areas build the same library at the same time.
$(shell flock $(top)/userspace/Makefile $(MAKE) -s -C $(top)/userspace SAN=1 lib >&2)
CFLAGS += $(shell $(MAKE) -s -C $(top)/userspace SAN=1 print-flags)
CFLAGS += -Wno-missing-prototypes -Wno-sign-compare
LDLIBS += $(san)/libxenpv.a $(shell $(MAKE) -s -C $(top)/userspace SAN=1 print-libs)

$(TEST_GEN_PROGS): $(san)/libxenpv.a
