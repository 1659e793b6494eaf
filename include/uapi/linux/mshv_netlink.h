/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/mshv.yaml */
/* YNL-GEN uapi header */
/* To regenerate: tools/testing/netlink/generate */

#ifndef _UAPI_LINUX_MSHV_NETLINK_H
#define _UAPI_LINUX_MSHV_NETLINK_H

#define MSHV_FAMILY_NAME	"mshv"
#define MSHV_FAMILY_VERSION	1

/**
 * enum mshv_partition_type - What Linux is to the hypervisor.
 * @MSHV_PARTITION_TYPE_ROOT: The root partition of the machine.
 * @MSHV_PARTITION_TYPE_L1VH: A guest that may have guests of its own.
 */
enum mshv_partition_type {
	MSHV_PARTITION_TYPE_ROOT,
	MSHV_PARTITION_TYPE_L1VH,
};

/**
 * enum mshv_scheduler - Who decides which virtual processor runs where.
 * @MSHV_SCHEDULER_CLASSIC: The hypervisor, by logical processor.
 * @MSHV_SCHEDULER_CLASSIC_SMT: The same, with threads of a core told apart.
 * @MSHV_SCHEDULER_CORE: The hypervisor, by core.
 * @MSHV_SCHEDULER_ROOT: Linux.
 */
enum mshv_scheduler {
	MSHV_SCHEDULER_CLASSIC = 1,
	MSHV_SCHEDULER_CLASSIC_SMT,
	MSHV_SCHEDULER_CORE,
	MSHV_SCHEDULER_ROOT,
};

/**
 * enum mshv_host_feature - What the hypervisor offers that the driver makes
 *   use of.
 * @MSHV_HOST_FEATURE_VECTOR_INJECTION: Interrupts are taken from a page when a
 *   virtual processor is dispatched.
 * @MSHV_HOST_FEATURE_OWN_PAGES: Pages that the hypervisor shares with Linux
 *   lie over pages of Linux.
 */
enum mshv_host_feature {
	MSHV_HOST_FEATURE_VECTOR_INJECTION = 1,
	MSHV_HOST_FEATURE_OWN_PAGES = 2,
};

/**
 * enum mshv_partition_state
 * @MSHV_PARTITION_STATE_CREATED: Not initialised yet.
 * @MSHV_PARTITION_STATE_ACTIVE: Its virtual processors may run.
 * @MSHV_PARTITION_STATE_BROKEN: Stopped for good, as the hypervisor does not
 *   release memory of it.
 */
enum mshv_partition_state {
	MSHV_PARTITION_STATE_CREATED,
	MSHV_PARTITION_STATE_ACTIVE,
	MSHV_PARTITION_STATE_BROKEN,
};

/**
 * enum mshv_vp_state
 * @MSHV_VP_STATE_STOPPED: Nobody runs it, for instance since its VMM has an
 *   exit to deal with.
 * @MSHV_VP_STATE_RUNNING: It runs, or would if the hypervisor gave it a
 *   processor.
 * @MSHV_VP_STATE_WAITING: The guest waits for an interrupt. Only seen with the
 *   root scheduler.
 * @MSHV_VP_STATE_HALTED: Nobody runs it since it halted.
 * @MSHV_VP_STATE_CRASHED: Nobody runs it since it met an exception that it
 *   could not handle.
 */
enum mshv_vp_state {
	MSHV_VP_STATE_STOPPED,
	MSHV_VP_STATE_RUNNING,
	MSHV_VP_STATE_WAITING,
	MSHV_VP_STATE_HALTED,
	MSHV_VP_STATE_CRASHED,
};

/**
 * enum mshv_memory_kind
 * @MSHV_MEMORY_KIND_MOVABLE: Memory that comes when it is used, and that the
 *   host may move or swap out.
 * @MSHV_MEMORY_KIND_PINNED: Memory that stays where it is.
 * @MSHV_MEMORY_KIND_DEVICE: Registers of a device.
 */
enum mshv_memory_kind {
	MSHV_MEMORY_KIND_MOVABLE,
	MSHV_MEMORY_KIND_PINNED,
	MSHV_MEMORY_KIND_DEVICE,
};

enum mshv_region_access {
	MSHV_REGION_ACCESS_READ = 1,
	MSHV_REGION_ACCESS_WRITE = 2,
	MSHV_REGION_ACCESS_EXECUTE = 4,
};

/**
 * enum mshv_device_mode - How a device sees memory.
 * @MSHV_DEVICE_MODE_BLOCKED: Not at all.
 * @MSHV_DEVICE_MODE_IDENTITY: As the host does.
 * @MSHV_DEVICE_MODE_MAPPED: By the mappings of a domain.
 * @MSHV_DEVICE_MODE_DIRECT: As the guest does that it is attached to.
 */
enum mshv_device_mode {
	MSHV_DEVICE_MODE_BLOCKED,
	MSHV_DEVICE_MODE_IDENTITY,
	MSHV_DEVICE_MODE_MAPPED,
	MSHV_DEVICE_MODE_DIRECT,
};

/**
 * enum mshv_refusal - Which memory was refused.
 * @MSHV_REFUSAL_DEPOSIT: The host had none for the hypervisor, which needs it
 *   for a partition.
 * @MSHV_REFUSAL_RELEASE: The hypervisor does not release memory of a guest.
 *   The guest was stopped.
 */
enum mshv_refusal {
	MSHV_REFUSAL_DEPOSIT,
	MSHV_REFUSAL_RELEASE,
};

enum {
	MSHV_A_HOST_PARTITION_TYPE = 1,
	MSHV_A_HOST_SCHEDULER,
	MSHV_A_HOST_FEATURES,
	MSHV_A_HOST_HYPERVISOR_VERSION,
	MSHV_A_HOST_PRIVILEGES,
	MSHV_A_HOST_PARTITIONS,
	MSHV_A_HOST_DEPOSITED,

	__MSHV_A_HOST_MAX,
	MSHV_A_HOST_MAX = (__MSHV_A_HOST_MAX - 1)
};

enum {
	MSHV_A_PARTITION_ID = 1,
	MSHV_A_PARTITION_OWNER_PID,
	MSHV_A_PARTITION_OWNER_NAME,
	MSHV_A_PARTITION_STATE,
	MSHV_A_PARTITION_VPS,
	MSHV_A_PARTITION_MEMORY,

	__MSHV_A_PARTITION_MAX,
	MSHV_A_PARTITION_MAX = (__MSHV_A_PARTITION_MAX - 1)
};

enum {
	MSHV_A_MEMORY_MOVABLE = 1,
	MSHV_A_MEMORY_PINNED,
	MSHV_A_MEMORY_DEVICE,
	MSHV_A_MEMORY_LARGE_PAGES,
	MSHV_A_MEMORY_SMALL_PAGES,
	MSHV_A_MEMORY_DEPOSITED,

	__MSHV_A_MEMORY_MAX,
	MSHV_A_MEMORY_MAX = (__MSHV_A_MEMORY_MAX - 1)
};

enum {
	MSHV_A_VP_PARTITION_ID = 1,
	MSHV_A_VP_INDEX,
	MSHV_A_VP_STATE,
	MSHV_A_VP_RUN_TIME,
	MSHV_A_VP_HYPERVISOR_TIME,
	MSHV_A_VP_HYPERCALLS,
	MSHV_A_VP_SIGNALS,
	MSHV_A_VP_FAULTS,
	MSHV_A_VP_EXITS,
	MSHV_A_VP_REGISTERS,

	__MSHV_A_VP_MAX,
	MSHV_A_VP_MAX = (__MSHV_A_VP_MAX - 1)
};

enum {
	MSHV_A_EXITS_OTHER = 1,
	MSHV_A_EXITS_MEMORY,
	MSHV_A_EXITS_UNRECOVERABLE,
	MSHV_A_EXITS_HALT,
	MSHV_A_EXITS_IO_PORT,
	MSHV_A_EXITS_MSR,
	MSHV_A_EXITS_CPUID,
	MSHV_A_EXITS_EXCEPTION,
	MSHV_A_EXITS_APIC_EOI,
	MSHV_A_EXITS_INTERRUPT_WINDOW,
	MSHV_A_EXITS_SIPI,
	MSHV_A_EXITS_HYPERCALL,
	MSHV_A_EXITS_INVALID_REGISTER,
	MSHV_A_EXITS_INTERRUPTED,

	__MSHV_A_EXITS_MAX,
	MSHV_A_EXITS_MAX = (__MSHV_A_EXITS_MAX - 1)
};

enum {
	MSHV_A_REGISTERS_RAX = 1,
	MSHV_A_REGISTERS_RCX,
	MSHV_A_REGISTERS_RDX,
	MSHV_A_REGISTERS_RBX,
	MSHV_A_REGISTERS_RSP,
	MSHV_A_REGISTERS_RBP,
	MSHV_A_REGISTERS_RSI,
	MSHV_A_REGISTERS_RDI,
	MSHV_A_REGISTERS_R8,
	MSHV_A_REGISTERS_R9,
	MSHV_A_REGISTERS_R10,
	MSHV_A_REGISTERS_R11,
	MSHV_A_REGISTERS_R12,
	MSHV_A_REGISTERS_R13,
	MSHV_A_REGISTERS_R14,
	MSHV_A_REGISTERS_R15,
	MSHV_A_REGISTERS_RIP,
	MSHV_A_REGISTERS_RFLAGS,
	MSHV_A_REGISTERS_CR0,
	MSHV_A_REGISTERS_CR3,
	MSHV_A_REGISTERS_CR4,
	MSHV_A_REGISTERS_EFER,

	__MSHV_A_REGISTERS_MAX,
	MSHV_A_REGISTERS_MAX = (__MSHV_A_REGISTERS_MAX - 1)
};

enum {
	MSHV_A_REGION_PARTITION_ID = 1,
	MSHV_A_REGION_GUEST_ADDRESS,
	MSHV_A_REGION_SIZE,
	MSHV_A_REGION_USER_ADDRESS,
	MSHV_A_REGION_KIND,
	MSHV_A_REGION_ACCESS,
	MSHV_A_REGION_LARGE_PAGES,
	MSHV_A_REGION_SMALL_PAGES,

	__MSHV_A_REGION_MAX,
	MSHV_A_REGION_MAX = (__MSHV_A_REGION_MAX - 1)
};

enum {
	MSHV_A_DEVICE_SEGMENT = 1,
	MSHV_A_DEVICE_BUS,
	MSHV_A_DEVICE_SLOT,
	MSHV_A_DEVICE_FUNCTION,
	MSHV_A_DEVICE_MODE,
	MSHV_A_DEVICE_DOMAIN_ID,
	MSHV_A_DEVICE_PARTITION_ID,
	MSHV_A_DEVICE_LOGICAL_ID,
	MSHV_A_DEVICE_INTERRUPTS,
	MSHV_A_DEVICE_FAULTS,
	MSHV_A_DEVICE_FAULT_ADDRESS,
	MSHV_A_DEVICE_FAULT_WRITE,
	MSHV_A_DEVICE_FAULTS_DROPPED,

	__MSHV_A_DEVICE_MAX,
	MSHV_A_DEVICE_MAX = (__MSHV_A_DEVICE_MAX - 1)
};

enum {
	MSHV_A_DOMAIN_ID = 1,
	MSHV_A_DOMAIN_MODE,
	MSHV_A_DOMAIN_PARTITION_ID,
	MSHV_A_DOMAIN_DEVICES,
	MSHV_A_DOMAIN_MAPPED,

	__MSHV_A_DOMAIN_MAX,
	MSHV_A_DOMAIN_MAX = (__MSHV_A_DOMAIN_MAX - 1)
};

enum {
	MSHV_A_REFUSED_PARTITION_ID = 1,
	MSHV_A_REFUSED_REASON,
	MSHV_A_REFUSED_SIZE,

	__MSHV_A_REFUSED_MAX,
	MSHV_A_REFUSED_MAX = (__MSHV_A_REFUSED_MAX - 1)
};

enum {
	MSHV_CMD_HOST_GET = 1,
	MSHV_CMD_PARTITION_GET,
	MSHV_CMD_VP_GET,
	MSHV_CMD_REGION_GET,
	MSHV_CMD_DEVICE_GET,
	MSHV_CMD_DOMAIN_GET,
	MSHV_CMD_PARTITION_MADE,
	MSHV_CMD_PARTITION_GONE,
	MSHV_CMD_VP_CRASHED,
	MSHV_CMD_VP_HALTED,
	MSHV_CMD_DEVICE_ATTACHED,
	MSHV_CMD_DEVICE_DETACHED,
	MSHV_CMD_DMA_FAULT,
	MSHV_CMD_MEMORY_REFUSED,

	__MSHV_CMD_MAX,
	MSHV_CMD_MAX = (__MSHV_CMD_MAX - 1)
};

#define MSHV_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_MSHV_NETLINK_H */
