#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# install.sh KERNEL|KDIR DIR: the tests as a tree that runs on any machine, as the kernel's own `make kselftest-install' lays
# its out: DIR/run_kselftest.sh, DIR/kselftest-list.txt and, in DIR/vioapic, a program for each test of selftests/vm, with
# what they need. The test modules are in DIR/vioapic/modules/RELEASE: those for another kernel come beside them.
# Builds what it installs, unless NOBUILD=1. NOMODULE=1 leaves out modules.
set -u

die() { echo "install.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
kernel=$1 dir=$2
farm=$kernel
[[ $kernel != /* ]] || farm=kselftest

if [[ -z ${NOBUILD:-} ]]; then
	[[ -n ${NOMODULE:-} ]] || FARM=$farm SELFTEST=1 "$top/tools/vm/module.sh" "$kernel" || exit 1
	"$top/tools/vm/progs.sh" && "$top/tools/vm/tool.sh" || exit 1
fi

tests=$dir/vioapic
mkdir -p "$tests/bin" || die "cannot write $dir"
{ install -m 755 "$here/run_kselftest.sh" "$dir" &&
	install -m 644 "$here/settings" "$here/config" "$top"/selftests/{tap,lib,machine,sim,dom0,xen_guest}.sh "$tests" &&
	install -m 755 "$top"/selftests/vm/*.sh "$tests"; } || die "cannot write $dir"
(cd "$top/selftests/vm" && printf 'vioapic:%s\n' *.sh) >"$dir/kselftest-list.txt" || die "cannot write $dir"
for program in "$top"/build/progs/* "$top/build/tools/vioapic"; do
	[[ ! -f $program ]] || install -m 755 "$program" "$tests/bin" || die "cannot write $dir"
done
[[ -z ${NOMODULE:-} ]] || exit 0

PATH=$PATH:/usr/sbin:/sbin
built=$top/build/$farm
[[ -e $built/vioapic.ko ]] || die "Kbuild makes no vioapic.ko"
# Not while somebody else builds.
exec 9>"$built/.lock"
flock -s 9
release=$(modinfo -F vermagic "$built/vioapic.ko" | cut -d' ' -f1)
{ mkdir -p "$tests/modules/$release" &&
	find "$built" -name '*.ko' -exec cp -t "$tests/modules/$release" {} +; } || die "cannot write $dir"
