// SPDX-License-Identifier: GPL-2.0
/*
 * What users want broken of a simulated I/O APIC, in text or by ioctl: see faults.h.
 */
#include <linux/kstrtox.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "faults.h"

/* No longer than a reason can quote: all attributes of the longest kind have room */
#define TEXT_LEN	128

static bool takes_time(u32 kind)
{
	return kind == VIOAPIC_FAULT_DELAY || kind == VIOAPIC_FAULT_DUPLICATE;
}

/* From text */

/* A number into the attribute @name; false if there is none, or it never has this value */
static bool parse_attribute(struct vioapic_fault_attr *attr, const char *name, const char *number)
{
	s64 value;

	if (!strcmp(name, "seed"))
		return !kstrtou64(number, vioapic_base_of(number), &attr->seed);
	if (kstrtos64(number, vioapic_base_of(number), &value) || value < -1 || value > INT_MAX)
		return false;
	if (!strcmp(name, "probability"))
		attr->probability = value;
	else if (!strcmp(name, "interval"))
		attr->interval = value;
	else if (!strcmp(name, "times"))
		attr->times = value;
	else if (!strcmp(name, "pin"))
		attr->pin = value;
	else if (!strcmp(name, "usecs"))
		attr->usecs = value;
	else
		return false;
	return true;
}

static int parse_attributes(struct vioapic_sim_fault *req, char *text)
{
	char *word, *number;

	while ((word = strsep(&text, ","))) {
		if (!strcmp(word, "once") || !strcmp(word, "always")) {
			req->attr.times = *word == 'o' ? 1 : -1;
			continue;
		}
		number = strchr(word, '=');
		if (number)
			*number++ = '\0';
		if (!number || !parse_attribute(&req->attr, word, number)) {
			vioapic_refuse(req->reason,
				       "\"%*pE\": say once, always, off, or probability=, interval=, times=, seed=, pin=, usecs= and a number",
				       (int)strlen(word), word);
			return -EINVAL;
		}
	}
	return 0;
}

static void refuse_kind(struct vioapic_sim_fault *req, const char *kind)
{
	char names[VIOAPIC_REASON_LEN] = "";
	unsigned int i, len = 0;

	for (i = 0; i < VIOAPIC_FAULT_KINDS; i++)
		len += scnprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
				 vioapic_fault_names[i]);
	vioapic_refuse(req->reason, "no fault \"%*pE\": there are %s", (int)strlen(kind), kind,
		       names);
}

/**
 * vioapic_faults_parse() - "KIND" or "KIND=always", "KIND=once",
 * "KIND=probability=10,times=5", "KIND=off", or "off"
 * @text: from user space, NUL-terminated
 * @req:  filled in but for its name; its reason, if refused
 *
 * Context: may sleep; vioapic_mutex need not be held.
 * Return: 0 and a request, not yet checked; or -EINVAL.
 */
int vioapic_faults_parse(const char *text, struct vioapic_sim_fault *req)
{
	char line[TEXT_LEN], *attributes, *kind;
	int i;

	memset(req, 0, sizeof(*req));
	if (strscpy(line, text, sizeof(line)) < 0) {
		vioapic_refuse(req->reason, "that is too long");
		return -EINVAL;
	}
	attributes = strim(line);
	if (!strcmp(attributes, "off")) {
		req->kind = VIOAPIC_FAULT_ALL;
		return 0;
	}
	kind = strsep(&attributes, "=");
	for (i = 0; i < VIOAPIC_FAULT_KINDS && strcmp(kind, vioapic_fault_names[i]); i++)
		;
	if (i == VIOAPIC_FAULT_KINDS) {
		refuse_kind(req, kind);
		return -EINVAL;
	}
	req->kind = i;
	if (attributes && !strcmp(attributes, "off"))
		return 0;
	req->action = VIOAPIC_FAULT_SET;
	req->attr = (struct vioapic_fault_attr) {
		.probability = 100, .interval = 1, .times = -1, .pin = -1,
		.usecs = takes_time(i) ? VIOAPIC_FAULT_USECS : 0,
	};
	return attributes ? parse_attributes(req, attributes) : 0;
}

/* From anybody */

static int refuse(struct vioapic_sim_fault *req, const char *why)
{
	vioapic_refuse(req->reason, "%s", why);
	return -EINVAL;
}

static int check_attributes(struct vioapic_sim_fault *req, unsigned int pins)
{
	const struct vioapic_fault_attr *attr = &req->attr;

	if (attr->reserved)
		return refuse(req, "a reserved field is not zero");
	if (attr->probability > 100)
		return refuse(req, "probability is in percent: 0 to 100");
	if (!attr->interval || attr->interval > INT_MAX)
		return refuse(req, "interval is 1 for every opportunity, n for every nth");
	if (!attr->times || attr->times < -1)
		return refuse(req, "times is 1 or more, or -1 for no limit");
	if (attr->pin < -1 || attr->pin >= (int)pins) {
		vioapic_refuse(req->reason, "there is no pin %d: pins are 0-%u, -1 is any",
			       attr->pin, pins - 1);
		return -EINVAL;
	}
	if (!takes_time(req->kind) && attr->usecs)
		return refuse(req, "only delay and duplicate have usecs");
	if (attr->usecs > VIOAPIC_FAULT_USECS_MAX ||
	    (req->kind == VIOAPIC_FAULT_DELAY && !attr->usecs))
		return refuse(req, "usecs is 1 to 10000000, of duplicate also 0");
	return 0;
}

static int check(struct vioapic_sim_fault *req, unsigned int pins)
{
	if (req->action > VIOAPIC_FAULT_GET) {
		vioapic_refuse(req->reason, "there is no action %u", req->action);
		return -EINVAL;
	}
	if (req->kind >= VIOAPIC_FAULT_KINDS &&
	    (req->kind != VIOAPIC_FAULT_ALL || req->action != VIOAPIC_FAULT_OFF)) {
		vioapic_refuse(req->reason, "there is no kind %u", req->kind);
		return -EINVAL;
	}
	if (req->count)
		return refuse(req, "count is for the answer, and to be zero");
	if (req->action == VIOAPIC_FAULT_SET)
		return check_attributes(req, pins);
	if (memchr_inv(&req->attr, 0, sizeof(req->attr)))
		return refuse(req, "attributes are for what is set, and to be zero else");
	return 0;
}

/* Nothing is under way of an I/O APIC that is not live. */
static bool lock(struct vioapic_sim *sim, struct vioapic_guard *guard)
{
	lockdep_assert_held(&vioapic_mutex);
	return !sim || vioapic_device_lock(&sim->dev, guard);
}

static void unlock(struct vioapic_sim *sim, struct vioapic_guard *guard)
{
	if (sim)
		vioapic_device_unlock(&sim->dev, guard);
}

static void set(struct vioapic_faults *faults, const struct vioapic_sim_fault *req)
{
	u32 kind = array_index_nospec(req->kind, VIOAPIC_FAULT_KINDS);

	faults->fault[kind] = (struct vioapic_fault) {
		.attr = req->attr, .random = req->attr.seed,
	};
	faults->set |= BIT(kind);
}

static int get(struct vioapic_faults *faults, struct vioapic_sim_fault *req)
{
	u32 kind = array_index_nospec(req->kind, VIOAPIC_FAULT_KINDS);

	if (!(faults->set & BIT(kind)))
		return -ENODATA;
	req->attr = faults->fault[kind].attr;
	req->count = faults->fault[kind].count;
	return 0;
}

/**
 * vioapic_faults_request() - break an I/O APIC, mend it, or tell how it is broken
 * @faults: where its faults are; got here when the first is set, and to be freed
 *          with kfree() when it is not live any more
 * @sim:    it, or NULL while it is not live
 * @pins:   how many it has or shall have
 * @req:    from user space; its reserved fields and its name have been checked
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -EINVAL, -ENOMEM, -EBUSY if its lock is lost, and a reason is in @req;
 * -ENODATA, likewise, if told to get what is not set.
 */
int vioapic_faults_request(struct vioapic_faults **faults, struct vioapic_sim *sim,
			   unsigned int pins, struct vioapic_sim_fault *req)
{
	struct vioapic_faults *new = NULL;
	struct vioapic_guard guard;
	int err = check(req, pins);

	if (err)
		return err;
	if (!*faults && req->action == VIOAPIC_FAULT_SET) {
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (!new) {
			vioapic_refuse(req->reason, "no memory is free");
			return -ENOMEM;
		}
		vioapic_faults_init(new);
	}
	if (!lock(sim, &guard)) {
		kfree(new);
		vioapic_refuse(req->reason, "its lock is lost: destroy it");
		return -EBUSY;
	}
	if (new) {
		*faults = new;
		if (sim)
			vioapic_faults_start(sim, new);
	}
	if (req->action == VIOAPIC_FAULT_SET)
		set(*faults, req);
	else if (req->action == VIOAPIC_FAULT_GET)
		err = *faults ? get(*faults, req) : -ENODATA;
	else if (*faults)
		(*faults)->set &= req->kind == VIOAPIC_FAULT_ALL ? 0 : ~BIT(req->kind);
	unlock(sim, &guard);
	if (err)
		vioapic_refuse(req->reason, "%s is not set", vioapic_fault_names[req->kind]);
	return err;
}

/**
 * vioapic_faults_show() - what is broken: a line for each kind that is set, as
 * vioapic_faults_parse() takes it, and how often it was injected
 * @faults: or NULL
 * @page:   to be filled
 *
 * Attributes change under vioapic_mutex.  Only what counts does so in faults, too, and
 * each count is read as it is at that moment: nobody is held up for a reader.
 * Context: vioapic_mutex held.
 * Return: how long it is.
 */
ssize_t vioapic_faults_show(struct vioapic_faults *faults, char *page)
{
	const struct vioapic_fault_attr *attr;
	unsigned int kind;
	ssize_t len = 0;

	lockdep_assert_held(&vioapic_mutex);
	if (!faults)
		return 0;
	for (kind = 0; kind < VIOAPIC_FAULT_KINDS; kind++) {
		if (!(faults->set & BIT(kind)))
			continue;
		attr = &faults->fault[kind].attr;
		len += sysfs_emit_at(page, len,
				     "%s=probability=%u,interval=%u,times=%d,seed=%llu,pin=%d",
				     vioapic_fault_names[kind], attr->probability, attr->interval,
				     READ_ONCE(attr->times), attr->seed, attr->pin);
		if (takes_time(kind))
			len += sysfs_emit_at(page, len, ",usecs=%u", attr->usecs);
		len += sysfs_emit_at(page, len, " count=%llu\n",
				     READ_ONCE(faults->fault[kind].count));
	}
	return len;
}
