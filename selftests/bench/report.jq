# SPDX-License-Identifier: GPL-2.0
# Lines "WHERE WHAT NUMBER [COUNT]" become bench.json.
# Where Xen's own is more than noise.
def has_overhead: .xen and .xen > .bare * 1.01;
def overhead: (.ours - .bare) / (.xen - .bare);

reduce (inputs | split(" ")) as $l ({};
	if $l[0] == "exits"
	then .exits[$l[1]] = ($l[2] | tonumber) | .count[$l[1]] = ($l[3] | tonumber)
	elif ($l[0] | IN("native", "domain", "xen", "boot"))
	then .[$l[0]][$l[1]] = ($l[2] | tonumber)
		| if $l[0] == "native" then .order += [$l[1]] else . end
	else . end)
| . as $r
| {
	ops: [$r.order[] | select(. != "nothing") | {
		op: ., unit: "instructions",
		bare: $r.native[.], xen: $r.xen[.], ours: $r.domain[.], shim: null,
		exits_per_op: ([0, ($r.exits[.] - $r.exits.nothing) / $r.count[.]] | max)
	}],
	boot: $r.boot
}
| [.ops[] | select(has_overhead)] as $c
| if $c == [] then . else .goal = {
	mean: ([$c[] | [overhead, 0.001] | max | log] | add / length | exp * 1000 | round / 1000),
	most: ($c | max_by(overhead) | overhead * 1000 | round / 1000),
	of: ($c | max_by(overhead) | .op)
} end
