/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that a machine is saved in. All numbers are little endian.
 *
 *	struct saved_head, then parts: struct saved_part and its bytes, padded to 8
 */
#ifndef MSHV_RUN_SAVED_H
#define MSHV_RUN_SAVED_H

#include "run.h"

#define SAVED_MAGIC UINT64_C(0x6e75722d7668736d) /* "mshv-run" */
#define SAVED_VERSION 1

/* Kinds of parts. Numbers are in files: they stay. */
enum saved_kind {
	SAVED_MACHINE = 1, /* struct saved_machine */
	SAVED_CPU_MODEL = 2, /* properties by name, as JSON */
	SAVED_MEMORY = 3, /* by address; what is not there is zeros */
	SAVED_VM = 4, /* mshv_vm_save()'s */
	SAVED_VP = 5, /* mshv_vp_save()'s, by number */
	/* Devices. */
	SAVED_SERIAL = 16,
	SAVED_IOAPIC = 17,
	SAVED_PORTS = 18,
	SAVED_CLOCK = 19,
	SAVED_PCI = 20,
	SAVED_VIRTIO = 21, /* by number */
	SAVED_COUNTERS = 22, /* by VP */
	SAVED_TERMINAL = 23,
};

/**
 * struct saved_head
 * @magic: SAVED_MAGIC
 * @version: one that knows less refuses it
 * @parts: how many follow
 * @size: bytes of the whole file
 * @checksum: of the parts, and then of this with it being 0
 */
struct saved_head {
	uint64_t magic;
	uint32_t version;
	uint32_t parts;
	uint64_t size;
	uint64_t checksum;
};

/**
 * struct saved_part
 * @kind: enum saved_kind
 * @index: which of that kind
 * @size: bytes that follow, without the padding
 */
struct saved_part {
	uint32_t kind;
	uint32_t reserved;
	uint64_t index;
	uint64_t size;
};

_Static_assert(sizeof(struct saved_head) == 32 && sizeof(struct saved_part) == 24, "no padding");

/* What the file's machine was made with. */
struct saved_machine {
	uint64_t memory;
	uint32_t cpus;
	uint32_t disks;
	uint32_t is_linux;
	uint32_t has_terminal;
};

/**
 * struct saver - a file that is being written
 * @path: its name; it has another one until it is whole
 * @err: the first error; what comes after it is not written
 */
struct saver {
	const char *path;
	char *unfinished;
	int fd;
	int err;
	struct saved_head head;
};

/* saver.c. saver_finish() returns 0 with the file in its place, or -errno and none of it left. */
int saver_start(struct saver *s, const char *path);
void saver_put(struct saver *s, enum saved_kind kind, uint64_t index, const void *bytes,
	       uint64_t size);
int saver_finish(struct saver *s);

/* Of bytes that are a multiple of 8, after others with @sum. */
uint64_t saved_checksum(uint64_t sum, const void *bytes, uint64_t size);

/*
 * saved.c: a file that is being read. Returns 0, or -errno after having complained: it is whole
 * as it was written, then.
 */
int saved_open(struct file *file, const char *path);

/* The next part of a kind after @from, or the first; NULL: there is none. */
const struct saved_part *saved_next(const struct file *file, enum saved_kind kind,
				    const struct saved_part *from);
const struct saved_part *saved_find(const struct file *file, enum saved_kind kind,
				    uint64_t index);

/* Copy one that has @size bytes. Returns 0 or -EBADMSG. */
int saved_get(const struct file *file, enum saved_kind kind, uint64_t index, void *bytes,
	      size_t size);

/* Devices. Restoring returns 0 or -EBADMSG. */
void serial_save(struct saver *s);
int serial_restore(const struct file *file);
void ioapic_save(struct saver *s);
int ioapic_restore(struct machine *m, const struct file *file);
void ports_save(struct saver *s);
int ports_restore(const struct file *file);
void clock_save(struct saver *s);
int clock_restore(const struct file *file);
void terminal_save(struct saver *s);
int terminal_restore(const struct file *file);
void pci_save(struct saver *s);
int pci_restore(const struct file *file);

/* Virtio devices do nothing from being saved on, until they go on or are destroyed. */
void virtio_save(struct saver *s);
int virtio_restore(const struct file *file);
void virtio_go_on(void);

/* cpu.c: processors as the options say, or as the file does that is being restored. */
int cpu_choose(struct machine *m, struct mshv_vm_config *config);

/* save.c: all of a machine whose VPs do not run. Returns 0, or -errno after complaining. */
int save_machine(struct machine *m);

/* restore.c. The options that were left open get their values from the file. */
int restore_open(struct machine *m);
int restore_state(struct machine *m); /* with the VM's time frozen */

#endif /* MSHV_RUN_SAVED_H */
