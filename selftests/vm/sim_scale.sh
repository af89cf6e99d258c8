# SPDX-License-Identifier: GPL-2.0
# As many simulated I/O APICs as the kernel takes, 127 of 240 pins; what each costs, and that all comes back.
# Of costs, the kernel's own share is told apart by as many I/O APICs that are but a page of RAM.
# boot: kernels=6.1,6.12 icount=1 disk=0 weight=12
# boot: kernels=6.1,6.12 smp=4 disk=0 weight=12
# shellcheck shell=sh disable=SC1091,SC2154,SC2317 # the VM's sim.sh, and what it sets; called by check
. /selftests/sim.sh

timed=/selftests/bin/timed
most=127
icount=
if [ "$(cpus | wc -l)" -eq 1 ]; then icount=1; fi # as the headers have it
insmod /lib/vioapic/vioapic_user.ko
insmod /lib/vioapic/vioapic_pulser.ko
insmod /lib/vioapic/vioapic_bare.ko

# free_kib: memory that is free, that in lists of CPUs too, when nothing is kept that can be thrown away
free_kib() {
	for free_wait in 200000 100000 100000; do
		echo 3 >/proc/sys/vm/drop_caches
		for free_slab in /sys/kernel/slab/*/shrink; do
			[ -L "${free_slab%/*}" ] || echo 1 >"$free_slab"
		done 2>/dev/null
		usleep $free_wait
	done
	cat /proc/sys/vm/stat_refresh
	awk '/nr_free_pages/ { n += $2 } /^ +count:/ { n += $2 } END { print n * 4 }' /proc/zoneinfo
}
numbers() { seq 1 "$most"; }
all_live() { for n in $(numbers); do echo "$1" >"$sims/s$n/live" || return 1; done; }
all_made() { for n in $(numbers); do mkdir "$sims/s$n" && echo generic240 >"$sims/s$n/chip" || return 1; done; }
all_removed() { for n in $(numbers); do rmdir "$sims/s$n" || return 1; done; }
# least COMMAND: of some
least() { for n in 1 2 3 4 5; do "$@"; done | sort -n | head -n 1; }
# plain_cost N: instructions that the kernel itself spends on the Nth
plain_cost() {
	echo "$1" >"$bare"/plug
	if [ "$1" -eq 1 ]; then awk '{ print $2 }' "$bare"/plug; else awk '{ print $4 }' "$bare"/plug; fi
	echo >"$bare"/unplug
}
# again NAME: instructions that writing to "live" takes
again() {
	echo 0 >"$sims/$1/live"
	$timed "$sims/$1/live" 1
}

# What comes once and stays: the hook, the table of ACPI
check "the first ever" sim_create warm chip=generic240
check "it goes" sim_destroy warm
empty_slots=$(slots)

free_start=$(free_kib)
echo $most >"$bare"/plug
free_plain=$(free_kib)
check "the kernel takes $most plain ones" test "$(slots)" -eq $((empty_slots + most))
echo >"$bare"/unplug
free_before=$(free_kib)
check "directories for $most" all_made
if [ -n "$icount" ]; then
	echo 1 >"$sims/s1/live"
	first=$(least again s1)
	# With the first go the last objects of their kind: the second is what the last is compared with.
	echo 1 >"$sims/s2/live"
	second=$(least again s2)
	echo 0 >"$sims/s2/live"
	echo 0 >"$sims/s1/live"
fi
check "all of them live" all_live 1
[ -z "$icount" ] || last=$(least again s$most)
free_live=$(free_kib)
check "the kernel has $most I/O APICs more" test "$(slots)" -eq $((empty_slots + most))
check "vioapic lists them" test "$(vioapic list | grep -c ' owner .* taken ')" -eq $most
check "with 240 pins each" test "$(cat "$sims"/s*/pins | grep -cx 240)" -eq $most

mkdir "$sims/many"
echo generic240 >"$sims/many/chip"
check "one more is refused" sh -c "! echo 1 2>/dev/null >$sims/many/live"
check "in one line" test "$(dmesg | grep -c 'vioapic: many: ')" -eq 1
check "that says why" sh -c "dmesg | grep -q 'vioapic: many: .* 128 I/O APICs'"
check "with ENOSPC" sh -c "echo 1 2>&1 >$sims/many/live | grep -q 'No space left'"
check "nothing has changed" test "$(slots)" -eq $((empty_slots + most)) -a "$(cat "$sims/many/live")" -eq 0
rmdir "$sims/many"

top=$(($(cat "$sims/s$most/gsi_base") + 239))
check "the last pin has GSI $top" test $top -eq $((24 + most * 240 - 1))
for pin in 0 239; do
	check "pin $pin of the last has a driver" pair_add "p$pin" s$most $pin edge high
	check "1000 pulses on it" run "p$pin" 1000
	check "each arrived once" exactly "p$pin" 1000
	pair_remove "p$pin"
done

check "all go" all_live 0
check "their directories, too" all_removed
check "the kernel has as many as at the start" test "$(slots)" -eq "$empty_slots"
free_end=$(free_kib)
note "free KiB: $free_start at the start, $free_plain with plain ones, $free_before without, $free_live with ours, $free_end at the end"
# more A B: what was free before or after, whichever is more: with 4 CPUs some 100 KiB come and go with other things
more() { echo $(($1 > $2 ? $1 : $2)); }
each_plain=$((($(more "$free_start" "$free_before") - free_plain) * 1024 / most))
each=$((($(more "$free_before" "$free_end") - free_live) * 1024 / most))
ours=$((each - (each_plain - 4096)))
note "bytes for each: $each, of which the kernel's share $((each_plain - 4096)), ours $ours"
check "our share of each is at most 12 KiB, the register page included" test $ours -ge 4096 -a $ours -le 12288
check "all memory came back, but for 2 KiB for each" test $((free_before - free_end)) -lt $((2 * most))

if [ -n "$icount" ]; then
	plain_first=$(least plain_cost 1)
	plain_second=$(least plain_cost 2)
	plain_last=$(least plain_cost $most)
	note "instructions: the first $first, of which the kernel's $plain_first; the second $second, $plain_second; the last $last, $plain_last"
	note "our share: $((first - plain_first)), $((second - plain_second)), $((last - plain_last))"
	check "our share of the last is at most that of the second, within 2%" \
		test $(((last - plain_last) * 50)) -le $(((second - plain_second) * 51))
fi
check "the kernel did not complain" dmesg_clean
done_testing
