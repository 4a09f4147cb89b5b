#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run-guests.sh [TEST]...: runs the test guests of guests.list (all of them),
# each as a domain, and turns their TAP into one. GUEST_TOOL=xl runs them with
# Xen's tools instead of xenpv, GUEST_LIST names another list.
cd "$(dirname "$0")" || exit 1
tool=${GUEST_TOOL:-xenpv}
limit=${GUEST_TIMEOUT:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

total=0 bad=0
line() { # ok|"not ok" TEXT
	total=$((total + 1))
	[ "$1" = ok ] || bad=$((bad + 1))
	echo "$1 $total - $2"
}

# Runs the domain to its end: console in $work/out, how it ended in $end
# (poweroff, reboot, crash, watchdog, timeout, failed).
run_xenpv() {
	timeout -k 5 "$limit" xenpv create -q -F -c "$1" </dev/null >"$work/out" 2>"$work/err"
	case $? in
	124|137|143) end=timeout ;;
	*)
		end=$(sed -n 's/.*domain [0-9]* ended: \([a-z-]*\).*/\1/p' "$work/err" | tail -n 1)
		end=${end/power-off/poweroff} ;;
	esac
	[ -n "$end" ] || end=failed
	if grep -q "signal 15" "$work/err"; then end=timeout; fi
	# A crash that was not the guest's own word comes with the registers.
	if [ "$end" = crash ] && ! grep -q -e 'rip ' -e 'says it crashed' "$work/err"; then
		end='crash without registers'
	fi
	sed 's/^/# xenpv: /' "$work/err"
}

run_xl() {
	local log=/var/log/xen start=$SECONDS
	rm -f $log/guest-"$2".log $log/xl-"$2".log*
	if ! xl create -q "$1" >"$work/err" 2>&1; then
		sed 's/^/# xl: /' "$work/err"
		end=failed
		return
	fi
	end=
	while xl domid "$2" >/dev/null 2>&1; do
		if [ $((SECONDS - start)) -gt "$limit" ]; then
			end=timeout
			xl destroy "$2"
			break
		fi
		usleep 200000
	done
	cat $log/guest-"$2".log >"$work/out" 2>/dev/null
	if [ -z "$end" ]; then
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			grep -q 'reason code' $log/xl-"$2".log && break
			usleep 200000
		done
		case $(sed -n 's/.*shut down, reason code \([0-9]*\).*/\1/p' $log/xl-"$2".log) in
		0) end=poweroff ;;
		1) end=reboot ;;
		3) end=crash ;;
		4) end=watchdog ;;
		*) end=unknown; sed 's/^/# xl: /' $log/xl-"$2".log ;;
		esac
	fi
}

run_test() { # NAME GUEST END ARGUMENTS
	local name=$1 guest=$2 want=$3 args=$4 count=0 plan='' l text
	local vcpus=1
	local more=''
	# The guest reads it, and so does its configuration.
	case " $args" in *' vcpus='*) vcpus=${args##*vcpus=} vcpus=${vcpus%% *} ;; esac
	case " $args" in *' tsc_mode='*) more=${args##*tsc_mode=} more="tsc_mode = \"${more%% *}\"" ;; esac
	case " $args" in *' cpuid='*) more=${args##*cpuid=} more="cpuid = \"${more%% *}\"" ;; esac
	[ "$tool" != xl ] || args="$args xen"
	case $guest in *.elf32) ;; *) guest=$guest.elf ;; esac
	cat >"$work/$name.cfg" <<-EOF
	name = "$name"
	type = "pv"
	kernel = "$PWD/$guest"
	memory = 32
	vcpus = $vcpus
	extra = "$args"
	on_poweroff = "destroy"
	on_reboot = "destroy"
	on_crash = "destroy"
	on_watchdog = "destroy"
	$more
	EOF
	echo "# guest $name"
	"run_$tool" "$work/$name.cfg" "$name"
	while IFS= read -r l; do
		l=${l%$'\r'}
		case $l in
		"ok "[0-9]*|"not ok "[0-9]*)
			count=$((count + 1))
			text=${l#*- }
			case $l in
			not*) line "not ok" "$name: $text" ;;
			*) line ok "$name: $text" ;;
			esac ;;
		1..[0-9]*) plan=${l#1..} ;;
		*) echo "# ${l#\# }" ;;
		esac
	done <"$work/out"
	# A guest that may end in different ways may end before its plan, and one
	# that may be silent may lose its console.
	case $want in
	*silent*) ;;
	*'|'*) [ "$end" != poweroff ] || [ "${plan:-none}" = "$count" ] ;;
	*) [ "${plan:-none}" = "$count" ] ;;
	esac || {
		line "not ok" "$name: plan ${plan:-none}, $count results"
	}
	if [[ "|$want|" = *"|$end|"* ]]; then
		line ok "$name: ended with $end"
	else
		line "not ok" "$name: ended with $end, not $want"
	fi
}

echo 'TAP version 13'
while read -r name guest want args; do
	case $name in ''|'#'*) continue ;; esac
	if [ $# != 0 ]; then
		case " $* " in *" $name "*) ;; *) continue ;; esac
	fi
	run_test "$name" "$guest" "$want" "$args" <&9
done 9<&0 <"${GUEST_LIST:-guests.list}"
echo "1..$total"
[ "$bad" = 0 ] && [ "$total" != 0 ]
