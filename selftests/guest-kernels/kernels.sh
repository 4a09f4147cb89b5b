#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots each kernel with one vCPU and with two; the checks of its proof are the
# tests here (../linux-guest), the first of them that it is that very kernel.
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
# shellcheck source=selftests/linux-guest/prove.sh
. ./prove.sh

echo 'TAP version 13'
for image in kernels/*.vmlinuz; do
	[ -f "$image" ] || continue
	kernel=${image%.vmlinuz} name=${image#kernels/} name=${name%.vmlinuz}
	release=$(cat "$kernel.release")
	for vcpus in 1 2; do
		echo "# $name, vcpus=$vcpus"
		prove "$name, vcpus=$vcpus: " 400 "kernel=\"$image\"" "vcpus=$vcpus" \
			"extra=\"console=hvc0 proof proof.cpus=$vcpus proof.release=$release\""
	done
done
for reason in kernels/*.skip; do
	[ -f "$reason" ] || continue
	name=${reason#kernels/}
	result ok "${name%.skip} # SKIP $(cat "$reason")"
done
echo "1..$nr"
finish
