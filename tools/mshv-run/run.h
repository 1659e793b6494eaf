/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshv-run: the parts of a small virtual machine monitor.
 */
#ifndef MSHV_RUN_H
#define MSHV_RUN_H

#include <hvabi/hvabi.h>
#include <mshvctl/mshvctl.h>
#include <pthread.h>
#include <stdatomic.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIB (UINT64_C(1) << 20)
#define PRINTF_LIKE(format_arg, first) \
	__attribute__((format(printf, format_arg, first)))

/* Exit statuses of our own; all others are the guest's. */
#define STATUS_USAGE 2
#define STATUS_FAILED 125
#define STATUS_CRASHED 126
#define STATUS_SIGNAL 128 /* and the number of the signal */

/* No exit status: the machine is to be saved. */
#define STATUS_SAVE 1000

#define MAX_CPUS 32

/* Where flat images go, and what lies below them. See mshv-run(1). */
#define REAL_IMAGE 0x7c00
#define REAL_IMAGE_END 0x9fc00
#define LONG_IMAGE 0x100000

/* Memory goes on above 4 GiB where there is more of it. */
#define LOW_MEMORY (UINT64_C(3) << 30)
#define HIGH_MEMORY (UINT64_C(4) << 30)
#define MAX_MEMORY (UINT64_C(1) << 40)

/* Devices between the two: a page of registers that count, and the I/O APIC. */
#define DEVICE_PAGE UINT64_C(0xd0000000)
#define VIRTIO_PAGES UINT64_C(0xd0010000)
#define IOAPIC UINT64_C(0xfec00000)
#define CHIPSET UINT64_C(0xfe000000)

#define ACPI_TABLES 0xe0000

/* The PCI bus: where its devices have their registers, and the ports of its own. */
#define PCI_WINDOW UINT64_C(0xe0000000)
#define PCI_WINDOW_END CHIPSET
#define PCI_HIGH_SIZE (UINT64_C(64) << 30)
#define PCI_ADDRESS 0xcf8
#define PCI_RESET 0xcf9
#define PCI_DATA 0xcfc

#define MAX_DEVICES 16

/* ACPI's ports. */
#define PM_EVENT 0x600
#define PM_CONTROL 0x604
#define PM_TIMER 0x608
#define PM_SLEEP_OFF 5

/* The clock: an index, and what it selects at the next port. */
#define CLOCK_PORT 0x70

#define SERIAL_IRQ 4
#define VIRTIO_IRQ 5 /* and the next ones */

#define MAX_DISKS 4

enum mode {
	MODE_AUTO, /* from the image */
	MODE_LONG,
	MODE_REAL,
	MODE_LINUX,
};

enum backing {
	BACKING_ANONYMOUS,
	BACKING_MEMFD,
	BACKING_HUGETLB,
};

/* A device of the host: its address, and how it reaches the guest's memory. */
struct device_option {
	char address[20];
	enum mshv_iommu_kind kind;
};

struct options {
	const char *image;
	const char *initrd;
	const char *append; /* NULL: nothing was asked for */
	const char *cpu; /* the same; else properties as mshv_cpu_model_set() takes them */
	const char *save, *restore; /* files, or NULL */
	const char *disks[MAX_DISKS];
	unsigned int disks_n;
	uint64_t memory;
	unsigned int cpus;
	enum mode mode;
	enum backing backing;
	bool register_page;
	bool stats;
	bool terminal; /* a virtio console */
	struct device_option devices[MAX_DEVICES];
	unsigned int device_count;
	const char *control; /* NULL: no device comes or goes */
};

/* A file to load. */
struct file {
	const char *path;
	const uint8_t *bytes;
	uint64_t size;
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
	uint64_t exits[EXIT_KINDS];
	uint64_t interrupted;
	uint32_t reads;
	uint32_t memory_reads;
};

/**
 * struct machine
 * @options: what was asked for
 * @vm: the partition
 * @image: while it is loaded; where a machine is restored, its file
 * @cpu_model: what its processors have, as text, if it may be saved
 * @ram: its memory, from address 0
 * @low: bytes of it below 3 GiB; the rest begins at 4 GiB
 * @kernel, @kernel_end: where Linux is, if it is the guest; of an ELF file, where it is entered
 * @is_pvh: it is one
 * @cpus: its VPs
 * @has_pci: there is a PCI bus
 * @pci_high: where its window above the memory begins, of PCI_HIGH_SIZE bytes
 * @pci_next, @pci_next_high: where there is room in the windows
 * @iommus: what devices are in, by kind
 * @stop: set once; all VPs are to leave
 * @status: exit status; valid from @stop on
 * @interrupts: sent by the I/O APIC
 * @command_line: what was asked for, and what devices there are
 */
struct machine {
	struct options *options;
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct file image;
	char *cpu_model;
	uint8_t *ram;
	uint64_t low;
	uint64_t kernel, kernel_end;
	bool is_pvh;
	struct cpu cpus[MAX_CPUS];
	bool has_pci;
	uint64_t pci_high, pci_next, pci_next_high;
	struct mshv_iommu *iommus[MSHV_IOMMU_PARTITION + 1];
	atomic_bool stop;
	atomic_int status;
	atomic_ullong interrupts;
	char command_line[4096];
};

/* main.c: print a message, with the text of a negative errno unless it is 0. */
PRINTF_LIKE(2, 3) void complain(int err, const char *format, ...);

/* machine.c. Return 0, or -errno after having complained. */
int machine_create(struct machine *m, struct options *options);
void machine_destroy(struct machine *m);

/* Let all VPs run until the machine stops. Returns its exit status. */
int machine_run(struct machine *m);

/* Stop the machine; the first status wins, but for STATUS_SAVE. */
void machine_stop(struct machine *m, int status);

/* halt.c: a VP that halted with interrupts off waits for another. Returns 0 or -errno. */
int halt_wait(struct cpu *cpu, const struct hv_message *msg);

/* Do all wait for another? */
bool halt_is_the_last(struct machine *m);

/* memory.c */
int memory_create(struct machine *m);
void memory_destroy(struct machine *m);

/* Where the guest's memory is here; NULL if not all of it is memory. */
void *memory_at(const struct machine *m, uint64_t gpa, uint64_t size);

/* file.c */
int file_open(struct file *file, const char *path);
void file_close(struct file *file);

/* image.c, linux.c: load the image, and give a VP the registers to start it with. */
int image_load(struct machine *m, const struct file *file);
int image_enter(struct machine *m, struct cpu *cpu);
bool linux_is_kernel(const struct file *file);
int linux_load(struct machine *m, const struct file *file);
int linux_enter(struct machine *m, struct cpu *cpu);

/* The initramfs, below @top: where it is, or 0 if there is none. */
int linux_load_initrd(struct machine *m, uint64_t top, uint64_t *at, uint64_t *size);

/* Tell each range of memory, with the type that it has in the maps of PCs. */
void linux_memory_map(struct machine *m,
		      void (*add)(struct machine *m, uint32_t *n, uint64_t at, uint64_t size,
				  uint32_t type),
		      uint32_t *n);

/* pvh.c: the same for an ELF file. */
bool pvh_is_elf(const struct file *file);
int pvh_load(struct machine *m, const struct file *file);
int pvh_enter(struct machine *m, struct cpu *cpu);

/* acpi.c: write the tables at ACPI_TABLES. */
void acpi_build(struct machine *m);

/* dsdt.c: what comes after the table's header; returns how much. */
uint32_t dsdt_build(struct machine *m, uint8_t *bytes);

/* device.c: who gets which access */
extern const struct mshv_port_ops device_ops;
extern const struct mshv_mmio_ops device_mmio_ops;
bool device_is_at(const struct machine *m, uint64_t gpa);

/* output.c: standard output */
enum output_writer { OUTPUT_SERIAL, OUTPUT_TERMINAL, OUTPUT_WRITERS };
int output_init(void); /* before all else; 0 or -errno */
void output_connect(struct machine *m);
void output_put(enum output_writer writer, const uint8_t *bytes, size_t n);
void output_settle(void); /* without a lock, after output_put() */
void output_show(void); /* what has waited since the last time for the end of its line */
void output_flush(void); /* all of it */
bool output_is_broken(void); /* whether nobody reads it */
uint64_t output_writes(void);

/* serial.c */
int serial_init(void); /* before all else; 0 or -errno */
void serial_connect(struct machine *m);
uint8_t serial_read(unsigned int reg);
void serial_write(unsigned int reg, uint8_t value);

/* What the line brings, which must not be more than there is room for now. */
size_t serial_room(void);
void serial_receive(const uint8_t *bytes, size_t n);

/* console.c: standard input. Returns 0 or -errno. */
int console_start(struct machine *m);
void console_stop(void);

/*
 * signals.c: those that would end the process stop the machine, and SIGUSR2 saves it. One that
 * comes before signals_start(), which returns 0 or -errno, waits for it from signals_hold() on.
 */
void signals_hold(void);
int signals_start(struct machine *m);
void signals_stop(void);

/* progress.c: show a step that takes long. One at a time. */
PRINTF_LIKE(1, 2) void progress_begin(const char *format, ...);
void progress_end(void);

/* ports.c */
bool ports_read(struct machine *m, uint16_t port, unsigned int size, uint32_t *value);
void ports_write(struct machine *m, uint16_t port, unsigned int size,
		 uint32_t value);

/* pci.c: its ports, and whether there is anything; memory in its windows; its devices. */
bool pci_port_read(struct machine *m, uint16_t port, unsigned int size, uint32_t *value);
bool pci_port_write(struct machine *m, uint16_t port, unsigned int size, uint32_t value);
bool pci_is_at(const struct machine *m, uint64_t gpa);
uint64_t pci_read(uint64_t gpa, unsigned int size);
void pci_write(uint64_t gpa, unsigned int size, uint64_t value);
int pci_init(void);
/* Return 0, or -errno; the first after having complained. */
int pci_add(struct machine *m, const struct device_option *option);
int pci_remove(const char *address);
void pci_destroy(struct machine *m);

/* hotplug.c. Return 0 or -errno; the first after having complained of @before and @text. */
int hotplug_parse(const char *before, const char *text, struct device_option *device);
int hotplug_start(struct machine *m);
void hotplug_stop(void);

/* clock.c */
uint8_t clock_read(uint16_t port);
void clock_write(uint16_t port, uint8_t value);

/* ioapic.c */
int ioapic_init(void); /* 0 or -errno */
uint64_t ioapic_read(uint64_t offset);
void ioapic_write(struct machine *m, uint64_t offset, uint64_t value);

/* The line of an edge-triggered input has gone up. */
void ioapic_raise(struct machine *m, unsigned int input);

/* routes.c: numbers of interrupts, and what they mean. Return 0 or -errno. */
int routes_init(void);
int routes_allocate(unsigned int n, unsigned int *first);
void routes_free(unsigned int first, unsigned int n);
int routes_set(struct machine *m, unsigned int gsi, uint64_t address, uint32_t data);
int routes_clear(struct machine *m, unsigned int gsi);

/* stats.c */
void stats_print(const struct machine *m, double seconds);

#endif /* MSHV_RUN_H */
