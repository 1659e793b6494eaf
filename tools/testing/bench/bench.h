/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hvabi/hvabi.h>
#include <mshvctl/mshvctl.h>

#define PAGE		4096
#define GIB		(UINT64_C(1) << 30)
#define MIB		(UINT64_C(1) << 20)
#define GUEST_RAM	0x10000
#define MMIO_GPA	0xd0000000

/* How much is done: of all that is averaged, and of the memory of large guests. */
struct effort {
	unsigned int rounds, samples;
	uint64_t memory;
};

extern struct effort effort;
/* Of the two, the one that is measured: /dev/mshv, or KVM without a hypervisor below it. */
extern struct mshv_host *host;
extern bool on_kvm;

/* bench.c: output is lines "NAME VALUE"; a failure ends the program. */
void print(const char *name, double value);
_Noreturn void fail(const char *what, int err);
uint64_t now_ns(void);

/* As short as the checks of what is done by hand. */
static inline void must(const char *what, int err)
{
	if (err)
		fail(what, err);
}

/* counters.c */
/*
 * What root did, user space and kernel but not the hypervisor, and how often it called
 * the hypervisor. @exits are those that take time of their own in the guest's account.
 * On KVM, where the kernel is the hypervisor, all but idling: guests, too.
 */
struct cost {
	double instructions;
	double hypercalls;
	double exits;
};

struct sample {
	double instructions;
	uint64_t hypercalls, exits;
};

void counters_open(void);
void counters_take(struct sample *s);
/* To just after a tick of the kernel's timer: the next one is 4 ms away. */
void counters_await_tick(void);
/* Of @n instructions of a guest, those that are in what was counted. */
double counters_of_guest(double n);
double counters_median(double *values, unsigned int n);
/* Once, from the first sample to the second. */
struct cost counters_between(const struct sample *from, const struct sample *to);
/*
 * Per round, without the ticks of the kernel's timer: the median of several turns, each
 * as many rounds as fit between two ticks.
 */
struct cost counters_cost(void (*turn)(void *arg, unsigned int rounds), void *arg);
/* Of a loop in user space that makes no system call, per round. */
double counters_user(void (*turn)(void *arg, unsigned int rounds), void *arg);

/* guest.c, on what guest_mshv.c or guest_kvm.c has */
#define MAX_VPS	4

struct kvm_vp {
	int fd;
	struct kvm_run *run;
};

/* The last VP made is the one that runs. */
struct guest {
	struct mshv_vm *vm;		/* of /dev/mshv */
	struct mshv_vp *vps[MAX_VPS], *vp;
	int kvm_fd;			/* of KVM */
	unsigned int slots;
	struct kvm_vp kvm_vps[MAX_VPS], *kvm_vp;
	unsigned int nr_vps;
	uint32_t answer;		/* to the next IN */
};

void guest_new_vm(struct guest *g);
void guest_close_vm(struct guest *g);
void guest_map(struct guest *g, uint64_t gpa, void *memory, uint64_t size);
/* The program at GPA 0x1000 in real mode; DS is the segment that begins at @ds. */
void guest_start_real(struct guest *g, const void *code, size_t size, uint64_t ds);
/* The memory of the real mode guest, GUEST_RAM bytes. */
unsigned char *guest_real_ram(void);
/*
 * One in long mode, all of the lowest 8 GiB mapped one to one, RBX at MMIO_GPA and RCX
 * as given. Its memory is @ram, @size bytes, at GPA 0.
 */
void guest_start_long(struct guest *g, void *ram, uint64_t size, const void *code,
		      size_t code_size, uint64_t rbx, uint64_t rcx, unsigned int vp_flags);
void guest_new_vp(struct guest *g, unsigned int vp_flags);
void guest_close(struct guest *g);
/* Run until a port exit and complete it; false if a signal came first. */
bool guest_run(struct guest *g);
void guest_port_exit(struct guest *g);

/* guest_mshv.c, guest_kvm.c: one of them is in use. */
struct guest_ops {
	void (*new_vm)(struct guest *g);
	void (*close_vm)(struct guest *g);
	void (*map)(struct guest *g, uint64_t gpa, void *memory, uint64_t size);
	void (*new_vp)(struct guest *g, unsigned int flags);
	void (*close_vps)(struct guest *g);
	void (*set_real)(struct guest *g, uint64_t rip, uint64_t ds);
	void (*set_long)(struct guest *g, uint64_t rip, uint64_t cr3, uint64_t rbx, uint64_t rcx);
	void (*enable_x2apic)(struct guest *g);
	bool (*run)(struct guest *g);
	/* The MSI that @fd raises from now on. */
	void (*irqfd)(struct guest *g, int fd, uint64_t address, uint32_t data);
	/* Stores of any size and value at @gpa signal @fd. */
	void (*doorbell)(struct guest *g, uint64_t gpa, int fd);
};

extern const struct guest_ops mshv_guest_ops, kvm_guest_ops, *guest_ops;

/* As segment attributes of the hypervisor. */
#define CODE16		0x9b
#define DATA16		0x93
#define CODE64		0xa09b
#define DATA64		0xc093
#define CR0_LONG	0x80010033	/* PG, WP, NE, ET, MP, PE */
#define CR4_LONG	0x620		/* OSXMMEXCPT, OSFXSR, PAE */
#define EFER_LONG	0x500		/* LMA, LME */

/* guest_kvm.c: round trips, answered by hand. */
void kvm_open(void);
void bench_kvm_exits(void);

/*
 * interrupts.c: of the device at @address, which VFIO has. It is an error if it does not go
 * as @straight says.
 */
void bench_interrupt(const char *name, const char *address, bool straight);

/* exits.c and others: the rows */
void bench_exits(void);
void bench_events(void);
void bench_memory(void);
void bench_regions(void);
void bench_again(void);
void bench_life(void);
void bench_wake(void);
void bench_netlink(void);
void bench_devices(void);
void bench_devices_large(void);

#endif
