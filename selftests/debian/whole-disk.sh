#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two vCPUs, a whole disk, swap on a second one, a network: all that a user does
# with such a guest from its login prompt to its end.
# shellcheck disable=SC2016,SC2119 # for the guest's shell; no arguments
cd "$(dirname "$0")" || exit 1
. ./console.sh

swap=/dev/vdb disk=/dev/vdc mb=${DEBIAN_MB:-100}
mkswap -L legacy-swap "$swap" >/dev/null
cat >legacy.cfg <<CFG
name = "legacy"
type = "pv"
kernel = "vmlinuz"
ramdisk = "initrd.img"
root = "/dev/xvda1 ro"
extra = "console=hvc0 udev.children_max=2"
memory = 512
vcpus = 2
disk = [ "phy:$disk,xvda,w", "phy:$swap,xvdb,w" ]
vif = [ "" ]
CFG
modprobe tun
modprobe bridge
ip link add xenbr0 type bridge
ip link set xenbr0 up
# Where the guest finds us behind its user-mode network.
host=192.0.2.1
ip addr add "$host/32" dev lo

# within SECONDS TEXT CONDITION: what the guest's shell has to find true.
within() {
	check "$2" guest $(($1 + 20)) "for i in \$(seq $1); do { $3; } && break; sleep 1; done; $3"
}

echo 'TAP version 13'
start legacy.cfg
trap 'xenpv destroy legacy 2>/dev/null' EXIT
if ! log_in; then
	not_ok 'a login on the console'
	show
	echo "1..$n"
	exit 1
fi
ok 'a login on the console'
echo "# $SECONDS s to the login"

check 'systemd came up' guest 200 'systemctl is-system-running --wait | grep -x running'
check 'two CPUs' guest 20 'test "$(nproc)" = 2'
check 'the root file system is on xvda1' guest 20 'grep -q "^/dev/xvda1 / ext4 rw" /proc/mounts'
check 'swap is on xvdb' guest 20 'grep -q xvdb /proc/swaps'

# --- network ---

dd if=/dev/urandom of=blob bs=1M count="$mb" 2>/dev/null
bytes=$((mb << 20))
mkfifo silence	# at its input's end nc would stop receiving as well
exec 9<>silence
within 60 'an address by DHCP' 'ip -4 -o addr | grep -q " 10.0.2."'
timeout 400 nc -l -p 5001 <blob >/dev/null &
check "$mb MB into the guest" guest 400 \
	"cat </dev/tcp/$host/5001 >/root/blob; sha256sum </root/blob; test \$(stat -c %s /root/blob) = $bytes"
check 'they arrive whole' grep -qF "$(sha256sum <blob)" <<<"$output"
timeout 400 nc -l -p 5002 <&9 >back &
catcher=$!
check "$mb MB out of the guest" guest 400 "cat /root/blob >/dev/tcp/$host/5002; rm /root/blob"
wait "$catcher"
check 'they arrive whole as well' cmp blob back
rm -f blob back

# --- disks ---

check 'fio verifies what it wrote' guest 600 'fio --name=v --filename=/root/fio.dat --size=48M --rw=randwrite --bs=4k-64k --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --do_verify=1 --fallocate=none --minimal >/run/fio; status=$?; rm -f /root/fio.dat; test $status = 0'
truncate -s 64M extra.img
check 'block-attach' xenpv block-attach legacy "$PWD/extra.img,raw,xvdc,w"
within 30 'the guest has the disk' 'test -b /dev/xvdc'
check 'and uses it' guest 100 'mke2fs -q -F /dev/xvdc && mount /dev/xvdc /mnt && echo hello >/mnt/file && umount /mnt'
check 'block-list shows it' bash -c 'xenpv block-list legacy | grep -q ^51744'
check 'block-detach' xenpv block-detach legacy xvdc
within 30 'the disk is gone' '! test -b /dev/xvdc'
check 'what was written is there' bash -c 'e2fsck -fn extra.img && grep -q hello extra.img'

# --- interfaces ---

mac=00:16:3e:01:02:03
check 'network-attach' xenpv network-attach legacy "mac=$mac,bridge=xenbr0"
within 30 'the guest has the interface' "ip -o link | grep -q $mac"
check 'network-detach' xenpv network-detach legacy "$mac"
within 30 'the interface is gone' "! ip -o link | grep -q $mac"
check 'and its TAP' bash -c '! ls -d /sys/class/net/vif*'

# --- CPUs and memory ---

check 'the guest takes a CPU off' guest 60 'echo 0 >/sys/devices/system/cpu/cpu1/online && test "$(nproc)" = 1'
check 'and on again' guest 60 'echo 1 >/sys/devices/system/cpu/cpu1/online && test "$(nproc)" = 2'
check 'vcpu-set takes one off' xenpv vcpu-set legacy 1
within 60 'the guest follows' 'test "$(nproc)" = 1'
check 'vcpu-set gives it back' xenpv vcpu-set --ignore-host legacy 2
# Debian has no udev rule that puts it to use by itself.
within 60 'the guest can use it again' \
	'echo 1 >/sys/devices/system/cpu/cpu1/online && test "$(nproc)" = 2'
current='$(cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb)'
check 'mem-set down' xenpv mem-set legacy 384
within 60 'the guest gives memory back' "test $current -le 393216"
check 'the list says so' bash -c 'xenpv list legacy | awk "NR == 2 { exit !(\$3 <= 386) }"'
check 'mem-set up' xenpv mem-set legacy 512
within 60 'the guest takes it again' "test $current -ge 520000"
check 'after all this the kernel saw no trouble' guest 20 '! dmesg -l emerg,alert,crit,err | grep .'

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
