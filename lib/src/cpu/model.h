/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside a CPU model.
 */
#ifndef MSHVCTL_SRC_CPU_MODEL_H
#define MSHVCTL_SRC_CPU_MODEL_H

#include <mshvctl/cpu.h>

/* Registers: arm64 ID registers by KVM's index, and Hyper-V's feature banks. */
#define CPU_ID_REGS 192
#define CPU_BANK(n) (CPU_ID_REGS + (n))
#define CPU_XSAVE CPU_BANK(MSHV_VM_FEATURE_BANK_COUNT)
#define CPU_REGS (CPU_XSAVE + 1)

#define CPU_MIDR 0
#define CPU_REVIDR 6
#define CPU_AIDR 71

/* Which tables of names a model uses, a mask. */
enum {
	CPU_NAMES_ID_REGS = 1u << 0,
	CPU_NAMES_X86_BANKS = 1u << 1,
	CPU_NAMES_ARM64_BANKS = 1u << 2,
};

/* Where the models of two hosts differ, which value suits both? */
enum cpu_order {
	CPU_LOWER,
	CPU_LOWER_SIGNED,
	CPU_HIGHER,
	/* 1 says "not there", and the others cannot be compared. */
	CPU_SAME_OR_1,
	/* None does: the field says what the CPU is, and not what it can do. */
	CPU_IDENTITY,
};

/* A named field. */
struct cpu_field {
	char name[MSHV_CPU_NAME_MAX];
	uint8_t reg, shift, width;
	uint8_t order;
};

/**
 * struct cpu_reg - a register
 * @there: it is known; of an unknown one no field is a property
 * @host: the host's value
 * @writable: bits that the host can change
 * @value: what a guest will see
 * @set: bits that were given
 */
struct cpu_reg {
	bool there;
	uint64_t host;
	uint64_t writable;
	uint64_t value;
	uint64_t set;
};

struct cpu_values {
	uint64_t reg[CPU_REGS];
};

struct cpu_host;

/**
 * struct cpu_host_ops - the host as judge
 * @accepts: try all of @want on something that can be thrown away. Only the bits
 *	@need must come out as asked; of the others @want is made to show what
 *	came out. Returns 0, -EDOM for a refusal, or another error.
 * @keeps: what was tried stays, until something else is tried
 * @release: give back what the judge holds
 */
struct cpu_host_ops {
	bool keeps;
	int (*accepts)(struct mshv_cpu_model *model, struct cpu_values *want,
		       const struct cpu_values *need);
	void (*release)(struct mshv_cpu_model *model);
};

/**
 * struct mshv_cpu_model
 * @ops: of the host it came from; NULL for a model without host
 * @names: CPU_NAMES_*
 * @fd: of /dev/mshv: the caller's; of KVM: the scratch VCPU
 * @vm_fd: of KVM: the scratch VM
 * @scratch: of KVM: what the scratch VCPU holds; of mshv: banks as they come out
 *	where nothing is disabled
 * @regs: the registers
 * @fields: the properties, @n of them
 */
struct mshv_cpu_model {
	const struct cpu_host_ops *ops;
	unsigned int names;
	int fd;
	int vm_fd;
	struct cpu_values scratch;
	struct cpu_reg regs[CPU_REGS];
	struct cpu_field *fields;
	size_t n;
};

/* A wish: a property and its value. */
struct cpu_change {
	size_t field;
	uint64_t value;
};

/* Where refusals go. */
struct cpu_say {
	void (*say)(void *opaque, const char *text);
	void *opaque;
};

/* ---- model.c */

/* An empty model that can hold all the properties of @names. */
int cpu_model_create(unsigned int names, struct mshv_cpu_model **model);

/* Drop the properties of registers that are not there. */
void cpu_model_prune(struct mshv_cpu_model *model);

/* The field's place in its register, and its value in @reg. */
uint64_t cpu_field_mask(const struct cpu_field *field);
uint64_t cpu_field_get(const struct cpu_field *field, uint64_t reg);
uint64_t cpu_field_put(const struct cpu_field *field, uint64_t reg,
		       uint64_t value);
bool cpu_field_is_flag(const struct cpu_field *field);
bool cpu_field_is_writable(const struct mshv_cpu_model *model,
			   const struct cpu_field *field);

/* Index of the property of that name, -ENOENT. */
long cpu_field_find(const struct mshv_cpu_model *model, const char *name,
		    size_t length);

void cpu_values_read(const struct mshv_cpu_model *model,
		     struct cpu_values *values);

/* Format a sentence for @error, and return @err. */
__attribute__((format(printf, 3, 4)))
int cpu_error(struct mshv_cpu_error *error, int err, const char *format, ...);

/* ---- idregs.c, banks.c */

/* Fill @fields, room for @max, with the names of a table; return how many. */
size_t cpu_id_fields(struct cpu_field *fields, size_t max);
size_t cpu_bank_fields(unsigned int names, struct cpu_field *fields, size_t max);

/* The name of a register; "" if it has none. */
const char *cpu_id_reg_name(unsigned int reg);
const char *cpu_reg_name(unsigned int reg);

/* Bits of a bank that have names. */
uint64_t cpu_bank_named(unsigned int names, unsigned int reg);

/* ---- change.c */

/**
 * cpu_changes_make() - check wishes and let the host judge them
 * @model: the model
 * @changes: the wishes, each property at most once; overwritten
 * @n: how many
 * @commit: keep the values, if all are accepted
 * @say: each refusal
 *
 * Return: 0, or the error of the first refusal.
 */
int cpu_changes_make(struct mshv_cpu_model *model, struct cpu_change *changes,
		     size_t n, bool commit, const struct cpu_say *say);

/* Does the host accept these changes, and nothing else beside what it has? */
int cpu_changes_try(struct mshv_cpu_model *model, const struct cpu_change *changes,
		    size_t n);

__attribute__((format(printf, 2, 3)))
void cpu_refuse(const struct cpu_say *say, const char *format, ...);

/* Take refusals down in a struct mshv_cpu_error: the first one stays. */
struct cpu_say cpu_say_first(struct mshv_cpu_error *error);

/* ---- allow.c */

#define CPU_ALLOWED_SIZE 96

/**
 * cpu_allowed() - list the values of a property that the host would accept
 * @model: the model
 * @index: of the property
 * @text: as " 0 1 4-7"; "..." at its end stands for what does not fit. Of a field with
 *	more than 8 bits the likely values are tried, and " at least" says so.
 */
int cpu_allowed(struct mshv_cpu_model *model, size_t index, char text[CPU_ALLOWED_SIZE]);

/* ---- override.c */

/* Hyper-V's number of an arm64 ID register, 0 if it has none. */
uint32_t cpu_override_name(unsigned int reg);

/* Read, and write, the value that guests of a partition find in the register. */
int cpu_override_get(int vm_fd, unsigned int reg, uint64_t *value);
int cpu_override_set(int vm_fd, unsigned int reg, uint64_t value);

/* Write @want & @set to each register; all or nothing. */
int cpu_overrides_apply(int vm_fd, const struct cpu_values *want,
			const struct cpu_values *set, unsigned int *failed);

/* Find out which ID registers a partition has, and which can be overridden. */
int cpu_overrides_probe(struct mshv_cpu_model *model, int vm_fd);

#endif /* MSHVCTL_SRC_CPU_MODEL_H */
