#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One guest with disks of all kinds. It checks what it sees and asks for
# changes; what the host can see of it is checked here.
# shellcheck disable=SC2317 # ok calls them
cd "$(dirname "$0")" || exit 1
. ./lib.sh
if ! [ -c /dev/kvm-xenpv ]; then
	echo '1..0 # SKIP no /dev/kvm-xenpv'
	exit 4
fi
echo 'TAP version 13'

modprobe loop
modprobe nbd
mkdir -p /img /small /var/lock
mount -t tmpfs -o size=600M tmpfs /img
mount -t tmpfs -o size=3M tmpfs /small
out=/tmp/console

# An image of SIZE that says MARK: an archive is seen without a file system.
marked() { # FILE SIZE MARK
	echo "$3" >/tmp/mark
	tar cf "$1" -C /tmp mark && truncate -s "$2" "$1"
}
marked /img/part1 4M partition
marked /img/readonly 4M read-only
marked /img/cd 1M cd
truncate -s 64M /img/whole
truncate -s 4M /img/part2 /img/more
truncate -s 32M /small/sparse
truncate -s 16M /img/loop /img/nbd
qemu-img create -q -f qcow2 /img/qcow2 64M
qemu-img create -q -f vpc /img/vhd 16M
loop=$(losetup -f)
losetup "$loop" /img/loop
qemu-nbd -f raw -c /dev/nbd0 /img/nbd >/tmp/nbd.log 2>&1 &
nbd_is_there() { [ "$(cat /sys/block/nbd0/size)" != 0 ]; }
until_ 10 nbd_is_there || cat /tmp/nbd.log
# It has gone into the background by itself.
ours=$(pidof qemu-nbd)

config() { # NAME [DISK]...
	local d
	printf 'name = "%s"\nkernel = "%s/vmlinuz"\nramdisk = "%s/initrd"\n' "$1" "$PWD" "$PWD"
	printf 'memory = 192\nextra = "console=hvc0 quiet test=disks"\n'
	shift
	printf 'disk = ['
	for d in "$@"; do printf " '%s'," "$d"; done
	printf ' ]\n'
}
config disks 'file:/img/whole,xvda,w' 'phy:/img/part1,xvdb1,w' '/img/part2,raw,xvdb2,w' \
	'/img/qcow2,qcow2,xvdc,w' 'format=vhd, vdev=xvdd, access=rw, target=/img/vhd' \
	'/img/readonly,raw,xvde,r' '/small/sparse,raw,xvdf,w' "phy:$loop,xvdg,w" \
	'phy:/dev/nbd0,xvdh,w' ',empty,xvdi:cdrom,r' >/tmp/disks.cfg

# Errors before the domain starts: one line.
refused() { # WORDS DISK...
	local words=$1
	shift
	config bad "$@" >/tmp/bad.cfg
	if xenpv create -q /tmp/bad.cfg >/tmp/err 2>&1; then
		xenpv destroy bad
		return 1
	fi
	cat /tmp/err
	[ "$(wc -l </tmp/err)" = 1 ] && grep -qF "$words" /tmp/err
}
head -c 65536 /dev/urandom >/img/bad
ok 'no such image' refused 'disk xvda: /img/none: No such file' '/img/none,raw,xvda,w'
ok 'a damaged qcow2' refused 'Image is not in qcow2 format' '/img/bad,qcow2,xvda,w'
ok 'the same disk twice' refused 'xvda is there twice' '/img/bad,raw,xvda,w' '/img/cd,raw,xvda,r'
ok 'the same image twice' refused '/img/bad is in use' '/img/bad,raw,xvda,w' '/img/bad,raw,xvdb,r'
mkswap "$loop" >/dev/null && swapon "$loop"
ok 'a device that the host uses' refused "$loop is in use" "phy:$loop,xvda,w"
swapoff "$loop"
./blk sector-size "$loop" 4096
ok 'nothing is left of those' nothing_left

timeout 1500 xenpv create -c /tmp/disks.cfg </dev/null >"$out" 2>&1 &
domain=$!

said() { grep -q "guest: step: $1" <(tail -c "+$((seen + 1))" "$out"); }
await_step() { # NAME
	until_ 500 eval "said $1 || ! kill -0 $domain 2>/dev/null" && said "$1" || return
	seen=$(stat -c %s "$out")
}
seen=0

await_step insert && {
	ok 'block-list' sh -c "xenpv block-list disks | awk 'NR > 1 && \$2 == 0 && \$4 == 4' | wc -l | grep -qx 10"
	ok 'a second domain gets no disk that is written' \
		refused '/img/whole is in use (domain disks has it)' '/img/whole,raw,xvda,w'
	ok 'nor may it only read it' refused 'is in use (domain disks has it)' '/img/whole,raw,xvda,r'
	ok 'nor a block device' refused "$loop is in use (domain disks has it)" "phy:$loop,xvda,w"
	ok 'nor a qcow2' refused '/img/qcow2 is in use (domain disks has it)' '/img/qcow2,qcow2,xvda,w'
	ok 'cd-insert' xenpv cd-insert disks xvdi /img/cd
}
await_step eject && ok 'cd-eject' xenpv cd-eject disks xvdi
await_step grow && {
	truncate -s 80M /img/whole
	ok 'block-resize' xenpv block-resize disks xvda
}
await_step attach && ok 'block-attach' xenpv block-attach disks /img/more,raw,xvdj,w
await_step detach && ok 'block-detach' xenpv block-detach disks xvdj
await_step attach && ok 'block-attach again' \
	xenpv block-attach disks vdev=xvdj format=raw target=/img/more
await_step force && {
	ok 'block-detach --force' xenpv block-detach --force disks xvdj
	ok 'it is gone from the list' not sh -c 'xenpv block-list disks | grep -q ^51856'
}
await_step vanish && kill -9 "$ours"
await_step kill && {
	ok 'qemu-nbd runs' pidof qemu-nbd
	# Both of them.
	killall -9 qemu-nbd
}
wait "$domain"
status=$?

tr -d '\r' <"$out" >/tmp/lines
while IFS= read -r line; do
	case $line in
	*'guest: ok: '*) result ok "${line#*ok: }" ;;
	*'guest: FAILED: '*) result 'not ok' "${line#*FAILED: }" ;;
	esac
done </tmp/lines
ok 'the guest came to its end' grep -q 'guest: done' /tmp/lines
ok 'the domain was shut down' [ "$status" = 0 ]
ok 'xvda: what the guest wrote is in the image' ./blk verify /img/whole 0 4096 7
ok 'xvda: what it wrote behind the old end too' ./blk verify /img/whole 131072 32768 7
ok 'xvdb2: what the guest wrote is in the image' ./blk verify /img/part2 0 4096 7
ok 'nothing is left' until_ 10 nothing_left
[ "$failed" = 0 ] || sed 's/^/# /' /tmp/lines
echo "1..$nr"
finish
