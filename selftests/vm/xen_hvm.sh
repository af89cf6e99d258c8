#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In a Xen HVM guest, whose I/O APIC is Xen's own, emulated: takeover by the backend native. The guest's kernel is this
# same one; what it runs is xen_guest.sh, and its verdicts are ours.
# boot: kernels=main,6.1 spare=6.12 xen=tools mem=3G smp=1 nested=1 noload=1 kimage=1 modules="xen-privcmd xen-gntdev xen-gntalloc xen-evtchn xenfs" timeout=600 weight=40
# shellcheck shell=sh source=selftests/dom0.sh disable=SC1091,SC2154,SC2317 # dom0.sh, and what it sets; called by check
. "$(dirname "$0")/dom0.sh"
disturbs "runs guests of Xen's"
needs rig image

logs=/xen/var/log/xen/console
libraries=$(find /xen/usr/lib -name 'xen-*' -type d -path '*linux-gnu*' | sed 's,^/xen,,')
in_tools() { LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu:$libraries chroot /xen "$@"; }
tool() { find /xen/usr -name "$1" -type f | head -n 1 | sed 's,^/xen,,'; }
return=$(printf '\r')
xl=$(tool xl) hvmctx=$(tool xen-hvmctx)

toolstack() {
	for dir in proc sys dev dev/pts; do
		mount --bind "/$dir" "/xen/$dir"
	done
	mkdir -p /xen/run/xen /xen/var/run/xen /xen/var/lib/xenstored /xen/run/xenstored "$logs" /xen/etc/xen
	: >/xen/etc/xen/xl.conf
	modprobe -a xen-gntdev xen-evtchn xen-gntalloc xenfs
	mount -t xenfs none /xen/proc/xen
	in_tools "$(tool xenstored)" && in_tools "$(tool xen-init-dom0)" &&
		in_tools "$(tool xenconsoled)" --log=guest --log-dir="${logs#/xen}"
}

# images: the guest's kernel and initramfs, of which QEMU copies the most into the guest's memory at once. By
# its usual way the BIOS reads them byte by byte from a port, each byte a turn of Xen's and QEMU's. So what is called the
# kernel is its real mode part alone, followed by a few instructions that say where the initramfs is (0x218 and 0x21c of
# the boot parameters, by %esi) and jump to where the rest of it is.
kernel_at=0x4000000 initrd_at=0x10000000
le32() {
	for shift in 0 8 16 24; do
		printf '%b' "\\0$(printf %o $(($1 >> shift & 255)))"
	done
}
images() {
	mkdir -p /tmp/guest/lib && cd /tmp/guest || return 1
	cp -a /bin /sbin /lib64 /selftests . && cp -a /lib/x86_64-linux-gnu lib || return 1
	mkdir -p dev proc sys tmp lib/modules && ln -s selftests/init init
	find /lib/modules \( -name configfs.ko -o -name button.ko \) -exec cp {} lib/modules \;
	find ".$bin" -type f ! -name vioapic -delete
	find ".$modules" -type f ! -name vioapic.ko ! -name vioapic_user.ko -delete
	printf '#!/bin/sh\nVIOAPIC_TREE=%s VIOAPIC_RIG=1\n. %s/xen_guest.sh\n' "$tree" "$tree" >selftests/init
	chmod +x selftests/init
	find . | cpio -o -H newc 2>/dev/null >/xen/tmp/initrd
	cd /
	rm -rf /tmp/guest

	setup=$((($(hexdump -s 497 -n 1 -e '1/1 "%u"' /boot/vmlinuz) + 1) * 512))
	tail -c +$((setup + 1)) /boot/vmlinuz >/xen/tmp/kernel
	{
		head -c "$setup" /boot/vmlinuz
		printf '\xc7\x86\x18\x02\0\0' # movl $initrd_at, 0x218(%esi)
		le32 "$initrd_at"
		printf '\xc7\x86\x1c\x02\0\0' # movl $size, 0x21c(%esi)
		le32 "$(stat -c %s /xen/tmp/initrd)"
		printf '\xb8' # movl $kernel_at, %eax
		le32 "$kernel_at"
		printf '\xff\xe0' # jmp *%eax
		head -c 4096 /dev/zero
	} >/xen/tmp/setup
}

# config NAME PIRQ PARAMETERS: with the TSC as it is, since Xen does not understand how this QEMU traps rdtscp
config() {
	cat >/xen/tmp/guest.cfg <<END
name = "$1"
type = "hvm"
memory = 400
vcpus = 2
kernel = "/tmp/setup"
cmdline = "console=hvc0 nokaslr edd=off no_timer_check panic=-1 quiet $3"
hvm_pirq = $2
tsc_mode = "native"
serial = "null"
vnc = 0
vga = "none"
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
device_model_args = [ "-device", "loader,file=/tmp/kernel,addr=$kernel_at,force-raw=on",
	"-device", "loader,file=/tmp/initrd,addr=$initrd_at,force-raw=on" ]
END
}

domid() { in_tools "$xl" domid "$1"; }

# heard GUEST LINE: of its console; its verdicts are ours
heard() {
	case $2 in
	"ok "*) heard_verdicts=$((heard_verdicts + 1)); report 0 "$1: ${2#ok * - }" ;;
	"not ok "*) heard_verdicts=$((heard_verdicts + 1)); report 1 "$1: ${2#not ok * - }" ;;
	"# "*) echo "$2" ;;
	1..*) planned=${2#1..} ;;
	"ask "*) answer "$1" "${2#ask }" >"$(in_tools xenstore-read "/local/domain/$(domid "$1")/console/tty")" ;;
	esac
}

# answer GUEST WHAT: does what it asks for, and says so to it
answer() {
	case $2 in
	registers) in_tools "$hvmctx" "$(domid "$1")" | sed -n '/IOAPIC:/,/pin 47/p' ;;
	sendkey*) in_tools "$xl" qemu-monitor-command "$1" "$2" ;;
	power) in_tools "$xl" trigger "$1" power ;;
	esac
	echo answered
}

# guest NAME PIRQ PARAMETERS: from its start to its end. As long as it says something it is alive.
guest() {
	config "$@"
	log=$logs/guest-$1.log heard_verdicts=0 planned=-1 line='' silent=0 last=''
	: >"$log"
	in_tools "$xl" create -F /tmp/guest.cfg >/tmp/xl.log 2>&1 &
	xl_pid=$!
	exec 5<"$log"
	while :; do
		if read -r piece <&5; then
			heard "$1" "${line}${piece%"$return"}"
			line='' silent=0
			continue
		fi
		line=$line$piece
		[ -z "$last" ] || break
		if ended $xl_pid; then
			last=1
		elif [ $((silent += 1)) -gt 500 ]; then
			echo "# the guest says nothing any more"
			in_tools "$xl" destroy "$1"
			last=1
		else
			sleep 0.2
		fi
	done
	wait $xl_pid
	check "$1: it ran all of its tests" [ "$heard_verdicts" -eq "$planned" ]
}

check "Xen's toolstack starts" toolstack
check "the guest's image is made" images
before=$tap_failed
for variant in "guest 0" "pirqs 1 rig.pirq"; do
	# shellcheck disable=SC2086 # the words
	set -- $variant
	guest "$1" "$2" "${3:-}"
	[ "$tap_failed" -eq "$before" ] || { tail -n 60 "$log" | tr -d '\r'; tail -n 5 /tmp/xl.log /xen/var/log/xen/*.log; } | sed 's/^/# /'
	before=$tap_failed
done
done_testing
