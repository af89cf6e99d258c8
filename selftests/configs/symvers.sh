#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# symvers.sh SOURCE TREE: a Module.symvers for TREE, a configured kernel that nobody has compiled: what the files export
# that kbuild would compile with that configuration. Modpost tells by it what does not link.
# Not told: what is left out within a file (#ifdef), or exported to certain modules only: the latter counts as not
# exported, as nothing of it is for us.
set -u

here=$(cd "$(dirname "$0")" && pwd)
source=$1
cd "$2" || exit 1
shopt -s nullglob

declare -A seen
# Where an export is that anybody but a driver of some device needs
todo=(init arch/x86 arch/x86/lib kernel lib mm fs virt security block net/core drivers/acpi drivers/base drivers/char drivers/pci)
objects=()
while [[ ${#todo[@]} -gt 0 ]]; do
	dir=${todo[0]}
	todo=("${todo[@]:1}")
	[[ -z ${seen[$dir]:-} && -d $source/$dir ]] || continue
	seen[$dir]=1
	while read -r object; do
		case $object in
		*/) todo+=("$(realpath -ms --relative-to=. "$object")") ;;
		*.o) objects+=("$object") ;;
		esac
	done < <(make -s -f "$here/objects.mk" srctree="$source" objtree=. dir="$dir")
done
[[ ${#objects[@]} -gt 1000 ]] || { echo "symvers.sh: only ${#objects[@]} objects in $source" >&2; exit 1; }

{
	for object in "${objects[@]}"; do
		for file in "$source/${object%.o}".[cS]; do echo "$file"; done
	done | sort -u >Module.files
	# A scheduler is one file that includes others, RCU has functions in headers of its own
	{ cat Module.files; xargs grep -HE '^#include "[a-z_]+\.[ch]"' <Module.files | sed -E 's,[^/]*:#include "(.*)".*,\1,'; } |
		sort -u | xargs grep -shE '^[[:space:]]*(ACPI_)?EXPORT_' | tr -d ' \t' | sed -nE \
		-e 's/^(ACPI_)?EXPORT_SYMBOL(_GPL|_NOKASAN|)\((\w+)\).*/\3/p' \
		-e 's/^EXPORT_(EARLY_)?PER_CPU_SYMBOL(_GPL)?\((\w+)\).*/\3/p' \
		-e 's/^EXPORT_STATIC_CALL(_TRAMP)?(_GPL)?\((\w+)\).*/__SCT__\3/p' \
		-e 's/^EXPORT_TRACEPOINT_SYMBOL(_GPL)?\((\w+)\).*/__tracepoint_\2\n__traceiter_\2\n__SCT__tp_func_\2/p'
	# Made by macros of arch/x86/lib/retpoline.S and kernel/trace/bpf_trace.c
	! grep -q '/bpf_trace.c$' Module.files || printf 'bpf_trace_run%d\n' {1..12}
	grep -q '^CONFIG_MITIGATION_RETPOLINE=y' .config &&
		printf '__x86_indirect_thunk_%s\n' rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15
} | sort -u | sed 's/.*/0x00000000\t&\tvmlinux\tEXPORT_SYMBOL_GPL\t/' >Module.symvers
