#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian 11 on volumes of its own for each partition, with a menu.lst: reboot
# from inside, save and restore, power-off, a clean file system.
# shellcheck disable=SC2016,SC2119 # for the guest's shell; no arguments
cd "$(dirname "$0")" || exit 1
# shellcheck source=../debian/console.sh
. ./console.sh
. ./saved.sh

root=/dev/vdb swap=/dev/vdc
mkswap -L legacy-swap "$swap" >/dev/null
cat >legacy.cfg <<CFG
name = "legacy"
bootloader = "pvgrub"
memory = 512
disk = [ "phy:$root,xvda1,w", "phy:$swap,xvda2,w" ]
vif = [ "" ]
CFG

echo 'TAP version 13'
start legacy.cfg
trap 'xenpv destroy legacy 2>/dev/null' EXIT
# In an emulated machine GRUB needs minutes to read kernel and initrd.
check 'PV-GRUB starts the kernel' expect 900 'Linux version'
check 'a login on the console' log_in
echo "# $SECONDS s to the login"
check 'the kernel is Debian 11'\''s own' guest 20 'uname -r | grep "^5\.10\."'
check 'the command line is that of menu.lst' guest 20 'grep -q "root=LABEL=legacy-root ro console=hvc0" /proc/cmdline'
check 'the root file system is on xvda1' guest 20 'grep -q "^/dev/xvda1 / ext4 rw" /proc/mounts'
check 'swap is on xvda2' guest 20 'grep -q xvda2 /proc/swaps'
check 'an address by DHCP' guest 80 'for i in $(seq 60); do ip -4 -o addr | grep -q " 10.0.2." && break; sleep 1; done; ip -4 -o addr | grep " 10.0.2."'
check 'the kernel saw no trouble' guest 20 '! dmesg -l emerg,alert,crit,err | grep .'
check 'a mark on the disk' guest 20 'echo before >/root/mark; sync'
send reboot
check 'PV-GRUB starts the kernel again' expect 900 'Linux version'
check 'a login after the reboot' log_in
check 'the mark is there' guest 20 'grep -q before /root/mark'
saved_and_restored legacy xvda2
send poweroff
finish
trap - EXIT
check 'nothing is left of it' bash -c '! xenpv list legacy >/dev/null 2>&1'
check 'fsck finds nothing' e2fsck -fn "$root"
[ "$failed" = 0 ] || show
echo "1..$n"
[ "$failed" = 0 ]
