#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Four vCPUs and the usual legacy layout: file systems in images of their own
# that the guest sees as partitions of a disk which is not there.
# shellcheck disable=SC2016,SC2119 # for the guest's shell; no arguments
cd "$(dirname "$0")" || exit 1
. ./console.sh

root=/dev/vda swap=/dev/vdb
mkswap -L legacy-swap "$swap" >/dev/null
cat >legacy.cfg <<CFG
name = "legacy"
kernel = "vmlinuz"
ramdisk = "initrd.img"
root = "/dev/xvda1 ro"
extra = "console=hvc0 udev.children_max=2"
memory = 512
vcpus = 4
disk = [ "phy:$root,xvda1,w", "phy:$swap,xvda2,w" ]
CFG

echo 'TAP version 13'
start legacy.cfg
trap 'xenpv destroy legacy 2>/dev/null' EXIT
check 'a login on the console' log_in
check 'four CPUs' guest 20 'test "$(nproc)" = 4'
check 'the root file system is on xvda1' guest 20 'grep -q "^/dev/xvda1 / ext4 rw" /proc/mounts'
check 'swap is on xvda2' guest 20 'grep -q xvda2 /proc/swaps'
check 'there is no xvda' guest 20 '! test -b /dev/xvda'
check 'all CPUs work' guest 120 'for c in 0 1 2 3; do taskset -c $c sh -c "head -c 20M /dev/zero | sha256sum" & done; wait'
check 'the kernel saw no trouble' guest 20 '! dmesg -l emerg,alert,crit,err | grep .'
send poweroff
finish
trap - EXIT
check 'fsck finds nothing' e2fsck -fn "$root"
[ "$failed" = 0 ] || show
echo "1..$n"
[ "$failed" = 0 ]
