# SPDX-License-Identifier: GPL-2.0
# Sourced by the project's scripts, which set $topdir first: messages, places,
# locks.
# shellcheck shell=sh disable=SC2034,SC2154

build=$topdir/build
cache=${XENPV_CACHE:-${HOME:-/root}/.cache/kvm-xenpv}

# A make above us is not the make that we start.
unset MAKEFLAGS MFLAGS MAKELEVEL

say() { printf 'xenpv: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# locked NAME: hold the lock NAME until this process ends (fd 9).
# Children that outlive us must not inherit it: start them with 9>&-.
locked() {
	mkdir -p "$cache/lock"
	exec 9>"$cache/lock/$1"
	flock 9
}

# quietly LOG COMMAND...: output goes to LOG and is shown when it fails (or V=1).
quietly() {
	log=$1; shift
	if [ "${V:-0}" = 1 ]; then "$@"; return; fi
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 && return
	rc=$?
	tail -n 60 "$log" >&2
	say "failed ($rc): $* (all of it: $log)"
	return "$rc"
}
