// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restoring a machine from its file (saved.h). What it was made with is the file's; an option
 * that says otherwise is a reason to refuse it, before there is a machine.
 */
#include <errno.h>
#include <string.h>

#include "saved.h"

static int refuse(const struct file *file, const char *what, uint64_t has, uint64_t wanted)
{
	complain(0, "%s: the machine has %llu %s, and not %llu", file->path,
		 (unsigned long long)has, what, (unsigned long long)wanted);
	return -EINVAL;
}

static int take_options(struct options *o, const struct file *file)
{
	struct saved_machine machine;

	if (saved_get(file, SAVED_MACHINE, 0, &machine, sizeof(machine)) || !machine.cpus ||
	    machine.cpus > MAX_CPUS || !machine.memory || machine.memory % 4096 ||
	    machine.memory > MAX_MEMORY) {
		complain(0, "%s: does not say what it is", file->path);
		return -EBADMSG;
	}
	if (o->cpus && o->cpus != machine.cpus)
		return refuse(file, "processors", machine.cpus, o->cpus);
	if (o->memory && o->memory != machine.memory)
		return refuse(file, "bytes of memory", machine.memory, o->memory);
	if (o->disks_n != machine.disks)
		return refuse(file, "disks", machine.disks, o->disks_n);
	if (o->terminal && !machine.has_terminal)
		return refuse(file, "virtio consoles", 0, 1);
	o->terminal = machine.has_terminal;
	o->cpus = machine.cpus;
	o->memory = machine.memory;
	o->mode = machine.is_linux ? MODE_LINUX : MODE_LONG;
	return 0;
}

int restore_open(struct machine *m)
{
	int err = saved_open(&m->image, m->options->restore);

	return err ? err : take_options(m->options, &m->image);
}

static int restore_memory(struct machine *m)
{
	const struct saved_part *part = NULL;

	while ((part = saved_next(&m->image, SAVED_MEMORY, part))) {
		void *at = memory_at(m, part->index, part->size);

		if (!at)
			return -EBADMSG;
		memcpy(at, part + 1, part->size);
	}
	return 0;
}

static int restore_devices(struct machine *m)
{
	int err = serial_restore(&m->image);

	if (!err)
		err = ioapic_restore(m, &m->image);
	if (!err)
		err = ports_restore(&m->image);
	if (!err)
		err = clock_restore(&m->image);
	if (!err)
		err = pci_restore(&m->image);
	if (!err)
		err = terminal_restore(&m->image);
	return err ? err : virtio_restore(&m->image);
}

static int restore_vm(struct machine *m)
{
	const struct saved_part *part = saved_find(&m->image, SAVED_VM, 0);

	return part ? mshv_vm_restore(m->vm, part + 1, part->size) : -EBADMSG;
}

static int restore_vp(struct machine *m, struct cpu *cpu)
{
	const struct saved_part *part = saved_find(&m->image, SAVED_VP, cpu->index);
	uint32_t counters[2], name;
	int err;

	if (!part || saved_get(&m->image, SAVED_COUNTERS, cpu->index, counters,
			       sizeof(counters)))
		return -EBADMSG;
	cpu->reads = counters[0];
	cpu->memory_reads = counters[1];
	err = mshv_vp_restore(cpu->vp, part + 1, part->size);
	if (err && !mshv_vp_refused_reg(cpu->vp, &name))
		complain(0, "the hypervisor refuses register 0x%x of VP %u", name, cpu->index);
	return err;
}

static int restore(struct machine *m)
{
	int err = restore_memory(m);

	if (!err)
		err = restore_devices(m);
	if (!err)
		err = restore_vm(m);
	for (unsigned int i = 0; !err && i < m->options->cpus; i++)
		err = restore_vp(m, &m->cpus[i]);
	return err;
}

int restore_state(struct machine *m)
{
	int err = mshv_vm_freeze_time(m->vm);

	if (!err)
		err = restore(m);
	if (!err)
		err = mshv_vm_thaw_time(m->vm);
	if (err)
		complain(err, "%s: cannot be restored", m->image.path);
	else
		/* Interrupts reach local APICs that are as they were. */
		virtio_go_on();
	return err;
}
