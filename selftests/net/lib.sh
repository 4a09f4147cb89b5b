# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests here: guests that are told what to do on their consoles.
# shellcheck shell=bash
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

guest_limit=60 guest_memory=128

domid() { xenpv list "$1" 2>/dev/null | awk 'NR == 2 { print $2 }'; }
gone() { ! xenpv list "$1" >/dev/null 2>&1; }
console() { echo "/var/log/xenpv/console-$1.log"; }
said() { grep -q -- "$2" "$(console "$1")" 2>/dev/null; }

# config NAME VIF [SETTING]...
config() {
	local name=$1 vif=$2
	shift 2
	{
		printf 'name = "%s"\nkernel = "vmlinuz"\nramdisk = "initrd"\n' "$name"
		printf 'memory = %s\nextra = "console=hvc0 quiet"\n' "$guest_memory"
		printf 'vif = [ %s ]\n' "$vif"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$name.cfg"
}

# guest NAME COMMAND: one line for the guest; its output and status.
guest() {
	local log start mark
	log=$(console "$1")
	# Nothing else is at that place of its console.
	start=$(wc -c <"$log")
	mark=end-$start-$RANDOM
	printf '{ %s; } 2>&1; echo "%s $?"\n' "$2" "$mark" \
		>"/run/xenpv/$(domid "$1").console"
	answered() { said "$1" "$mark " || gone "$1"; }
	until_ "$guest_limit" answered "$1"
	said "$1" "$mark " || {
		echo "$1 does not answer to: $2"
		tail -n 20 "$log"
		return 1
	}
	tail -c +$((start + 1)) "$log" | tr -d '\r' | sed "/$mark /,\$d"
	return "$(sed -n "s/.*$mark \([0-9]*\).*/\1/p" "$log" | tail -n 1)"
}

# The process behind a domain.
helper() { grep -la "$1.cf[g]" /proc/[0-9]*/cmdline 2>/dev/null | sed 's|/proc/||; s|/cmdline||'; }
