// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saving a machine: memory, processors, devices and time, in one file (saved.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "saved.h"

#define PAGE 4096

static bool is_zero(const uint8_t *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

/* What has only zeros is left out. */
static void save_memory(struct saver *s, const uint8_t *bytes, uint64_t gpa, uint64_t size)
{
	uint64_t from = 0, at = 0;

	while (at < size && !s->err) {
		while (at < size && is_zero(bytes + at))
			at += PAGE;
		from = at;
		while (at < size && !is_zero(bytes + at))
			at += PAGE;
		if (at > from)
			saver_put(s, SAVED_MEMORY, gpa + from, bytes + from, at - from);
	}
}

/* A state as the library gives it: how much it takes is what the first call is for. */
typedef int (*save_call)(void *object, void *bytes, size_t size, size_t *needed);

static int vm_call(void *vm, void *bytes, size_t size, size_t *needed)
{
	return mshv_vm_save(vm, bytes, size, needed);
}

static int vp_call(void *vp, void *bytes, size_t size, size_t *needed)
{
	return mshv_vp_save(vp, bytes, size, needed);
}

static int save_state(struct saver *s, enum saved_kind kind, uint64_t index, save_call call,
		      void *object)
{
	size_t size = 0;
	int err = call(object, NULL, 0, &size);
	void *bytes;

	if (err != -ENOSPC)
		return err;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	err = call(object, bytes, size, &size);
	if (!err)
		saver_put(s, kind, index, bytes, size);
	free(bytes);
	return err;
}

static int save_vp(struct saver *s, struct cpu *cpu)
{
	const uint32_t counters[] = { cpu->reads, cpu->memory_reads };

	saver_put(s, SAVED_COUNTERS, cpu->index, counters, sizeof(counters));
	return save_state(s, SAVED_VP, cpu->index, vp_call, cpu->vp);
}

static void save_devices(struct saver *s)
{
	serial_save(s);
	ioapic_save(s);
	ports_save(s);
	clock_save(s);
	pci_save(s);
	virtio_save(s);
	terminal_save(s);
}

static int put_parts(struct machine *m, struct saver *s)
{
	const struct saved_machine machine = {
		.memory = m->options->memory,
		.cpus = m->options->cpus,
		.disks = m->options->disks_n,
		.is_linux = m->options->mode == MODE_LINUX,
		.has_terminal = m->options->terminal,
	};
	int err = 0;

	saver_put(s, SAVED_MACHINE, 0, &machine, sizeof(machine));
	saver_put(s, SAVED_CPU_MODEL, 0, m->cpu_model, strlen(m->cpu_model));
	/* Devices first: they write memory, and do not any more from then on. */
	save_devices(s);
	err = save_state(s, SAVED_VM, 0, vm_call, m->vm);
	for (unsigned int i = 0; !err && i < m->options->cpus; i++)
		err = save_vp(s, &m->cpus[i]);
	if (err)
		return err;
	save_memory(s, m->ram, 0, m->low);
	save_memory(s, m->ram + m->low, HIGH_MEMORY, m->options->memory - m->low);
	return 0;
}

static int save(struct machine *m)
{
	struct saver s;
	int err, failed;

	err = mshv_vm_freeze_time(m->vm);
	if (err)
		return err;
	err = saver_start(&s, m->options->save);
	if (!err)
		s.err = put_parts(m, &s);
	failed = saver_finish(&s);
	return err ? err : failed;
}

int save_machine(struct machine *m)
{
	int err;

	output_flush();
	progress_begin("saving in %s", m->options->save);
	err = save(m);
	progress_end();
	if (!err)
		return 0;
	complain(err, "--save=%s: the machine goes on", m->options->save);
	virtio_go_on();
	if (mshv_vm_thaw_time(m->vm))
		complain(0, "its time does not");
	return err;
}
