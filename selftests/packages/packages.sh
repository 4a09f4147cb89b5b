#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A Debian host with the packages, from its disk that ./prepare made: the module is
# dkms's own build, and the devices are as udev has them. Nothing is left when the
# packages are purged.
# shellcheck disable=SC2016,SC2317 # dpkg-query's variables; ok calls them all
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh

case $(uname -r) in
6.1.*)	disk=/dev/vda ;;
6.12.*)	disk=/dev/vdb ;;
7.*)	disk=/dev/vdc ;;
esac
if ! [ -e /box ] || ! [ -b "$disk" ]; then
	echo '1..0 # SKIP not in the box'
	exit 4
fi

host=/host
packages='kvm-xenpv-dkms kvm-xenpv-tools kvm-xenpv-doc'
mkdir -p "$host"
modprobe crc32c_generic
modprobe ext4
mount -t ext4 "$disk" "$host" || exit 1
for d in dev proc sys run; do mount --rbind /$d "$host/$d" || exit 1; done
mkdir -p "$host/tmp/guest"
cp vmlinuz initrd proof.cfg "$host/tmp/guest/"
sed -n 's/^/# lintian: /p' "$host/packages.lintian"

# By paths up to the host's own env: the box's busybox takes a name for one of its own.
on_host() {
	chroot "$host" /usr/bin/env -i PATH=/tmp/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root TERM=vt100 "$@"
}

whole() { on_host dpkg --verify "$1"; }
clean() { not grep '^E:' "$host/packages.lintian"; }
is_dkms() {
	on_host dkms status kvm-xenpv | grep "$(uname -r).*: installed" &&
		on_host modinfo -n kvm_xenpv | grep "/$(uname -r)/updates/dkms/kvm_xenpv.ko"
}
loads() {
	not test -e /dev/kvm-xenpv && grep -x kvm_xenpv "$host/usr/lib/modules-load.d/kvm-xenpv.conf" &&
		on_host modprobe kvm_xenpv && test -c /dev/kvm-xenpv
}
version() {
	is "xenpv $(on_host dpkg-query -W -f '${source:Version}' kvm-xenpv-tools)" \
		"$(on_host xenpv --version)"
}

# udev does not do anything in a chroot that the first process is not in as well.
udev() {
	unshare -p -f -m chroot "$host" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		/bin/sh -c 'mount -t proc proc /proc &&
		/lib/systemd/systemd-udevd --daemon &&
		udevadm trigger --settle --action=add /dev/kvm /dev/kvm-xenpv; status=$?
		udevadm control --exit; exit $status'
}
for_group() { is 'root kvm 660' "$(on_host stat -c '%U %G %a' /dev/kvm-xenpv)"; }

# The proof that a guest with Debian's kernel makes of itself.
guest() {
	"$@" timeout 300 sh -c 'cd /tmp/guest && xenpv create -c proof.cfg' \
		</dev/null >"$work/console" 2>&1
	local status=$?
	tr -d '\r' <"$work/console" | grep -v '^proof: ok'
	is 0 "$status" && grep -q '^xenpv-proof: status 0' "$work/console"
}
as_op() {
	on_host install -d -o op /tmp/op
	on_host setpriv --reuid op --regid op --init-groups \
		env HOME=/home/op XDG_RUNTIME_DIR=/tmp/op "$@"
}
outsider() {
	on_host setpriv --reuid nobody --regid nogroup --clear-groups \
		sh -c ': </dev/kvm-xenpv' 2>&1 | grep 'Permission denied'
}

# What users of the package may have done, too.
use() {
	local wants="$host/etc/systemd/system/multi-user.target.wants"
	mkdir -p "$wants" /run/systemd/system "$host/tmp/bin" &&
		printf '#!/bin/sh\necho "$*" >>/tmp/systemctl.log\n' >"$host/tmp/bin/systemctl" &&
		chmod +x "$host/tmp/bin/systemctl" &&
		ln -s '/usr/lib/systemd/system/xenpv@.service' "$wants/xenpv@web.service" &&
		on_host update-alternatives --install /usr/bin/xl xl /usr/bin/xenpv 10 &&
		on_host xl list && test -d "$host/var/log/xenpv"
}
remove() {
	# shellcheck disable=SC2086
	on_host dpkg --remove $packages || return
	test -d "$host/var/log/xenpv" || return
	grep -x 'stop xenpv@\*\.service' "$host/tmp/systemctl.log" || return
	not test -e "$host/usr/bin/xl" && not test -e /dev/kvm-xenpv &&
		not test -d /sys/module/kvm_xenpv
}
purge() {
	# shellcheck disable=SC2086
	on_host dpkg --purge $packages
}
gone() { not on_host dpkg-query -W -f '${Package} ${Status}\n' 'kvm-xenpv*'; }
nothing_left() {
	on_host /packages.listing >"$work/after"
	diff -U 0 "$host/packages.before" "$work/after" && not test -e /run/xenpv
}

echo 'TAP version 13'
ok 'lintian has no errors' clean
for p in $packages; do
	ok "$p is installed as it was packed" whole "$p"
done
ok 'dkms has built the module for this kernel' is_dkms
ok 'the module loads' loads
ok 'xenpv and its package are of one version' version
ok 'udev takes the rule' udev
ok "the device is group kvm's" for_group
ok 'nobody else opens it' outsider
ok 'root runs a guest' guest on_host
ok 'a member of the group runs one' guest as_op
ok 'a unit enabled, and the name of xl' use
ok 'the packages are removed, the module with them; logs stay' remove
ok 'they are purged' purge
ok 'dpkg knows nothing of them' gone
ok 'nothing of them is left' nothing_left
umount -l "$host"
echo "1..$nr"
finish
