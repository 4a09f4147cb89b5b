#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots the guest; the checks of its proof are the tests here.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
out=$work/console

echo 'TAP version 13'
timeout 800 xenpv create -c proof.cfg </dev/null >"$out" 2>&1
status=$?
# Whoever reads a failure wants the console.
tr -d '\r' <"$out" | sed 's/^/# /'

guest_results "$out"
ok 'the guest came to a good end' grep -q '^xenpv-proof: status 0' "$out"
ok 'the domain was shut down and gone' is 0 "$status"
echo "1..$nr"
finish
