#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian guests with a network: in user mode, on a bridge, through hotplug
# scripts; devices that come and go; helpers that are killed.
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

if ! [ -c /dev/kvm-xenpv ] || ! [ -e /box ]; then
	echo "1..0 # SKIP not in the box, whose network is changed"
	exit 4
fi

mb=${NET_MB:-3}	# of data each way
limit=$((120 + 20 * mb))
plan 26

bytes() { cat "/sys/class/net/$1/statistics/$2_bytes"; }
packets() { cat "/sys/class/net/$1/statistics/$2_packets"; }
no_taps() { ! ls -d /sys/class/net/*/tun_flags 2>/dev/null; }
absent() { [ ! -e "/sys/class/net/$1" ]; }

# --- the host ---

mkdir -p /srv /etc/xen/scripts /var/log/xen
dd if=/dev/urandom of=/srv/data bs=1M count="$mb" 2>/dev/null
sum=$(md5sum </srv/data)
modprobe tun
modprobe bridge
ip link add br0 type bridge
ip addr add 10.9.0.1/24 dev br0
ip link set br0 up
ip addr add 192.0.2.1/32 dev lo
httpd -p 8080 -h /srv
./mkkernel block >tiny
# An input that never ends: at its end nc would stop receiving as well.
mkfifo "$work/silence"
exec 9<>"$work/silence"
receive() { timeout 120 nc -l -p "$1" <&9 >/srv/received; }
cat >/etc/xen/scripts/vif-note <<'SCRIPT'
#!/bin/sh
echo "$1 $2 $vif $XENBUS_TYPE $XENBUS_PATH $(xenstore-read "$XENBUS_PATH/bridge" 2>&1)" >>/tmp/notes
[ ! -e /tmp/refuse ] || {
	xenstore-write "$XENBUS_PATH/hotplug-error" "no room on the bridge" \
		"$XENBUS_PATH/hotplug-status" error
	exit 1
}
[ "$1" = offline ] || ip link set "$vif" master br0 up
echo "a word of $vif"
SCRIPT
chmod +x /etc/xen/scripts/vif-note
if [ -d xen-scripts ]; then
	cp -r xen-scripts/. /etc/xen/scripts/
fi

# --- two guests ---

guest_memory=$((128 + 3 * mb))
config a "'ip=10.0.2.20,hostfwd=tcp:127.0.0.1:2222-:8080', 'bridge=br0,mac=00:16:3e:00:00:aa'" 'vcpus = 2'
config b "'script=vif-note,bridge=br0', 'script=vif-bridge,bridge=br0,vifname=second,rate=800Kb/s'"
refused() {
	! xenpv create -q "$@" 'kernel="tiny"' 'ramdisk=""' >"$work/out" 2>&1 && cat "$work/out" &&
		[ "$(wc -l <"$work/out")" = 1 ] && no_taps && gone a
}
no_bridge() { refused a.cfg 'vif=["bridge=nobridge"]' && grep -q "no bridge 'nobridge'" "$work/out"; }
ok 'no such bridge: no domain, no interface' no_bridge
no_script() { refused a.cfg 'vif=["script=nothing"]' && grep -q 'cannot run /etc/xen/scripts/nothing' "$work/out"; }
ok 'no such script: no domain, no interface' no_script
script_refuses() {
	touch /tmp/refuse
	refused b.cfg && grep -q 'no room on the bridge' "$work/out"
	local ret=$?
	rm -f /tmp/refuse /tmp/notes
	return "$ret"
}
ok 'a script refuses: no domain, no interface' script_refuses

start() { xenpv create -q a.cfg && xenpv create -q b.cfg; }
ok 'guests start' start
up() { until_ 120 said a 'guest: up' && until_ 120 said b 'guest: up'; }
ok 'guests are up' up
a=$(domid a) b=$(domid b)

lists() {
	xenpv network-list a >"$work/list" && cat "$work/list" &&
		grep -q '^Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path' "$work/list" &&
		grep -q "^1   0  00:16:3e:00:00:aa      1     4     -1    -1/-1          /local/domain/0/backend/vif/$a/1 *$" "$work/list" &&
		[ "$(wc -l <"$work/list")" = 3 ]
}
ok 'network-list' lists

# --- user mode ---

lease() {
	guest a 'ip link set eth0 up; udhcpc -i eth0 -n -q -s /etc/udhcpc; ip -4 addr show eth0' |
		tee "$work/addr"
	grep -q 'inet 10.0.2.20/24' "$work/addr"
}
ok 'user mode: an address by DHCP' lease
ok 'user mode: the router answers' guest a 'ping -c 1 -w 10 10.0.2.2'
ok 'user mode: the host is out of reach by its loopback' \
	guest a '! timeout 10 wget -q -O /dev/null http://10.0.2.2:8080/data'
fetch() { # GUEST ADDRESS
	guest "$1" "wget -q -O /tmp/data http://$2:8080/data; md5sum </tmp/data" |
		tee "$work/sum" && grep -q "${sum%% *}" "$work/sum"
}
send() { # ADDRESS:PORT
	rm -f /srv/received
	timeout "$limit" wget -q -O /srv/received "http://$1/data" &&
		[ "$(md5sum </srv/received)" = "$sum" ]
}
guest_limit=$limit
ok "user mode: $mb MiB arrive" fetch a 192.0.2.1
serve() { guest a 'httpd -p 8080 -h /tmp' && send 127.0.0.1:2222; }
ok "user mode: $mb MiB leave, through a port of the host" serve

# --- a bridge ---

bridged() { [ -e "/sys/class/net/br0/brif/vif$a.1" ] && [ "$(cat "/sys/class/net/vif$a.1/address")" = fe:ff:ff:ff:ff:ff ]; }
ok 'bridge: the interface is a port' bridged
on_bridge() {
	guest a 'ip addr add 10.9.0.2/24 dev eth1; ip link set eth1 up' &&
		guest b 'ip addr add 10.9.0.3/24 dev eth0; ip link set eth0 up' &&
		ping -c 2 -w 20 10.9.0.2
}
ok 'bridge: the guest answers the host' on_bridge
longer() { # INTERFACE DIRECTION COMMAND...: packets are longer than a frame
	local p b if=$1 way=$2
	shift 2
	p=$(packets "$if" "$way") b=$(bytes "$if" "$way")
	"$@" || return
	p=$(($(packets "$if" "$way") - p)) b=$(($(bytes "$if" "$way") - b))
	echo "$b bytes in $p packets"
	[ $((b / p)) -gt 1700 ]
}
ok "bridge: $mb MiB arrive in long segments" longer "vif$a.1" tx fetch a 10.9.0.1
ok "bridge: $mb MiB leave in long segments" longer "vif$a.1" rx send 10.9.0.2:8080
ok 'guests reach each other' guest b 'ping -c 2 -w 20 10.9.0.2'
ok "$mb MiB from guest to guest" fetch b 10.9.0.2

# --- scripts ---

noted() {
	cat /tmp/notes
	grep -q "^online type_if=vif vif$b.0 vif backend/vif/$b/0 br0$" /tmp/notes &&
		xenpv dmesg b | grep -q "vif-note: a word of vif$b.0"
}
ok "script: it finds what Xen's scripts find" noted
genuine() {
	[ -e /etc/xen/scripts/vif-bridge ] && [ -e /sys/class/net/br0/brif/second ] &&
		absent "vif$b.1" && cat /var/log/xen/xen-hotplug.log
}
ok "script: Xen's own vif-bridge" genuine
limited() { # 400 KB at 100 KB/s, with a burst of 128 KB
	guest b 'ip addr add 10.8.0.3/24 dev eth1; ip link set eth1 up' &&
		ip addr add 10.8.0.1/24 dev br0 || return
	receive 9001 &
	sleep 0.5
	local from=$SECONDS
	guest b 'dd if=/dev/zero bs=1k count=400 | nc 10.8.0.1 9001' && wait $!
	echo "$((SECONDS - from)) s, $(wc -c </srv/received) bytes"
	[ "$(wc -c </srv/received)" = 409600 ] && [ $((SECONDS - from)) -ge 2 ]
}
ok 'rate' limited

# --- devices come and go ---

attach() {
	xenpv network-attach a bridge=br0 mac=00:16:3e:00:00:bb && [ -e "/sys/class/net/br0/brif/vif$a.2" ] &&
		until_ 20 guest a 'ip addr add 10.7.0.2/24 dev eth2 && ip link set eth2 up' &&
		ip addr add 10.7.0.1/24 dev br0 && ping -c 2 -w 20 10.7.0.2
}
ok 'network-attach: a device to a running guest' attach
detach() {
	xenpv network-detach a 00:16:3e:00:00:BB && absent "vif$a.2" &&
		until_ 20 guest a '! ip link show eth2' && ! xenpv network-list a | grep 00:bb
}
ok 'network-detach: and away again' detach
stubborn() {
	xenpv pause b
	! xenpv network-detach b 1 2>"$work/err" || return
	cat "$work/err"
	grep -q 'does not let go' "$work/err" && [ -e /sys/class/net/second ] &&
		xenpv unpause b && until_ 20 absent second
}
ok 'network-detach: a guest that does not answer' stubborn
bad_attach() {
	touch /tmp/refuse
	! xenpv network-attach b script=vif-note 2>"$work/err" || return
	rm -f /tmp/refuse
	cat "$work/err"
	grep -q 'no room on the bridge' "$work/err" && [ "$(xenpv network-list b | wc -l)" = 2 ] &&
		! xenpv network-attach b bridge=nobridge && ! xenpv network-attach b speed=1 &&
		until_ 10 absent "vif$b.1"
}
ok 'network-attach: what fails leaves nothing' bad_attach

# --- ends ---

killed() { # while it sends
	receive 9002 &
	guest b 'nc 10.9.0.1 9002 </dev/zero >/dev/null & sleep 2'
	kill -9 "$(helper b)" && until_ 10 absent "vif$b.0" && gone b
}
ok 'a killed helper leaves no interface' killed
ends() {
	guest a 'poweroff -f' &
	until_ 30 gone a && no_taps && ! nc -w 1 127.0.0.1 2222 </dev/null &&
		! grep -la 'vif-not[e]' /proc/[0-9]*/cmdline || return
	# What the backend counted: two queues, long packets both ways.
	grep 'vif . queue' /var/log/xenpv/xenpv-a.log
	counted 'vif 1 queue 1' && counted 'vif 1 queue .: sent [0-9]* packets ([1-9][0-9]* long, [1-9]' &&
		counted 'vif 1 queue .: .*received [0-9]* ([1-9][0-9]* long, [1-9]'
}
counted() { grep -q "$1" /var/log/xenpv/xenpv-a.log; }
ok 'a guest that ends leaves nothing' ends
finish
