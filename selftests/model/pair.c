// SPDX-License-Identifier: GPL-2.0
/* See pair.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <vioapic/state.h>
#include "bytes.h"
#include "pair.h"
#include "pair_impl.h"
#include "reference.h"

/* Every so many calls, all of both models is compared, not just what was told */
#define ALL_OF_IT	64

struct pair pair;
static char sentence[256];
static jmp_buf stop;

void wrong(const char *format, ...)
{
	va_list ap;
	int n;

	n = snprintf(sentence, sizeof(sentence), "%s, %s, %u pins: %s: ", pair.m.chip->name,
		     pair.r.owner ? "owner" : "shadow", pair.m.pins, pair.what);
	va_start(ap, format);
	vsnprintf(sentence + n, sizeof(sentence) - n, format, ap);
	va_end(ap);
	longjmp(stop, 1);
}

/* Compare */

static void compare_deliveries(void)
{
	unsigned int pin, n = 0;

	for (pin = 0; pin < VIOAPIC_PIN_WORDS; pin++)
		n += __builtin_popcountll(pair.fx.deliver[pin]);
	check_same(n, pair.e.deliveries);
	for (pin = 0; n && pin < pair.m.pins; pin++) {
		u64 rte = pair.m.rte[pin];

		if (!in_map(pair.fx.deliver, pin))
			continue;
		n--;
		if (!pair.e.deliver[pin])
			wrong("pin %u sends, the reference's does not", pin);
		/* And for a reason that can be seen */
		check(!(rte & VIOAPIC_RTE_MASKED) && !vioapic_rte_is_reserved(rte));
		check(pair.pulse || vioapic_line_is_asserted(pair.m.line[pin], rte));
		check(!vioapic_rte_is_level(rte) || !(rte & VIOAPIC_RTE_REMOTE_IRR));
		pair.due[pin / 64] |= 1ULL << (pin % 64);
	}
}

/* Of the pins whose service has just ended, some of it has not */
static void stick_some(void)
{
	unsigned int pin;

	for (pin = 0; pin < pair.m.pins; pin++) {
		if (!in_map(pair.served, pin) || vioapic_model_in_service(&pair.m, pin))
			continue;
		if (take(&pair.in, 1) & 1)
			continue;
		vioapic_model_stick(&pair.m, pin, &pair.fx);
		ref_stick(&pair.r, pin, &pair.e);
	}
}

static void compare_endings(void)
{
	unsigned int pin, n = 0;

	for (pin = 0; pin < VIOAPIC_PIN_WORDS; pin++)
		n += __builtin_popcountll(pair.fx.ended[pin]);
	check_same(n, pair.e.endings);
	for (pin = 0; pin < pair.m.pins; pin++)
		check_same(in_map(pair.fx.ended, pin), pair.e.ended[pin]);
}

static void compare_effects(void)
{
	const struct vioapic_effects *fx = &pair.fx;
	const struct ref_effects *e = &pair.e;
	u32 what = 0;

	if (pair.broken)
		stick_some();
	what |= e->sample ? VIOAPIC_FX_SAMPLE : 0;
	what |= e->id ? VIOAPIC_FX_ID : 0;
	what |= e->route ? VIOAPIC_FX_ROUTE : 0;
	what |= e->eoi ? VIOAPIC_FX_EOI : 0;
	what |= e->deliveries ? VIOAPIC_FX_DELIVER : 0;
	what |= e->storm ? VIOAPIC_FX_STORM : 0;
	what |= e->endings ? VIOAPIC_FX_ENDED : 0;
	check_same(fx->what, what);
	if (e->sample)
		check_same(fx->pin, e->sample_pin);
	if (e->id)
		check_same(fx->val, e->new_id);
	if (e->route) {
		check_same(fx->pin, e->route_pin);
		check_same(fx->old, e->route_old);
		check_same(fx->new, e->route_new);
	}
	if (e->eoi)
		check_same(fx->val, e->eoi_vector);
	if (e->storm)
		check_same(fx->pin, e->storm_pin);
	if (e->deliveries)
		compare_deliveries();
	if (e->endings)
		compare_endings();
}

static void compare_register(unsigned int index)
{
	u32 ours = vioapic_model_register(&pair.m, index), theirs = ref_register(&pair.r, index);

	if (ours != theirs)
		wrong("register %#x reads %#x, the reference's %#x", index, ours, theirs);
}

static void compare_pin(unsigned int pin)
{
	const struct ref_pin *p = &pair.r.pin[pin];
	u32 count = pair.m.redeliver[pin], line = pair.m.line[pin];

	check_same(!!(line & VIOAPIC_LINE_SENT), p->outcome_due);
	check_same(!!(vioapic_line_electric(line) & VIOAPIC_LINE_DRIVEN), p->driven);
	check_same(!!(vioapic_line_electric(line) & VIOAPIC_LINE_HIGH), p->line);
	check_same(!!(line & VIOAPIC_LINE_CLAIMED), p->claimed);
	check_same(!!(line & VIOAPIC_LINE_SERVICE), p->claimed_for_service);
	check(!(line & VIOAPIC_LINE_CLAIMS) ||
	      vioapic_line_is_asserted(line, pair.m.rte[pin]));
	check_same(count, p->held ? VIOAPIC_HELD : p->redeliveries);
	check_same(in_map(pair.m.irr, pin),
		   pair.r.owner && p->remote_irr && pair.m.rte[pin] & VIOAPIC_RTE_LEVEL);
	check_same(vioapic_model_in_service(&pair.m, pin), p->remote_irr);
	check(pair.broken || !pair.r.owner || !p->remote_irr ||
	      pair.m.rte[pin] & VIOAPIC_RTE_LEVEL);
	check_same(pair.m.ask[VIOAPIC_REG_RTE + 2 * pin], p->unknown);
	check(!p->unknown || !pair.r.owner);
}

static void compare_all(void)
{
	static struct vioapic_state state;
	unsigned int i;

	check_same(pair.m.ioregsel, pair.r.index);
	for (i = 0; i < 0x10 + 2u * pair.m.pins; i++)
		compare_register(i);
	for (i = 0; i < pair.m.pins; i++)
		compare_pin(i);
	/* Beyond the last pin there is nothing, ever */
	for (i = pair.m.pins; i < VIOAPIC_PIN_SLOTS; i++)
		check(!pair.m.rte[i] && !pair.m.line[i] && !pair.m.redeliver[i] &&
		      !in_map(pair.m.irr, i));
	for (i = 0x10 + 2 * pair.m.pins; i < VIOAPIC_REGS; i++)
		check(!pair.m.ask[i]);
	vioapic_model_save(&pair.m, &state);
	check_same(vioapic_state_check(&state), -EINVAL);
	state.address = ADDRESS;
	check_same(vioapic_state_check(&state), 0);
}

/* Outcomes */

static void outcome(unsigned int pin, bool accepted)
{
	vioapic_model_delivered(&pair.m, pin, accepted);
	ref_delivered(&pair.r, pin, accepted);
}

static void report_outcomes(void)
{
	unsigned int pin, i;
	u32 accepted = 0;
	u64 any = 0;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		any |= pair.due[i];
	if (!any)
		return;
	accepted = take(&pair.in, 1);
	for (pin = 0; pin < pair.m.pins; pin++) {
		if (!in_map(pair.due, pin))
			continue;
		outcome(pin, !(accepted >> pin % 8 & 1));
		compare_register(0x10 + 2 * pin);
	}
	memset(pair.due, 0, sizeof(pair.due));
}

/* Calls */

static void call_access(bool write)
{
	static const u16 bases[] = { 0, 0x10, 0x10, 0x40, 0, 0x10, 0x40, 0xff8 };
	unsigned int b = take(&pair.in, 1), offset = bases[b >> 5] + b % 16 - 4;
	unsigned int size = take(&pair.in, 1);
	u64 value;

	size = size < 0xf0 ? 1u << size % 4 : take(&pair.in, 4);
	if (b % 32 >= 16)
		offset = b % 32 == 16 ? take(&pair.in, 4) : bases[b >> 5];
	if (write) {
		pair.what = "write";
		value = take_u64(&pair.in);
		vioapic_model_write(&pair.m, offset, size, value, &pair.fx);
		ref_write(&pair.r, offset, size, value, &pair.e);
	} else {
		pair.what = "read";
		value = vioapic_model_read(&pair.m, offset, size, &pair.fx);
		check_same(value, ref_read(&pair.r, offset, size, &pair.e));
	}
	compare_effects();
	check_same(pair.m.ioregsel, pair.r.index);
	compare_register(pair.r.index);
}

static void write_window(u32 offset, u32 value)
{
	vioapic_model_write(&pair.m, offset, 4, value, &pair.fx);
	ref_write(&pair.r, offset, 4, value, &pair.e);
	compare_effects();
}

static void call_register(void)
{
	u32 index = take(&pair.in, 1), value;

	if (index >= 0xf0)
		index = take(&pair.in, 2);
	else if (index >= 0x40)
		index = 0x10 + 2 * (take_pin(&pair.in, pair.m.pins) & 0xff) + index % 2;
	pair.what = "write of a register";
	write_window(VIOAPIC_IOREGSEL, index);
	value = index >= 0x10 && !(index & 1) ? take_low(&pair.in) : take(&pair.in, 4);
	write_window(VIOAPIC_IOWIN, value);
	compare_register(pair.r.index);
	compare_register(0);
	compare_register(2);
}

static void call_iowin(void)
{
	struct ref_effects e;
	u32 value, index = take(&pair.in, 2);
	bool known;

	pair.what = "short read of IOWIN";
	value = ref_read(&pair.r, VIOAPIC_IOWIN, 4, &e);
	known = vioapic_model_iowin(&pair.m, &index);
	check_same(known, !e.sample);
	if (known)
		check_same(index, value);
	compare_register(take(&pair.in, 2) % VIOAPIC_REGS);
	check_same(vioapic_model_register(&pair.m, VIOAPIC_REGS + take(&pair.in, 4) / 2), 0);
}

static void call_line(void)
{
	unsigned int pin = take_pin(&pair.in, pair.m.pins);
	bool high = take(&pair.in, 1) & 1;

	pair.what = "line";
	vioapic_model_set_line(&pair.m, pin, high, &pair.fx);
	ref_set_line(&pair.r, pin, high, &pair.e);
	compare_effects();
	if (pin < pair.m.pins)
		compare_register(0x10 + 2 * pin);
}

static void call_eoi(void)
{
	u8 vector = take_vector(&pair.in);

	pair.what = "EOI";
	vioapic_model_eoi(&pair.m, vector, &pair.fx);
	ref_eoi(&pair.r, vector, &pair.e);
	compare_effects();
}

static void call_storm_over(void)
{
	pair.what = "end of a storm";
	vioapic_model_storm_over(&pair.m, &pair.fx);
	ref_storm_over(&pair.r, &pair.e);
	compare_effects();
}

static void call_reset(void)
{
	pair.what = "reset";
	vioapic_model_reset(&pair.m, &pair.fx);
	ref_reset(&pair.r, &pair.e);
	check_same(pair.fx.what, pair.e.endings ? VIOAPIC_FX_ENDED : 0);
	if (pair.e.endings)
		compare_endings();
	memset(pair.due, 0, sizeof(pair.due));
	compare_all();
}

/* Somebody claims a line, or a message is taken its time for: (owner) */
static void call_claim(void)
{
	unsigned int pin = take_pin(&pair.in, pair.m.pins), how = take(&pair.in, 1) % 16;
	u64 ours = 0, theirs = 0;

	switch (how) {
	case 0 ... 9:
		how %= 4;
		pair.what = "claim";
		pair.pulse = how >= 2;
		vioapic_model_claim(&pair.m, pin, how, &pair.fx);
		ref_claim(&pair.r, pin, how, &pair.e);
		compare_effects();
		pair.pulse = false;
		break;
	case 10:
		pair.what = "letting go";
		vioapic_model_let_go(&pair.m, pin, &pair.fx);
		ref_let_go(&pair.r, pin, &pair.e);
		compare_effects();
		break;
	case 11:
		pair.what = "end of a service";
		vioapic_model_end(&pair.m, pin, &pair.fx);
		ref_end(&pair.r, pin, &pair.e);
		compare_effects();
		break;
	case 12:
		pair.what = "retry";
		vioapic_model_retry(&pair.m, pin, &pair.fx);
		ref_retry(&pair.r, pin, &pair.e);
		compare_effects();
		break;
	case 13 ... 14:
		pair.what = "taking a message";
		check_same(vioapic_model_take(&pair.m, pin, &ours),
			   ref_take(&pair.r, pin, &theirs));
		check_same(ours, theirs);
		break;
	case 15:
		pair.what = "a message refused";
		ours = take_low(&pair.in);
		vioapic_model_refused(&pair.m, pin, ours);
		ref_refused(&pair.r, pin, ours);
		break;
	}
	if (pin < pair.m.pins)
		compare_register(0x10 + 2 * pin);
}

static void call_controller(void)
{
	u32 pin = take_pin(&pair.in, pair.m.pins), index, value;

	if (take(&pair.in, 1) & 1) {
		pair.what = "sample";
		value = take(&pair.in, 2);
		vioapic_model_sample(&pair.m, pin, value);
		ref_sample(&pair.r, pin, value);
	} else {
		pair.what = "load";
		index = pin + take(&pair.in, 1) % 16;
		value = take_low(&pair.in) ^ take(&pair.in, 2);
		/* That is where the number of pins comes from, and which chip it is */
		if (index == VIOAPIC_REG_VERSION)
			value = (value & 0xff00ff00) | (pair.m.pins - 1) << 16 |
				pair.m.chip->version;
		vioapic_model_load(&pair.m, index, value);
		ref_load(&pair.r, index, value);
		if (index < VIOAPIC_REGS)
			compare_register(index);
	}
	if (pin < pair.m.pins)
		compare_register(0x10 + 2 * pin);
}

static void call_limit(void)
{
	u32 b = take(&pair.in, 1);

	pair.m.storm_limit = b < 0xe0 ? b % 5 : b;
	pair.r.limit = pair.m.storm_limit;
}

static void call_late_outcome(void)
{
	unsigned int pin = take_pin(&pair.in, pair.m.pins);

	pair.what = "outcome";
	outcome(pin, take(&pair.in, 1) & 1);
	if (pin < pair.m.pins)
		compare_register(0x10 + 2 * pin);
}

static void note_served(void)
{
	unsigned int pin;

	memset(pair.served, 0, sizeof(pair.served));
	for (pin = 0; pair.broken && pin < pair.m.pins; pin++)
		if (vioapic_model_in_service(&pair.m, pin))
			pair.served[pin / 64] |= 1ULL << (pin % 64);
}

static void step(void)
{
	u32 op = take(&pair.in, 1) % 32;

	/* Anything but these, and the outcomes are due first */
	if (op == 0) {
		pair_save_and_restore();
		return;
	}
	if (op == 1) {
		pair_restore_hostile();
		return;
	}
	if (pair.tidy)
		report_outcomes();
	note_served();
	switch (op) {
	case 2 ... 3:
		call_access(false);
		break;
	case 4 ... 6:
		call_access(true);
		break;
	case 7 ... 13:
		call_register();
		break;
	case 14 ... 20:
		call_line();
		break;
	case 21 ... 24:
		call_eoi();
		break;
	case 25:
		call_storm_over();
		break;
	case 26:
		/* Rarely: it ends all that was built up */
		if (take(&pair.in, 1) < 0x20)
			call_reset();
		break;
	case 27 ... 28:
		if (pair.r.owner)
			call_claim();
		else
			call_controller();
		break;
	case 29:
		call_iowin();
		break;
	case 30:
		if (take(&pair.in, 1) & 1)
			call_limit();
		else
			pair_through_kvm();
		break;
	case 31:
		if (pair.tidy)
			call_late_outcome();
		else
			report_outcomes();
		break;
	}
}

static void begin(const u8 *data, size_t size)
{
	static const unsigned int few[] = { 0, 0, 0, 1, 2, 24, 120, 121 };
	unsigned int chip = 0, flags, pins, id;
	enum vioapic_role role;

	memset(&pair, 0xa5, sizeof(pair));
	memset(pair.due, 0, sizeof(pair.due));
	pair.calls = 0;
	pair.pulse = false;
	pair.in.data = data;
	pair.in.left = size;
	pair.what = "init";
	while (vioapic_chips[chip].name)
		chip++;
	chip = take(&pair.in, 1) % chip;
	flags = take(&pair.in, 1);
	pins = take(&pair.in, 1);
	pins = flags & 0x40 ? pins : few[pins % 8];
	id = take(&pair.in, 1);
	pair.tidy = flags & 6;
	pair.broken = flags & 0x80;
	pair.m.chip = &vioapic_chips[chip];
	pair.m.pins = 0;
	role = flags & 0x38 ? VIOAPIC_OWNER : VIOAPIC_SHADOW;
	if (!ref_init(&pair.r, vioapic_chips[chip].name, role == VIOAPIC_OWNER, pins, id)) {
		check_same(vioapic_model_init(&pair.m, &vioapic_chips[chip], role, pins, id),
			   -EINVAL);
		id = 0;
		pins = 0;
		ref_init(&pair.r, vioapic_chips[chip].name, role == VIOAPIC_OWNER, pins, id);
	}
	check_same(vioapic_model_init(&pair.m, &vioapic_chips[chip], role, pins, id), 0);
	call_limit();
	compare_all();
}

const char *pair_run(const u8 *data, size_t size, unsigned long *steps)
{
	if (setjmp(stop))
		return sentence;
	begin(data, size);
	while (pair.in.left) {
		step();
		++*steps;
		if (++pair.calls % ALL_OF_IT == 0)
			compare_all();
	}
	compare_all();
	return NULL;
}
