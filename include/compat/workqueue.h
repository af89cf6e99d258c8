/* SPDX-License-Identifier: GPL-2.0 */
/* Queues whose work stays on the CPU that queued it: from 6.18 on, that has to be said. */
#ifndef VIOAPIC_COMPAT_WORKQUEUE_H
#define VIOAPIC_COMPAT_WORKQUEUE_H

#include <linux/workqueue.h>

#ifdef VIOAPIC_HAS_WQ_PERCPU
#define VIOAPIC_WQ_PERCPU	WQ_PERCPU
#define vioapic_system_wq	system_percpu_wq
#else
#define VIOAPIC_WQ_PERCPU	0
#define vioapic_system_wq	system_wq
#endif

#endif
