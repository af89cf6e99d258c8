#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# circles.sh NAME: which file uses which, by what has been built in build/NAME. Files that use each other in a circle, and
# folders that use one above them, are told, and it fails. A call counts, and data, by whatever way the linker has to join
# them; a pointer that somebody else has set does not.
set -u
export LC_ALL=C

# No file of these is in a circle, be it with one of another folder.
folders=(virt virt/user virt/sim virt/device virt/model arch/x86 arch/x86/trap arch/x86/backend arch/x86/kvm)
# Each uses only those behind it, their headers too.
layers=(virt virt/user virt/sim virt/device virt/model)

cd "$(dirname "$0")/../../build/$1" || exit 1
mapfile -t objects < <(find "${folders[@]}" -maxdepth 1 -name '*.o' ! -name '*.mod.o' | sort)
[[ ${#objects[@]} -gt 1 ]] || { echo "circles.sh: nothing has been built in build/$1" >&2; exit 1; }
nm -A --defined-only -g "${objects[@]}" | awk '{ sub(/:.*/, "", $1); print $NF, $1 }' | sort >.defined
nm -A -u "${objects[@]}" | awk '{ sub(/:.*/, "", $1); print $NF, $1 }' | sort >.used
# "symbol user used"
join .used .defined | awk '$2 != $3' >.uses
# Of what the rooms show each other, these two headers are virt/sim's
grep -HE '^#include ("\.\./|<vioapic/sim)' virt/*/*.[ch] |
	sed -n 's|^\([^:]*\):#include \("\.\./\(.*\)"\)|\2 \1 virt/\3|p; s|^\([^:]*\):#include \(<vioapic/sim.*>\)|\2 \1 virt/sim/|p' >.includes

bad=0
if ! awk '{ print $2, $3 }' .uses | sort -u | tsort 2>.circles >/dev/null; then
	sed -n 's/^tsort: \(.*\)\.o$/\1.c/p; s/.*contains a loop:.*/these files use each other in a circle:/p' .circles >&2
	bad=1
fi
# shellcheck disable=SC2016 # the variables are awk's
awk -v order="${layers[*]}" '
	function folder(file) { sub(/\/[^\/]*$/, "", file); return file }
	function source(file) { sub(/\.o$/, ".c", file); return file }
	BEGIN { for (i = split(order, name); i; i--) place[name[i]] = i }
	{ from = folder($2); to = folder($3) }
	from in place && to in place && place[to] < place[from] {
		print source($2) " uses " $1 " of " source($3) ", which is above it"
		bad = 1
	}
	END { exit bad }' .uses .includes >&2 || bad=1
exit $bad
