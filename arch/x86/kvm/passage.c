// SPDX-License-Identifier: GPL-2.0
/*
 * Until the vCPUs of a VM have left whatever they were in, as synchronize_srcu(&kvm->srcu)
 * waits for it.  That is for as long as the VMM likes: a vCPU that touches memory which
 * userfaultfd holds back stays where it is.  So who waits here can be killed, and what is
 * to be done then is done whether or not somebody waits.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include "guest.h"
#include "watch.h"

/**
 * struct vioapic_passage - see above
 * @rcu:   in the queue of @kvm->srcu
 * @work:  does what is to be done, as @rcu comes where nobody may sleep
 * @users: whoever has allocated it, and @work
 * @over:  @work is
 * @kvm:   with a reference until then
 * @then:  what is to be done, or NULL
 * @arg:   its argument
 */
struct vioapic_passage {
	struct rcu_head rcu;
	struct work_struct work;
	refcount_t users;
	struct completion over;
	struct kvm *kvm;
	void (*then)(void *arg);
	void *arg;
};

static void passed(struct rcu_head *rcu)
{
	struct vioapic_passage *passage = container_of(rcu, struct vioapic_passage, rcu);

	queue_work(vioapic_system_wq, &passage->work);
}

/* The module is there until vioapic_watch_exit() has seen this return */
static void finish(struct work_struct *work)
{
	struct vioapic_passage *passage = container_of(work, struct vioapic_passage, work);

	if (passage->then)
		passage->then(passage->arg);
	kvm_put_kvm(passage->kvm);
	complete(&passage->over);
	vioapic_passage_put(passage);
	module_put(THIS_MODULE);
}

struct vioapic_passage *vioapic_passage_alloc(void)
{
	struct vioapic_passage *passage = kzalloc(sizeof(*passage), GFP_KERNEL);

	if (!passage)
		return NULL;
	refcount_set(&passage->users, 1);
	init_completion(&passage->over);
	INIT_WORK(&passage->work, finish);
	return passage;
}

void vioapic_passage_put(struct vioapic_passage *passage)
{
	if (passage && refcount_dec_and_test(&passage->users))
		kfree(passage);
}

void vioapic_passage_begin(struct vioapic_passage *passage, struct kvm *kvm,
			   void (*then)(void *arg), void *arg)
{
	/* The caller has references to both */
	__module_get(THIS_MODULE);
	kvm_get_kvm(kvm);
	passage->kvm = kvm;
	passage->then = then;
	passage->arg = arg;
	refcount_inc(&passage->users);
	call_srcu(&kvm->srcu, &passage->rcu, passed);
}

int vioapic_passage_wait(struct vioapic_passage *passage)
{
	return wait_for_completion_killable(&passage->over) ? -EINTR : 0;
}
