/* SPDX-License-Identifier: GPL-2.0-only */
/* ioctl() in three ways, to tell what the kernel alone costs. */
#ifndef BENCH_CALL_H
#define BENCH_CALL_H

#include <sys/ioctl.h>
#include <sys/syscall.h>

static inline long call_libc(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument);
}

/* No C library in between. */
static inline long call_kernel(int fd, unsigned long request, void *argument)
{
	long result;

	asm volatile("syscall" : "=a"(result)
		     : "a"((long)SYS_ioctl), "D"((long)fd), "S"(request), "d"(argument)
		     : "rcx", "r11", "memory");
	return result;
}

/* The same but for the call: what user space costs. */
static inline long call_nobody(int fd, unsigned long request, void *argument)
{
	long result = SYS_ioctl;

	asm volatile("" : "+a"(result) : "D"((long)fd), "S"(request), "d"(argument)
		     : "rcx", "r11", "memory");
	return result == SYS_ioctl ? 0 : result;
}

#endif
