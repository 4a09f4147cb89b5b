#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The verbs of xenpv, on no domain and on domains of a few instructions.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
. ./lib.sh

if ! [ -c /dev/kvm-xenpv ]; then
	echo "1..0 # SKIP no /dev/kvm-xenpv"
	exit 4
fi

verbs='create config-update list vm-list rename domid domname uptime dump-core
	channel-list top claims sharing cpupool-list console shutdown reboot destroy pause unpause mem-set mem-max sysrq info dmesg
	save restore migrate migrate-receive
	vcpu-list vcpu-pin vcpu-set
	block-attach block-detach block-list block-resize cd-insert cd-eject'
header='Name                                        ID   Mem VCPUs	State	Time(s)'

helps() {
	local v
	for v in $verbs; do
		run 0 xenpv "$v" --help && grep -q "^Usage: xenpv $v" "$work/out" &&
			[ ! -s "$work/err" ] || return
		cp "$work/out" "$work/first"
		run 0 xenpv help "$v" && cmp "$work/out" "$work/first" || return
	done
	run 0 xenpv --help && grep -q '^Usage:' "$work/out" || return
	for v in $verbs; do grep -q "^  $v " "$work/out" || return; done
}

version() { run 0 xenpv --version && grep -Eqx 'xenpv [0-9.]+' "$work/out"; }

no_output() {
	local v
	for v in --version --help 'list --help'; do
		# shellcheck disable=SC2086 # words
		{ xenpv $v >/dev/full; } 2>"$work/err" && return 1
		grep -q '^xenpv: standard output: No space' "$work/err" || return
		# shellcheck disable=SC2086 # words
		xenpv $v >&- 2>/dev/null && return 1
	done
	return 0
}

wrong_use() {
	local v
	run 1 xenpv && grep -q '^Usage:' "$work/err" || return
	run 1 xenpv -N && grep -q '^Usage:' "$work/err" || return
	run 1 xenpv frobnicate && says "no verb 'frobnicate'" || return
	run 2 xenpv --frobnicate && says "wrong option '--frobnicate'" || return
	for v in $verbs; do
		run 2 xenpv "$v" --frobnicate && says "'--frobnicate'" || return
		run 2 xenpv "$v" -@ && says "'-@'" || return
	done
	run 2 xenpv console -e && says "option '-e' needs an argument" || return
	run 2 xenpv create --defconfig && says "'--defconfig' needs an" || return
	run 2 xenpv create --quiet=3 && says "wrong option '--quiet=3'" || return
	run 2 xenpv create --quiet -@q && says "wrong option '-@'" || return
	run 6 xenpv create && says 'create: which configuration file?' || return
	run 6 xenpv create -n memory=16 && says 'create: which' || return
	run 2 xenpv create a b && says "'b' is not of the form key=value" || return
	run 1 xenpv config-update && says 'config-update: which domain' || return
	for v in console shutdown destroy pause unpause vcpu-pin vcpu-set \
		block-attach block-detach block-list block-resize cd-insert cd-eject; do
		run 2 xenpv "$v" && says "$v: " || return
	done
	run 2 xenpv cd-eject a && says 'cd-eject: which drive of which domain?' || return
	for v in list console shutdown destroy pause unpause dmesg info; do
		run 2 xenpv "$v" a b && says "$v: " || return
	done
}

no_such_domain() {
	local v
	for v in list console shutdown reboot destroy pause unpause dmesg vcpu-list; do
		run 1 xenpv "$v" nobody || return
		says 'nobody is an invalid domain identifier (rc=-6)' || return
		run 1 xenpv "$v" 4711 && says '4711 is an invalid' || return
	done
	for v in block-attach block-detach block-resize cd-eject; do
		run 1 xenpv "$v" nobody xvda && says 'nobody is an invalid' || return
	done
	run 1 xenpv block-detach -f nobody xvda && says 'nobody is an invalid' &&
		run 1 xenpv vcpu-pin -f -i nobody 0 all && says 'nobody is an invalid'
}

info() {
	local k
	run 0 xenpv info || return
	for k in host release version machine nr_cpus total_memory free_memory \
		xen_major xen_minor xen_version xen_caps module_api; do
		grep -Eq "^$k +: ." "$work/out" || { echo "no $k"; return 1; }
	done
}

empty_list() { run 0 xenpv list && [ "$(cat "$work/out")" = "$header" ]; }

dry_run() {
	config dry block && run 0 xenpv create -n "$work/dry.cfg" || return
	[ "$(cat "$work/err")" = "Parsing config from $work/dry.cfg" ] &&
		grep -q '"name": "dry"' "$work/out" || return
	run 1 xenpv create -q -n "$work/dry.cfg" 'memory="x"' || return
	says 'command line: memory = "x" is not a number' && empty_list
}

bad_kernel() {
	config bad block && sed -i "s|^kernel.*|kernel = '$work/bad.cfg'|" "$work/bad.cfg" || return
	run 3 xenpv create -q "$work/bad.cfg" || return
	says "$work/bad.cfg: not a kernel" && empty_list || return
	run 3 xenpv create -q "$work/bad.cfg" 'kernel="/nonexistent"' || return
	says 'kernel = "/nonexistent": No such file' && empty_list || return
	run 3 xenpv create -q /nonexistent && says '/nonexistent: No such file' || return
	run 1 xenpv create -q "$work/bad.cfg" 'vcpus=' && empty_list
}

paused() {
	start one block "uuid = '01234567-89ab-cdef-0123-456789abcdef'" -- -p || return
	run 0 xenpv list || return
	[ "$(head -n 1 "$work/out")" = "$header" ] &&
		[ "$(wc -l <"$work/out")" = 2 ] &&
		grep -Eqx 'one {37} +[0-9]+ +[0-9]+ +1     --p---  +[0-9]+\.[0-9]' "$work/out"
}

by_number() {
	local id
	id=$(xenpv list one | awk 'NR == 2 { print $2 }')
	run 0 xenpv list "$id" && grep -q '^one ' "$work/out" &&
		run 0 xenpv list -v one &&
		grep -q '01234567-89ab-cdef-0123-456789abcdef' "$work/out"
}

same_name() {
	config one block
	run 6 xenpv create -q "$work/one.cfg" || return
	[ "$(wc -l <"$work/err")" = 1 ] && grep -q '^xenpv: .*one' "$work/err"
}

unpause() { run 0 xenpv unpause one && until_ 10 has_state one -b----; }
pause_again() { run 0 xenpv pause one && until_ 10 has_state one --p---; }

dmesg_() {
	run 0 xenpv dmesg one && grep -q 'block' "$work/out" || return
	run 0 xenpv dmesg && grep -Eq '^==> one \(domain [0-9]+\) <==' "$work/out"
}

console_ends() {
	local pid
	xenpv console one </dev/null >"$work/out" 2>"$work/err" &
	pid=$!
	sleep 1
	kill -0 "$pid" || return
	run 0 xenpv destroy one && gone one || return
	wait "$pid"
}

# Neither waits for the domain's end, nor loses files to their numbers.
no_streams() {
	config bare block || return
	timeout 60 xenpv create -q "$work/bare.cfg" <&- >&- 2>&- || return
	until_ 10 has_state bare -b---- && run 0 xenpv dmesg bare &&
		run 0 xenpv destroy bare && gone bare
}

# The helper has nothing of what its creator's caller has open.
no_inheritance() {
	config heir block || return
	# shellcheck disable=SC2016 # expanded inside
	timeout 60 sh -c 'xenpv create -q "$1" 3>&1 | cat' sh "$work/heir.cfg" || return
	run 0 xenpv destroy heir && gone heir
}

running() {
	local before after
	start two spin -- || return
	until_ 10 has_state two r----- || return
	before=$(xenpv list two | awk 'NR == 2 { print $6 }')
	sleep 2
	after=$(xenpv list two | awk 'NR == 2 { print $6 }')
	awk -v a="$before" -v b="$after" 'BEGIN { exit !(b > a) }'
}

helper_pid() {
	sed -n 's/^Pid:[[:space:]]*//p' /proc/[0-9]*/task/*/status 2>/dev/null |
		while read -r t; do
			grep -q '^vcpu' "/proc/$t/comm" 2>/dev/null &&
				sed -n 's/^Tgid:[[:space:]]*//p' "/proc/$t/status"
		done | head -n 1
}

kill_helper() {
	local pid
	pid=$(helper_pid)
	[ -n "$pid" ] && kill -KILL "$pid" && until_ 10 gone two
}

stop_helper() {
	local pid
	start silent spin -- || return
	pid=$(helper_pid)
	[ -n "$pid" ] && kill -STOP "$pid" && run 0 xenpv destroy silent || return
	grep -q "process $pid) does not answer and is killed" "$work/err" && gone silent
}

crashed() {
	start three crash "on_crash = 'preserve'" -- || return
	until_ 10 has_state three ---sc- || return
	run 0 xenpv dmesg three && grep -qi crash "$work/out" || return
	run 0 xenpv destroy three && gone three
}

power_off() { start four poweroff -- && until_ 10 gone four; }

restarted() {
	local first
	start five reboot -- -p || return
	first=$(xenpv list five | awk 'NR == 2 { print $2 }')
	run 0 xenpv unpause five || return
	again() { [ "$(xenpv list five 2>/dev/null | awk 'NR == 2 { print $2 }')" -gt "$first" ]; }
	until_ 20 again 2>/dev/null || return
	until_ 10 run 0 xenpv destroy five
}

ask() {
	start six block -- || return
	run 0 xenpv shutdown six && grep -q '^Shutting down domain ' "$work/err" &&
		run 0 xenpv reboot -a && grep -q '^Rebooting domain ' "$work/err" &&
		run 0 xenpv destroy six && gone six
}

not_allowed() {
	run 1 ./asnobody xenpv list || return
	says 'cannot open /dev/kvm-xenpv: Permission denied'
}

no_module_says() {
	local v
	for v in 'list' 'info' 'destroy x' 'dmesg' 'shutdown -a' \
		"create -q $work/none.cfg"; do
		# shellcheck disable=SC2086 # words
		run 1 xenpv $v || return
		says 'No such file or directory (is the kvm_xenpv module loaded?)' || return
	done
}

# No balloon driver answers here: what is asked is seen, what is wrong is said.
memory() {
	local v id
	start mem block 'maxmem = 32' -- -p || return
	xenpv list mem | awk 'NR == 2 { exit $3 != 16 }' || return
	for v in mem-set mem-max; do
		run 2 xenpv "$v" mem && says "$v: which domain" || return
		run 2 xenpv "$v" mem 12x && says "'12x' is not a size" || return
		run 2 xenpv "$v" mem -- -1 && says "'-1' is not a size" || return
		run 1 xenpv "$v" nobody 16 && says 'nobody is an invalid' || return
		run 1 xenpv "$v" mem 0 && says 'that is no size' || return
	done
	run 1 xenpv mem-set mem 33 && says 'more than its maximum' || return
	run 1 xenpv mem-max mem 33 && says 'smaller maxmem' || return
	run 0 xenpv mem-set mem 12288k && run 0 xenpv mem-max mem 20m || return
	run 1 xenpv mem-set mem 21 && says 'more than its maximum' || return
	run 1 xenpv mem-max mem 11 && says 'less than its target' || return
	run 2 xenpv sysrq mem && run 2 xenpv sysrq mem ab &&
		says "'ab' is not a key" && run 0 xenpv sysrq mem h || return
	xenpv destroy mem
}

# Everything, as somebody who may open the devices.
as_user() {
	XDG_RUNTIME_DIR=$work/run XDG_STATE_HOME=$work/state ./asnobody "$@"
}
ordinary_user() {
	local id status
	chgrp 65534 /dev/kvm /dev/kvm-xenpv && chmod 660 /dev/kvm /dev/kvm-xenpv &&
		chmod 755 "$work" && mkdir "$work/run" "$work/state" &&
		chown 65534 "$work/run" "$work/state" || return
	ordinary_user_
	status=$?
	chgrp 0 /dev/kvm /dev/kvm-xenpv
	return "$status"
}
ordinary_user_() {
	config user block || return
	run 0 as_user xenpv create -q -p "$work/user.cfg" && [ ! -s "$work/err" ] || return
	run 0 as_user xenpv list user || return
	id=$(awk 'NR == 2 { print $2 }' "$work/out")
	[ -S "$work/run/xenpv/$id.xs" ] && [ -L "$work/run/xenpv/$id.console" ] &&
		[ ! -e "/run/xenpv/$id.ctl" ] &&
		[ -s "$work/state/xenpv/xenpv-user.log" ] || return
	run 0 as_user xenpv unpause user && until_ 5 has_state user -b---- || return
	run 0 as_user xenpv dmesg user && run 0 as_user xenpv destroy user &&
		until_ 5 gone user || return
	# What is root's stays root's.
	start root block -- && run 1 as_user xenpv destroy root &&
		says 'Operation not permitted' && xenpv destroy root
}

no_module() {
	local status
	config none block
	rmmod kvm_xenpv || return
	: >/run/xenpv/31000.ctl		# nobody knows whether that is left over
	no_module_says
	status=$?
	rm -f /run/xenpv/31000.ctl
	insmod /box/kvm_xenpv.ko && return "$status"
}

plan 29
ok "every verb has help" helps
ok "version" version
ok "output that cannot be written" no_output
ok "wrong use" wrong_use
ok "no such domain" no_such_domain
ok "info" info
ok "list without domains" empty_list
ok "dry run" dry_run
ok "a file that is no kernel" bad_kernel
ok "a paused domain in the list" paused
ok "list by number, and UUIDs" by_number
ok "a name cannot be had twice" same_name
ok "unpause: it waits" unpause
ok "pause" pause_again
ok "dmesg" dmesg_
ok "destroy ends console" console_ends
ok "create without standard streams" no_streams
ok "create leaves no file of its caller open" no_inheritance
ok "a running domain uses time" running
ok "a killed helper takes its domain along" kill_helper
ok "a helper that does not answer is killed" stop_helper
ok "a crashed domain is preserved" crashed
ok "power-off removes a domain" power_off
ok "reboot starts it anew" restarted
ok "shutdown and reboot ask" ask
ok "without permission" not_allowed
ok "memory and keys" memory
ok "an ordinary user" ordinary_user
ok "without the module" no_module
finish
