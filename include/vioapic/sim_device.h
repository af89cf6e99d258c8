/* SPDX-License-Identifier: GPL-2.0 */
/* A simulated I/O APIC, as the rooms of this module see it. */
#ifndef VIOAPIC_SIM_DEVICE_H
#define VIOAPIC_SIM_DEVICE_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <vioapic/device.h>
#include <vioapic/sim.h>

struct vioapic_faults;

/**
 * struct vioapic_sim - a device in the owner role
 * @dev:    what all I/O APICs have; from @dev.lock on down, @programmed too
 * @allow:  BIT(delivery mode) of those that are sent although they can kill the
 *          machine: SMI, NMI, INIT
 * @faults: what is broken about it, or NULL; written under @dev.lock, belongs to its
 *          directory in configfs
 * @programmed: RTEs that name a vector or are unmasked: each holds the module
 * @users:  vioapic_sim_get() without vioapic_sim_put(); vioapic_mutex
 * @storm:  from the trap to @timer, which cannot be started there
 * @timer:  end of storm protection
 * @events: by pin, what its line was driven to by who did not get @dev.lock; written in any
 *          context by cmpxchg, taken under the lock.  See virt/sim/lines.c
 * @eventful: pins that may have some
 * @catch_up: drives them, if nobody else does before
 * @lines:  eventfds that drive pins; vioapic_mutex
 */
struct vioapic_sim {
	struct vioapic_device dev;
	u8 allow;
	u16 programmed;
	struct vioapic_faults *faults;
	unsigned int users;
	struct irq_work storm;
	struct hrtimer timer;
	u8 events[VIOAPIC_PIN_SLOTS];
	DECLARE_BITMAP(eventful, VIOAPIC_PIN_SLOTS);
	struct irq_work catch_up;
	struct list_head lines;
};

static inline struct vioapic_sim *vioapic_sim_of(struct vioapic_device *dev)
{
	return container_of(dev, struct vioapic_sim, dev);
}

#define VIOAPIC_NEXT_FREE	(-1)

/**
 * struct vioapic_sim_config - what a simulated I/O APIC shall be
 * @chip:     personality
 * @pins:     1..240, or 0 for what the chip has
 * @gsi_base: GSI of pin 0, or VIOAPIC_NEXT_FREE
 * @id:       or VIOAPIC_NEXT_FREE
 * @hook:     how its accesses trap
 * @storm_limit: see struct vioapic_model
 * @allow:    see struct vioapic_sim
 * @faults:   likewise; belongs to whoever has this struct, and outlives the I/O APIC
 */
struct vioapic_sim_config {
	const struct vioapic_chip *chip;
	unsigned int pins;
	s64 gsi_base;
	int id;
	enum vioapic_hook hook;
	u32 storm_limit;
	u8 allow;
	struct vioapic_faults *faults;
};

/* owner.c: in faults and wherever a line is driven */
void vioapic_owner_init(struct vioapic_sim *sim);
void vioapic_owner_start(struct vioapic_sim *sim);
void vioapic_owner_stop(struct vioapic_sim *sim);
void vioapic_owner_retry(struct vioapic_sim *sim);
int vioapic_sim_drive(struct vioapic_sim *sim, unsigned int pin, u32 action);

/* sim.c: life; vioapic_mutex held */
struct vioapic_sim *vioapic_sim_create(const char *name, const struct vioapic_sim_config *config,
				       char *reason);
int vioapic_sim_destroy(struct vioapic_sim *sim, char *reason);
struct vioapic_sim *vioapic_sim_find(const char *name, char *reason);

/* At module init; and exit, when there is no sim any more */
void vioapic_sim_init(void);
void vioapic_sim_exit(void);

/* eventfd.c: eventfds that drive pins; the first two with vioapic_mutex held */
int vioapic_sim_eventfd(struct vioapic_sim *sim, unsigned int pin, u32 action, int fd, bool remove,
			char *reason);
void vioapic_sim_unbind_all(struct vioapic_sim *sim);
int vioapic_eventfd_init(void);
void vioapic_eventfd_exit(void);

/**
 * struct vioapic_number - of what a file or a request has a number
 * @name:  what it is called
 * @min:   the least there can be
 * @max:   the highest
 * @word:  may be said for @means instead, or NULL
 * @means: whatever number
 */
struct vioapic_number {
	const char *name;
	s64 min;
	s64 max;
	const char *word;
	s64 means;
};

/* No octal, as in the command: who writes 010 means ten. */
static inline unsigned int vioapic_base_of(const char *text)
{
	return text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10;
}

/* sim_config.c: in any context */
void vioapic_sim_config_init(struct vioapic_sim_config *config);
int vioapic_number_parse(const struct vioapic_number *number, const char *page, s64 *value,
			 char *reason);
ssize_t vioapic_number_show(char *page, s64 value);
ssize_t vioapic_allow_show(u8 allow, char *page);
int vioapic_allow_parse(const char *text);

/* configfs.c: vioapic_mutex not held */
int vioapic_sim_make(const char *name, const struct vioapic_sim_config *config, char *reason);
int vioapic_sim_unmake(const char *name, char *reason);
int vioapic_sim_break(struct vioapic_sim_fault *req);
int vioapic_configfs_init(void);
void vioapic_configfs_exit(void);

#endif
