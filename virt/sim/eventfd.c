// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds as the lines of simulated I/O APICs: each signal drives a pin.
 *
 * A signal arrives in any context, under the lock of the eventfd's wait queue;
 * the device's lock nests inside of that.  A binding goes when it is removed,
 * when its I/O APIC goes, or from a work item when the eventfd has been closed
 * by all.  It is freed by that work item in any case, which is queued once:
 * whoever ends a binding may come after a hangup that is on its way.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <compat/workqueue.h>
#include <vioapic/sim_device.h>

/**
 * struct binding - an eventfd and what it does
 * @node:   in the sim's lines, empty once it is ended; vioapic_mutex
 * @sim:    whose pin; not to be used once @node is empty
 * @pin:    which
 * @action: enum vioapic_line_action
 * @ctx:    the eventfd
 * @queue:  its wait queue, whose lock is held in signalled()
 * @wait:   we in there
 * @poll:   for getting there
 * @ending: @end has been queued; under the lock of @queue as long as @wait is in there
 * @end:    ends the binding, unless somebody has, and frees it
 */
struct binding {
	struct list_head node;
	struct vioapic_sim *sim;
	u32 pin;
	u32 action;
	struct eventfd_ctx *ctx;
	wait_queue_head_t *queue;
	wait_queue_entry_t wait;
	poll_table poll;
	bool ending;
	struct work_struct end;
};

static struct workqueue_struct *endings;

/* Resets the count, so that nothing is left for the next binding. */
static u64 take_count(struct binding *binding)
{
	u64 count;

	eventfd_ctx_do_read(binding->ctx, &count);
	return count;
}

/* Locked: the wait queue, interrupts off */
static int signalled(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct binding *binding = container_of(wait, struct binding, wait);
	__poll_t events = key_to_poll(key);

	if (events & EPOLLIN) {
		take_count(binding);
		/* If it fails, the I/O APIC has: there is nobody here to be told. */
		vioapic_sim_drive(binding->sim, binding->pin, binding->action);
	}
	if (events & EPOLLHUP && !binding->ending) {
		binding->ending = true;
		queue_work(endings, &binding->end);
	}
	return 0;
}

static void enqueue(struct file *file, wait_queue_head_t *queue, poll_table *poll)
{
	struct binding *binding = container_of(poll, struct binding, poll);

	binding->queue = queue;
	add_wait_queue(queue, &binding->wait);
}

/* After this, no signal drives the pin. */
static void detach(struct binding *binding)
{
	lockdep_assert_held(&vioapic_mutex);
	list_del_init(&binding->node);
	remove_wait_queue(binding->queue, &binding->wait);
}

static void end_work(struct work_struct *work)
{
	struct binding *binding = container_of(work, struct binding, end);

	mutex_lock(&vioapic_mutex);
	if (!list_empty(&binding->node))
		detach(binding);
	mutex_unlock(&vioapic_mutex);
	eventfd_ctx_put(binding->ctx);
	kfree(binding);
}

static void unbind(struct binding *binding)
{
	detach(binding);
	if (!binding->ending)
		queue_work(endings, &binding->end);
}

static struct binding *find(struct vioapic_sim *sim, unsigned int pin, u32 action,
			    const struct eventfd_ctx *ctx)
{
	struct binding *binding;

	list_for_each_entry(binding, &sim->lines, node)
		if (binding->ctx == ctx && binding->pin == pin && binding->action == action)
			return binding;
	return NULL;
}

/* The caller's reference to @ctx is the binding's now, if 0 is returned. */
static int bind(struct vioapic_sim *sim, unsigned int pin, u32 action, struct file *file,
		struct eventfd_ctx *ctx, char *reason)
{
	struct binding *binding;

	if (READ_ONCE(sim->dev.state) != VIOAPIC_STATE_TAKEN) {
		vioapic_refuse(reason, "%s has failed, see dmesg: destroy it", sim->dev.name);
		return -EIO;
	}
	if (find(sim, pin, action, ctx)) {
		vioapic_refuse(reason, "this eventfd does that to pin %u of %s already", pin,
			       sim->dev.name);
		return -EEXIST;
	}
	binding = kzalloc(sizeof(*binding), GFP_KERNEL_ACCOUNT);
	if (!binding) {
		vioapic_refuse(reason, "no memory is free");
		return -ENOMEM;
	}
	binding->sim = sim;
	binding->pin = pin;
	binding->action = action;
	binding->ctx = ctx;
	INIT_WORK(&binding->end, end_work);
	init_waitqueue_func_entry(&binding->wait, signalled);
	init_poll_funcptr(&binding->poll, enqueue);
	list_add_tail(&binding->node, &sim->lines);
	vfs_poll(file, &binding->poll);

	/* A signal from before counts; one from now on has been here already. */
	spin_lock_irq(&binding->queue->lock);
	if (take_count(binding)) {
		vioapic_sim_drive(sim, pin, action);
		/* The count may have been as high as it gets. */
		wake_up_locked_poll(binding->queue, EPOLLOUT);
	}
	spin_unlock_irq(&binding->queue->lock);
	return 0;
}

/**
 * vioapic_sim_eventfd() - bind an eventfd of the calling process to a pin, or no longer
 * @sim:    whose
 * @pin:    any number
 * @action: enum vioapic_line_action, checked here
 * @fd:     any number
 * @remove: a binding made before
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -ERANGE no such pin; -EINVAL no such action, or @fd is of something
 * else; -EBADF; -EEXIST is bound so already; -ENOENT is not bound so; -EIO @sim
 * has failed; -ENOMEM.
 */
int vioapic_sim_eventfd(struct vioapic_sim *sim, unsigned int pin, u32 action, int fd, bool remove,
			char *reason)
{
	struct eventfd_ctx *ctx;
	struct binding *binding;
	struct file *file;
	int err = 0;

	lockdep_assert_held(&vioapic_mutex);
	if (pin >= sim->dev.pins) {
		vioapic_refuse(reason, "%s has no pin %u: its pins are 0-%u", sim->dev.name, pin,
			       sim->dev.pins - 1);
		return -ERANGE;
	}
	if (action > VIOAPIC_LINE_PULSE) {
		vioapic_refuse(reason, "there is no action %u", action);
		return -EINVAL;
	}
	file = eventfd_fget(fd);
	if (IS_ERR(file)) {
		vioapic_refuse(reason, "file descriptor %d is %s", fd,
			       PTR_ERR(file) == -EBADF ? "not open" : "no eventfd");
		return PTR_ERR(file);
	}
	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx)) {
		err = PTR_ERR(ctx);
		goto out_file;
	}

	if (!remove) {
		err = bind(sim, pin, action, file, ctx, reason);
		if (err)
			goto out_ctx;
		goto out_file;
	}
	binding = find(sim, pin, action, ctx);
	if (binding) {
		unbind(binding);
	} else {
		vioapic_refuse(reason, "this eventfd does not do that to pin %u of %s", pin,
			       sim->dev.name);
		err = -ENOENT;
	}
out_ctx:
	eventfd_ctx_put(ctx);
out_file:
	fput(file);
	return err;
}

/**
 * vioapic_sim_unbind_all() - no eventfd drives a pin of @sim any more
 * @sim: whose
 * Context: vioapic_mutex held; may sleep.
 */
void vioapic_sim_unbind_all(struct vioapic_sim *sim)
{
	struct binding *binding, *next;

	list_for_each_entry_safe(binding, next, &sim->lines, node)
		unbind(binding);
}

int vioapic_eventfd_init(void)
{
	endings = alloc_workqueue("vioapic", VIOAPIC_WQ_PERCPU, 0);
	return endings ? 0 : -ENOMEM;
}

/* At module exit, when there is no sim any more: waits for all that is ending. */
void vioapic_eventfd_exit(void)
{
	destroy_workqueue(endings);
}
