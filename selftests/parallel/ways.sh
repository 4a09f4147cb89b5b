#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Counts KVM's hypercalls and exits while the test guest cost has its vCPUs flush
# and interrupt each other: several targets of a flush are one hypercall.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

count() { cat /sys/kernel/debug/kvm/*-*/"$1" 2>/dev/null | head -n 1; } # NAME

plan 3
cat >"$work/cost.cfg" <<CFG
name = "cost"
type = "pv"
kernel = "$PWD/cost.elf"
memory = 32
vcpus = 4
cpus = ["0", "1", "2", "3"]
extra = "spin vcpus=4 ask"
CFG
# The guest waits for a key after each "# bench-begin NAME" and
# "# bench-end NAME ROUNDS NANOSECONDS".
mkfifo "$work/keys"
exec 3<>"$work/keys"
timeout 120 xenpv create -q -c "$work/cost.cfg" <&3 |
while IFS=$' \r' read -r _ word op rounds ns; do
	case $word in
	bench-begin) exits=$(count exits) calls=$(count hypercalls) ;;
	bench-end)
		echo "$op $rounds $(($(count exits) - exits)) $(($(count hypercalls) - calls)) $ns" ;;
	*) continue ;;
	esac
	echo >&3
done >"$work/counts"
while read -r op rounds exits calls ns; do
	echo "# $op: $rounds rounds, $exits exits, $calls hypercalls, $ns ns each"
	declare "rounds_$op=$rounds" "calls_$op=$calls"
done <"$work/counts"

# Now and then the host runs but one of them.
many() { [ "${calls_flush_all_running:-0}" -gt $((${rounds_flush_all_running:-0} / 2)) ]; }
ok 'a flush of several vCPUs that run is one hypercall' many
# A vCPU between two states is asked together with the others, now and then.
one() { [ "${calls_flush_running:-500}" -lt $((${rounds_flush_running:-0} / 4)) ]; }
ok 'of one it is none, as a rule' one
ok 'events are none' is 0 "${calls_event_to_all:-none}"
finish
