# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2016,SC2119
# Sourced, after console.sh.

# saved_and_restored NAME SWAP: a Debian guest that has its console here, and
# after that again.
saved_and_restored() {
	check 'something in memory' guest 60 'head -c 3000000 /dev/urandom >/run/data && sha256sum /run/data >/run/sum && sleep 99999 & sleep 2; test -s /run/sum'
	check 'something on its way to the disk' guest 60 'cp /run/data /root/data'
	mkdir -p /saved
	grep -q ' /saved ' /proc/mounts || mount -t tmpfs -o size=700M tmpfs /saved
	check 'save' timeout 600 xenpv save "$1" "/saved/$1"
	finish
	check 'nothing runs' bash -c '! xenpv list '"$1"' >/dev/null 2>&1'
	attach xenpv restore -c "/saved/$1"
	check 'the shell is there' guest 120 true
	rm -f "/saved/$1"
	check 'memory is as it was' guest 60 'sha256sum -c /run/sum'
	check 'its processes go on' guest 20 'pgrep -x sleep'
	check 'the disk, too' guest 120 'sync && echo 3 >/proc/sys/vm/drop_caches && cmp /root/data /run/data'
	check 'and swap' guest 60 'swapoff -a && swapon -a && grep -q '"$2"' /proc/swaps'
	# Nobody listens there: that is an answer, too.
	check 'and the network' guest 80 'for i in 1 2 3; do timeout 20 bash -c ": </dev/tcp/10.0.2.2/1"; [ $? = 124 ] || break; done; ! ip neigh show 10.0.2.2 | grep FAILED && ip neigh show 10.0.2.2 | grep lladdr'
	check 'the kernel saw no trouble' guest 20 '! dmesg -l emerg,alert,crit,err | grep .'
}
