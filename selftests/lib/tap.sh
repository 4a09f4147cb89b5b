# SPDX-License-Identifier: GPL-2.0
# Sourced by tests: TAP. The folder $work is theirs, and goes with them.
# shellcheck shell=bash

nr=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plan() { echo 'TAP version 13'; echo "1..$1"; }

result() { # ok|"not ok" TEXT
	nr=$((nr + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $nr - $2"
}

# More to say about a failure than its command did: for others to define.
details() { :; }

ok() { # TEXT COMMAND...: the command must succeed
	local text=$1 from=$SECONDS verdict=ok
	shift
	"$@" >"$work/log" 2>&1 || verdict='not ok'
	[ "$verdict" = ok ] || { tail -n 40 "$work/log"; details; } | sed 's/^/# /'
	echo "# $((SECONDS - from)) s"
	result "$verdict" "$text"
}

not() { ! "$@"; }
is() { [ "$1" = "$2" ] || { echo "it is $2, not $1"; return 1; }; } # WANT GOT

# until_ SECONDS COMMAND...
until_() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# What a guest says of itself on its console, in lines "proof: ok: TEXT".
guest_results() { # FILE [BEFORE]
	local verdict text
	while read -r verdict text; do
		[ "$verdict" = ok ] || verdict='not ok'
		result "$verdict" "${2:-}$text"
	done < <(sed -n 's/\r$//; s/^proof: \(ok\|FAILED\): /\1 /p' "$1")
}

finish() { [ "$failed" = 0 ] && exit 0; exit 1; }
