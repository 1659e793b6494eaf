// SPDX-License-Identifier: GPL-2.0-only
/* Made by tools/testing/netlink/generate from Documentation/netlink/specs/mshv.yaml */
#include <linux/mshv_netlink.h>
#include <stddef.h>

#include "fields.h"

static const char *const partition_type_names[] = {
	[MSHV_PARTITION_TYPE_ROOT] = "root",
	[MSHV_PARTITION_TYPE_L1VH] = "l1vh",
};

static const char *const scheduler_names[] = {
	[MSHV_SCHEDULER_CLASSIC] = "classic",
	[MSHV_SCHEDULER_CLASSIC_SMT] = "classic-smt",
	[MSHV_SCHEDULER_CORE] = "core",
	[MSHV_SCHEDULER_ROOT] = "root",
};

static const char *const host_feature_names[] = {
	[__builtin_ctz(MSHV_HOST_FEATURE_VECTOR_INJECTION)] = "vector-injection",
	[__builtin_ctz(MSHV_HOST_FEATURE_OWN_PAGES)] = "own-pages",
};

static const char *const partition_state_names[] = {
	[MSHV_PARTITION_STATE_CREATED] = "created",
	[MSHV_PARTITION_STATE_ACTIVE] = "active",
	[MSHV_PARTITION_STATE_BROKEN] = "broken",
};

static const char *const vp_activity_names[] = {
	[MSHV_VP_ACTIVITY_STOPPED] = "stopped",
	[MSHV_VP_ACTIVITY_RUNNING] = "running",
	[MSHV_VP_ACTIVITY_WAITING] = "waiting",
	[MSHV_VP_ACTIVITY_HALTED] = "halted",
	[MSHV_VP_ACTIVITY_CRASHED] = "crashed",
};

static const char *const memory_kind_names[] = {
	[MSHV_MEMORY_KIND_MOVABLE] = "movable",
	[MSHV_MEMORY_KIND_PINNED] = "pinned",
	[MSHV_MEMORY_KIND_DEVICE] = "device",
};

static const char *const region_access_names[] = {
	[__builtin_ctz(MSHV_REGION_ACCESS_READ)] = "read",
	[__builtin_ctz(MSHV_REGION_ACCESS_WRITE)] = "write",
	[__builtin_ctz(MSHV_REGION_ACCESS_EXECUTE)] = "execute",
};

static const char *const device_mode_names[] = {
	[MSHV_DEVICE_MODE_BLOCKED] = "blocked",
	[MSHV_DEVICE_MODE_IDENTITY] = "identity",
	[MSHV_DEVICE_MODE_MAPPED] = "mapped",
	[MSHV_DEVICE_MODE_DIRECT] = "direct",
};

static const char *const refusal_names[] = {
	[MSHV_REFUSAL_DEPOSIT] = "deposit",
	[MSHV_REFUSAL_RELEASE] = "release",
};

static const struct field memory_list[] = {
	[MSHV_A_MEMORY_MOVABLE] = {
		.name = "movable", .type = FIELD_NUMBER,
	},
	[MSHV_A_MEMORY_PINNED] = {
		.name = "pinned", .type = FIELD_NUMBER,
	},
	[MSHV_A_MEMORY_DEVICE] = {
		.name = "device", .type = FIELD_NUMBER,
	},
	[MSHV_A_MEMORY_LARGE_PAGES] = {
		.name = "large-pages", .type = FIELD_NUMBER,
	},
	[MSHV_A_MEMORY_SMALL_PAGES] = {
		.name = "small-pages", .type = FIELD_NUMBER,
	},
	[MSHV_A_MEMORY_DEPOSITED] = {
		.name = "deposited", .type = FIELD_NUMBER,
	},
};

const struct fields memory_fields = {
	memory_list, MSHV_A_MEMORY_MAX
};

static const struct field exits_list[] = {
	[MSHV_A_EXITS_OTHER] = {
		.name = "other", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_MEMORY] = {
		.name = "memory", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_UNRECOVERABLE] = {
		.name = "unrecoverable", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_HALT] = {
		.name = "halt", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_IO_PORT] = {
		.name = "io-port", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_MSR] = {
		.name = "msr", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_CPUID] = {
		.name = "cpuid", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_EXCEPTION] = {
		.name = "exception", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_APIC_EOI] = {
		.name = "apic-eoi", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_INTERRUPT_WINDOW] = {
		.name = "interrupt-window", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_SIPI] = {
		.name = "sipi", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_HYPERCALL] = {
		.name = "hypercall", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_INVALID_REGISTER] = {
		.name = "invalid-register", .type = FIELD_NUMBER,
	},
	[MSHV_A_EXITS_INTERRUPTED] = {
		.name = "interrupted", .type = FIELD_NUMBER,
	},
};

const struct fields exits_fields = {
	exits_list, MSHV_A_EXITS_MAX
};

static const struct field registers_list[] = {
	[MSHV_A_REGISTERS_RAX] = {
		.name = "rax", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RCX] = {
		.name = "rcx", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RDX] = {
		.name = "rdx", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RBX] = {
		.name = "rbx", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RSP] = {
		.name = "rsp", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RBP] = {
		.name = "rbp", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RSI] = {
		.name = "rsi", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RDI] = {
		.name = "rdi", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R8] = {
		.name = "r8", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R9] = {
		.name = "r9", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R10] = {
		.name = "r10", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R11] = {
		.name = "r11", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R12] = {
		.name = "r12", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R13] = {
		.name = "r13", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R14] = {
		.name = "r14", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_R15] = {
		.name = "r15", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RIP] = {
		.name = "rip", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_RFLAGS] = {
		.name = "rflags", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_CR0] = {
		.name = "cr0", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_CR3] = {
		.name = "cr3", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_CR4] = {
		.name = "cr4", .type = FIELD_HEX,
	},
	[MSHV_A_REGISTERS_EFER] = {
		.name = "efer", .type = FIELD_HEX,
	},
};

const struct fields registers_fields = {
	registers_list, MSHV_A_REGISTERS_MAX
};

static const struct field host_list[] = {
	[MSHV_A_HOST_PARTITION_TYPE] = {
		.name = "partition-type", .type = FIELD_NAME,
		.names = partition_type_names, .nr_names = sizeof(partition_type_names) / sizeof(partition_type_names[0]),
	},
	[MSHV_A_HOST_SCHEDULER] = {
		.name = "scheduler", .type = FIELD_NAME,
		.names = scheduler_names, .nr_names = sizeof(scheduler_names) / sizeof(scheduler_names[0]),
	},
	[MSHV_A_HOST_FEATURES] = {
		.name = "features", .type = FIELD_FLAGS,
		.names = host_feature_names, .nr_names = sizeof(host_feature_names) / sizeof(host_feature_names[0]),
	},
	[MSHV_A_HOST_HYPERVISOR_VERSION] = {
		.name = "hypervisor-version", .type = FIELD_STRING,
	},
	[MSHV_A_HOST_PRIVILEGES] = {
		.name = "privileges", .type = FIELD_HEX,
	},
	[MSHV_A_HOST_PARTITIONS] = {
		.name = "partitions", .type = FIELD_NUMBER,
	},
	[MSHV_A_HOST_DEPOSITED] = {
		.name = "deposited", .type = FIELD_NUMBER,
	},
};

const struct fields host_fields = {
	host_list, MSHV_A_HOST_MAX
};

static const struct field partition_list[] = {
	[MSHV_A_PARTITION_ID] = {
		.name = "id", .type = FIELD_NUMBER,
	},
	[MSHV_A_PARTITION_OWNER_PID] = {
		.name = "owner-pid", .type = FIELD_NUMBER,
	},
	[MSHV_A_PARTITION_OWNER_NAME] = {
		.name = "owner-name", .type = FIELD_STRING,
	},
	[MSHV_A_PARTITION_STATE] = {
		.name = "state", .type = FIELD_NAME,
		.names = partition_state_names, .nr_names = sizeof(partition_state_names) / sizeof(partition_state_names[0]),
	},
	[MSHV_A_PARTITION_VPS] = {
		.name = "vps", .type = FIELD_NUMBER,
	},
	[MSHV_A_PARTITION_MEMORY] = {
		.name = "memory", .type = FIELD_NEST,
		.nest = &memory_fields,
	},
};

const struct fields partition_fields = {
	partition_list, MSHV_A_PARTITION_MAX
};

static const struct field vp_list[] = {
	[MSHV_A_VP_PARTITION_ID] = {
		.name = "partition-id", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_INDEX] = {
		.name = "index", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_STATE] = {
		.name = "state", .type = FIELD_NAME,
		.names = vp_activity_names, .nr_names = sizeof(vp_activity_names) / sizeof(vp_activity_names[0]),
	},
	[MSHV_A_VP_RUN_TIME] = {
		.name = "run-time", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_HYPERVISOR_TIME] = {
		.name = "hypervisor-time", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_HYPERCALLS] = {
		.name = "hypercalls", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_SIGNALS] = {
		.name = "signals", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_FAULTS] = {
		.name = "faults", .type = FIELD_NUMBER,
	},
	[MSHV_A_VP_EXITS] = {
		.name = "exits", .type = FIELD_NEST,
		.nest = &exits_fields,
	},
	[MSHV_A_VP_REGISTERS] = {
		.name = "registers", .type = FIELD_NEST,
		.nest = &registers_fields,
	},
};

const struct fields vp_fields = {
	vp_list, MSHV_A_VP_MAX
};

static const struct field region_list[] = {
	[MSHV_A_REGION_PARTITION_ID] = {
		.name = "partition-id", .type = FIELD_NUMBER,
	},
	[MSHV_A_REGION_GUEST_ADDRESS] = {
		.name = "guest-address", .type = FIELD_HEX,
	},
	[MSHV_A_REGION_SIZE] = {
		.name = "size", .type = FIELD_NUMBER,
	},
	[MSHV_A_REGION_USER_ADDRESS] = {
		.name = "user-address", .type = FIELD_HEX,
	},
	[MSHV_A_REGION_KIND] = {
		.name = "kind", .type = FIELD_NAME,
		.names = memory_kind_names, .nr_names = sizeof(memory_kind_names) / sizeof(memory_kind_names[0]),
	},
	[MSHV_A_REGION_ACCESS] = {
		.name = "access", .type = FIELD_FLAGS,
		.names = region_access_names, .nr_names = sizeof(region_access_names) / sizeof(region_access_names[0]),
	},
	[MSHV_A_REGION_LARGE_PAGES] = {
		.name = "large-pages", .type = FIELD_NUMBER,
	},
	[MSHV_A_REGION_SMALL_PAGES] = {
		.name = "small-pages", .type = FIELD_NUMBER,
	},
};

const struct fields region_fields = {
	region_list, MSHV_A_REGION_MAX
};

static const struct field device_list[] = {
	[MSHV_A_DEVICE_SEGMENT] = {
		.name = "segment", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_BUS] = {
		.name = "bus", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_SLOT] = {
		.name = "slot", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_FUNCTION] = {
		.name = "function", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_MODE] = {
		.name = "mode", .type = FIELD_NAME,
		.names = device_mode_names, .nr_names = sizeof(device_mode_names) / sizeof(device_mode_names[0]),
	},
	[MSHV_A_DEVICE_DOMAIN_ID] = {
		.name = "domain-id", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_PARTITION_ID] = {
		.name = "partition-id", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_LOGICAL_ID] = {
		.name = "logical-id", .type = FIELD_HEX,
	},
	[MSHV_A_DEVICE_INTERRUPTS] = {
		.name = "interrupts", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_FAULTS] = {
		.name = "faults", .type = FIELD_NUMBER,
	},
	[MSHV_A_DEVICE_FAULT_ADDRESS] = {
		.name = "fault-address", .type = FIELD_HEX,
	},
	[MSHV_A_DEVICE_FAULT_WRITE] = {
		.name = "fault-write", .type = FIELD_FLAG,
	},
	[MSHV_A_DEVICE_FAULTS_DROPPED] = {
		.name = "faults-dropped", .type = FIELD_NUMBER,
	},
};

const struct fields device_fields = {
	device_list, MSHV_A_DEVICE_MAX
};

static const struct field domain_list[] = {
	[MSHV_A_DOMAIN_ID] = {
		.name = "id", .type = FIELD_NUMBER,
	},
	[MSHV_A_DOMAIN_MODE] = {
		.name = "mode", .type = FIELD_NAME,
		.names = device_mode_names, .nr_names = sizeof(device_mode_names) / sizeof(device_mode_names[0]),
	},
	[MSHV_A_DOMAIN_PARTITION_ID] = {
		.name = "partition-id", .type = FIELD_NUMBER,
	},
	[MSHV_A_DOMAIN_DEVICES] = {
		.name = "devices", .type = FIELD_NUMBER,
	},
	[MSHV_A_DOMAIN_MAPPED] = {
		.name = "mapped", .type = FIELD_NUMBER,
	},
};

const struct fields domain_fields = {
	domain_list, MSHV_A_DOMAIN_MAX
};

static const struct field refused_list[] = {
	[MSHV_A_REFUSED_PARTITION_ID] = {
		.name = "partition-id", .type = FIELD_NUMBER,
	},
	[MSHV_A_REFUSED_REASON] = {
		.name = "reason", .type = FIELD_NAME,
		.names = refusal_names, .nr_names = sizeof(refusal_names) / sizeof(refusal_names[0]),
	},
	[MSHV_A_REFUSED_SIZE] = {
		.name = "size", .type = FIELD_NUMBER,
	},
};

const struct fields refused_fields = {
	refused_list, MSHV_A_REFUSED_MAX
};

const struct message messages[MSHV_CMD_MAX + 1] = {
	[MSHV_CMD_HOST_GET] = {
		"host-get", &host_fields
	},
	[MSHV_CMD_PARTITION_GET] = {
		"partition-get", &partition_fields
	},
	[MSHV_CMD_VP_GET] = {
		"vp-get", &vp_fields
	},
	[MSHV_CMD_REGION_GET] = {
		"region-get", &region_fields
	},
	[MSHV_CMD_DEVICE_GET] = {
		"device-get", &device_fields
	},
	[MSHV_CMD_DOMAIN_GET] = {
		"domain-get", &domain_fields
	},
	[MSHV_CMD_PARTITION_MADE] = {
		"partition-made", &partition_fields
	},
	[MSHV_CMD_PARTITION_GONE] = {
		"partition-gone", &partition_fields
	},
	[MSHV_CMD_VP_CRASHED] = {
		"vp-crashed", &vp_fields
	},
	[MSHV_CMD_VP_HALTED] = {
		"vp-halted", &vp_fields
	},
	[MSHV_CMD_DEVICE_ATTACHED] = {
		"device-attached", &device_fields
	},
	[MSHV_CMD_DEVICE_DETACHED] = {
		"device-detached", &device_fields
	},
	[MSHV_CMD_DMA_FAULT] = {
		"dma-fault", &device_fields
	},
	[MSHV_CMD_MEMORY_REFUSED] = {
		"memory-refused", &refused_fields
	},
};
