// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Saved state: a piece that describes itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static uint64_t checksum(const uint8_t *bytes, size_t size)
{
	const size_t at = offsetof(struct blob_head, checksum);
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++) {
		sum ^= i - at < sizeof(uint64_t) ? 0 : bytes[i];
		sum *= UINT64_C(0x100000001b3);
	}
	return sum;
}

static void *grow(struct blob *blob, size_t size)
{
	size_t room = blob->size + size;
	uint8_t *bytes = blob->bytes;
	void *new;

	if (room > blob->room) {
		bytes = realloc(bytes, 2 * room);
		if (!bytes)
			return NULL;
		blob->bytes = bytes;
		blob->room = 2 * room;
	}
	new = bytes + blob->size;
	memset(new, 0, size);
	blob->size += size;
	return new;
}

int blob_start(struct blob *blob, enum blob_kind kind)
{
	struct blob_head *head;

	memset(blob, 0, sizeof(*blob));
	head = grow(blob, sizeof(*head));
	if (!head)
		return -ENOMEM;
	head->magic = BLOB_MAGIC;
	head->version = BLOB_VERSION;
	head->kind = (uint16_t)kind;
	return 0;
}

void *blob_add(struct blob *blob, uint32_t type, size_t size)
{
	struct blob_part *part = grow(blob, sizeof(*part) + padded(size));

	if (!part)
		return NULL;
	part->type = type;
	part->size = size;
	((struct blob_head *)(void *)blob->bytes)->parts++;
	return part + 1;
}

void blob_free(struct blob *blob)
{
	free(blob->bytes);
	memset(blob, 0, sizeof(*blob));
}

void blob_seal(void *bytes, size_t size)
{
	struct blob_head *head = bytes;

	head->size = size;
	head->checksum = checksum(bytes, size);
}

int blob_finish(struct blob *blob, void *buf, size_t size, size_t *needed)
{
	int err = 0;

	blob_seal(blob->bytes, blob->size);
	if (needed)
		*needed = blob->size;
	if (blob->size > size)
		err = -ENOSPC;
	else
		memcpy(buf, blob->bytes, blob->size);
	blob_free(blob);
	return err;
}

/* The part after @part bytes of @size, or 0 where it does not fit. */
static size_t part_end(const uint8_t *bytes, size_t size, size_t at)
{
	struct blob_part part;

	if (size - at < sizeof(part))
		return 0;
	memcpy(&part, bytes + at, sizeof(part));
	at += sizeof(part);
	if (part.size > size - at || padded((size_t)part.size) > size - at)
		return 0;
	return at + padded((size_t)part.size);
}

int blob_check(const void *buf, size_t size, enum blob_kind kind)
{
	struct blob_head head;
	size_t at = sizeof(head);

	if (size < sizeof(head))
		return -EINVAL;
	memcpy(&head, buf, sizeof(head));
	if (head.magic != BLOB_MAGIC)
		return -EINVAL;
	if (head.version > BLOB_VERSION)
		return -EPROTONOSUPPORT;
	if (head.kind != kind)
		return -EINVAL;
	if (head.size != size || head.checksum != checksum(buf, size))
		return -EBADMSG;
	for (uint32_t i = 0; i < head.parts; i++) {
		at = part_end(buf, size, at);
		if (!at)
			return -EBADMSG;
	}
	return at == size ? 0 : -EBADMSG;
}

const void *blob_find(const void *buf, uint32_t type, size_t *size)
{
	const uint8_t *bytes = buf;
	struct blob_head head;
	size_t at = sizeof(head);

	memcpy(&head, bytes, sizeof(head));
	for (uint32_t i = 0; i < head.parts; i++) {
		struct blob_part part;

		memcpy(&part, bytes + at, sizeof(part));
		if (part.type == type) {
			*size = (size_t)part.size;
			return bytes + at + sizeof(part);
		}
		at = part_end(bytes, (size_t)head.size, at);
	}
	return NULL;
}
