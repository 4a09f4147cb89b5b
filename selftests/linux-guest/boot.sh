#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Boots the guest; the checks of its proof are the tests here.
cd "$(dirname "$0")" || exit 1
out=$(mktemp)
trap 'rm -f "$out"' EXIT
n=0
result() { # ok|"not ok" TEXT
	n=$((n + 1))
	echo "$1 $n - $2"
}

echo 'TAP version 13'
timeout 360 xenpv create -c proof.cfg </dev/null >"$out" 2>&1
status=$?
# Whoever reads a failure wants the console.
tr -d '\r' <"$out" | sed 's/^/# /'

sed -n 's/\r$//; s/^proof: \(ok\|FAILED\): /\1 /p' "$out" >"$out.checks"
while read -r verdict text; do
	case $verdict in
	ok) result ok "$text" ;;
	*) result 'not ok' "$text" ;;
	esac
done <"$out.checks"
rm -f "$out.checks"
if grep -q '^xenpv-proof: status 0' "$out"; then
	result ok 'the guest came to a good end'
else
	result 'not ok' 'the guest came to a good end'
fi
if [ "$status" = 0 ]; then
	result ok 'the domain was shut down and gone'
else
	result 'not ok' "xenpv ended with status $status"
fi
echo "1..$n"
