// SPDX-License-Identifier: GPL-2.0-only
/* Memory functions, formatting, and fault-safe access to guest addresses. */
#include "monitor.h"
#include "sections.h"
#include <xen/interface/xen.h>
#include <linux/errno.h>

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	asm volatile("rep movsb" : "+D" (d), "+S" (src), "+c" (n) : : "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	asm volatile("rep stosb" : "+D" (d), "+c" (n) : "a" (c) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

static void put_char(char *buf, int size, int *pos, char c)
{
	if (*pos < size - 1)
		buf[(*pos)++] = c;
}

static void put_number(char *buf, int size, int *pos, u64 v, int base,
		       int width, char pad)
{
	char tmp[24];
	int n = 0;

	do {
		tmp[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	for (; width > n; width--)
		put_char(buf, size, pos, pad);
	while (n)
		put_char(buf, size, pos, tmp[--n]);
}

/* %s %c %d %u %x with l and a zero-padded width: all the monitor prints. */
int vformat(char *buf, int size, const char *fmt, __builtin_va_list ap)
{
	int pos = 0;

	for (; *fmt; fmt++) {
		int width = 0, lng = 0;
		char pad = ' ';
		u64 v;

		if (*fmt != '%') {
			put_char(buf, size, &pos, *fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = *fmt++;
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';
		while (*fmt == 'l') {
			lng = 1;
			fmt++;
		}
		switch (*fmt) {
		case 's': {
			const char *s = __builtin_va_arg(ap, const char *);

			while (*s)
				put_char(buf, size, &pos, *s++);
			break;
		}
		case 'c':
			put_char(buf, size, &pos, __builtin_va_arg(ap, int));
			break;
		case 'd':
			v = lng ? __builtin_va_arg(ap, long) :
				  __builtin_va_arg(ap, int);
			if ((s64)v < 0) {
				put_char(buf, size, &pos, '-');
				v = -v;
			}
			put_number(buf, size, &pos, v, 10, width, pad);
			break;
		case 'u':
		case 'x':
			v = lng ? __builtin_va_arg(ap, unsigned long) :
				  __builtin_va_arg(ap, unsigned int);
			put_number(buf, size, &pos, v, *fmt == 'u' ? 10 : 16,
				   width, pad);
			break;
		default:
			put_char(buf, size, &pos, *fmt);
		}
	}
	buf[pos] = 0;
	return pos;
}

unsigned long ex_fixup(unsigned long rip)
{
	const struct ex_entry *e;

	for (e = ex_table_start; e < ex_table_end; e++)
		if (e->from == rip)
			return e->to;
	return 0;
}

static unsigned long raw_copy(void *dst, const void *src, unsigned long n)
{
	unsigned long words = n / 8, rest = n % 8;

	asm volatile("1: rep movsq\n2:\n"
		     EX_TABLE(1b, 2b)
		     : "+c" (words), "+D" (dst), "+S" (src) : : "memory");
	if (words)
		return words;
	asm volatile("1: rep movsb\n2:\n"
		     EX_TABLE(1b, 2b)
		     : "+c" (rest), "+D" (dst), "+S" (src) : : "memory");
	return rest;
}

int copy_from_guest(void *dst, unsigned long src, unsigned long n)
{
	if (!va_is_guest(src, n) || raw_copy(dst, (void *)src, n))
		return -EFAULT;
	return 0;
}

int copy_to_guest(unsigned long dst, const void *src, unsigned long n)
{
	if (!va_is_guest(dst, n) || raw_copy((void *)dst, src, n))
		return -EFAULT;
	return 0;
}

int get_guest8(unsigned long va, u8 *val)
{
	int bad = -EFAULT;
	u8 tmp = 0;

	if (va_is_guest(va, 1))
		asm volatile("1: movb %2, %1\n"
			     "   xorl %0, %0\n"
			     "2:\n"
			     EX_TABLE(1b, 2b)
			     : "+r" (bad), "+q" (tmp) : "m" (*(u8 *)va)
			     : "cc");
	*val = tmp;
	return bad;
}

int get_guest64(unsigned long va, u64 *val)
{
	u64 tmp = 0;
	int bad = -EFAULT;

	if (va_is_guest(va, 8))
		asm volatile("1: movq %2, %1\n"
			     "   xorl %0, %0\n"
			     "2:\n"
			     EX_TABLE(1b, 2b)
			     : "+r" (bad), "+r" (tmp) : "m" (*(u64 *)va)
			     : "cc");
	*val = tmp;
	return bad;
}

int put_guest64(unsigned long va, u64 val)
{
	int bad = -EFAULT;

	if (va_is_guest(va, 8))
		asm volatile("1: movq %2, %1\n"
			     "   xorl %0, %0\n"
			     "2:\n"
			     EX_TABLE(1b, 2b)
			     : "+r" (bad), "=m" (*(u64 *)va) : "r" (val)
			     : "cc");
	return bad;
}
