// SPDX-License-Identifier: GPL-2.0
/* The model, run once more over what was recorded: see rerun.h. */
#include <stdio.h>
#include <string.h>
#include <vioapic/state.h>

#include "rerun.h"
#include "vioapic.h"

#define SOFTWARE	(~VIOAPIC_RTE_READONLY)

void rerun_start(struct rerun *rerun, const struct vioapic_state *state)
{
	struct vioapic_state quiet = *state;
	struct vioapic_model *m = &rerun->model;
	unsigned int pin;

	*rerun = (struct rerun){ 0 };
	vioapic_model_init(m, vioapic_chip_find(state->chip), state->role, state->pins, 0);
	/* How often it was sent in a row, the trace tells. */
	m->storm_limit = 0;
	/* As wide as the controller has it, which the state does not say */
	if (state->role == VIOAPIC_ROLE_SHADOW)
		vioapic_model_set_id_bits(m, 8);
	for (pin = 0; state->role == VIOAPIC_ROLE_OWNER && pin < state->pins; pin++) {
		quiet.pin[pin].rte &= ~VIOAPIC_RTE_DELIVS;
		quiet.pin[pin].flags = 0;
		quiet.pin[pin].storm = 0;
	}
	vioapic_model_restore(m, &quiet, &rerun->fx);
}

/* What the model has brought about and the trace has not */
static bool tell_due(const struct rerun *rerun, char *model)
{
	char change[DECODE_LEN];

	if (rerun->due & VIOAPIC_FX_ROUTE)
		snprintf(model, RERUN_LEN, "route pin %u: %s", rerun->fx.pin,
			 rte_diff_text(rerun->fx.old, rerun->fx.new, change));
	else
		snprintf(model, RERUN_LEN, "eoi   vector 0x%02x", rerun->fx.val);
	return false;
}

static bool step_write(struct rerun *rerun, const __u64 *field, char *model)
{
	struct vioapic_model *m = &rerun->model;

	vioapic_model_write(m, field[ACCESS_OFFSET], field[ACCESS_SIZE], field[ACCESS_VALUE],
			    &rerun->fx);
	rerun->due = rerun->fx.what & (VIOAPIC_FX_ROUTE | VIOAPIC_FX_EOI);
	if (m->role == VIOAPIC_SHADOW && rerun->fx.what & VIOAPIC_FX_ID)
		rerun->unread |= 1 << VIOAPIC_REG_ID | 1 << VIOAPIC_REG_ARB;
	if (field[ACCESS_INDEX] == m->ioregsel)
		return true;
	snprintf(model, RERUN_LEN, "IOREGSEL is 0x%02x after that, and not 0x%02llx",
		 m->ioregsel, field[ACCESS_INDEX]);
	return false;
}

/* The low half of an RTE, of which a read at @offset has seen @value */
static u32 low_half(u64 value, unsigned int offset)
{
	return offset > VIOAPIC_IOWIN ? value << 8 * (offset - VIOAPIC_IOWIN) :
					value >> 8 * (VIOAPIC_IOWIN - offset);
}

/* Delivery status follows the line, which nobody has traced. As a read of IOWIN sees it */
static u64 untraced(const struct vioapic_model *m, unsigned int offset, unsigned int size)
{
	unsigned int index = m->ioregsel;

	if (m->role != VIOAPIC_OWNER || index < VIOAPIC_REG_RTE || index & 1 ||
	    vioapic_rte_pin(index) >= m->pins || offset >= VIOAPIC_IOWIN + 4 ||
	    offset + size <= VIOAPIC_IOWIN)
		return 0;
	return offset > VIOAPIC_IOWIN ? VIOAPIC_RTE_DELIVS >> 8 * (offset - VIOAPIC_IOWIN) :
					VIOAPIC_RTE_DELIVS << 8 * (VIOAPIC_IOWIN - offset);
}

static bool step_read(struct rerun *rerun, const __u64 *field, char *model)
{
	unsigned int offset = field[ACCESS_OFFSET], size = field[ACCESS_SIZE];
	struct vioapic_model *m = &rerun->model;
	u64 value, seen = field[ACCESS_VALUE];

	if (m->ioregsel <= VIOAPIC_REG_ARB && rerun->unread & 1 << m->ioregsel &&
	    offset == VIOAPIC_IOWIN && size == sizeof(u32)) {
		vioapic_model_load(m, m->ioregsel, seen);
		rerun->unread &= ~(1 << m->ioregsel);
	}
	value = vioapic_model_read(m, offset, size, &rerun->fx);
	if (rerun->fx.what & VIOAPIC_FX_SAMPLE) {
		vioapic_model_sample(m, rerun->fx.pin, low_half(seen, offset));
		value = vioapic_model_read(m, offset, size, &rerun->fx);
	}
	if (field[ACCESS_INDEX] != m->ioregsel) {
		snprintf(model, RERUN_LEN, "IOREGSEL is 0x%02x, and not 0x%02llx", m->ioregsel,
			 field[ACCESS_INDEX]);
		return false;
	}
	if (!((value ^ seen) & ~untraced(m, offset, size)))
		return true;
	snprintf(model, RERUN_LEN, "it reads 0x%0*llx", size * 2, (unsigned long long)value);
	return false;
}

static bool step_access(struct rerun *rerun, const struct sample *sample, char *model)
{
	if (sample->field[ACCESS_WRITE])
		return step_write(rerun, sample->field, model);
	return step_read(rerun, sample->field, model);
}

static bool step_route(struct rerun *rerun, const __u64 *field, char *model)
{
	const struct vioapic_effects *fx = &rerun->fx;

	if (!(rerun->due & VIOAPIC_FX_ROUTE)) {
		snprintf(model, RERUN_LEN, "nobody has written this entry (vioapic restore has?)");
		return false;
	}
	if (field[ROUTE_PIN] != fx->pin || field[ROUTE_OLD] != fx->old ||
	    field[ROUTE_NEW] != fx->new)
		return tell_due(rerun, model);
	rerun->due &= ~VIOAPIC_FX_ROUTE;
	return true;
}

static bool step_eoi(struct rerun *rerun, const __u64 *field, char *model)
{
	if (!(rerun->due & VIOAPIC_FX_EOI)) {
		snprintf(model, RERUN_LEN, "nobody has written the EOI register");
		return false;
	}
	if (field[EOI_VECTOR] != rerun->fx.val)
		return tell_due(rerun, model);
	rerun->due = 0;
	return true;
}

/* Why @pin sends nothing though its line is asserted */
static const char *silence(u64 rte)
{
	if (rte & VIOAPIC_RTE_MASKED)
		return "it is masked";
	if (vioapic_rte_is_reserved(rte))
		return "its delivery mode is reserved";
	if (rte & VIOAPIC_RTE_REMOTE_IRR)
		return "its remote IRR is set, no EOI has come";
	return "it has nothing to send";
}

static bool step_deliver(struct rerun *rerun, const __u64 *field, char *model)
{
	struct vioapic_model *m = &rerun->model;
	unsigned int pin = field[DELIVER_PIN];
	char text[DECODE_LEN];
	bool sends;
	u64 rte;

	if (m->role != VIOAPIC_OWNER || pin >= m->pins) {
		snprintf(model, RERUN_LEN, "it has no message to send for pin %u", pin);
		return false;
	}
	rte = m->rte[pin];
	vioapic_model_claim(m, pin, VIOAPIC_CLAIM_PULSE, &rerun->fx);
	sends = rerun->fx.what & VIOAPIC_FX_DELIVER &&
		rerun->fx.deliver[pin / 64] >> (pin % 64) & 1;
	if (!sends) {
		snprintf(model, RERUN_LEN, "pin %u does not send: %s", pin, silence(rte));
		return false;
	}
	if ((field[DELIVER_RTE] ^ rte) & SOFTWARE) {
		snprintf(model, RERUN_LEN, "deliver pin %u: %s", pin, rte_text(rte, text));
		return false;
	}
	vioapic_model_delivered(m, pin, field[DELIVER_ACCEPTED]);
	return true;
}

bool rerun_step(struct rerun *rerun, const struct sample *sample, char *model)
{
	enum topic topic = sample->kind->topic;
	const __u64 *field = sample->field;

	if (topic == TOPIC_FAULT) {
		memcpy(rerun->fault, sample->text, sizeof(rerun->fault));
		return true;
	}
	/* In this order, and nothing in between */
	if ((rerun->due & VIOAPIC_FX_ROUTE && topic != TOPIC_ROUTE) ||
	    (rerun->due & VIOAPIC_FX_EOI && topic != TOPIC_ROUTE && topic != TOPIC_EOI))
		return tell_due(rerun, model);
	rerun->compared++;
	switch (topic) {
	case TOPIC_ACCESS:
	case TOPIC_GUEST_ACCESS:
		return step_access(rerun, sample, model);
	case TOPIC_ROUTE:
		return step_route(rerun, field, model);
	case TOPIC_EOI:
		return step_eoi(rerun, field, model);
	case TOPIC_DELIVER:
		return step_deliver(rerun, field, model);
	default:
		rerun->compared--;
		return true;
	}
}
