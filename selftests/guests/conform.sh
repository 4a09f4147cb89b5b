#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the guest `conform`, which makes every hypercall there is, and holds the
# tables of Documentation/hypercalls.rst against what it saw: the same rows with
# the same answers, and Xen's where that is another one.
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "NR CALL: ANSWER", and ", Xen ANSWER" where a remark begins with one.
rows_of_document() {
	awk '
	/^=+(  =+)+$/ {
		nr = split($0, bar, "  ")
		at[1] = 1
		for (i = 2; i <= nr; i++)
			at[i] = at[i - 1] + length(bar[i - 1]) + 2
	}
	function cell(i) {
		s = substr($0, at[i], i < nr ? at[i + 1] - at[i] : 1000)
		sub(/ +$/, "", s)
		return s
	}
	/^[0-9]+(\.[0-9]+)? / && nr == 5 {
		remark = cell(5)
		xen = ""
		if (match(remark, /^Xen [^:]+:/))
			xen = ", " substr(remark, 1, RLENGTH - 1)
		print cell(1) " " cell(2) ": " cell(4) xen
	}' hypercalls.rst
}

GUEST_LIST=conform.list ./run-guests.sh >"$work/tap"
grep -v '^1\.\.' "$work/tap"
total=$(grep -c -E '^(not )?ok ' "$work/tap")
bad=$(grep -c '^not ok ' "$work/tap")

sed -n 's/^\(not \)\?ok [0-9]* - conform: row //p' "$work/tap" | sort >"$work/seen"
rows_of_document | sort >"$work/told"
total=$((total + 1))
if [ -s "$work/seen" ] && diff "$work/told" "$work/seen" >"$work/diff"; then
	echo "ok $total - $(wc -l <"$work/seen") rows of hypercalls.rst are what the guest saw"
else
	echo "not ok $total - the rows of hypercalls.rst are what the guest saw"
	sed 's/^</# document:/; s/^>/# guest:/' "$work/diff"
	bad=$((bad + 1))
fi
total=$((total + 1))
if [ -z "$(cut -d ' ' -f 1 "$work/told" | uniq -d)" ]; then
	echo "ok $total - each is there once"
else
	echo "not ok $total - rows of hypercalls.rst are there twice"
	bad=$((bad + 1))
fi
echo "1..$total"
[ "$bad" = 0 ]
