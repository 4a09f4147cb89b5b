#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Helpers killed at random, $XENPV_KILLS times, while they start, while their
# guest keeps its disk busy or while a device is attached: whatever they had is
# gone: domain, interface, qemu-nbd, socket, memory.
# shellcheck disable=SC2317 # ok calls them
cd "$(dirname "$0")" || exit 1
. ./lib.sh
if ! [ -c /dev/kvm-xenpv ]; then
	echo '1..0 # SKIP no /dev/kvm-xenpv'
	exit 4
fi
kills=${XENPV_KILLS:-12}
RANDOM=${XENPV_SEED:=$(date +%s)}
echo 'TAP version 13'
echo "# XENPV_SEED=$XENPV_SEED"

modprobe tun
modprobe bridge
ip link add xenbr0 type bridge
ip link set xenbr0 up
mkdir -p /img
mount -t tmpfs -o size=100M tmpfs /img
truncate -s 4M /img/a /img/more
qemu-img create -q -f qcow2 /img/b 4M
cat >/tmp/killed.cfg <<CFG
name = "killed"
kernel = "$PWD/frontend.elf"
memory = 32
vcpus = 2
extra = "count=100000000 seed=$XENPV_SEED"
disk = [ '/img/a,raw,xvda,w', '/img/b,qcow2,xvdb,w' ]
vif = [ 'bridge=xenbr0', '' ]
channel = [ 'name=one,connection=socket,path=/tmp/killed-channel' ]
CFG

# What the kernel holds for nobody is not seen as a process.
held() { awk '$1 ~ /^(Mlocked|HugePages_Rsvd):$/' /proc/meminfo; }
users() { awk '$1 == "kvm_xenpv" || $1 == "kvm_amd" || $1 == "kvm_intel" { print $1, $3 }' /proc/modules; }
interfaces() { ls /sys/class/net; }
# The next xenpv takes away what the dead left behind.
swept() {
	[ "$(xenpv list | wc -l)" = 1 ] && xenpv create -q -p /tmp/last.cfg &&
		xenpv destroy last && nothing_left
}
sed 's/killed/last/g; s/^disk.*//; s/^vif.*//; s/^channel.*//' /tmp/killed.cfg >/tmp/last.cfg

# With what the CPUs keep in lists of their own, which can be tens of MiB.
mem_free() {
	awk '$1 == "MemAvailable:" { n += $2 } $1 == "count:" { n += 4 * $2 }
		END { print n }' /proc/meminfo /proc/zoneinfo
}
# Not the guards, whose names differ.
helpers() { grep -lx xenpv /proc/[0-9]*/comm 2>/dev/null | cut -d / -f 3; }
no_process() { ! pidof qemu-nbd && ! pidof xenpv; }

started=0 ran=0
kill_one() {
	local delay pid
	xenpv create -q /tmp/killed.cfg >/tmp/create 2>&1 &
	delay=$((RANDOM % 3000))
	# Half of them while they start.
	[ $((RANDOM % 2)) = 0 ] && delay=$((delay / 6))
	sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	case $((RANDOM % 4)) in
	0) xenpv block-attach killed /img/more,raw,xvdc,w >/dev/null 2>&1 & ;;
	1) xenpv network-attach killed bridge=xenbr0 >/dev/null 2>&1 & ;;
	2) killall -9 qemu-nbd 2>/dev/null ;;
	esac
	[ "$(xenpv list killed 2>/dev/null | wc -l)" != 2 ] || ran=$((ran + 1))
	pid=$(helpers)
	# shellcheck disable=SC2086 # several
	[ -z "$pid" ] || { started=$((started + 1)); kill -9 $pid 2>/dev/null; }
	wait
	until_ 20 no_process || { ps -o pid,ppid,args; return 1; }
	[ "$(interfaces)" = "$interfaces" ] || { interfaces; return 1; }
	[ "$(users)" = "$users" ] || { users; return 1; }
}
kill_all() {
	local i
	for i in $(seq "$kills"); do
		kill_one || { echo "kill $i of $kills"; return 1; }
	done
}

# One that is deaf, as qemu-nbd is to SIGTERM before it is ready.
slow_start() {
	mkdir -p /tmp/slow
	printf '#!/bin/sh\ntrap "" TERM HUP INT\necho $$ >/tmp/slow/pid\nexec sleep 1000\n' >/tmp/slow/qemu-nbd
	chmod +x /tmp/slow/qemu-nbd
	PATH=/tmp/slow:$PATH xenpv create -q /tmp/killed.cfg >/tmp/create 2>&1 &
	until_ 100 test -s /tmp/slow/pid
	# shellcheck disable=SC2046 # several
	kill -9 $(helpers)
	wait
	until_ 10 test ! -d "/proc/$(cat /tmp/slow/pid)"
}

interfaces=$(interfaces) users=$(users)
ok 'killed before qemu-nbd is ready' slow_start
ok 'one as a beginning' kill_one
ok 'it is swept away' swept
held=$(held) free=$(mem_free)
ok "$kills helpers are killed and leave no process, interface or domain" kill_all
echo "# $started helpers were killed, $ran of their domains were there"
ok 'most had a domain' [ $((ran * 3)) -ge "$kills" ]
ok 'the next one sweeps up' swept
same_memory() { [ "$(held)" = "$held" ] || { held; return 1; }; }
ok 'no memory is held' until_ 10 same_memory
more_memory() { [ $(($(mem_free) + 16384)) -ge "$free" ] || { echo "$(mem_free) of $free KiB"; return 1; }; }
ok 'nor lost' until_ 10 more_memory
ok 'the images are whole' qemu-img check -q /img/b
ok 'the module can go' rmmod kvm_xenpv
insmod /box/kvm_xenpv.ko
echo "1..$nr"
[ "$failed" = 0 ] || tail -n 20 /var/log/xenpv/xenpv-killed.log | sed 's/^/# log: /'
finish
