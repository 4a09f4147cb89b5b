#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest moves from one helper to another, as between hosts; and what becomes of
# it when the way is cut.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
: "${work:?}"
[ -c /dev/kvm-xenpv ] || { echo '1..0 # SKIP no /dev/kvm-xenpv'; exit 4; }
trap finish EXIT
echo 'TAP version 13'
name=witness
config $name 2 >"$work/cfg"
domid() { xenpv list $name | awk 'NR == 2 { print $2 }'; }
# Whoever is there, no copy is left behind.
alone() { [ "$(xenpv list | wc -l)" = 2 ] && is_there $name; }
away() { is_there $name--migratedaway; }
migrate() { xenpv migrate "$@" </dev/null; }
broken() { ! migrate "$@"; }
# A receiver whose answer is cut off after so many bytes. No shell may wait for
# it: its end of the way back would stay open. dd keeps nothing back, as head does.
cut_answer() {
	echo "exec bash -c 'exec xenpv migrate-receive > >(exec dd bs=1 count=$1 2>/dev/null)'"
}

ok 'a guest starts' xenpv create -q "$work/cfg"
ok 'it counts' within 600 counts_to $name 3
was=$(domid)
ok 'it moves' migrate -s '' $name 'xenpv migrate-receive'
ok 'to another domain' test "$(domid)" != "$was"
ok 'and nothing is left' alone
ok 'it goes on' goes_on $name 2
ok 'it missed nothing' in_order $name

# The way there, cut off after so many bytes.
size=$(printf %s 'xl migration receiver ready, send binary domain data.
domain received, ready to unpause0' | wc -c)
for bytes in 0 20 500 1500 $((RANDOM * 32)) $((RANDOM * 2000)); do
	ok "cut after $bytes bytes of the stream" broken -s '' $name "head -c $bytes | xenpv migrate-receive"
	ok 'one is left' within 120 alone
	ok 'it goes on' goes_on $name 2
done
# The way back.
for bytes in 0 10 54 $((size - 1)); do
	ok "cut after $bytes bytes of the answer" broken -s '' $name "$(cut_answer "$bytes")"
	ok 'one is left' within 120 alone
	ok 'it goes on' goes_on $name 2
done
ok 'no receiver' broken -s '' $name false
ok 'another receiver' broken -s '' $name yes
ok 'it was not taken for one' grep -q 'unexpected data instead of the banner' "$work/before"
ok 'it goes on' goes_on $name 2

# A receiver that cannot start it gives it back.
{ cat "$work/cfg"; echo "disk = [ '/none/of/these,raw,xvda,w' ]"; } >"$work/bad"
ok 'no disk there' broken -C "$work/bad" -s '' $name 'xenpv migrate-receive'
ok 'it was given back' grep -q 'Resumed OK' "$work/before"
ok 'one is left' within 120 alone
ok 'it goes on' goes_on $name 2

# shellcheck disable=SC2016 # for the shell there
ok 'it moves, and waits' migrate -p -s 'sh -c' $name '"exec \$0 \$@"'
from=$(count $name)
sleep 2
ok 'it does' test "$(count $name)" = "$from"
ok 'unpause' xenpv unpause $name
ok 'it goes on' goes_on $name 2
ok 'it missed nothing' in_order $name

# The last word is lost: nobody is sure.
xenpv migrate -s '' $name "$(cut_answer "$size")" </dev/null 2>"$work/lost"
ok 'the sender says so' grep -q 'Look there first' "$work/lost"
ok 'its own is kept' away
ok 'the copy runs' goes_on $name 2
ok 'its own is dropped' xenpv destroy $name--migratedaway
ok 'one is left' within 120 alone
ok 'it goes on' goes_on $name 2
ok 'its kernel has no complaint' no_complaint $name
