#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# style.sh (`make style`): shellcheck, checkpatch --strict and sparse over everything; silent if all is well.
set -u

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
cache=${VIOAPIC_CACHE:-$HOME/.cache/vioapic}
scripts=$cache/checkpatch
bad=0

"$here/need.sh" shellcheck sparse perl xz-utils || exit 1
# checkpatch comes with the kernel's sources only; its companions are its spelling and its const structs.
if [[ ! -e $scripts/checkpatch.pl ]]; then
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	echo "fetching checkpatch" >&2
	if ! (cd "$tmp" && apt-get -qq download linux-source-6.1 && dpkg -x ./*.deb . &&
	      tar -xJf usr/src/linux-source-6.1.tar.xz --strip-components=2 --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch') >"$tmp/log" 2>&1; then
		echo "style.sh: cannot get checkpatch: $(tail -n 1 "$tmp/log")" >&2
		exit 1
	fi
	mkdir -p "$scripts"
	mv "$tmp"/{spelling.txt,const_structs.checkpatch,checkpatch.pl} "$scripts" || exit 1
fi

mapfile -t shells < <(find .ci tools selftests \( -name '*.sh' -o -path .ci/run \) -not -path '*/build/*' | sort)
shellcheck "${shells[@]}" || bad=1
mapfile -t sources < <(find virt arch include tools selftests -name '*.[chS]' | sort)
# No MAINTAINERS here, 100 columns, and user space has not the kernel's macros.
"$scripts/checkpatch.pl" --no-tree --strict --terse --quiet --no-summary --max-line-length=100 \
	--ignore FILE_PATH_CHANGES,SPDX_LICENSE_TAG,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE --file "${sources[@]}" || bad=1
rm -f .checkpatch-camelcase.*
# sparse looks at what the compiler is given, so all of it is built once more.
rm -rf build/6.1/.built
find build/6.1 -name '*.o' -delete 2>/dev/null
KFLAGS=C=1 "$here/module.sh" 6.1 || bad=1
[[ ! -e build/6.1/build.log ]] || ! grep -E '\.[chS]:[0-9]+:.*(warning|error):' build/6.1/build.log >&2 || bad=1
exit $bad
