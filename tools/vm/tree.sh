#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tree.sh: the source of the newest kernel in kernels.sh, in the cache, to configure and build kernels of our own from; prints
# the directory. Its Kconfig and Makefiles are whole; of what no kernel of ours is made of there is nothing else: other
# architectures, most drivers.
set -u

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/vm/kernels.sh
. "$here/kernels.sh"
series=$(kernel_names | grep -v latest | sort -V | tail -n 1)
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/configs
tree=$cache/source-$series
mkdir -p "$cache" || { echo "tree.sh: cannot create $cache" >&2; exit 1; }
exec 9>"$cache/source.lock"
flock 9
# One that is older has not all that a kernel is linked of.
[[ -e $tree/drivers/net/loopback.c ]] || {
	rm -rf "$tree"
	"$here/source.sh" "$series" "$tree" --wildcards --exclude='*/Documentation/*/*' --exclude='*/dts/*' \
		--exclude='*/arch/[!x]*/*.[chS]' --exclude='*/arch/xtensa/*.[chS]' --exclude='*/sound/*.[ch]' --exclude='*/drivers/gpu/*.[ch]' \
		--exclude='*/drivers/net/*/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/testing' || exit 1
}
echo "$tree"
