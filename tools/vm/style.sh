#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# style.sh (`make style`): shellcheck, mandoc, checkpatch --strict, cppcheck, sparse, and calls in a circle; silent if all is well.
set -u

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}
scripts=$cache/checkpatch
bad=0

"$here/need.sh" shellcheck mandoc sparse cppcheck perl || exit 1
# checkpatch comes with the kernel's sources only; its companions are its spelling and its const structs.
if [[ ! -e $scripts/checkpatch.pl ]]; then
	mkdir -p "$cache" || exit 1
	tmp=$(mktemp -d "$cache/.checkpatch.XXXXXX") || exit 1
	trap 'rm -rf "$tmp"' EXIT
	"$here/source.sh" 6.1 "$tmp/source" --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' || exit 1
	mkdir -p "$scripts"
	mv "$tmp"/source/scripts/{spelling.txt,const_structs.checkpatch,checkpatch.pl} "$scripts" || exit 1
fi

mapfile -t shells < <(find .ci tools selftests \( -name '*.sh' -o -path .ci/run \) -not -path '*/build/*' | sort)
shells+=(tools/packaging/debian/*.{prerm,postrm})
shellcheck "${shells[@]}" || bad=1
shellcheck -s bash tools/*/*.bash || bad=1
# Where manuals of others are installed or not is no matter of style.
find tools -type f -name '*.[1-8]' -exec mandoc -Tlint -Wwarning {} + >&2 || bad=1
# No MAINTAINERS here; kernel versions are told apart in include/compat/; macros that take a piece of
# assembly or of a fixture use it more than once.
common=FILE_PATH_CHANGES,SPDX_LICENSE_TAG,LINUX_VERSION_CODE,MACRO_ARG_REUSE
patch_style() {
	local ignore=$common,$1
	shift
	"$scripts/checkpatch.pl" --no-tree --strict --terse --quiet --no-summary --max-line-length=100 \
		--ignore "$ignore" --file "$@" || bad=1
}
mapfile -t sources < <(find virt arch include selftests/modules -name '*.[ch]' ! -name events.h ! -name types.h ! -name decode.h \
	! -name exports.c ! -name symbols.c | sort)
patch_style NONE "${sources[@]}"
# A trace event is laid out as all of them are, and the kernel's types are made of others for user space.
patch_style OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT virt/device/events.h
# Exports, for what has to build without a kernel.
patch_style EXPORT_SYMBOL virt/device/exports.c
# The %l of a label in assembly is no modulo.
patch_style SPACING arch/x86/trap/decode.h
# The name of a type in parentheses is no cast.
patch_style SPACING arch/x86/kvm/symbols.c
patch_style PREFER_KERNEL_TYPES,VOLATILE,PREFER_DEFINED_ATTRIBUTE_MACRO include/vioapic/types.h
# User space has not the kernel's types, macros and atomics, and cmocka its own names.
mapfile -t sources < <(find tools selftests/unit selftests/progs selftests/model selftests/fuzz selftests/vmm -name '*.[ch]' | sort)
patch_style PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE,CAMELCASE,VOLATILE,AVOID_EXTERNS "${sources[@]}"
cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
	--suppress=normalCheckLevelMaxBranches \
	-Iinclude -Iinclude/uapi tools virt/model selftests/model selftests/vmm || bad=1
rm -f .checkpatch-camelcase.*
# sparse looks at what the compiler is given, so all of it is built once more.
rm -rf build/sparse/.built
find build/sparse -name '*.o' -delete 2>/dev/null
FARM=sparse KFLAGS=C=1 "$here/module.sh" 6.1 || bad=1
[[ ! -e build/sparse/build.log ]] || ! grep -E '\.[chS]:[0-9]+:.*(warning|error):' build/sparse/build.log >&2 || bad=1
# Rooms in which all goes one way
"$here/circles.sh" sparse || bad=1
exit $bad
