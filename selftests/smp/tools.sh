#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vcpu-list, vcpu-pin and vcpu-set on a guest that works on all its CPUs.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
trap 'xenpv destroy smp-tools >/dev/null 2>&1; rm -rf "$work"' EXIT
fails() { # STATUS TEXT COMMAND...: COMMAND ends with STATUS and says TEXT
	local want=$1 text=$2 status=0
	shift 2
	"$@" 2>"$work/err" || status=$?
	cat "$work/err"
	[ "$status" = "$want" ] && grep -q -- "$text" "$work/err"
}
online() { xenpv list smp-tools | awk 'NR == 2 { print $4 }'; }
has() { [ "$(online)" = "$1" ]; }
affinity() { # VCPU: as the kernel has it
	local task
	for task in "/proc/$(pidof xenpv)/task"/*; do
		[ "$(cat "$task/comm" 2>/dev/null)" != "vcpu$1" ] ||
			awk '$1 == "Cpus_allowed_list:" { print $2 }' "$task/status"
	done
}
column() { # VCPU FIELDS...
	xenpv vcpu-list smp-tools | awk -v id="$1" '$3 == id { $1 = $2 = ""; print }'
}
gives() { is "$1" "$("${@:2}")"; }
listed() { column "$1" | grep -Eq "$2" || { column "$1"; false; }; }

echo 'TAP version 13'
sed 's/^name = .*/name = "smp-tools"/; s/^vcpus = .*/vcpus = 3\nmaxvcpus = 4\ncpus = ["0", "all,^0"]/
	s/load=40/load=600 load_with=steady/' load.cfg >"$work/smp.cfg"
ok 'create' xenpv create -q "$work/smp.cfg"
ok 'the domain starts with three of four vCPUs' until_ 120 has 3
ok 'cpus: vCPU 0 is pinned' gives 0 affinity 0
ok 'cpus: vCPU 1 is pinned elsewhere' gives 1 affinity 1
ok 'cpus: vCPU 2 is not' gives 0-1 affinity 2
ok "vcpu-list: xl's header" eval "xenpv vcpu-list | head -n 1 | grep -qx \
	'Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)'"
ok 'vcpu-list: a vCPU that runs or blocks' listed 0 ' 0 0 (r-|-b)- +[0-9]+\.[0-9] 0 / all$'
ok 'vcpu-list: one that is not in use' until_ 60 listed 3 ' 3 - --p +[0-9.]+ all / all$'
ok 'vcpu-list: four lines' gives 4 eval 'xenpv vcpu-list | grep -c "^smp-tools "'

ok 'vcpu-pin: hard' xenpv vcpu-pin smp-tools 2 1
ok 'which the kernel has' gives 1 affinity 2
ok 'vcpu-pin: soft alone' xenpv vcpu-pin smp-tools 2 - 0
ok 'which is shown' listed 2 ' 1 / 0$'
ok 'vcpu-pin: all' xenpv vcpu-pin smp-tools all 0-1,^0 all
ok 'all are' gives 1 affinity 0
ok 'vcpu-pin: all, everywhere' xenpv vcpu-pin smp-tools all all
ok 'all are' gives 0-1 affinity 3
ok 'vcpu-pin: no such vCPU' fails 1 'no such vCPU' xenpv vcpu-pin smp-tools 4 0
ok 'vcpu-pin: no vCPU' fails 1 "'x' is no vCPU" xenpv vcpu-pin smp-tools x 0
ok 'vcpu-pin: no CPUs' fails 1 'not a list of CPUs' xenpv vcpu-pin smp-tools 0 cpu0
ok "vcpu-pin: a CPU that is not there" fails 1 'no CPU of this host' xenpv vcpu-pin smp-tools 0 77

ok 'vcpu-set: more than the host has' fails 1 'fewer than 4' xenpv vcpu-set smp-tools 4
ok 'vcpu-set: more than it can have' fails 1 'more than its maxvcpus' xenpv vcpu-set -i smp-tools 5
ok 'vcpu-set: none' fails 1 "'0' is not a number" xenpv vcpu-set smp-tools 0
ok 'vcpu-set: a word' fails 1 "'two' is not a number" xenpv vcpu-set smp-tools two
ok 'vcpu-set 4' xenpv vcpu-set --ignore-host smp-tools 4
ok 'the guest uses four' until_ 60 has 4
ok 'vcpu-set 1' xenpv vcpu-set smp-tools 1
ok 'the guest uses one' until_ 60 has 1
ok 'vcpu-set 2' xenpv vcpu-set smp-tools 2
ok 'the guest uses two' until_ 60 has 2
ok 'destroy' xenpv destroy smp-tools
echo "1..$nr"
finish
