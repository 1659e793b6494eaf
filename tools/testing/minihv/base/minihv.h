/* SPDX-License-Identifier: GPL-2.0-only */
/* What every file needs: types, log, options, small helpers. */
#ifndef MINIHV_H
#define MINIHV_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096ull
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define SIZE_2M		0x200000ull
#define SIZE_1G		0x40000000ull

#define BIT(n)		(1ull << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)	(((x) + (a) - 1) & ~((a) - 1))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define MAX_CPUS	8

/* All of physical memory is mapped at its own address. */
static inline void *pa_to_va(uint64_t pa)
{
	return (void *)(uintptr_t)pa;
}

static inline uint64_t va_to_pa(const void *va)
{
	return (uint64_t)(uintptr_t)va;
}

/* log.c: lines on the debug console, each begins with "minihv: " */
void hv_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void hv_vlog(const char *prefix, const char *fmt, va_list ap);
/* Something a guest did that Hyper-V would refuse: fails the run in strict mode. */
void hv_strict(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The first time that @number of this kind (one string for each) comes: worth a line. */
bool hv_first(const char *kind, uint32_t number);
/* Never returns: stops every CPU and powers off with a failure. */
void hv_fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
int hv_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int hv_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);

#define hv_assert(cond) \
	do { \
		if (!(cond)) \
			hv_fatal("%s:%d: assertion failed: %s", __FILE__, __LINE__, #cond); \
	} while (0)

/* string.c */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);
/* Decimal or 0x-hexadecimal; *end is set behind the last digit. */
uint64_t parse_number(const char *s, const char **end);

/* options.c: the command line of minihv */
struct options {
	bool core_scheduler;	/* scheduler=core, the hypervisor schedules all VPs */
	bool l1vh;		/* partition=l1vh */
	bool strict;		/* strict=1: unknown hypercalls and the like fail the run */
	bool spare_cpu;		/* spare=1: the boot processor only starts another, see boot/start.c */
	bool icount;		/* QEMU runs with -icount, see vp/enter.c */
	const char *fault;	/* fault=SPEC, see faults/faults.c; ends at a blank; may be NULL */
};

extern struct options options;
void options_parse(const char *cmdline);

#endif
