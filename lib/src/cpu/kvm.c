// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of KVM on arm64.
 *
 * KVM says which bits of the ID registers can be written, and not which values
 * they take. So a scratch VCPU is kept, and every value is tried on it.
 */
#include <errno.h>

#include "core/sys.h"
#include "cpu/kvm.h"
#include "cpu/model.h"

/* The scratch VCPU gets the value, or keeps what it has: 0, -EDOM or worse. */
static int try_reg(struct mshv_cpu_model *model, unsigned int reg, uint64_t value)
{
	uint64_t before = model->scratch.reg[reg];
	int err = cpu_kvm_set_exactly(model->fd, reg, value);
	int undo;

	if (!err) {
		model->scratch.reg[reg] = value;
		return 0;
	}
	undo = cpu_kvm_set_exactly(model->fd, reg, before);
	if (undo)
		return undo == -EDOM ? -EIO : undo;
	return err == -EINVAL || err == -ENOENT ? -EDOM : err;
}

/*
 * What was accepted before a refusal may stay on the scratch VCPU: the next
 * attempt starts from what it holds, and the last one puts back the model.
 */
static int kvm_accepts(struct mshv_cpu_model *model, struct cpu_values *want,
		       const struct cpu_values *need)
{
	(void)need;
	for (unsigned int reg = 0; reg < CPU_ID_REGS; reg++) {
		int err;

		if (!model->regs[reg].there ||
		    want->reg[reg] == model->scratch.reg[reg])
			continue;
		err = try_reg(model, reg, want->reg[reg]);
		if (err)
			return err;
	}
	return 0;
}

static void kvm_release(struct mshv_cpu_model *model)
{
	mshv_sys_close(model->fd);
	mshv_sys_close(model->vm_fd);
}

static const struct cpu_host_ops kvm_ops = {
	.keeps = true,
	.accepts = kvm_accepts,
	.release = kvm_release,
};

static int read_masks(struct mshv_cpu_model *model,
		      uint64_t masks[CPU_ID_REGS])
{
	struct cpu_kvm_mask_range args = { .addr = (uintptr_t)masks };
	int err = mshv_sys_ioctl(model->vm_fd, CPU_KVM_GET_WRITABLE_MASKS, &args);

	if (err)
		return err;
	/* KVM reports these as writable also where it will refuse. */
	if (!cpu_kvm_has(model->vm_fd, CPU_KVM_CAP_WRITABLE_IMP_ID_REGS)) {
		masks[CPU_MIDR] = 0;
		masks[CPU_REVIDR] = 0;
		masks[CPU_AIDR] = 0;
	}
	return 0;
}

static int read_regs(struct mshv_cpu_model *model, const char **step)
{
	uint64_t masks[CPU_ID_REGS] = { 0 };
	int err;

	*step = "read which ID registers are writable";
	err = read_masks(model, masks);
	if (err)
		return err;
	*step = "read the ID registers of the scratch VCPU";
	for (unsigned int i = 0; i < CPU_ID_REGS; i++) {
		struct cpu_reg *reg = &model->regs[i];

		err = cpu_kvm_get(model->fd, i, &reg->host);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		reg->there = true;
		reg->writable = masks[i];
		reg->value = reg->host;
		model->scratch.reg[i] = reg->host;
	}
	return 0;
}

int mshv_cpu_model_kvm(int kvm_fd, struct mshv_cpu_model **model,
		       struct mshv_cpu_error *error)
{
	struct mshv_cpu_model *m;
	const char *step;
	int err;

	if (!model)
		return cpu_error(error, -EINVAL, "no place for the model");
	if (!(cpu_kvm_has(kvm_fd, CPU_KVM_CAP_REG_MASK_RANGES) & 1))
		return cpu_error(error, -EOPNOTSUPP,
				 "this KVM cannot tell which ID registers are writable: that takes arm64 and Linux 6.7 or later");
	err = cpu_model_create(CPU_NAMES_ID_REGS, &m);
	if (err)
		return cpu_error(error, err, "out of memory");

	err = cpu_kvm_make_scratch(kvm_fd, &m->vm_fd, &m->fd, &step);
	if (!err) {
		m->ops = &kvm_ops;
		err = read_regs(m, &step);
	}
	if (err) {
		mshv_cpu_model_free(m);
		return cpu_error(error, err, "KVM does not let us %s: error %d",
				 step, -err);
	}
	cpu_model_prune(m);
	*model = m;
	return 0;
}
