// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to look: a dump of all virtual processors, as whoever reads it has it, and
 * mshvctl top in a terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "netlink_client.h"

#define MANY		1000
#define FEW		16
#define VPS_OF_VM	250
#define DESCRIPTORS	(MANY + 100)
#define LOOKS		20
#define FIRST_LOOKS	2
#define LOOK_MS		100
#define NS_PER_INSTRUCTION 8
#define SECOND_NS	1e9

/* in %dx, %al; hlt: two kinds of exits are more than a VP of a guest at rest has. */
static const unsigned char code[] = { 0xec, 0xf4 };

struct crowd {
	unsigned int nr_vms, nr_vps;
	struct mshv_vm *vms[MANY / VPS_OF_VM];
	struct mshv_vp *vps[MANY];
};

static int answer(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		  uint32_t *value)
{
	(void)vp;
	(void)opaque;
	(void)port;
	(void)size;
	*value = 0;
	return 0;
}

static void run_to(struct mshv_vp *vp, uint32_t type, const struct hv_message **exit)
{
	must("mshv_vp_run", mshv_vp_run(vp, exit));
	if ((*exit)->header.message_type != type)
		fail("the guest's exit", -EPROTO);
}

static void run_to_halt(struct mshv_vp *vp)
{
	static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = answer };
	static const uint32_t names[] = { HV_X64_REGISTER_CS, HV_X64_REGISTER_RIP };
	static const union hv_register_value values[] = {
		{ .segment = { .limit = 0xffff, .attributes = CODE16 } }, { .reg64 = 0 },
	};
	const struct hv_message *exit;

	must("registers", mshv_vp_set_regs(vp, names, values, 2));
	run_to(vp, HVMSG_X64_IO_PORT_INTERCEPT, &exit);
	must("mshv_vp_handle_port", mshv_vp_handle_port(vp, &ports, NULL));
	run_to(vp, HVMSG_X64_HALT, &exit);
}

/* VPs that have run and halted. */
static void gather(struct crowd *crowd, unsigned int nr_vps)
{
	static _Alignas(PAGE) unsigned char ram[PAGE];
	struct mshv_vm **vm = NULL;
	struct mshv_vp **vp;

	memset(crowd, 0, sizeof(*crowd));
	memcpy(ram, code, sizeof(code));
	while (crowd->nr_vps < nr_vps) {
		unsigned int index = crowd->nr_vps % VPS_OF_VM;

		if (!vm || !index) {
			vm = &crowd->vms[crowd->nr_vms++];
			must("mshv_vm_create", mshv_vm_create(host, NULL, vm));
			must("mshv_vm_initialize", mshv_vm_initialize(*vm));
			must("mshv_vm_map", mshv_vm_map(*vm, 0, ram, PAGE, MSHV_MEM_EXEC));
		}
		vp = &crowd->vps[crowd->nr_vps++];
		must("mshv_vp_create", mshv_vp_create(*vm, index, 0, vp));
		run_to_halt(*vp);
	}
}

static void disperse(struct crowd *crowd)
{
	while (crowd->nr_vps)
		mshv_vp_close(crowd->vps[--crowd->nr_vps]);
	while (crowd->nr_vms)
		mshv_vm_close(crowd->vms[--crowd->nr_vms]);
}

static void dump(void *arg, unsigned int rounds)
{
	struct nl *nl = arg;

	while (rounds--) {
		must("a dump of all VPs", nl_dump(nl, MSHV_CMD_VP_GET, 0, 0, NULL, NULL));
		if (nl->answers != MANY)
			fail("VPs in the dump", -ENODATA);
	}
}

static void bench_dump(void)
{
	struct nl nl;

	must("netlink", nl_open(&nl));
	print("dump_1000_vps", counters_cost(dump, &nl).instructions);
	nl_close(&nl);
}

/* ---- mshvctl top */

/* As the scheduler counts it, which with -icount counts instructions. */
static double time_of_children(void)
{
	struct rusage all;

	getrusage(RUSAGE_CHILDREN, &all);
	return 1e9 * (all.ru_utime.tv_sec + all.ru_stime.tv_sec) +
	       1e3 * (all.ru_utime.tv_usec + all.ru_stime.tv_usec);
}

static _Noreturn void be_top(unsigned int looks)
{
	char count[32], interval[32];

	snprintf(count, sizeof(count), "--count=%u", looks);
	snprintf(interval, sizeof(interval), "--interval=0.%03u", LOOK_MS);
	setenv("TERM", "linux", 1);
	execlp("mshvctl", "mshvctl", "top", interval, count, NULL);
	_exit(127);
}

/* The processor's time for so many looks, beginning and end included, in ns. */
static double top_takes(unsigned int looks)
{
	const struct winsize size = { .ws_row = 50, .ws_col = 100 };
	double before = time_of_children();
	int terminal, status;
	char text[4096];
	pid_t pid;

	pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid < 0)
		fail("forkpty", -errno);
	if (!pid)
		be_top(looks);
	/* EIO is its end. */
	while (read(terminal, text, sizeof(text)) > 0)
		;
	waitpid(pid, &status, 0);
	close(terminal);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("mshvctl top", -ECHILD);
	return time_of_children() - before;
}

static void bench_top(const char *look, const char *share)
{
	double few = top_takes(FIRST_LOOKS), all = top_takes(FIRST_LOOKS + LOOKS);
	double one = (all - few) / LOOKS;

	print(look, one / NS_PER_INSTRUCTION);
	/* One a second, on a processor as slow as the emulated one. */
	print(share, 100 * one / SECOND_NS);
}

void bench_netlink(void)
{
	const struct rlimit descriptors = { DESCRIPTORS, DESCRIPTORS };
	static struct crowd crowd;

	if (setrlimit(RLIMIT_NOFILE, &descriptors))
		fail("RLIMIT_NOFILE", -errno);
	gather(&crowd, FEW);
	bench_top("top_16_vps", "top_16_vps_cpu");
	disperse(&crowd);
	gather(&crowd, MANY);
	bench_dump();
	bench_top("top_1000_vps", "top_1000_vps_cpu");
	disperse(&crowd);
}
