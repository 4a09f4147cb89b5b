# SPDX-License-Identifier: GPL-2.0
# What there is to say below the table of bench.json.
"boot to the first process: \(.boot.exits) exits, \(.boot.instructions / 1e6 | round) million instructions",
(.goal | select(.) |
	"overhead, of Xen's: \(.mean) in the geometric mean, \(.most) at most (\(.of))")
