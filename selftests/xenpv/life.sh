#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A domain's life: names, what follows its end, dumps, another configuration,
# and what xl's users expect of all that.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
. ./lib.sh

if ! [ -c /dev/kvm-xenpv ]; then
	echo "1..0 # SKIP no /dev/kvm-xenpv"
	exit 4
fi
mkdir "$work/bin"
ln -s "$(command -v xenpv)" "$work/bin/xl"
xl() { "$work/bin/xl" "$@"; }

names() {
	local id
	start ann block -- -p || return
	id=$(xenpv domid ann) && [ "$(xenpv domname "$id")" = ann ] || return
	run 0 xenpv rename ann bob && [ "$(xenpv domname "$id")" = bob ] &&
		[ "$(xenpv domid bob)" = "$id" ] || return
	run 1 xenpv domid ann && says "Can't get domid of domain name 'ann'" &&
		run 1 xenpv domname 4711 && says "domain id '4711'" &&
		run 1 xenpv domname x && says 'Invalid domain id' || return
	start eve block -- -p || return
	run 1 xenpv rename eve bob && says 'of that name exists' &&
		run 1 xenpv rename eve a/b && says 'no name for a domain' &&
		run 2 xenpv rename eve && run 0 xenpv destroy eve
}

uptime_() {
	run 0 xenpv uptime && [ "$(head -n 1 "$work/out")" = \
		'Name                                ID Uptime' ] &&
		grep -Eqx 'bob {30} +[0-9]+  ?[0-9]+:[0-9]{2}:[0-9]{2}' "$work/out" &&
		run 0 xenpv uptime -s bob &&
		grep -Eqx ' [0-9:]{8} up  0:[0-9]{2}, bob \([0-9]+\)' "$work/out"
}

lists() {
	local id
	id=$(xenpv domid bob)
	run 0 xenpv list -v bob && grep -q 'Reason-Code' "$work/out" &&
		run 0 xenpv list -Z && head -n 1 "$work/out" | grep -q 'Security Label$' &&
		run 0 xenpv list -c && grep -q 'Pool-0$' "$work/out" &&
		run 0 xenpv list -n && grep -q ' all$' "$work/out" &&
		run 0 xenpv vm-list && grep -Eq "^[0-9a-f-]{36}  $id    bob" "$work/out" &&
		run 0 xenpv claims && grep -q 'Claimed$' "$work/out" &&
		run 0 xenpv sharing && grep -Eq "^bob +$id +16 +0$" "$work/out" &&
		run 0 xenpv cpupool-list && grep -q '^Pool-0 .* y  *1$' "$work/out" &&
		run 0 xenpv cpupool-list -c Pool-0 && grep -Eqx 'Pool-0 +0(,[0-9]+)*' "$work/out" &&
		run 1 xenpv cpupool-list x && says "Pool 'x' does not exist" &&
		run 0 xenpv channel-list bob && grep -q '^Idx BE' "$work/out"
}

json() {
	local id
	id=$(xenpv domid bob)
	run 0 xenpv list -l bob || return
	[ "$(head -n 1 "$work/out")" = '[' ] && [ "$(tail -n 2 "$work/out" | head -n 1)" = ']' ] &&
		grep -qx "        \"domid\": $id," "$work/out" &&
		grep -q '"name": "bob"' "$work/out" &&
		grep -q '"max_memkb": 16384' "$work/out"
}

# What real xl made of the same file.
dry_run_as_xl() {
	run 0 xenpv -N create -q golden.cfg && cmp "$work/out" golden.json &&
		run 0 xenpv create -q -n golden.cfg && cmp "$work/out" golden.json &&
		run 1 xenpv -N destroy bob && says 'does not implement -N'
}

prints() { diff "$work/out" - && [ ! -s "$work/err" ]; }

# As above, and nothing is done.
devices_dry_run() {
	run 0 xenpv -N block-attach bob format=qcow2 vdev=xvdb access=ro target=/etc/hosts && prints <<-'END' || return
		disk: {
		    "pdev_path": "/etc/hosts",
		    "vdev": "xvdb",
		    "format": "qcow2"
		}

	END
	run 0 xenpv -N network-attach bob mac=00:16:3e:01:02:03 bridge=xenbr0 rate=10MB/s && prints <<-'END' || return
		vif: {
		    "mac": "00:16:3e:01:02:03",
		    "bridge": "xenbr0",
		    "rate_bytes_per_interval": 500000,
		    "rate_interval_usecs": 50000
		}

	END
	run 0 xenpv -N network-attach bob && prints <<-'END' || return
		vif: {

		}

	END
	run 0 xenpv -N vcpu-pin bob all - all && [ "$(cat "$work/out")" = 'cpumap: - all' ] &&
		run 0 xenpv -N vcpu-pin bob 0 all && [ "$(cat "$work/out")" = 'cpumap: all' ] &&
		run 0 xenpv -N cd-insert bob xvdc /etc/hosts && grep -q '"is_cdrom": 1' "$work/out" &&
		run 0 xenpv -N cd-eject bob xvdc && grep -q '"format": "empty"' "$work/out" || return
	run 1 xenpv -N block-attach bob nonsense && says "'nonsense'" &&
		run 1 xenpv -N network-attach bob mac=x && says mac &&
		run 1 xenpv -N vcpu-pin bob x all && says "'x' is no vCPU" &&
		run 1 xenpv -N cd-eject bob x && says "'x' is not the name" &&
		run 1 xenpv -N cd-eject nobody xvdc && says 'nobody is an invalid' || return
	run 0 xenpv block-list bob && [ "$(wc -l <"$work/out")" = 1 ] &&
		run 0 xenpv network-list bob && [ "$(wc -l <"$work/out")" = 1 ]
}

host_info() {
	run 0 xenpv info -n && grep -q '^cpu_topology' "$work/out" &&
		grep -q '^numa_info' "$work/out" &&
		grep -q '^   0: ' "$work/out" &&
		run 0 xenpv info xen_major && [ "$(cat "$work/out")" = 4 ]
}

top_() {
	run 0 xenpv top && [ "$(wc -l <"$work/out")" = 2 ] &&
		grep -q '^ *NAME  STATE   CPU(sec) CPU(%) ' "$work/out" &&
		grep -Eq '^ +bob ----p-  +0 +0\.0 +16384 ' "$work/out" &&
		run 0 xenpv top -b -d 1 -i 2 && [ "$(wc -l <"$work/out")" = 4 ] &&
		run 2 xenpv top -d x && says "-d 'x' is not a number"
}

# On a terminal: keys, its size, and how it is left.
top_live() {
	./terminal 10 60 xenpv top -d 3000 >"$work/out" <<-'END' || { cat "$work/out"; return 1; }
		see xenpv top -
		see 1 domains: 0 running, 0 blocked, 1 paused
		see MEM(k)
		see bob ----p-
		type x
		see bob ----p-
		size 12 200
		see VBD_WSECT SSID
		see bob ----p-
		type q
		end 0
	END
	./terminal 24 80 xenpv top -d 1 -i 2 >"$work/out" <<-'END' || { cat "$work/out"; return 1; }
		see bob ----p-
		see bob ----p-
		end 0
	END
	# What is wrong is said where it stays.
	./terminal 24 200 ./asnobody xenpv top >"$work/out" <<-'END' || { cat "$work/out"; return 1; }
		see cannot open /dev/kvm-xenpv
		end 1
	END
	local sig
	for sig in 1 2 3 15; do
		printf 'see bob\nsignal %d\nend %d\n' "$sig" $((128 + sig)) |
			./terminal 24 80 xenpv top >"$work/out" || { cat "$work/out"; return 1; }
	done
}

# Verbs that have nothing to do: refused with a reason, or an empty list.
absent() {
	local v
	for v in vncviewer trigger pci-attach vtpm-attach vkb-attach vsnd-attach \
		usbctrl-attach remus sched-credit sched-rtds cpupool-create \
		cpupool-migrate setenforce loadpolicy debug-keys set-parameters \
		psr-hwinfo qemu-monitor-command tmem-list devd; do
		run 1 xenpv "$v" bob x y && says "$v is not available: " || return
		run 0 xenpv "$v" --help && grep -q "^Usage: xenpv $v" "$work/out" || return
	done
	for v in pci-list vtpm-list vkb-list vdispl-list vsnd-list usb-list \
		pci-assignable-list getenforce; do
		run 0 xenpv "$v" bob && [ ! -s "$work/err" ] || return
	done
	[ "$(xenpv getenforce)" = Disabled ] &&
		run 2 xenpv pci-attach bob && says 'requires at least 2 arguments' &&
		run 1 xenpv pci-list nobody && says 'nobody is an invalid'
}

beginnings() {
	run 0 xenpv uptim bob && run 0 xenpv domi bob && run 1 xenpv 'do' bob &&
		says "no verb 'do'" && run 1 xenpv '' && run 0 xenpv -v list bob
}

as_xl() {
	local mem
	run 0 xl list || return
	mem=$(awk 'NR == 2 && $1 == "Domain-0" && $2 == 0 { print $3 }' "$work/out")
	[ "$mem" -gt 100 ] && [ "$(xl domname 0)" = Domain-0 ] &&
		[ "$(xl domid Domain-0)" = 0 ] && run 0 xl list Domain-0 &&
		run 1 xl destroy 0 && says 'Not destroying domain 0' &&
		run 1 xl pause 0 && says 'this host' && run 0 xl uptime &&
		grep -q '^Domain-0 ' "$work/out" || return
	# As its bash completion reads it.
	run 0 xl help && sed '1,4d' "$work/out" | awk '/^ [^ ]/ {print $1}' |
		grep -qx create
}

# 0f05 is the syscall that it waits in.
live_dump() {
	run 0 xenpv unpause bob && until_ 10 has_state bob -b---- || return
	run 0 xenpv dump-core bob "$work/core" && ./core "$work/core" 1 4096 0f05 || return
	[ "$(stat -c %a "$work/core")" = 600 ] &&
		[ "$(du -k "$work/core" | cut -f 1)" -lt 8192 ] || return
	run 1 xenpv dump-core bob /nonexistent/core &&
		says 'No such file or directory' || return
	run 1 xenpv dump-core bob /dev/null && says 'not a regular file' || return
	mkdir -p "$work/full" && mount -t tmpfs -o size=64k none "$work/full" || return
	run 1 xenpv dump-core bob "$work/full/core" && says 'No space left' &&
		[ ! -e "$work/full/core" ]
	local status=$?
	umount "$work/full"
	return "$status"
}

ended() { run 0 xenpv destroy bob && gone bob; }

# 0f0b is its ud2, where it stands.
crash_dump() {
	rm -f /var/lib/xen/dump/dumped
	start dumped crash "on_crash = 'coredump-destroy'" -- -p || return
	run 0 xenpv unpause dumped && until_ 10 gone dumped || return
	./core /var/lib/xen/dump/dumped 1 4096 +0f0b && rm /var/lib/xen/dump/dumped
}

crash_at_start() {
	config dead crash || return
	run 3 xenpv create -q "$work/dead.cfg" || return
	[ ! -s "$work/out" ] && grep -q '^xenpv: domain [0-9]* (dead) crashed at its start' "$work/err" &&
		gone dead && [ -z "$(ls /run/xenpv)" ]
}

# It is kept, and the next one starts from the same file a second later.
crash_renamed() {
	./mkkernel block >"$work/next" && start late crash "on_crash = 'rename-restart'" -- &&
		mv "$work/next" "$work/crash" || return
	until_ 20 has_state late -b---- && run 0 xenpv destroy late || return
	run 0 xenpv list && [ "$(awk '/^late-/ { print $5 }' "$work/out")" = ---sc- ] &&
		run 0 xenpv destroy "$(awk '/^late-/ { print $1 }' "$work/out")"
}

stays() {
	start still poweroff -- -e && until_ 10 has_state still ---s-- &&
		run 0 xenpv shutdown -a -w && [ ! -s "$work/err" ] &&
		run 1 xenpv shutdown still && run 0 xenpv destroy still && gone still
}

soft_reset() {
	config soft block "on_crash = 'soft-reset'"
	run 1 xenpv create -q "$work/soft.cfg" && says 'is for HVM domains' &&
		run 1 xenpv create -V "$work/soft.cfg" && says 'no framebuffer' && gone soft
}

# It reboots, makes room, and comes back as the configuration says by now, by
# its new name.  Its paths are relative to where config-update was called.
rename_restart() {
	local old name='pho"e\nix'
	start phoenix reboot "on_reboot = 'rename-restart'" -- -p || return
	config phoenix block
	old=$(xenpv domid phoenix)
	(cd "$work" && run 0 xenpv config-update phoenix 'name="other"' 'kernel="block"' phoenix.cfg) &&
		run 0 xenpv rename phoenix "$name" || return
	# The file is not needed any more.
	rm "$work/phoenix.cfg"
	run 0 xenpv unpause "$name" || return
	new() { [ "$(xenpv domid "$name" 2>/dev/null || echo "$old")" != "$old" ]; }
	until_ 20 new && until_ 10 has_state "$name" -b---- || return
	xenpv domname "$old" | grep -Eqx 'pho"e\\nix-[0-9]{8}T[0-9]{4}Z' &&
		has_state "$old" ---sr- || return
	[ "$(xenpv vm-list | awk '/nix/ { print $1 }' | sort -u | wc -l)" = 1 ] &&
		run 0 xenpv destroy "$old" && run 0 xenpv destroy "$name"
}

renamed_restart() {
	local old
	start first reboot -- -p && config first block || return
	old=$(xenpv domid first)
	run 0 xenpv config-update first "$work/first.cfg" && run 0 xenpv rename first second &&
		run 0 xenpv unpause second || return
	new() { [ "$(xenpv domid second 2>/dev/null || echo "$old")" != "$old" ]; }
	until_ 20 new && until_ 10 has_state second -b---- && run 0 xenpv destroy second
}

# No word where none is asked for; the file's own text stays at home.
bad_update() {
	start upd block -- -p || return
	run 1 xenpv config-update upd "$work/upd.cfg" 'memory="x"' &&
		says 'memory = "x" is not a number' &&
		run 253 xenpv config-update upd /nonexistent &&
		run 253 xenpv config-update upd 'memory=1' /nonexistent &&
		run 1 xenpv config-update nobody /nonexistent && says 'nobody is an invalid' &&
		run 1 xenpv config-update upd && run 2 xenpv config-update upd a b || return
	run 0 xenpv -N config-update upd "$work/upd.cfg" &&
		[ "$(sed -n 2p "$work/out")" = '    "domid": null,' ] &&
		grep -qx '            "name": "upd",' "$work/out" && [ ! -s "$work/err" ] &&
		run 0 xenpv destroy upd &&
		[ -z "$(ls /run/xenpv)" ]
}

dmesg_clear() {
	start log block -- && run 0 xenpv dmesg -c log && [ -s "$work/out" ] &&
		run 0 xenpv dmesg log && [ ! -s "$work/out" ] && run 0 xenpv destroy log
}

# Whatever is wrong with it, nothing is left of the domain.
run_directory() {
	config rund block
	mount -t tmpfs -o ro,mode=755 none /run/xenpv || return
	run 3 xenpv create -q "$work/rund.cfg" && says 'Read-only file system' && gone rund
	local status=$?
	umount /run/xenpv
	[ "$status" = 0 ] || return
	# One inode is the folder's.
	mount -t tmpfs -o nr_inodes=1,mode=755 none /run/xenpv || return
	run 3 xenpv create -q "$work/rund.cfg" && says 'No space left' && gone rund
	status=$?
	umount /run/xenpv
	return "$status"
}

left_over() {
	: >/run/xenpv/30000.ctl
	: >/run/xenpv/30000.console
	run 0 xenpv list && [ -z "$(ls /run/xenpv)" ]
}

plan 25
ok "names" names
ok "uptime" uptime_
ok "lists" lists
ok "list as JSON" json
ok "dry run as xl's" dry_run_as_xl
ok "dry runs for devices and vCPUs" devices_dry_run
ok "info" host_info
ok "top" top_
ok "top on a terminal" top_live
ok "verbs that are absent" absent
ok "beginnings of verbs" beginnings
ok "by the name of xl" as_xl
ok "a dump of a running domain" live_dump
ok "destroyed" ended
ok "a dump of a crashed domain" crash_dump
ok "a crash at the start is told" crash_at_start
ok "a crash at the start that starts it anew" crash_renamed
ok "create -e: it stays" stays
ok "soft-reset, -V" soft_reset
ok "rename-restart, config-update" rename_restart
ok "renamed, it restarts by its new name" renamed_restart
ok "a wrong update" bad_update
ok "dmesg -c" dmesg_clear
ok "a run directory that cannot be written" run_directory
ok "what is left over is cleaned" left_over
finish
