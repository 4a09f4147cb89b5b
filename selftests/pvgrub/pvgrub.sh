#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# PV-GRUB finds Debian's kernel on disks of several kinds and starts it; and
# what a user sees when there is none.
# shellcheck disable=SC2317 # ok calls them
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
if ! [ -c /dev/kvm-xenpv ]; then
	echo '1..0 # SKIP no /dev/kvm-xenpv'
	exit 4
fi
echo 'TAP version 13'
out=/tmp/console

config() { # DISK SETTING...
	printf 'name = "grub"\nmemory = 256\ndisk = [ "%s" ]\n' "$1" >/tmp/grub.cfg
	shift
	printf '%s\n' "$@" >>/tmp/grub.cfg
}

# boot STATUS DISK SETTING...: runs a domain to its end.
boot() {
	local want=$1 got=0
	shift
	config "$@"
	timeout 600 xenpv create -q -c /tmp/grub.cfg </dev/null >"$out" 2>&1 || got=$?
	[ "$got" = "$want" ] && return
	tr -d '\r' <"$out" | tr -cd '\n\t -~'
	echo "status $got, not $want"
	return 1
}
said() { tr -d '\r' <"$out" | grep -qF -- "$1"; }
nothing_left() {
	[ -z "$(ls /run/xenpv)" ] && ! pidof xenpv qemu-nbd && [ "$(xenpv list | wc -l)" = 1 ]
}

# A whole disk with a partition table: the usual image.
whole() { # FILE-SYSTEM IMAGE
	truncate -s $(($(stat -c %s "$1") + (1 << 20))) "$2"
	echo 'start=2048, type=83, bootable' | sfdisk -q --no-reread --no-tell-kernel "$2"
	dd if="$1" of="$2" bs=1M seek=1 conv=notrunc 2>/dev/null
}

mkdir -p /img /var/lock
mount -t tmpfs -o size=300M tmpfs /img
whole grub.ext2 /img/whole
whole menu.ext2 /img/menu
qemu-img convert -f raw -O qcow2 /img/menu /img/menu.qcow2
rm /img/menu

ok 'a whole disk, grub.cfg, pygrub' boot 0 'file:/img/whole,xvda,w' \
	'bootloader = "/usr/lib/xen-4.17/bin/pygrub"'
ok 'the kernel runs as a PV guest' said 'guest: PV'
ok 'with the command line of grub.cfg' said 'root=/dev/xvda1 ro console=hvc0 quiet by=grub.cfg'
ok 'with the initramfs of grub.cfg, which has the disk' said 'guest: the disk says the mark'
ok 'the kernel can write to it' grep -aq 'written by the guest' /img/whole

ok 'a partition by itself, menu.lst, pvgrub' boot 0 "$PWD/menu.ext2,raw,xvda1,w" 'bootloader = "pvgrub"'
ok 'with the command line of menu.lst' said 'quiet by=menu.lst'
ok 'with its initramfs and the disk' said 'guest: the disk says the mark'

ok "a menu.lst for pygrub, whose root is nowhere" \
	boot 0 "$PWD/xentools.ext2,raw,xvda1,w" 'bootloader = "pygrub"'
ok 'with the command line of its default' said 'root=/dev/xvda1 ro console=hvc0 quiet by=pygrub'
ok 'with its initramfs and the disk' said 'guest: the disk says the mark'
ok 'another of its entries chosen' boot 0 "$PWD/xentools.ext2,raw,xvda1,w" \
	'bootloader = "pygrub"' 'bootloader_args = "--entry=0"'
ok 'with that command line' said 'by=the-first'

ok 'qcow2, a kernel chosen, PV-GRUB as the kernel' boot 0 '/img/menu.qcow2,qcow2,xvda,w' \
	'kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"' \
	"bootloader_args = \"--kernel=/boot/vmlinuz-6.1 --ramdisk=/boot/initrd.img-6.1 --args=by=bootloader_args\""
ok 'with that command line' said ' by=bootloader_args'
ok 'with its initramfs and the disk' said 'guest: the disk says the mark'

ok 'an entry chosen' boot 1 'file:/img/whole,xvda,w' 'bootloader = "pygrub"' \
	'bootloader_args = [ "-q", "--entry=others>the other" ]'
ok 'it is run' said 'This is the other.'

ok 'a GRUB of the guest'\''s own' boot 1 "$PWD/chain.ext2,raw,xvda1,w" 'bootloader = "pygrub"'
ok 'it is started' said 'This is the GRUB of the guest.'

ok 'a 32-bit kernel, pvgrub32' boot 0 "$PWD/pae.ext2,raw,xvda1,w" 'bootloader = "pvgrub32"'
ok 'it is run, in ring 1' said 'ok 1 - cs at start'

ok 'a kernel that is not there' boot 1 'file:/img/whole,xvda,w' 'bootloader = "pygrub"' \
	'bootloader_args = "--kernel=/boot/none"'
ok 'it is said' said '/boot/none: no such file on the disks of this domain'
ok 'nothing is left' nothing_left

echo '# a menu whose kernel is not there'
# As on a PC: the error, and then the menu again, for whoever can choose better.
config "$PWD/broken.ext2,raw,xvda,w" 'bootloader = "pygrub"'
timeout 600 xenpv create -q -c /tmp/grub.cfg </dev/null >"$out" 2>&1 &
ok 'it is said' until_ 200 said "file \`/boot/vmlinuz-6.1' not found"
ok 'the domain can be destroyed' xenpv destroy grub
wait
ok 'nothing is left' nothing_left

ok 'no configuration' boot 1 "$PWD/empty.ext2,raw,xvda,w" 'bootloader = "pygrub"'
ok 'it is said' said 'xenpv: no boot loader configuration on the disks of this domain'
ok 'the log says so, too' grep -rq 'its boot loader started no kernel' /var/log/xenpv
ok 'nothing is left' nothing_left

echo "1..$nr"
finish
