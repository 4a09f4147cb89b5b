# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests here: TAP, and guests that are told what to do on their
# consoles.
# shellcheck shell=bash

nr=0 failed=0
work=$(mktemp -d)
guest_limit=60

plan() { echo "TAP version 13"; echo "1..$1"; }

# ok NAME COMMAND...: the command must succeed.
ok() {
	local name=$1 from=$SECONDS
	shift
	nr=$((nr + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "# $((SECONDS - from)) s"
		echo "ok $nr $name"
	else
		failed=$((failed + 1))
		echo "# $((SECONDS - from)) s"
		tail -n 40 "$work/log" | sed 's/^/# /'
		echo "not ok $nr $name"
	fi
}

# until_ SECONDS COMMAND...
until_() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

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
		printf 'memory = 128\nextra = "console=hvc0 quiet"\n'
		printf 'vif = [ %s ]\n' "$vif"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$name.cfg"
}

# guest NAME COMMAND: one line for the guest; its output and status.
count=0
guest() {
	local name=$1 log start
	count=$((count + 1))
	log=$(console "$name")
	start=$(wc -c <"$log")
	printf '{ %s; } 2>&1; echo "end-%s $?"\n' "$2" "$count" \
		>"/run/xenpv/$(domid "$name").console"
	answered() { said "$name" "end-$count " || gone "$name"; }
	until_ "$guest_limit" answered
	said "$name" "end-$count " || {
		echo "$name does not answer to: $2"
		tail -n 20 "$log"
		return 1
	}
	tail -c +$((start + 1)) "$log" | tr -d '\r' | sed "/end-$count /,\$d"
	return "$(sed -n "s/.*end-$count \([0-9]*\).*/\1/p" "$log")"
}

# The process behind a domain.
helper() { grep -la "$1.cf[g]" /proc/[0-9]*/cmdline 2>/dev/null | sed 's|/proc/||; s|/cmdline||'; }

finish() { [ "$failed" = 0 ] && exit 0; exit 1; }
