#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bash completion, with an xenpv that lists domains of any name.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
. ./lib.sh

# Beside us where the area is installed.
completion=./xenpv
[ -f "$completion" ] || completion=../../userspace/completion/xenpv
# shellcheck disable=SC1090
. "$completion"

real=$(command -v xenpv)
mkdir "$work/bin"
cat >"$work/bin/xenpv" <<'EOF'
#!/bin/sh
printf 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n'
while IFS= read -r name; do
	printf '%-40s %5u %5u %5u     %s  %8.1f\n' "$name" 7 512 1 -b---- 12.5
done <"$DOMAINS"
EOF
chmod +x "$work/bin/xenpv"
export DOMAINS=$work/domains
PATH=$work/bin:$PATH

# complete_ WORD...: the last one is being typed; the answers, one a line.
complete_() {
	COMP_WORDS=(xenpv "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_xenpv
	[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
}

# answers EXPECTED WORD...
answers() {
	local want=$1 got
	shift
	got=$(complete_ "$@")
	[ "$got" = "$want" ] || { echo "$*: '$got', not '$want'"; return 1; }
}

verbs() {
	local v
	answers pause pa && answers $'destroy\ndomid\ndomname\ndump-core\ndmesg' d || return
	# All that the program has.
	for v in $("${real:-true}" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
		complete_ "$v" | grep -qx "$v" || { echo "no $v"; return 1; }
	done
}

names() {
	printf '%s\n' web1 web2 db >"$DOMAINS"
	answers $'web1\nweb2' console we && answers db destroy d &&
		answers '' pause x
}

# Such a name must neither be run now nor when the command is entered.
hostile_names() {
	# shellcheck disable=SC2016
	printf '%s\n' '$(>$HOSTILE)' '`>$HOSTILE`' 'a;b' '${HOSTILE:?}' >"$DOMAINS"
	export HOSTILE=$work/hostile
	complete_ console '' >"$work/names"
	eval "printf '%s\n' $(tr '\n' ' ' <"$work/names")" >"$work/entered"
	[ ! -e "$HOSTILE" ] && cmp "$work/entered" "$DOMAINS"
}

# Some are longer than their column, or have spaces.
odd_names() {
	local long=a12345678901234567890123456789012345678901234567890123456789
	printf '%s\n' "$long" 'two words' >"$DOMAINS"
	answers "$long" console a && answers 'two\ words' console t
}

options() { answers --all shutdown --a && answers --long list --l; }

plan 5
ok "verbs" verbs
ok "names of domains" names
ok "names that a shell would run" hostile_names
ok "long names, and spaces" odd_names
ok "options" options
finish
