// SPDX-License-Identifier: GPL-2.0
/* See pair.h: states, saved and restored, in our format and in KVM's. */
#include <errno.h>
#include <string.h>
#include <linux/kvm.h>
#include "pair_impl.h"

static struct vioapic_model copy;
static struct vioapic_state before, after;

static void make_copy(u8 poison)
{
	memset(&copy, poison, sizeof(copy));
	check_same(vioapic_model_init(&copy, pair.m.chip, pair.m.role, pair.m.pins,
				      pair.m.reset_id >> 24), 0);
	copy.storm_limit = pair.m.storm_limit;
}

static bool claims_for_service(void)
{
	unsigned int pin;

	for (pin = 0; pin < pair.m.pins; pin++)
		if (pair.r.pin[pin].claimed_for_service)
			return true;
	return false;
}

static void check_resumed(const struct vioapic_effects *fx)
{
	unsigned int pin;
	bool held = false;

	check(!(fx->what & ~(VIOAPIC_FX_DELIVER | VIOAPIC_FX_STORM)));
	for (pin = 0; pin < pair.m.pins; pin++) {
		const struct ref_pin *p = &pair.r.pin[pin];
		bool sends = (fx->what & VIOAPIC_FX_DELIVER) && in_map(fx->deliver, pin);

		held |= p->held;
		if (!pair.tidy)
			continue;
		if (p->claimed_for_service)
			continue;
		check_same(sends, !p->held && (p->outcome_due || ref_waits(p)));
		/* One that was refused before is refused again: now as it was */
		if (sends && !p->outcome_due)
			vioapic_model_delivered(&copy, pin, false);
	}
	if (!claims_for_service())
		check_same(!!(fx->what & VIOAPIC_FX_STORM), held);
}

void pair_save_and_restore(void)
{
	struct vioapic_effects fx;
	u64 *raw = (u64 *)&fx;
	size_t i;

	pair.what = "save and restore";
	memset(&before, 0xa5, sizeof(before));
	vioapic_model_save(&pair.m, &before);
	make_copy(0xa5);
	for (i = 0; i < sizeof(fx) / sizeof(*raw); i++)
		raw[i] = ~0ULL;
	check_same(vioapic_model_restore(&copy, &before, &fx), 0);
	vioapic_model_save(&copy, &after);
	check(!memcmp(&before, &after, sizeof(before)));
	check_same(vioapic_model_restore(&copy, &before, &fx), 0);
	vioapic_model_save(&copy, &after);
	check(!memcmp(&before, &after, sizeof(before)));
	check_resumed(&fx);
	if (!pair.tidy)
		return;
	/* Whoever claims a line until its service ends is asked again */
	if (claims_for_service())
		return;
	/* And it goes on with the copy, which may know a shorter way */
	check(!copy.plain || pair.r.owner);
	pair.m.plain = copy.plain;
	check(!memcmp(&copy, &pair.m, sizeof(copy)));
	pair.m = copy;
}

/* A few calls on a model that nobody else knows: it must not break */
static void exercise_copy(void)
{
	struct vioapic_effects fx;
	unsigned int i, pin;

	for (i = 0; i < 4; i++) {
		pin = take_pin(&pair.in, pair.m.pins);
		vioapic_model_claim(&copy, pin, take(&pair.in, 1) % 4, &fx);
		vioapic_model_set_line(&copy, pin, i & 1, &fx);
		vioapic_model_delivered(&copy, pin, i & 2);
		vioapic_model_eoi(&copy, take_vector(&pair.in), &fx);
		vioapic_model_read(&copy, VIOAPIC_IOWIN, 4, &fx);
		vioapic_model_write(&copy, VIOAPIC_IOWIN, 4, take_low(&pair.in),
				    &fx);
		vioapic_model_storm_over(&copy, &fx);
	}
	vioapic_model_save(&copy, &after);
	after.address = ADDRESS;
	check_same(vioapic_state_check(&after), 0);
}

void pair_restore_hostile(void)
{
	static struct vioapic_model untouched;
	u8 *bytes = (u8 *)&before;
	struct vioapic_effects fx;
	unsigned int i, n = take(&pair.in, 1) % 4 + 1;
	u32 at;

	pair.what = "restore of a damaged state";
	vioapic_model_save(&pair.m, &before);
	for (i = 0; i < n; i++) {
		at = take(&pair.in, 2);
		/* Half of the time into the pins that matter */
		at = at & 0x8000 ? 144 + at % 64 : at % sizeof(before);
		bytes[at] ^= take(&pair.in, 1);
	}
	make_copy(0);
	untouched = copy;
	if (vioapic_model_restore(&copy, &before, &fx)) {
		check_same(fx.what, 0);
		check(!memcmp(&copy, &untouched, sizeof(copy)));
		return;
	}
	vioapic_model_save(&copy, &after);
	after.address = before.address;
	after.gsi_base = before.gsi_base;
	check(!memcmp(&before, &after, sizeof(before)));
	exercise_copy();
}

/* Whatever KVM's format says: either it is refused, or a model can go on with it */
static void from_hostile_kvm(struct kvm_ioapic_state *kvm)
{
	u8 *bytes = (u8 *)kvm;
	struct vioapic_effects fx;
	unsigned int i, n = take(&pair.in, 1) % 4;
	int ret;

	for (i = 0; i < n; i++)
		bytes[take(&pair.in, 1) % sizeof(*kvm)] ^= take(&pair.in, 1);
	ret = vioapic_state_from_kvm(&after, kvm, pair.m.chip, pair.m.pins, 0);
	if (ret) {
		check(ret == -EINVAL || ret == -ERANGE);
		return;
	}
	for (i = 0; i < pair.m.pins; i++)
		check(!(after.pin[i].rte & VIOAPIC_RTE_REMOTE_IRR) ||
		      vioapic_rte_is_level(after.pin[i].rte));
	make_copy(0);
	check_same(vioapic_model_restore(&copy, &after, &fx), 0);
	exercise_copy();
}

void pair_through_kvm(void)
{
	struct kvm_ioapic_state kvm, again;
	int ret;

	pair.what = "KVM's format";
	vioapic_model_save(&pair.m, &before);
	before.address = ADDRESS;
	ret = vioapic_state_to_kvm(&before, &kvm);
	if (!pair.r.owner) {
		check_same(ret, -EINVAL);
		return;
	}
	if (pair.m.pins > 24 || ref_register(&pair.r, 0) >> 28) {
		check_same(ret, -ERANGE);
		return;
	}
	check_same(ret, 0);
	check_same(vioapic_state_from_kvm(&after, &kvm, pair.m.chip, pair.m.pins, 0), 0);
	check_same(vioapic_state_to_kvm(&after, &again), 0);
	check(!memcmp(&kvm, &again, sizeof(kvm)));
	from_hostile_kvm(&kvm);
}
