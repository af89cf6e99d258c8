#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What a simulated I/O APIC takes of memory, and that it gives it back: every allocation on the way is traced, and so is
# every free. Other things that the machine does meanwhile do not count.
# boot: kernels=every smp=2 disk=0 append=no_hash_pointers weight=4 bench=1
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
needs module parameter=no_hash_pointers

tracing=/sys/kernel/tracing
kmem=$tracing/events/kmem
allocs="kmalloc kmalloc_node kmem_cache_alloc kmem_cache_alloc_node"

each_alloc() { # COMMAND..: for each of them that this kernel has
	for each_event in $allocs; do
		[ ! -d "$kmem/$each_event" ] || "$@" "$kmem/$each_event" || return 1
	done
}
of() { echo "$who" >"$1/filter"; }
on() { echo 1 >"$1/enable"; }
off() { echo 0 >"$1/enable"; }

# Of pages, those below 4 GiB are asked for by nobody else here.
watch_set_up() {
	echo "gfp_flags & 4" >"$kmem"/mm_page_alloc/filter || return 1
	for watch_event in kfree kmem_cache_free mm_page_free; do on "$kmem/$watch_event" || return 1; done
	echo 16384 >"$tracing"/buffer_size_kb
}
# watch FILTER: of whom; this shell's own only while it starts no other program
watch() {
	who=$1
	each_alloc of && each_alloc on && on "$kmem"/mm_page_alloc && echo >"$tracing"/trace
}
# From here on, only frees
look_away() { each_alloc off && off "$kmem"/mm_page_alloc; }

# held: (not what the allocator keeps for itself) what has been allocated since watch and not been freed: "BYTES CALLER", one line for each caller
held() {
	awk '
	function field(name) { return match($0, " " name "=[^ ]*") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2) : "" }
	/: mm_page_alloc:/ { who = "page " field("pfn"); by[who] = "alloc_pages"; bytes[who] = 4096; for (n = field("order"); n > 0; n--) bytes[who] *= 2; next }
	/: mm_page_free:/ { delete by["page " field("pfn")]; next }
	/call_site=__pcs_/ { next }
	/: (kmalloc|kmem_cache_alloc)(_node)?:/ { who = field("ptr"); by[who] = field("call_site"); bytes[who] = field("bytes_alloc"); next }
	/: (kfree|kmem_cache_free):/ { delete by[field("ptr")] }
	END { for (who in by) sum[by[who]] += bytes[who]; for (caller in sum) print sum[caller], caller; print 0, "in all" }' "$tracing"/trace
}
held_bytes() { held | awk '{ n += $1 } END { print NR ? n : "unknown" }'; }
nothing_held() { [ "$(held_bytes)" = 0 ]; }
nothing_lost() { ! grep -q 'LOST' "$tracing"/trace; }
# Some of it is freed when RCU lets it: until what is held stays the same
settled() {
	settled_before=$(held_bytes)
	sleep 0.5
	[ "$(held_bytes)" -eq "$settled_before" ]
}

live() { echo 1 >"$sims/m/live"; }
dead() { echo 0 >"$sims/m/live"; }

insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_bare.ko"
check "allocations can be traced" watch_set_up
me="common_pid == $$"
# What comes once and stays: the hook, the table of ACPI, files that were looked up
mkdir "$sims/m"
echo generic240 >"$sims/m/chip"
for _ in 1 2; do
	live
	dead
	echo 1 >"$bare"/plug
	echo >"$bare"/unplug
	watch "$me"
	look_away
done
rmdir "$sims/m"

watch 'comm == "mkdir"'
mkdir "$sims/m"
look_away
wait_for 30 settled
directory=$(held_bytes)
echo generic240 >"$sims/m/chip"
live
dead

watch "$me"
echo 1 >"$bare"/plug
look_away
wait_for 30 settled
plain=$(held_bytes)
check "the kernel's own share can be told" test "$plain" -gt 4096
echo >"$bare"/unplug

watch "$me"
live
status=$?
look_away
report $status "one of 240 pins"
wait_for 30 settled
each=$(held_bytes)
# Not the page that a plain one is
note "bytes: $each, of which the kernel's own $((plain - 4096)), ours $((each - plain + 4096)); its directory $directory"
figure sim.memory $((each - plain + 4096))
figure sim.memory.directory "$directory"
held | sort -rn | head -n 12 | sed 's/^/# /'
check "ours are at most 9 KiB, the register page included" \
	test $((each - plain + 4096)) -ge 4096 -a $((each - plain + 4096)) -le 9216
check "its directory's are at most 3 KiB" test "$directory" -gt 1024 -a "$directory" -le 3072
dead
check "it gives back all of them" wait_for 30 nothing_held || held | sed 's/^/# /'

watch "$me"
status=0
for _ in 1 2 3 4 5 6 7 8; do
	live && dead || status=1
done
look_away
report $status "eight times more"
check "its pages were seen" test "$(grep -c ' mm_page_alloc:' "$tracing"/trace)" -ge 8
check "all comes back" wait_for 30 nothing_held || held | sed 's/^/# /'

# What is refused on the way
echo $((1 << 30)) >"$sims/m/gsi_base"
live 2>/dev/null
watch "$me"
status=0
for _ in 1 2 3 4; do
	! live || status=1
done 2>/dev/null
look_away
report $status "GSIs that are out of range"
check "what is refused takes nothing" wait_for 30 nothing_held || held | sed 's/^/# /'
rmdir "$sims/m"
check "no event was lost" nothing_lost
check "the kernel did not complain" dmesg_clean
done_testing
