# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034 # used by who sources this
# machine.sh: what a test needs of the machine that it runs on, and how that looks afterwards. A part of lib.sh.
#
#	disturbs "takes over the I/O APIC"	from here on it runs only if VIOAPIC_DISTURB=1
#	needs module cpus=2 serial		without one of these it is skipped
#
# VIOAPIC_RIG=1: this machine was booted for this test, and ends with it. What it needs has to be there, and nobody tidies up.

tree=${VIOAPIC_TREE:-$(cd "$(dirname "$0")" && pwd)}
test_name=$(basename "$0" .sh)
bin=$tree/bin
release=$(uname -r)
modules=$tree/modules/$release
# Programs by their names; of these, vioapic is for tests to call so.
PATH=$bin:$PATH

# Each test writes to /tmp as it likes: it has one for itself. own_tmp says why it cannot.
own_tmp=''
if [ -z "$VIOAPIC_RIG$VIOAPIC_OWN_TMP" ] && [ "$(id -u)" -eq 0 ]; then
	case $tree/ in
	*[[:space:]]*) own_tmp="has a space in its name" ;;
	/tmp/*) own_tmp="is in /tmp, which every test has for itself" ;;
	esac
	if [ -z "$own_tmp" ]; then
		export VIOAPIC_OWN_TMP=1
		# shellcheck disable=SC2016 # for the other shell
		exec unshare -m sh -c 'mount -t tmpfs -o mode=1777 vioapic-test /tmp && exec "$0" "$@"' "$0" "$@"
	fi
fi

# disturbs HOW: not to be done to a machine that somebody has other plans for
disturbs() {
	[ -n "$VIOAPIC_DISTURB" ] || skip_all "it $1: runs only if asked, run_kselftest.sh --disturb or VIOAPIC_DISTURB=1"
}

# needs WORD..: see lacking()
needs() {
	for needs_word in "$@"; do
		needs_reason=$(lacking "$needs_word")
		[ -n "$needs_reason" ] || continue
		[ -z "$VIOAPIC_RIG" ] || {
			report 1 "this boot has all that the test needs"
			note "$needs_reason"
			done_testing
		}
		skip_all "$needs_reason"
	done
	[ -n "$VIOAPIC_RIG" ] || trap tidy EXIT
}

# check_if WORD SENTENCE COMMAND..: a check() that can be done only with WORD, of lacking()
check_if() {
	if_reason=$(lacking "$1")
	shift
	if [ -z "$if_reason" ] || [ -n "$VIOAPIC_RIG" ]; then
		check "$@"
	else
		skip "$1" "$if_reason"
	fi
}

has_module() { grep -q "^$1 " /proc/modules; }
# Of vioapic.ko, vioapic_kvm.ko and the tests'
our_modules() { sed -n 's/^\(vioapic[a-z_]*\) .*/\1/p' /proc/modules; }

# lacking WORD: says why it is not there, and what to do about it; nothing, if it is there
lacking() {
	lacking_value=${1#*=}
	case $1 in
	# Is there, and at rest; and modules of the tree for this kernel
	module) module_lacking ;;
	# The test loads vioapic.ko, or the one that is named, itself
	unloaded) ! has_module vioapic || echo "vioapic.ko is loaded, which it wants to do itself: rmmod vioapic" ;;
	unloaded=*) ! has_module "$lacking_value" || echo "$lacking_value.ko is loaded, which it wants to do itself: rmmod $lacking_value" ;;
	cpus=*)
		lacking_cpus=$(sed 's/.*[-,]//' /sys/devices/system/cpu/present)
		[ "$lacking_cpus" -ge $((lacking_value - 1)) ] || echo "this machine has $((lacking_cpus + 1)) CPUs, it needs $lacking_value" ;;
	# A user of this name, who gets at the tree. (In a VM of the rig there is none yet.)
	nobody)
		[ -z "$VIOAPIC_RIG" ] || grep -q ^nobody: /etc/passwd || echo 'nobody:x:65534:65534:nobody:/tmp:/bin/sh' >>/etc/passwd
		as_nobody test -x "$bin/vioapic" || echo "there is no user nobody who can read $tree" ;;
	kvm)
		modprobe -q kvm-amd 2>/dev/null || modprobe -q kvm-intel 2>/dev/null
		[ -c /dev/kvm ] || echo "there is no /dev/kvm: no virtualisation here, or off in the firmware" ;;
	# The kernel's image, for guests and kexec; in $image
	image) [ -r "$image" ] || echo "no image of this kernel at /boot/vmlinuz-$release" ;;
	# Others' kernels, and a QEMU that has vioapic
	guests) [ -x /qemu/bin/qemu-system-x86_64 ] && [ -d /guests ] || echo "there are no guests for it at /guests, nor their QEMU at /qemu: only in a VM of tools/vm/vm.sh" ;;
	icount) "$bin/icount" || echo "the TSC does not count instructions: only QEMU's -icount shift=0 makes it so" ;;
	# QEMU's monitor; the disk that says of each of its bytes which it is: tools/vm/vm.sh gives both to a VM
	hmp) command -v hmp >/dev/null || echo "QEMU's monitor cannot be talked to from here: only in a VM of tools/vm/vm.sh" ;;
	disk) [ -b /dev/vda ] && [ -r /etc/vioapic-disk.sha256 ] || echo "there is no test disk at /dev/vda: only in a VM of tools/vm/vm.sh" ;;
	# It boots again and again, into this test
	rig) [ -n "$VIOAPIC_RIG" ] || echo "only the rig can boot a machine for it: make check TESTS=$test_name" ;;
	# A UART, ttyS0, that the test may write to
	serial) [ "$(cat /sys/class/tty/ttyS0/type 2>/dev/null || echo 0)" -gt 0 ] || echo "there is no serial port at ttyS0" ;;
	dom0) modprobe -q xen-privcmd 2>/dev/null; [ -c /dev/xen/privcmd ] || echo "this is no dom0 of Xen's" ;;
	# vioapic list has a line with this
	listed=*) vioapic list | grep -Eq -e "$lacking_value" || echo "vioapic list has no I/O APIC as '$lacking_value'" ;;
	parameter=*)
		case " $(cat /proc/cmdline) " in
		*" $lacking_value"[\ =]*) ;;
		*) echo "the kernel was not booted with $lacking_value" ;;
		esac ;;
	kernel=*)
		[ "$(printf '%s\n' "$lacking_value" "$release" | sort -V | head -n 1)" = "$lacking_value" ] ||
			echo "it is for kernels from $lacking_value on" ;;
	command=*) command -v "$lacking_value" >/dev/null || echo "there is no command $lacking_value" ;;
	file=*) [ -e "$lacking_value" ] || echo "there is no $lacking_value" ;;
	*) echo "machine.sh knows nothing of $1" ;;
	esac
}

module_lacking() {
	if [ ! -d "$modules" ]; then
		echo "this tree has no modules for $release: make kselftest KDIR=/lib/modules/$release/build"
	elif ! has_module vioapic; then
		echo "vioapic.ko is not loaded: modprobe vioapic"
	elif ! vioapic list >/dev/null 2>&1; then
		echo "vioapic list does not work: $(vioapic list 2>&1 | head -n 1)"
	elif [ "$(our_modules | grep -cvx 'vioapic\|vioapic_kvm')" -ne 0 ]; then
		echo "modules of tests are loaded: rmmod $(our_modules | grep -vx 'vioapic\|vioapic_kvm' | xargs)"
	elif [ "$(vioapic list | awk 'NR > 1 && $7 != "released"' | wc -l)" -ne 0 ]; then
		echo "vioapic is at work here, see vioapic list: release, destroy and detach all, then test"
	else
		for lacking_dir in debug/vioapic config/vioapic tracing/events; do
			[ -d "/sys/kernel/$lacking_dir" ] || echo "there is no /sys/kernel/$lacking_dir: mount -t ${lacking_dir%/*}fs none /sys/kernel/${lacking_dir%/*}"
		done | sed 's/tracingfs/tracefs/' | head -n 1
	fi
}

# tidy: ends what the test has started and not ended; modules are loaded, CPUs online and I/O APICs there as the test has found
# them. None was simulated or taken over then, see module_lacking().
tidy() {
	tidy_status=$?
	trap - EXIT
	[ "$tidy_status" -ne 4 ] || exit 4
	read -r tidy_children 2>/dev/null <"/proc/$$/task/$$/children"
	# shellcheck disable=SC2086 # several
	[ -z "$tidy_children" ] || kill $tidy_children
	for tidy_cpu in $tidy_cpus; do
		[ "$(cat "$tidy_cpu")" -eq 1 ] || echo 1 >"$tidy_cpu"
	done
	{
		# Drivers of pins before their I/O APICs
		for tidy_module in $(our_modules | grep -vx 'vioapic'); do
			echo "$tidy_modules" | grep -qx "$tidy_module" || rmmod "$tidy_module"
		done
		vioapic sim destroy --all
		vioapic release --all
		if ! echo "$tidy_modules" | grep -qx vioapic; then
			rmmod vioapic
		elif ! has_module vioapic; then
			modprobe vioapic || insmod "$modules/vioapic.ko"
		fi
	} >/dev/null 2>&1
	exit $tidy_status
}

image=/boot/vmlinuz-$release
[ -z "$VIOAPIC_RIG" ] || image=/boot/vmlinuz
if [ -z "$VIOAPIC_RIG" ]; then
	tidy_modules=$(our_modules)
	tidy_cpus=$(grep -lx 1 /sys/devices/system/cpu/cpu*/online 2>/dev/null)
	trap 'exit 143' HUP INT TERM
fi
