# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# root.sh DEVICE: what PID 1 goes on with if the VM has a Debian on a disk (ROOT=): into that, whose systemd starts the
# rest as always, and the command when all else is up, by a service of this boot's alone.

mount -t ext4 "$1" /mnt || exit 125
rig=/run/vioapic-rig
units=/run/systemd/system
mkdir -p $rig $units/multi-user.target.wants
cp /bin/init /bin/hmp /etc/vioapic-run $rig
[ ! -d /extra ] || cp -r /extra /mnt
ln -sf $rig/hmp /mnt/usr/local/bin/hmp
cat >$units/vioapic-rig.service <<-EOS
	[Unit]
	Description=What the test rig has been asked to run
	DefaultDependencies=no
	After=multi-user.target
	[Service]
	Type=oneshot
	ExecStart=$rig/init $rig/vioapic-run
EOS
ln -s ../vioapic-rig.service $units/multi-user.target.wants
umount /tmp
for dir in dev proc sys run; do
	mount --move /$dir /mnt/$dir
done
exec switch_root /mnt /sbin/init
