# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# run is from boot, device_iotlb for it
#
# Sourced by boot: what the short names of --device mean in QEMU's words. They are told as
#
#	KIND[:FILE][@PLACE]
#
# and whatever is no such name is QEMU's own, and goes to it as it is.

# Bytes of a disk that nobody brings.
DISK_SIZE=64M
# Far from where QEMU puts devices by itself.
FUNCTIONS_SLOT=0x1d
functions=0

device_usage()
{
	cat <<END
  --device=KIND[@PLACE]      add a device; repeatable. KIND is one of
                               edu           QEMU's for teaching: registers, DMA, MSI
                               nvme[:FILE]   an NVMe disk; its contents are FILE, or
                                             disk-N.img of the run's directory
                               nvme-vfs[:FILE]
                                             the same with four virtual functions, at
                                             a port of its own
                               e1000e        a network card with MSI-X, at a network
                                             that has nothing but 10.0.2.2 in it
                               ats           a source of random numbers that has ATS
                                             and function reset, at a port of its own
                             and PLACE one of
                               port          at a root port of its own, with ACS
                               plain-port    at a root port of its own, without ACS
                               bridge        behind the one bridge to conventional PCI,
                                             with all that are to be there
                               functions     a function of the one device that has all
                                             that are to be there
                             (default: on the root bus). Anything else is QEMU's -device
END
}

# What a short name is made of; BASH_REMATCH has kind, file and place.
is_short_name()
{
	[[ $1 =~ ^(edu|nvme|nvme-vfs|e1000e|ats)(:[^@]+)?(@[a-z-]*)?$ ]]
}

check_device()
{
	local kind file

	is_short_name "$1" || return 0
	kind=${BASH_REMATCH[1]}
	file=${BASH_REMATCH[2]#:}
	[[ ! $file || $kind == nvme* ]] || usage_error "--device: $kind has no file"
	[[ ! $file || -f $file ]] || usage_error "--device: no file '$file'"
	case ${BASH_REMATCH[3]} in
	'' | @port | @plain-port | @bridge) ;;
	@functions)
		((++functions <= 8)) || usage_error "--device: a device has eight functions"
		;;
	*)
		usage_error "--device: '${BASH_REMATCH[3]#@}' is no place"
		;;
	esac
}

# add_port ACS-OPTION: a root port for one device; sets where
add_port()
{
	ports=$((ports + 1))
	device_args+=(-device "pcie-root-port,id=port-$ports,chassis=$ports,slot=$ports$1")
	where=,bus=port-$ports
}

# Sets where, which follows the device that is to be there.
make_place()
{
	where=
	case $1 in
	port)
		add_port ''
		;;
	plain-port)
		add_port ,disable-acs=on
		;;
	bridge)
		[[ $bridge ]] || device_args+=(-device "pcie-pci-bridge,id=bridge")
		bridge=1
		where=,bus=bridge
		;;
	functions)
		where=,multifunction=on,addr=$FUNCTIONS_SLOT.$functions
		functions=$((functions + 1))
		;;
	esac
}

# add_disk KIND FILE: without FILE the contents are the run's own.
add_disk()
{
	local name=disk-$disks file=${2:-$run/disk-$disks.img} options

	disks=$((disks + 1))
	[[ $2 ]] || truncate -s "$DISK_SIZE" "$file"
	device_args+=(-drive "if=none,id=$name,format=raw,file=$(escape "$file")")
	options=nvme,serial=$name$where
	if [[ $1 == nvme ]]; then
		device_args+=(-device "$options,drive=$name")
		return
	fi
	# Two queues for each virtual function, and two interrupts.
	options+=,id=$name-nvme,subsys=$name-subsys,max_ioqpairs=16
	options+=,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=8
	device_args+=(-device "nvme-subsys,id=$name-subsys" -device "$options"
		      -device "nvme-ns,bus=$name-nvme,drive=$name")
}

add_device()
{
	local spec=$1 kind file place where

	if ! is_short_name "$spec"; then
		device_args+=(-device "$spec")
		return
	fi
	kind=${BASH_REMATCH[1]}
	file=${BASH_REMATCH[2]#:}
	place=${BASH_REMATCH[3]#@}
	case $kind in
	nvme-vfs | ats) place=${place:-port} ;;
	esac
	make_place "$place"
	case $kind in
	edu)
		device_args+=(-device "edu$where")
		;;
	nvme | nvme-vfs)
		add_disk "$kind" "$file"
		;;
	e1000e)
		nets=$((nets + 1))
		device_args+=(-netdev "user,id=net-$nets,restrict=on"
			      -device "e1000e,romfile=,netdev=net-$nets$where")
		;;
	ats)
		device_iotlb=,device-iotlb=on
		device_args+=(-device "virtio-rng-pci,disable-legacy=on,iommu_platform=on,ats=on$where")
		;;
	esac
}

# Each run has its own: sets device_args and device_iotlb.
make_devices()
{
	local spec

	device_args=()
	device_iotlb='' bridge='' disks=0 functions=0 ports=0 nets=0
	for spec; do
		add_device "$spec"
	done
}
