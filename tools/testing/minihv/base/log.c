// SPDX-License-Identifier: GPL-2.0-only
/*
 * Log on QEMU's debug console port, and the end of a run that went wrong. A line
 * is written as a whole. The prefixes are what the boot harness looks for.
 */
#include "base/power.h"
#include "base/sync.h"

#define DEBUGCON_PORT	0xe9

static struct spinlock log_lock;

struct writer {
	char *buf;
	size_t size, len;
};

static void put(struct writer *w, char c)
{
	if (w->len + 1 < w->size)
		w->buf[w->len] = c;
	w->len++;
}

static void put_number(struct writer *w, uint64_t v, unsigned int base, int width, char pad,
		       bool negative)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative)
		digits[n++] = '-';
	for (; width > n; width--)
		put(w, pad);
	while (n)
		put(w, digits[--n]);
}

static uint64_t integer_arg(va_list *ap, int longs, bool is_signed)
{
	if (longs)
		return va_arg(*ap, uint64_t);
	if (is_signed)
		return (uint64_t)(int64_t)va_arg(*ap, int);
	return va_arg(*ap, unsigned int);
}

int hv_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct writer w = { buf, size, 0 };
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		int width = 0, longs = 0;
		char pad = ' ';
		const char *s;
		int64_t v;

		if (*fmt != '%') {
			put(&w, *fmt);
			continue;
		}
		fmt++;
		if (*fmt == '0')
			pad = '0';
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			longs++;
		switch (*fmt) {
		case 'd':
			v = (int64_t)integer_arg(&ap, longs, true);
			put_number(&w, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, width, pad, v < 0);
			break;
		case 'u':
			put_number(&w, integer_arg(&ap, longs, false), 10, width, pad, false);
			break;
		case 'x':
			put_number(&w, integer_arg(&ap, longs, false), 16, width, pad, false);
			break;
		case 'p':
			put_number(&w, (uint64_t)(uintptr_t)va_arg(ap, void *), 16, 0, ' ', false);
			break;
		case 'c':
			put(&w, (char)va_arg(ap, int));
			break;
		case 's':
			for (s = va_arg(ap, const char *); *s; s++)
				put(&w, *s);
			break;
		default:
			put(&w, *fmt);
		}
	}
	va_end(ap);
	if (size)
		buf[MIN(w.len, size - 1)] = 0;
	return (int)w.len;
}

int hv_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = hv_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

static void write_string(const char *s)
{
	for (; *s; s++)
		outb(DEBUGCON_PORT, *s);
}

void hv_vlog(const char *prefix, const char *fmt, va_list ap)
{
	char line[256];

	hv_vsnprintf(line, sizeof(line), fmt, ap);
	spin_lock(&log_lock);
	write_string("minihv: ");
	write_string(prefix);
	write_string(line);
	write_string("\n");
	spin_unlock(&log_lock);
}

void hv_log(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hv_vlog("", fmt, ap);
	va_end(ap);
}

void hv_strict(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hv_vlog(options.strict ? "strict: " : "", fmt, ap);
	va_end(ap);
}

bool hv_first(const char *kind, uint32_t number)
{
	static struct {
		const char *kind;
		uint32_t number;
	} seen[128];
	static unsigned int nr_seen;
	bool first = true;
	unsigned int i;

	spin_lock(&log_lock);
	for (i = 0; i < nr_seen; i++)
		if (seen[i].kind == kind && seen[i].number == number)
			first = false;
	if (first && nr_seen < ARRAY_SIZE(seen)) {
		seen[nr_seen].kind = kind;
		seen[nr_seen++].number = number;
	}
	spin_unlock(&log_lock);
	return first;
}

void hv_fatal(const char *fmt, ...)
{
	static uint32_t dying;
	va_list ap;

	va_start(ap, fmt);
	hv_vlog("fatal: ", fmt, ap);
	va_end(ap);
	if (__atomic_exchange_n(&dying, 1, __ATOMIC_ACQ_REL))
		for (;;)
			cpu_relax();
	if (power_stop_others)
		power_stop_others();
	machine_off_now();
}
