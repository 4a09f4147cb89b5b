#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ocf:heartbeat:Xen and ocf-tester of Debian's resource-agents, with xenpv by the
# name of xl.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/xenpv/lib.sh
. ./lib.sh

if ! [ -c /dev/kvm-xenpv ] || ! [ -e /box ]; then
	echo "1..0 # SKIP not in the box"
	exit 4
fi
cp -r ocf/usr /
ln -s "$(command -v xenpv)" /usr/sbin/xl
grep -q ^nobody: /etc/passwd || echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
mkdir -p /var/run /run/resource-agents /var/log

agent=/usr/lib/ocf/resource.d/heartbeat/Xen
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=web
export OCF_RESKEY_xmfile=/etc/xen/web.cfg OCF_RESKEY_shutdown_timeout=2
mkdir -p /etc/xen
config web block && cp "$work/web.cfg" /etc/xen/web.cfg

start_() { run 0 "$agent" start && has_state web -b----; }
monitor() { run 0 "$agent" monitor && run 0 "$agent" status; }
again() { run 0 "$agent" start; }
stop() { run 0 "$agent" stop && gone web && run 7 "$agent" monitor; }

# All it has to say is in its last line.
tester() {
	run 0 ocf-tester -n web -o xmfile=/etc/xen/web.cfg -o shutdown_timeout=2 "$agent" || return
	tail -n 1 "$work/out" | grep -qx "$agent passed all tests"
}

# Memory management reads the columns of list and info, and changes the file.
memory() {
	local status
	config web block && sed -i 's/^memory = .*/memory=16/' "$work/web.cfg" &&
		cp "$work/web.cfg" /etc/xen/web.cfg || return
	export OCF_RESKEY_allow_mem_management=1
	export OCF_RESKEY_reserved_Dom0_memory=$(($(xl info total_memory) - 64))
	run 0 "$agent" start
	status=$?
	unset OCF_RESKEY_allow_mem_management
	[ "$status" = 0 ] && [ "$(xl list web | awk 'NR == 2 { print $3 }')" = 64 ] &&
		run 0 "$agent" stop
}

plan 6
ok "the agent starts a domain" start_
ok "the agent monitors it" monitor
ok "started when it runs" again
ok "the agent stops it" stop
ok "ocf-tester" tester
ok "memory management" memory
finish
