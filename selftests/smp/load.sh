#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Boots the guest with four vCPUs; the checks of its load are the tests here.
# SMP_SECONDS (40) says how long the load runs.
cd "$(dirname "$0")" || exit 1
seconds=${SMP_SECONDS:-40}
out=$(mktemp)
trap 'rm -f "$out" "$out.cfg" "$out.checks"' EXIT
n=0
result() { # ok|"not ok" TEXT
	n=$((n + 1))
	echo "$1 $n - $2"
}

echo 'TAP version 13'
sed "s/load=40/load=$seconds/" load.cfg >"$out.cfg"
timeout $((seconds * 2 + 200)) xenpv create -c "$out.cfg" </dev/null >"$out" 2>&1
status=$?
tr -d '\r' <"$out" | sed 's/^/# /'

sed -n 's/\r$//; s/^proof: \(ok\|FAILED\): /\1 /p' "$out" >"$out.checks"
while read -r verdict text; do
	case $verdict in
	ok) result ok "$text" ;;
	*) result 'not ok' "$text" ;;
	esac
done <"$out.checks"
if grep -q '^xenpv-proof: status 0' "$out"; then
	result ok 'the guest came to a good end'
else
	result 'not ok' 'the guest came to a good end'
fi
if grep -q -e 'soft lockup' -e 'rcu.*stall' -e 'blocked for more than' -e 'BUG:' -e 'Oops' "$out"; then
	result 'not ok' 'its kernel has no complaint'
else
	result ok 'its kernel has no complaint'
fi
if [ "$status" = 0 ]; then
	result ok 'the domain was shut down and gone'
else
	result 'not ok' "xenpv ended with status $status"
fi
echo "1..$n"
