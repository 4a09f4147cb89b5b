#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Xen's own tools (package xenstore-utils) against a server on a socket.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
here=$(pwd)
export XENSTORED_PATH=$work/socket
server=
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT

# A tool is one program that looks at its name.
tool() {
	local name=$1
	shift
	(exec -a "xenstore-$name" "$here/xenstore" "$@")
}
gives() { # TEXT COMMAND...
	local want=$1 got
	shift
	got=$("$@") || { echo "status $?: $*"; return 1; }
	[ "$got" = "$want" ] || { echo "not '$want' but '$got': $*"; return 1; }
}

read_write() {
	gives test tool read /local/domain/7/name &&
		tool write /a/b one /a/c two &&
		gives "$(printf 'one\ntwo')" tool read /a/b /a/c &&
		not tool read /a/none
}
exists() { tool exists /a/b && not tool exists /a/none; }
lists() { gives "$(printf 'b\nc')" tool list /a && not tool list /none; }
removes() {
	tool write /a/d/e/f x && tool rm /a/d && not tool exists /a/d/e/f &&
		tool rm /a/d && tool rm -t /a/c && gives b tool list /a
}
ls_() {
	local out
	out=$(tool ls /local/domain/7) || return
	echo "$out"
	grep -qx 'name = "test"' <<<"$out" && grep -qx 'data = ""' <<<"$out" &&
		out=$(tool ls -fp) &&
		grep -q '^/local/domain/7/name = "test"  *(n0,r7)$' <<<"$out"
}
# More names than one reply holds: XS_DIRECTORY_PART.
many() {
	local args=() i
	for i in $(seq 500); do args+=("/many/a-name-of-some-length-$i" "$i"); done
	tool write "${args[@]}" && [ "$(tool list /many | wc -l)" = 500 ] &&
		tool rm /many
}
chmod_() {
	tool chmod /a/b n0 r7 &&
		out=$(tool ls -p /a) &&
		grep -q '(n0,r7)' <<<"$out" &&
		not tool chmod /a/none n0
}
# What waits at the other side sees the guest's writes, in their order.
watches() {
	tool watch -n 3 /local/domain/7/data >"$work/events" &
	local pid=$!
	until_ 10 grep -qx /local/domain/7/data "$work/events" || return
	tool write /local/domain/7/say hello || return
	gives hello until_said || return
	tool write /local/domain/7/data/other x
	wait "$pid"
	gives "$(printf '/local/domain/7/data%s\n' '' /heard /other)" \
		cat "$work/events"
}
until_said() { until_ 10 tool exists /local/domain/7/data/heard && tool read /local/domain/7/data/heard; }
many_clients() {
	local pids=() i
	for i in $(seq 100); do
		tool write "/clients/$i" "$i" &
		pids+=($!)
	done
	wait "${pids[@]}" && [ "$(tool list /clients | wc -l)" = 100 ]
}
private() { [ "$(stat -c %a "$XENSTORED_PATH")" = 600 ]; }

plan 11
./serve "$XENSTORED_PATH" >"$work/ready" &
server=$!
ok "the server listens" until_ 10 grep -q ready "$work/ready"
ok "the socket is its owner's" private
ok "xenstore-read, xenstore-write" read_write
ok "xenstore-exists" exists
ok "xenstore-list" lists
ok "xenstore-rm" removes
ok "xenstore-ls" ls_
ok "a long list" many
ok "xenstore-chmod" chmod_
ok "xenstore-watch" watches
ok "many clients" many_clients
finish
