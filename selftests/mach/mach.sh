#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# GNU Mach has nothing to run here, no module that would bring the Hurd's servers: it
# says who it is, finds its memory and Xen's devices, and gives up. The 64-bit packages
# do not lie where they say, which is all that is to be seen of them.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
image=kernels/mach-486.vmlinuz log=/var/log/xenpv/xenpv-mach.log

# NAME IMAGE MIB
config() {
	cat <<-EOF
	name = "$1"
	type = "pv"
	kernel = "$2"
	memory = $3
	on_crash = "destroy"
	EOF
}
said() { grep -qE -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }
boots() { # MIB
	rm -f "$log"
	config mach "$image" "$1" >"$work/mach.cfg"
	timeout 300 xenpv create -q -c "$work/mach.cfg" </dev/null >"$work/console" 2>&1
	local status=$?
	tr -d '\r' <"$work/console" >"$work/said"
	is 0 "$status"
}
# It is its own word for a panic: a shutdown for a reason that is none.
crashed() { grep -q 'ended: crash$' "$log" || { cat "$log"; return 1; }; }
gone() { ! xenpv list mach; }
memory() { said "^biosmem: 0+:0*$(printf %x $(($1 << 20))), available\$"; }

mach() {
	local release
	release=$(cat kernels/mach-486.release)
	ok "$release starts" boots 256
	sed 's/^/# /' "$work/said"
	ok 'it says who it is' said "^${release//+/\\+}\$"
	ok 'and on what it runs' said '^Running on xen-3\.0-x86_32p\.$'
	ok 'it finds its memory' memory 256
	ok 'and manages the pages of it' said '^vm_page: DIRECTMAP: pages: 61440 \(240M\), free: [1-9]'
	ok 'xenstore tells it that it has no disk' said '^hd: No block device \(ENOENT\)'
	ok 'and no network' said '^eth: No net device \(ENOENT\)'
	ok 'it has no bootstrap to run' said '^panic .*No bootstrap code loaded with the kernel!$'
	ok 'and ends the domain' crashed
	ok 'which has gone' gone
	ok 'it starts with 48 MiB' boots 48
	ok 'which it finds' memory 48
	ok 'and comes as far' said '^panic .*No bootstrap code loaded with the kernel!$'
}

refused() { # IMAGE
	config mach "$1" 256 >"$work/mach.cfg"
	if timeout 60 xenpv create -q "$work/mach.cfg" 2>"$work/said"; then
		xenpv destroy mach
		return 1
	fi
	cat "$work/said"
	is 1 "$(wc -l <"$work/said")" &&
		said '^xenpv: .*: a corrupt kernel: it wants to lie at an impossible physical address$'
}

echo 'TAP version 13'
[ ! -f "$image" ] || mach
for image in kernels/mach-amd64-*.vmlinuz; do
	[ -f "$image" ] || continue
	name=${image#kernels/}
	ok "${name%.vmlinuz} is refused, and one line says why" refused "$image"
done
for reason in kernels/*.skip; do
	[ -f "$reason" ] || continue
	name=${reason#kernels/}
	result ok "${name%.skip} # SKIP $(cat "$reason")"
done
echo "1..$nr"
finish
