# SPDX-License-Identifier: GPL-2.0
# For people. What the kernel modules are made of stands in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.1
PREFIX ?= /usr/local
DESTDIR ?=

# The rig's variables reach the scripts through the environment, untouched: make would expand the
# `$' in RUN='echo $HOME' otherwise.
RIG := RUN KERNEL SMP MEM EXTRA PROGS FILES MODULES NOMODULE NOLOAD NOTOOL NOBUILD PARAMS ICOUNT BZIMAGE KIMAGE XEN THREADS NESTED \
       GUESTS MACHINE DISK ROOT APPEND QEMU_ARGS TIMEOUT LOG LOGLEVEL TESTS KERNELS JOBS UPDATE SHORT
$(foreach v,$(RIG),$(if $(filter-out undefined,$(origin $(v))),$(eval override $(v) := $$(value $(v)))))
export $(RIG)
MAKEFLAGS += --no-print-directory

.PHONY: all modules tool install uninstall deb kselftest run vm check check-debug bench soak fuzz mutate bugs module style clean distclean help

all: modules tool

# Never as a by-product of `make vm', whose stdout is the VM's.
modules:
	@tools/vm/module.sh "$(KDIR)" && echo "build/host/vioapic.ko is ready"

tool:
	@tools/vm/tool.sh && { [ ! -e build/tools/vioapic ] || echo "build/tools/vioapic is ready"; }

# The key that the kernel's configuration names, if it is there. Debian's headers have none, and the kernel's
# makefiles would try to sign all the same, and complain.
key = $(shell sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"/\1/p' "$(KDIR)/.config" 2>/dev/null)
sign = $(if $(filter pkcs11:%,$(key))$(wildcard $(key) $(key:%=$(KDIR)/%)),,CONFIG_MODULE_SIG_ALL=)

# All of it goes into a tree of its own first, so that it is known what it is.
stage := $(CURDIR)/build/stage
install: all
	@rm -rf "$(stage)"
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)/build/host" INSTALL_MOD_PATH="$(stage)" $(sign) modules_install
	@# What depmod has made there is of these modules alone.
	@find "$(stage)" -path '*/lib/modules/*' -name 'modules.*' -delete
	$(MAKE) -C tools/vioapic O="$(CURDIR)/build/tools" PREFIX="$(PREFIX)" DESTDIR="$(stage)" install
	$(MAKE) -C tools/libvioapic O="$(CURDIR)/build/tools" PREFIX="$(PREFIX)" DESTDIR="$(stage)" install
	$(MAKE) -C tools/packaging PREFIX="$(PREFIX)" DESTDIR="$(stage)" install
	tools/packaging/install.sh install "$(DESTDIR)" "$(PREFIX)" "$(stage)"

uninstall:
	tools/packaging/install.sh uninstall "$(DESTDIR)" "$(PREFIX)"

deb:
	@exec tools/packaging/deb.sh

INSTALL_PATH ?= $(CURDIR)/build/kselftest_install

kselftest:
	@selftests/kselftest/install.sh "$(KDIR)" "$(INSTALL_PATH)" && echo "$(INSTALL_PATH)/run_kselftest.sh is ready"

module:
	@tools/vm/module.sh "$(KERNEL)"

vm:
	@exec tools/vm/vm.sh

run:
	@# Without MSI the disk has a level interrupt of the I/O APIC's.
	@APPEND="pci=nomsi $$APPEND" RUN='sh /etc/vioapic-demo' exec tools/vm/vm.sh

check:
	@exec selftests/run.sh

check-debug:
	@DEBUG=1 exec selftests/run.sh

bench:
	@exec tools/bench/bench.sh

MINUTES ?= 60
soak:
	@TESTS="$${TESTS:-@(*storm|uapi_fuzz)}" SOAK="$(MINUTES)" exec selftests/run.sh

# Not exported: bash would count it up.
unexport SECONDS
fuzz:
	@exec selftests/fuzz/run.sh "$(or $(SECONDS),60)"

mutate:
	@exec selftests/mutate.py

bugs:
	@exec selftests/bugs.py $(if $(NAME),"$(NAME)")

style:
	@exec tools/vm/style.sh

clean:
	rm -rf build

# The kernels and all else that was downloaded, too.
distclean: clean
	rm -rf "$${VIOAPIC_CACHE:-$$HOME/.cache/vioapic}"

help:
	@echo "make                  vioapic.ko and vioapic_kvm.ko for this machine's kernel (KDIR=), the vioapic command and"
	@echo "                      libvioapic, in build/"
	@echo "make install          all of these into this machine (PREFIX=, DESTDIR=)"
	@echo "make uninstall        what install has put there goes again (PREFIX=, DESTDIR= as then)"
	@echo "make deb              packages for Debian, in build/deb/"
	@echo "make kselftest        the tests as a tree for any machine, in INSTALL_PATH= (KDIR=): its run_kselftest.sh runs them"
	@echo "make run              a stock kernel in QEMU whose I/O APIC is taken over: everything at a glance"
	@echo "make vm RUN='cmd'     run cmd in such a VM; without RUN a shell. The last message tells the status;"
	@echo "                      tools/vm/vm.sh exits with it, and describes all variables:"
	@echo "                      KERNEL=6.1|6.1-cloud|6.1-rt|6.12|6.12-cloud|6.12-rt SMP= EXTRA= ICOUNT=1 .."
	@echo "make check            all tests (TESTS='glob' KERNELS='6.1 6.12')"
	@echo "make check-debug      all tests in VMs on kernels with KASAN, lockdep and more, with KCSAN, and on real-time ones (hours;"
	@echo "                      SHORT=1: a quarter of one; TESTS, KERNELS='kasan kcsan 6.12-rt 7.3-rt' as above)"
	@echo "make bench            what it costs beside what it is compared with, and beside the last time: build/bench"
	@echo "                      (KERNELS='6.12' TESTS='glob' UPDATE=1); tools/bench/README.md says what the numbers are"
	@echo "make soak MINUTES=n   storms of interrupts, and requests at random, for so long (KERNELS= as above)"
	@echo "make fuzz SECONDS=n     fuzz the device model for so long"
	@echo "make mutate           do the tests notice each small change of the device model?"
	@echo "make bugs NAME='glob' do the tests in VMs notice bugs of the kinds that there have been? It takes an hour"
	@echo "make module KERNEL=   only build the modules, for one of these kernels, in build/KERNEL/"
	@echo "make style            checkpatch, sparse, cppcheck, shellcheck"
	@echo "make clean|distclean  remove build/, and what was downloaded"
