// SPDX-License-Identifier: GPL-2.0-only
/*
 * A processor that halts with its interrupts off, while another one runs, is run again: an
 * INIT may have woken it. The hypervisor is one that tells of each halt, which the emulated
 * host does not, and the library's calls are the ones below (ld --wrap).
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <linux/mshv.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../run.h"

#define EXIT_PORT 0xf4
#define STATUS 42

int __wrap_mshv_vp_run(struct mshv_vp *vp, const struct hv_message **msg);
int __wrap_mshv_vp_kick(struct mshv_vp *vp, int signal_number);
int __wrap_mshv_vp_set_regs(struct mshv_vp *vp, const uint32_t *names,
			    const union hv_register_value *values, size_t n);
int __wrap_mshv_vp_flush_regs(struct mshv_vp *vp);
int __wrap_mshv_vp_handle_port(struct mshv_vp *vp, const struct mshv_port_ops *ops,
			       void *opaque);
int __wrap_mshv_ioctl_root_hvcall(int fd, struct mshv_root_hvcall *args);

static struct machine machine;
static struct options options = { .cpus = 2, .mode = MODE_LONG };
static struct hv_message halt = { .header.message_type = HVMSG_X64_HALT };
static struct hv_message port = { .header.message_type = HVMSG_X64_IO_PORT_INTERCEPT };
static unsigned int runs;
static bool halted;
static sem_t kicks;

void complain(int err, const char *format, ...)
{
	(void)err;
	(void)format;
}

static bool is_first(const struct mshv_vp *vp)
{
	return vp == machine.cpus[0].vp;
}

/* The first one is in the guest until it is kicked; the other halts, and is woken. */
int __wrap_mshv_vp_run(struct mshv_vp *vp, const struct hv_message **msg)
{
	if (is_first(vp)) {
		while (sem_wait(&kicks))
			;
		return -EINTR;
	}
	*msg = runs++ ? &port : &halt;
	return 0;
}

int __wrap_mshv_vp_kick(struct mshv_vp *vp, int signal_number)
{
	(void)signal_number;
	return is_first(vp) ? sem_post(&kicks) : 0;
}

int __wrap_mshv_vp_set_regs(struct mshv_vp *vp, const uint32_t *names,
			    const union hv_register_value *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] == HV_REGISTER_INTERNAL_ACTIVITY_STATE && !is_first(vp))
			halted = values[i].internal_activity.halt_suspend;
	return 0;
}

int __wrap_mshv_vp_flush_regs(struct mshv_vp *vp)
{
	(void)vp;
	return 0;
}

int __wrap_mshv_vp_handle_port(struct mshv_vp *vp, const struct mshv_port_ops *ops,
			       void *opaque)
{
	return ops->out(vp, opaque, EXIT_PORT, 1, STATUS);
}

/* Which processors are halted. The first one is not. */
int __wrap_mshv_ioctl_root_hvcall(int fd, struct mshv_root_hvcall *args)
{
	union hv_register_value *out = (void *)(uintptr_t)args->out_ptr;
	const struct hv_input_get_vp_registers *in = (const void *)(uintptr_t)args->in_ptr;

	(void)fd;
	out[0].internal_activity.halt_suspend = in->vp_index == 1 && halted;
	args->status = 0;
	return 0;
}

static void too_late(int number)
{
	static const char text[] = "FAIL mshv-run.halted_processor_is_run_again\n";

	(void)number;
	_exit(write(STDOUT_FILENO, text, sizeof(text) - 1) < 0 ? 2 : 1);
}

int main(void)
{
	struct hv_x64_io_port_intercept_message *message = (void *)port.u.payload;
	static char vps[2];
	int status;

	port.header.payload_size = sizeof(*message);
	message->header.instruction_length = 2;
	message->port_number = EXIT_PORT;
	message->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
	message->access_info.access_size = 1;
	machine.options = &options;
	atomic_store(&machine.status, -1);
	for (unsigned int i = 0; i < 2; i++)
		machine.cpus[i] = (struct cpu){
			.machine = &machine, .index = i, .vp = (void *)&vps[i],
		};
	if (sem_init(&kicks, 0, 0) || signal(SIGALRM, too_late) == SIG_ERR)
		return 2;
	alarm(60);
	status = machine_run(&machine);
	printf("%s mshv-run.halted_processor_is_run_again\n",
	       status == STATUS && halted && runs == 2 ? "PASS" : "FAIL");
	return status != STATUS || !halted || runs != 2;
}
