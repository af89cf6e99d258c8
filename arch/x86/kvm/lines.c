// SPDX-License-Identifier: GPL-2.0
/*
 * Lines: driven by ioctl, or by an eventfd.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include "guest.h"

/* An eventfd that drives a line */
struct vioapic_guest_line {
	struct vioapic_guest *guest;
	unsigned int pin;
	struct eventfd_ctx *trigger;	/* signalled by the device */
	struct eventfd_ctx *resample;	/* signalled by us after an EOI; NULL for edges */
	wait_queue_entry_t wait;	/* in the queue of @trigger */
	poll_table table;
};

/* @guest->dev.lock held */
static void drive(struct vioapic_guest *guest, unsigned int pin, bool high)
{
	struct vioapic_effects fx;

	vioapic_model_set_line(&guest->dev.model, pin, high, &fx);
	if (fx.what)
		vioapic_guest_carry_out(guest, &fx);
}

/* As it is while nobody asserts it */
static void rest(struct vioapic_guest *guest, unsigned int pin)
{
	drive(guest, pin, test_bit(pin, guest->idle_high));
}

static bool is_asserted(struct vioapic_guest *guest, unsigned int pin)
{
	u32 line = guest->dev.model.line[pin];

	return (line & VIOAPIC_LINE_DRIVEN) &&
	       !!(line & VIOAPIC_LINE_HIGH) != test_bit(pin, guest->idle_high);
}

void vioapic_guest_drive(struct vioapic_guest *guest, unsigned int pin, bool high)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&guest->dev.lock, flags);
	drive(guest, pin, high);
	vioapic_guest_page_update(guest);
	raw_spin_unlock_irqrestore(&guest->dev.lock, flags);
}

static void signalled(struct vioapic_guest_line *line)
{
	struct vioapic_guest *guest = line->guest;
	unsigned long flags;

	raw_spin_lock_irqsave(&guest->dev.lock, flags);
	drive(guest, line->pin, !test_bit(line->pin, guest->idle_high));
	if (line->resample)
		__set_bit(line->pin, guest->held);
	else
		rest(guest, line->pin);
	vioapic_guest_page_update(guest);
	raw_spin_unlock_irqrestore(&guest->dev.lock, flags);
}

/* The lock of the wait queue is held, interrupts are off */
static int wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct vioapic_guest_line *line = container_of(wait, struct vioapic_guest_line, wait);
	u64 count;

	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(line->trigger, &count);
		signalled(line);
	}
	return 0;
}

static void queue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct vioapic_guest_line *line = container_of(table, struct vioapic_guest_line, table);

	add_wait_queue(head, &line->wait);
}

/*
 * Whether an EOI is waited for, after a restore: the state has the lines, and not who
 * drives them.  @guest->mutex and @guest->dev.lock held
 */
void vioapic_guest_lines_restored(struct vioapic_guest *guest)
{
	unsigned int pin;

	for (pin = 0; pin < guest->dev.pins; pin++) {
		if (!guest->line[pin])
			continue;
		if (guest->line[pin]->resample && is_asserted(guest, pin))
			__set_bit(pin, guest->held);
		else
			__clear_bit(pin, guest->held);
	}
}

/* EOI */

/* Nobody asserts the line now; whether somebody wants to, the eventfd asks */
static void let_go(struct vioapic_guest *guest, unsigned int pin)
{
	__clear_bit(pin, guest->held);
	__set_bit(pin, guest->resampled);
	rest(guest, pin);
	queue_work(system_highpri_wq, &guest->resample);
}

void vioapic_guest_ack(struct vioapic_guest *guest, u8 vector)
{
	unsigned int pin;

	for_each_set_bit(pin, guest->held, VIOAPIC_MAX_PINS)
		if (vioapic_guest_waits_for(guest, pin, vector))
			let_go(guest, pin);
}

void vioapic_guest_ack_pin(struct vioapic_guest *guest, unsigned int pin)
{
	if (test_bit(pin, guest->held))
		let_go(guest, pin);
}

void vioapic_guest_resample_work(struct work_struct *work)
{
	struct vioapic_guest *guest = container_of(work, struct vioapic_guest, resample);
	DECLARE_BITMAP(pins, VIOAPIC_MAX_PINS);
	unsigned int pin;

	raw_spin_lock_irq(&guest->dev.lock);
	bitmap_copy(pins, guest->resampled, VIOAPIC_MAX_PINS);
	bitmap_zero(guest->resampled, VIOAPIC_MAX_PINS);
	guest->counter[VIOAPIC_KVM_CNT_RESAMPLES] += bitmap_weight(pins, VIOAPIC_MAX_PINS);
	raw_spin_unlock_irq(&guest->dev.lock);

	mutex_lock(&guest->lines_mutex);
	for_each_set_bit(pin, pins, VIOAPIC_MAX_PINS)
		if (guest->line[pin] && guest->line[pin]->resample)
			vioapic_eventfd_signal(guest->line[pin]->resample);
	mutex_unlock(&guest->lines_mutex);
}

/* Add and remove: @guest->mutex and @guest->lines_mutex held */

static int add(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req,
	       struct file *file)
{
	struct vioapic_guest_line *line;
	int err;

	line = kzalloc(sizeof(*line), GFP_KERNEL_ACCOUNT);
	if (!line)
		return -ENOMEM;
	line->guest = guest;
	line->pin = req->pin;
	line->trigger = eventfd_ctx_fileget(file);
	if (IS_ERR(line->trigger)) {
		err = PTR_ERR(line->trigger);
		goto err_line;
	}
	if (req->resample_fd >= 0) {
		line->resample = eventfd_ctx_fdget(req->resample_fd);
		if (IS_ERR(line->resample)) {
			err = PTR_ERR(line->resample);
			goto err_trigger;
		}
	}
	guest->line[req->pin] = line;
	raw_spin_lock_irq(&guest->dev.lock);
	__assign_bit(req->pin, guest->idle_high, req->flags & VIOAPIC_KVM_EVENTFD_ACTIVE_LOW);
	/* A service that a restore has brought ends as if the eventfd had been there */
	if (line->resample && is_asserted(guest, req->pin) &&
	    vioapic_model_in_service(&guest->dev.model, req->pin))
		__set_bit(req->pin, guest->held);
	else
		rest(guest, req->pin);
	vioapic_guest_page_update(guest);
	raw_spin_unlock_irq(&guest->dev.lock);

	init_waitqueue_func_entry(&line->wait, wake);
	init_poll_funcptr(&line->table, queue);
	/* Signalled before we came: that counts */
	if (vfs_poll(file, &line->table) & EPOLLIN)
		signalled(line);
	return 0;

err_trigger:
	eventfd_ctx_put(line->trigger);
err_line:
	kfree(line);
	return err;
}

static void remove(struct vioapic_guest *guest, unsigned int pin)
{
	struct vioapic_guest_line *line = guest->line[pin];
	u64 count;

	eventfd_ctx_remove_wait_queue(line->trigger, &line->wait, &count);
	guest->line[pin] = NULL;
	raw_spin_lock_irq(&guest->dev.lock);
	__clear_bit(pin, guest->held);
	__clear_bit(pin, guest->resampled);
	rest(guest, pin);
	vioapic_guest_page_update(guest);
	raw_spin_unlock_irq(&guest->dev.lock);
	eventfd_ctx_put(line->trigger);
	if (line->resample)
		eventfd_ctx_put(line->resample);
	kfree(line);
}

static int change(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req)
{
	struct file *file;
	int err;

	if (req->flags & VIOAPIC_KVM_EVENTFD_REMOVE) {
		if (!guest->line[req->pin])
			return -ENOENT;
		remove(guest, req->pin);
		return 0;
	}
	if (guest->line[req->pin])
		return -EBUSY;
	file = fget(req->fd);
	if (!file)
		return -EBADF;
	err = add(guest, req, file);
	fput(file);
	return err;
}

int vioapic_guest_eventfd(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *asked)
{
	struct vioapic_kvm_eventfd req = *asked;
	bool removes = req.flags & VIOAPIC_KVM_EVENTFD_REMOVE;
	int err;

	if (req.flags & ~(VIOAPIC_KVM_EVENTFD_ACTIVE_LOW | VIOAPIC_KVM_EVENTFD_REMOVE) ||
	    memchr_inv(req.reserved, 0, sizeof(req.reserved)))
		return -EINVAL;
	if (removes && (req.flags != VIOAPIC_KVM_EVENTFD_REMOVE || req.fd != -1 ||
			req.resample_fd != -1))
		return -EINVAL;
	if (req.pin >= guest->dev.pins)
		return -ERANGE;
	req.pin = array_index_nospec(req.pin, VIOAPIC_MAX_PINS);
	if (req.resample_fd < -1)
		return -EBADF;

	mutex_lock(&guest->lines_mutex);
	err = change(guest, &req);
	mutex_unlock(&guest->lines_mutex);
	return err;
}

void vioapic_guest_eventfds_remove(struct vioapic_guest *guest)
{
	unsigned int pin;

	mutex_lock(&guest->lines_mutex);
	for (pin = 0; pin < VIOAPIC_MAX_PINS; pin++)
		if (guest->line[pin])
			remove(guest, pin);
	mutex_unlock(&guest->lines_mutex);
}
