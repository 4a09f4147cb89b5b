#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In dom0: witnesses that xenpv saved, or of our own, under genuine Xen; and saved
# again, for xenpv.
cd "$(dirname "$0")" || exit 1
n=0
ok() { # TEXT COMMAND...
	local text=$1 good='not ok'
	shift
	n=$((n + 1))
	if "$@" >/tmp/out 2>&1; then good=ok; fi
	echo "$good $n - $text"
	[ "$good" = ok ] || sed 's/^/# /' /tmp/out
}
said() { tr -d '\r' <"/var/log/xen/guest-$1.log" 2>/dev/null | grep '^COUNT'; }
count() { said "$1" | tail -n 1 | awk '{ print $2 }'; }
counts_to() { [ "$(count "$1")" -ge "$2" ] 2>/dev/null; }
intact() { ! said "$1" | grep -v 'file=ok del=ok pipe=ok bad=0'; }
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return
		sleep 1
	done
}

echo 'TAP version 13'
mkdir -p /tmp/in /tmp/out.d /root
tar xf /dev/vda -C /tmp/in 2>/dev/null
started=0
for f in /tmp/in/*.save; do
	[ -f "$f" ] || continue
	name=$(basename "$f" .save)
	started=$((started + 1))
	ok "$name: xl restore" xl restore "$f"
	rm "$f"
	ok 'it goes on' within 60 counts_to "$name" 0
	from=$(count "$name")
	ok 'and on' within 60 counts_to "$name" $((${from:-0} + 3))
	ok 'with all it had' intact "$name"
	said "$name" | tail -n 4 | sed 's/^/# /'
	ok 'xl save' xl save "$name" "/tmp/out.d/$name.save"
done
for cpus in 1 2; do
	[ $started = 0 ] || break
	name=xen$cpus
	printf 'name = "%s"\nkernel = "/guests/vmlinuz"\nramdisk = "/guests/initrd"\n' $name >/tmp/cfg
	printf 'memory = 160\nvcpus = %s\nextra = "console=hvc0 quiet"\ntsc_mode = "native"\n' $cpus >>/tmp/cfg
	ok "$name: xl create" xl create -q /tmp/cfg
	ok 'it counts' within 120 counts_to $name 3
	ok 'xl save' xl save $name /tmp/out.d/$name.save
	said $name | tail -n 2 | sed 's/^/# /'
done
du -a /tmp/out.d | sed 's/^/# /'
ok 'written to the disk' tar cf /dev/vda -C /tmp/out.d .
for f in /var/log/xen/guest-*.log; do
	grep -e 'BUG' -e 'Oops' -e 'WARNING' "$f" | sed 's/^/# /'
done
xl dmesg | tail -n 15 | sed 's/^/# /'
echo "1..$n"
