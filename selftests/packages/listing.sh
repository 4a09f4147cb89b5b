#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# All files of this system with their owners and modes, and what is in those of
# /etc, but what dpkg, man-db, depmod and ldconfig note for themselves, the keys that
# dkms makes once for all modules, and what is no package's business.
cd / || exit 1
find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp \
	-o -path ./mnt -o -path ./home -o -path ./lost+found -o -path ./var/lib/dpkg \
	-o -path ./var/log/dpkg.log -o -path ./var/log/alternatives.log \
	-o -path ./var/cache/ldconfig -o -path ./var/cache/man \
	-o -path './usr/lib/modules/*/modules.*' -o -path './var/lib/dkms/mok.*' \) -prune \
	-o -printf '%p %M %u %g %l\n' | LC_ALL=C sort
find etc -type f -exec md5sum {} + | LC_ALL=C sort
