# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests here.
# shellcheck shell=bash

# shellcheck disable=SC2034 # for who sources this
nr=0 failed=0
result() { # ok|"not ok" TEXT
	nr=$((nr + 1))
	[ "$1" = ok ] || failed=1
	echo "$1 $nr - $2"
}
check() { # TEXT COMMAND...
	local text=$1
	shift
	if "$@" >/tmp/log 2>&1; then
		result ok "$text"
	else
		tail -n 30 /tmp/log | sed 's/^/# /'
		result 'not ok' "$text"
	fi
}
not() { ! "$@"; }

# until_ SECONDS COMMAND...
until_() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# Nothing of a domain is left: no process, no file, no memory held.
nothing_left() {
	local left
	left=$(ls /run/xenpv 2>/dev/null; pidof xenpv
		for p in $(pidof qemu-nbd); do [ "$p" = "${ours:-0}" ] || echo "$p"; done)
	[ -z "$left" ] || { echo "left: $left"; return 1; }
	[ "$(xenpv list | wc -l)" = 1 ]
}
