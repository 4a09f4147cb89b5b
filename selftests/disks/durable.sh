#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the guest has flushed is there, whenever its helper is killed: a guest
# that writes at random, flushes and says so, killed at random times.
# $XENPV_KILLS for more than the few of a normal run.
# shellcheck disable=SC2317 # ok calls them
cd "$(dirname "$0")" || exit 1
. ./lib.sh
if ! [ -c /dev/kvm-xenpv ]; then
	echo '1..0 # SKIP no /dev/kvm-xenpv'
	exit 4
fi
kills=${XENPV_KILLS:-1}
echo 'TAP version 13'
mkdir -p /img
mount -t tmpfs -o size=300M tmpfs /img
out=/tmp/console
seed=${XENPV_SEED:-$(date +%s)}
echo "# XENPV_SEED=$seed"
RANDOM=$seed

safe() { tr -d '\r' <"$out" | sed -n 's/^safe \([0-9][0-9]*\)$/\1/p' | tail -n 1; }
no_domain() { [ "$(xenpv list | wc -l)" = 1 ]; }
wrote() { [ "$(safe)" -gt "$1" ] 2>/dev/null; }

run_and_kill() { # FORMAT SEED
	local format=$1 seed=$2 image=/img/$1 domain after
	rm -f "$image"
	qemu-img create -q -f "$format" "$image" 8M
	cat >/tmp/durable.cfg <<-CFG
		name = "durable"
		kernel = "$PWD/vmlinuz"
		ramdisk = "$PWD/initrd"
		memory = 128
		extra = "console=hvc0 quiet test=durable seed=$seed"
		disk = [ '$image,$format,xvda,w' ]
	CFG
	xenpv create -F -c /tmp/durable.cfg </dev/null >"$out" 2>&1 &
	domain=$!
	after=$((RANDOM % 300))
	until_ 130 wrote "$after" || tail -n 20 "$out"
	# In the foreground the helper is the command itself.
	kill -9 "$domain"
	[ $((RANDOM % 2)) = 0 ] || killall -9 qemu-nbd 2>/dev/null
	wait "$domain"
	wrote 1 || return
	until_ 20 not pidof qemu-nbd || return
	cp "$image" /img/result
	[ "$format" = raw ] || qemu-img convert -f "$format" -O raw "$image" /img/result || return
	./blk check /img/result "$seed" "$(safe)" || return
	# Its files in the run directory are the next domain's to clean.
	until_ 10 no_domain
}

for i in $(seq "$kills"); do
	ok "raw: killed, number $i" run_and_kill raw "$i"
	tail -n 1 "$work/log" | sed 's/^/# /'
	ok "qcow2: killed, number $i" run_and_kill qcow2 "$((i + 1000))"
	tail -n 1 "$work/log" | sed 's/^/# /'
done
echo "1..$nr"
finish
