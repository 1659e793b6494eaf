// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver and the library cost, in lines "NAME VALUE". Times are nanoseconds of
 * the guest's clock: with QEMU's -icount they stand for instructions, 8 ns each, and
 * repeat.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

struct effort effort = { .rounds = 2000, .samples = 20, .memory = 4 * GIB };
struct mshv_host *host;
bool on_kvm;

void fail(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(-err));
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void print(const char *name, double value)
{
	printf("%s %.2f\n", name, value);
	fflush(stdout);
	/* A console sends it by interrupts, which are not to be in what is measured next. */
	tcdrain(STDOUT_FILENO);
}

static void usage(FILE *f)
{
	fputs("usage: bench [--quick] [--memory=MiB] [--kvm] [TOPIC]...\n"
	      "\n"
	      "Measures the driver that is loaded, in the root partition of an emulated host\n"
	      "that runs with -icount. tools/testing/bench/run does all of it.\n"
	      "\n"
	      "  exits         round trips of port and memory exits\n"
	      "  events        irqfd and doorbells\n"
	      "  memory        guests with much memory\n"
	      "  regions       guests with many regions\n"
	      "  again         pages that are taken away and touched again\n"
	      "  life          making and ending VMs and VPs\n"
	      "  wake          an interrupt for a VP that has halted\n"
	      "  netlink       looking at what runs, and mshvctl top (our driver only)\n"
	      "  devices       a device of the host for a guest; large pages are refused for it\n"
	      "  devices-large the same; they are taken, but its interrupts go to root\n"
	      "  --kvm         measure KVM, in a kernel that has no hypervisor below it\n"
	      "  --quick       few rounds: to see that it works\n"
	      "  --memory=MiB  of the guests that have much (default: 4096)\n", f);
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "memory", required_argument, NULL, 'm' },
		{ "kvm", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 'q':
			effort.rounds = 100;
			effort.samples = 3;
			break;
		case 'm':
			effort.memory = strtoul(optarg, &end, 10) * MIB;
			if (*end || effort.memory < 4 * MIB || effort.memory > 4 * GIB)
				fail("--memory", -EINVAL);
			break;
		case 'k':
			on_kvm = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
}

/* Those with "host" need one of their own, and run only if they are named. */
static const struct topic {
	const char *name;
	void (*run)(void);
	bool host;
} topics[] = {
	{ "exits", bench_exits, false },
	{ "events", bench_events, false },
	{ "memory", bench_memory, false },
	{ "regions", bench_regions, false },
	{ "again", bench_again, false },
	{ "life", bench_life, false },
	{ "wake", bench_wake, false },
	{ "netlink", bench_netlink, false },
	{ "devices", bench_devices, true },
	{ "devices-large", bench_devices_large, true },
};

#define NR_TOPICS (sizeof(topics) / sizeof(topics[0]))

static const struct topic *find_topic(const char *name)
{
	for (size_t i = 0; i < NR_TOPICS; i++)
		if (!strcmp(name, topics[i].name))
			return &topics[i];
	usage(stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	options(argc, argv);
	for (int i = optind; i < argc; i++)
		find_topic(argv[i]);
	if (on_kvm)
		kvm_open();
	else
		must("mshv_host_open", mshv_host_open(NULL, &host));
	counters_open();
	for (size_t i = 0; optind == argc && i < NR_TOPICS; i++)
		if (!topics[i].host)
			topics[i].run();
	for (int i = optind; i < argc; i++)
		find_topic(argv[i])->run();
	mshv_host_close(host);
	return 0;
}
