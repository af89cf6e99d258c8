// SPDX-License-Identifier: GPL-2.0
/* The quick ways to drive a line leave the model as the general one does */
#include "model_owner_fixture.h"

#define CALLS	200000

struct twins {
	struct vioapic_model quick, plain;
	u32 seed;
	unsigned long sent, again;
};

static u32 any(struct twins *t)
{
	t->seed = t->seed * 1664525 + 1013904223;
	return t->seed >> 8;
}

/* Return: was it sent? */
static bool plain_line(struct twins *t, unsigned int pin, bool high, bool accepted)
{
	struct vioapic_effects fx;
	bool sent;

	vioapic_model_set_line(&t->plain, pin, high, &fx);
	sent = fx.what & VIOAPIC_FX_DELIVER;
	if (sent)
		vioapic_model_delivered(&t->plain, pin, accepted);
	return sent;
}

static void both_drive(struct twins *t, unsigned int pin, bool high, bool accepted)
{
	struct vioapic_effects fx;
	bool sent = false;
	u64 rte;

	switch (vioapic_model_drive(&t->quick, pin, high, &rte)) {
	case VIOAPIC_DRIVE_NOTHING:
		break;
	case VIOAPIC_DRIVE_SEND:
		assert_int_equal(rte, t->plain.rte[pin]);
		vioapic_model_driven(&t->quick, pin, rte, accepted);
		sent = true;
		break;
	case VIOAPIC_DRIVE_AGAIN:
		t->again++;
		assert_memory_equal(&t->quick, &t->plain, sizeof(t->quick));
		vioapic_model_set_line(&t->quick, pin, high, &fx);
		sent = fx.what & VIOAPIC_FX_DELIVER;
		if (sent)
			vioapic_model_delivered(&t->quick, pin, accepted);
		break;
	}
	assert_int_equal(sent, plain_line(t, pin, high, accepted));
	t->sent += sent;
}

static void both_pulse(struct twins *t, unsigned int pin, bool accepted)
{
	bool high = !(t->plain.rte[pin] & VIOAPIC_RTE_ACTIVE_LOW);
	u64 rte;

	if (!vioapic_model_pulse(&t->quick, pin, &rte)) {
		assert_memory_equal(&t->quick, &t->plain, sizeof(t->quick));
		return;
	}
	assert_int_equal(rte, t->plain.rte[pin]);
	if (accepted)
		vioapic_model_driven(&t->quick, pin, rte, true);
	assert_true(plain_line(t, pin, high, accepted));
	assert_false(plain_line(t, pin, !high, accepted));
	t->sent++;
}

static void deliver_all(struct vioapic_model *m, const struct vioapic_effects *fx, bool accepted)
{
	unsigned int pin;

	for (pin = 0; fx->what & VIOAPIC_FX_DELIVER && pin < m->pins; pin++)
		if (fx->deliver[pin / 64] >> pin % 64 & 1)
			vioapic_model_delivered(m, pin, accepted);
}

static void both_write(struct twins *t, unsigned int offset, u32 value, bool accepted)
{
	struct vioapic_effects fx;

	vioapic_model_write(&t->quick, offset, 4, value, &fx);
	deliver_all(&t->quick, &fx, accepted);
	vioapic_model_write(&t->plain, offset, 4, value, &fx);
	deliver_all(&t->plain, &fx, accepted);
}

/* Few vectors, so that EOIs hit; mostly fixed and unmasked, so that there is something to send */
static u32 some_rte(struct twins *t)
{
	u32 rte = (any(t) & 0xa000) | 0x30 | (any(t) & 3);

	if (!(any(t) & 7))
		rte |= any(t) & 0x700;
	if (!(any(t) & 7))
		rte |= VIOAPIC_RTE_MASKED;
	return rte;
}

static void step(struct twins *t)
{
	unsigned int pin = any(t) % t->plain.pins;
	bool accepted = any(t) & 15;

	switch (any(t) % 8) {
	case 0:
		both_write(t, VIOAPIC_IOREGSEL, VIOAPIC_REG_RTE + 2 * pin, accepted);
		both_write(t, VIOAPIC_IOWIN, some_rte(t), accepted);
		break;
	case 1:
		both_write(t, VIOAPIC_EOI, 0x30 | (any(t) & 3), accepted);
		break;
	case 2:
	case 3:
		both_pulse(t, pin, accepted);
		break;
	default:
		both_drive(t, pin, any(t) & 1, accepted);
	}
	assert_memory_equal(&t->quick, &t->plain, sizeof(t->quick));
}

static void run(u32 storm_limit, unsigned int pins)
{
	struct twins t = { .seed = storm_limit + pins };
	unsigned int i;

	assert_int_equal(vioapic_model_init(&t.plain, vioapic_chip_find("generic240"),
					    VIOAPIC_OWNER, pins, 1), 0);
	t.plain.storm_limit = storm_limit;
	t.quick = t.plain;
	for (i = 0; i < CALLS; i++)
		step(&t);
	assert_true(t.sent > CALLS / 10);
	assert_true(t.again > CALLS / 100);
}

static void driving_quickly_is_driving(void **state)
{
	run(VIOAPIC_STORM_LIMIT, 4);
	run(VIOAPIC_STORM_LIMIT, 240);
	(void)state;
}

static void driving_quickly_knows_of_storms(void **state)
{
	run(3, 2);
	run(1, 2);
	run(0, 2);
	(void)state;
}

/* For want of nothing is the general way taken: that would cost, and nothing else */
static void whatever_its_rte_an_idle_pin_is_driven_quickly(void **state)
{
	struct fixture f;
	bool quick, high;
	u64 want, rte;

	begin(&f, MASKED);
	for (want = 0; want < 2 * MASKED; want++) {
		quick = !(want & (MASKED | IRR | DELIVS)) && (want & MODE(7)) <= MODE(1);
		high = !(want & LOW);
		f.m.rte[PIN] = want;
		f.m.line[PIN] = 0;
		assert_int_equal(vioapic_model_drive(&f.m, PIN, !high, &rte),
				 quick ? VIOAPIC_DRIVE_NOTHING : VIOAPIC_DRIVE_AGAIN);
		assert_int_equal(rte, want);
		f.m.redeliver[PIN] = 1;
		assert_int_equal(vioapic_model_pulse(&f.m, PIN, &rte), quick);
		assert_int_equal(rte, want);
		assert_int_equal(f.m.redeliver[PIN], !quick);
		assert_int_equal(vioapic_model_drive(&f.m, PIN, high, &rte),
				 quick ? VIOAPIC_DRIVE_SEND : VIOAPIC_DRIVE_AGAIN);
	}
	(void)state;
}

static void at_the_limit_of_a_storm_only_edges_are_driven_quickly(void **state)
{
	struct fixture f;
	unsigned int n;
	u64 rte;

	for (n = 0; n < 5; n++) {
		begin(&f, EDGE);
		f.m.storm_limit = 3;
		f.m.redeliver[PIN] = n;
		assert_int_equal(vioapic_model_drive(&f.m, PIN, true, &rte), VIOAPIC_DRIVE_SEND);
		begin(&f, LEVEL);
		f.m.storm_limit = 3;
		f.m.redeliver[PIN] = n;
		assert_int_equal(vioapic_model_drive(&f.m, PIN, true, &rte),
				 n < 3 ? VIOAPIC_DRIVE_SEND : VIOAPIC_DRIVE_AGAIN);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driving_quickly_is_driving),
		cmocka_unit_test(driving_quickly_knows_of_storms),
		cmocka_unit_test(whatever_its_rte_an_idle_pin_is_driven_quickly),
		cmocka_unit_test(at_the_limit_of_a_storm_only_edges_are_driven_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
