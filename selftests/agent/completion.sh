#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# xl's own bash completion, as xen-utils-common has it, with xenpv by the name of
# xl: it makes its words of the lines of `xl help`. Which words these should be,
# the manual of the same package tells.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

program=$(command -v xenpv || echo "$PWD/../../userspace/xenpv")
if ! [ -x "$program" ]; then
	echo "1..0 # SKIP no xenpv"
	exit 4
fi
mkdir "$work/bin"
ln -s "$program" "$work/bin/xl"
PATH=$work/bin:$PATH
# shellcheck disable=SC1091
. ./xl-completion

# The verbs in the manual. What has a colon after it is an argument of remus.
sed -n '/^\.SH "DOMAIN SUBCOMMANDS"/,$ {
	/^\.IP "\\fB[a-z][-\\a-z0-9]*\\fR *:/d
	s/^\.IP "\\fB\([a-z][-\\a-z0-9]*\)\\fR.*/\1/p
}' xl.1 | sed 's/\\//g' | grep -vx help | sort -u >"$work/manual"

# complete_ WORD...: the last one is being typed; the answers, one a line, ended
# by a point, as there are spaces.
complete_() {
	# shellcheck disable=SC2034
	COMP_WORDS=(xl "$@") COMP_CWORD=$#
	COMPREPLY=()
	_xl
	[ ${#COMPREPLY[@]} = 0 ] || printf '%s.\n' "${COMPREPLY[@]}"
}

# It was written for xl and xen; a folder of completions finds it by these.
for_xl() { complete -p xl && complete -p xen; }

manual() {
	local missing
	[ "$(wc -l <"$work/manual")" -gt 60 ] || { wc -l "$work/manual"; return 1; }
	complete_ '' | sed 's/ \.$//' | sort >"$work/offered"
	missing=$(comm -13 "$work/offered" "$work/manual")
	[ -z "$missing" ] || { echo "not offered: $missing"; return 1; }
}

# Neither heads nor descriptions may be among the words, nor any of them twice.
verbs_only() {
	is '' "$(grep -vxE '[a-z][a-z0-9-]*' "$work/offered")" &&
		is '' "$(uniq -d "$work/offered")"
}

# Whether it is a verb xl itself has to say; some of them, as each takes a while.
known() {
	local verb
	while read -r verb; do
		xl "$verb" --help >"$work/help" 2>&1 && continue
		grep -q "no verb" "$work/help" && { echo "$verb is none"; return 1; }
	done < <(awk 'NR % 8 == 1' "$work/offered")
}

some() {
	is 'shutdown .' "$(complete_ shut)" && is 'list .' "$(complete_ list)" &&
		is '' "$(complete_ nonsense)" &&
		is $'mem-set .\nmem-max .\nmem-sharing .' "$(complete_ mem-)" &&
		is '' "$(complete_ shutdown web)"
}

# As somebody types it, at a shell with it and nothing else.
typed() {
	local tab=$'\t' enter=$'\r'
	echo ". $PWD/xl-completion; PS1='ready''> '; cd $work" >"$work/rc"
	printf 'name = "%s"\nkernel = "%s"\nmemory = 16\n' web-completed "$work/rc" >"$work/web.cfg"
	./terminal 24 200 bash --noprofile --rcfile "$work/rc" -i <<-STEPS
		see ready>
		type xl shutd$tab--help$enter
		see Usage: xenpv shutdown
		see ready>
		type xl cd-$tab$tab
		see cd-insert
		see ready>
		type i$tab--help$enter
		see Usage: xenpv cd-insert
		see ready>
		type xl create -n we$tab$enter
		see web-completed
		see ready>
		type exit 7$enter
		end 7
	STEPS
}

plan 6
ok "it is for xl" for_xl
ok "all of the manual's verbs are offered" manual
ok "nothing but verbs" verbs_only
ok "they are verbs" known
ok "parts of verbs" some
ok "typed at a shell" typed
finish
