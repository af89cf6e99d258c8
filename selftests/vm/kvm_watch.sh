#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# KVM's own I/O APIC in running VMs, watched. The VM of an unmodified QEMU is watched from its first instruction to
# its power-off, but for 220 times that it is detached from and attached to; minimal VMs do what hurts.
# KVM logs what hostile guests do, hence the long log. One CPU: see kvm_linux.
# boot: kernels=main,6.1 spare=6.12 smp=1 nested=1 kimage=1 mem=2G weight=80 timeout=700 append="log_buf_len=16M" progs="qemu-system-x86_64" files="/usr/share/seabios/bios-256k.bin /usr/share/qemu/kvmvapic.bin /usr/share/qemu/linuxboot_dma.bin"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm image command=qemu-system-x86_64 file=/usr/share/seabios file=/bin/busybox command=cpio unloaded=vioapic_kvm

guest=/tmp/guest

# says EXPECTED COMMAND..: is refused, in one line with this in it
says() {
	says_expected=$1
	shift
	"$@" >/tmp/said 2>&1
	says_status=$?
	cat /tmp/said
	[ "$says_status" -eq 1 ] && [ "$(wc -l </tmp/said)" -eq 1 ] && grep -Fq "$says_expected" /tmp/said
}
# usage COMMAND..: is a wrong command line
usage() {
	"$@" >/dev/null 2>&1
	[ $? -eq 2 ]
}
gone() { ! vioapic list | grep -q "^$1 "; }
listed() { vioapic list | grep -q "^$1  *shadow  *0xfec00000  *[0-9]*  *0x11  *0-23  *taken  *-  *kvm$"; }
total() { vioapic stats --json "$1" | sed -n 's/^ *"accesses": \([0-9]*\),$/\1/p'; }

# The guest reads its disk and compares, moves its interrupts about, and says on its console how often it has, until
# the disk says stop.
make_guest() {
	mkdir -p $guest/bin $guest/proc $guest/sys $guest/dev $guest/mods
	cp /bin/busybox $guest/bin
	# One may be built in
	for module in virtio_pci virtio_blk; do modprobe -D $module 2>/dev/null; done | grep '\.ko' | while read -r _ path; do
		[ -e "$guest/mods/${path##*/}" ] || echo "insmod /mods/${path##*/}" >>$guest/load
		cp "$path" $guest/mods
	done
	cat >$guest/init <<-EOF
		#!/bin/busybox sh
		export PATH=/bin
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t devtmpfs dev /dev
		sh /load
		echo "guest: up"
		rounds=0 sum=\$(dd if=/dev/vda bs=16k skip=1 iflag=direct 2>/dev/null | md5sum)
		until dd if=/dev/vda bs=512 count=1 iflag=direct 2>/dev/null | grep -q stop; do
			[ "\$(dd if=/dev/vda bs=16k skip=1 iflag=direct 2>/dev/null | md5sum)" = "\$sum" ] || echo "guest: wrong"
			rounds=\$((rounds + 1))
			for irq in /proc/irq/[0-9]*/smp_affinity_list; do echo \$((rounds % 2)) >\$irq; done 2>/dev/null
			echo "guest: round \$rounds"
		done
		grep -E ' IO-APIC ' /proc/interrupts
		echo "guest: ends"
		poweroff -f
	EOF
	chmod +x $guest/init
	(cd $guest && find . | cpio -o -H newc) >/tmp/guest.cpio 2>/dev/null
}

# start_qemu SENTENCE [ARGUMENT..]: in the background; its monitor is a pipe. (noxsave: emulated, XSAVE has fewer states
# than KVM tells of, at which 7.3 gives up AVX and then oopses.)
start_qemu() {
	start_sentence=$1
	shift
	awk 'BEGIN { for (i = 0; i < 32768; i++) printf "%015d\n", i }' >/tmp/disk
	rm -f /tmp/monitor /tmp/console
	mkfifo /tmp/monitor
	: >/tmp/console
	qemu-system-x86_64 -L /usr/share/seabios -L /usr/share/qemu -M pc,accel=kvm,kernel-irqchip=on -cpu host -smp 2 \
		-m 256 -nodefaults -display none -kernel "$image" -initrd /tmp/guest.cpio \
		-append "console=ttyS0 pci=nomsi panic=-1 quiet noxsave" -serial file:/tmp/console \
		-drive file=/tmp/disk,format=raw,if=none,id=disk -device virtio-blk-pci,drive=disk,romfile= \
		-monitor stdio "$@" </tmp/monitor >/tmp/monitor.out 2>/tmp/qemu.err &
	qemu=$!
	exec 7>/tmp/monitor
	wait_for 20 has_vm
	report $? "$start_sentence"
}
has_vm() { vioapic kvm list | grep -q "^$qemu  *qemu-system-x86  *[0-9]*  *2  *kernel "; }
monitor() { echo "$1" >&7; }
console() { grep -q "^guest: $1" /tmp/console; }
rounds() { grep -c '^guest: round' /tmp/console; }
more_rounds() { [ "$(rounds)" -gt "$1" ]; }
qemu_gone() { ended "$qemu"; }
# witness: what QEMU's monitor says of the redirection table, by KVM_GET_IRQCHIP
has_table() { grep -q '^ *pin 23 ' /tmp/monitor.out; }
witness() {
	: >/tmp/monitor.out
	monitor "info pic"
	wait_for 20 has_table || return 1
	tr -d '\r' </tmp/monitor.out | sed -n 's/^ *pin *\([0-9]*\) *\(0x[0-9a-f]*\) .*/\1 \2/p' |
		while read -r pin rte; do rte_is "$pin" "$rte"; done
}
# The guest moves its interrupts meanwhile: some time both are asked between two moves
agrees() { wait_for 1 agrees_now "$1"; }
agrees_now() {
	ioapic_shown "$1" | grep -v ioregsel >/tmp/shown
	witness >/tmp/witness
	[ "$(wc -l </tmp/witness)" -eq 24 ] && diff /tmp/shown /tmp/witness
}

check "without vioapic_kvm.ko VMs are not listed" says "modprobe vioapic_kvm" vioapic kvm list
check "nor attached to" says "modprobe vioapic_kvm" vioapic kvm attach $$
check "vioapic_kvm.ko loads" insmod "$modules/vioapic_kvm.ko"
check "no VM is listed" test "$(vioapic kvm list | wc -l)" -eq 1
check "not in JSON either" test "$(vioapic kvm list --json | tr -d ' \n')" = "[]"
check "a process without a VM is refused" says "runs no virtual machine" vioapic kvm attach $$
check "a process that is none, too" says "runs no virtual machine" vioapic kvm attach 99999999
check "and to detach from it" says "no virtual machine of process $$ is watched" vioapic kvm detach $$
for wrong in attach "attach x" "attach 0" "attach -1" "attach 1 2" detach "detach 1x" list\ x nothing ""; do
	# shellcheck disable=SC2086 # words
	check "'vioapic kvm $wrong' is a wrong command line" usage vioapic kvm $wrong
done

# --- From the first instruction to power-off, with a reset in between
make_guest
start_qemu "QEMU starts, its VM stopped" -S
check "it is attached to, and the name is said" test "$(vioapic kvm attach $qemu)" = kvm$qemu
check "it is listed" listed kvm$qemu
check "by kvm list, too" sh -c "vioapic kvm list | grep -q '^$qemu .* kvm$qemu$'"
check "a second time is refused" says "watched already" vioapic kvm attach $qemu
vioapic trace --raw kvm$qemu >/tmp/trace 2>/tmp/trace.err &
tracer=$!
tracing() { grep -q 1 /sys/kernel/tracing/instances/vioapic-trace-*/events/vioapic/guest_access/enable 2>/dev/null; }
check "a trace begins" wait_for 20 tracing
monitor cont
check "the guest boots" wait_for 120 console up
check "and works" wait_for 60 more_rounds 3
check "what show says is what QEMU says" agrees kvm$qemu
check "pin 4 goes by edges" sh -c "vioapic show kvm$qemu | grep -q '^  4 .* edge .* unmasked'"
check "and one by levels" sh -c "vioapic show kvm$qemu | grep -v '^  9 ' | grep -q ' level .* unmasked'"
check "nothing has changed it behind its back" vioapic check kvm$qemu
check "its state can be saved" sh -c "vioapic save kvm$qemu >/tmp/state && [ -s /tmp/state ]"
check "and is not restored: it is the VMM's" says "only its VMM" vioapic restore kvm$qemu /tmp/state
check "takeover is refused" says "watched already" vioapic takeover kvm$qemu
check "release is refused" says "vioapic kvm detach" vioapic release kvm$qemu
check "release --all leaves it" vioapic release --all
check "sim destroy does, too" says "no simulated I/O APIC" vioapic sim destroy kvm$qemu
check "it is listed still" listed kvm$qemu
rmmod vioapic_kvm 2>/dev/null
report $(($? == 0)) "rmmod is refused"
monitor stop
check "the VM stops" wait_for 20 grep -q stop /tmp/monitor.out
sleep 0.3
accesses=$(total kvm$qemu)
check "hundreds of accesses were counted" test "$accesses" -ge 300
traced() { [ "$(grep -cE "kvm$qemu +(read|write) " /tmp/trace)" -eq "$accesses" ]; }
check "every one of them was traced" wait_for 20 traced
note "$accesses accesses; $(grep -E 'route pin' /tmp/trace | tail -n 2 | tr '\n' ';')"
check "with route changes" test "$(grep -c 'route pin' /tmp/trace)" -eq "$(vioapic stats --json kvm$qemu | sed -n 's/^ *"routes": \([0-9]*\),$/\1/p')"
check "none was lost" test "$(grep -c lost /tmp/trace)" -eq 0
kill $tracer
wait $tracer
monitor cont
check "detached, it goes on" vioapic kvm detach $qemu
check "nothing is listed" test "$(vioapic list | wc -l)" -eq 2
check "vioapic_kvm.ko can go, and come back" sh -c "rmmod vioapic_kvm && insmod $modules/vioapic_kvm.ko"
note "$(cut -d. -f1 /proc/uptime) s"

# --- Every VM of the machine pays for a probe on its EOIs: only while there is an I/O APIC that needs it
tracing=/sys/kernel/tracing
echo probe:mod:vioapic_kvm >$tracing/set_ftrace_filter
echo function >$tracing/current_tracer
probed() { grep -c ': probe ' $tracing/trace; }
check "an I/O APIC of vioapic's comes and goes" "$bin/vmm" foreign
check "EOIs were looked at meanwhile" test "$(probed)" -gt 0
echo >$tracing/trace
check "QEMU's guest works" wait_for 60 more_rounds $(($(rounds) + 3))
check "and its EOIs are not" test "$(probed)" -eq 0
echo nop >$tracing/current_tracer
echo >$tracing/set_ftrace_filter

before=$(rounds) n=0
while [ $n -lt 20 ]; do
	vioapic kvm attach $qemu >/dev/null || break
	vioapic kvm detach $qemu || break
	n=$((n + 1))
done
check "20 times attached and detached by the command" test $n -eq 20
"$bin/vmm" rounds $qemu 200 >/tmp/out 2>&1
report $? "and 200 times by its ioctls, with accesses seen"
note "$(cat /tmp/out)"
check "the guest worked meanwhile" test "$(rounds)" -gt $((before + 3))
note "$(($(rounds) - before)) rounds meanwhile, $(cut -d. -f1 /proc/uptime) s"
check "detached, it goes on" wait_for 60 more_rounds $(($(rounds) + 3))

check "attached again" vioapic kvm attach $qemu
monitor stop
monitor system_reset
witness_reset() { [ "$(witness | grep -c ' 0000000000010000$')" -eq 24 ]; }
check "a reset by the monitor" wait_for 20 witness_reset
says_differs() { ! vioapic check "kvm$qemu" >/tmp/said && grep -q 'differ' /tmp/said; }
check "which no access tells of, is what check finds" says_differs
not_reset() { ioapic_shown "kvm$qemu" | grep -v ioregsel | grep -qv ' 0000000000010000$'; }
is_reset() { ! not_reset; }
check "and what show says" wait_for 20 is_reset
check "and QEMU" agrees kvm$qemu
monitor cont
twice_up() { [ "$(grep -c '^guest: up' /tmp/console)" -eq 2 ]; }
check "it boots once more" wait_for 120 twice_up
echo stop | dd of=/tmp/disk conv=notrunc 2>/dev/null
check "and powers off" wait_for 60 qemu_gone
check "it ended as it should" console ends
check "it never read anything wrong" sh -c "! grep -q 'guest: wrong' /tmp/console"
note "$(grep IO-APIC /tmp/console | tr -d '\r')"
check "with the VM the watch has gone" wait_for 5 gone kvm$qemu

# --- Killed
start_qemu "QEMU starts again"
check "attached" vioapic kvm attach $qemu
begun() { [ "$(total "kvm$qemu")" -gt 20 ]; }
check "the guest begins to boot" wait_for 60 begun
kill -9 $qemu
check "killed" wait_for 20 qemu_gone
check "the watch has gone with it" wait_for 5 gone kvm$qemu
note "$(cut -d. -f1 /proc/uptime) s"

# --- With split irqchip there is nothing to attach to
# Its name is what anybody may choose
odd=/tmp/$(printf 'q"\033\303(')
ln -s "$(command -v qemu-system-x86_64)" "$odd"
check "QEMU with split irqchip, and an odd name" sh -c "'$odd' -L /usr/share/seabios -M pc,accel=kvm,kernel-irqchip=split -cpu host \
	-m 64 -nodefaults -display none -S >/dev/null 2>&1 & echo \$! >/tmp/split"
split=$(cat /tmp/split)
has_split() { vioapic kvm list | grep -q "^$split .* split "; }
check "is listed as that" wait_for 20 has_split
check "and refused" says "no I/O APIC of KVM's" vioapic kvm attach "$split"
check "its name is harmless" sh -c "vioapic kvm list | grep -q '^$split  *q\"??( '"
check "in JSON, too" sh -c "vioapic kvm list --json | grep -q '\"command\": *\"q\\\\\"??(\"'"
kill "$split"

check "minimal VMs: who may, the same accesses, under fire, ends in any order" "$bin/vmm" watch
check "a vCPU that its VMM holds fast: who waits for it can be killed, and holds up nobody" "$bin/vmm" stuck
check "nothing is left" test "$(vioapic list | wc -l)" -eq 2
check "vioapic_kvm.ko goes" rmmod vioapic_kvm
check "the kernel did not complain" dmesg_clean
done_testing
