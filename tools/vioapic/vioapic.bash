# SPDX-License-Identifier: GPL-2.0
# bash completion for vioapic(8)

# _vioapic_names [owner]: all, or those that are simulated
_vioapic_names() {
	# Not root: no names, and no complaint in the middle of a command line.
	vioapic list 2>/dev/null | awk -v role="$1" '
		NR > 1 && (role == "" || ($2 == role && $NF != "kvm")) { print $1 }'
}

_vioapic() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} words
	[[ $command != sim && $command != kvm ]] || command+=" ${COMP_WORDS[2]}"

	case $previous in
	--hook) words="oops fixup" ;;
	--backend) words="native xen" ;;
	--allow) words="smi nmi init" ;;
	--chip) words="82093aa ich pch120 via amd qemu generic240" ;;
	--kind) words="access route refuse eoi deliver fault state" ;;
	--record)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return ;;
	--batch|--count|--interval|--pin|--pins|--gsi-base|--id|--storm-limit) return ;;
	esac

	if [[ -z $words && $COMP_CWORD -eq 1 ]]; then
		words="list takeover release show explain trace replay top stats check save restore sim kvm --help --version"
	elif [[ -z $words && $COMP_CWORD -eq 2 && ${COMP_WORDS[1]} == sim ]]; then
		words="create destroy raise lower pulse fault --help"
	elif [[ -z $words && $COMP_CWORD -eq 2 && ${COMP_WORDS[1]} == kvm ]]; then
		words="list attach detach --help"
	elif [[ -z $words && $current == -* ]]; then
		case $command in
		list|stats|"kvm list") words="--json --help" ;;
		show) words="--json --svg --interval --help" ;;
		takeover) words="--all --hook --backend --help" ;;
		release) words="--all --help" ;;
		trace) words="--count --pin --kind --raw --record --help" ;;
		replay) words="--print --help" ;;
		top) words="--interval --batch --help" ;;
		check|explain) words="--help" ;;
		save|restore) words="--kvm --help" ;;
		"sim create") words="--pins --gsi-base --id --chip --hook --storm-limit --allow --help" ;;
		"sim destroy") words="--all --help" ;;
		"sim pulse") words="--count --help" ;;
		sim*|kvm*) words="--help" ;;
		esac
	elif [[ -z $words ]]; then
		case $command in
		takeover|release|show|explain|trace|top|stats|check) words=$(_vioapic_names) ;;
		save|restore|replay)
			if [[ $COMP_CWORD -eq 2 && $command != replay ]]; then
				words=$(_vioapic_names)
			else
				compopt -o filenames 2>/dev/null
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
				return
			fi ;;
		"sim create"|"kvm list") return ;;
		"kvm attach"|"kvm detach")
			words=$(vioapic kvm list 2>/dev/null | awk -v attach="${command#kvm }" '
				NR > 1 && (attach == "attach" ? $NF == "-" && $(NF - 2) == "kernel" : $NF != "-") { print $1 }') ;;
		"sim destroy") words=$(_vioapic_names owner) ;;
		"sim fault")
			[[ $COMP_CWORD -eq 3 ]] && words=$(_vioapic_names owner) ||
				words="stuck-irr drop-eoi drop-write torn-write ones lost-index delay duplicate spurious off" ;;
		sim*) [[ $COMP_CWORD -ne 3 ]] || words=$(_vioapic_names owner) ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vioapic vioapic
