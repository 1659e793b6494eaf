// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the file that a machine is saved in. It is looked at as a whole before anything of
 * it is used.
 */
#include <errno.h>
#include <string.h>

#include "saved.h"

static uint64_t padded(uint64_t size)
{
	return (size + 7) & ~UINT64_C(7);
}

/* Where a part ends, or 0 where the file ends before that. */
static uint64_t part_end(const struct file *file, uint64_t at)
{
	const struct saved_part *part = (const void *)(file->bytes + at);

	if (file->size - at < sizeof(*part))
		return 0;
	at += sizeof(*part);
	/* The size of a file is far from overflowing, and is a multiple of 8. */
	return part->size > file->size - at ? 0 : at + padded(part->size);
}

static bool is_whole(const struct file *file)
{
	struct saved_head head = *(const struct saved_head *)(const void *)file->bytes;
	const uint64_t wanted = head.checksum;
	uint64_t at = sizeof(head);
	uint64_t sum;

	if (head.size != file->size || file->size % 8)
		return false;
	head.checksum = 0;
	sum = saved_checksum(0, file->bytes + at, file->size - at);
	if (saved_checksum(sum, &head, sizeof(head)) != wanted)
		return false;
	for (uint32_t i = 0; i < head.parts; i++) {
		at = part_end(file, at);
		if (!at)
			return false;
	}
	return at == file->size;
}

static int check(const struct file *file)
{
	const struct saved_head *head = (const void *)file->bytes;

	if (file->size < sizeof(*head) || head->magic != SAVED_MAGIC) {
		complain(0, "%s: no saved machine, or not all of one", file->path);
		return -EINVAL;
	}
	if (head->version != SAVED_VERSION) {
		complain(0, "%s: of another version of mshv-run: its format is %u, here it is %u",
			 file->path, head->version, SAVED_VERSION);
		return -EPROTONOSUPPORT;
	}
	if (!is_whole(file)) {
		complain(0, "%s: damaged: its checksum is wrong", file->path);
		return -EBADMSG;
	}
	return 0;
}

int saved_open(struct file *file, const char *path)
{
	int err = file_open(file, path);

	if (err)
		return err;
	err = check(file);
	if (err)
		file_close(file);
	return err;
}

const struct saved_part *saved_next(const struct file *file, enum saved_kind kind,
				    const struct saved_part *from)
{
	uint64_t at = sizeof(struct saved_head);

	if (from)
		at = part_end(file, (uint64_t)((const uint8_t *)from - file->bytes));
	for (; at < file->size; at = part_end(file, at)) {
		const struct saved_part *part = (const void *)(file->bytes + at);

		if (part->kind == kind)
			return part;
	}
	return NULL;
}

const struct saved_part *saved_find(const struct file *file, enum saved_kind kind,
				    uint64_t index)
{
	const struct saved_part *part = saved_next(file, kind, NULL);

	while (part && part->index != index)
		part = saved_next(file, kind, part);
	return part;
}

int saved_get(const struct file *file, enum saved_kind kind, uint64_t index, void *bytes,
	      size_t size)
{
	const struct saved_part *part = saved_find(file, kind, index);

	if (!part || part->size != size)
		return -EBADMSG;
	memcpy(bytes, part + 1, size);
	return 0;
}
