#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest is saved and restored, with one CPU and with two; files that cannot be
# written or read; what is left then.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
: "${work:?}"
[ -c /dev/kvm-xenpv ] || { echo '1..0 # SKIP no /dev/kvm-xenpv'; exit 4; }
trap finish EXIT
echo 'TAP version 13'
mkdir -p /saved /full
mount -t tmpfs -o size=700M tmpfs /saved
mount -t tmpfs -o size=8M tmpfs /full

for cpus in 1 2; do
	name=witness$cpus
	config "$name" "$cpus" >"$work/cfg"
	ok "$cpus CPUs: a guest starts" xenpv create -q "$work/cfg"
	ok 'it counts' within 600 counts_to "$name" 3
	ok 'it has its CPUs' grep -q "cpus=$cpus" <(said "$name")
	ok 'save -c' xenpv save -c "$name" /saved/one
	ok 'the guest goes on' goes_on "$name" "$cpus"
	ok 'save' xenpv save "$name" /saved/two
	ok 'the domain is gone' is_gone "$name"
	ok 'no other file is left' test "$(echo /saved/*)" = '/saved/one /saved/two'
	ok 'restore' xenpv restore -q /saved/two
	ok 'the guest goes on where it was' goes_on "$name" "$cpus"
	ok 'it missed nothing' in_order "$name"
	[ "$cpus" = 1 ] || break
	ok 'save -p' xenpv save -p "$name" /saved/one
	from=$(count "$name")
	sleep 2
	ok 'it is paused' test "$(count "$name")" = "$from"
	ok 'unpause' xenpv unpause "$name"
	ok 'the guest goes on' goes_on "$name" "$cpus"
	ok 'its kernel has no complaint' no_complaint "$name"
	ok 'destroy' xenpv destroy "$name"
	# What it said and did since it was saved is of another life.
	rm -f "$log/console-$name.log"
	ok 'restore -p' xenpv restore -q -p /saved/two
	sleep 2
	ok 'it waits' test -z "$(said "$name")"
	ok 'unpause' xenpv unpause "$name"
	ok 'it wakes' within 300 counts_to "$name" 3
	ok 'it goes on' goes_on "$name" "$cpus"
	ok 'destroy' xenpv destroy "$name"
done
ok 'its kernel has no complaint' no_complaint witness2

# It comes back with what it has now, not with what it began with.
truncate -s 1M /saved/disk
disks() { xenpv block-list witness2 | awk 'NR > 1 { print $1 }'; }
nics() { xenpv network-list witness2 | awk 'NR > 1 { print $3 }'; }
test_online() { [ "$(online)" = "$1" ]; }
online() { xenpv vcpu-list witness2 | awk 'NR > 1 && $4 != "-"' | wc -l; }
ok 'block-attach' xenpv block-attach witness2 raw:/saved/disk,xvdb,w
ok 'network-attach' xenpv network-attach witness2 mac=00:16:3e:01:02:03
ok 'vcpu-set' xenpv vcpu-set witness2 1
ok 'one vCPU is left' within 120 test_online 1
ok 'its configuration has them' sh -c 'xenpv list -l witness2 | grep -q 00:16:3e:01:02:03'
ok 'save' xenpv save witness2 /saved/more
ok 'restore' xenpv restore -q /saved/more
ok 'its disk is back' test "$(disks)" = 51728
ok 'its network device is back' test "$(nics)" = 00:16:3e:01:02:03
ok 'one vCPU is asked for' test "$(online)" = 1
ok 'the guest goes on' goes_on witness2 2
ok 'block-detach' xenpv block-detach witness2 xvdb
ok 'network-detach' xenpv network-detach witness2 0
ok 'save -c' xenpv save -c witness2 /saved/less
ok 'they are not in the file' test -z "$(head -c 4096 /saved/less | grep -ao '00:16:3e:01:02:03\|xvdb')"
rm -f /saved/more /saved/less

# What fails leaves the domain, and no file.
ok 'a file system that is full' fails 'No space left' xenpv save witness2 /full/one
ok 'it has no file' test "$(echo /full/*)" = '/full/*'
ok 'the guest goes on' goes_on witness2 2
ok 'an older file stays' sh -c 'echo old >/full/one; ! xenpv save witness2 /full/one 2>/dev/null; grep -q old /full/one'
ok 'a folder that is not there' fails 'No such file' xenpv save witness2 /none/one
ok 'no such domain' fails 'invalid domain' xenpv save none /saved/x
(xenpv save witness2 /dev/full 2>"$work/full") && echo '# it should have failed'
ok 'a device that is full' grep -q 'No space left' "$work/full"
ok 'the guest goes on' goes_on witness2 2
xenpv pause witness2
ok 'a paused domain' fails 'paused' xenpv save witness2 /saved/x
xenpv unpause witness2
# killed BYTES: a save ends when that much of its file is there. One that was
# faster has saved the domain.
killed() {
	local try
	for try in 1 2 3 4 5; do
		rm -f /saved/killed*
		xenpv save witness2 /saved/killed &
		until find /saved -name 'killed.*' -size "+$1c" | grep -q .; do
			kill -0 $! 2>"$work/no" || break
		done
		kill -KILL $! 2>"$work/no"
		if ! wait $!; then return; fi
		echo "try $try: it is saved"
		xenpv restore -q /saved/killed || return
	done
	return 1
}
for bytes in 0 4000000; do
	ok "a client that has written $bytes bytes is killed" killed $bytes
	rm -f /saved/killed*
	ok 'the guest goes on' goes_on witness2 2
done
ok 'destroy' xenpv destroy witness2

# Files that are no saved domains, or not whole.
size=$(stat -c %s /saved/two)
left() { [ "$(xenpv list | wc -l)" = 1 ]; }
refuse() { # TEXT FILE
	ok "$1" fails "$1" xenpv restore -q "$2"
	ok 'no domain is left of it' left
}
sum=$(md5sum </saved/two)
head -c $((size - 10000)) /saved/two >/saved/bad
refuse 'too early' /saved/bad
head -c 100 /saved/two >/saved/bad
refuse 'too early' /saved/bad
: >/saved/bad
refuse 'too early' /saved/bad
refuse 'no domain saved' ./vmlinuz
ok 'a good file is as it was' test "$(md5sum </saved/two)" = "$sum"
ok 'restore twice' xenpv restore -q /saved/two
ok 'a name that is taken' fails 'exists already' xenpv restore -q /saved/two
