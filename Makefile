# SPDX-License-Identifier: GPL-2.0-only
#
# make help says what there is.

ifneq ($(words $(CURDIR)),1)
$(error make cannot work in a directory with blanks in its path: '$(CURDIR)')
endif

O ?= $(CURDIR)/build
override O := $(abspath $(O))
KERNEL ?= fast

# What needs no kernel source. A component is a directory with a Makefile that
# knows O=, and the targets all, check and clean.
COMPONENTS := tools/testing/minihv tools/testing/minihv/tests lib tools/mshv-run \
	tools/mshvctl tools/testing/host tools/testing/cpu
# What does: the kselftest harness and the kernel's headers come from there.
KERNEL_COMPONENTS := tools/testing/selftests/mshv

present = $(foreach c,$(1),$(if $(wildcard $(c)/Makefile),$(c)))

all: $(call present,$(COMPONENTS))

tools/mshv-run tools/mshvctl tools/testing/cpu: $(call present,lib)

$(COMPONENTS):
	$(MAKE) -C $@ O=$(O) all

selftests: $(call present,$(KERNEL_COMPONENTS))

$(KERNEL_COMPONENTS):
	$(MAKE) -C $@ O=$(O) KSRC=$(KSRC) all

# The modules, for the kernel whose build tree is KDIR.
modules:
	$(MAKE) -C kernel O=$(O) KDIR=$(or $(KDIR),$$(tools/testing/host/kernel $(KERNEL))/build) all

kernel:
	tools/testing/host/kernel $(KERNEL)

check:
	@tools/testing/check $(if $(T),'$(T)')

check-long:
	@tools/testing/check --long

check-soak:
	@tools/testing/soak

bench:
	@tools/testing/bench/run

# MINUTES=, SEED=; tools/testing/fuzz-driver/run --help has more.
fuzz-driver:
	@tools/testing/fuzz-driver/run $(if $(MINUTES),--minutes=$(MINUTES)) \
		$(if $(SEED),--seed=$(SEED)) $(FUZZ)

demo:
	@tools/demo

fuzz:
	$(MAKE) -C lib O=$(O) fuzz
	$(MAKE) -C tools/mshv-run O=$(O) fuzz

# For programs that are linked to the library: /sbin/ldconfig has to know of it, where it looks
# at all, which is for root to say.
install: lib tools/mshvctl tools/mshv-run
	$(MAKE) -C lib O=$(O) install
	$(MAKE) -C tools/mshvctl O=$(O) install
	$(MAKE) -C tools/mshv-run O=$(O) install
	$(MAKE) -C packaging install
	$(if $(DESTDIR),,@if [ "$$(id -u)" = 0 ]; then ldconfig; fi)

deb:
	@tools/testing/packages/build $(O)/deb

clean:
	rm -rf $(O)

help:
	@echo 'all         build what needs no kernel: minihv, the library, the tools'
	@echo 'demo        set everything up, boot Linux in a guest, show figures'
	@echo 'check       build and test every behaviour once; T=PATTERN: only such steps'
	@echo 'check-long  the same in every combination, and what takes hours'
	@echo 'check-soak  boot 200 times, in every combination; hours'
	@echo 'fuzz        feed the library exits that make no sense; FUZZ_TIME=SECONDS'
	@echo 'fuzz-driver random ioctls, guests and memory; MINUTES, SEED, FUZZ="--cpus=4 ..."'
	@echo 'bench       measure our driver beside the one in Linux, and KVM'
	@echo 'modules     build the driver; KDIR=BUILD-TREE, or KERNEL=fast|debug'
	@echo 'install     library, tools and manual pages; PREFIX, LIBDIR, MANDIR, DESTDIR'
	@echo 'deb         Debian packages of it all, in build/deb'
	@echo 'kernel      build the root kernel; KERNEL=fast|debug'
	@echo 'clean       remove build/; the cache (MSHV_CACHE) stays'

ifneq ($(filter selftests,$(MAKECMDGOALS)),)
KSRC ?= $(shell tools/testing/host/kernel --source)
ifeq ($(KSRC),)
$(error no kernel source: see tools/testing/host/kernel)
endif
endif

.PHONY: all selftests modules kernel check check-long check-soak bench demo fuzz fuzz-driver
.PHONY: install deb clean help
.PHONY: $(COMPONENTS) $(KERNEL_COMPONENTS)
