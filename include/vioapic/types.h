/* SPDX-License-Identifier: GPL-2.0 */
/* The little of the kernel that code shared with user-space tests needs. */
#ifndef VIOAPIC_TYPES_H
#define VIOAPIC_TYPES_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#undef noinline
#define noinline	__attribute__((noinline))
#endif

#endif
