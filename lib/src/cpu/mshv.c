// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of Hyper-V: feature banks, and on arm64 overrides of ID registers.
 *
 * A scratch partition is made for each judgement, as banks are given when a
 * partition is created.
 */
#include <errno.h>
#include <hvabi/partition.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <string.h>

#include "core/hvcall.h"
#include "core/sys.h"
#include "cpu/mshv.h"

#if defined(__aarch64__)
#define HOST_NAMES (CPU_NAMES_ID_REGS | CPU_NAMES_ARM64_BANKS)
#else
#define HOST_NAMES CPU_NAMES_X86_BANKS
#endif

/* The properties that tell a bank. */
static const uint32_t bank_codes[] = {
	HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
	HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1,
	HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES,
};

/* In the properties a bit is set for what is there, here for what is not. */
static void fill_args(const struct mshv_cpu_model *model,
		      const struct cpu_values *values,
		      struct mshv_create_partition_v2 *args)
{
	args->pt_flags |= 1ull << MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES;
	args->pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS;
	for (unsigned int i = 0; i < MSHV_NUM_CPU_FEATURES_BANKS; i++)
		args->pt_cpu_fbanks[i] = ~values->reg[CPU_BANK(i)];
#if defined(__x86_64__)
	args->pt_disabled_xsave =
		model->regs[CPU_XSAVE].there ? ~values->reg[CPU_XSAVE] : 0;
#else
	(void)model;
#endif
}

static int make_scratch(const struct mshv_cpu_model *model,
			const struct cpu_values *values)
{
	struct mshv_create_partition_v2 args = { 0 };
	int fd, err;

	fill_args(model, values, &args);
	fd = mshv_ioctl_create_partition_v2(model->fd, &args);
	if (fd < 0)
		return fd;
	err = mshv_ioctl_initialize_partition(fd);
	if (err) {
		mshv_sys_close(fd);
		return err;
	}
	return fd;
}

static int read_banks(const struct mshv_cpu_model *model, int fd,
		      struct cpu_values *values)
{
	for (unsigned int reg = CPU_BANK(0); reg < CPU_REGS; reg++) {
		int err;

		if (!model->regs[reg].there)
			continue;
		err = hvcall_get_property(fd, bank_codes[reg - CPU_ID_REGS],
					  &values->reg[reg]);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Compare what came out with what was wanted. A feature that did not come out,
 * and would have if nothing was disabled, depends on one that was.
 */
static int check_banks(const struct mshv_cpu_model *model, int vm_fd,
		       struct cpu_values *want, const struct cpu_values *need)
{
	struct cpu_values is = { 0 };
	int err = read_banks(model, vm_fd, &is);

	if (err)
		return err;
	for (unsigned int reg = CPU_BANK(0); reg < CPU_REGS; reg++) {
		uint64_t kept = is.reg[reg] & ~want->reg[reg];
		uint64_t lost = want->reg[reg] & model->scratch.reg[reg] &
				~is.reg[reg];

		if (!model->regs[reg].there)
			continue;
		if ((kept | lost) & need->reg[reg])
			return -EDOM;
		want->reg[reg] &= ~lost;
	}
	return 0;
}

static int try_overrides(const struct mshv_cpu_model *model, int vm_fd,
			 const struct cpu_values *want)
{
	for (unsigned int reg = 0; reg < CPU_ID_REGS; reg++) {
		int err;

		if (!model->regs[reg].there ||
		    want->reg[reg] == model->regs[reg].host)
			continue;
		err = cpu_override_set(vm_fd, reg, want->reg[reg]);
		if (err)
			return err == -EINVAL || err == -EIO ? -EDOM : err;
	}
	return 0;
}

static int mshv_accepts(struct mshv_cpu_model *model, struct cpu_values *want,
			const struct cpu_values *need)
{
	int vm_fd = make_scratch(model, want), err;

	if (vm_fd == -EINVAL || vm_fd == -EOPNOTSUPP)
		return -EDOM;
	if (vm_fd < 0)
		return vm_fd;
	err = check_banks(model, vm_fd, want, need);
	if (!err)
		err = try_overrides(model, vm_fd, want);
	mshv_sys_close(vm_fd);
	return err;
}

/* Nothing is held between judgements, and /dev/mshv is the caller's. */
static void mshv_release(struct mshv_cpu_model *model)
{
	(void)model;
}

static const struct cpu_host_ops mshv_ops = {
	.accepts = mshv_accepts,
	.release = mshv_release,
};

/* What this host's own partition has. */
static int read_host(struct mshv_cpu_model *model)
{
	struct cpu_values host = { 0 };
	int err;

	for (unsigned int reg = CPU_BANK(0); reg < CPU_REGS; reg++)
		model->regs[reg].there = cpu_bank_named(model->names, reg);
	err = read_banks(model, model->fd, &host);
	if (err)
		return err;
	for (unsigned int i = CPU_BANK(0); i < CPU_REGS; i++) {
		struct cpu_reg *reg = &model->regs[i];

		reg->host = host.reg[i] & cpu_bank_named(model->names, i);
		reg->writable = reg->host;
		reg->value = reg->host;
	}
	return 0;
}

/* What a partition gets of it where nothing is disabled. */
static int read_scratch(struct mshv_cpu_model *model)
{
	struct cpu_values all;
	int vm_fd, err;

	cpu_values_read(model, &all);
	vm_fd = make_scratch(model, &all);
	if (vm_fd < 0)
		return vm_fd;
	err = read_banks(model, vm_fd, &model->scratch);
	if (!err && model->names & CPU_NAMES_ID_REGS)
		err = cpu_overrides_probe(model, vm_fd);
	mshv_sys_close(vm_fd);
	return err;
}

int cpu_mshv_probe(int dev_fd, unsigned int names, struct mshv_cpu_model **model,
		   struct mshv_cpu_error *error)
{
	struct mshv_cpu_model *m;
	int err;

	if (!model)
		return cpu_error(error, -EINVAL, "no place for the model");
	err = cpu_model_create(names, &m);
	if (err)
		return cpu_error(error, err, "out of memory");
	m->fd = dev_fd;
	m->ops = &mshv_ops;

	err = read_host(m);
	if (err) {
		cpu_error(error, err,
			  "the hypervisor does not tell its processor features: error %d",
			  -err);
		goto fail;
	}
	err = read_scratch(m);
	if (err == -EINVAL) {
		err = cpu_error(error, -EOPNOTSUPP,
				"this driver makes no partitions with chosen processor features: a newer kernel is needed");
		goto fail;
	}
	if (err) {
		cpu_error(error, err,
			  "a scratch partition cannot be made: error %d", -err);
		goto fail;
	}
	cpu_model_prune(m);
	*model = m;
	return 0;

fail:
	mshv_cpu_model_free(m);
	return err;
}

int mshv_cpu_model_mshv(int dev_fd, struct mshv_cpu_model **model,
			struct mshv_cpu_error *error)
{
	return cpu_mshv_probe(dev_fd, HOST_NAMES, model, error);
}

int mshv_cpu_model_partition_args(const struct mshv_cpu_model *model,
				  struct mshv_create_partition_v2 *args)
{
	struct cpu_values values;

	if (!model || !args)
		return -EINVAL;
	if (model->ops != &mshv_ops)
		return -EOPNOTSUPP;
	cpu_values_read(model, &values);
	fill_args(model, &values, args);
	return 0;
}

int mshv_cpu_model_vm_config(const struct mshv_cpu_model *model,
			     struct mshv_vm_config *config)
{
	if (!model || !config)
		return -EINVAL;
	if (model->ops != &mshv_ops)
		return -EOPNOTSUPP;
	config->flags |= MSHV_VM_FEATURE_BANKS;
	for (unsigned int i = 0; i < MSHV_VM_FEATURE_BANK_COUNT; i++)
		config->disabled_cpu_features[i] = ~model->regs[CPU_BANK(i)].value;
	config->disabled_xsave = model->regs[CPU_XSAVE].there ?
				 ~model->regs[CPU_XSAVE].value : 0;
	return 0;
}

int mshv_cpu_model_apply_mshv(const struct mshv_cpu_model *model, int vm_fd,
			      struct mshv_cpu_error *error)
{
	struct cpu_values want, set = { 0 };
	unsigned int failed = 0;
	int err;

	if (!model)
		return cpu_error(error, -EINVAL, "no model given");
	if (model->ops != &mshv_ops)
		return cpu_error(error, -EOPNOTSUPP,
				 "the model is not one of a host with /dev/mshv");
	cpu_values_read(model, &want);
	for (unsigned int reg = 0; reg < CPU_ID_REGS; reg++)
		set.reg[reg] = model->regs[reg].set;
	err = cpu_overrides_apply(vm_fd, &want, &set, &failed);
	if (err == -EINVAL || err == -EDOM)
		return cpu_error(error, -EDOM, "%s: the hypervisor refuses the value",
				 cpu_reg_name(failed));
	if (err)
		return cpu_error(error, err, "%s: cannot be overridden: error %d",
				 cpu_reg_name(failed), -err);
	return 0;
}
