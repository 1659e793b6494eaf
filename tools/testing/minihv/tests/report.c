// SPDX-License-Identifier: GPL-2.0-only
/* Test Anything Protocol on the first serial port. */
#include "test.h"

#define COM1		0x3f8
#define COM_LSR		5
#define LSR_EMPTY	0x20

static const char *topic = "start";
static unsigned int tests, failures;

static void put_char(char c)
{
	while (!(inb(COM1 + COM_LSR) & LSR_EMPTY))
		;
	outb(COM1, c);
}

static void put(const char *s)
{
	while (*s)
		put_char(*s++);
}

static void put_number(uint64_t v, unsigned int base, unsigned int width)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v || n < width);
	while (n)
		put_char(digits[--n]);
}

/* %s %c %d %u %x %lu %ld %lx, a width for x and u. */
static const char *put_one(const char *fmt, va_list *ap)
{
	unsigned int width = 0;
	bool is_long = false;
	uint64_t v;

	for (; *fmt == '0' || (*fmt >= '1' && *fmt <= '9'); fmt++)
		width = width * 10 + *fmt - '0';
	for (; *fmt == 'l'; fmt++)
		is_long = true;
	switch (*fmt) {
	case 's':
		put(va_arg(*ap, const char *));
		break;
	case 'c':
		put_char(va_arg(*ap, int));
		break;
	case 'd':
		v = is_long ? va_arg(*ap, int64_t) : va_arg(*ap, int32_t);
		if ((int64_t)v < 0) {
			put_char('-');
			v = -v;
		}
		put_number(v, 10, width);
		break;
	case 'u':
	case 'x':
		v = is_long ? va_arg(*ap, uint64_t) : va_arg(*ap, uint32_t);
		put_number(v, *fmt == 'u' ? 10 : 16, width);
		break;
	default:
		put_char(*fmt);
	}
	return fmt;
}

static void vput(const char *fmt, va_list ap)
{
	va_list args;

	va_copy(args, ap);
	for (; *fmt; fmt++)
		if (*fmt == '%')
			fmt = put_one(fmt + 1, &args);
		else
			put_char(*fmt);
	va_end(args);
}

static void put_result(bool ok)
{
	tests++;
	if (!ok)
		failures++;
	put(ok ? "ok " : "not ok ");
	put_number(tests, 10, 0);
	put(" - ");
	put(topic);
	put(": ");
}

void test_begin(const char *name)
{
	topic = name;
	put("# ");
	put(name);
	put("\r\n");
}

bool report(bool ok, const char *fmt, ...)
{
	va_list ap;

	put_result(ok);
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put("\r\n");
	return ok;
}

bool report_eq(uint64_t got, uint64_t want, const char *fmt, ...)
{
	va_list ap;

	put_result(got == want);
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put("\r\n");
	if (got != want)
		note("got 0x%lx, want 0x%lx", got, want);
	return got == want;
}

void skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	put_result(true);
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put(" # SKIP ");
	put(why);
	put("\r\n");
}

void note(const char *fmt, ...)
{
	va_list ap;

	put("# ");
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put("\r\n");
}

void bail_out(const char *fmt, ...)
{
	va_list ap;

	put("Bail out! ");
	put(topic);
	put(": ");
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put("\r\n");
	for (;;)
		asm volatile("cli; hlt");
}

unsigned int report_end(void)
{
	put("1..");
	put_number(tests, 10, 0);
	put("\r\n");
	return failures;
}
