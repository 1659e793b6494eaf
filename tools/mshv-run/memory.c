// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's memory: what backs it, and where the guest sees it.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

static int map_anonymous(struct machine *m, int flags)
{
	void *ram = mmap(NULL, m->options->memory, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (ram == MAP_FAILED)
		return -errno;
	m->ram = ram;
	return 0;
}

static void complain_about_size(int fd)
{
	struct stat s;

	if (!fstat(fd, &s))
		complain(0, "--backing=hugetlb: want memory in multiples of %ldK",
			 (long)s.st_blksize / 1024);
}

static int map_file(struct machine *m, unsigned int flags)
{
	uint64_t size = m->options->memory;
	void *ram = MAP_FAILED;
	int fd, err = 0;

	fd = memfd_create("guest memory", MFD_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size))
		err = -errno;
	if (err == -EINVAL && flags)
		complain_about_size(fd);
	if (!err) {
		ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (ram == MAP_FAILED)
			err = -errno;
	}
	close(fd);
	if (!err)
		m->ram = ram;
	return err;
}

static int map_backing(struct machine *m)
{
	switch (m->options->backing) {
	case BACKING_MEMFD:
		return map_file(m, 0);
	case BACKING_HUGETLB:
		return map_file(m, MFD_HUGETLB);
	default:
		return map_anonymous(m, MAP_NORESERVE);
	}
}

int memory_create(struct machine *m)
{
	uint64_t size = m->options->memory;
	int err;

	err = map_backing(m);
	if (err) {
		complain(err, "cannot get %llu bytes of memory%s",
			 (unsigned long long)size,
			 m->options->backing == BACKING_HUGETLB ?
			 " in huge pages (see /proc/sys/vm/nr_hugepages)" : "");
		return err;
	}
	m->low = size < LOW_MEMORY ? size : LOW_MEMORY;
	err = mshv_vm_map(m->vm, 0, m->ram, m->low,
			  MSHV_MEM_WRITE | MSHV_MEM_EXEC);
	if (!err && size > m->low)
		err = mshv_vm_map(m->vm, HIGH_MEMORY, m->ram + m->low,
				  size - m->low, MSHV_MEM_WRITE | MSHV_MEM_EXEC);
	if (err)
		complain(err, "cannot map the guest's memory");
	return err;
}

void memory_destroy(struct machine *m)
{
	if (m->ram)
		munmap(m->ram, m->options->memory);
	m->ram = NULL;
}

void *memory_at(const struct machine *m, uint64_t gpa, uint64_t size)
{
	const uint64_t high = m->options->memory - m->low;

	if (gpa < m->low && size <= m->low - gpa)
		return m->ram + gpa;
	if (gpa >= HIGH_MEMORY && gpa - HIGH_MEMORY < high &&
	    size <= high - (gpa - HIGH_MEMORY))
		return m->ram + m->low + (gpa - HIGH_MEMORY);
	return NULL;
}
