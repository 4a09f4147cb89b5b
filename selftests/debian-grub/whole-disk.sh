#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian 12 on a whole disk, from the configuration file that it had under Xen:
# PV-GRUB starts its kernel, reboots into what the guest's own update-grub
# configured, is saved and restored, and the disk is clean in the end.
# shellcheck disable=SC2016,SC2119 # for the guest's shell; no arguments
cd "$(dirname "$0")" || exit 1
# shellcheck source=../debian/console.sh
. ./console.sh
. ./saved.sh

disk=/dev/vda swap=/dev/vdc
mkswap -L legacy-swap "$swap" >/dev/null
cat >legacy.cfg <<CFG
name = "legacy"
builder = "generic"
bootloader = "/usr/lib/xen-4.17/bin/pygrub"
memory = 512
disk = [ "phy:$disk,xvda,w", "phy:$swap,xvdb,w" ]
vif = [ "" ]
on_reboot = "restart"
CFG

echo 'TAP version 13'
start legacy.cfg
trap 'xenpv destroy legacy 2>/dev/null' EXIT
# In an emulated machine GRUB needs minutes to read kernel and initrd.
check 'PV-GRUB starts the kernel' expect 900 'Linux version'
check 'a login on the console' log_in
echo "# $SECONDS s to the login"
check 'the command line is that of grub.cfg' guest 20 'grep -q "BOOT_IMAGE=\|root=LABEL=legacy-root ro console=hvc0" /proc/cmdline'
check 'the root file system is on xvda1' guest 20 'grep -q "^/dev/xvda1 / ext4 rw" /proc/mounts'
check 'swap is on xvdb' guest 20 'grep -q xvdb /proc/swaps'
check 'an address by DHCP' guest 80 'for i in $(seq 60); do ip -4 -o addr | grep -q " 10.0.2." && break; sleep 1; done; ip -4 -o addr | grep " 10.0.2."'
check 'the kernel saw no trouble' guest 20 '! dmesg -l emerg,alert,crit,err | grep .'

check 'the guest configures GRUB anew' guest 300 'update-grub && grep -q -- "--class" /boot/grub/grub.cfg'
send 'systemctl reboot'
check 'PV-GRUB starts the kernel again' expect 900 'Linux version'
check 'a login after the reboot' log_in
check 'with the new configuration' guest 20 'grep -q "root=UUID=\|root=/dev/xvda1" /proc/cmdline && grep -q udev.children_max=2 /proc/cmdline'
check 'the root file system is there' guest 20 'grep -q "^/dev/xvda1 / ext4 rw" /proc/mounts'

saved_and_restored legacy xvdb

check 'shutdown' timeout 300 xenpv shutdown -w legacy
finish
trap - EXIT
check 'nothing is left of it' bash -c '! xenpv list legacy >/dev/null 2>&1'
blockdev --rereadpt "$disk"
for _ in 1 2 3 4 5; do [ -b "${disk}1" ] && break; sleep 1; done
check 'fsck finds nothing' e2fsck -fn "${disk}1"
[ "$failed" = 0 ] || show
echo "1..$n"
[ "$failed" = 0 ]
