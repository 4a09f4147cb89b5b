#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots the guest with four vCPUs; the checks of its load are the tests here.
# SMP_SECONDS (40) says how long the load runs.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
seconds=${SMP_SECONDS:-40}
out=$work/console
complains() { grep -e 'soft lockup' -e 'rcu.*stall' -e 'blocked for more than' -e 'BUG:' -e 'Oops' "$out"; }

echo 'TAP version 13'
sed "s/load=40/load=$seconds/" load.cfg >"$work/load.cfg"
timeout $((seconds * 2 + 200)) xenpv create -c "$work/load.cfg" </dev/null >"$out" 2>&1
status=$?
tr -d '\r' <"$out" | sed 's/^/# /'
# A domain that crashed says so there, and why.
grep -q '^xenpv-proof: status 0' "$out" || sed 's/^/# /' /var/log/xenpv/xenpv-*.log

guest_results "$out"
ok 'the guest came to a good end' grep -q '^xenpv-proof: status 0' "$out"
ok 'its kernel has no complaint' not complains
ok 'the domain was shut down and gone' is 0 "$status"
echo "1..$nr"
finish
