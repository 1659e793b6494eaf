// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk: a file behind a virtio block device (VIRTIO 1.2, section 5.2).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "virtio.h"

#define ID_BLOCK 2
#define FEATURE_READ_ONLY (UINT64_C(1) << 5)
#define FEATURE_FLUSH (UINT64_C(1) << 9)

#define SECTOR 512
#define ID_SIZE 20

enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4, TYPE_ID = 8 };
enum { STATUS_OK = 0, STATUS_ERROR = 1, STATUS_UNKNOWN = 2 };

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};

static struct disk {
	int fd;
	uint64_t sectors; /* what the driver reads, too */
	bool read_only;
} disks[MAX_DISKS];
static unsigned int disks_n;

/* All of a piece, or false. */
static bool transfer(int fd, const struct piece *p, uint32_t size, uint64_t at, bool write)
{
	uint32_t done = 0;

	while (done < size) {
		ssize_t n = write ? pwrite(fd, p->bytes + done, size - done, (off_t)(at + done)) :
				    pread(fd, p->bytes + done, size - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (uint32_t)n;
	}
	return true;
}

/* The sectors from one on; @pieces have @size bytes of them. */
static uint8_t move(const struct disk *disk, const struct piece *pieces, uint64_t size,
		    uint64_t sector, bool write)
{
	uint64_t at = sector * SECTOR;

	if (size % SECTOR || sector > disk->sectors || size / SECTOR > disk->sectors - sector ||
	    (write && disk->read_only))
		return STATUS_ERROR;
	for (; size; pieces++) {
		uint32_t part = pieces->size < size ? pieces->size : (uint32_t)size;

		if (!transfer(disk->fd, pieces, part, at, write))
			return STATUS_ERROR;
		at += part;
		size -= part;
	}
	return STATUS_OK;
}

static uint8_t identify(struct chain *chain)
{
	static const char id[ID_SIZE] = "mshv-run";

	if (chain->out[0].size < ID_SIZE)
		return STATUS_ERROR;
	memcpy(chain->out[0].bytes, id, ID_SIZE);
	return STATUS_OK;
}

/* The last byte that the device may write says how it went. */
static uint32_t request(void *opaque, unsigned int queue, struct chain *chain)
{
	struct disk *disk = opaque;
	struct piece *last = chain->out;
	uint32_t written = 1;
	struct header h;
	uint8_t status;

	(void)queue;
	for (unsigned int i = 0; i < chain->out_n; i++)
		if (chain->out[i].size)
			last = &chain->out[i];
	if (!chain->out_size)
		return 0;
	chain->out_size--;
	if (!chain_read(chain, &h, sizeof(h))) {
		status = STATUS_ERROR;
	} else if (h.type == TYPE_IN) {
		status = move(disk, chain->out, chain->out_size, h.sector, false);
		written += status ? 0 : (uint32_t)chain->out_size;
	} else if (h.type == TYPE_OUT) {
		status = move(disk, chain->in, chain->in_size, h.sector, true);
	} else if (h.type == TYPE_FLUSH) {
		status = fdatasync(disk->fd) ? STATUS_ERROR : STATUS_OK;
	} else if (h.type == TYPE_ID) {
		status = identify(chain);
		written += status ? 0 : ID_SIZE;
	} else {
		status = STATUS_UNKNOWN;
	}
	last->bytes[last->size - 1] = status;
	return written;
}

static int open_file(struct disk *disk, const char *path)
{
	struct stat s;

	disk->fd = open(path, O_RDWR | O_CLOEXEC);
	disk->read_only = disk->fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM);
	if (disk->read_only)
		disk->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (disk->fd < 0 || fstat(disk->fd, &s)) {
		int err = -errno;

		complain(err, "--disk=%s", path);
		return err;
	}
	disk->sectors = (uint64_t)s.st_size / SECTOR;
	if (S_ISREG(s.st_mode) && disk->sectors)
		return 0;
	complain(0, "--disk=%s: want a file of at least a sector", path);
	return -EINVAL;
}

int disk_add(struct machine *m, const char *path)
{
	struct disk *disk = &disks[disks_n];
	struct virtio_kind kind = {
		.id = ID_BLOCK,
		.config = &disk->sectors,
		.config_size = sizeof(disk->sectors),
		.queues = 1,
		.request = request,
		.opaque = disk,
	};
	int err;

	err = open_file(disk, path);
	if (disk->fd >= 0)
		disks_n++;
	if (err)
		return err;
	kind.features = FEATURE_FLUSH | (disk->read_only ? FEATURE_READ_ONLY : 0);
	return virtio_add(m, &kind, NULL);
}

void disk_destroy(void)
{
	while (disks_n)
		close(disks[--disks_n].fd);
}
