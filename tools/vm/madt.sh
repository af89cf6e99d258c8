#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# madt.sh CPUS ID: QEMU's own MADT for so many CPUs (q35), but that the ID of its I/O APIC is ID, to stdout.
# Its revision is higher: a kernel with CONFIG_ACPI_TABLE_UPGRADE takes it instead, from its initrd.
set -u

bytes=()
le32() { bytes+=($(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))); }
text() { for ((i = 0; i < ${#1}; i++)); do bytes+=("$(printf %d "'${1:i:1}")"); done; }
interrupt() { bytes+=(2 10 0 "$1"); le32 "$2"; bytes+=("$3" 0); } # SOURCE GSI FLAGS

text APIC
le32 0			# length, below
bytes+=(1 0)		# revision; checksum, below
text "BOCHS BXPC    "
le32 2			# revision: QEMU's is 1
text BXPC
le32 1
le32 $((0xfee00000))
le32 1			# there are 8259s, too
for ((cpu = 0; cpu < $1; cpu++)); do
	bytes+=(0 8 "$cpu" "$cpu")
	le32 1
done
bytes+=(1 12 "$2" 0)
le32 $((0xfec00000))
le32 0
interrupt 0 2 0
for irq in 5 9 10 11; do
	interrupt $irq $irq 13
done
bytes+=(4 6 255 0 0 1)

bytes[4]=$((${#bytes[@]} & 255)) bytes[5]=$((${#bytes[@]} >> 8))
sum=0
for byte in "${bytes[@]}"; do
	sum=$((sum + byte))
done
bytes[9]=$((-sum & 255))
# shellcheck disable=SC2059 # that is what it is for
printf "$(printf '\\x%02x' "${bytes[@]}")"
