// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl cpu list and show: what a host offers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"

static void list_line(const struct mshv_cpu_prop *p)
{
	printf("%-38s %-18s %3" PRIu32 " %3" PRIu32 "  %-8s %5" PRIu64 " %5" PRIu64 "\n",
	       p->name, p->reg, p->shift, p->width,
	       p->flags & MSHV_CPU_WRITABLE ? "writable" : "fixed", p->host,
	       p->value);
}

static void list_json(const struct mshv_cpu_prop *p, size_t index)
{
	printf("%s\n {\"name\":\"%s\",\"register\":\"%s\",\"shift\":%" PRIu32
	       ",\"width\":%" PRIu32 ",\"writable\":%s,\"host\":%" PRIu64
	       ",\"value\":%" PRIu64 "}",
	       index ? "," : "", p->name, p->reg, p->shift, p->width,
	       p->flags & MSHV_CPU_WRITABLE ? "true" : "false", p->host,
	       p->value);
}

int cmd_cpu_list(int argc, char **argv)
{
	struct cpu_options options;
	struct mshv_cpu_model *model;
	struct mshv_cpu_prop p;
	int status, fd;

	if (!cpu_options_read(&options, TAKES_HOST | TAKES_SET | TAKES_JSON, argc,
			      argv))
		return EXIT_USAGE;
	status = cpu_host_open(&options, &model, &fd);
	if (status)
		return status;
	if (options.json)
		putchar('[');
	else
		printf("%-38s %-18s %3s %3s  %-8s %5s %5s\n", "NAME", "REGISTER",
		       "BIT", "LEN", "HOST", "HAS", "GUEST");
	for (size_t i = 0; !mshv_cpu_model_prop(model, i, &p); i++) {
		if (options.json)
			list_json(&p, i);
		else
			list_line(&p);
	}
	if (options.json)
		puts("\n]");
	cpu_host_close(model, fd);
	return finish_output(EXIT_OK);
}

static int write_json(const struct mshv_cpu_model *model, bool fixed)
{
	unsigned int flags = fixed ? MSHV_CPU_JSON_FIXED : 0;
	int length = mshv_cpu_model_json(model, flags, NULL, 0);
	char *text = length < 0 ? NULL : malloc((size_t)length + 1);

	if (!text) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	mshv_cpu_model_json(model, flags, text, (size_t)length + 1);
	puts(text);
	free(text);
	return finish_output(EXIT_OK);
}

int cpu_model_write(const struct mshv_cpu_model *model,
		    const struct cpu_options *options)
{
	struct mshv_cpu_prop p;

	if (options->json)
		return write_json(model, options->fixed);
	for (size_t i = 0; !mshv_cpu_model_prop(model, i, &p); i++)
		if (options->fixed || p.flags & (MSHV_CPU_WRITABLE | MSHV_CPU_FLAG))
			printf("%s=%" PRIu64 "\n", p.name, p.value);
	return finish_output(EXIT_OK);
}

int cmd_cpu_show(int argc, char **argv)
{
	struct cpu_options options;
	struct mshv_cpu_model *model;
	int status, fd;

	if (!cpu_options_read(&options, TAKES_HOST | TAKES_SET | TAKES_JSON |
			      TAKES_FIXED, argc, argv))
		return EXIT_USAGE;
	status = cpu_host_open(&options, &model, &fd);
	if (status)
		return status;
	status = cpu_model_write(model, &options);
	cpu_host_close(model, fd);
	return status;
}
