# SPDX-License-Identifier: GPL-2.0
# bash completion for vioapic(8)

_vioapic_names() {
	# Not root: no names, and no complaint in the middle of a command line.
	vioapic list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_vioapic() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} words

	case $previous in
	--hook) words="oops fixup" ;;
	--backend) words="native xen" ;;
	--count) return ;;
	esac

	if [[ -z $words && $COMP_CWORD -eq 1 ]]; then
		words="list takeover release show trace stats check save restore --help --version"
	elif [[ -z $words && $current == -* ]]; then
		case $command in
		list|show|stats) words="--json --help" ;;
		takeover) words="--all --hook --backend --help" ;;
		release) words="--all --help" ;;
		trace) words="--count --help" ;;
		check) words="--help" ;;
		save|restore) words="--kvm --help" ;;
		esac
	elif [[ -z $words ]]; then
		case $command in
		takeover|release|show|trace|stats|check) words=$(_vioapic_names) ;;
		save|restore)
			if [[ $COMP_CWORD -eq 2 ]]; then
				words=$(_vioapic_names)
			else
				compopt -o filenames 2>/dev/null
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
				return
			fi ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vioapic vioapic
