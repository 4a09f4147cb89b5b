# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests here: domains of a few instructions.
# shellcheck shell=bash
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

details() {
	[ ! -s "$work/out" ] || sed 's/^/out: /' "$work/out"
	[ ! -s "$work/err" ] || sed 's/^/err: /' "$work/err"
}

# run STATUS COMMAND...: its output is in $work/out and $work/err.
run() {
	local want=$1 got=0
	shift
	: >"$work/out"
	: >"$work/err"
	"$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	[ "$got" = "$want" ] || { echo "status $got, not $want: $*"; return 1; }
}

# One line on standard error, with these words, and nothing else anywhere.
says() {
	[ "$(wc -l <"$work/err")" = 1 ] && [ ! -s "$work/out" ] &&
		grep -qF -- "$1" "$work/err" && grep -q '^xenpv: ' "$work/err"
}

# config NAME KIND [SETTING]...: a configuration file.
config() {
	local name=$1 kind=$2
	shift 2
	./mkkernel "$kind" >"$work/$kind" || return
	{
		printf 'name = "%s"\nkernel = "%s"\nmemory = 16\n' "$name" "$work/$kind"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$work/$name.cfg"
}

# start NAME KIND [SETTING]... -- [OPTION]...
start() {
	local settings=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do settings+=("$1"); shift; done
	shift
	config "${settings[@]}" && run 0 xenpv create -q "$@" "$work/${settings[0]}.cfg"
}

state() { xenpv list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'; }

has_state() { [ "$(state "$1")" = "$2" ]; }
gone() { ! xenpv list "$1" >/dev/null 2>&1; }
