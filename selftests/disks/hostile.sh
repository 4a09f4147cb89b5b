#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest whose frontend does what it likes with its ring and its grants, 100,000
# times ($XENPV_ROUNDS): it gets errors, its disk keeps its size, the helper
# lives and leaves nothing behind.
# shellcheck disable=SC2317 # ok calls them
cd "$(dirname "$0")" || exit 1
. ./lib.sh
if ! [ -c /dev/kvm-xenpv ]; then
	echo '1..0 # SKIP no /dev/kvm-xenpv'
	exit 4
fi
echo 'TAP version 13'
mkdir -p /img
mount -t tmpfs -o size=100M tmpfs /img
truncate -s 4M /img/a /img/other
before=$(md5sum </img/other)
cat >/tmp/hostile.cfg <<CFG
name = "badfront"
kernel = "$PWD/frontend.elf"
memory = 32
extra = "seed=${XENPV_SEED:-1} count=${XENPV_ROUNDS:-100000}"
disk = [ '/img/a,raw,xvda,w', '/img/other,raw,xvdb,r' ]
CFG
timeout 600 xenpv create -c /tmp/hostile.cfg </dev/null >/tmp/console 2>&1
status=$?
tr -d '\r' </tmp/console >/tmp/lines
while IFS= read -r line; do
	case $line in
	'ok '*) result ok "the guest: ${line#* - }" ;;
	'not ok '*) result 'not ok' "the guest: ${line#* - }" ;;
	esac
done </tmp/lines
ok 'the guest came to its end' grep -q '^1\.\.[1-9]' /tmp/lines
ok 'the domain was shut down' [ "$status" = 0 ]
ok 'its image has its size' [ "$(stat -c %s /img/a)" = 4194304 ]
ok 'no other image was touched' [ "$(md5sum </img/other)" = "$before" ]
ok 'nothing is left' until_ 10 nothing_left
[ "$failed" = 0 ] || { sed 's/^/# /' /tmp/lines; tail -n 20 /var/log/xenpv/xenpv-badfront.log | sed 's/^/# log: /'; }
echo "1..$nr"
finish
