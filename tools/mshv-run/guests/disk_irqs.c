// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk's interrupts, while every processor reads from it: those of the queues come to their
 * processors, and that of the controller's own queue to where it was last moved to. Then the disk
 * is reset under the readers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"

#define DISK "/dev/nvme0n1"
#define CONTROLLER "/dev/nvme0"
#define RESET "/sys/bus/pci/devices/0000:00:01.0/reset"
#define CPUS 2
#define MOVES 50
#define RESETS 4
#define COMMANDS 8
#define PATIENCE 1000
#define BLOCK 65536
#define BLOCKS 16

#define IDENTIFY 6
#define IDENTIFY_CONTROLLER 1

static _Alignas(4096) uint64_t block[BLOCK / 8];

/* Whatever is read is read again, and has to be the same. Returns 0 if it could not be read. */
static uint64_t sum_of_disk(int fd)
{
	uint64_t sum = 1;

	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (pread(fd, block, BLOCK, (off_t)i * BLOCK) != BLOCK)
			return 0;
		for (size_t n = 0; n < BLOCK / 8; n++)
			sum = (sum ^ block[n]) * 0x9e3779b97f4a7c15u | 1;
	}
	return sum;
}

/* Tells @report of each time that all was read, and ends when it was not the same. */
static void read_on(unsigned int cpu, int report)
{
	int fd = open(DISK, O_RDONLY | O_DIRECT | O_CLOEXEC);
	uint64_t first;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("sched_setaffinity");
	first = sum_of_disk(fd);
	while (first && sum_of_disk(fd) == first)
		if (write(report, "", 1) != 1)
			break;
	printf("guest: a reader ends: %s\n", strerror(errno));
	_exit(1);
}

static struct {
	pid_t pid;
	int report;
} readers[CPUS];

static void start_readers(void)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		int fds[2];

		if (pipe(fds)) {
			perror("pipe");
			_exit(1);
		}
		fflush(stdout);
		readers[cpu].pid = fork();
		if (!readers[cpu].pid)
			read_on(cpu, fds[1]);
		close(fds[1]);
		readers[cpu].report = fds[0];
	}
}

/* Each has read all once more, from some time after now on. Returns how many have ended. */
static unsigned int await_readers(void)
{
	unsigned int ended = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		char reports[65536];
		int flags = fcntl(readers[cpu].report, F_GETFL);

		/* What it has said so far is old. */
		fcntl(readers[cpu].report, F_SETFL, flags | O_NONBLOCK);
		while (read(readers[cpu].report, reports, sizeof(reports)) > 0)
			;
		fcntl(readers[cpu].report, F_SETFL, flags);
		/* One that it was at already, and one from the beginning. */
		ended += read(readers[cpu].report, reports, 1) != 1 ||
			 read(readers[cpu].report, reports, 1) != 1;
	}
	return ended;
}

static void stop_readers(void)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		kill(readers[cpu].pid, SIGKILL);
		waitpid(readers[cpu].pid, NULL, 0);
		close(readers[cpu].report);
	}
}

/* Interrupts of queue @queue, by processor. Returns the number of the interrupt, or -1. */
static int count(unsigned int queue, unsigned long counts[CPUS])
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[1024], name[16];
	int irq = -1;

	snprintf(name, sizeof(name), " nvme0q%u\n", queue);
	while (f && fgets(line, sizeof(line), f)) {
		char *p = strstr(line, name);

		if (!p || p[strlen(name)])
			continue;
		irq = (int)strtol(line, &p, 10);
		p++; /* a colon */
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			counts[cpu] = strtoul(p, &p, 10);
	}
	if (f)
		fclose(f);
	return irq;
}

/* As many commands to the controller, each of which is one interrupt of queue 0. */
static unsigned int ask_controller(int fd, unsigned int times)
{
	unsigned int failed = 0;

	for (unsigned int i = 0; i < times; i++) {
		struct nvme_admin_cmd command = {
			.opcode = IDENTIFY,
			.addr = (uintptr_t)block,
			.data_len = 4096,
			.cdw10 = IDENTIFY_CONTROLLER,
		};

		failed += ioctl(fd, NVME_IOCTL_ADMIN_CMD, &command) != 0;
	}
	return failed;
}

static int move_to(int irq, unsigned int cpu)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	f = fopen(path, "we");
	if (!f)
		return -1;
	fprintf(f, "%u\n", cpu);
	return fclose(f);
}

/*
 * Whether commands interrupt @cpu alone. How often is not certain: the driver may have commands of
 * its own, and one handler may see the ends of two. What is lost ends by the driver's patience,
 * which it says.
 */
static bool all_come_to(int fd, unsigned int cpu)
{
	unsigned long before[CPUS], after[CPUS];

	count(0, before);
	if (ask_controller(fd, COMMANDS))
		return false;
	count(0, after);
	for (unsigned int i = 0; i < CPUS; i++)
		if ((i == cpu) != (after[i] != before[i]))
			return false;
	return true;
}

/*
 * Linux moves an interrupt when the next one has come, or one after that: the vector that
 * it had before must be free.
 */
static bool arrives_at(int fd, unsigned int cpu)
{
	for (unsigned int i = 0; i < PATIENCE; i++)
		if (all_come_to(fd, cpu))
			return true;
	return false;
}

static void move_interrupt(void)
{
	unsigned long counts[CPUS];
	int irq = count(0, counts), fd = open(CONTROLLER, O_RDWR | O_CLOEXEC);
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < MOVES; i++) {
		unsigned int cpu = i % CPUS;

		if (move_to(irq, cpu)) {
			perror("guest: cannot move the interrupt");
			wrong += MOVES - i;
			break;
		}
		wrong += !arrives_at(fd, cpu);
	}
	printf("guest: the interrupt moved %d times, %u wrong\n", MOVES, wrong);
	close(fd);
}

static int effective_cpu(int irq)
{
	char path[64];
	int cpu = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/irq/%d/effective_affinity_list", irq);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%d", &cpu) != 1)
		perror(path);
	if (f)
		fclose(f);
	return cpu;
}

/* Linux has given each a processor, and does not move them. */
static void look_at_queues(void)
{
	unsigned int wrong = 0;

	for (unsigned int queue = 1; queue <= CPUS; queue++) {
		unsigned long counts[CPUS] = { 0 };
		int cpu = effective_cpu(count(queue, counts));

		for (int i = 0; i < CPUS; i++)
			if (i == cpu ? !counts[i] : counts[i])
				wrong++;
		printf("guest: queue %u is processor %d's:", queue, cpu);
		for (int i = 0; i < CPUS; i++)
			printf(" %lu", counts[i]);
		printf("\n");
	}
	printf("guest: %d queues interrupt their processors, %u wrong\n", CPUS, wrong);
}

static void reset_disk(void)
{
	unsigned int ended = 0;
	int failed = 0;

	for (unsigned int i = 0; i < RESETS; i++) {
		int fd = open(RESET, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "1", 1) != 1) {
			perror("guest: " RESET);
			failed++;
		}
		close(fd);
		ended = await_readers();
	}
	printf("guest: %d resets, %d failed, %u readers ended\n", RESETS, failed, ended);
}

void use_disk_interrupts(void)
{
	start_readers();
	await_readers();
	move_interrupt();
	look_at_queues();
	reset_disk();
	move_interrupt();
	stop_readers();
}
