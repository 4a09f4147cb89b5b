#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the toolstack asks of a guest's kernel: to give memory back and take it
# again, SysRq; and consoles beside the first.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
log=/var/log/xenpv/console-debian.log
trap 'xenpv destroy debian 2>/dev/null; rm -rf "$work"' EXIT

# Types a line into console N.
type_() { # N LINE
	printf '%s\n' "$2" >"/run/xenpv/$id.console${1#0}"
}
said() { grep -q -- "$1" "$log"; }
mem() { xenpv list debian | awk 'NR == 2 { print $3 }'; }
has_mem() { [ "$(mem)" = "$1" ]; }
gets_mem() { # MIB
	xenpv mem-set debian "$1" || return
	until_ 60 has_mem "$1" && return
	echo "it has $(mem) MiB"
	return 1
}
# KiB of the helper's memory that are really there.
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }

boots() {
	rm -f "$log"
	xenpv create -q debian.cfg 'extra="console=hvc0 sysrq_always_enabled"' 'maxmem=320' \
		'channel=["name=org.test.a,connection=pty","name=b,connection=socket,path=/run/b.sock"]' ||
		return
	id=$(xenpv list debian | awk 'NR == 2 { print $2 }')
	pid=$(pidof xenpv)
	until_ 120 said 'debian: up after' && until_ 20 said 'A Xen PV guest' && has_mem 256
}
gives_back() {
	local before after
	# Memory that was in use once, and is not any more.
	type_ 0 'dd if=/dev/zero of=/tmp/fill bs=1M count=120; rm /tmp/fill; echo "fill"ed'
	until_ 60 said '^filled' || return
	before=$(resident)
	gets_mem 128 || return
	after=$(resident)
	echo "resident: $before KiB before, $after KiB after"
	[ $((before - after)) -gt 50000 ]
}
takes_again() { gets_mem 300; }
no_more() { ! xenpv mem-set debian 321; }
sysrq() { xenpv sysrq debian h && until_ 10 said 'sysrq: HELP'; }
consoles() {
	type_ 0 'cat /sys/bus/xen/devices/console-*/nodename; ls /dev/hvc*'
	until_ 20 said '/dev/hvc2' || { tail -n 5 "$log"; return 1; }
	# shellcheck disable=SC2016 # for the guest's shell
	type_ 0 '(exec <>/dev/hvc1 >&0; stty raw -echo; read x; echo "got $x"; sleep 3) & sleep 1; echo "ready"1'
	until_ 20 said '^ready1' || return
	exec 5<>"/run/xenpv/$id.console1"
	echo hello >&5
	read -r -t 20 line <&5
	exec 5<&-
	echo "hvc1 said: $line"
	[ "${line%$'\r'}" = 'got hello' ]
}
socket() {
	type_ 0 'stty -F /dev/hvc2 raw -echo; echo through-the-socket >/dev/hvc2'
	[ -S /run/b.sock ] && [ "$(stat -c %a /run/b.sock)" = 600 ] &&
		until_ 20 grep -q through-the-socket /var/log/xenpv/console2-debian.log
}
ends() { xenpv destroy debian && [ ! -e /run/b.sock ] && [ ! -e "/run/xenpv/$id.console1" ]; }
no_third() { ! xenpv console -n 3 debian </dev/null; }

plan 9
ok 'it boots, and has the memory it was given' boots
ok 'mem-set gives memory back to the host' gives_back
ok 'and takes some again, up to maxmem' takes_again
ok 'not more' no_more
ok 'a SysRq key is heard' sysrq
ok 'a second console works both ways' consoles
ok 'a third one has a socket' socket
ok 'there is no fourth' no_third
ok 'it leaves nothing behind' ends
finish
