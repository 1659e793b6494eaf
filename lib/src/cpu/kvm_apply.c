// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models given to the VMs and VCPUs of KVM.
 */
#include <errno.h>

#include "cpu/kvm.h"
#include "cpu/model.h"

static int check_model(const struct mshv_cpu_model *model,
		       struct mshv_cpu_error *error)
{
	if (!model)
		return cpu_error(error, -EINVAL, "no model given");
	if (!model->ops || model->names != CPU_NAMES_ID_REGS)
		return cpu_error(error, -EOPNOTSUPP, "the model is not one of a host with KVM");
	return 0;
}

int mshv_cpu_model_prepare_kvm(const struct mshv_cpu_model *model, int vm_fd,
			       struct mshv_cpu_error *error)
{
	int err = check_model(model, error);

	if (err || model->regs[CPU_MIDR].value == model->regs[CPU_MIDR].host)
		return err;
	if (!cpu_kvm_has(vm_fd, CPU_KVM_CAP_WRITABLE_IMP_ID_REGS))
		return cpu_error(error, -EOPNOTSUPP,
				 "MIDR_EL1: this kernel cannot change it");
	err = cpu_kvm_enable(vm_fd, CPU_KVM_CAP_WRITABLE_IMP_ID_REGS);
	/* The kernel has one errno for all; a VCPU is all that is left. */
	if (err == -EINVAL)
		return cpu_error(error, -EBUSY,
				 "MIDR_EL1: cannot be made writable once the VM has a VCPU");
	if (err)
		return cpu_error(error, err,
				 "MIDR_EL1: cannot be made writable: error %d", -err);
	return 0;
}

static uint64_t merged(const struct mshv_cpu_model *model, unsigned int reg,
		       uint64_t now)
{
	const struct cpu_reg *r = &model->regs[reg];

	return (now & ~r->set) | (r->value & r->set);
}

static int explain(struct mshv_cpu_error *error, unsigned int reg, int err)
{
	const char *name = cpu_reg_name(reg);

	switch (err) {
	case -EBUSY:
		return cpu_error(error, err,
				 "%s: the VM has run, so it cannot change any more",
				 name);
	case -ENOEXEC:
		return cpu_error(error, err, "%s: the VCPU is not initialised",
				 name);
	case -EINVAL:
	case -EDOM:
		return cpu_error(error, -EDOM,
				 "%s: this VCPU refuses a value that the host accepts; it was made with other features",
				 name);
	case -ENOENT:
		return cpu_error(error, err, "%s: this VCPU does not have it",
				 name);
	case -EIO:
		return cpu_error(error, err,
				 "%s: took another value, and cannot be put back",
				 name);
	default:
		return cpu_error(error, err, "%s: error %d", name, -err);
	}
}

/* Put back the registers below @end that were changed. */
static int undo(const struct mshv_cpu_model *model, int vcpu_fd,
		const struct cpu_values *before, unsigned int end)
{
	while (end--) {
		int err;

		if (!model->regs[end].set ||
		    merged(model, end, before->reg[end]) == before->reg[end])
			continue;
		err = cpu_kvm_set_exactly(vcpu_fd, end, before->reg[end]);
		if (err)
			return err;
	}
	return 0;
}

static int apply_reg(const struct mshv_cpu_model *model, int vcpu_fd,
		     unsigned int reg, uint64_t *before)
{
	int err = cpu_kvm_get(vcpu_fd, reg, before);
	uint64_t value;

	if (err)
		return err;
	value = merged(model, reg, *before);
	if (value == *before)
		return 0;
	err = cpu_kvm_set_exactly(vcpu_fd, reg, value);
	/* Another value than the one asked for may be there now. */
	if (err == -EDOM && cpu_kvm_set_exactly(vcpu_fd, reg, *before))
		return -EIO;
	return err;
}

int mshv_cpu_model_apply_kvm(const struct mshv_cpu_model *model, int vcpu_fd,
			     struct mshv_cpu_error *error)
{
	struct cpu_values before = { 0 };
	int err = check_model(model, error);

	for (unsigned int reg = 0; !err && reg < CPU_ID_REGS; reg++) {
		if (!model->regs[reg].set)
			continue;
		err = apply_reg(model, vcpu_fd, reg, &before.reg[reg]);
		if (!err)
			continue;
		err = explain(error, reg, err);
		if (undo(model, vcpu_fd, &before, reg))
			return cpu_error(error, -EIO,
					 "%s was refused, and what was written before it could not be undone",
					 cpu_reg_name(reg));
	}
	return err;
}
