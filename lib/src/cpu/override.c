// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * arm64 ID registers of a Hyper-V partition: the parent may override what all
 * VPs of the partition read, by setting the register of "any VP".
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/register.h>
#include <hvabi/types.h>

#include "core/hvcall.h"
#include "cpu/model.h"

/* Registers of op1 0 are numbered from here on, as KVM numbers them from 0. */
#define OP1_0_BASE 0x22000
#define OP1_0_COUNT 64

uint32_t cpu_override_name(unsigned int reg)
{
	static const struct {
		uint8_t reg;
		uint32_t name;
	} others[] = {
		{ 64, 0x40030 },	/* CCSIDR_EL1 */
		{ 65, 0x40032 },	/* CLIDR_EL1 */
		{ 66, 0x40031 },	/* CCSIDR2_EL1 */
		{ 68, 0x4003d },	/* GMID_EL1 */
		{ 70, 0x4005f },	/* SMIDR_EL1 */
		{ 71, 0x40024 },	/* AIDR_EL1 */
		{ 129, 0x40036 },	/* CTR_EL0 */
		{ 135, 0x40038 },	/* DCZID_EL0 */
	};

	if (reg < OP1_0_COUNT)
		return OP1_0_BASE + reg;
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].reg == reg)
			return others[i].name;
	return 0;
}

int cpu_override_get(int vm_fd, unsigned int reg, uint64_t *value)
{
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t name;
	} HV_PACKED in = {
		.head.vp_index = HV_ANY_VP,
		.name = cpu_override_name(reg),
	};
	union hv_register_value out = { 0 };
	struct hvcall call = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = 1,
		.in = &in,
		.in_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int err = hvcall(vm_fd, &call);

	if (!err)
		*value = out.reg64;
	return err;
}

int cpu_override_set(int vm_fd, unsigned int reg, uint64_t value)
{
	struct {
		struct hv_input_set_vp_registers head;
		struct hv_register_assoc element;
	} HV_PACKED in = {
		.head.vp_index = HV_ANY_VP,
		.element = {
			.name = cpu_override_name(reg),
			.value.reg64 = value,
		},
	};
	struct hvcall call = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = 1,
		.in = &in,
		.in_size = sizeof(in),
	};
	uint64_t stored;
	int err = hvcall(vm_fd, &call);

	if (!err)
		err = cpu_override_get(vm_fd, reg, &stored);
	if (err)
		return err;
	return stored == value ? 0 : -EDOM;
}

/* Put back what was changed below @end. */
static int undo(int vm_fd, const struct cpu_values *before,
		const struct cpu_values *set, unsigned int end)
{
	int first = 0;

	while (end--) {
		int err = 0;

		if (set->reg[end])
			err = cpu_override_set(vm_fd, end, before->reg[end]);
		if (!first)
			first = err;
	}
	return first;
}

int cpu_overrides_apply(int vm_fd, const struct cpu_values *want,
			const struct cpu_values *set, unsigned int *failed)
{
	struct cpu_values before = { 0 };

	for (unsigned int reg = 0; reg < CPU_ID_REGS; reg++) {
		uint64_t mask = set->reg[reg], value;
		int err;

		if (!mask)
			continue;
		err = cpu_override_get(vm_fd, reg, &before.reg[reg]);
		value = (before.reg[reg] & ~mask) | (want->reg[reg] & mask);
		if (!err)
			err = cpu_override_set(vm_fd, reg, value);
		if (!err)
			continue;
		*failed = reg;
		/* One that took another value is to be put back as well. */
		if (undo(vm_fd, &before, set, err == -EDOM ? reg + 1 : reg))
			return -EIO;
		return err;
	}
	return 0;
}

/* The hypervisor says in several ways that it has no such override. */
static bool is_refusal(int err)
{
	return err == -EINVAL || err == -EACCES || err == -EPERM ||
	       err == -EOPNOTSUPP || err == -EDOM || err == -EIO;
}

/*
 * There is no call that says what can be overridden. A register that takes its
 * own value again is one that can.
 */
int cpu_overrides_probe(struct mshv_cpu_model *model, int vm_fd)
{
	for (unsigned int i = 0; i < CPU_ID_REGS; i++) {
		struct cpu_reg *reg = &model->regs[i];
		int err;

		if (!cpu_override_name(i) || !*cpu_id_reg_name(i))
			continue;
		err = cpu_override_get(vm_fd, i, &reg->host);
		if (is_refusal(err))
			continue;
		if (err)
			return err;
		reg->there = true;
		reg->value = reg->host;
		err = cpu_override_set(vm_fd, i, reg->host);
		if (!err)
			reg->writable = ~0ull;
		else if (!is_refusal(err))
			return err;
	}
	return 0;
}
