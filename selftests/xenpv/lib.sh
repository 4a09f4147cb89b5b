# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests here: TAP, and domains of a few instructions.
# shellcheck shell=bash

nr=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plan() { echo "TAP version 13"; echo "1..$1"; }

# ok NAME COMMAND...: the command must succeed.
ok() {
	local name=$1
	shift
	nr=$((nr + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $nr $name"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$work/log"
		[ ! -s "$work/out" ] || sed 's/^/# out: /' "$work/out"
		[ ! -s "$work/err" ] || sed 's/^/# err: /' "$work/err"
		echo "not ok $nr $name"
	fi
}

finish() { [ "$failed" = 0 ] && exit 0; exit 1; }

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

# until_ SECONDS COMMAND...
until_() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

has_state() { [ "$(state "$1")" = "$2" ]; }
gone() { ! xenpv list "$1" >/dev/null 2>&1; }
