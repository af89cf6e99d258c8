#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# QEMU's guests on vioapic (tools/qemu), all of them by a user of group kvm who is nobody else: stock kernels on q35 and on microvm,
# with each exit for an I/O APIC counted from their first instruction to their last, and as many boots on QEMU's own I/O
# APICs counted in the same way. Then they reboot, are saved and loaded, migrate between the two, and are reset. One CPU: see
# kvm_linux; a guest can have two.
# 00:10.0, behind an IOMMU, is for a guest.
# boot: smp=1 nested=1 mem=2G guests="6.1 7.3" weight=200 timeout=3600 append=intel_iommu=on modules="vfio-pci vfio_iommu_type1" qemu="-device intel-iommu,intremap=off -blockdev driver=null-co,node-name=given,size=1048576,read-zeroes=on -device virtio-blk-pci,drive=given,iommu_platform=on,disable-legacy=on,addr=10"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2016,SC2154,SC2317 # lib.sh, and what it sets; awk's; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm guests unloaded=vioapic_kvm

dir=/tmp/vm
tracing=/sys/kernel/tracing

# await SECONDS COMMAND..: as wait_for(), and leaves the CPU to the guest
await() {
	await_tries=$(($1 * 10))
	shift
	until "$@"; do
		[ $((await_tries -= 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}

# What a guest does is "do=" of its command line.
make_guests() {
	mkdir -p /tmp/overlay $dir
	cat >/tmp/overlay/init <<-"EOF"
		#!/bin/busybox sh
		export PATH=/bin
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t devtmpfs dev /dev
		mount -t debugfs debugfs /sys/kernel/debug
		mount -t tracefs tracefs /sys/kernel/tracing
		. /load
		for word in $(cat /proc/cmdline); do
			case $word in
			do=* | keys=* | sum=*) eval "$word" ;;
			esac
		done
		say() { echo "guest: $*" >/dev/console; }
		# The disk past its first block, which is for orders; each request waits for the one before
		reads() { [ "$(dd if=/dev/vda bs=16k skip=1 iflag=direct 2>/dev/null | md5sum | cut -d' ' -f1)" = "$sum" ]; }
		ordered() { dd if=/dev/vda bs=512 count=1 iflag=direct 2>/dev/null | grep -q "$1"; }
		read_disk() { if reads; then say "reads right"; else say "reads wrong"; fi; }
		agrees() {
			for name in $(vioapic list | sed -n 's/^\(ioapic[0-9]*\) .*/\1/p'); do
				vioapic check "$name" || return
			done
		}
		# Over the I/O APIC's registers, which it has precedence of, or away: the chipset's own (RCBA)
		# A register of the CMOS clock's, by the ports of its index and its data
		clock() { printf "\\$1\\$2" | dd of=/dev/port bs=2 seek=56 conv=notrunc 2>/dev/null; }
		ticks() { awk '$1 == "8:" { print $2 }' /proc/interrupts; }
		cover() { printf "\\$1\\000\\300\\376" | dd of=/sys/bus/pci/devices/0000:00:1f.0/config bs=1 seek=240 conv=notrunc 2>/dev/null; }
		say "up"
		case $do in
		boot)
			read_disk
			if [ "$(nproc)" -gt 1 ]; then
				irq=$(sed -n 's/^ *\([0-9]*\):.*IO-APIC.*virtio0.*/\1/p' /proc/interrupts)
				echo 2 >/proc/irq/$irq/smp_affinity
				read_disk
				say "on its second CPU: $(awk -v irq="$irq:" '$1 == irq { print $3 }' /proc/interrupts)"
			fi
			if [ -e /dev/vdb ]; then
				say "reads $(dd if=/dev/vdb bs=16k iflag=direct 2>/dev/null | wc -c) of what it was given"
			fi
			# Each press is of so many events
			event=$(awk '/^N: .*[Kk]eyboard/ { found = 1 }
				found && /^H:/ { for (i = 1; i <= NF; i++) if ($i ~ /^event/) { print "/dev/input/" $i; exit } }' \
				/proc/bus/input/devices)
			{ while ! grep -q open /keys; do sleep 0.1; done; say "types"; } &
			{ echo open >/keys; dd bs=24 count=$keys of=/events 2>/dev/null; } <$event
			say "typed $(hexdump -v -e '12/2 "%u " "\n"' /events | awk '$9 == 1 && $10 == 30 && $11 == 1' | wc -l)"
			insmod /vioapic.ko
			vioapic takeover --all
			read_disk
			if agrees; then say "agrees"; else say "differs"; fi >/dev/console
			vioapic release --all
			;;
		reboot)
			read_disk
			if ! ordered stop; then
				say "again"
				reboot -f
			fi
			;;
		loop)
			insmod /vioapic.ko
			vioapic takeover --all
			rte=$(vioapic show --json ioapic0 | grep -A2 '"pin": 8,' | sed -n 's/.*"rte": "\(.*\)".*/\1/p')
			say "bare, clock $((rte & 0xff))"
			until ordered tick || ordered loop; do sleep 0.1; done
			if ordered tick; then
				before=$(ticks)
				clock 012 052 # 64 a second
				clock 013 102
				while ordered tick; do sleep 0.1; done
				# Until it does: the clock's driver may choose another register in between
				until clock 013 002 && after=$(ticks) && sleep 0.2 && [ "$(ticks)" = "$after" ]; do :; done
				say "ticks $((after - before))"
				until ordered cover; do sleep 0.1; done
				cover 001
				if agrees; then say "covered"; fi >/dev/console
				until ordered uncover; do sleep 0.1; done
				cover 000
				if agrees; then say "uncovered"; fi >/dev/console
				until ordered loop; do sleep 0.1; done
			fi
			vioapic release --all
			# Its disk's interrupt takes long: first with the line asserted, then no longer
			irq=$(sed -n 's/^ *\([0-9]*\):.*IO-APIC.*virtio0.*/\1/p' /proc/interrupts)
			insmod /vioapic_slow.ko
			echo virtio0 >/sys/bus/virtio/drivers/virtio_blk/unbind
			echo $irq >/sys/module/vioapic_slow/parameters/irq
			echo virtio0 >/sys/bus/virtio/drivers/virtio_blk/bind
			echo $irq >/sys/module/vioapic_slow/parameters/irq
			round=0
			until ordered stop; do
				reads || say "reads wrong"
				if ordered cover; then
					cover 001
					say "reads on"
				fi
				round=$((round + 1))
				say "round $round"
			done
			;;
		esac
		grep -E ' IO-APIC ' /proc/interrupts >/dev/console
		say "ends"
		poweroff -f
	EOF
	chmod +x /tmp/overlay/init
	(cd /tmp/overlay && echo init | cpio -o -H newc) >/tmp/overlay.cpio 2>/dev/null
	for make_kernel in 6.1 7.3; do
		cat /guests/$make_kernel/initrd /tmp/overlay.cpio >/guests/$make_kernel/complete
		rm /guests/$make_kernel/initrd
		# QEMU puts it at the end of memory, from a page's first byte on; on microvm SeaBIOS has ACPI's tables there before, in
		# the last kilobyte, which shall not be of the last page that is in use.
		make_size=$(wc -c </guests/$make_kernel/complete)
		head -c $((4100 - make_size % 4096)) /dev/zero >>/guests/$make_kernel/complete
	done
	awk 'BEGIN { for (i = 0; i < 32768; i++) printf "%015d\n", i }' >"$dir/disk"
	sum=$(tail -c +16385 "$dir/disk" | md5sum | cut -d' ' -f1)
	cp "$dir/disk" /tmp/disk
}
order() { { echo "$1"; cat /tmp/disk; } | head -c 512 | dd of=$dir/disk conv=notrunc 2>/dev/null; }

# as_vmm ARGUMENT..: QEMU by a user of group kvm, in this shell's place; no argument has a quote
as_vmm() {
	exec su -s /bin/sh -c "exec /qemu/bin/qemu-system-x86_64 -cpu host -nodefaults -display none $(printf "'%s' " "$@")" vmm
}

# start a|b KERNEL MACHINE[,PROPERTY..] DO [ARGUMENT..]: QEMU in the background, as $qemu_a or $qemu_b; its monitor is a pipe, its
# console is $dir/console, to which all add.
# (noxsave: see kvm_watch. lastbus, cryptomgr, sata: a third of a boot's time goes into what is not there.)
start() {
	start_name=$1 start_kernel=$2 start_machine=$3 start_do=$4 start_append=
	shift 4
	# What is zero migrates quickly.
	[ "$start_do" != loop ] || start_append=init_on_free=1
	case $start_machine in
	microvm*)
		start_machine=$start_machine,rtc=on start_keys=12
		set -- -device virtio-blk-device,drive=disk -device virtio-keyboard-device -global virtio-mmio.force-legacy=off "$@" ;;
	*)
		start_machine=$start_machine,sata=off start_keys=18
		set -- -device virtio-blk-pci,drive=disk,romfile= "$@" ;;
	esac
	rm -rf "${dir:?}/$start_name"
	mkdir "$dir/$start_name"
	mkfifo "$dir/$start_name/monitor"
	chown -R vmm $dir
	case $start_name in
	a) exec 7<>"$dir/a/monitor" ;;
	b) exec 8<>"$dir/b/monitor" ;;
	esac
	as_vmm -M "$start_machine,accel=kvm,kernel-irqchip=split" -m 160 -kernel "/guests/$start_kernel/vmlinux" -initrd "/guests/$start_kernel/complete" \
		-append "console=ttyS0 pci=nomsi,lastbus=0 cryptomgr.notests panic=-1 quiet noxsave $start_append do=$start_do keys=$start_keys sum=$sum" \
		-chardev "file,id=console,path=$dir/console,append=on" -serial chardev:console \
		-drive "file=$dir/disk,format=raw,if=none,id=disk,file.locking=off" -monitor stdio "$@" \
		<"$dir/$start_name/monitor" >>"$dir/$start_name/said" 2>"$dir/$start_name/err" &
	eval "qemu_$start_name=\$!"
}
pid() { eval "echo \$qemu_$1"; }
monitor() { case $1 in a) echo "$2" >&7 ;; b) echo "$2" >&8 ;; esac; }
# ask a|b COMMAND: of the monitor; what it says is in said
said() { tr -d '\r' <"$dir/$1/said"; }
answered() { said "$1" | grep -q '^VM status:'; }
ask() {
	: >"$dir/$1/said"
	monitor "$1" "$2"
	monitor "$1" "info status"
	await 60 answered "$1"
}
typing_or_over() { console types || over a; }
# whereabouts: what all have said, and where those that hang do
whereabouts() {
	note "$(head -n 5 $dir/?/err) $(tail -n 3 $dir/?/said) $(tail -n 20 "$dir/console")"
	for whose in a b; do
		over $whose || for what in pic lapic registers registers; do
			ask $whose "info $what"
			note "$whose, $what: $(said $whose | grep -E '^ *pin .*vec|IRR|^(LVTT|Timer|ISR|PPR)|^(RIP|CR2)=' | grep -v masked)"
		done
	done
}
# gives_up WHY: what comes next would only wait
gives_up() {
	whereabouts
	report 1 "$1"
	done_testing
}
# console SENTENCE [COUNT]: a guest has said that (so often)
console() { [ "$(grep -c "^guest: $1" "$dir/console")" -ge "${2:-1}" ]; }
over() { ended "$(pid "$1")"; }

# counts: from here to counted(), what vCPUs leave the guest for that an I/O APIC is concerned by: accesses, by KVM's tracepoint;
# the exits to user space that follow them; and those for EOIs
count() {
	echo 0 >$tracing/tracing_on
	echo >$tracing/trace
	echo 'reason == 6 || reason == 26' >$tracing/events/kvm/kvm_userspace_exit/filter
	echo 1 >$tracing/events/kvm/kvm_mmio/enable
	echo 1 >$tracing/events/kvm/kvm_userspace_exit/enable
	echo 1 >$tracing/tracing_on
}
# counted: "READS WRITES ACCESSES_TO_USER_SPACE EOIS": an access that goes to user space is followed by that exit at once. A read
# that user space has answered is traced a second time.
counted() {
	echo 0 >$tracing/tracing_on
	grep -q '^CPU.*LOST' $tracing/trace && echo "events were lost"
	awk '
		/ kvm_mmio: / {
			ours = $0 ~ / gpa 0xfec[01]0[0-9a-f]* /
			if (ours && / mmio unsatisfied-read /) { reads++; pending[$1]++; }
			else if (ours && / mmio read /) { if (pending[$1]) pending[$1]--; else reads++ }
			else if (ours && / mmio write /) writes++
			last[$1] = ours && !/ mmio read /
		}
		/ kvm_userspace_exit: / {
			if (/\(26\)/) eois++
			else { if (last[$1]) user++; last[$1] = 0 }
		}
		END { print reads + 0, writes + 0, user + 0, eois + 0 }' $tracing/trace
}

# boots KERNEL MACHINE[,PROPERTY..] [ARGUMENT..]: from the first instruction to power-off; the counts in $counts
boots() {
	boots_kernel=$1 boots_machine=$2
	shift 2
	boots_what="guest $boots_kernel, $boots_machine"
	: >"$dir/console"
	count
	start a "$boots_kernel" "$boots_machine" boot "$@"
	await 200 typing_or_over
	check "$boots_what: it wants to be typed on" console types || gives_up "the guest has come so far"
	for _ in 1 2 3; do monitor a "sendkey a"; done
	check "$boots_what: powers off" await 200 over a || gives_up "the guest has ended"
	counts=$(counted)
	wait "$qemu_a"
	report $? "$boots_what: QEMU ends well"
	check "$boots_what: it has read its disk, twice" console "reads right" 2
	check "$boots_what: by a level line" grep -q 'IO-APIC .*-fasteoi .*virtio0' "$dir/console"
	check "$boots_what: it was typed on, three times" console "typed 3"
	check "$boots_what: its own vioapic check agrees" console agrees
	check "$boots_what: it has come to its end" console ends
	note "$(grep -E 'IO-APIC .*virtio' "$dir/console" | tr -d '\r')"
	note "$boots_what: reads writes to-user-space EOIs: $counts; $(cut -d. -f1 /proc/uptime) s"
}
# counts_are AWK: of $1 reads, $2 writes, $3 to user space, $4 EOIs
counts_are() { echo "$counts"; echo "$counts" | awk "{ exit !(NF == 4 && ($1)) }"; }

make_guests
! has_module kvm_amd || check "the emulated CPU is mended, see vioapic_svm.c" insmod "$modules/vioapic_svm.ko"
echo 16384 >$tracing/buffer_size_kb
grep -q ^kvm: /etc/group || echo 'kvm:x:36:' >>/etc/group
grep -q ^vmm: /etc/passwd || echo 'vmm:x:1036:36::/tmp:/bin/sh' >>/etc/passwd
# As udev does it, by the rule that comes with vioapic and by Debian's own
kvms() { chgrp kvm "$1" && chmod 660 "$1"; }
kvms /dev/kvm

# --- Without the module
refused() {
	! (as_vmm -M "$1") >/tmp/said 2>&1 </dev/null
	refused_status=$?
	cat /tmp/said
	[ "$refused_status" -eq 0 ] && [ "$(wc -l </tmp/said)" -eq 1 ] && grep -q "$2" /tmp/said
}
check "who may not open /dev/vioapic_kvm is told so" refused q35,accel=kvm,kernel-irqchip=split,vioapic=on "/dev/vioapic_kvm: Permission denied"
kvms /dev/vioapic_kvm
check "without vioapic_kvm.ko vioapic=on is refused" refused q35,accel=kvm,kernel-irqchip=split,vioapic=on "modprobe vioapic_kvm"
# Two of the four on each host
case $(uname -r) in
6.*) own="6.1=q35 7.3=microvm" ;;
*) own="7.3=q35 6.1=microvm" ;;
esac
for boot in $own; do
	boots "${boot%=*}" "${boot#*=},vioapic=auto"
	check "QEMU's own: each access exits, and each EOI of the disk's" counts_are '$1 > 100 && $2 > 100 && $3 == $1 + $2 && $4 >= 60'
	table="$table $boot own $counts;"
done

# --- On vioapic
check "vioapic_kvm.ko loads" insmod "$modules/vioapic_kvm.ko"
check "with KVM's own I/O APIC there is none" refused q35,accel=kvm,kernel-irqchip=on,vioapic=on "kernel-irqchip=split"
# 6.1 with paravirtual EOI, 7.3 without. With it, an interrupt that is delivered again at once may take an EOI to user space
# (linux/vioapic_kvm.h); that is a few, if any.
# Who may not open the device gets a descriptor of it, and uses it for both of microvm's.
for machine in q35 microvm; do
	opened=
	if [ $machine = microvm ]; then
		opened="-global vioapic.fd=9"
		exec 9<>/dev/vioapic_kvm
		chmod 600 /dev/vioapic_kvm
	fi
	# shellcheck disable=SC2086 # two arguments, or none
	boots 6.1 $machine,vioapic=on $opened
	check "vioapic: no read exits, and no access goes to user space" counts_are '$1 == 0 && $2 > 100 && $3 == 0 && $4 <= 4'
	table="$table 6.1 $machine vioapic $counts;"
	exec 9>&-
	kvms /dev/vioapic_kvm
	boots 7.3 $machine,vioapic=on -cpu host,kvm-pv-eoi=off
	check "vioapic: no read exits, and nothing at all goes to user space" counts_are '$1 == 0 && $2 > 100 && $3 == 0 && $4 == 0'
	table="$table 7.3 $machine vioapic $counts;"
done
# A disk of the VM's, whose line's eventfds vfio-pci has QEMU bind to a pin
give() {
	modprobe vfio-pci
	# The VM's IOMMU remaps no interrupts.
	modprobe vfio_iommu_type1 allow_unsafe_interrupts=1
	echo vfio-pci >"/sys/bus/pci/devices/$given/driver_override"
	echo "$given" >"/sys/bus/pci/devices/$given/driver/unbind"
	echo "$given" >/sys/bus/pci/drivers_probe
	chgrp kvm /dev/vfio/[0-9]* && chmod 660 /dev/vfio/[0-9]*
}
given=0000:00:10.0
check "vfio-pci takes a disk" give
# shellcheck disable=SC3045 # busybox has it; all of a guest's memory is locked for that disk
ulimit -l unlimited
boots 7.3 q35,vioapic=on -cpu host,kvm-pv-eoi=off -smp 2 -device vfio-pci,host=$given
check "a guest with two CPUs, and with a disk by vfio-pci: it is the same" counts_are '$1 == 0 && $2 > 100 && $3 == 0 && $4 == 0'
check "it has read its disk by interrupts of its second CPU" console "on its second CPU: [1-9]"
check "and that which it was given" console "reads 1048576 of what it was given"
check "by a level line, of 64 interrupts or more" awk '/IO-APIC .*fasteoi .*virtio1/ { n = $2 + $3 } END { exit n < 64 }' "$dir/console"
table="$table 7.3 q35,2 vioapic $counts;"
note "reads writes to-user-space EOIs:$table"

# --- From the start again
# reboots KERNEL MACHINE COUNT: in turns by the guest, and by the monitor while the guest reads its disk
reboots() {
	: >"$dir/console"
	order go
	start a "$1" "$2" reboot
	reboots_n=1 reboots_hung=0
	while [ $reboots_n -le $(($3 + 1)) ]; do
		await 120 came_up $reboots_n
		if console up $reboots_n; then
			[ $((reboots_n % 2)) -eq 0 ] || [ $reboots_n -gt "$3" ] || monitor a system_reset
			reboots_n=$((reboots_n + 1))
		elif [ $reboots_hung -eq 0 ] && ! over a; then
			# One of some hundred does, why is not known: emulated SVM loses interrupts, see tools/vm/vm.sh
			reboots_hung=1
			note "guest $1, $2: boot $reboots_n of $(($3 + 1)) hangs, and is reset"
			whereabouts
			monitor a system_reset
		else
			gives_up "guest $1, $2: reboot $reboots_n of $3"
		fi
	done
	order stop
	await 200 over a || gives_up "guest $1, $2: powers off"
	wait "$qemu_a"
	report $? "guest $1, $2: $3 reboots, and QEMU ends well"
	check "it has booted $(($3 + 1)) times" console up $(($3 + 1))
	check "the last time to its end" console ends
	check "never has it read anything wrong" never_wrong
	note "$(grep -c '^guest: up' "$dir/console") boots, $(grep -c '^guest: reads right' "$dir/console") reads; $(cut -d. -f1 /proc/uptime) s"
}
came_up() { console up "$1" || over a; }
never_wrong() { ! grep -q '^guest: reads wrong' "$dir/console"; }
# (Not on microvm: QEMU 7.2's hangs after a guest's own reboot, on QEMU's own I/O APICs, too.)
reboots 6.1 q35,vioapic=on 20

# --- There and back
in_service() { said "$1" | grep '^ *Remote IRR' | grep -vq none; }
# hold a|b: the guest stops with a level interrupt in service
hold() {
	for _ in $(seq 200); do
		held=$((held + 1))
		ask "$1" stop
		ask "$1" "info pic" || return 1
		in_service "$1" && return
		monitor "$1" cont
		sleep 0.05 # is the guest's
	done
	return 1
}
registers() { said "$1" | grep -E '^ioapic|^ *pin |IRR'; }
rounds() { grep -c '^guest: round' "$dir/console"; }
more_rounds() { [ "$(rounds)" -gt "$1" ] || over "$2"; }
# hop FROM TO on|off: says why, if it does not arrive
hop() {
	hop_reason="the other QEMU does not wait for it"
	start_loop "$2" "$3" -incoming defer
	shared "$2"
	monitor "$2" "migrate_incoming unix:$dir/$2/socket"
	await 60 test -S "$dir/$2/socket" || return
	hop_reason="it is never in service"
	hold "$1" || return
	registers "$1" >"$dir/before"
	hop_reason="it is not sent"
	ask "$1" "migrate unix:$dir/$2/socket" && ask "$1" "info migrate" && said "$1" | grep -q '^Migration status: completed' || return
	hop_reason="its registers are others there"
	ask "$2" "info pic" && registers "$2" >"$dir/after" && diff "$dir/before" "$dir/after" || return
	monitor "$1" quit
	hop_reason="the QEMU that it came from ends badly"
	await 60 over "$1" && wait "$(pid "$1")" || return
	hop_reason="it does not go on"
	hop_rounds=$(rounds)
	monitor "$2" cont
	await 60 more_rounds "$hop_rounds" "$2"
	[ "$(rounds)" -gt "$hop_rounds" ]
}
# start_loop a|b on|off [ARGUMENT..]: the HPET would take the CMOS clock's ticks, of which QEMU shall make up for those that are
# lost, and say (to err) what came of each. Its memory is in a file that the next one has, too.
start_loop() {
	loop_name=$1 loop_vioapic=$2
	shift 2
	start "$loop_name" 6.1 "q35,hpet=off,memory-backend=ram,vioapic=$loop_vioapic" loop -rtc driftfix=slew -trace "*_get_irq_delivered" \
		-object memory-backend-file,id=ram,size=160M,mem-path=$dir/ram,share=on "$@"
}
# shared a|b: its memory stays where it is when it migrates
shared() { monitor "$1" "migrate_set_capability x-ignore-shared on"; }
: >"$dir/console"
order go
start_loop a on
await 200 console bare || gives_up "a guest that is to migrate boots"

# --- Ticks of its CMOS clock
# outcomes 0|1: how many were not delivered, or were
outcomes() { grep -c "_get_irq_delivered .* $1\$" "$dir/a/err"; }
many() { [ "$(outcomes "$1")" -ge "$2" ]; }
# virqs EVENT PATTERN: by KVM's tracepoints, its local APIC has taken, or has had delivered; those that come once more because an
# exit was in between do not count
virqs() { grep " $1: " $tracing/trace | grep -v reinjected | grep -c "$2"; }
vector=$(sed -n 's/^guest: bare, clock \([0-9]*\).*/\1/p' "$dir/console")
echo 0 >$tracing/tracing_on
echo >$tracing/trace
for event in kvm_apic_accept_irq kvm_inj_virq; do echo 1 >$tracing/events/kvm/$event/enable; done
echo 1 >$tracing/tracing_on
order tick
await 60 many 1 5
monitor a stop
await 60 many 0 5
monitor a cont
check "ticks that find the one before not over are told as that" many 0 5
order go
await 60 console ticks
echo 0 >$tracing/tracing_on
for event in kvm_apic_accept_irq kvm_inj_virq; do echo 0 >$tracing/events/kvm/$event/enable; done
ticks=$(sed -n 's/^guest: ticks \([0-9]*\).*/\1/p' "$dir/console")
check "those that its local APIC took, and no others, are told as delivered" test "$(outcomes 1)" -eq "$(virqs kvm_apic_accept_irq " vec $vector ")"
# Two are one if the guest reads the clock's register by itself, past its interrupt, in between
check "and those that it had delivered, the guest has counted" test "$ticks" -eq "$(virqs kvm_inj_virq "IRQ $(printf %#x "$vector")\$")"
note "ticks delivered $(outcomes 1), not $(outcomes 0), counted $ticks"

# --- The read-only slot follows the guest's memory map: the guest puts other registers over the I/O APIC's, and takes them away
mapped() { ask a "info mtree -f" && said a | grep -q '^ *00000000fec00000-00000000fec00fff .*: vioapic'; }
unmapped() { ! mapped && answered a; }
check "the registers are in the guest's memory" mapped
count
order cover
await 60 console covered
check "covered by others, they are not" unmapped
counts=$(counted)
check "and reads exit" counts_are '$1 > 50 && $3 == 0'
count
order uncover
await 60 console uncovered
check "uncovered, they are again" mapped
counts=$(counted)
check "the guest has looked at all of them, and agrees" console uncovered
check "by reads that do not exit" counts_are '$1 == 0 && $2 > 50'

# --- Saved and loaded, in a file that QEMU puts over the disk for that
goes_on() {
	on_rounds=$(rounds)
	monitor a cont
	await 60 more_rounds "$on_rounds" a && [ "$(rounds)" -gt "$on_rounds" ]
}
loaded() {
	ask a stop && ask a "loadvm held" && ! said a | grep -q '^Error' &&
		ask a "info pic" && registers a >"$dir/after" && diff "$dir/before" "$dir/after"
}
n=0 held=0
order loop
await 60 more_rounds 0 a
ask a "snapshot_blkdev disk $dir/disk.qcow2 qcow2"
hold a || gives_up "it is never in service"
registers a >"$dir/before"
ask a "savevm held"
check "saved with a level interrupt in service, it goes on" goes_on
check "loaded, its registers are those" loaded
check "and it goes on" goes_on

shared a
while [ $n -lt 20 ]; do
	hop a b off || { note "there, $n: $hop_reason"; break; }
	hop b a on || { note "back, $n: $hop_reason"; break; }
	n=$((n + 1))
done
[ $n -eq 20 ] || gives_up "20 times to QEMU's own I/O APIC and back, each time with a level interrupt in service"
report 0 "20 times to QEMU's own I/O APIC and back, each time with a level interrupt in service"
note "stopped $held times; $(rounds) rounds; $(cut -d. -f1 /proc/uptime) s"

# --- Reset, with a level interrupt in service, and while others' registers are over its own
was_reset() { ask a "info status" && said a | grep -q prelaunch; }
at_rest() { ask a "info pic" && [ "$(said a | grep -c '^ *pin .* masked')" -eq 24 ] && ! in_service a; }
order cover
await 60 console "reads on"
hold a || gives_up "it is never in service"
check "covered by others, it reads on" unmapped
monitor a system_reset
await 60 was_reset
check "after a reset all pins are masked, and none is in service" at_rest
check "and the registers are in the guest's memory again" mapped
order loop
monitor a cont
await 200 console bare 2 || gives_up "it boots again"
check "it boots again, and reads its disk" goes_on
order stop
await 60 over a || gives_up "it powers off"
wait "$qemu_a"
report $? "it powers off"
check "it has come to its end" console ends
check "never has it read anything wrong" never_wrong
check "nothing is left" test "$(vioapic list | wc -l)" -eq 2
check "vioapic_kvm.ko goes" rmmod vioapic_kvm
! has_module vioapic_svm || note "exits of which something was left behind: $(cat /sys/module/vioapic_svm/parameters/mended)"
check "the kernel did not complain" dmesg_clean
done_testing
