# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# kernels.sh: the kernels that the rig knows. The next one is one line of this table. Sourced.
#
# NAME    what is tested on it              Debian's suites that have it, and its compiler
kernel_table='
6.1       what differs by kernel            bookworm bookworm-security
6.12      everything                        trixie trixie-security
7.2       what differs by kernel            trixie trixie-backports
7.3       everything                        trixie trixie-backports
latest    whether the modules build         trixie trixie-backports sid experimental
'
# Each is there as NAME, NAME-cloud and NAME-rt too (`latest' is the newest of all in those suites).

# Built here from the newest source, by debugkernel.sh: they find what a stock kernel does not. For `make check-debug`.
# shellcheck disable=SC2034 # by who sources this
debug_kernels='kasan kcsan'

# kernel_names [TESTED]: their names, without flavours; only those that have TESTED in the second column
# shellcheck disable=SC2120 # some name one
kernel_names() { awk -v FS='   +' -v tested="${1:-}" 'NF == 3 && (tested == "" || $2 == tested) { print $1 }' <<<"$kernel_table"; }

# kernel_suites NAME: where in the archive; fails if there is no such kernel
kernel_suites() {
	local name=${1%-cloud}
	awk -v FS='   +' -v name="${name%-rt}" '$1 == name { print $3; found = 1 } END { exit !found }' <<<"$kernel_table"
}

# kernel_usage: all of them, for people
kernel_usage() { echo "$(kernel_names | paste -sd' '), each also with -cloud or -rt; $debug_kernels"; }
