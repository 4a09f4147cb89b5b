#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A user who may open the devices and nothing else: a Debian guest with a disk
# and a network, used through its console.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

if ! [ -c /dev/kvm-xenpv ] || ! [ -e /box ]; then
	echo "1..0 # SKIP not in the box, whose network and devices are changed"
	exit 4
fi

plan 9
chgrp 65534 /dev/kvm /dev/kvm-xenpv && chmod 660 /dev/kvm /dev/kvm-xenpv
modprobe tun
chmod 666 /dev/net/tun		# as udev has it
chmod 755 "$work"
home=$work/home
mkdir "$home" "$home/run" "$home/state" "$work/srv"
truncate -s 8M "$home/disk" "$work/of-root"
mkfifo "$home/keys"
chown -R 65534:65534 "$home"
head -c 100000 /dev/urandom >"$work/srv/data"
sum=$(md5sum <"$work/srv/data")
ip addr add 192.0.2.3/32 dev lo
ip link set lo up
httpd -p 8081 -h "$work/srv"
as_user() { HOME=$home XDG_RUNTIME_DIR=$home/run XDG_STATE_HOME=$home/state ./asnobody "$@"; }
gone() { ! as_user xenpv list own >/dev/null 2>&1; }

cat >"$home/own.cfg" <<CFG
name = "own"
kernel = "$PWD/vmlinuz"
ramdisk = "$PWD/initrd"
memory = 128
extra = "console=hvc0 quiet"
disk = [ "$home/disk,raw,xvda,w" ]
vif = [ "" ]
CFG

./mkkernel block >tiny
refused() { # WORDS SETTING: in one line, and nothing is left
	! as_user xenpv create -q "$home/own.cfg" "kernel=\"$PWD/tiny\"" 'ramdisk=""' "$2" \
		>"$work/out" 2>&1 && cat "$work/out" &&
		[ "$(wc -l <"$work/out")" = 1 ] && grep -q -- "$1" "$work/out" && gone
}
ok 'a disk of root: refused' refused "$work/of-root" "disk=[\"$work/of-root,raw,xvda,w\"]"
modprobe bridge
ip link add br-own type bridge
ok 'a bridge: refused' refused 'needs CAP_NET_ADMIN' 'vif=["bridge=br-own"]'

ok 'a domain' as_user xenpv create -q "$home/own.cfg"
bare() {
	local pid
	pid=$(grep -la 'own.cf[g]' /proc/[0-9]*/cmdline | head -n 1 | cut -d/ -f3)
	grep -E '^(Uid|CapEff)' "/proc/$pid/status" | tee "$work/rights"
	grep -q 'Uid:	65534	65534' "$work/rights" && grep -q 'CapEff:	0*$' "$work/rights"
}
ok 'its helper has no rights but his' bare

as_user xenpv console own <"$home/keys" >"$work/console" 2>&1 &
exec 8>"$home/keys"
said() { grep -q -- "$1" "$work/console"; }
ok 'its console' until_ 120 said 'guest: up'
seq=0
guest() { # COMMAND: its output is in $work/said
	seq=$((seq + 1))
	wc -c <"$work/console" >"$work/from"
	echo "{ $1; } 2>&1; echo \"end-$seq \$?\"" >&8
	until_ 60 said "^end-$seq " || { tail -n 20 "$work/console"; return 1; }
	tail -c "+$(cat "$work/from")" "$work/console" | tr -d '\r' >"$work/said"
	cat "$work/said"
	grep -q "^end-$seq 0" "$work/said"
}
lease() { guest 'ip link set eth0 up; udhcpc -i eth0 -n -q -s /etc/udhcpc; ip -4 addr show eth0 | grep inet'; }
ok 'an address by DHCP' lease
fetch() { guest 'wget -q -O /tmp/data http://192.0.2.3:8081/data; md5sum </tmp/data' && grep -q "${sum%% *}" "$work/said"; }
ok 'data arrives' fetch
onto_disk() {
	guest 'dd if=/tmp/data of=/dev/xvda bs=50000 conv=fsync' &&
		[ "$(head -c 100000 "$home/disk" | md5sum)" = "$sum" ]
}
ok 'and is written to the disk' onto_disk
ends() {
	echo 'poweroff -f' >&8
	until_ 30 gone && [ -z "$(ls -A "$home/run/xenpv")" ]
}
ok 'a guest that ends leaves nothing' ends
chgrp 0 /dev/kvm /dev/kvm-xenpv
finish
