#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # called by check
# libvioapic_install_test.sh: libvioapic as it is installed (build/unit/libvioapic_install_test, which selftests/run.sh
# finds): programs find it by pkg-config, shared and static, in C and C++, and it exports what its header declares.
set -u

top=@top@
"$top/tools/vm/need.sh" make gcc g++ pkg-config >&2 || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Not the caller's make, whose CFLAGS may ask for a sanitizer
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS DESTDIR PREFIX LIBDIR

# shellcheck source=selftests/tap.sh
. "$top/selftests/tap.sh"

install() {
	make -s -C "$top/tools/libvioapic" O="$work/build" DESTDIR="$work/root" PREFIX=/usr LIBDIR=/usr/lib/here install
}
exports_its_header() {
	diff <(grep -o 'libvioapic_[a-z_]*(' "$work/root/usr/include/libvioapic.h" | tr -d '(' | sort -u) \
		<(nm -D --defined-only "$lib/libvioapic.so" | sed -n 's/.* T \([a-z_]*\)@@LIBVIOAPIC_[0-9.]*$/\1/p' | sort)
}
has_soname() { readelf -d "$lib/libvioapic.so" | grep -q 'SONAME.*\[libvioapic\.so\.0\]'; }
config() { PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root pkg-config "$@" libvioapic; }
# builds COMPILER FILE OPTION..: a program of FILE, which then runs
builds() {
	local flags
	read -ra flags < <(config --cflags --libs)
	"$1" -Wall -Wextra -Werror -pedantic -o "$work/program" "$2" "${@:3}" "${flags[@]}" &&
		LD_LIBRARY_PATH=$lib "$work/program" </dev/null
}

lib=$work/root/usr/lib/here
cat >"$work/vmm.c" <<-EOF
	#include <errno.h>
	#include <libvioapic.h>
	int main(void)
	{
		static struct libvioapic_config config;
		char reason[VIOAPIC_REASON_LEN] = "";

		/* Standard input is no device */
		if (libvioapic_create_by(0, 0, &config, reason) || errno != ENOTTY || !reason[0])
			return 1;
		return libvioapic_version() != LIBVIOAPIC_VERSION;
	}
EOF
cp "$work/vmm.c" "$work/vmm.cc"

check "it is installed" install
check "its soname is libvioapic.so.0" has_soname
check "it exports what the header declares, and no more" exports_its_header
check "its version is the header's" test "$(config --modversion)" = \
	"$(sed -n 's/^.define LIBVIOAPIC_VERSION_[A-Z]*[[:space:]]*\([0-9]*\)$/\1/p' "$top/tools/libvioapic/libvioapic.h" | paste -sd.)"
check "a program in C uses it" builds gcc "$work/vmm.c"
check "which needs the shared library" sh -c "readelf -d $work/program | grep -q 'NEEDED.*libvioapic.so.0'"
check "one in C++" builds g++ "$work/vmm.cc"
check "a static one" builds gcc "$work/vmm.c" -static
done_testing
