# SPDX-License-Identifier: GPL-2.0
#
# kvm-xenpv from the top; `make help` lists the targets.
VERSION ?= 0.1.0
KERNEL ?=
AREA ?=
V ?= 0
prefix ?= /usr/local
DESTDIR ?=
# `make run IMAGE=...`: a guest of one's own.
IMAGE ?=
RAMDISK ?=
# KERNEL is a host's version; whatever else it says is the guest's kernel.
GUEST_KERNEL := $(filter-out 6.1 6.12 7.2 intel-6.1 intel-6.12 intel-7.2 debug running,$(KERNEL))
override KERNEL := $(filter-out $(GUEST_KERNEL),$(KERNEL))
export V KERNEL GUEST_KERNEL IMAGE RAMDISK

MAKEFLAGS += --no-print-directory
say = @printf 'xenpv: %s\n' '$(1)' >&2

# This machine's kernel when its headers are here, Debian 12's otherwise.
target := $(or $(KERNEL:intel-%=%),$(if $(wildcard /lib/modules/$(shell uname -r)/build),running,6.1))

all: module userspace selftests

deps:
	@scripts/deps

module: deps
	@scripts/build-module $(target) >/dev/null

userspace: deps
	$(call say,building userspace)
	@scripts/quietly build/userspace.log $(MAKE) -j$(shell nproc) -C userspace

selftests: deps
	$(call say,building selftests)
	@scripts/quietly build/selftests.log $(MAKE) -C selftests

run: deps
	@$(MAKE) userspace
	@scripts/run

check: deps
	@scripts/build-module $(or $(KERNEL:intel-%=%),6.1) >/dev/null
	@$(MAKE) userspace
	@selftests/lib/check $(AREA)

check-all: deps
	@$(MAKE) userspace
	@selftests/lib/check-all $(AREA)

check-debug: deps
	@scripts/build-debug-kernel
	@$(MAKE) userspace
	@KERNEL=debug selftests/lib/check $(or $(AREA),module evtchn)

fuzz: deps
	@selftests/fuzz/run

bench: deps
	@$(MAKE) userspace
	@selftests/bench/run

soak: deps
	@scripts/build-module $(or $(KERNEL),6.1) >/dev/null
	@$(MAKE) userspace
	@selftests/smp/soak $(SOAK_SECONDS)

style:
	@scripts/style

# Not into another kernel's modules than the one that runs, unless asked to.
install: target := $(if $(KERNEL)$(DESTDIR),$(target),running)
install: module userspace
	$(MAKE) -C userspace install prefix=$(prefix) DESTDIR=$(DESTDIR)
	install -D -m 644 "$$(scripts/build-module $(target))" \
		"$(DESTDIR)/lib/modules/$$(cat "$$(scripts/fetch-kernel $(target))/release")/updates/kvm_xenpv.ko"
	$(if $(DESTDIR),,depmod "$$(cat "$$(scripts/fetch-kernel $(target))/release")")

# The name of xl for xenpv, where Xen's own is not.
install-xl:
	@prefix=$(prefix) scripts/install-xl install

uninstall-xl:
	@prefix=$(prefix) scripts/install-xl remove

dkms-install:
	@VERSION=$(VERSION) scripts/dkms-install

# The packages in build/deb.
deb:
	@scripts/build-deb

clean:
	rm -rf build

help:
	@echo 'make all           module, userspace, selftests'
	@echo 'make module        kvm_xenpv.ko; KERNEL=6.1, 6.12 or 7.2 picks the headers'
	@echo 'make userspace     xenpv'
	@echo 'make selftests     the tests, not run'
	@echo 'make run           a Debian PV guest, its console here (as root)'
	@echo 'make run IMAGE=disk.img'
	@echo '                   the guest on that disk or partition (raw, qcow2, vhd);'
	@echo '                   KERNEL=vmlinuz RAMDISK=initrd when it has no boot loader;'
	@echo '                   what it writes is kept with WRITE=1'
	@echo 'make check         all tests in emulated hosts; AREA=evtchn KERNEL=6.12 narrow it'
	@echo 'make check-all     all guests on all hosts, for hours; a table: build/matrix.rst'
	@echo 'make check-debug   the module tests on a KASAN and lockdep kernel'
	@echo 'make fuzz          libFuzzer on parsers, FUZZ_SECONDS=600 each'
	@echo 'make bench         what things cost, in instructions'
	@echo 'make soak          ten minutes of load on four vCPUs; SOAK_SECONDS=3600 for longer'
	@echo 'make style         checkpatch, sparse, W=1, kernel-doc, shellcheck, documents'
	@echo 'make install       into prefix=/usr/local and the running kernel'
	@echo 'make install-xl    the name of xl for it too (uninstall-xl takes it away)'
	@echo 'make dkms-install  the module through dkms'
	@echo 'make deb           Debian packages, in build/deb'
	@echo 'make clean         removes build/'
	@echo 'V=1 shows the commands'

.PHONY: all deps module userspace selftests run check check-all check-debug fuzz bench soak style \
	install install-xl uninstall-xl dkms-install deb clean help
