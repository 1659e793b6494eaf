# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# ksrc, kernel_dir, pattern are check's
#
# Sourced by check: what each step does, and, at the end, the table of them all. A new
# step is a line in that table, and one in Documentation/testing.rst.

do_build()
{
	make --no-print-directory all &&
		make --no-print-directory selftests KSRC="$ksrc" &&
		make --no-print-directory modules KDIR="$kernel_dir/build"
}

# While other steps run on the fast kernel.
build_debug()
{
	local dir

	dir=$(nice tools/testing/host/kernel debug) &&
		make --no-print-directory modules KDIR="$dir/build"
}

# A component's unit tests: make -C DIR check.
unit()
{
	make --no-print-directory -C "$1" O="$PWD/build" KSRC="$ksrc" check
}

# The library beside Zydis and the processor, on other instructions than unit/lib has.
differential()
{
	make --no-print-directory -C lib O="$PWD/build" CASES=20000000 SEED=815 differential
}

# Those of the library's unit tests that are about CPU properties, and the command.
cpu_unit()
{
	local out=$PWD/build tests

	make --no-print-directory -C lib O="$out" "$out/lib/unit-tests" &&
		mapfile -t tests < <(sed -n 's/^TEST(\(cpu_[a-z0-9_]*\))$/\1/p' \
			lib/tests/test_cpu*.c) &&
		"$out/lib/unit-tests" "${tests[@]}" && unit tools/mshvctl
}

# minihv SCHEDULER CPUS
minihv()
{
	tools/testing/minihv/tests/run --scheduler="$1" --cpus="$2"
}

# vmm DRIVER SCHEDULER CPUS all|few: with all kinds of guests, or with those that
# differ from host to host.
vmm()
{
	local few=()

	[[ $4 == all ]] || few=(--few)
	tools/mshv-run/tests/run "${few[@]}" --driver="$1" --scheduler="$2" --cpus="$3" \
		--timeout=1200
}

# Debian's QEMU as the VMM, with one processor in the guest and then with two.
qemu_vmm()
{
	tools/testing/qemu-vmm/run --driver="$1" --vcpus=1 --vcpus=2
}

# selftests DRIVER BOOT-OPTION...
selftests()
{
	tools/testing/host/boot --timeout=600 --driver="$1" "${@:2}" -- run
}

# What needs a page of 1 GiB, which is set aside at boot.
selftests_gigabyte()
{
	tools/testing/host/boot --driver=ours --mem=4096 --kernel-arg=hugepagesz=1G \
		--kernel-arg=hugepages=1 -- run ours_memory
}

# The dirty log at random, for long, with a hypervisor that keeps the bits of a page which is
# mapped again, and with one that does not.
selftests_dirty()
{
	local remap status=0

	for remap in clear keep; do
		tools/testing/host/boot --timeout=3600 --driver=ours --cpus=2 --fault=remap=$remap \
			-- sh -c 'MSHV_TEST_LONG=1 run ours_dirty' || status=1
	done
	return $status
}

# On the kernel that finds defects. ours_fault_injection does not let the driver take
# memory away from a guest, which is worth a line.
selftests_debug()
{
	selftests ours --kernel=debug --cpus=2 --timeout=1200 \
		'--may-log=partition [0-9]+: the hypervisor does not release memory, ' "$@"
}

# Devices given away, with those that they are about. In the last one hv_iommu goes
# and comes, and the kernel tells of each device that it takes.
passthrough()
{
	tools/testing/host/boot --timeout=900 --driver=ours --device=edu \
		--device=nvme,serial=bar,cmb_size_mb=1024 "$@" -- \
		run pt_mapped pt_direct pt_container pt_limits pt_memory pt_fault pt_bar pt_irq \
		pt_bypass pt_sequence pt_order ours_vfio_memory pt_claim
}

# A disk given away, whose contents are looked at.
passthrough_more()
{
	tools/testing/selftests/mshv/check-disks "$@"
}

# What is not on the root bus. The host has devices of its own at last, which may end lockdep.
passthrough_places()
{
	tools/testing/host/boot --timeout=900 --driver=ours --device=nvme-vfs --device=ats \
		--device=edu@port --device=edu@port --device=edu@bridge --device=edu@bridge \
		--device=nvme@functions --device=nvme@functions --device=edu@plain-port "$@" -- \
		run pt_ats pt_sets pt_functions
}

passthrough_all()
{
	local status=0

	passthrough "$@" || status=$?
	passthrough_more "$@" || status=$?
	return $status
}

# On the kernel that finds defects: who may have domains, who has none, and what is not on the
# root bus.
passthrough_debug()
{
	local debug=(--kernel=debug --cpus=2 --fault=dev=messages) status=0

	passthrough_all "${debug[@]}" || status=1
	passthrough_all "${debug[@]}" --partition=l1vh || status=1
	# Ports without interrupts of their own, which end lockdep at boot.
	passthrough_places --kernel=debug --kernel-arg=pcie_ports=compat || status=1
	return $status
}

# A disk that comes and goes often.
passthrough_again()
{
	local partition status=0

	for partition in root l1vh; do
		passthrough_more --rounds=70 --partition=$partition || status=1
	done
	return $status
}

# On the kernel that can make each thing fail once, with calls that end early and ask for
# memory.
passthrough_injection()
{
	tools/testing/host/boot --kernel=debug --timeout=3000 --driver=ours --device=edu \
		--fault=dev=memory --fault=reps=0xb3:max=7 --fault=reps=0xb4:max=5 -- \
		run pt_injection
}

# Those that ask the hypervisor for what it does not know.
selftests_unknown()
{
	tools/testing/host/boot --driver=in-tree --no-strict -- run unknown
}

# older_linux VERSION: the driver is built for it, and the selftests run there.
older_linux()
{
	local dir scheduler status=0

	dir=$(nice tools/testing/host/kernel --version="$1") &&
		make --no-print-directory modules KDIR="$dir/build" || return
	for scheduler in root core; do
		selftests ours --kernel-version="$1" --scheduler=$scheduler --cpus=2 || status=1
	done
	passthrough --kernel-version="$1" --cpus=2 || status=1
	passthrough --kernel-version="$1" --partition=l1vh --cpus=2 || status=1
	return $status
}

# step|single TIER WEIGHT NAME COMMAND...; long ones come early.
steps()
{
	local mshv=tools/testing/selftests/mshv c

	single short light sparse do_sparse
	single short light checkpatch do_checkpatch
	single short light shellcheck do_shellcheck
	single short light codespell do_codespell
	single short light sources do_sources
	single short light regressions do_regressions
	single short light step-table do_step_table
	step short light layers do_layers
	step short light netlink-spec tools/testing/netlink/generate --check "$ksrc"
	step short light check-tests tools/testing/check.d/tests

	step short debug ours/debug-root selftests_debug --scheduler=root
	step long debug ours/debug-core selftests_debug --scheduler=core
	step long debug ours/debug-l1vh selftests_debug --partition=l1vh
	single short debug fuzz-driver/debug tools/testing/fuzz-driver/run --built --minutes=2 \
		--seed=1
	single long debug fuzz-driver/planted tools/testing/fuzz-driver/planted
	single long debug fuzz-driver/all tools/testing/fuzz-driver/run --built --minutes=60 --all
	step short debug ours/refusal $mshv/check-refusal
	step short debug selftests/defects $mshv/check-defects

	for c in lib tools/mshv-run tools/mshvctl tools/testing/abi; do
		step short light "unit/${c##*/}" unit "$c"
	done
	step long light lib/differential differential
	step short light unit/hv-iommu unit tools/testing/hv_iommu
	step short light unit/decode unit tools/testing/minihv/tests
	# In a full run, unit/lib and unit/mshvctl have them.
	[[ ! $pattern ]] || step short alone cpu/unit cpu_unit
	step short light cpu/idregs tools/testing/cpu/idregs "$ksrc"
	step short boot cpu/arm64 tools/testing/cpu/arm64/tests
	step long boot cpu/mshv-root tools/testing/cpu/mshv-tests --scheduler=root
	step short boot cpu/mshv-core tools/testing/cpu/mshv-tests --scheduler=core
	step short boot cpu/mshv-ours tools/testing/cpu/mshv-tests --driver=ours

	step short boot minihv/root-1 minihv root 1
	step long boot minihv/root-2 minihv root 2
	step long boot minihv/core-1 minihv core 1
	step short boot minihv/core-2 minihv core 2
	step short boot minihv/l1vh tools/testing/minihv/tests/run --partition=l1vh
	# What ends a run in strict mode.
	step short boot minihv/lax tools/testing/minihv/tests/run --strict=0 hypercall
	# What QEMU does otherwise when time counts instructions.
	step short boot minihv/icount tools/testing/minihv/tests/run --icount
	step short boot minihv/faults tools/testing/minihv/tests/faults
	step long boot minihv/faults-core tools/testing/minihv/tests/faults --scheduler=core
	step long boot minihv/faults-2 tools/testing/minihv/tests/faults --cpus=2

	step long boot vmm/root-1 vmm in-tree root 1 few
	step short boot vmm/root-2 vmm in-tree root 2 few
	step long boot vmm/core-1 vmm in-tree core 1 few
	step long boot vmm/core-2 vmm in-tree core 2 few
	step short boot vmm/ours-root-1 vmm ours root 1 all
	step long boot vmm/ours-root-2 vmm ours root 2 few
	step long boot vmm/ours-core-1 vmm ours core 1 few
	step short boot vmm/ours-core-2 vmm ours core 2 few
	step long boot vmm/ours-core-2-all vmm ours core 2 all
	step long boot vmm/moves tools/mshv-run/tests/run --moves=50 --driver=ours --timeout=1800
	step long boot vmm/moves-in-tree tools/mshv-run/tests/run --moves=50 --driver=in-tree \
		--scheduler=core --timeout=1800
	step short boot vmm/devices tools/mshv-run/tests/devices
	step long boot vmm/devices-core tools/mshv-run/tests/devices --scheduler=core
	step long boot vmm/devices-l1vh tools/mshv-run/tests/devices --partition=l1vh
	step short boot qemu-vmm/ours qemu_vmm ours
	step long boot qemu-vmm/in-tree qemu_vmm in-tree
	step long boot qemu-vmm/device tools/testing/qemu-vmm/run --driver=ours --vfio=container \
		--vfio=iommufd

	# All that make bench measures, in few rounds: no speed is asked for.
	single short boot bench/smoke tools/testing/bench/run --smoke
	single long boot demo tools/demo
	single short light dkms tools/testing/dkms "$kernel_dir"
	step short boot packages tools/testing/packages/run
	step short boot mshvctl/root tools/mshvctl/tests/host-tests
	step short boot mshvctl/doctor tools/mshvctl/tests/doctor-tests
	step long boot mshvctl/core tools/mshvctl/tests/host-tests --scheduler=core
	step long boot mshvctl/l1vh tools/mshvctl/tests/host-tests --partition=l1vh
	step short boot mshvctl/traces tools/mshvctl/tests/host-traces
	step long boot mshvctl/traces-core tools/mshvctl/tests/host-traces --scheduler=core
	step short boot host tools/testing/host/tests
	step long boot faults tools/testing/host/fault-tests in-tree
	step short boot ours/faults tools/testing/host/fault-tests ours
	step short boot host/devices tools/testing/host/device-tests --driver=in-tree
	step long boot host/devices-core tools/testing/host/device-tests --driver=in-tree \
		--scheduler=core
	step long boot host/devices-ours tools/testing/host/device-tests --driver=ours

	step long boot selftests/root-1 selftests in-tree --cpus=1
	step short boot selftests/root-2 selftests in-tree --cpus=2
	step short boot selftests/core-1 selftests in-tree --scheduler=core --cpus=1
	step long boot selftests/core-2 selftests in-tree --scheduler=core --cpus=2
	step short boot selftests/unknown selftests_unknown
	step short boot selftests/run $mshv/check-run
	step long boot ours/root-1 selftests ours --cpus=1
	step short boot ours/root-2 selftests ours --cpus=2
	step short boot ours/core-2 selftests ours --scheduler=core --cpus=2
	step short boot ours/l1vh selftests ours --partition=l1vh --cpus=2
	step long boot ours/l1vh-core selftests ours --partition=l1vh --scheduler=core \
		--cpus=2
	step long boot ours/dirty selftests_dirty
	step short large ours/gigabyte selftests_gigabyte
	step short boot passthrough/root passthrough_all --cpus=2 --fault=dev=messages
	step long boot passthrough/core passthrough_all --scheduler=core --cpus=2
	step short boot passthrough/l1vh passthrough_all --partition=l1vh --cpus=2 \
		--fault=dev=messages
	step long boot passthrough/large passthrough_all --fault=dev=large \
		--fault=dev=no-mmio --fault=dev=no-mapped-interrupts --fault=dev=numbers:4
	step long boot passthrough/other passthrough --fault=dev=detach-first \
		--fault=dev=memory --fault=dev=in-use --fault=dev=page-requests \
		--fault=reps=0xb3:max=7 --fault=reps=0xb4:max=5 \
		--fault=call=0xb2:nth=8:status=0x5 --fault=call=0xb4:nth=2:status=0x5 \
		--fault=call=0x83:nth=2:status=0x5 --fault=call=0x7e:nth=1:status=0x5
	step long boot passthrough/knobs passthrough_more --fault=dev=detach-first \
		--fault=dev=memory --fault=dev=page-requests --fault=dev=keep-interrupts \
		--fault=dev=bar-after-attach
	step long boot passthrough/nested passthrough_all --partition=l1vh --scheduler=core \
		--cpus=2 --fault=dev=in-use --fault=dev=memory --fault=dev=page-requests \
		--fault=dev=keep-interrupts --fault=dev=unmap-by-entry --fault=dev=no-code
	step short boot passthrough/taken tools/testing/hv_iommu/other/check
	step short boot passthrough/vendor tools/testing/hv_iommu/variant/check
	step long boot passthrough/places passthrough_places --scheduler=core --fault=dev=large
	step long boot passthrough/ports passthrough_places --partition=l1vh --fault=dev=any-ats
	step long boot passthrough/again passthrough_again
	step long boot passthrough/vfio tools/testing/vfio-tests/run
	step long debug passthrough/debug passthrough_debug
	step long debug passthrough/fails passthrough_injection
	step short boot ours/cpus $mshv/check-cpus
	step short boot ours/reboot $mshv/check-reboot

	step long boot linux-7.2 older_linux 7.2
	step long boot soak tools/testing/soak --boots=36 --keep-going
}
