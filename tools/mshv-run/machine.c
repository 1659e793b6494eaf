// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine: partition, memory, VPs, and the threads that run them.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "run.h"

#define KICK_SIGNAL SIGUSR1
#define KICK_INTERVAL_NS 2000000

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

	err = mshv_vm_create(m->host, &config, &m->vm);
	if (err) {
		complain(err, "cannot create a partition");
		return err;
	}
	err = mshv_vm_initialize(m->vm);
	if (err)
		complain(err, "cannot initialise the partition");
	return err;
}

static int create_memory(struct machine *m)
{
	uint64_t size = m->options->memory;
	void *ram;
	int err;

	ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram == MAP_FAILED) {
		err = -errno;
		complain(err, "cannot get %llu bytes of memory",
			 (unsigned long long)size);
		return err;
	}
	m->ram = ram;
	err = mshv_vm_map(m->vm, 0, ram, size, MSHV_MEM_WRITE | MSHV_MEM_EXEC);
	if (err)
		complain(err, "cannot map the guest's memory");
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
	return image_enter(m, cpu);
}

static int create_parts(struct machine *m)
{
	int err;

	err = open_host(m);
	if (!err)
		err = create_vm(m);
	if (!err)
		err = create_memory(m);
	if (!err)
		err = image_load(m);
	for (unsigned int i = 0; !err && i < m->options->cpus; i++)
		err = create_cpu(m, i);
	return err;
}

int machine_create(struct machine *m, const struct options *options)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->options = options;
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
	for (unsigned int i = 0; i < MAX_CPUS; i++)
		mshv_vp_close(m->cpus[i].vp);
	mshv_vm_close(m->vm);
	mshv_host_close(m->host);
	/* Only now does nothing of the guest use it. */
	if (m->ram)
		munmap(m->ram, m->options->memory);
}

void machine_stop(struct machine *m, int status)
{
	int none = -1;

	atomic_compare_exchange_strong(&m->status, &none, status);
	atomic_store(&m->stop, true);
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

static bool is_device(const struct hv_message *msg)
{
	const struct hv_x64_memory_intercept_message *memory =
		(const void *)msg->u.payload;

	return memory->guest_physical_address / 4096 == DEVICE_PAGE / 4096;
}

/* Returns whether the VP goes on. */
static bool handle_memory(struct cpu *cpu, const struct hv_message *msg)
{
	int err;

	cpu->exits[EXIT_MEMORY]++;
	if (!is_device(msg)) {
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

/* Returns whether the VP goes on. */
static bool handle_exit(struct cpu *cpu, const struct hv_message *msg)
{
	struct machine *m = cpu->machine;

	switch (msg->header.message_type) {
	case HVMSG_X64_IO_PORT_INTERCEPT:
		handle_port(cpu, msg);
		return true;
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
		return handle_memory(cpu, msg);
	case HVMSG_X64_HALT:
		cpu->exits[EXIT_HALT]++;
		/* Nothing would wake it: there are no interrupts. */
		if (atomic_fetch_add(&m->halted, 1) + 1 == m->options->cpus)
			machine_stop(m, 0);
		return false;
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
	atomic_store(&cpu->done, true);
	return NULL;
}

static void nap(void)
{
	struct timespec t = { .tv_nsec = KICK_INTERVAL_NS };

	nanosleep(&t, NULL);
}

/*
 * Wait for a VP's thread. A signal that comes just before the system call is lost
 * on it, so once the machine has stopped it is sent until the thread has noticed.
 */
static void join(struct machine *m, struct cpu *cpu)
{
	while (!atomic_load(&cpu->done)) {
		if (atomic_load(&m->stop))
			pthread_kill(cpu->thread, KICK_SIGNAL);
		nap();
	}
	pthread_join(cpu->thread, NULL);
}

int machine_run(struct machine *m)
{
	unsigned int started;

	atomic_store(&m->status, -1);
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
		join(m, &m->cpus[i]);
	return atomic_load(&m->status);
}
