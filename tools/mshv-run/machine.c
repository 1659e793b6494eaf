// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine: partition, memory, VPs, and the threads that run them.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <hvabi/partition.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "pci.h"
#include "saved.h"
#include "virtio.h"

#define KICK_SIGNAL SIGUSR1

/* What a guest may use of Hyper-V: what Linux needs to tell the time. */
static const union hv_partition_synthetic_processor_features features = {
	.hypervisor_present = 1,
	.hv1 = 1,
	.access_partition_reference_counter = 1,
	.access_synic_regs = 1,
	.access_synthetic_timer_regs = 1,
	.access_intr_ctrl_regs = 1,
	.access_hypercall_regs = 1,
	.access_vp_index = 1,
	.access_partition_reference_tsc = 1,
	.access_frequency_regs = 1,
	.direct_synthetic_timers = 1,
};

static void kicked(int signal_number)
{
	/* That RUN_VP returns is all it is for. */
	(void)signal_number;
}

static int install_kick(void)
{
	/* Without SA_RESTART. */
	struct sigaction action = { .sa_handler = kicked };

	if (sigaction(KICK_SIGNAL, &action, NULL))
		return -errno;
	return 0;
}

static int open_host(struct machine *m)
{
	int err = mshv_host_open(NULL, &m->host);

	if (err == -ENOENT)
		complain(0, "there is no /dev/mshv: this needs Linux as root partition of Hyper-V, with mshv_root loaded");
	else if (err)
		complain(err, "/dev/mshv");
	return err;
}

static int create_vm(struct machine *m)
{
	struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC | MSHV_VM_X2APIC | MSHV_VM_SUPER_PAGES,
	};
	int err;

	err = cpu_choose(m, &config);
	if (err)
		return err;
	err = mshv_vm_create(m->host, &config, &m->vm);
	if (err) {
		complain(err, "cannot create a partition");
		return err;
	}
	err = mshv_vm_set_property(m->vm, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
				   features.as_uint64[0]);
	if (!err)
		err = mshv_vm_initialize(m->vm);
	if (err) {
		complain(err, "cannot initialise the partition");
		return err;
	}
	/* Systems look for MSRs of their processor's model that nobody has. */
	err = mshv_vm_set_property(m->vm, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
				   HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO);
	if (err)
		complain(err, "cannot say what becomes of unknown MSRs");
	return err;
}

static int create_cpu(struct machine *m, unsigned int index)
{
	unsigned int flags = m->options->register_page ?
			     0 : MSHV_VP_NO_REGISTER_PAGE;
	struct cpu *cpu = &m->cpus[index];
	int err;

	cpu->machine = m;
	cpu->index = index;
	err = mshv_vp_create(m->vm, index, flags, &cpu->vp);
	if (err) {
		complain(err, "cannot create VP %u", index);
		return err;
	}
	if (m->options->restore)
		return 0;
	return m->options->mode == MODE_LINUX ? linux_enter(m, cpu) :
						image_enter(m, cpu);
}

/* What the options leave open is up to the image. */
static int open_image(struct machine *m)
{
	struct options *o = m->options;
	int err;

	err = file_open(&m->image, o->image);
	if (err)
		return err;
	if (o->mode == MODE_AUTO)
		o->mode = linux_is_kernel(&m->image) || pvh_is_elf(&m->image) ?
				  MODE_LINUX : MODE_LONG;
	if (o->mode != MODE_LINUX && pvh_is_elf(&m->image)) {
		complain(0, "%s: an ELF file, but --mode=%s takes code as it is", o->image,
			 o->mode == MODE_LONG ? "long" : "real");
		return -ENOEXEC;
	}
	if (!o->cpus)
		o->cpus = 1;
	if (!o->memory)
		o->memory = o->mode == MODE_LINUX ? 256 * MIB : 64 * MIB;
	if ((o->initrd || o->append) && o->mode != MODE_LINUX) {
		complain(0, "--%s: %s is not Linux", o->initrd ? "initrd" : "append", o->image);
		return -EINVAL;
	}
	if (!o->append)
		o->append = "console=ttyS0";
	return 0;
}

static int create_memory(struct machine *m)
{
	int err;

	progress_begin("mapping %llu MiB of memory",
		       (unsigned long long)(m->options->memory / MIB));
	err = memory_create(m);
	progress_end();
	return err;
}

static int load(struct machine *m)
{
	int err;

	progress_begin("loading %s", m->options->image);
	err = m->options->mode == MODE_LINUX ? linux_load(m, &m->image) :
					       image_load(m, &m->image);
	progress_end();
	return err;
}

/* Disks and a console. Linux is told of them. */
static int create_virtio(struct machine *m)
{
	const struct options *o = m->options;
	int err = 0;

	for (unsigned int i = 0; !err && i < o->disks_n; i++)
		err = disk_add(m, o->disks[i]);
	if (!err && o->terminal)
		err = terminal_add(m);
	if (err || o->mode != MODE_LINUX || o->restore)
		return err;
	if (strlen(o->append) > sizeof(m->command_line) / 2) {
		complain(0, "--append: too long");
		return -E2BIG;
	}
	/* What comes after "--" there is not for the kernel. */
	virtio_describe(m->command_line, sizeof(m->command_line) / 2);
	strcat(m->command_line, o->append);
	return 0;
}

/* Once the memory is there, which devices reach. */
static int create_devices(struct machine *m)
{
	const struct options *o = m->options;
	uint64_t end = HIGH_MEMORY + o->memory - m->low;
	int err = 0;

	m->has_pci = o->device_count || o->control;
	m->pci_high = (end + PCI_HIGH_SIZE - 1) & ~(PCI_HIGH_SIZE - 1);
	m->pci_next = PCI_WINDOW;
	m->pci_next_high = m->pci_high;
	for (unsigned int i = 0; !err && i < o->device_count; i++)
		err = pci_add(m, &o->devices[i]);
	return err ? err : create_virtio(m);
}

static int create_parts(struct machine *m)
{
	int err;

	err = m->options->restore ? restore_open(m) : open_image(m);
	if (!err)
		err = open_host(m);
	if (!err)
		err = create_vm(m);
	if (!err)
		err = create_memory(m);
	if (!err)
		err = create_devices(m);
	if (!err && !m->options->restore)
		err = load(m);
	for (unsigned int i = 0; !err && i < m->options->cpus; i++)
		err = create_cpu(m, i);
	if (!err && m->options->restore)
		err = restore_state(m);
	file_close(&m->image);
	return err;
}

int machine_create(struct machine *m, struct options *options)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->options = options;
	atomic_store(&m->status, -1);
	output_connect(m);
	serial_connect(m);
	if (options->save)
		signals_hold();
	err = install_kick();
	if (err) {
		complain(err, "cannot install a signal handler");
		return err;
	}
	err = create_parts(m);
	if (err)
		machine_destroy(m);
	return err;
}

void machine_destroy(struct machine *m)
{
	virtio_destroy();
	disk_destroy();
	for (unsigned int i = 0; i < MAX_CPUS; i++)
		mshv_vp_close(m->cpus[i].vp);
	pci_destroy(m);
	mshv_vm_close(m->vm);
	mshv_host_close(m->host);
	/* Only now does nothing of the guest use it. */
	memory_destroy(m);
	free(m->cpu_model);
}

void machine_stop(struct machine *m, int status)
{
	int none = -1, save = STATUS_SAVE;

	/* A guest that has come to its end meanwhile is not saved. */
	if (!atomic_compare_exchange_strong(&m->status, &none, status) && status != STATUS_SAVE)
		atomic_compare_exchange_strong(&m->status, &save, status);
	atomic_store(&m->stop, true);
	for (unsigned int i = 0; i < m->options->cpus; i++) {
		int err = m->cpus[i].vp ? mshv_vp_kick(m->cpus[i].vp, KICK_SIGNAL) : 0;

		if (err)
			complain(err, "cannot stop VP %u", i);
	}
}

static void crash(struct cpu *cpu, const struct hv_message *msg)
{
	const struct hv_x64_memory_intercept_message *memory =
		(const void *)msg->u.payload;
	uint64_t rip = 0;
	int err;

	err = mshv_vp_get_reg(cpu->vp, HV_X64_REGISTER_RIP, &rip);
	if (err)
		complain(err, "cannot read RIP of VP %u", cpu->index);
	switch (msg->header.message_type) {
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
		complain(0, "VP %u: access outside its memory, to 0x%llx, at RIP 0x%llx",
			 cpu->index,
			 (unsigned long long)memory->guest_physical_address,
			 (unsigned long long)rip);
		break;
	case HVMSG_UNRECOVERABLE_EXCEPTION:
		complain(0, "VP %u: triple fault at RIP 0x%llx", cpu->index,
			 (unsigned long long)rip);
		break;
	default:
		complain(0, "VP %u: unexpected exit 0x%x at RIP 0x%llx",
			 cpu->index, msg->header.message_type,
			 (unsigned long long)rip);
	}
	machine_stop(cpu->machine, STATUS_CRASHED);
}

static bool is_device(const struct machine *m, const struct hv_message *msg)
{
	const struct hv_x64_memory_intercept_message *memory =
		(const void *)msg->u.payload;

	return device_is_at(m, memory->guest_physical_address);
}

/* Returns whether the VP goes on. */
static bool handle_memory(struct cpu *cpu, const struct hv_message *msg)
{
	int err;

	cpu->exits[EXIT_MEMORY]++;
	if (!is_device(cpu->machine, msg)) {
		crash(cpu, msg);
		return false;
	}
	err = mshv_vp_handle_mmio(cpu->vp, &device_mmio_ops, cpu);
	if (!err)
		return true;
	complain(err, "VP %u: cannot carry out a device access", cpu->index);
	machine_stop(cpu->machine, STATUS_FAILED);
	return false;
}

static void handle_port(struct cpu *cpu, const struct hv_message *msg)
{
	struct mshv_port_exit exit;
	int err;

	err = mshv_port_decode(msg, &exit);
	if (!err) {
		cpu->exits[exit.write ? EXIT_PORT_OUT : EXIT_PORT_IN]++;
		err = mshv_vp_handle_port(cpu->vp, &device_ops, cpu);
	}
	if (!err)
		return;
	complain(err, "VP %u: cannot carry out a port access", cpu->index);
	machine_stop(cpu->machine, STATUS_FAILED);
}

/* Reported if no interrupt wakes it; but another VP may. Returns whether the VP goes on. */
static bool handle_halt(struct cpu *cpu, const struct hv_message *msg)
{
	int err = halt_wait(cpu, msg);

	cpu->exits[EXIT_HALT]++;
	if (err) {
		complain(err, "VP %u: cannot halt", cpu->index);
		machine_stop(cpu->machine, STATUS_FAILED);
		return false;
	}
	if (!halt_is_the_last(cpu->machine))
		return true;
	machine_stop(cpu->machine, 0);
	return false;
}

/* Returns whether the VP goes on. */
static bool handle_exit(struct cpu *cpu, const struct hv_message *msg)
{
	switch (msg->header.message_type) {
	case HVMSG_X64_IO_PORT_INTERCEPT:
		handle_port(cpu, msg);
		return true;
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
		return handle_memory(cpu, msg);
	case HVMSG_X64_HALT:
		return handle_halt(cpu, msg);
	default:
		cpu->exits[EXIT_OTHER]++;
		crash(cpu, msg);
		return false;
	}
}

static void *run_cpu(void *argument)
{
	struct cpu *cpu = argument;
	struct machine *m = cpu->machine;
	const struct hv_message *msg;

	while (!atomic_load(&m->stop)) {
		int err = mshv_vp_run(cpu->vp, &msg);

		if (err == -EINTR || err == -EAGAIN) {
			cpu->interrupted++;
		} else if (err) {
			complain(err, "cannot run VP %u", cpu->index);
			machine_stop(m, STATUS_FAILED);
		} else if (!handle_exit(cpu, msg)) {
			break;
		}
	}
	return NULL;
}

/* Before the VPs: their threads leave the signals to the one that is for them. */
static int start_services(struct machine *m)
{
	int err;

	err = signals_start(m);
	if (err) {
		complain(err, "cannot wait for signals");
		return err;
	}
	/* Flat images have no use for input. */
	err = m->options->mode == MODE_LINUX ? console_start(m) : 0;
	if (err) {
		signals_stop();
		complain(err, "cannot read standard input");
		return err;
	}
	err = hotplug_start(m);
	if (err) {
		/* The console's thread goes on as long as the machine does. */
		atomic_store(&m->stop, true);
		console_stop();
		signals_stop();
	}
	return err;
}

/* Until it stops; returns why. */
static int run(struct machine *m)
{
	unsigned int started;

	if (start_services(m))
		return STATUS_FAILED;
	for (started = 0; started < m->options->cpus; started++) {
		struct cpu *cpu = &m->cpus[started];
		int err = -pthread_create(&cpu->thread, NULL, run_cpu, cpu);

		if (err) {
			complain(err, "cannot start a thread for VP %u", started);
			machine_stop(m, STATUS_FAILED);
			break;
		}
	}
	for (unsigned int i = 0; i < started; i++)
		pthread_join(m->cpus[i].thread, NULL);
	hotplug_stop();
	console_stop();
	signals_stop();
	if (output_is_broken())
		complain(-EPIPE, "cannot write what the guest sends");
	return atomic_load(&m->status);
}

int machine_run(struct machine *m)
{
	for (;;) {
		int status = run(m);

		if (status != STATUS_SAVE)
			return status;
		if (!save_machine(m))
			return 0;
		/* It cannot be saved, and is not lost. */
		atomic_store(&m->status, -1);
		atomic_store(&m->stop, false);
	}
}
