#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# archive.sh [--update] SUITE..: package lists of other releases of Debian than this machine's, in the cache.
# Prints the path of an apt configuration: APT_CONFIG=path apt-get download .. takes packages from there. This machine's
# own lists and packages stay as they are, and nobody needs to be root. --update gets the lists anew.
set -u

die() { echo "archive.sh: $*" >&2; exit 1; }

update=
[[ ${1:-} != --update ]] || { update=1; shift; }
[[ $# -gt 0 ]] || die "which suites?"
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/archive
dir=$cache/$(IFS=+; echo "$*")
lists=$dir/state/lists
[[ -e $lists/done && -z $update ]] && { echo "$dir/apt.conf"; exit 0; }

command -v apt-get >/dev/null || die "no apt-get here: only a Debian has Debian's kernels at hand (the rig needs one; make and make install do not)"
mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$cache/lock"
flock 9
# Somebody else may have got them while this one waited.
[[ -e $lists/done && -z $update ]] && { echo "$dir/apt.conf"; exit 0; }

# The mirrors are those that this machine uses.
# shellcheck disable=SC2016 # apt's own variables
sources=$(apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(LABEL) $(REPO_URI)' 2>/dev/null |
	awk '$1 == "Packages" && $2 == "Debian" { print $3, $4 }' | sort -u)
mirror=$(awk '$1 == "Debian" { print $2; exit }' <<<"$sources")
security=$(awk '$1 == "Debian-Security" { print $2; exit }' <<<"$sources")
if [[ -z $mirror ]]; then
	# No lists yet: what is written in the sources.
	sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null | grep -v '^[[:space:]]*#' |
		grep -oE '(https?|ftp|file|mirror\+[a-z]+|cdrom|copy):[^[:space:]]*/debian(-security)?/?([[:space:]]|$)' | tr -d '[:blank:]' | sort -u)
	mirror=$(grep -E '/debian/?$' <<<"$sources" | head -n 1)
	security=$(grep -E '/debian-security/?$' <<<"$sources" | head -n 1)
fi
[[ -n $mirror ]] || die "no Debian among this machine's apt sources: the rig needs Debian's kernels (make and make install do not)"

mkdir -p "$lists/partial" "$dir/cache/archives/partial" || die "cannot create $dir"
keys=/usr/share/keyrings/debian-archive-keyring
for keys in "$keys".{pgp,gpg}; do [[ ! -e $keys ]] || break; done
for suite in "$@"; do
	case $suite in
	*-security) [[ -z $security ]] || echo "deb [signed-by=$keys] $security $suite main" ;;
	# A mirror that lags behind is newer than a release all the same.
	sid|experimental) echo "deb [signed-by=$keys check-valid-until=no] $mirror $suite main" ;;
	*) echo "deb [signed-by=$keys] $mirror $suite main" ;;
	esac
done >"$dir/sources.list"
: >"$dir/status"
cat >"$dir/apt.conf" <<EOF
Dir::State "$dir/state";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
EOF
echo "getting the package lists of Debian $*" >&2
APT_CONFIG=$dir/apt.conf apt-get -qq update >"$dir/log" 2>&1 ||
	die "cannot get the package lists of Debian $*: $(grep -m1 '^E:' "$dir/log" || tail -n 1 "$dir/log")"
: >"$lists/done"
echo "$dir/apt.conf"
