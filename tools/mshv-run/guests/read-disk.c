// SPDX-License-Identifier: GPL-2.0-only
/* read-disk PATH PAGES DEPTH: the host reads a disk as guests do. */
#include <stdio.h>
#include <stdlib.h>

#include "reads.h"

int main(int argc, char **argv)
{
	unsigned long pages = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;

	if (!pages) {
		fputs("usage: read-disk PATH PAGES DEPTH\n", stderr);
		return 2;
	}
	return read_pages(argv[1], pages, (unsigned int)strtoul(argv[3], NULL, 10)) != pages;
}
