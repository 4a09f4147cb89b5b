# SPDX-License-Identifier: GPL-2.0
# The table of bench.json, its columns between tabs.  "overhead" is ours of Xen's.
def digits(n): pow(10; n) as $p | . * $p | round / $p | tostring;
def or_none(f): if . == null then "-" else f end;

["operation", "bare", "xen", "ours", "ours/bare", "overhead", "exits/op"],
(.ops[] | [
	.op, (.bare | digits(0)), (.xen | or_none(digits(0))), (.ours | digits(0)),
	(.ours / .bare | digits(2)),
	(if .xen and .xen > .bare * 1.01 then (.ours - .bare) / (.xen - .bare) | digits(2) else "-" end),
	(.exits_per_op | digits(4))
])
| @tsv
