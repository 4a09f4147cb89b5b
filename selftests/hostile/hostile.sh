#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hostile guests beside a harmless one: whatever they do, they end in a way
# that says why, the harmless one goes on, and the host's kernel has nothing
# to say. A guest that halts or spins for good can be destroyed.
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d)
beacon=''
cleanup() {
	[ -z "$beacon" ] || kill "$beacon" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

total=0 bad=0
line() { # STATUS TEXT
	total=$((total + 1))
	if [ "$1" = 0 ]; then
		echo "ok $total - $2"
	else
		bad=$((bad + 1))
		echo "not ok $total - $2"
	fi
}

config() { # NAME COMMAND-LINE
	cat >"$work/$1.cfg" <<-CFG
	name = "$1"
	type = "pv"
	kernel = "$PWD/hostile.elf"
	memory = 32
	vcpus = 1
	extra = "$2"
	on_poweroff = "destroy"
	on_reboot = "destroy"
	on_crash = "destroy"
	CFG
}

beats() { grep -c beacon "$work/beacon.out"; }

alive() { # how far it had come
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		[ "$(beats)" -gt "$1" ] && return
		sleep 1
	done
	return 1
}

reports() {
	dmesg | grep -cE 'WARNING|BUG|Oops|general protection|rcu.*stall|lockup|kvm_xenpv: .*(leak|bug)'
}

echo 'TAP version 13'
before=$(reports)
config beacon mode=beacon
xenpv create -q -F -c "$work/beacon.cfg" </dev/null >"$work/beacon.out" 2>"$work/beacon.err" &
beacon=$!
alive 0
line $? 'the harmless guest runs'

while read -r name guest want args; do
	case $name in ''|'#'*) continue ;; esac
	if [ $# != 0 ]; then
		case " $* " in *" $name "*) ;; *) continue ;; esac
	fi
	echo "$name $guest $want $args" >"$work/list"
	GUEST_TIMEOUT=${GUEST_TIMEOUT:-120} GUEST_LIST=$work/list ./run-guests.sh >"$work/out" </dev/null
	beat=$(beats)
	while IFS= read -r l; do
		case $l in
		"ok "*) line 0 "${l#* - }" ;;
		"not ok "*) line 1 "${l#* - }" ;;
		1..*|TAP*) ;;
		*) echo "$l" ;;
		esac
	done <"$work/out"
	alive "$beat"
	line $? "$name: the harmless guest goes on"
	[ "$(reports)" = "$before" ]
	line $? "$name: the host's kernel log is clean"
done <hostile.list

for mode in halt spin; do
	if [ $# != 0 ]; then
		case " $* " in *" hostile-$mode "*) ;; *) continue ;; esac
	fi
	config $mode mode=$mode
	xenpv create -q -F -c "$work/$mode.cfg" </dev/null >"$work/$mode.out" 2>&1 &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -q 'taken over' "$work/$mode.out" && break
		sleep 1
	done
	sleep 1
	timeout 20 xenpv destroy $mode
	line $? "hostile-$mode: can be destroyed"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 $pid 2>/dev/null || break
		sleep 1
	done
	! kill -0 $pid 2>/dev/null
	line $? "hostile-$mode: its process is gone"
	kill -KILL $pid 2>/dev/null
	alive "$(beats)"
	line $? "hostile-$mode: the harmless guest goes on"
done

timeout 20 xenpv destroy beacon
line $? 'the harmless guest is destroyed'
wait "$beacon"
beacon=''
[ "$(reports)" = "$before" ]
line $? "the host's kernel log is clean"
echo "1..$total"
[ "$bad" = 0 ]
