#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2054,SC2094,SC2317 # commas in arguments; pipes opened at both ends; traps
# vm.sh: boots a stock Debian kernel in QEMU with vioapic.ko loaded and the tools in PATH, and runs a command.
#
# stdout and stderr are the command's and nothing else's; the exit status is the command's, or
#	124  the VM hung and was killed    125  the VM died, or could not be had
# Everything is set by the environment (`make vm` passes its variables on as they are):
#	RUN=cmd         for /bin/sh -c; without it a shell on the VM's console (a script, if stdin is no terminal)
#	KERNEL=6.1      6.1, 6.1-cloud, 6.1-rt, 6.12, .., or one that finds more, kasan or kcsan; tools/vm/kernels.sh has all
#	SMP=2 MEM=1G    CPUs and memory
#	EXTRA=dir       is /extra in the VM, where /selftests has the tests, as `make kselftest` installs them
#	PROGS= FILES=   more programs (with their libraries), files and trees of this machine
#	MODULES=        more of the kernel's modules (modprobe finds them)
#	NOMODULE=1      vioapic.ko stays out, and is not built; PARAMS= its parameters
#	NOLOAD=1        vioapic.ko is in /lib/vioapic, and not loaded
#	NOTOOL=1        the vioapic command is not built; NOBUILD=1 takes what has been built before
#	ICOUNT=1        one CPU whose TSC counts instructions, and jumps to its next timer when it is idle; the same from boot to
#			boot, but for what a disk does
#	THREADS=multi   CPUs in parallel; boots with maxcpus=1, the command brings the others online
#	NESTED=1        for guests of the VM's own (modprobe kvm-amd)
#	KIMAGE=1        /boot/vmlinuz is the kernel (for kexec)
#	GUESTS="6.1"    for guests with these kernels: /qemu/bin has tools/qemu's QEMU, /guests/6.1 vmlinux and initrd, see guest.sh
#	XEN=1           boot under the Xen of the same Debian, as its PV dom0: no -cloud kernel, and MEM=2G
#	XEN=tools       under the newest Debian's Xen, with xl and all that HVM guests need in /xen, to chroot into; MEM=3G
#	BZIMAGE=1       boot vmlinuz as a PC does, with KASLR; otherwise the vmlinux in it, which is quicker
#	MACHINE=q35     or microvm, which has a second I/O APIC; or q35-id2, whose I/O APIC has ID 2 and not 0
#	ROOT=image      the command runs in the Debian in this ext4 image, by its systemd, when all else of it is up. The image
#			stays as it is; implies NOMODULE, as all that there is of vioapic in there is what was installed
#	DISK=0          no disk; otherwise /dev/vda, 8 MiB, of which /etc/vioapic-disk.sha256 is the checksum
#	APPEND=         more kernel parameters
#	QEMU_ARGS=      more arguments of QEMU's, split like shell words; -append among them adds to ours
#	TIMEOUT=300     seconds after which a VM counts as hung; what it had to wait for CPUs of this machine's is not counted
#	LOG=file        where the console goes; default build/logs/
# In the VM, `hmp sendkey a` talks to QEMU's monitor, and /etc/vioapic-kernel names the kernel.
set -u

die() { echo "vm.sh: $*" >&2; exit 125; }

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}
kernel_name=${KERNEL:-6.12}
smp=${SMP:-2}
limit=${TIMEOUT:-300}
[[ -z ${EXTRA:-} || -d $EXTRA ]] || die "EXTRA=$EXTRA is no directory"

interactive=
if [[ -z ${RUN:-} ]]; then
	if [[ -t 0 ]]; then interactive=1; else RUN=$(cat); fi
	[[ -n $interactive || -n $RUN ]] || die "nothing to run: RUN is empty, and so is stdin"
fi

# Talk of the builders' goes to stderr, whatever they think of stdout.
kernel=$("$here/fetch.sh" "$kernel_name") || exit 125
if [[ -n ${ROOT:-} ]]; then
	[[ -z $interactive ]] || die "ROOT= needs a command to RUN"
	[[ -e $ROOT ]] || die "no ROOT=$ROOT"
	NOMODULE=1 NOTOOL=1
	export MODULES="ext4 ${MODULES:-}"
fi
base=$("$here/base.sh" "$kernel_name") || exit 125
xen_of=$kernel_name
if [[ ${XEN:-} == tools ]]; then
	# On Xen 4.17 an HVM guest's interrupts come by event channels, past its I/O APIC, if it knows of Xen.
	# shellcheck source=tools/vm/kernels.sh
	. "$here/kernels.sh"
	xen_of=$(kernel_names everything | tail -n 1)
fi
[[ -z ${XEN:-} ]] || xen=$("$here/xen.sh" "$xen_of") || exit 125
[[ ${XEN:-} != tools ]] || xentools=$("$here/xentools.sh" "$xen_of") || exit 125
[[ -z ${GUESTS:-} ]] || patched_qemu=$("$top/tools/qemu/build.sh") || exit 125
"$here/need.sh" qemu-system-x86 cpio >&2 || exit 125
if [[ -z ${NOBUILD:-} ]]; then
	[[ -n ${NOMODULE:-} ]] || "$here/module.sh" "$kernel_name" >&2 || exit 125
	[[ -n ${NOTOOL:-} ]] || "$here/tool.sh" >&2 || exit 125
	"$here/progs.sh" >&2 || exit 125
fi

tmp=$(mktemp -d)
qemu=
cleanup() {
	# Not in a watcher that was ended before it had a trap of its own
	[[ $BASHPID -eq $$ ]] || return
	[[ -z $qemu ]] || kill "$qemu" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The scratch disk: every 16 bytes say which they are, so a misplaced read shows.
disk=$cache/disk.img
if [[ ! -e $disk.sha256 ]]; then
	mkdir -p "$cache"
	seq -f %015.0f 0 524287 >"$tmp/disk" && sha256sum "$tmp/disk" | sed 's, .*,  /dev/vda,' >"$tmp/sum"
	# Whoever else does this at the same time writes the same.
	mv "$tmp/disk" "$disk"
	mv "$tmp/sum" "$disk.sha256" || die "cannot write $disk"
fi

# What changes from run to run, appended to the base: the kernel unpacks one archive after the other.
root=$tmp/root
mkdir -p "$root"/{etc,lib,bin}
[[ -n $interactive ]] || printf %s "$RUN" >"$root/etc/vioapic-run"
printf %s "${PARAMS:-}" >"$root/etc/vioapic-params"
echo "$kernel_name" >"$root/etc/vioapic-kernel"
[[ -z ${NOLOAD:-} ]] || : >"$root/etc/vioapic-noload"
[[ ${DISK:-1} == 0 ]] || cp "$disk.sha256" "$root/etc/vioapic-disk.sha256"
[[ -z ${KIMAGE:-} ]] || { mkdir "$root/boot" && cp -L "$kernel/vmlinuz" "$root/boot"; } || die "no room in $tmp"
# In a Debian there is of vioapic what was installed, and no more.
[[ -n ${ROOT:-} ]] || NOBUILD=1 "$top/selftests/kselftest/install.sh" "$kernel_name" "$root/selftests" >&2 || exit 125
[[ -n ${NOMODULE:-} ]] || ln -s ../selftests/vioapic/modules/"$(<"$kernel/release")" "$root/lib/vioapic"
if [[ -e $top/build/tools/vioapic && -z ${ROOT:-} ]]; then
	# For its libraries
	"$here/copyprog.sh" "$root" "$top/build/tools/vioapic" || exit 125
	ln -sf ../selftests/vioapic/bin/vioapic "$root/bin/vioapic"
fi
cp "$here/demo.sh" "$root/etc/vioapic-demo"
[[ -z ${ROOT:-} ]] || cp "$here/root.sh" "$root/etc/vioapic-root"
[[ -z ${xentools:-} ]] || cp -a "$xentools" "$root/xen" || die "no room in $tmp"
if [[ -n ${GUESTS:-} ]]; then
	# For its libraries
	"$here/copyprog.sh" "$root" "$patched_qemu/bin/qemu-system-x86_64" || exit 125
	{ rm "$root/bin/qemu-system-x86_64" && cp -a "$patched_qemu" "$root/qemu"; } || die "no room in $tmp"
fi
for guest in ${GUESTS:-}; do
	"$here/guest.sh" "$guest" "$root/guests/$guest" >&2 || exit 125
done
[[ -z ${EXTRA:-} ]] || cp -rL "$EXTRA" "$root/extra" || die "cannot copy $EXTRA"
if [[ ${MACHINE:-} == q35-id2 ]]; then
	mkdir -p "$root/kernel/firmware/acpi"
	"$here/madt.sh" "$smp" 2 >"$root/kernel/firmware/acpi/apic.aml" || die "no room in $tmp"
fi
# Without dates and inodes of this machine's: of those the kernel's memory is another, and with that what it counts
find "$root" -exec touch -hd @0 {} +
(cd "$root" && find . -print0 | sort -z | cpio -0 -o -H newc -R 0:0 --reproducible --quiet) | cat "$base" - >"$tmp/initrd" ||
	die "no room in $tmp"

# Users' QEMU arguments: their -append joins ours, and what they choose replaces ours.
mapfile -t user < <(printf %s "${QEMU_ARGS:-}" | xargs -r -n1 printf '%s\n')
# The kernel takes a timer that does not tick ten times at once for none, and panics; that of a VM that has to wait for its
# CPUs does not. (Under KVM it does not look.) Likewise the watchdog, which takes a CPU for stuck, and RCU.
append="console=ttyS0 panic=-1 loglevel=${LOGLEVEL:-5} no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300 ${APPEND:-}"
accel=(-accel tcg,thread=single)
machine=${MACHINE:-q35}
machine=${machine%-id2}
sata=off	# looking for disks on an empty controller takes half a second
args=()
for ((i = 0; i < ${#user[@]}; i++)); do
	case ${user[i]} in
	-append) append+=" ${user[++i]:-}"; continue ;;
	-accel|-enable-kvm) accel=() ;;
	*ide-*|*ahci*|-cdrom|-hd?) sata=on ;;
	-M|-machine) [[ ${user[i + 1]:-} != microvm* ]] || machine=microvm ;;
	esac
	args+=("${user[i]}")
done
if [[ -n ${ICOUNT:-} && $ICOUNT != 0 ]]; then
	# And the same from boot to boot: what RDRAND says, of which addresses at random are made, and the date
	accel=(-accel tcg -icount shift=0,sleep=off -seed 1 -rtc base=2026-01-01,clock=vm)
	smp=1
elif [[ ${THREADS:-} == multi ]]; then
	accel=(-accel tcg,thread=multi)
	append+=" maxcpus=1"
fi
# At each VMRUN and VMEXIT QEMU writes its word of pending interrupts without a lock, and what its timers' thread sets
# there in just that moment is lost: a CPU that then halts sleeps for ever, or until another interrupt comes. So there
# shall always be another: each CPU's timer ticks by itself; or, of one CPU, whose guests shall have fine timers, the
# CMOS clock does (without the HPET, which would be in its place).
if [[ -n ${NESTED:-} && $smp -eq 1 ]]; then
	machine+=,hpet=off
	append+=" rig.tick"
elif [[ -n ${NESTED:-} ]]; then
	append+=" nohz=off highres=off"
fi
# A CPU whose guest waits does not poll meanwhile: those of this machine that are emulated by one thread would wait, too.
[[ -z ${NESTED:-} ]] || append+=" kvm.halt_poll_ns=0"
bus=pci
image=vmlinux
[[ -z ${BZIMAGE:-} ]] || image=vmlinuz
if [[ $machine == microvm* ]]; then
	bus=device
	[[ -n ${ICOUNT:-} ]] || append+=" tsc_early_khz=$("$cache/base/tsc")"
	machine=microvm,acpi=on,isa-serial=on,pic=on,pit=on,rtc=on,ioapic2=on${machine#microvm}
elif [[ $machine == q35 ]]; then
	machine+=,sata=$sata
fi

if [[ ${DISK:-1} == 0 ]]; then root_disk=vda; else root_disk=vdb; fi
[[ -z ${ROOT:-} ]] || append+=" rig.root=/dev/$root_disk"
boot=(-kernel "$kernel/$image" -initrd "$tmp/initrd" -append "$append")
# Without cmpxchg16b: QEMU 7.2 leaves an operand in the flags behind it, which a pushf shows, and an interrupt in just
# that moment brings it back as EFLAGS: now and then a VM dies in the slab allocator.
cpu=EPYC-Rome,-cx16
if [[ -n ${XEN:-} ]]; then
	# Modules are separated by commas. Xen 4.17 dies of what it cannot virtualise of this CPU under TCG.
	boot=(-kernel "$xen" -append "console=com1 com1=115200,8n1 dom0_mem=1024M cpuidle=0"
	      -initrd "$kernel/$image ${append/console=ttyS0/console=hvc0},$tmp/initrd")
	cpu+=,-smap,-smep,-umip,-monitor
	# With XSAVE, once an HVM guest runs, programs in dom0 die of registers that were not theirs (QEMU 7.2, Xen 4.20).
	[[ $XEN != tools ]] || cpu+=,-xsave,-avx,-avx2,-fma,-f16c
fi

# watch PID: ends a VM that hangs. What counts is the time that it had the CPUs that it wanted, or wanted none: a machine
# with other things to do is no reason.
watch() {
	local start=$SECONDS waited nap=''
	trap 'kill "$nap" 2>/dev/null; exit' TERM
	while kill -0 "$1" 2>/dev/null; do
		# Before anything of ours runs, the kernel measures its timer, once. If this machine lets it wait just then it
		# gives the timer up, and waits for it for ever.
		if grep -qs 'APIC frequency too slow, disabling apic timer' "$log"; then
			: >"$tmp/untimed"
			kill -KILL "$1" 2>/dev/null
			return
		fi
		# By thread: nanoseconds on a CPU, and ready for one. One that waited for long is one of many, with thread=single.
		waited=$(cat "/proc/$1/task/"*/schedstat 2>/dev/null | sort -k 2nr | awk 'NR == 1 { print int($2 / 1e9) }')
		if [[ $((SECONDS - start - ${waited:-0})) -ge $limit ]]; then
			: >"$tmp/hung"
			kill -TERM "$1" 2>/dev/null
			sleep 5 & nap=$!
			wait $nap
			kill -KILL "$1" 2>/dev/null
			return
		fi
		sleep 1 & nap=$!
		wait $nap
	done
}

logs=$top/build/logs
mkdir -p "$logs"
log=${LOG:-$logs/$(date +%H%M%S)-$kernel_name-$$.log}
: >"$log" || die "cannot write $log"
qemu_cmd=(
	qemu-system-x86_64 -M "$machine" "${accel[@]}" -cpu "$cpu" -smp "$smp" -m "${MEM:-1G}"
	-nodefaults -no-user-config -display none -no-reboot
	"${boot[@]}"
	# The VM's ends of these are in init.c.
	-chardev "file,id=out,path=$tmp/out" -device isa-debugcon,iobase=0xe9,chardev=out
	-chardev "file,id=err,path=$tmp/err" -device isa-debugcon,iobase=0xea,chardev=err
	-chardev "file,id=verdict,path=$tmp/verdict" -device isa-debugcon,iobase=0xeb,chardev=verdict
	-device isa-debug-exit,iobase=0xf4,iosize=4
	# QEMU talks to itself here: hmp.c's serial port is a client of the monitor.
	-chardev "socket,id=mon,path=$tmp/hmp,server=on,wait=off" -mon chardev=mon,mode=readline
	-chardev "socket,id=hmp,path=$tmp/hmp" -device isa-serial,index=3,chardev=hmp
)
[[ ${DISK:-1} == 0 ]] || qemu_cmd+=(
	-drive "id=disk,file=$disk,format=raw,if=none,snapshot=on,file.locking=off" -device "virtio-blk-$bus,drive=disk")
[[ -z ${ROOT:-} ]] || qemu_cmd+=(
	-drive "id=root,file=$ROOT,format=raw,if=none,snapshot=on,file.locking=off" -device "virtio-blk-$bus,drive=root")

# What comes out of the VM passes through these. The spare writer (3, 4) is held until QEMU has
# ended, so the readers find their end of file even if QEMU never opened its ends.
mkfifo "$tmp/out" "$tmp/err" || die "no room in $tmp"
exec 3<>"$tmp/out" 4<>"$tmp/err" 5<"$tmp/out" 6<"$tmp/err"
cat <&5 3>&- 4>&- 6>&- & readers=$!
cat <&6 >&2 3>&- 4>&- 5>&- & readers+=" $!"
exec 5>&- 6>&-

if [[ -n $interactive ]]; then
	qemu_cmd+=(-chardev "stdio,id=con,mux=on,signal=off,logfile=$log" -serial chardev:con "${args[@]}")
	"${qemu_cmd[@]}" 3>&- 4>&-
	status=$?
else
	qemu_cmd+=(-chardev "file,id=con,path=$log" -serial chardev:con "${args[@]}")
	for try in 1 2 3; do
		rm -f "$tmp/untimed"
		"${qemu_cmd[@]}" </dev/null >"$tmp/qemu" 2>&1 3>&- 4>&- & qemu=$!
		watch "$qemu" & watcher=$!
		wait "$qemu"
		status=$?
		qemu=
		kill "$watcher" 2>/dev/null
		wait "$watcher" 2>/dev/null
		# Or it was reset before its kernel had said a word, as of microvm's under QEMU 10 and load some are: none of
		# what is tested was in it yet.
		[[ $status -ne 0 || -s $log || -s $tmp/verdict ]] || : >"$tmp/untimed"
		[[ -e $tmp/untimed && $try -lt 3 ]] || break
		: >"$log"
	done
fi
exec 3>&- 4>&-
# shellcheck disable=SC2086 # two numbers
wait $readers

verdict=$(cat "$tmp/verdict" 2>/dev/null)
[[ $verdict == "exit "* ]] && exit "${verdict#exit }"
if [[ -e $tmp/hung ]]; then
	echo "vm.sh: the VM ($kernel_name) hung and was killed after $limit s; the end of its console, $log:" >&2
	tail -n 15 "$log" >&2
	exit 124
fi
echo "vm.sh: the VM ($kernel_name) died without a verdict (QEMU: status $status); its last words, $log:" >&2
grep -v "TCG doesn't support" "$tmp/qemu" 2>/dev/null | tail -n 5 >&2
# A crash is told best by its beginning.
crash=$(grep -m1 -n -E 'BUG:|Oops|Kernel panic|general protection|double fault' "$log" | cut -d: -f1)
if [[ -n $crash ]]; then
	tail -n "+$crash" "$log" | head -n 25 >&2
else
	tail -n 15 "$log" >&2
fi
exit 125
