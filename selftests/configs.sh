#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# configs.sh: do the modules build for kernels that are configured otherwise than Debian's, without a warning, or stop with
# one sentence? The source is that of the newest kernel in kernels.sh. Such a kernel is configured and prepared for
# modules, not compiled: what it exports is told from its source (configs/symvers.sh). Source and prepared kernels stay in
# the cache. Silent if all is well.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
# Options of scripts/config, on top of defconfig
needed="-e FUNCTION_TRACER -e CONFIGFS_FS"
kvm="-e KVM -e KVM_AMD -e KVM_INTEL -e BPF_SYSCALL"
# NAME | OPTIONS | the modules that are built | what is said, a regular expression
cases="
defconfig  |                         |                    | module.sh: vioapic needs a kernel with .*: switch on CONFIG_FUNCTION_TRACER .*
noconfigfs | -e FUNCTION_TRACER      |                    | module.sh: vioapic needs a kernel with .*: switch on CONFIG_CONFIGFS_FS
full       | $needed $kvm            | vioapic vioapic_kvm |
nosmp      | $needed $kvm -d SMP -d X86_X2APIC | vioapic vioapic_kvm |
spare      | $needed -d KVM -d MODULE_UNLOAD -d SUSPEND -d HIBERNATION -d KPROBES -d HYPERVISOR_GUEST -d NUMA -d X86_X2APIC | vioapic | vioapic_kvm.ko is left out, this kernel does not offer: CONFIG_KVM
nobtf      | $needed -e KVM -e KVM_AMD | vioapic          | vioapic_kvm.ko is left out, this kernel does not offer: .*bpf_find_btf_id
"
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/configs
bad=0
fail() { echo "configs.sh: $*" >&2; bad=1; }

"$top/tools/vm/need.sh" make gcc libc6-dev libelf-dev libssl-dev pahole kmod acpica-tools flex bison bc || exit 1
mkdir -p "$cache" || exit 1
exec 9>"$cache/lock"
flock 9
source=$("$top/tools/vm/tree.sh") || exit 1

# prepare NAME OPTIONS: prints the directory
prepare() {
	local options tree log
	read -ra options <<<"$2"
	tree=$cache/$1-$(cat "$source/Makefile" "$top"/selftests/configs/* - <<<"$2 $(gcc -dumpfullversion)" | sha256sum | cut -c 1-12)
	log=$cache/$1.log
	if [[ ! -e $tree/done ]]; then
		rm -rf "$cache/$1"-*
		mkdir -p "$tree" &&
		kernel_make "$tree" defconfig >"$log" 2>&1 &&
		{ [[ ${#options[@]} -eq 0 ]] || "$source/scripts/config" --file "$tree/.config" "${options[@]}" >>"$log" 2>&1; } &&
		kernel_make "$tree" olddefconfig modules_prepare >>"$log" 2>&1 &&
		"$top/selftests/configs/symvers.sh" "$source" "$tree" 2>>"$log" &&
		: >"$tree/done" || return 1
	fi
	echo "$tree"
}
kernel_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$source" O="$1" -j "$(nproc)" "${@:2}"
}

while IFS='|' read -r name options modules said; do
	[[ -n $name ]] || continue
	read -r name <<<"$name"
	read -r said <<<"$said"
	if ! tree=$(prepare "$name" "$options"); then
		fail "$name: the kernel cannot be prepared: $(grep -m1 -iE '^[^*].*(error|not found|can.t)' "$cache/$name.log")"
		continue
	fi
	# An option that the kernel has switched on again is another test than this one.
	while read -r switch option; do
		if grep -q "^CONFIG_$option=" "$tree/.config"; then is=-e; else is=-d; fi
		[[ $is == "$switch" ]] || fail "$name: CONFIG_$option is not as it was wanted"
	done < <(grep -oE -- '-[de] [A-Z0-9_]+' <<<"$options")
	# What is to be said is said when it is built only.
	[[ -z $said ]] || rm -rf "$top/build/config-$name"
	heard=$(FARM=config-$name "$top/tools/vm/module.sh" "$tree" 2>&1)
	status=$?
	[[ $status -ne 0 || -n ${modules// /} ]] || fail "$name: builds, and should not"
	[[ $heard =~ ^${said}$ && $heard != *$'\n'* ]] || fail "$name: said ${heard:-nothing}"
	for module in vioapic vioapic_kvm; do
		case " $modules " in
		*" $module "*) [[ -e $top/build/config-$name/$module.ko ]] || fail "$name: no $module.ko" ;;
		*) [[ ! -e $top/build/config-$name/$module.ko ]] || fail "$name: $module.ko is there" ;;
		esac
	done
done <<<"$cases"
exit $bad
