# SPDX-License-Identifier: GPL-2.0
#
# How test guests are built: NAME.c and the library make NAME.elf.
guest_lib := $(top)/selftests/guests/lib
GUEST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-clobbered \
	-ffreestanding -fno-pie -mno-red-zone -fno-stack-protector -mcmodel=kernel \
	-mgeneral-regs-only -fcf-protection=none -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-omit-frame-pointer $(KHDR_INCLUDES)
GUEST_LIB := $(patsubst $(guest_lib)/%,$(OUTPUT)/lib/%.o, \
	$(wildcard $(guest_lib)/*.c) $(guest_lib)/start.S)
GUEST_HEADERS := $(wildcard $(guest_lib)/*.h $(top)/include/uapi/linux/*.h)

$(OUTPUT)/lib/%.c.o: $(guest_lib)/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -c -o $@ $<
$(OUTPUT)/lib/%.S.o: $(guest_lib)/%.S $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<
$(OUTPUT)/%.guest.o: %.c $(GUEST_HEADERS)
	$(CC) $(GUEST_CFLAGS) -c -o $@ $<
$(OUTPUT)/%.elf: $(OUTPUT)/%.guest.o $(GUEST_LIB) $(guest_lib)/guest.lds
	$(LD) -nostdlib -static --build-id=none --no-warn-rwx-segments \
		-z max-page-size=4096 -T $(guest_lib)/guest.lds -o $@ $< $(GUEST_LIB)
.SECONDARY:
