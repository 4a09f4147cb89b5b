#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Many commands at once, and signals at any time: what is left is a domain that
# works or nothing.  STORM is how many, ten at a time (40).
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
. ./lib.sh

if ! [ -c /dev/kvm-xenpv ]; then
	echo "1..0 # SKIP no /dev/kvm-xenpv"
	exit 4
fi
storm=${STORM:-40}
together=10		# helpers at a time: memory is limited

helpers() { grep -lx xenpv /proc/[0-9]*/comm 2>/dev/null; }
nothing_left() {
	[ "$(xenpv list | wc -l)" = 1 ] && [ -z "$(ls /run/xenpv)" ] &&
		[ -z "$(helpers)" ]
}

# Exactly one of them gets the name.
same_name() {
	local i p pids=() good=0 n
	config same block || return
	for ((n = 0; n < storm; n += together)); do
		pids=() good=0
		for ((i = 0; i < together; i++)); do
			xenpv create -q "$work/same.cfg" 2>"$work/err.$i" &
			pids+=($!)
		done
		for p in "${pids[@]}"; do wait "$p" && good=$((good + 1)); done
		[ "$good" = 1 ] || { echo "$good got the name"; return 1; }
		[ "$(cat "$work"/err.* | grep -c "a domain named 'same' exists already")" = \
			$((together - 1)) ] || { cat "$work"/err.*; return 1; }
		xenpv destroy same || return
	done
	until_ 10 nothing_left
}

different_names() {
	local i p n pids
	config many block || return
	for ((n = 0; n < storm; n += together)); do
		pids=()
		for ((i = 0; i < together; i++)); do
			xenpv create -q "$work/many.cfg" "name=\"many$((n + i))\"" &
			pids+=($!)
		done
		for p in "${pids[@]}"; do wait "$p" || return; done
		[ "$(xenpv list | grep -c '^many')" = "$together" ] || return
		pids=()
		for ((i = 0; i < together; i++)); do
			xenpv destroy "many$((n + i))" &
			pids+=($!)
		done
		for p in "${pids[@]}"; do wait "$p" || return; done
	done
	until_ 10 nothing_left
}

# All of them succeed, or say that it is gone.
destroyed_often() {
	local i p pids=() good=0
	start victim block -- || return
	for ((i = 0; i < together; i++)); do
		xenpv destroy victim 2>/dev/null &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p" && good=$((good + 1)); done
	[ "$good" -ge 1 ] && gone victim && until_ 10 nothing_left
}

# They reboot as fast as they can, and between two domains there is none to be
# seen for as long as the others take.
destroyed_restarting() {
	local i n p pids
	config anew reboot || return
	for ((n = 0; n < storm; n += together)); do
		pids=()
		for ((i = 0; i < together; i++)); do
			xenpv create -q -p "$work/anew.cfg" "name=\"anew$i\"" || return
		done
		for ((i = 0; i < together; i++)); do xenpv unpause "anew$i" || return; done
		for ((i = 0; i < together; i++)); do
			xenpv destroy "anew$i" 2>"$work/err.$i" &
			pids+=($!)
		done
		# Between two domains its name is nobody's.
		for ((i = 0; i < together; i++)); do
			wait "${pids[i]}" || grep -q 'is an invalid domain' "$work/err.$i" ||
				{ cat "$work/err.$i"; return 1; }
		done
		for ((i = 0; i < together; i++)); do
			! grep -q 'is an invalid domain' "$work/err.$i" ||
				until_ 30 destroyed "anew$i" || return
		done
		until_ 10 nothing_left || { xenpv list; return 1; }
	done
}
destroyed() { xenpv destroy "$1" 2>/dev/null; }

# signalled SIGNAL MILLISECONDS COMMAND...
signalled() {
	local sig=$1 ms=$2 pid
	shift 2
	# Ctrl-C is for all of a terminal's processes; job control gives it one.
	(trap - INT; exec "$@") >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep "$(printf '0.%03d' "$ms")"
	kill "-$sig" "$pid" 2>/dev/null
	wait "$pid"
}

# The create that is interrupted leaves nothing; the one that was faster, a
# domain that works.
create_signalled() {
	local i sig
	set -m
	config sig block || return
	for ((i = 0; i < storm / 5; i++)); do
		for sig in INT TERM KILL HUP; do
			signalled "$sig" $((i * 40 % 1000)) xenpv create -q "$work/sig.cfg"
			if xenpv list sig >/dev/null 2>&1; then
				until_ 5 has_state_or_gone sig -b---- || return
				# A helper whose caller was killed ends by itself.
				xenpv destroy sig 2>"$work/err" || gone sig ||
					{ cat "$work/err"; return 1; }
			fi
			until_ 10 nothing_left || { echo "$sig after $((i * 40 % 1000)) ms"; return 1; }
		done
	done
}

has_state_or_gone() { has_state "$@" || gone "$1"; }

destroy_signalled() {
	local i sig
	for ((i = 0; i < storm / 20; i++)); do
		for sig in INT TERM KILL; do
			start sig block -- || return
			signalled "$sig" $((i * 15)) xenpv destroy sig
			until_ 5 gone sig || xenpv destroy sig || return
			until_ 10 nothing_left || return
		done
	done
}

# Commands that only look: the domain does not notice.
looks_signalled() {
	local i sig v
	start sig block -- || return
	for ((i = 0; i < storm / 20; i++)); do
		for v in console list 'list -l' dmesg top 'dump-core sig /root/core'; do
			for sig in INT TERM KILL; do
				# shellcheck disable=SC2086 # words
				case $v in
				top) signalled "$sig" $((i * 30)) xenpv top -b ;;
				dump*) signalled "$sig" $((i * 30)) xenpv $v ;;
				*) signalled "$sig" $((i * 30)) xenpv $v sig ;;
				esac
			done
		done
	done
	has_state sig -b---- && run 0 xenpv dmesg sig && run 0 xenpv destroy sig &&
		until_ 10 nothing_left
}

plan 7
ok "create by one name" same_name
ok "create and destroy by many names" different_names
ok "destroyed by many" destroyed_often
ok "destroyed while they start anew" destroyed_restarting
ok "signals during create" create_signalled
ok "signals during destroy" destroy_signalled
ok "signals during others" looks_signalled
finish
