#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tree of `make kselftest` as others get it: a tarball, unpacked in a VM that has nothing else of the rig's, and run by its
# own run_kselftest.sh, by busybox and by what Debian has instead. What it says is read by prove.
# boot: kernels=6.12 weight=50
# shellcheck disable=SC2317 # called by check
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
# shellcheck source=selftests/tap.sh
. selftests/tap.sh

kernel=${KERNEL:-6.12}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
tools/vm/need.sh perl kmod dash busybox-static >&2 || exit 1
PATH=$PATH:/usr/sbin:/sbin

# --- What is in it
installed() { make kselftest INSTALL_PATH="$tree" KDIR="$kernel"; }
listed() { sed -n 's/^vioapic:/vioapic\//p' "$tree/kselftest-list.txt"; }
all_listed() { diff <(listed) <(cd selftests/vm && printf 'vioapic/%s\n' *.sh); }
are_programs() {
	local test
	while read -r test; do
		if [[ ! -x $tree/$test ]] || ! head -n 1 "$tree/$test" | grep -qx '#!/bin/sh'; then
			echo "$test"
			return 1
		fi
	done < <(listed)
}
# Whatever is named by where the rig has it is not found elsewhere.
no_path_of_the_rig() { ! grep -vE '^[[:space:]]*#' "$tree"/vioapic/*.sh | grep -E '(^|[^.$"[:alnum:]])/(selftests|lib/vioapic)/'; }
all_say_needs() { ! (cd "$tree" && listed | xargs grep -L '^needs ') | grep .; }
parsed_by() {
	local script
	for script in "$tree"/*.sh "$tree"/vioapic/*.sh; do
		"$@" -n "$script" || return 1
	done
}
tests_modules() { find "$tree/vioapic/modules" -name '*.ko' ! -name vioapic.ko ! -name vioapic_kvm.ko; }
are_marked() {
	local module n=0
	for module in $(tests_modules); do
		[[ $(modinfo -F test "$module") == Y ]] || { echo "$module"; return 1; }
		n=$((n + 1))
	done
	[[ $n -ge 8 ]]
}
others_are_not() { [[ -z $(modinfo -F test "$tree"/vioapic/modules/*/vioapic.ko "$tree"/vioapic/modules/*/vioapic_kvm.ko) ]]; }

check "make kselftest" installed
check "all tests are in its list" all_listed
check "each is a program" are_programs
check "none names a path that only the rig has" no_path_of_the_rig
check "each says what it needs of its machine" all_say_needs
check "dash can parse them" parsed_by dash
check "busybox sh can, too" parsed_by busybox sh
check "test modules are marked as such" are_marked
check "the others are not" others_are_not
check "settings have a time limit" grep -Eq '^timeout=[0-9]+$' "$tree/vioapic/settings"
check "config is of options" bash -c "! grep -vE '^CONFIG_[A-Z0-9_]+=[ym]$' '$tree/vioapic/config'"
mkdir "$work/extra"
check "a tarball" tar -C "$work" -czf "$work/extra/tree.tar.gz" tree

# --- In the VM. Each run's output is between two lines of ours.
cat >"$work/extra/first" <<'END'
mkdir /opt && cd /opt && tar -xzf /extra/tree.tar.gz && cd tree || exit 1
# Nothing else of the rig's
rm -rf /selftests /lib/vioapic /bin/vioapic /etc/vioapic-kernel
begin() { echo "=== $1"; }
end() { echo "=== status $?"; }
state() { cut -d' ' -f1 /proc/modules | grep vioapic; cat /sys/devices/system/cpu/online; ls /sys/kernel/config/vioapic /tmp; }
END
cat "$work/extra/first" - >"$work/extra/busybox" <<'END'
state >/run/before
mv /lib/modules/*/kernel/kvm*.ko /bin/hmp /run # no KVM, and no monitor
begin list; ./run_kselftest.sh --list; end
begin help; ./run_kselftest.sh -h; end
begin dry; ./run_kselftest.sh -d -c vioapic -S vioapic:boot.sh; end
begin wrong-test; ./run_kselftest.sh -t vioapic:nothing.sh 2>&1; end
begin wrong-collection; ./run_kselftest.sh -c kvm 2>&1; end
begin wrong-option; ./run_kselftest.sh --nothing 2>&1; end
begin plain; ./run_kselftest.sh; end
begin disturb; ./run_kselftest.sh -D -t vioapic:state_sim.sh -t vioapic:trace.sh -t vioapic:hotplug.sh; end
state >/run/after
begin state; diff /run/before /run/after; end
begin tainted; [ $(($(cat /proc/sys/kernel/tainted) >> 18 & 1)) -eq 1 ]; end
begin summary; ./run_kselftest.sh -s -t vioapic:boot.sh -t vioapic:suspend.sh; end
begin log; cat output.log; end
begin timeout; ./run_kselftest.sh -o 1 -D -t vioapic:sim_irq.sh; end
state >/run/after
begin state-timeout; diff /run/before /run/after; end
rmmod vioapic
begin unloaded; ./run_kselftest.sh -t vioapic:boot.sh; end
insmod vioapic/modules/*/vioapic.ko
vioapic/bin/vioapic takeover --all
begin busy; ./run_kselftest.sh -t vioapic:boot.sh; end
vioapic/bin/vioapic release --all
mv vioapic/modules vioapic/modules-of-another
begin other-kernel; ./run_kselftest.sh -t vioapic:boot.sh; end
mv vioapic/modules-of-another vioapic/modules
echo nobody:x:65534:65534:nobody:/run:/bin/sh >>/etc/passwd
begin nobody; su nobody -c 'vioapic/boot.sh'; end
cp -r /opt/tree /tmp/tree
begin in-tmp; /tmp/tree/run_kselftest.sh -t vioapic:boot.sh; end
# What fails is told: by one that expects what is not so
sed -i 's/^check "\/dev\/vioapic is a device".*/check "it is a directory" test -d \/dev\/vioapic/' vioapic/boot.sh
begin failing; ./run_kselftest.sh -t vioapic:boot.sh; end
begin strange; printf '#!/bin/sh\nkill -9 $$\n' >vioapic/boot.sh; ./run_kselftest.sh -t vioapic:boot.sh; end
END
cat "$work/extra/first" - >"$work/extra/debian" <<'END'
ln -sf dash /bin/sh
begin shell; readlink /bin/sh; readlink /bin/awk /bin/sed /bin/insmod /bin/timeout /bin/unshare; end
begin debian; ./run_kselftest.sh -t vioapic:boot.sh -t vioapic:sim_life.sh -t vioapic:sim_ids.sh; end
begin debian-disturb; ./run_kselftest.sh --disturb -t vioapic:state_sim.sh -t vioapic:sim_lines.sh; end
END
# Instead of busybox's
debian="dash sed grep mawk awk cat cut dd /usr/bin/echo env sort head tail seq tr wc stat /usr/bin/test /usr/bin/[
	sleep mkdir rmdir mktemp /usr/bin/printf uname id tee timeout unshare mount dmesg insmod rmmod modprobe find xargs
	basename dirname readlink sha256sum cmp diff stty rm mv cp ls od paste"

# runs NAME: in a VM; the parts are in $work/NAME/PART, their statuses in PART.status
runs() {
	local part=rig line
	mkdir "$work/$1"
	NOBUILD=1 TIMEOUT=900 EXTRA=$work/extra SMP=2 RUN=". /extra/$1" LOG="${LOG:-$work/console}.$1" QEMU_ARGS='' \
		tools/vm/vm.sh >"$work/$1/all" 2>"$work/$1/stderr" </dev/null || { cat "$work/$1/stderr"; return 1; }
	while IFS= read -r line; do
		case $line in
		"=== status "*) echo "${line##* }" >"$work/$1/$part.status" ;;
		"=== "*) part=${line#=== }; : >"$work/$1/$part" ;;
		*) printf '%s\n' "$line" >>"$work/$1/$part" ;;
		esac
	done <"$work/$1/all"
}
vm=''
part() { cat "$work/$vm/$1"; }
ended_with() { [[ $(cat "$work/$vm/$1.status") == "$2" ]] || { part "$1"; return 1; }; }
has() { part "$1" | grep -Eq -e "$2" || { part "$1"; return 1; }; }

# prove_says PART EXPRESSION..: it makes sense of it, and all are in what it says
prove_says() {
	local expression said
	said=$(prove -v -e cat "$work/$vm/$1" 2>&1)
	shift
	for expression in "$@"; do
		grep -Eq -e "$expression" <<<"$said" || { echo "$said"; return 1; }
	done
}
# tests_of PART: what each test said itself, from the remarks, in a file for each
tests_of() {
	rm -rf "$work/$vm/$1.tests"
	mkdir "$work/$vm/$1.tests"
	awk -v dir="$work/$vm/$1.tests" '
		/^# selftests: vioapic: / { file = dir "/" $4; next }
		/^# timeout set to / { next }
		/^# / { if (file) print substr($0, 3) >file }
		/^(not )?ok / { file = "" }' "$work/$vm/$1"
}
# prove_tests PART: of these
prove_tests() {
	tests_of "$1"
	prove -e cat "$work/$vm/$1.tests"/* >"$work/$vm/$1.proved" 2>&1
	grep -q '^Result: PASS' "$work/$vm/$1.proved" || { cat "$work/$vm/$1.proved"; return 1; }
}
told_in_one_line() { [[ $(part "$1" | wc -l) -eq 1 ]] && part "$1" | grep -Fq -e "$2"; }
skipped_for() { has "$1" "^ok [0-9]+ selftests: vioapic: $2.sh # SKIP .*$3"; }
passed() { has "$1" "^ok [0-9]+ selftests: vioapic: $2.sh$"; }

vm=busybox
check "it runs in a VM, by busybox" runs busybox
check "--list lists the tests" diff <(part list) "$tree/kselftest-list.txt"
check "--help helps" has help '--disturb'
check "--dry-run says which" test "$(part dry | wc -l)" -eq $(($(wc -l <"$tree/kselftest-list.txt") - 1))
for wrong in "test no test 'vioapic:nothing.sh'" "collection no collection 'kvm', there is vioapic" "option no option '--nothing'"; do
	check "a wrong ${wrong%% *} is told in one line" told_in_one_line "wrong-${wrong%% *}" "${wrong#* }"
	check "and by the status" ended_with "wrong-${wrong%% *}" 2
done
check "nothing disturbs unless asked: all pass or are skipped" ended_with plain 0
check "so prove says" prove_says plain '^Result: PASS' "^Files=1, Tests=$(wc -l <"$tree/kselftest-list.txt"),"
check "of each test's own words, too" prove_tests plain
check "tests have run" test "$(part plain | grep -cE '^ok [0-9]+ selftests: vioapic: [a-z_]+.sh$')" -ge 3
for test in boot sim_life sim_scale; do
	check "$test has" passed plain $test
done
for test in rounds crash suspend forms work; do
	check "$test is left alone" skipped_for plain $test "runs only if asked"
done
check "without KVM its tests are skipped" skipped_for plain kvm_registers "no /dev/kvm"
check "without icount those that count" skipped_for plain sim_cost "does not count instructions"
check "for another machine those that want it" skipped_for plain sim_ids "vioapic list has no I/O APIC as"
check "without a parameter those that want it" skipped_for plain sim_memory "not booted with no_hash_pointers"
check "if asked, they run" ended_with disturb 0
check "so prove says" prove_says disturb '^Result: PASS' '^Files=1, Tests=3,'
check "of each test's own words, too" prove_tests disturb
check "state_sim has run" passed disturb state_sim
check "without QEMU's monitor those that want it are skipped" skipped_for disturb trace "monitor cannot be talked to"
check "or those parts of them that do" has plain "^# ok [0-9]+ - QEMU's monitor answers # SKIP"
check "what wants to load the module itself says so" skipped_for disturb hotplug "rmmod vioapic"
check "the machine is as it was before" ended_with state 0
check "but tainted by test modules" ended_with tainted 0
check "--summary has verdicts and no words" test "$(part summary | wc -l)" -eq 4
check "they are in output.log" has log '^ok 1 - the module is loaded$'
check "of a test that takes too long it is told so" has timeout '^not ok 1 selftests: vioapic: sim_irq.sh # TIMEOUT 1 seconds$'
check "and by the status" ended_with timeout 1
check "prove says so" prove_says timeout '^Result: FAIL' 'Failed 1/1'
check "after which the machine is as it was before" ended_with state-timeout 0
check "without the module: skipped, with the reason" skipped_for unloaded boot "vioapic.ko is not loaded: modprobe vioapic"
check "with the module at work: skipped" skipped_for busy boot "vioapic is at work here"
check "without modules for this kernel: skipped" skipped_for other-kernel boot "no modules for .*: make kselftest KDIR="
check "not by root: skipped, by exit status 4" ended_with nobody 4
check "with the reason" has nobody '^1\.\.0 # SKIP it needs root$'
check "a tree in /tmp: skipped" skipped_for in-tmp boot "is in /tmp"
check "a test that fails" has failing '^not ok 1 selftests: vioapic: boot.sh # exit=1$'
check "fails for prove, too" prove_says failing '^Result: FAIL'
check "one that dies, too" has strange '^not ok 1 selftests: vioapic: boot.sh # exit=137$'

vm=debian
PROGS=$(tr -s '\n\t' '  ' <<<"$debian")
export PROGS
check "it runs in a VM, by dash and GNU's programs" runs debian
check "by no busybox" bash -c "! grep -q busybox '$work/$vm/shell' && grep -qx dash '$work/$vm/shell'"
check "the tests pass" ended_with debian 0
check "so prove says" prove_says debian '^Result: PASS' '^Files=1, Tests=3,'
check "of each test's own words, too" prove_tests debian
check "if asked, they disturb" ended_with debian-disturb 0
check "so prove says" prove_says debian-disturb '^Result: PASS' '^Files=1, Tests=2,'
check "of each test's own words, too" prove_tests debian-disturb
for test in sim_life sim_lines state_sim; do
	case $test in
	sim_life) check "$test has run" passed debian $test ;;
	*) check "$test has run" passed debian-disturb $test ;;
	esac
done
done_testing
