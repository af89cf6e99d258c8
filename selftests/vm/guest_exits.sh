#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A guest whose I/O APIC is an unmodified QEMU's (split irqchip): accesses that exit to it, by KVM's tracepoints, for the
# same work of the guest's kernel, before and after vioapic.ko takes over inside the guest. One CPU: see kvm_linux.
# boot: kernels=6.12 spare=6.12 smp=1 nested=1 kimage=1 mem=2G weight=60 timeout=900 noload=1 bench=1 progs="qemu-system-x86_64" files="/usr/share/seabios/bios-256k.bin /usr/share/qemu/kvmvapic.bin /usr/share/qemu/linuxboot_dma.bin"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "loads a module in a guest of its own, which reads the disk"
needs rig kvm image disk command=qemu-system-x86_64 file=/usr/share/seabios

guest=/tmp/guest
tracing=/sys/kernel/tracing
mark=0x560 # a port that nobody has

# The guest does each work between two writes to that port, which are in KVM's trace as well.
make_guest() {
	mkdir -p "$guest/bin" "$guest/proc" "$guest/sys" "$guest/dev" "$guest/mods"
	cp /bin/busybox "$bin/takeover" "$guest/bin"
	# One may be built in
	for module in configfs virtio_pci virtio_blk; do modprobe -D "$module" 2>/dev/null; done | grep '\.ko' |
	while read -r _ path; do
		[ -e "$guest/mods/${path##*/}" ] || echo "insmod /mods/${path##*/}" >>"$guest/load"
		cp "$path" "$guest/mods"
	done
	cp "$modules/vioapic.ko" "$modules/vioapic_probe.ko" "$guest/mods"
	cat >"$guest/init" <<-EOF
		#!/bin/busybox sh
		export PATH=/bin
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t devtmpfs dev /dev
		mount -t debugfs debug /sys/kernel/debug
		sh /load
		insmod /mods/vioapic.ko
		insmod /mods/vioapic_probe.ko
		probe=/sys/kernel/debug/vioapic_probe
		echo 9 >\$probe/pin
		mark() { printf "\\\\\$1" | dd of=/dev/port bs=1 seek=$((mark)) conv=notrunc 2>/dev/null; }
		delivered() { while read -r irq first second _; do [ "\$irq" != 4: ] || count=\$((first + second)); done </proc/interrupts; }
		exec 3>/dev/ttyS0
		move() {
			echo "\$1" >/proc/irq/4/smp_affinity
			delivered
			before=\$count
			echo >&3
			until delivered; [ "\$count" -gt "\$before" ]; do :; done
		}
		work() {
			move 1
			i=0
			while [ \$i -lt 50 ]; do
				mark 1
				move 2
				move 1
				mark 2
				i=\$((i + 1))
			done
			cat \$probe/eoi >/dev/null
			mark 3
			i=0
			while [ \$i -lt 20 ]; do cat \$probe/eoi >/dev/null; i=\$((i + 1)); done
			mark 4
			cat \$probe/dump >/dev/null
			mark 5
			dd if=/dev/vda of=/dev/null bs=4k count=500 iflag=direct 2>/dev/null
			mark 6
		}
		echo "guest: up, \$(grep -c '^processor' /proc/cpuinfo) CPUs"
		grep 'IO-APIC.*virtio' /proc/interrupts
		# A vector is the lowest that is free: with all others here it is never the same on the other CPU.
		for irq in /proc/irq/[0-9]*/smp_affinity; do echo 1 >\$irq; done 2>/dev/null
		work
		takeover ioapic0 && echo "guest: taken over"
		work
		grep . /sys/kernel/debug/vioapic/ioapic0/*
		echo "guest: ends"
		poweroff -f
	EOF
	chmod +x "$guest/init"
	(cd "$guest" && find . | cpio -o -H newc) >/tmp/guest.cpio 2>/dev/null
}

trace_exits() {
	echo 32768 >"$tracing/buffer_size_kb"
	# Of a read, what was not answered in the kernel
	echo 'gpa >= 0xfec00000 && gpa < 0xfec01000 && type != 1' >"$tracing/events/kvm/kvm_mmio/filter"
	echo "port == $mark" >"$tracing/events/kvm/kvm_pio/filter"
	echo 1 >"$tracing/events/kvm/kvm_mmio/enable"
	echo 1 >"$tracing/events/kvm/kvm_pio/enable"
}

check "a guest is made" make_guest
check "exits can be traced" trace_exits
# noxsave: see kvm_watch
qemu-system-x86_64 -L /usr/share/seabios -L /usr/share/qemu -M pc,accel=kvm,kernel-irqchip=split -cpu host -smp 2 -m 256 \
	-nodefaults -display none -global ioapic.version=0x11 -kernel "$image" -initrd /tmp/guest.cpio \
	-append "console=ttyS0 pci=nomsi threadirqs panic=-1 quiet noxsave" -serial file:/tmp/console \
	-drive file=/dev/vda,format=raw,if=none,id=disk -device virtio-blk-pci,drive=disk,romfile= 2>/tmp/qemu.err &
qemu=$!
wait_for 600 ended $qemu || kill $qemu
note "$(tr -d '\r' </tmp/console | tail -n 30)"
check "the guest did all of it" grep -q 'guest: ends' /tmp/console
check "its disk is on its I/O APIC" grep -q 'IO-APIC.*fasteoi.*virtio' /tmp/console
check "it took over" grep -q 'guest: taken over' /tmp/console
check "nothing is lost of the trace" sh -c "! grep -q LOST $tracing/trace"

# "NAME.WHEN EXITS", of what is between two marks. Moves are 50 times two, and of these the median: if the kernel happens to
# choose the same vector, there is an access less. The first EOI may have to select a register.
exits() {
	awk '
	/ kvm_pio: / {
		for (i = 1; i < NF; i++) if ($i == "val") mark = $(i + 1)
		mark = substr(mark, 3) + 0
		if (mark == 2) moves[nr++] = n
		if (mark == 2 && nr == 50) {
			for (i = 0; i < nr; i++) for (j = i; j && moves[j - 1] > moves[j]; j--) {
				swapped = moves[j]; moves[j] = moves[j - 1]; moves[j - 1] = swapped
			}
			print "moves." when, 50 * moves[25]
			nr = 0
		}
		if (name[mark]) print name[mark] "." when, n
		if (mark == 6) when = "taken"
		n = 0
	}
	/ kvm_mmio: / { n++ }
	BEGIN { when = "released"; name[4] = "eoi"; name[5] = "dump"; name[6] = "oneshot" }' "$tracing/trace"
}
exits >/tmp/exits
while read -r name number; do figure "guest.$name" "$number"; done </tmp/exits
check "each was measured twice" test "$(wc -l </tmp/exits)" -eq 8
of() { awk -v name="$1" '$1 == name { print $2 }' /tmp/exits; }
check "an explicit EOI takes 12 accesses of which each exits" test "$(of eoi.released)" -eq 240
check "a dump takes 104" test "$(of dump.released)" -eq 104
for name in moves eoi dump oneshot; do
	check "$name: fewer exit" test "$(of $name.taken)" -lt "$(of $name.released)"
done
check "the kernel did not complain" dmesg_clean
done_testing
