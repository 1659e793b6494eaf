/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshv-run: the parts of a small virtual machine monitor.
 */
#ifndef MSHV_RUN_H
#define MSHV_RUN_H

#include <mshvctl/mshvctl.h>
#include <pthread.h>
#include <stdatomic.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define PRINTF_LIKE(format_arg, first) \
	__attribute__((format(printf, format_arg, first)))

/* Exit statuses of our own; all others are the guest's. */
#define STATUS_USAGE 2
#define STATUS_FAILED 125
#define STATUS_CRASHED 126

#define MAX_CPUS 32

/* Where flat images go, and what lies below them. See mshv-run(1). */
#define REAL_IMAGE 0x7c00
#define REAL_IMAGE_END 0x9fc00
#define LONG_IMAGE 0x100000
#define MAX_MEMORY (UINT64_C(3) << 30)

/* A page of device registers, above all memory. */
#define DEVICE_PAGE UINT64_C(0xd0000000)

enum mode {
	MODE_LONG,
	MODE_REAL,
};

struct options {
	const char *image;
	uint64_t memory;
	unsigned int cpus;
	enum mode mode;
	bool register_page;
	bool stats;
};

enum exit_kind {
	EXIT_PORT_IN,
	EXIT_PORT_OUT,
	EXIT_MEMORY,
	EXIT_HALT,
	EXIT_OTHER,
	EXIT_KINDS,
};

struct machine;

/**
 * struct cpu - a VP and the thread that runs it
 * @machine: the machine it is in
 * @vp: the VP
 * @index: its number
 * @thread: runs it
 * @done: the thread has left its loop
 * @exits: by kind
 * @interrupted: runs that a signal ended
 * @reads: reads of the counting port
 * @memory_reads: reads of the counting register in memory
 */
struct cpu {
	struct machine *machine;
	struct mshv_vp *vp;
	unsigned int index;
	pthread_t thread;
	atomic_bool done;
	uint64_t exits[EXIT_KINDS];
	uint64_t interrupted;
	uint32_t reads;
	uint32_t memory_reads;
};

/**
 * struct machine
 * @options: what was asked for
 * @vm: the partition
 * @ram: its memory, from address 0
 * @cpus: its VPs
 * @stop: set once; all VPs are to leave
 * @status: exit status; valid from @stop on
 * @halted: VPs that halted
 */
struct machine {
	const struct options *options;
	struct mshv_host *host;
	struct mshv_vm *vm;
	uint8_t *ram;
	struct cpu cpus[MAX_CPUS];
	atomic_bool stop;
	atomic_int status;
	atomic_uint halted;
};

/* main.c: print a message, with the text of a negative errno unless it is 0. */
PRINTF_LIKE(2, 3) void complain(int err, const char *format, ...);

/* machine.c. Return 0, or -errno after having complained. */
int machine_create(struct machine *m, const struct options *options);
void machine_destroy(struct machine *m);

/* Let all VPs run until the machine stops. Returns its exit status. */
int machine_run(struct machine *m);

/* Stop the machine; the first status wins. */
void machine_stop(struct machine *m, int status);

/* image.c: load the image, and give a VP the registers to start it with. */
int image_load(struct machine *m);
int image_enter(struct machine *m, struct cpu *cpu);

/* device.c */
extern const struct mshv_port_ops device_ops;
extern const struct mshv_mmio_ops device_mmio_ops;
int device_init(void); /* before all else; 0 or -errno */
void device_flush(void);
uint64_t device_writes(void);

/* stats.c */
void stats_print(const struct machine *m, double seconds);

#endif /* MSHV_RUN_H */
