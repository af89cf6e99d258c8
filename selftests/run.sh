#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh (`make check`): builds, unit tests and tests in VMs. The last line is
# "N passed, N failed, N skipped"; fails if anything failed or nothing passed.
#	TESTS='glob'	only these: style, build/KERNEL, build/configs, unit/NAME, the NAME of a test in
#			selftests/vm or selftests/host
#	KERNELS='6.1'	only these kernels
#	BENCH=1		only what the benchmark boots, bench=1 in its header, on all that KERNELS names
#	RESULTS=dir	where all that is said goes, which is emptied first; default build/check
#	SOAK=n		tests that have a long form (*storm, uapi_fuzz) take n minutes, and kvm_interrupts its long one; `make soak`
#	LIMIT=s		a VM that takes longer hangs, whatever its header says
#	DEBUG=1		nothing but VMs: all that are not about Xen or what instructions cost, on the kernels that find what a stock
#			one does not and on -rt; `make check-debug`
#	SHORT=1		of DEBUG=1's what a quarter of an hour is enough for: the first boots of a few tests; on -rt of the quickest
#	JOBS=n		VMs at a time, default one for each CPU and half as many more, since each waits now and then
#
# A test in selftests/vm runs in a VM, from the tree that `make kselftest` installs; one in selftests/host runs here, and boots
# what it likes. It says in its header how it wants to be booted; several such lines are several boots:
#   # boot: kernels=every,6.12-cloud smp=4 threads=multi append="pci=nomsi" machine=microvm icount=1 timeout=300
#     mem=2G qemu="..." modules="..." progs="..." files="..." params="..." disk=0 bzimage=1 noload=1 kimage=1
#     xen=1 nested=1 guests="6.1 7.3" weight=10 bench=1
# (on one line; names as in tools/vm/vm.sh; the heaviest are started first). Without kernels= it is tested on "main",
# those that tools/vm/kernels.sh has everything tested on; "every" are the others too, for what differs by kernel. On those of
# spare= it is tested only if KERNELS names them.
# Whatever ends without its plan, with another count than planned, with a status of its own or by timeout
# is one failed test more. What failed is told where it happened and, in short, once more at the end.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
only=${TESTS:-*}
[[ -z ${SHORT:-} ]] || only=${TESTS:-@(boot|work|forms|sim_irq|sim_faults|kvm_registers)}
# Not once for each kernel
if [[ $only != unit* ]] && ! command -v apt-get >/dev/null; then
	echo "run.sh: no apt-get here: all but the unit tests (TESTS='unit*') needs Debian's kernels" >&2
	exit 1
fi
[[ ${SOAK:-0} =~ ^[0-9]+$ ]] || { echo "run.sh: SOAK=$SOAK: minutes, a number" >&2; exit 1; }
jobs=${JOBS:-$((($(nproc) * 3 + 1) / 2))}
results=${RESULTS:-$top/build/check}
rm -rf "$results"
mkdir -p "$results" || exit 1
# A boot gets the variables that its line names, and no others.
unset RUN KERNEL SMP MEM EXTRA PROGS FILES MODULES NOMODULE NOLOAD NOTOOL NOBUILD PARAMS ICOUNT THREADS NESTED BZIMAGE KIMAGE \
	XEN GUESTS MACHINE DISK ROOT APPEND \
	QEMU_ARGS TIMEOUT LOG LOGLEVEL MAKEFLAGS MFLAGS MAKELEVEL

trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM

selected() {
	# shellcheck disable=SC2053,SC2254 # a glob it is
	[[ $1 == $only ]]
}

kernel_wanted() {
	[[ -z ${KERNELS:-} || " ${KERNELS//,/ } " == *" $1 "* ]]
}

# shellcheck source=tools/vm/kernels.sh
. tools/vm/kernels.sh
mapfile -t main_kernels < <(kernel_names everything)
mapfile -t every_kernel < <(kernel_names everything; kernel_names "what differs by kernel")
# Of DEBUG=1
mapfile -t gate_kernels < <(tr ' ' '\n' <<<"$debug_kernels"; kernel_names everything | sed 's/$/-rt/')
is_debug_kernel() { [[ " $debug_kernels " == *" $1 "* ]]; }

# kernels_of LIST: of a header's kernels=
kernels_of() {
	local word list=()
	if [[ -n ${DEBUG:-} ]]; then
		# What is for a flavour, or for one of these, is for no other kernel; what is for any stock one is for all.
		for word in "${gate_kernels[@]}"; do
			[[ ! $1 =~ (^|,)((main|every|[0-9.]+)|$word)(,|$) ]] || list+=("$word")
		done
		echo "${list[@]}"
		return
	fi
	for word in ${1//,/ }; do
		case $word in
		main) list+=("${main_kernels[@]}") ;;
		every) list+=("${every_kernel[@]}") ;;
		*) is_debug_kernel "$word" || list+=("$word") ;;
		esac
	done
	echo "${list[@]}"
}

# show PREFIX FILE: passes TAP on, line by line as it comes, and keeps it for the count
show() {
	tee "$2" | sed -u "s|^|[$1] |"
}

# judge NAME STATUS TAP STDERR [CONSOLE]: is the TAP whole? Writes "passed failed skipped" to NAME.count, and what
# failed to NAME.failed
judge() {
	local name=$1 status=$2 tap=$3 planned ok failed skipped why='' file=$results/${1//\//_}
	skipped=$(grep -cE '^(ok .*# SKIP|1\.\.0 # SKIP)' "$tap")
	ok=$(($(grep -c '^ok ' "$tap") - $(grep -c '^ok .*# SKIP' "$tap")))
	failed=$(grep -c '^not ok ' "$tap")
	planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$tap" | paste -sd+)
	if [[ $status -eq 124 ]]; then
		why="timed out"
	elif [[ -z $planned ]]; then
		why="broke off without a plan (status $status)"
	elif [[ $((planned)) -ne $(grep -cE '^(not )?ok ' "$tap") ]]; then
		why="planned $((planned)) tests and ran $(grep -cE '^(not )?ok ' "$tap")"
	elif [[ $status -eq 4 && $skipped -gt 0 ]]; then
		: # all of it was skipped, and says why
	elif [[ $status -ne 0 && $failed -eq 0 ]]; then
		why="ended with status $status"
	fi
	if [[ -n $why ]]; then
		failed=$((failed + 1))
		echo "[$name] not ok - $why"
	fi
	if [[ $failed -gt 0 ]]; then
		sed "s|^|[$name] # |" "$4" | tail -n 40
		[[ ! -s ${5:-} ]] || tail -n 15 "$5" | sed "s|^|[$name] # console: |"
		{
			grep '^not ok ' "$tap" | head -n 3
			[[ -z $why ]] || echo "not ok - $why, the last: $(grep -E '^(not )?ok ' "$tap" | tail -n 1)"
			tail -n 5 "$4" | cut -c 1-120
		} | sed "s|^|[$name] |" >"$file.failed"
	fi
	echo "$ok $failed $skipped" >"$file.count"
}

# unrun NAME WHY: what could not even begin is one failed test
unrun() {
	echo "[$1] not ok - $2" | tee "$results/${1//\//_}.failed"
	echo 0 1 0 >"$results/${1//\//_}.count"
}

# for_debug_kernel: what boot() gives one more than the header says: memory for what it notes of each byte, and time
for_debug_kernel() {
	local limit=300 word smp=2
	for word in "${environment[@]}"; do
		case $word in
		TIMEOUT=*) limit=${word#*=} ;;
		SMP=*) smp=${word#*=} ;;
		esac
	done
	environment+=(MEM=3G "TIMEOUT=$((limit * 8))")
	# A race shows only if another CPU runs while one waits for it, and CPUs that take turns do not.
	if [[ $name == kcsan/* && $smp -gt 1 && " ${environment[*]} " != *" "@(THREADS|NESTED)=* ]]; then
		environment+=(THREADS=multi)
		# shellcheck disable=SC2016 # for another shell
		first='for cpu in /sys/devices/system/cpu/cpu*/online; do echo 1 >$cpu; done; '
	fi
}

# boot NAME TEST OPTION..: one VM; the options are the words of the header
boot() {
	local name=$1 test=$2 start=$SECONDS word files=$results/${1//[^[:alnum:].-]/_} environment=() command=tools/vm/vm.sh first=''
	shift 2
	[[ $test != host/* ]] || command=selftests/$test.sh
	for word in "$@"; do
		case ${word%%=*} in
		smp|mem|threads|append|machine|icount|timeout|modules|progs|files|params|disk|bzimage|noload|kimage|xen|nested|kernel|guests)
			environment+=("${word%%=*}") ;;
		qemu) environment+=(qemu_args) ;;
		weight|kernels|spare|bench) continue ;;
		*) unrun "$name" "its header has an option that is none: $word"
		   return ;;
		esac
		environment[-1]=${environment[-1]^^}=${word#*=}
	done
	[[ -z ${SOAK:-} ]] || environment+=("TIMEOUT=$((SOAK * 120 + 600))")
	[[ -z ${LIMIT:-} ]] || environment+=("TIMEOUT=$LIMIT")
	! is_debug_kernel "${name%%/*}" || for_debug_kernel
	env "${environment[@]}" NOBUILD=1 LOG="$files.console" \
		RUN="${first}VIOAPIC_RIG=1 VIOAPIC_DISTURB=1 VIOAPIC_SOAK=${SOAK:-} exec /selftests/vioapic/${test#*/}.sh" \
		"$command" 2>"$files.stderr" </dev/null | show "$name" "$files.tap"
	judge "$name" "${PIPESTATUS[0]}" "$files.tap" "$files.stderr" "$files.console"
	times >"$files.times"
	# The CPUs' seconds, user's and kernel's, of all that it has started: as many on a busy machine
	awk -v name="$name" -v wall=$((SECONDS - start)) -F '[ms ]+' \
		'NR == 2 { printf "%d %s (%d by the clock)\n", $1 * 60 + $2 + $3 * 60 + $4, name, wall }' "$files.times" >"$files.seconds"
}

# short KERNEL: of the boots of a test, does SHORT=1 have this one, list_boots()'s? The first, where it is about races with CPUs
short() {
	if [[ $1 == kcsan ]]; then
		[[ $parallel -eq 1 && ! $line =~ (^|[[:space:]])smp=1([[:space:]]|$) ]]
	else
		[[ $nth -eq 1 ]]
	fi
}

# A line for each boot: "weight TAB name TAB test TAB options..".
list_boots() {
	local file test line word kernels kernel name weight nth parallel
	local -a words
	for file in selftests/vm/*.sh selftests/host/*.sh; do
		test=${file#selftests/}
		test=${test%.sh}
		selected "${test#*/}" || continue
		[[ -z ${DEBUG:-} || $test == vm/* ]] || continue
		nth=0 parallel=0
		sed -n 's/^# boot:[[:space:]]*//p' "$file" | while read -r line; do
			nth=$((nth + 1))
			[[ $line =~ (^|[[:space:]])smp=1([[:space:]]|$) ]] || parallel=$((parallel + 1))
			mapfile -t words < <(printf %s "$line" | xargs -r -n1 printf '%s\n')
			kernels=main spare='' name='' weight=1
			for word in "${words[@]}"; do
				case $word in
				kernels=*) kernels=${word#*=} ;;
				spare=*) spare=${word#*=} ;;
				weight=*) weight=${word#*=} ;;
				smp=*) name+=/smp${word#*=} ;;
				threads=*|machine=*) name+=/${word#*=} ;;
				icount=*|bzimage=1) name+=/${word%=*} ;;
				append=*) name+=/${word#*=} ;;
				esac
			done
			# Two boots of a test never have the same name.
			name=${name// /,}/$nth
			if [[ -n ${BENCH:-} ]]; then
				[[ " ${words[*]} " == *" bench=1 "* ]] || continue
				kernels=$KERNELS
			fi
			[[ -z ${DEBUG:-} || ! $line =~ (^|[[:space:]])(icount|xen)= ]] || continue
			for kernel in $(kernels_of "$kernels"); do
				kernel_wanted "$kernel" || continue
				[[ -z ${SHORT:-} ]] || short "$kernel" || continue
				[[ -z ${SHORT:-} || -n ${TESTS:-} || $kernel != *-rt || $test == vm/@(boot|work) ]] || continue
				[[ -n ${KERNELS:-}${DEBUG:-} || ,$spare, != *",$kernel,"* ]] || continue
				(IFS=$'\t'; echo "$weight	$kernel/${test#*/}$name	$test	kernel=$kernel	${words[*]}")
			done
		done
	done | sort -s -t $'\t' -k 1,1nr
}

# build NAME SENTENCE COMMAND..: a build counts as a test; as one that was not asked for only if it fails
build() {
	local name=$1 sentence=$2 files=$results/${1//\//_} result=ok
	shift 2
	"$@" >"$files.log" 2>&1
	local status=$?
	# That something had to be got first is no warning.
	grep -vE '^(fetching|installing|getting|building) ' "$files.log" >"$files.stderr"
	[[ $status -eq 0 && ! -s $files.stderr ]] || result="not ok"
	if [[ $result != ok ]] || selected "$name"; then
		printf '%s 1 - %s\n1..1\n' "$result" "$sentence" | show "$name" "$files.tap"
		judge "$name" 0 "$files.tap" "$files.stderr"
	fi
	return $status
}

# room: until there is room for one more job
room() {
	while [[ $(jobs -pr | wc -l) -ge $jobs ]]; do wait -n; done
}

# needed NAME SENTENCE COMMAND..: a build without which nothing boots, in the background; leaves NAME.broken
needed() {
	room
	{ build "$@" || : >"$results/${1//\//_}.broken"; } &
}

# All that is built, first: nobody wants the same error from each VM.
list_boots >"$results/boots"
# Kernels that are booted as guests are built for, too.
guests() { tr '\t' '\n' <"$results/boots" | sed -n 's/^guests=//p' | tr ' ' '\n'; }
# A third of a build is the tests' own modules, of which the test `boot' has none.
tests_modules() {
	awk -F '\t' -v kernel="$1" 'index($2, kernel "/") == 1 && $3 != "vm/boot" { found = 1 } END { exit !found }' "$results/boots" ||
		guests | grep -qx "$1"
}
for kernel in $(for name in "${every_kernel[@]}"; do echo "$name" "$name-cloud" "$name-rt"; done) latest ${DEBUG:+$debug_kernels}; do
	if cut -f 2 "$results/boots" | grep -q "^$kernel/" || guests | grep -qx "$kernel" || { kernel_wanted "$kernel" && selected "build/$kernel"; }; then
		selftest=''
		! tests_modules "$kernel" || selftest=1
		needed "build/$kernel" "the modules build for $kernel without a warning" env "SELFTEST=$selftest" tools/vm/module.sh "$kernel"
	fi
done
if [[ -s $results/boots ]]; then
	needed build/tool "the vioapic command builds" tools/vm/tool.sh
	needed build/progs "the tests' programs build" tools/vm/progs.sh
fi
wait
[[ ! -e $results/build_tool.broken && ! -e $results/build_progs.broken ]] || : >"$results/boots"

unit_tests() {
	local program name
	mkdir -p build/unit
	if ! tools/vm/need.sh make gcc libc6-dev libcmocka-dev pkg-config libjson-c-dev libncurses-dev >"$results/unit.log" 2>&1 ||
	   ! selftests/fuzz/need.sh >>"$results/unit.log" 2>&1 ||
	   ! make -C selftests/unit O="$top/build/unit" >>"$results/unit.log" 2>&1; then
		tail -n 20 "$results/unit.log" | sed 's/^/[unit] # /'
		unrun unit "the unit tests do not build"
		return
	fi
	while read -r program; do
		name=unit/${program##*/}
		selected "$name" || continue
		CMOCKA_MESSAGE_OUTPUT=TAP "$program" 2>"$results/unit.stderr" </dev/null | show "$name" "$results/unit.tap"
		judge "$name" "${PIPESTATUS[0]}" "$results/unit.tap" "$results/unit.stderr"
	done < <(find build/unit -maxdepth 1 -type f -perm -100 | sort)
}

# Beside the VMs: most of it has but one thread.
if [[ -z ${BENCH:-}${DEBUG:-} && -e selftests/unit/Makefile ]] && [[ $only == \* || $only == *unit* ]]; then
	unit_tests &
fi

if [[ -z ${BENCH:-}${DEBUG:-} ]] && selected style; then
	room
	build style "the style is clean: shellcheck, checkpatch, cppcheck, sparse" tools/vm/style.sh &
fi
if [[ -z ${BENCH:-}${DEBUG:-}${KERNELS:-} ]] && selected build/configs; then
	room
	build build/configs "the modules build, or say why not, for kernels configured otherwise" selftests/configs.sh &
fi

# Beside the boots that do not have it, and in favour of them: where it is not in the cache, it is six minutes of a CPU's.
if [[ -n $(guests) ]]; then
	needed build/qemu "QEMU builds" bash -c 'nice tools/qemu/build.sh >/dev/null'
	qemu=$!
fi

# start LINE: the boot that it stands for, unless what it needs does not build
start() {
	local name test options words
	IFS=$'\t' read -r _ name test options <<<"$1"
	[[ ! -e $results/build_${name%%/*}.broken ]] || return
	[[ $options != *$'\t'guests=* || ! -e $results/build_qemu.broken ]] || return
	IFS=$'\t' read -ra words <<<"$options"
	room
	boot "$name" "$test" "${words[@]}" &
}

# Those that wait for QEMU take up no room.
waiting=()
while IFS= read -r line; do
	room
	if [[ $line == *$'\t'guests=* ]] && kill -0 "$qemu" 2>/dev/null; then
		waiting+=("$line")
		continue
	fi
	if [[ ${#waiting[@]} -gt 0 ]] && ! kill -0 "$qemu" 2>/dev/null; then
		for boot in "${waiting[@]}"; do start "$boot"; done
		waiting=()
	fi
	start "$line"
done <"$results/boots"
[[ ${#waiting[@]} -eq 0 ]] || wait "$qemu"
for boot in "${waiting[@]}"; do start "$boot"; done
wait

[[ $(wc -l <"$results/boots") -lt 20 ]] || cat "$results"/*.seconds | sort -nr | head -n 10 | sed 's/^/# slow: s of a CPU /'
cat "$results"/*.failed 2>/dev/null
cat "$results"/*.count 2>/dev/null | awk '
	{ passed += $1; failed += $2; skipped += $3 }
	END {
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed || !passed
	}'
