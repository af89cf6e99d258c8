// SPDX-License-Identifier: GPL-2.0
/*
 * This machine's local APICs, as the target of messages of simulated I/O APICs.
 *
 * A message is an interprocessor interrupt: the local APICs themselves resolve
 * its destination, and a self-IPI waits until interrupts are on again.  It comes
 * in without level trigger mode (TMR clear), so Linux sends an explicit EOI.
 *
 * An IPI does not say whether anybody took it.  That is told from who there is:
 * physical IDs of all CPUs that are, or are about to be, up; and their logical
 * IDs as each has them in its LDR.  Both stay until the CPU is dead: an interrupt
 * that hits one on its way down is found in the IRR and moved by the kernel.
 */
#include <linux/bitmap.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kallsyms.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/barrier.h>
#include <compat/apic.h>
#include <vioapic/device.h>

#define APIC_IDS	BIT(15)	/* as many as an RTE can name */
#define X2APIC_BROADCAST	0xffffffffU
#define SPINS_AT_MOST	BIT(16)	/* the ICR is busy for some bus cycles */

/*
 * Written under who_lock by CPU hotplug, read without: each entry for itself is
 * always true of some moment of the hotplug that is under way.
 */
static DEFINE_RAW_SPINLOCK(who_lock);
static DECLARE_BITMAP(physical, APIC_IDS);
static u16 logical[16];			/* by cluster; all in 0 with the flat model */
static struct cpumask prepared;		/* CPUs that are, or are about to be, up */
static struct cpumask seen;		/* those whose LDR is known */
static u32 ldr[NR_CPUS];		/* of these */
static bool unknown;			/* some CPU is on its way up whose LDR is not known */
static bool clusters;			/* xAPIC, cluster model */
static bool direct;			/* the ICR is written as the architecture says */
static bool xapic;			/* that, and by memory */

void (*vioapic_arch_sim_arrived)(void);

static unsigned int cluster_of(u32 id)
{
	return clusters ? id >> 4 & 0xf : 0;
}

static u16 members_of(u32 id)
{
	return clusters ? id & 0xf : id;
}

/* x2APIC: an RTE reaches the first cluster only, by 16 bits */
static bool is_reachable(u32 id)
{
	return !x2apic_mode || id < BIT(16);
}

static void recount(void)
{
	u16 map[ARRAY_SIZE(logical)] = { };
	unsigned int cpu, i;

	lockdep_assert_held(&who_lock);
	for_each_cpu(cpu, &seen)
		if (is_reachable(ldr[cpu]))
			map[cluster_of(ldr[cpu])] |= members_of(ldr[cpu]);
	for (i = 0; i < ARRAY_SIZE(logical); i++)
		WRITE_ONCE(logical[i], map[i]);
	WRITE_ONCE(unknown, !cpumask_subset(&prepared, &seen));
}

static void prepare(unsigned int cpu)
{
	unsigned int id = vioapic_apic_id(cpu);

	lockdep_assert_held(&who_lock);
	if (id < APIC_IDS && id != VIOAPIC_BROADCAST)
		set_bit(id, physical);
	cpumask_set_cpu(cpu, &prepared);
}

/* On some CPU, before @cpu comes up */
static int cpu_prepare(unsigned int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&who_lock, flags);
	prepare(cpu);
	recount();
	raw_spin_unlock_irqrestore(&who_lock, flags);
	return 0;
}

/* On @cpu itself, when it is up or stays so after all */
static int cpu_online_here(unsigned int cpu)
{
	unsigned long flags;
	u32 id;

	raw_spin_lock_irqsave(&who_lock, flags);
	/* Of CPUs that were up, kernels without 932d8476399f have told us nothing before */
	prepare(cpu);
	id = apic->read(APIC_LDR);
	if (!x2apic_mode) {
		id = GET_APIC_LOGICAL_ID(id);
		clusters = apic->read(APIC_DFR) == APIC_DFR_CLUSTER;
	}
	ldr[cpu] = id;
	cpumask_set_cpu(cpu, &seen);
	recount();
	raw_spin_unlock_irqrestore(&who_lock, flags);
	vioapic_arch_sim_arrived();
	return 0;
}

/* On some CPU, after @cpu is down, or did not come up */
static int cpu_dead(unsigned int cpu)
{
	unsigned int id = vioapic_apic_id(cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&who_lock, flags);
	if (id < APIC_IDS)
		clear_bit(id, physical);
	cpumask_clear_cpu(cpu, &prepared);
	cpumask_clear_cpu(cpu, &seen);
	recount();
	raw_spin_unlock_irqrestore(&who_lock, flags);
	return 0;
}

/* What the ICR can express, and what the administrator wants to risk */
static bool is_allowed(u64 rte, u8 allow)
{
	if (rte & VIOAPIC_RTE_REMAPPABLE)
		return false;
	if (!x2apic_mode && (rte & VIOAPIC_RTE_DEST_15))
		return false;
	switch (vioapic_rte_mode(rte)) {
	case VIOAPIC_FIXED:
	case VIOAPIC_LOWEST:
		return (rte & VIOAPIC_RTE_VECTOR) >= VIOAPIC_FIRST_VECTOR;
	case VIOAPIC_SMI:
	case VIOAPIC_NMI:
	case VIOAPIC_INIT:
		return allow & BIT(vioapic_rte_mode(rte));
	default:
		return false;
	}
}

/* Who of the logical destination @dest there is; in what the ICR calls them */
static u32 present_of(u32 dest)
{
	if (clusters)
		return READ_ONCE(logical[dest >> 4 & 0xf]) & dest & 0xf;
	return READ_ONCE(logical[0]) & dest;
}

/*
 * Lowest priority by ICR depends on the model of the CPU, and x2APIC has none:
 * so one that is there is chosen, and gets it as fixed.
 */
static u32 one_of(u32 dest)
{
	u32 present = present_of(dest);

	if (!present)
		return dest;
	return (clusters ? dest & 0xf0 : 0) | (present & -present);
}

static noinline void wait_icr_idle(void)
{
	unsigned int spins = SPINS_AT_MOST;

	while (native_apic_mem_read(APIC_ICR) & APIC_ICR_BUSY && --spins)
		cpu_relax();
}

/* An NMI may have hit between the two halves of somebody else's IPI. */
static noinline void send_from_nmi(u32 low, u32 dest)
{
	u32 high = native_apic_mem_read(APIC_ICR2);

	wait_icr_idle();
	apic->icr_write(low, dest);
	wait_icr_idle();
	native_apic_mem_write(APIC_ICR2, high);
}

static void send_ipi(u32 low, u32 dest)
{
	if (!direct) {
		apic->icr_write(low, dest);
	} else if (x2apic_mode) {
		/* What whoever drives the line has written is to be seen by the handler */
		weak_wrmsr_fence();
		native_x2apic_icr_write(low, dest);
	} else if (in_nmi()) {
		send_from_nmi(low, dest);
	} else {
		wait_icr_idle();
		native_apic_mem_write(APIC_ICR2, SET_XAPIC_DEST_FIELD(dest));
		native_apic_mem_write(APIC_ICR, low);
	}
}

static noinline int deliver_any(u64 rte, u8 allow)
{
	unsigned int mode = vioapic_rte_mode(rte);
	u32 dest = vioapic_rte_dest(rte);
	u32 low = APIC_INT_ASSERT;

	if (!is_allowed(rte, allow))
		return -EPERM;
	if (mode == VIOAPIC_FIXED || mode == VIOAPIC_LOWEST)
		low |= rte & VIOAPIC_RTE_VECTOR;
	else
		low |= mode << VIOAPIC_RTE_DELMODE_SHIFT;

	if (dest == VIOAPIC_BROADCAST) {
		if (mode == VIOAPIC_LOWEST)
			dest = find_first_bit(physical, APIC_IDS);
		else
			dest = x2apic_mode ? X2APIC_BROADCAST : VIOAPIC_BROADCAST;
		/* All of them may have IDs that no RTE can name */
		if (dest == APIC_IDS)
			return 0;
	} else if (!(rte & VIOAPIC_RTE_LOGICAL)) {
		if (!test_bit(dest, physical))
			return 0;
	} else {
		if (!present_of(dest) && !READ_ONCE(unknown))
			return 0;
		if (mode == VIOAPIC_LOWEST)
			dest = one_of(dest);
		low |= APIC_DEST_LOGICAL;
	}
	send_ipi(low, dest);
	return 1;
}

/*
 * Nearly all: xAPIC, fixed, to CPUs that there are.  The ICR has vector and
 * destination mode in the same bits as the RTE.  No bit of @physical stands for
 * all ones, and as a logical destination these are right as they are.
 *
 * This is what the kernel's own functions behind apic->icr_write() do, without the
 * calls, which are a fifth of what an interrupt costs.
 */
#define UNUSUAL	(VIOAPIC_RTE_DELMODE | VIOAPIC_RTE_REMAPPABLE | VIOAPIC_RTE_DEST_15)
#define SAME	(VIOAPIC_RTE_VECTOR | VIOAPIC_RTE_LOGICAL)

static __always_inline bool is_plain(u64 rte)
{
	u32 dest = rte >> 56;

	if (rte & UNUSUAL || !(rte & VIOAPIC_RTE_VECTOR & ~(VIOAPIC_FIRST_VECTOR - 1)))
		return false;
	return rte & VIOAPIC_RTE_LOGICAL ? present_of(dest) : test_bit(dest, physical);
}

int vioapic_arch_deliver(u64 rte, u8 allow)
{
	lockdep_assert_irqs_disabled();
	if (unlikely(!xapic || !is_plain(rte) || in_nmi() ||
		     native_apic_mem_read(APIC_ICR) & APIC_ICR_BUSY))
		return deliver_any(rte, allow);
	native_apic_mem_write(APIC_ICR2, SET_XAPIC_DEST_FIELD((u32)(rte >> 56)));
	native_apic_mem_write(APIC_ICR, (rte & SAME) | APIC_INT_ASSERT);
	return 1;
}

/* Hypervisors and large machines have functions of their own, which are not exported. */
static bool is_native(void)
{
	char name[KSYM_SYMBOL_LEN];

	snprintf(name, sizeof(name), "%ps", apic->icr_write);
	return !strcmp(name, x2apic_mode ? "native_x2apic_icr_write" : "native_apic_icr_write");
}

static enum cpuhp_state state_prepare, state_online;	/* vioapic_mutex */

static int lapic_attach(struct vioapic_device *dev, char *reason)
{
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (state_online)
		return 0;
	direct = is_native();
	xapic = direct && !x2apic_mode;
	err = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "vioapic:prepare", cpu_prepare, cpu_dead);
	if (err < 0)
		goto err;
	state_prepare = err;
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "vioapic:online", cpu_online_here, NULL);
	if (err < 0)
		goto err_prepare;
	state_online = err;
	return 0;

err_prepare:
	cpuhp_remove_state(state_prepare);
err:
	vioapic_refuse(reason, "CPU hotplug has no place for us: error %d", -err);
	return err;
}

/* It is nothing of @dev's own that was set up */
static void lapic_detach(struct vioapic_device *dev)
{
}

void vioapic_arch_sim_exit(void)
{
	if (!state_online)
		return;
	cpuhp_remove_state(state_online);
	cpuhp_remove_state(state_prepare);
}

const struct vioapic_backend_ops vioapic_arch_sim = {
	.name = "lapic",
	.id = VIOAPIC_BACKEND_LAPIC,
	.attach = lapic_attach,
	.detach = lapic_detach,
};
