// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the fuzzer of queues starts from: a request of each kind. Usage: seeds DIRECTORY
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NEXT 1
#define WRITE 2

struct desc {
	uint64_t address;
	uint32_t size;
	uint16_t flags, next;
};

static int save(const char *directory, uint8_t which, uint32_t type, uint64_t sector,
		uint32_t size)
{
	/* Of the table, the two rings, log2 of the size, device and queue. */
	static uint8_t head[] = { 0, 0x10, 0, 0x20, 0, 0x30, 3, 0 };
	const uint16_t data = type == 1 ? 0 : WRITE;
	const struct desc table[] = {
		{ 0x4000, 16, NEXT, 1 }, { 0x5000, size, NEXT | data, 2 }, { 0x6000, 1, WRITE, 0 },
	};
	static uint8_t ram[0x7000];
	char path[4096];
	FILE *file;
	int err;

	memcpy(ram + 0x1000, table, sizeof(table));
	ram[0x2002] = 1;
	memcpy(ram + 0x4000, &type, sizeof(type));
	memcpy(ram + 0x4008, &sector, sizeof(sector));
	head[7] = which;
	snprintf(path, sizeof(path), "%s/seed%u-%u-%u", directory, which, type, size);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		return 1;
	}
	fwrite(head, sizeof(head), 1, file);
	fwrite(ram, sizeof(ram), 1, file);
	err = ferror(file);
	return fclose(file) || err;
}

int main(int argc, char **argv)
{
	static const uint32_t types[] = { 0, 1, 4, 8, 99 };
	int err = argc != 2;

	for (unsigned int i = 0; !err && i < sizeof(types) / sizeof(types[0]); i++)
		err = save(argv[1], 0, types[i], i, 512) ||
		      save(argv[1], 0, types[i], i + 60, 4096);
	/* A console: what it receives, and what it sends. */
	for (uint8_t which = 1; !err && which <= 3; which += 2)
		err = save(argv[1], which, 0, 0, 512) || save(argv[1], which, 1, 0, 4096);
	return err;
}
