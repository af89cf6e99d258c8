#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Where messages of simulated I/O APICs go, and which do not: RTEs written by hand.
# boot: kernels=every spare=7.2 smp=4 disk=0 noload=1 weight=8
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "sends NMIs, and empties the kernel's log"
needs unloaded cpus=4

rte=/sys/kernel/debug/vioapic_rte
insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_rte.ko"

# The log is taken out piece by piece, and belongs together in the end
log_aside() { dmesg -c >>/tmp/dmesg.all; }

# rte_of PIN: of the I/O APIC "a"; rte_set PIN VALUE
rte_of() {
	echo "$id $1" >$rte/rte
	echo "0x$(cat $rte/rte)"
}
rte_set() { printf '%u %u %x\n' "$id" "$1" "$2" >$rte/rte; }
dest() { printf '0x%x' $(($1 & 0x00ffffffffffffff | $2 << 56)); }

logical=$((1 << 11)) lowest=$((1 << 8))
# Who has no handler for a vector says so (at most 10 times in 5 s)
strays() { dmesg | grep 'No irq handler' | grep -oE ' [0-9]+\.[0-9]+( |$)' | cut -d. -f1 | sort -n | xargs; }

# arrives PIN VALUE CPU SENTENCE: with this RTE a pulse goes to CPU's handler, once, and to nobody else
arrives() {
	log_aside
	arrives_irq=$(user_of edge irq)
	arrives_before=$(irq_count "$arrives_irq" "$3")
	rte_set "$1" "$2"
	run edge 20
	check "$4" test $(($(irq_count "$arrives_irq" "$3") - arrives_before)) -eq 20 -a -z "$(strays)"
}

# refused PIN VALUE WHAT: nothing arrives, and that is counted
refused() {
	refused_seen=$(user_of edge count) refused_count=$(counter a refused) refused_nmis=$(cat $rte/nmis)
	refused_sent=$(counter a deliveries)
	rte_set "$1" "$2"
	echo "$1" >"$sims/a/pulse"
	sleep 0.02
	check "$3 is refused" test $(($(counter a refused) - refused_count)) -eq 1
	check "it does not count as sent" test "$(counter a deliveries)" -eq "$refused_sent"
	check "nothing arrives" test "$(user_of edge count)" -eq "$refused_seen" -a "$(cat $rte/nmis)" -eq "$refused_nmis"
}

# absent PIN VALUE WHAT: nobody is there; nothing was refused, and nothing arrives
absent() {
	absent_seen=$(user_of edge count) absent_count=$(counter a refused) absent_sent=$(counter a deliveries)
	rte_set "$1" "$2"
	echo "$1" >"$sims/a/pulse"
	sleep 0.02
	check "$3: nobody takes it" test "$(user_of edge count)" -eq "$absent_seen" -a "$(counter a refused)" -eq "$absent_count" \
		-a "$(counter a deliveries)" -eq "$absent_sent"
}

# goes_to VALUE CPUS SENTENCE: of a vector that nobody has
goes_to() {
	rte_set 5 "$1"
	log_aside
	echo 5 >"$sims/a/pulse"
	sleep 0.05
	check "$3" test "$(strays)" = "$2"
}

# waits VALUE WHAT: a level message for nobody is neither refused nor gone
waits() {
	waits_was=$(rte_of 6) waits_seen=$(user_of level seen) waits_sent=$(counter a deliveries)
	rte_set 6 "$1"
	echo level >"$pulser/event"
	sleep 0.03
	check "a level message for $2 does not arrive" user_is level seen "$waits_seen"
	check "its delivery status is set, its remote IRR is not" test $(($(rte_of 6) & 0x5000)) -eq $((0x1000))
	rte_set 6 "$waits_was"
	check "it arrives when the route is right" wait_for 5 user_is level seen $((waits_seen + 1))
	check "once" exactly level $((waits_seen + 1))
	check "and counts once as sent" test $(($(counter a deliveries) - waits_sent)) -eq 1
	check "delivery status and remote IRR are clear" test $(($(rte_of 6) & 0x5000)) -eq 0
}

# forms CPU: all that an RTE can say to reach this CPU and no other, by logical IDs as the function id_of says
forms() {
	irq_to "$(user_of edge irq)" "$1"
	run edge 2
	was=$(rte_of 5)
	fixed=$(dest $((was & ~logical & ~0x700)) "$1")
	arrives 5 "$fixed" "$1" "physical, CPU $1"
	arrives 5 $((fixed | lowest)) "$1" "physical, lowest priority, CPU $1"
	arrives 5 "$(dest $((fixed | logical)) "$(id_of "$1")")" "$1" "logical, $model, CPU $1"
	arrives 5 "$(dest $((fixed | logical | lowest)) "$(id_of "$1")")" "$1" "logical, $model, lowest priority, CPU $1"
	absent 5 "$(dest "$fixed" 0x55)" "a physical ID that nobody has"
	absent 5 "$(dest $((fixed | logical)) "$nobody")" "a logical ID that nobody has"
	rte_set 5 "$was"
	check "the kernel's own RTE" run edge 5
}

# --- As the kernel has it, or by logical IDs that it does not use itself
test_model() { # MODEL
	model=$1
	if [ "$model" != kernel ]; then
		echo "$model" >$rte/logical
	fi
	insmod "$modules/vioapic.ko"
	insmod "$modules/vioapic_pulser.ko"
	check "an I/O APIC; logical IDs: $model" sim_create a chip=generic240
	id=$(cat "$sims/a/id")
	pair_add edge a 5 edge high
	forms 1
	forms 2
	pair_add level a 6 level low
	irq_to "$(user_of level irq)" 1
	was=$(rte_of 6)
	waits "$(dest $((was & ~logical)) 0x55)" "a physical ID that nobody has"
	waits "$(dest $((was | logical)) "$nobody")" "a logical ID that nobody has"
	pair_remove level
	irq_to "$(user_of edge irq)" 0
	run edge 2
	was=$(rte_of 5)
	unused=$(dest $((was & ~0x7ff & ~logical | 0xd3)) 0xff)
	goes_to "$(dest $((unused | logical | lowest)) "$several")" 0 "lowest priority among several goes to one"
	goes_to "$(dest $((unused | logical)) "$several")" "$members" "fixed to several goes to all of them"
	goes_to "$unused" "0 1 2 3" "physical broadcast goes to all"
	rte_set 5 "$was"
	check "the kernel's own RTE" run edge 5
	pair_remove edge
	sim_destroy a
	rmmod vioapic_pulser
	rmmod vioapic
}
# A kernel that uses no logical IDs of its own can be given any.
case $release in
6.1.*) models=kernel ;;
*) models="flat cluster" ;;
esac
for wanted in $models; do
	case $wanted in
	cluster)
		id_of() { echo $(($1 / 2 << 4 | 1 << $1 % 2)); }
		nobody=0x31 several=0x03 members="0 1" ;;
	*)
		id_of() { echo $((1 << $1)); }
		nobody=0x80 several=0x0f members="0 1 2 3" ;;
	esac
	test_model "$wanted"
	sleep 5 # so that strays are told again
done

# --- What is refused, unless it is allowed
insmod "$modules/vioapic.ko"
insmod "$modules/vioapic_pulser.ko"
check "an I/O APIC" sim_create a chip=generic240
id=$(cat "$sims/a/id")
pair_add edge a 5 edge high
irq_to "$(user_of edge irq)" 1
run edge 2
was=$(rte_of 5)
echo 1 >$rte/nmis
refused 5 $((was & ~0xff)) "vector 0"
refused 5 $((was & ~0xff | 15)) "vector 15"
refused 5 $((was & ~0x7ff | 2 << 8)) "an SMI"
refused 5 $((was & ~0x7ff | 4 << 8)) "an NMI"
refused 5 $((was & ~0x7ff | 5 << 8)) "an INIT"
refused 5 $((was & ~0x7ff | 7 << 8)) "an ExtINT"
refused 5 $((was | 1 << 48)) "remappable format"
refused 5 $((was | 1 << 49)) "a destination of more than 8 bits"
rte_set 5 "$was"
check "the machine is well" run edge 100
check "each arrived once" exactly edge 102
pair_remove edge

# --- A CPU that comes late
pair_add level a 6 level low
irq_to "$(user_of level irq)" 3
check "a level pin, CPU 3" run level 2
late=$(dest $(($(rte_of 6) & ~logical & ~0x5000)) 3)
check "CPU 3 goes offline" sh -c "echo 0 >/sys/devices/system/cpu/cpu3/online"
now=$(rte_of 6) seen=$(user_of level seen) sent=$(counter a deliveries)
rte_set 6 "$late"
echo level >$pulser/event
sleep 0.03
check "a level message for it is not sent" test "$(counter a deliveries)" -eq "$sent"
check "it waits" test $(($(rte_of 6) & 0x5000)) -eq $((0x1000))
log_aside
check "CPU 3 comes online" sh -c "echo 1 >/sys/devices/system/cpu/cpu3/online"
is_sent() { [ "$(counter a deliveries)" -gt "$sent" ]; }
check "it is sent" wait_for 20 is_sent
sleep 0.03
# The kernel has moved its handler when the CPU went
check "once, to CPU 3" test "$(strays)" = 3 -a "$(counter a deliveries)" -eq $((sent + 1))
check "and is in service" test $(($(rte_of 6) & 0x5000)) -eq $((0x4000))
rte_set 6 $((now & ~0x5000 & ~(1 << 15) | 1 << 16))
rte_set 6 "$now"
check "by the kernel's own RTE it arrives, too" wait_for 5 user_is level seen $((seen + 1))
pair_remove level

check "it goes" sim_destroy a
check "one where NMIs are allowed" sim_create a chip=generic240 allow=nmi
id=$(cat "$sims/a/id")
pair_add edge a 5 edge high
was=$(rte_of 5)
nmi=$(dest $((was & ~0xfff | 4 << 8)) 2)
cpu_nmis() { awk '$1 == "NMI:" { print $4 }' /proc/interrupts; }
nmis=$(cpu_nmis)
rte_set 5 "$nmi"
for pin in 5 5 5; do
	echo $pin >"$sims/a/pulse"
	sleep 0.02
done
check "NMIs arrive" test "$(cat $rte/nmis)" -eq 3
check "on the CPU that the RTE names" test $(($(cpu_nmis) - nmis)) -eq 3
check "none was refused" test "$(counter a refused)" -eq 0
refused 5 $((was & ~0x7ff | 2 << 8)) "an SMI even so"
echo 0 >$rte/nmis
rte_set 5 "$was"
pair_remove edge

check "it goes" sim_destroy a
log_aside
sed -n "/$dmesg_mark/,\$p" /tmp/dmesg.all >/tmp/dmesg.mine
check "the log is whole" test "$(grep -c '^.*IOAPIC\[1\]: apic_id' /tmp/dmesg.mine)" -ge 3
check "the kernel did not complain" eval '! complaints </tmp/dmesg.mine'
done_testing
