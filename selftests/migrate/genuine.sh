#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A domain that genuine Xen saved goes on where it was: its memory, its deleted
# file, its pipe, its clock and its floating-point worker. Then it is saved here,
# and goes on once more. In the end it comes as xl migrate sends it.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
: "${work:?}" "${log:?}"
name=pv96u1n
[ -c /dev/kvm-xenpv ] || { echo '1..0 # SKIP no /dev/kvm-xenpv'; exit 4; }
[ -s genuine.save ] || { echo '1..0 # SKIP no domain that genuine Xen saved'; exit 4; }
grep -aq "\"$name\"" <(head -c 4096 genuine.save) ||
	{ echo "1..0 # SKIP genuine.save is not of $name"; exit 4; }
trap finish EXIT
echo 'TAP version 13'

field() { sed -n "s/.*[ ]$1=\\([^ ]*\\).*/\\1/p" <<<"$2"; }
more() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(b > a) }'; }
first() { said "$name" | head -n 1; }
last() { said "$name" | tail -n 1; }
whole() { ! said "$name" | grep -v 'del=ok pipe=ok can=ok bad=0'; }
same_sums() { [ "$(said "$name" | grep -c "$sum")" = "$(said "$name" | grep -c .)" ]; }

sum=b08742be29d1a5b8226a0dfb66420302
ok 'restore' xenpv restore -q genuine.save
ok 'it goes on' within 600 counts_to "$name" 16
ok 'where it was' test "$(first | awk '{ print $2 }')" = 12
ok 'it missed nothing' in_order "$name"
ok 'with all it had' whole
ok 'and its checksum' same_sums
ok 'its clock goes on' more 23.2 "$(field mono "$(first)")"
ok 'its clock is no other' more "$(field mono "$(first)")" 60
ok 'its worker works' more "$(field w0 "$(first)")" "$(field w0 "$(last)")"
ok 'its kernel has no complaint' no_complaint "$name"
mkdir -p /saved
mount -t tmpfs -o size=300M tmpfs /saved
ok 'save' xenpv save "$name" /saved/again
ok 'restore' xenpv restore -q /saved/again
from=$(count "$name")
ok 'it goes on' within 300 counts_to "$name" $((from + 3))
ok 'it missed nothing' in_order "$name"
ok 'with all it had' whole
ok 'and its checksum' same_sums
ok 'its kernel has no complaint' no_complaint "$name"
ok 'destroy' xenpv destroy "$name"
rm -f "$log/console-$name.log"

received() {
	{ cat genuine.save; printf 'domain is yours, you are cleared to unpause\0'; } |
		xenpv migrate-receive >"$work/answer"
}
as_xl_expects() {
	printf '%s\n%s\0%s\0\0' 'xl migration receiver ready, send binary domain data.' \
		'domain received, ready to unpause' 'my copy unpause results are as follows' |
		cmp - "$work/answer"
}
ok 'migrate-receive' received
ok 'it says what xl waits for' as_xl_expects
ok 'it goes on' within 600 counts_to "$name" 15
ok 'where it was' test "$(first | awk '{ print $2 }')" = 12
ok 'with all it had' whole
