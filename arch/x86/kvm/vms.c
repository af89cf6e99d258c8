// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual machines of other processes, found by their descriptors.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "guest.h"
#include "watch.h"

/* A process with more is asked for by descriptor */
#define VMS_MAX	64

/**
 * struct search - through the descriptors of a process
 * @mm:    its memory, which is what makes a VM its own: others may have inherited
 *         descriptors
 * @fd:    the one that is wanted, or -1
 * @index: else, how many VMs to leave out
 * @seen:  VMs that were left out; never dereferenced
 * @count: of @seen
 * @kvm:   found, with a reference
 * @found: its descriptor
 */
struct search {
	struct mm_struct *mm;
	int fd;
	unsigned int index;
	struct kvm *seen[VMS_MAX];
	unsigned int count;
	struct kvm *kvm;
	int found;
};

static bool is_new(struct search *s, struct kvm *kvm)
{
	unsigned int i;

	for (i = 0; i < s->count; i++)
		if (s->seen[i] == kvm)
			return false;
	if (s->count < VMS_MAX)
		s->seen[s->count++] = kvm;
	return true;
}

/* The files of the process are locked */
static int look(const void *arg, struct file *file, unsigned int fd)
{
	struct search *s = (struct search *)arg;
	struct kvm *kvm;

	if (s->fd >= 0 && fd != s->fd)
		return fd > s->fd;
	if (!vioapic_kvm_function(file_is_kvm)(file))
		return 0;
	kvm = file->private_data;
	if (kvm->mm != s->mm)
		return 0;
	if (s->fd < 0 && (!is_new(s, kvm) || s->index--))
		return 0;
	/* Descriptors have a reference until they are closed, which needs that lock */
	if (!kvm_get_kvm_safe(kvm))
		return 0;
	s->kvm = kvm;
	s->found = fd;
	return 1;
}

/* Its first thread may have ended.  RCU is held */
static void look_in(struct task_struct *process, struct search *s)
{
	struct task_struct *task;

	for_each_thread(process, task) {
		task_lock(task);
		s->mm = task->mm;
		if (s->mm)
			iterate_fd(task->files, max(s->fd, 0), look, s);
		task_unlock(task);
		if (s->mm)
			break;
	}
}

struct kvm *vioapic_vm_get(pid_t *pid, unsigned int index, int *fd)
{
	struct task_struct *task;
	struct search *s;
	struct kvm *kvm;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->fd = *fd;
	s->index = index;
	kvm = ERR_PTR(-ESRCH);
	rcu_read_lock();
	task = pid_task(find_vpid(*pid), PIDTYPE_PID);
	if (!task)
		goto out;
	*pid = task_tgid_vnr(task);
	look_in(task, s);
	*fd = s->found;
	kvm = s->kvm ?: ERR_PTR(-ENOENT);
out:
	rcu_read_unlock();
	kfree(s);
	return kvm;
}

void vioapic_vm_refuse(char *reason, pid_t pid, int err)
{
	if (err == -ESRCH)
		vioapic_refuse(reason, "there is no process %d", pid);
	else if (err == -ENOENT)
		vioapic_refuse(reason, "process %d has no such virtual machine", pid);
	else
		vioapic_refuse(reason, "out of memory");
}
