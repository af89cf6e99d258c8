// SPDX-License-Identifier: GPL-2.0
/*
 * A call on the model, and all that follows from it.
 *
 *	vioapic_guest_begin(guest, &call);
 *	vioapic_model_..(&guest->dev.model, .., &call.fx);
 *	vioapic_guest_finish(guest, &call);
 */
#include "guest.h"

#define STORM_PAUSE	msecs_to_jiffies(10)
/* Messages that are sent at once, under the lock; some hundred instructions each */
#define AT_ONCE		16

/* Something is in service, or was refused: it shall be looked at, now and then */
static void expect(struct vioapic_guest *guest)
{
	if (!guest->gone && !delayed_work_pending(&guest->tend))
		queue_delayed_work(vioapic_system_wq, &guest->tend, guest->period);
}

static void wait(struct vioapic_guest *guest, unsigned int pin)
{
	__set_bit(pin, guest->pending);
	guest->has_pending = true;
}

static void deliver_all(struct vioapic_guest *guest, const struct vioapic_effects *fx)
{
	unsigned int i, pin, n = 0;
	u64 map;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		for (map = fx->deliver[i]; map; map &= map - 1) {
			pin = 64 * i + __ffs64(map);
			if (n++ >= AT_ONCE || !vioapic_message_send(guest, pin))
				wait(guest, pin);
		}
	}
	expect(guest);
}

static void ask_claimants(struct vioapic_guest *guest, const struct vioapic_effects *fx)
{
	DECLARE_BITMAP(ended, VIOAPIC_PIN_SLOTS);

	bitmap_from_arr64(ended, fx->ended, VIOAPIC_PIN_SLOTS);
	bitmap_or(guest->resampled, guest->resampled, ended, VIOAPIC_MAX_PINS);
	if (!guest->gone)
		queue_work(system_highpri_wq, &guest->resample);
}

void vioapic_guest_carry_out(struct vioapic_guest *guest, const struct vioapic_effects *fx)
{
	lockdep_assert_held(&guest->dev.lock);
	vioapic_guest_device_changed(&guest->dev, fx);
	if (fx->what & VIOAPIC_FX_ENDED)
		ask_claimants(guest, fx);
	if (fx->what & VIOAPIC_FX_DELIVER)
		deliver_all(guest, fx);
	if ((fx->what & VIOAPIC_FX_STORM) && !guest->gone)
		queue_delayed_work(vioapic_system_wq, &guest->storm, STORM_PAUSE);
}

void vioapic_guest_finish(struct vioapic_guest *guest, struct vioapic_call *call)
	__releases(&guest->dev.lock)
{
	if (call->fx.what)
		vioapic_guest_carry_out(guest, &call->fx);
	vioapic_guest_page_update(guest);
	if (unlikely(guest->has_pending) && !guest->gone)
		queue_work(system_highpri_wq, &guest->send);
	raw_spin_unlock_irqrestore(&guest->dev.lock, call->flags);
}

static int next_pending(struct vioapic_guest *guest)
{
	unsigned int pin;

	raw_spin_lock_irq(&guest->dev.lock);
	pin = find_first_bit(guest->pending, VIOAPIC_MAX_PINS);
	if (pin < VIOAPIC_MAX_PINS)
		__clear_bit(pin, guest->pending);
	else
		guest->has_pending = false;
	raw_spin_unlock_irq(&guest->dev.lock);
	return pin < VIOAPIC_MAX_PINS ? pin : VIOAPIC_NO_PIN;
}

/* Each pin once or so: others may be as fast as we are */
void vioapic_guest_send_pending(struct vioapic_guest *guest)
{
	unsigned int n;
	int pin;

	mutex_lock(&guest->send_mutex);
	for (n = 0; n < VIOAPIC_MAX_PINS; n++) {
		pin = next_pending(guest);
		if (pin == VIOAPIC_NO_PIN)
			break;
		vioapic_message_send_slowly(guest, pin);
	}
	mutex_unlock(&guest->send_mutex);
	if (n < VIOAPIC_MAX_PINS)
		return;
	raw_spin_lock_irq(&guest->dev.lock);
	if (!guest->gone)
		queue_work(system_highpri_wq, &guest->send);
	raw_spin_unlock_irq(&guest->dev.lock);
}

static void send_work(struct work_struct *work)
{
	vioapic_guest_send_pending(container_of(work, struct vioapic_guest, send));
}

/* 10 ms after a pin was held back */
static void storm_over(struct work_struct *work)
{
	struct vioapic_guest *guest = container_of(to_delayed_work(work), struct vioapic_guest,
						   storm);
	struct vioapic_call call;

	vioapic_guest_begin(guest, &call);
	vioapic_model_storm_over(&guest->dev.model, &call.fx);
	vioapic_guest_finish_all(guest, &call);
}

void vioapic_guest_effects_init(struct vioapic_guest *guest)
{
	mutex_init(&guest->send_mutex);
	guest->flight = VIOAPIC_NO_PIN;
	INIT_DELAYED_WORK(&guest->storm, storm_over);
	INIT_WORK(&guest->send, send_work);
}
