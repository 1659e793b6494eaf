/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Saved state: a piece that describes itself. All numbers are little endian.
 *
 *	struct blob_head, then parts: struct blob_part and its bytes, padded to 8
 */
#ifndef MSHVCTL_SRC_CORE_BLOB_H
#define MSHVCTL_SRC_CORE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#define BLOB_MAGIC 0x7648534dU /* "MSHv" */
#define BLOB_VERSION 1

enum blob_kind {
	BLOB_VP = 1,
	BLOB_VM = 2,
};

/**
 * struct blob_head
 * @magic: BLOB_MAGIC
 * @version: a library that knows less refuses it
 * @kind: enum blob_kind
 * @size: bytes of the whole
 * @parts: how many follow
 * @checksum: FNV-1a of the whole, with this being 0
 */
struct blob_head {
	uint32_t magic;
	uint16_t version;
	uint16_t kind;
	uint64_t size;
	uint32_t parts;
	uint32_t reserved;
	uint64_t checksum;
};

struct blob_part {
	uint32_t type;
	uint32_t reserved;
	uint64_t size;
};

_Static_assert(sizeof(struct blob_head) == 32 && sizeof(struct blob_part) == 16, "no padding");

/* One that is being written; @bytes belongs to it. */
struct blob {
	uint8_t *bytes;
	size_t size;
	size_t room;
};

int blob_start(struct blob *blob, enum blob_kind kind);

/* Add a part of @size bytes, which are 0, and say where they are; NULL: no memory. */
void *blob_add(struct blob *blob, uint32_t type, size_t size);

/* Put size and checksum into a head. */
void blob_seal(void *bytes, size_t size);

/* Put in checksum and size, copy it out, and free it. Returns -ENOSPC if there is no room. */
int blob_finish(struct blob *blob, void *buf, size_t size, size_t *needed);

void blob_free(struct blob *blob);

/* Whether @buf is a whole piece of that kind, of this version. */
int blob_check(const void *buf, size_t size, enum blob_kind kind);

/* A part of a checked one, or NULL; @size receives its bytes. */
const void *blob_find(const void *buf, uint32_t type, size_t *size);

#endif /* MSHVCTL_SRC_CORE_BLOB_H */
