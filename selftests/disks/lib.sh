# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests here.
# shellcheck shell=bash
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

# Nothing of a domain is left: no process, no file, no memory held.
nothing_left() {
	local left
	left=$(ls /run/xenpv 2>/dev/null; pidof xenpv
		for p in $(pidof qemu-nbd); do [ "$p" = "${ours:-0}" ] || echo "$p"; done)
	[ -z "$left" ] || { echo "left: $left"; return 1; }
	[ "$(xenpv list | wc -l)" = 1 ]
}
