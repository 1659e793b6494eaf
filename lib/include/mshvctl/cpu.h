/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Named CPU properties: which CPU features and ID-register fields a guest sees.
 *
 * A model is a set of 64-bit registers with named fields in them. It comes from
 * a host (mshv_cpu_model_kvm(), mshv_cpu_model_mshv()), which then judges every
 * value that is set, or from JSON (mshv_cpu_model_parse()), for another host.
 *
 *	SYSREG_<REGISTER>_<FIELD>	a field of an arm64 ID register, an integer
 *	any other name			a feature of Hyper-V's banks, a flag
 *
 * Upper and lower case are the same in names. Bits without a name are never
 * properties: KVM keeps its own value for them, and on /dev/mshv they stay
 * disabled.
 *
 * Errors, everywhere in this header:
 *	-EINVAL		malformed, or the same name twice
 *	-ENOENT		no such property
 *	-ERANGE		the value is wider than the field
 *	-EPERM		this host cannot change the property
 *	-EDOM		this host refuses the value
 *	-EBUSY		the VM has run, or has a VCPU already
 *	-EOPNOTSUPP	the kernel is too old, or the model is of another kind
 *	-EIO		the host did not keep its word; the sentence says how
 * and other errno values as the kernel returned them.
 *
 * Thread safety: a model is for one thread at a time.
 */
#ifndef MSHVCTL_CPU_H
#define MSHVCTL_CPU_H

#include <mshvctl/vm.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mshv_cpu_model;
struct mshv_create_partition_v2;

/**
 * struct mshv_cpu_error - why something failed, as one sentence without newline
 * @text: what is to blame, and why
 *
 * After a success it means nothing. NULL is always allowed.
 */
struct mshv_cpu_error {
	char text[256];
};

#define MSHV_CPU_NAME_MAX 48

enum {
	/* The host can change it. */
	MSHV_CPU_WRITABLE = 1u << 0,
	/* One bit that is on or off: a bool in JSON. */
	MSHV_CPU_FLAG = 1u << 1,
	/* It was given by mshv_cpu_model_set() or one of its kin. */
	MSHV_CPU_SET = 1u << 2,
};

/**
 * struct mshv_cpu_prop - a property
 * @name: its name
 * @reg: the register it is in: ID_AA64ISAR0_EL1, features0, xsave ...
 * @shift: lowest bit
 * @width: bits
 * @flags: MSHV_CPU_*
 * @host: what the host has
 * @value: what a guest will see
 * @reserved: 0
 */
struct mshv_cpu_prop {
	char name[MSHV_CPU_NAME_MAX];
	char reg[MSHV_CPU_NAME_MAX];
	uint32_t shift;
	uint32_t width;
	uint32_t flags;
	uint64_t host;
	uint64_t value;
	uint64_t reserved[4];
};

/**
 * mshv_cpu_model_kvm() - what KVM offers on this arm64 host
 * @kvm_fd: an open /dev/kvm; needed during the call only
 * @model: result; it holds a scratch VM with one VCPU until it is freed
 * @error: why not
 *
 * Return: 0, -EOPNOTSUPP where KVM cannot tell which ID registers are writable
 * (it can on arm64 from Linux 6.7 on), or another error.
 */
MSHV_API int mshv_cpu_model_kvm(int kvm_fd, struct mshv_cpu_model **model,
				struct mshv_cpu_error *error);

/**
 * mshv_cpu_model_mshv() - what Hyper-V offers on this host
 * @dev_fd: an open /dev/mshv; must stay open as long as the model is used
 * @model: result
 * @error: why not
 *
 * On x86 the properties are processor features and XSAVE features; on arm64
 * processor features and ID registers.
 */
MSHV_API int mshv_cpu_model_mshv(int dev_fd, struct mshv_cpu_model **model,
				 struct mshv_cpu_error *error);

/**
 * mshv_cpu_model_parse() - the model of another host
 * @json: what mshv_cpu_model_json() wrote, or an answer to QMP's
 *	query-cpu-model-expansion that has ID-register fields only: others of
 *	QEMU's properties (aarch64, pmu ...) are unknown here, and refused
 * @size: its bytes
 * @model: result; no host judges its values
 * @error: why not
 */
MSHV_API int mshv_cpu_model_parse(const char *json, size_t size,
				  struct mshv_cpu_model **model,
				  struct mshv_cpu_error *error);

/** mshv_cpu_model_free() - free a model. NULL is allowed. */
MSHV_API void mshv_cpu_model_free(struct mshv_cpu_model *model);

/**
 * mshv_cpu_model_prop() - the properties one by one
 * @model: the model
 * @index: 0, 1, ...
 * @prop: result
 *
 * Return: 0, -EINVAL, or -ENOENT after the last.
 */
MSHV_API int mshv_cpu_model_prop(const struct mshv_cpu_model *model,
				 size_t index, struct mshv_cpu_prop *prop);

/** mshv_cpu_model_find() - a property by its name; as mshv_cpu_model_prop() */
MSHV_API int mshv_cpu_model_find(const struct mshv_cpu_model *model,
				 const char *name, struct mshv_cpu_prop *prop);

/**
 * mshv_cpu_model_set() - choose values
 * @model: the model
 * @settings: "name=value,name=value ..."; values are decimal or 0x..., of flags
 *	also true, false, on and off
 * @error: which setting is to blame, what the host has, and what it allows
 *
 * All or nothing: a failure changes nothing. A property that the host cannot
 * change may be given with the value that it has. A feature that depends on one
 * that was disabled is disabled with it.
 */
MSHV_API int mshv_cpu_model_set(struct mshv_cpu_model *model,
				const char *settings,
				struct mshv_cpu_error *error);

/**
 * mshv_cpu_model_adopt() - choose all the values of another model
 * @model: the model of this host
 * @from: the model that a guest of this host shall see
 * @error: the first reason why it does not fit
 *
 * As mshv_cpu_model_set() with all the properties of @from.
 */
MSHV_API int mshv_cpu_model_adopt(struct mshv_cpu_model *model,
				  const struct mshv_cpu_model *from,
				  struct mshv_cpu_error *error);

/**
 * mshv_cpu_model_fits() - does a model fit this host?
 * @model: the model of this host; its values do not change
 * @from: the model in question
 * @say: called with each reason why not; may be NULL
 * @opaque: passed to @say
 *
 * Return: 0 if it fits; else the error of the first reason.
 */
MSHV_API int mshv_cpu_model_fits(struct mshv_cpu_model *model,
				 const struct mshv_cpu_model *from,
				 void (*say)(void *opaque, const char *reason),
				 void *opaque);

/**
 * mshv_cpu_model_baseline() - the largest model that several hosts have in common
 * @models: the hosts' models
 * @n: how many, at least 1
 * @model: result; no host judges its values
 * @error: why there is none
 *
 * Of a feature that one host lacks, none has it. Of an ID-register field the
 * value is taken that suits all, nearly always the lower one; MIDR_EL1, and the
 * caches in CLIDR_EL1, are the first model's. Properties that only some of the
 * models have are left out.
 *
 * Return: 0; -EDOM where hosts differ in a property that one of them would have
 * to change and cannot; -EOPNOTSUPP where the models are of different kinds.
 */
MSHV_API int mshv_cpu_model_baseline(const struct mshv_cpu_model *const *models,
				     size_t n, struct mshv_cpu_model **model,
				     struct mshv_cpu_error *error);

enum {
	/*
	 * Add a member "fixed" beside "props", with the ID-register fields that
	 * the host cannot change. QMP knows no such member; comparisons and
	 * baselines are better with it.
	 */
	MSHV_CPU_JSON_FIXED = 1u << 0,
};

/**
 * mshv_cpu_model_json() - write a model as QMP's query-cpu-model-expansion does
 * @model: the model
 * @flags: MSHV_CPU_JSON_*
 * @buf: receives {"name":"host","props":{...}} and a NUL, cut off at @size; may
 *	be NULL if @size is 0
 * @size: room in @buf
 *
 * Return: the length of the whole text without the NUL, as snprintf(), or
 * -EINVAL.
 */
MSHV_API int mshv_cpu_model_json(const struct mshv_cpu_model *model,
				 unsigned int flags, char *buf, size_t size);

/**
 * mshv_cpu_model_prepare_kvm() - make ready a VM that is to get the model
 * @model: the model, of KVM
 * @vm_fd: the VM, without VCPUs yet
 * @error: why not
 *
 * Makes MIDR_EL1 writable, if it was set.
 */
MSHV_API int mshv_cpu_model_prepare_kvm(const struct mshv_cpu_model *model,
					int vm_fd, struct mshv_cpu_error *error);

/**
 * mshv_cpu_model_apply_kvm() - give a VCPU the model
 * @model: the model, of KVM
 * @vcpu_fd: the VCPU, after KVM_ARM_VCPU_INIT and before the first KVM_RUN of any
 * @error: why not
 *
 * For each VCPU. Writes the bits that were set and no others, as the VCPU may
 * have been made with other features than the scratch one. All or nothing.
 */
MSHV_API int mshv_cpu_model_apply_kvm(const struct mshv_cpu_model *model,
				      int vcpu_fd, struct mshv_cpu_error *error);

/**
 * mshv_cpu_model_vm_config() - make a VM with the model
 * @model: the model, of mshv
 * @config: flags and disabled features are filled in, the rest stays
 */
MSHV_API int mshv_cpu_model_vm_config(const struct mshv_cpu_model *model,
				      struct mshv_vm_config *config);

/** mshv_cpu_model_partition_args() - the same for the bare ioctl */
MSHV_API int mshv_cpu_model_partition_args(const struct mshv_cpu_model *model,
					   struct mshv_create_partition_v2 *args);

/**
 * mshv_cpu_model_apply_mshv() - give a partition the ID registers of the model
 * @model: the model, of mshv
 * @vm_fd: the partition, initialised, before any VP runs
 * @error: why not
 *
 * On arm64, after mshv_cpu_model_vm_config(); does nothing on x86. All or
 * nothing.
 */
MSHV_API int mshv_cpu_model_apply_mshv(const struct mshv_cpu_model *model,
				       int vm_fd, struct mshv_cpu_error *error);

/* Flags of struct mshv_cpuid_result. */
enum {
	/* For this value of ECX only. */
	MSHV_CPUID_SUBLEAF = 1u << 0,
};

/* All VPs of the partition. */
#define MSHV_CPUID_ALL_VPS 0xffffffffu

/**
 * struct mshv_cpuid_result - what CPUID shall answer
 * @eax: leaf
 * @ecx: sub-leaf, with MSHV_CPUID_SUBLEAF
 * @flags: MSHV_CPUID_*
 * @reserved: 0
 * @value: new bits of EAX, EBX, ECX and EDX
 * @mask: which bits are replaced; the others stay the hypervisor's
 *
 * This changes what CPUID tells and nothing else: an instruction that is hidden
 * so still works. To take a feature away, use its property.
 */
struct mshv_cpuid_result {
	uint32_t eax;
	uint32_t ecx;
	uint32_t flags;
	uint32_t reserved;
	uint32_t value[4];
	uint32_t mask[4];
};

/**
 * mshv_cpuid_set() - change what CPUID answers
 * @fd: a partition or VP of /dev/mshv
 * @vp_index: a VP, or MSHV_CPUID_ALL_VPS
 * @results: what to answer
 * @n: how many
 * @done: receives how many took effect, also on failure; may be NULL
 */
MSHV_API int mshv_cpuid_set(int fd, uint32_t vp_index,
			    const struct mshv_cpuid_result *results, size_t n,
			    size_t *done);

/**
 * mshv_cpuid_get() - what CPUID answers
 * @fd: a partition or VP of /dev/mshv
 * @vp_index: the VP
 * @eax: leaf
 * @ecx: sub-leaf
 * @value: EAX, EBX, ECX and EDX
 */
MSHV_API int mshv_cpuid_get(int fd, uint32_t vp_index, uint32_t eax,
			    uint32_t ecx, uint32_t value[4]);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_CPU_H */
