// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds that assert lines.
 *
 * A pin can have several, each for a device that shares it; an eventfd has one pin, so that
 * a signal, which comes with interrupts off, is one message at most.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include "guest.h"

#define LINES_OF_A_PIN	16

/**
 * struct line - an eventfd that asserts a line
 * @guest:    whose pin
 * @pin:      which
 * @trigger:  signalled by the device
 * @resample: signalled by us; NULL for edges
 * @wait:     in the queue of @trigger
 * @table:    for getting there
 * @node:     in @guest->lines; @guest->lines_mutex, read under RCU
 * @bound:    in the table of all by @trigger; bound_mutex.  Afterwards, in a list of those
 *            that are to be released
 * @asked:    in that by @resample, if there is one; likewise
 */
struct line {
	struct vioapic_guest *guest;
	unsigned int pin;
	struct eventfd_ctx *trigger;
	struct eventfd_ctx *resample;
	wait_queue_entry_t wait;
	poll_table table;
	struct hlist_node node;
	struct hlist_node bound;
	struct hlist_node asked;
};

/* Of all I/O APICs, by eventfd; under any lines_mutex */
static DEFINE_MUTEX(bound_mutex);
static DEFINE_HASHTABLE(bound, 8);
static DEFINE_HASHTABLE(asked, 8);

static bool is_bound(const struct eventfd_ctx *ctx)
{
	struct line *line;

	hash_for_each_possible(bound, line, bound, (unsigned long)ctx)
		if (line->trigger == ctx)
			return true;
	return false;
}

static bool is_asked(const struct eventfd_ctx *ctx)
{
	struct line *line;

	hash_for_each_possible(asked, line, asked, (unsigned long)ctx)
		if (line->resample == ctx)
			return true;
	return false;
}

/* What we signal is nothing that signals us: it would go round for ever, with nobody else in it */
static int bind(struct line *line)
{
	int err = 0;

	mutex_lock(&bound_mutex);
	if (is_bound(line->trigger))
		err = -EBUSY;
	else if (line->trigger == line->resample || is_asked(line->trigger) ||
		 (line->resample && is_bound(line->resample)))
		err = -EINVAL;
	if (!err) {
		hash_add(bound, &line->bound, (unsigned long)line->trigger);
		if (line->resample)
			hash_add(asked, &line->asked, (unsigned long)line->resample);
	}
	mutex_unlock(&bound_mutex);
	return err;
}

static void unbind(struct line *line)
{
	mutex_lock(&bound_mutex);
	hash_del(&line->bound);
	if (line->resample)
		hash_del(&line->asked);
	mutex_unlock(&bound_mutex);
}

static void signalled(struct line *line)
{
	struct vioapic_guest *guest = line->guest;
	struct vioapic_call call;

	vioapic_guest_begin(guest, &call);
	vioapic_model_claim(&guest->dev.model, line->pin,
			    line->resample ? VIOAPIC_CLAIM_SERVICE : VIOAPIC_CLAIM_PULSE,
			    &call.fx);
	vioapic_guest_finish(guest, &call);
}

/* The lock of the wait queue is held, interrupts are off */
static int wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct line *line = container_of(wait, struct line, wait);
	u64 count;

	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(line->trigger, &count);
		signalled(line);
	}
	return 0;
}

static void queue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct line *line = container_of(table, struct line, table);

	add_wait_queue(head, &line->wait);
}

/* Resample */

static void resample_work(struct work_struct *work)
{
	struct vioapic_guest *guest = container_of(work, struct vioapic_guest, resample);
	DECLARE_BITMAP(pins, VIOAPIC_MAX_PINS);
	unsigned int pin, count = 0;
	struct line *line;

	raw_spin_lock_irq(&guest->dev.lock);
	bitmap_copy(pins, guest->resampled, VIOAPIC_MAX_PINS);
	bitmap_zero(guest->resampled, VIOAPIC_MAX_PINS);
	raw_spin_unlock_irq(&guest->dev.lock);

	mutex_lock(&guest->lines_mutex);
	for_each_set_bit(pin, pins, VIOAPIC_MAX_PINS) {
		hlist_for_each_entry(line, &guest->lines[pin], node) {
			if (!line->resample)
				continue;
			vioapic_eventfd_signal(line->resample);
			count++;
		}
	}
	mutex_unlock(&guest->lines_mutex);

	raw_spin_lock_irq(&guest->dev.lock);
	guest->counter[VIOAPIC_KVM_CNT_RESAMPLES] += count;
	raw_spin_unlock_irq(&guest->dev.lock);
}

int vioapic_guest_lines_take(struct vioapic_guest *guest, struct vioapic_effects *fx)
{
	int pin = VIOAPIC_NO_PIN;
	unsigned int i;

	lockdep_assert_held(&guest->dev.lock);
	/* An eventfd has a lock that sleeps there, and KVM's tracepoint is no place for that */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || !(fx->what & VIOAPIC_FX_ENDED) || guest->gone)
		return VIOAPIC_NO_PIN;
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		if (!fx->ended[i])
			continue;
		if (pin != VIOAPIC_NO_PIN || fx->ended[i] & (fx->ended[i] - 1))
			return VIOAPIC_NO_PIN;
		pin = 64 * i + __ffs64(fx->ended[i]);
	}
	fx->what &= ~VIOAPIC_FX_ENDED;
	return pin;
}

void vioapic_guest_lines_resample(struct vioapic_guest *guest, unsigned int pin)
{
	unsigned int count = 0;
	struct line *line;
	unsigned long flags;

	hlist_for_each_entry_rcu(line, &guest->lines[pin], node) {
		if (!line->resample)
			continue;
		vioapic_eventfd_signal(line->resample);
		count++;
	}
	raw_spin_lock_irqsave(&guest->dev.lock, flags);
	guest->counter[VIOAPIC_KVM_CNT_RESAMPLES] += count;
	raw_spin_unlock_irqrestore(&guest->dev.lock, flags);
}

/* Those that a service is under way for are asked when it ends */
void vioapic_guest_lines_ask(struct vioapic_guest *guest)
{
	unsigned int pin;

	lockdep_assert_held(&guest->dev.lock);
	for_each_set_bit(pin, guest->resamplers, VIOAPIC_MAX_PINS)
		if (!(guest->dev.model.line[pin] & VIOAPIC_LINE_SERVICE))
			__set_bit(pin, guest->resampled);
	if (!guest->gone)
		queue_work(system_highpri_wq, &guest->resample);
}

/* Those of the pin have changed: who claims it is asked again.  @guest->lines_mutex held */
static void changed(struct vioapic_guest *guest, unsigned int pin)
{
	struct vioapic_call call;
	struct line *line;
	bool resamples = false;

	hlist_for_each_entry(line, &guest->lines[pin], node)
		resamples |= !!line->resample;
	vioapic_guest_begin(guest, &call);
	__assign_bit(pin, guest->resamplers, resamples);
	vioapic_model_let_go(&guest->dev.model, pin, &call.fx);
	vioapic_guest_finish(guest, &call);
}

/* Add and remove: @guest->mutex and @guest->lines_mutex held */

static struct line *alloc(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req,
			  struct file *file)
{
	struct line *line;
	int err;

	line = kzalloc(sizeof(*line), GFP_KERNEL_ACCOUNT);
	if (!line)
		return ERR_PTR(-ENOMEM);
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
	return line;

err_trigger:
	eventfd_ctx_put(line->trigger);
err_line:
	kfree(line);
	return ERR_PTR(err);
}

static void release(struct line *line)
{
	if (line->resample)
		eventfd_ctx_put(line->resample);
	eventfd_ctx_put(line->trigger);
	kfree(line);
}

static unsigned int lines_of(struct vioapic_guest *guest, unsigned int pin)
{
	struct line *line;
	unsigned int n = 0;

	hlist_for_each_entry(line, &guest->lines[pin], node)
		n++;
	return n;
}

static int add(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req,
	       struct file *file)
{
	struct line *line;
	int err;

	if (lines_of(guest, req->pin) >= LINES_OF_A_PIN)
		return -ENOSPC;
	line = alloc(guest, req, file);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = bind(line);
	if (err) {
		release(line);
		return err;
	}
	hlist_add_head_rcu(&line->node, &guest->lines[req->pin]);
	changed(guest, req->pin);

	init_waitqueue_func_entry(&line->wait, wake);
	init_poll_funcptr(&line->table, queue);
	/* Signalled before we came: that counts */
	if (vfs_poll(file, &line->table) & EPOLLIN)
		signalled(line);
	return 0;
}

static void remove(struct line *line, struct hlist_head *removed)
{
	struct vioapic_guest *guest = line->guest;
	u64 count;

	eventfd_ctx_remove_wait_queue(line->trigger, &line->wait, &count);
	hlist_del_rcu(&line->node);
	changed(guest, line->pin);
	unbind(line);
	hlist_add_head(&line->bound, removed);
}

/* With @ctx NULL, all that the pin has */
static int remove_by(struct vioapic_guest *guest, unsigned int pin, struct eventfd_ctx *ctx,
		     struct hlist_head *removed)
{
	struct hlist_node *next;
	struct line *line;
	int err = -ENOENT;

	hlist_for_each_entry_safe(line, next, &guest->lines[pin], node) {
		if (ctx && line->trigger != ctx)
			continue;
		remove(line, removed);
		err = 0;
	}
	return err;
}

/* When nobody signals them any more */
static void release_all(struct hlist_head *removed)
{
	struct hlist_node *next;
	struct line *line;

	if (hlist_empty(removed))
		return;
	synchronize_rcu();
	hlist_for_each_entry_safe(line, next, removed, bound)
		release(line);
}

static int change(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req,
		  struct hlist_head *removed)
{
	struct eventfd_ctx *ctx;
	struct file *file;
	int err;

	if (req->flags & VIOAPIC_KVM_EVENTFD_REMOVE && req->fd == -1)
		return remove_by(guest, req->pin, NULL, removed);
	file = eventfd_fget(req->fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (req->flags & VIOAPIC_KVM_EVENTFD_REMOVE) {
		ctx = eventfd_ctx_fileget(file);
		err = remove_by(guest, req->pin, ctx, removed);
		eventfd_ctx_put(ctx);
	} else {
		err = add(guest, req, file);
	}
	fput(file);
	return err;
}

int vioapic_guest_eventfd(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *asked)
{
	struct vioapic_kvm_eventfd req = *asked;
	HLIST_HEAD(removed);
	int err;

	if (req.flags & ~VIOAPIC_KVM_EVENTFD_REMOVE ||
	    memchr_inv(req.reserved, 0, sizeof(req.reserved)))
		return -EINVAL;
	if (req.flags & VIOAPIC_KVM_EVENTFD_REMOVE && req.resample_fd != -1)
		return -EINVAL;
	if (req.pin >= guest->dev.pins)
		return -ERANGE;
	req.pin = array_index_nospec(req.pin, VIOAPIC_MAX_PINS);
	if (req.resample_fd < -1)
		return -EBADF;

	mutex_lock(&guest->lines_mutex);
	err = change(guest, &req, &removed);
	mutex_unlock(&guest->lines_mutex);
	release_all(&removed);
	return err;
}

void vioapic_guest_eventfds_remove(struct vioapic_guest *guest)
{
	HLIST_HEAD(removed);
	unsigned int pin;

	mutex_lock(&guest->lines_mutex);
	for (pin = 0; pin < VIOAPIC_MAX_PINS; pin++)
		remove_by(guest, pin, NULL, &removed);
	mutex_unlock(&guest->lines_mutex);
	release_all(&removed);
}

void vioapic_guest_lines_init(struct vioapic_guest *guest)
{
	mutex_init(&guest->lines_mutex);
	INIT_WORK(&guest->resample, resample_work);
}
