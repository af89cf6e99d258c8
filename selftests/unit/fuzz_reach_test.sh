#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # called by check
# fuzz_reach_test.sh: both fuzzers of the interface, ours and syzkaller's description, know all that there is
# (build/unit/fuzz_reach_test, which selftests/run.sh finds): each request, each field in its place, each file of configfs.
set -u

top=@top@
# shellcheck source=selftests/tap.sh
. "$top/selftests/tap.sh"
cd "$top" || exit 1
headers=(include/uapi/linux/vioapic.h include/uapi/linux/vioapic_kvm.h)
description=selftests/fuzz/dev_vioapic.txt
program=selftests/progs/uapi_fuzz

requests() { sed -n 's/^#define \(VIOAPIC_[A-Z_]*\)[[:space:]]*_IO[RW(].*/\1/p' "${headers[@]}" | sort; }
# fields FILE..: "STRUCT FIELD" in their order, of C or of syzkaller's language, but for what is KVM's inside of ours
fields() {
	sed -e 's,/\*.*,,' "$@" | awk '
		/^(struct )?vioapic_[a-z_]* [{]$/ { name = $(NF - 1); next }
		/^[}]/ { name = "" }
		!name || /^[[:space:]]*(\*|#|$)/ { next }
		/;/ { sub(/;.*/, ""); sub(/\[.*/, ""); print name, $NF; next }
		{ print name, $1 }' | grep -v '^vioapic_kvm_ioapic ' | sort -s -k1,1
}

check "there are requests" [ "$(requests | wc -l)" -gt 25 ]
check "syzkaller is told of each" diff <(requests) <(sed -n 's/^ioctl$\([A-Z_]*\)(fd [a-z_]*, cmd const\[\1\].*/\1/p' $description | sort)
check "ours makes each" diff <(requests) <(grep -ohE '(REQUEST|SILENT)\(VIOAPIC_[A-Z_]*' $program/requests.c | cut -d'(' -f2 | sort -u)
check "there are fields" [ "$(fields "${headers[@]}" | wc -l)" -gt 100 ]
check "syzkaller is told of each, in its place" diff <(fields "${headers[@]}") <(fields $description)
files() { sed -n 's/^ATTRIBUTE(\([a-z_]*\),.*/\1/p' virt/sim/configfs_attr.c | sort; }
check "configfs has files" [ "$(files | wc -l)" -gt 10 ]
check "syzkaller is told of each" diff <(files) <(grep '^vioapic_files' $description | grep -o 'sim0/[a-z_]*' | cut -d/ -f2 | sort)
check "ours writes each" diff <(files) <(sed -n '/^static const char \*const files/,/^}/p' $program/files.c | grep -o '"[a-z_]*"' | tr -d '"' | sort)
cat >"${TMPDIR:-/tmp}/size.$$.c" <<-END
	#include <linux/vioapic.h>
	_Static_assert(sizeof(struct vioapic_state) == $(sed -n 's/^\tsize.*const\[\([0-9]*\),.*/\1/p' $description), "");
END
check "the size of a state is as it says" gcc -fsyntax-only -Iinclude/uapi "${TMPDIR:-/tmp}/size.$$.c"
rm -f "${TMPDIR:-/tmp}/size.$$.c"
done_testing
