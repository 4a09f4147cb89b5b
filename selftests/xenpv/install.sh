#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The name of xl through update-alternatives, in a tree of the test's own.
# shellcheck disable=SC2317 # ok calls them all
cd "$(dirname "$0")" || exit 1
. ./lib.sh

src=../..
[ -d "$src/scripts" ] || src=/src
program=$(command -v xenpv || echo "$src/build/userspace/xenpv")
if ! command -v update-alternatives >/dev/null || ! [ -x "$program" ]; then
	echo "1..0 # SKIP no update-alternatives, or no xenpv"
	exit 4
fi
for xl in /usr/local/sbin/xl /usr/local/bin/xl /usr/sbin/xl /usr/bin/xl; do
	[ -e "$xl" ] || [ -L "$xl" ] || continue
	echo "1..0 # SKIP there is an xl: $xl"
	exit 4
done

tree=$work/usr
install_xl() {
	prefix=$tree ALTERNATIVES="--altdir $work/alternatives --admindir $work/admin \
		--log $work/alternatives.log" "$src/scripts/install-xl" "$@"
}

nothing_installed() {
	run 1 install_xl install && says "$tree/bin/xenpv: not there"
}

installed() {
	mkdir -p "$work/alternatives" "$work/admin" "$tree/bin" "$tree/share/man/man1" \
		"$tree/share/bash-completion/completions" && cp "$program" "$tree/bin/xenpv" &&
		echo manual >"$tree/share/man/man1/xenpv.1" &&
		echo completion >"$tree/share/bash-completion/completions/xenpv" || return
	run 0 install_xl install && [ "$(readlink -f "$tree/bin/xl")" = "$tree/bin/xenpv" ] &&
		[ "$(cat "$tree/share/man/man1/xl.1")" = manual ] &&
		[ "$(cat "$tree/share/bash-completion/completions/xl")" = completion ]
}

works() {
	run 0 "$tree/bin/xl" help && [ "$(head -n 1 "$work/out")" = \
		'Usage xl [-vfNtT] <subcommand> [args]' ]
}

twice() { run 0 install_xl install && [ -x "$tree/bin/xl" ]; }

removed() {
	run 0 install_xl remove && ! [ -L "$tree/bin/xl" ] &&
		! [ -L "$tree/share/man/man1/xl.1" ] && [ -x "$tree/bin/xenpv" ]
}

# Xen's, or somebody's.
foreign() {
	echo theirs >"$tree/bin/xl"
	run 1 install_xl install && says "$tree/bin/xl is there already" &&
		[ "$(cat "$tree/bin/xl")" = theirs ]
}

plan 6
ok "install-xl wants xenpv installed" nothing_installed
ok "install-xl: program, manual, completion" installed
ok "it is xl" works
ok "once more" twice
ok "uninstall-xl" removed
ok "an xl that is no alternative stays" foreign
finish
