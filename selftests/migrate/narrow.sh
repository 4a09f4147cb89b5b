#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A 32-bit guest is saved, restored and migrated, and looks itself whether all is as
# it was: narrow.c. Once with a list as its p2m, once with a tree.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
: "${work:?}" "${log:?}"
[ -c /dev/kvm-xenpv ] || { echo '1..0 # SKIP no /dev/kvm-xenpv'; exit 4; }
trap finish EXIT
echo 'TAP version 13'
mkdir -p /saved
mount -t tmpfs -o size=200M tmpfs /saved

narrow() { # NAME P2M CPUS
	printf 'name = "%s"\nkernel = "%s/narrow.elf32"\nmemory = 32\nvcpus = %s\n' "$1" "$PWD" "$3"
	printf 'extra = "rounds=2 p2m=%s vcpus=%s"\n' "$2" "$3"
}
out() { tr -d '\r' <"$log/console-$1.log"; }
has_said() { out "$1" 2>/dev/null | grep -qx "# $2"; }
# Every line is ok, and they are as many as there should be.
good() {
	local bad plan count
	bad=$(out "$1" | grep '^not ok')
	plan=$(out "$1" | sed -n 's/^1\.\.//p')
	count=$(out "$1" | grep -c '^ok ')
	echo "plan $plan, $count results"
	[ -z "$bad" ] && [ -n "$plan" ] && [ "$plan" = "$count" ] && return
	out "$1" | grep -B 1 '^not ok'
	out "$1" | tail -n 5
	return 1
}
domid() { xenpv list "$1" | awk 'NR == 2 { print $2 }'; }

for how in 'list 1' 'list 2' 'tree 2'; do
	p2m=${how% *} cpus=${how#* }
	name=narrow-$p2m-$cpus
	narrow "$name" "$p2m" "$cpus" >"$work/cfg"
	ok "$p2m, $cpus CPUs: a guest starts" xenpv create -q "$work/cfg"
	ok 'it waits' within 60 has_said "$name" 'waiting 1'
	ok 'save -c' xenpv save -c "$name" /saved/one
	ok 'it is there still' is_there "$name"
	ok 'save' xenpv save "$name" /saved/two
	ok 'it is gone' is_gone "$name"
	ok 'restore' xenpv restore -q /saved/two
	ok 'it waits again' within 60 has_said "$name" 'waiting 2'
	was=$(domid "$name")
	ok 'it moves' xenpv migrate -s '' "$name" 'xenpv migrate-receive' </dev/null
	ok 'it ends' within 60 is_gone "$name"
	ok 'it found everything' good "$name"
	rm -f "$log/console-$name.log"
	ok 'the first file is good, too' xenpv restore -q /saved/one
	ok 'it goes on' within 60 has_said "$name" 'waiting 2'
	ok 'to another domain' test "$(domid "$name")" != "$was"
	ok 'destroy' xenpv destroy "$name"
	rm -f "$log/console-$name.log"
done
