#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# xen-create-image, on a host whose xl is xenpv, makes a guest of Debian 11, starts
# it and looks after it. All of it is run, but that the guest's files are copied
# from a system that is there (--install-method=copy), as there is no network to
# install one from; for the same reason the hooks find the kernel installed, and
# no packages of locales.
# shellcheck disable=SC2016,SC2119 # for the guest's shell; no arguments
cd "$(dirname "$0")" || exit 1
# shellcheck disable=SC2034 # console.sh's
hostname=web patience=1500
# shellcheck source=selftests/debian/console.sh
. ./console.sh
if ! [ -c /dev/kvm-xenpv ] || ! [ -e /box ]; then
	echo "1..0 # SKIP not in the box"
	exit 4
fi

# The host is a chroot with the box's devices, and xenpv, which is this system's
# as well: what libraries it has not got are brought along.
host=/host
mkdir -p $host
modprobe crc32c_generic
modprobe ext4
modprobe loop
mount -t ext4 /dev/vda $host || exit 1
mkdir -p $host/source $host/etc/xen $host/srv/xen $host/run
mount -t ext4 -o ro /dev/vdb $host/source || exit 1
for d in dev proc sys run; do mount --rbind /$d $host/$d || exit 1; done
find /lib /usr/lib /lib64 -name '*.so*' | while read -r lib; do
	[ -e "$host$lib" ] || { mkdir -p "$host${lib%/*}" && cp -L "$lib" "$host$lib"; }
done
mkdir -p $host/usr/lib/grub-xen
cp /usr/lib/grub-xen/* $host/usr/lib/grub-xen/
cp "$(command -v xenpv)" $host/usr/sbin/xenpv
ln -s xenpv $host/usr/sbin/xl

on_host() { PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot $host "$@"; }

create() {
	on_host xen-create-image --dir=/srv/xen --fs=ext4 --genpass=0 --password=xenpv "$@" \
		</dev/null >create.log 2>&1 && return
	tail -n 30 create.log | sed 's/^/# /'
	return 1
}

# An older one: no boot loader, addresses that are fixed, and nothing in it. Without
# a system in it xen-create-image 4.9.2 fails when all is written, for want of ssh's
# keys there.
create_old() {
	touch $host/boot/vmlinuz $host/boot/initrd
	create --hostname=old.example.org --dist=jessie --install=0 --memory=1Gb --maxmem=2Gb \
		--vcpus=2 --size=20M --swap=10M --kernel=/boot/vmlinuz --initrd=/boot/initrd \
		--ip=10.0.2.20 --gateway=10.0.2.2 --netmask=255.255.255.0 \
		--mac=00:16:3e:01:02:03 --bridge=xenbr0 >/dev/null ||
		grep -q "read_dir '.*/etc/ssh'" create.log && grep -q 'All done' create.log
}

# says KEY VALUE: in the dry run of old's configuration.
says() {
	on_host xl create -n /etc/xen/old.example.org.cfg 2>/dev/null | tr -d ' ",' |
		grep -qxF "$1:$2" && return
	on_host xl create -n /etc/xen/old.example.org.cfg 2>&1 | sed 's/^/# /'
	return 1
}

running() { on_host xl list web >/dev/null 2>&1; }
listed() { on_host xen-list-images 2>/dev/null | grep -qx 'Name: web'; }

# xen-delete-image reads the names in xl's list.
keeps() {
	on_host xen-delete-image --dir=/srv/xen --hostname=web >delete.log 2>&1
	[ -e $host/srv/xen/domains/web/disk.img ] && [ -e $host/etc/xen/web.cfg ] &&
		grep -q running delete.log
}
deletes() {
	on_host xen-delete-image --dir=/srv/xen --hostname=web >delete.log 2>&1
	[ ! -e $host/srv/xen/domains/web/disk.img ] && [ ! -e $host/etc/xen/web.cfg ]
}

echo 'TAP version 13'
check 'a guest with a kernel of the host'\''s' create_old
check 'its kernel' says kernel /boot/vmlinuz
check 'its command line' says cmdline 'root=/dev/xvda2roelevator=noop'
check 'its memory' says target_memkb 1048576
check 'its most memory' says max_memkb 2097152
check 'its CPUs' says max_vcpus 2
check 'its first disk' says pdev_path /srv/xen/domains/old.example.org/disk.img
check 'its swap' says vdev xvda1
check 'its address' says ip 10.0.2.20
check 'its bridge' says bridge xenbr0

check 'a guest with pygrub, started' create --boot --hostname=web --dist=bullseye \
	--install-method=copy --install-source=/source --size=1500M --swap=64M --memory=512M --dhcp
echo "# $SECONDS s"
trap 'xenpv destroy web 2>/dev/null' EXIT
check 'it runs' running
check 'it is listed' listed
: >"$log"
rm -f typed
mkfifo typed
on_host xl console web <typed >"$log" 2>&1 &
# shellcheck disable=SC2034 # console.sh's
helper=$!
exec 7>typed
check 'a login on the console' log_in
echo "# $SECONDS s to the login"
check 'the kernel is Debian 11'\''s own' guest 20 'uname -r | grep "^5\.10\."'
check 'the command line is that of menu.lst' guest 20 'grep -q "root=/dev/xvda2 ro elevator=noop" /proc/cmdline'
check 'the root file system is on xvda2' guest 20 'grep -q "^/dev/xvda2 / ext4 rw,noatime" /proc/mounts'
check 'swap is on xvda1' guest 20 'grep -q xvda1 /proc/swaps'
check 'its name' guest 20 'test "$(hostname)" = web'
check 'an address by DHCP' guest 80 'for i in $(seq 60); do ip -4 -o addr | grep -q " 10.0.2." && break; sleep 1; done; ip -4 -o addr | grep " 10.0.2."'
check 'it is not deleted while it runs' keeps
send poweroff
finish
trap - EXIT
check 'nothing is left of it' bash -c '! xenpv list web >/dev/null 2>&1'
check 'fsck finds nothing' on_host e2fsck -fn /srv/xen/domains/web/disk.img
check 'it is deleted' deletes
[ "$failed" = 0 ] || show 100
echo "1..$n"
[ "$failed" = 0 ]
