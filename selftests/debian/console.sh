# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Talks to a guest through its console, as a user would type. Sourced by bash.
log=$PWD/console.txt
from=1		# what of the log has been looked at
n=0
failed=0

ok() { n=$((n + 1)); echo "ok $n - $*"; }
not_ok() { n=$((n + 1)); failed=$((failed + 1)); echo "not ok $n - $*"; }
check() { # TEXT COMMAND...
	local text=$1
	shift
	if "$@"; then ok "$text"; else not_ok "$text"; fi
}

# attach COMMAND...: shows a domain's console on the log, and takes it from fd 7.
attach() {
	rm -f typed
	mkfifo typed
	: >"$log"
	from=1
	"$@" <typed >"$log" 2>&1 &
	helper=$!
	exec 7>typed
}

start() { attach xenpv create -c "$1"; }

# expect SECONDS PATTERN: until the console says it. $match is the line.
expect() {
	local end=$((SECONDS + $1))
	while [ "$SECONDS" -lt "$end" ]; do
		match=$(tail -c "+$from" "$log" | tr -d '\r' | grep -a -m 1 -E "$2") && {
			from=$(($(stat -c %s "$log") + 1))
			return 0
		}
		kill -0 "$helper" 2>/dev/null || sleep 1
		sleep 0.5
	done
	echo "# no '$2' within $1 s; the console's end:"
	tail -n 15 "$log" | tr -d '\r' | sed 's/^/#   /'
	return 1
}

send() { printf '%s\r' "$1" >&7; }

# log_in: from the login prompt to a shell's.
log_in() {
	expect "${patience:-600}" "${hostname:-legacy} login:" || return
	send root
	expect 60 'Password:' || return
	send xenpv
	expect 120 '# *$' || return
	# What is typed is not to be found as an answer; no colours.
	send 'stty -echo; TERM=dumb; PS1=; export LC_ALL=C'
	sleep 2
	seq=0
}

# guest SECONDS COMMAND: its status is ours; its output is in $output.
guest() {
	seq=$((seq + 1))
	local at=$from
	send "{ $2; }; echo; echo \"end-$seq: \$?\""
	expect "$1" "^end-$seq: [0-9]+" || return 99
	# shellcheck disable=SC2034 # for who sources this
	output=$(tail -c "+$at" "$log" | tr -d '\r' | grep -av "^end-$seq:")
	return "${match##*: }"
}

# finish: nothing of the domain may be left.
finish() {
	exec 7>&-
	wait "$helper"
	status=$?
	check 'the domain ended by itself' [ "$status" = 0 ]
}

show() { tr -d '\r' <"$log" | tr -cd '\n\t -~' | tail -n "${1:-400}" | sed 's/^/# /'; }
