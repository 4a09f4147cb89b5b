# SPDX-License-Identifier: GPL-2.0
# Sourced by tests, after tap.sh: the proof in a guest of its own.
# shellcheck shell=bash disable=SC2154

# prove BEFORE SECONDS [SETTING...]: boots proof.cfg, with settings of its own; the
# checks of its proof are tests, BEFORE stands before their names.
prove() {
	local before=$1 limit=$2 out=$work/console status=0
	shift 2
	timeout "$limit" xenpv create -c proof.cfg "$@" </dev/null >"$out" 2>&1 || status=$?
	# Whoever reads a failure wants the console.
	tr -d '\r' <"$out" | sed 's/^/# /'

	guest_results "$out" "$before"
	ok "${before}the guest came to a good end" grep -q '^xenpv-proof: status 0' "$out"
	ok "${before}the domain was shut down and gone" is 0 "$status"
}
