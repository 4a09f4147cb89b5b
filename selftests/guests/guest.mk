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

# 32-bit ones: NAME.c and another library make NAME.elf32.
guest32_lib := $(top)/selftests/guests/lib32
GUEST32_CFLAGS := -m32 -march=i686 $(filter-out -mno-red-zone -mcmodel=kernel,$(GUEST_CFLAGS))
GUEST32_LIB := $(OUTPUT)/lib32/lib.o $(OUTPUT)/lib32/start.o
GUEST32_HEADERS := $(guest32_lib)/guest.h $(guest_lib)/vectors.h

$(OUTPUT)/lib32/%.o: $(guest32_lib)/%.c $(GUEST32_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(GUEST32_CFLAGS) -c -o $@ $<
$(OUTPUT)/lib32/%.o: $(guest32_lib)/%.S $(GUEST32_HEADERS)
	@mkdir -p $(@D)
	$(CC) -m32 -c -o $@ $<
$(OUTPUT)/%.guest32.o: %.c $(GUEST32_HEADERS)
	$(CC) $(GUEST32_CFLAGS) -c -o $@ $<
$(OUTPUT)/%.elf32: $(OUTPUT)/%.guest32.o $(GUEST32_LIB) $(guest32_lib)/guest.lds
	$(LD) -m elf_i386 -nostdlib -static --build-id=none --no-warn-rwx-segments \
		-z max-page-size=4096 -T $(guest32_lib)/guest.lds -o $@ $< $(GUEST32_LIB)
.SECONDARY:
