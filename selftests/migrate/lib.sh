# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests with a guest that is saved: sourced.
n=0
work=$(mktemp -d)
# The helper's files, where they can be looked at.
log=/var/log/xenpv

ok() { # TEXT COMMAND...
	local text=$1 good='not ok'
	shift
	n=$((n + 1))
	# For a test of what the one before has said.
	[ ! -e "$work/err" ] || mv "$work/err" "$work/before"
	if "$@" >"$work/out" 2>"$work/err"; then good=ok; fi
	echo "$good $n - $text"
	[ "$good" = ok ] || sed 's/^/# /' "$work/out" "$work/err"
}

fails() { # TEXT COMMAND...: one line of COMMAND's says TEXT
	local text=$1 lines
	shift
	if "$@"; then return 1; fi
	lines=$(grep -c '^xenpv: ' "$work/err")
	[ "$lines" = 1 ] && grep -q -- "$text" "$work/err"
}

within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return
		sleep 0.5
	done
}

# What the witness NAME says, all of it, in order; a line that it has not
# ended yet is not there.
said() { grep $'^COUNT.*\r$' "$log/console-$1.log" 2>/dev/null | tr -d '\r'; }
count() { said "$1" | tail -n 1 | awk '{ print $2 }'; }
counts_to() { [ "$(count "$1")" -ge "$2" ] 2>/dev/null; }
# Each count follows the one before: nothing was lost and nothing came twice.
in_order() { said "$1" | awk 'NR > 1 && $2 != last + 1 { bad = 1 } { last = $2 } END { exit bad }'; }
intact() { ! said "$1" | grep -v 'file=ok del=ok pipe=ok bad=0'; }
is_there() { xenpv list "$1" >/dev/null 2>&1; }
is_gone() { ! is_there "$1"; }
# The worker of each CPU has done more than LINE (a line of the witness) says.
works_on() { # NAME CPUS LINE
	local now
	now=$(said "$1" | tail -n 1)
	paste -d' ' <(echo "${3#*w=}" | tr ',' '\n') <(echo "${now#*w=}" | tr ',' '\n') |
		awk -v cpus="$2" '$2 > $1 { n++ } END { exit n != cpus }'
}
goes_on() { # NAME CPUS: three seconds more, with all it had
	local from line
	line=$(said "$1" | tail -n 1)
	from=$(count "$1")
	within 300 counts_to "$1" $((from + 3)) && intact "$1" && works_on "$1" "$2" "$line"
}
no_complaint() { # NAME
	! grep -e 'BUG:' -e 'Oops' -e 'WARNING:' -e 'soft lockup' -e 'kernel BUG' \
		"$log/console-$1.log"
}

config() { # NAME CPUS
	printf 'name = "%s"\nkernel = "%s/vmlinuz"\nramdisk = "%s/initrd"\n' "$1" "$PWD" "$PWD"
	printf 'memory = 160\nvcpus = %s\nextra = "console=hvc0 quiet"\n' "$2"
}

finish() {
	echo "1..$n"
	xenpv list | awk 'NR > 1 { print $1 }' | while read -r d; do
		xenpv destroy "$d" >/dev/null 2>&1
	done
	rm -rf "$work"
}
