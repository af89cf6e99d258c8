/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The I/O APIC as a pure state machine.
 *
 * Every function here changes a struct vioapic_model and says what follows
 * from it in a struct vioapic_effects; none calls out, allocates, locks,
 * sleeps or logs.  The caller serialises all calls on one model (in the
 * kernel: under the lock of the device) and carries the effects out, still
 * under that lock, in the order ID, ROUTE, EOI, DELIVER.
 *
 * Intel 82093AA datasheet (290566), section 3; Intel ICH10 datasheet, 13.5.
 */
#ifndef VIOAPIC_MODEL_H
#define VIOAPIC_MODEL_H

#include <vioapic/rte.h>

#define VIOAPIC_MAX_PINS	240
#define VIOAPIC_STORM_LIMIT	10000	/* where struct vioapic_model.storm_limit starts */

/* Offsets in the register page */
#define VIOAPIC_IOREGSEL	0x00
#define VIOAPIC_IOWIN		0x10
#define VIOAPIC_EOI		0x40
#define VIOAPIC_WINDOW		0x100	/* beyond this there is nothing on any chip */

/* Values of IOREGSEL */
#define VIOAPIC_REG_ID		0x00
#define VIOAPIC_REG_VERSION	0x01
#define VIOAPIC_REG_ARB		0x02
#define VIOAPIC_REG_BOOT	0x03
#define VIOAPIC_REG_RTE		0x10	/* low half of pin n: 0x10 + 2n, high half: 0x11 + 2n */

/* IOREGSEL value of the low half of the RTE of @pin; that of the high half is the next */
static inline unsigned int vioapic_rte_index(unsigned int pin)
{
	return VIOAPIC_REG_RTE + 2 * pin;
}

/* The pin whose RTE register @index, from VIOAPIC_REG_RTE on, is a half of */
static inline unsigned long vioapic_rte_pin(unsigned long index)
{
	return (index - VIOAPIC_REG_RTE) / 2;
}

/**
 * enum vioapic_role - who keeps the pins
 * @VIOAPIC_SHADOW: a controller behind us does; the model mirrors its registers
 * @VIOAPIC_OWNER:  the model does
 */
enum vioapic_role { VIOAPIC_SHADOW, VIOAPIC_OWNER };

/**
 * struct vioapic_chip - a personality
 * @name:     as users write it, such as "82093aa"
 * @version:  what the version register reads in bits 0-7
 * @id_bits:  width of the ID field, from bit 24 up: 4 or 8
 * @id_scratch: bits of the ID register that software can write and that mean nothing
 * @pins:     redirection entries unless asked for otherwise; 1..240
 * @has_eoi:  there is an EOI register at offset 0x40
 * @has_arb:  the arbitration register (index 2) follows the ID; else reads 0
 * @boot:     what index 3 (boot configuration) reads
 * @rte_mask: bits of an RTE that software can write; the others keep what they
 *            are: zero, or what a shadow's controller read when it was loaded
 */
struct vioapic_chip {
	const char *name;
	u8 version;
	u8 id_bits;
	u16 id_scratch;
	u16 pins;
	bool has_eoi;
	bool has_arb;
	u32 boot;
	u64 rte_mask;
};

/**
 * enum vioapic_fx - what follows from a change of state
 * @VIOAPIC_FX_SAMPLE:  (shadow, read) the answer contains bits of RTE @pin that
 *                      the controller owns: give them to vioapic_model_sample()
 *                      and read again.  The second answer is good whatever @what
 *                      says then: an unmasked level pin asks every time, an
 *                      edge pin as long as remote IRR is left of its time as a level pin
 * @VIOAPIC_FX_ID:      the ID changed to @val.  What a controller makes of it
 *                      (width, arbitration ID) only the controller knows: a
 *                      shadow reloads registers 0 and 2 after passing it on
 * @VIOAPIC_FX_ROUTE:   RTE @pin changed from @old to @new
 * @VIOAPIC_FX_EOI:     the EOI register was written with vector @val
 * @VIOAPIC_FX_DELIVER: each pin in @deliver has a message to send, as its RTE
 *                      says; report each with vioapic_model_delivered()
 * @VIOAPIC_FX_STORM:   pin @pin was re-delivered too often without pause: its
 *                      message is held back until vioapic_model_storm_over().
 *                      After an EOI there may be more such pins, @pin is the last
 * @VIOAPIC_FX_ENDED:   each pin in @ended has lost VIOAPIC_CLAIM_SERVICE: who claimed
 *                      it is to be asked whether he still does
 */
enum vioapic_fx {
	VIOAPIC_FX_SAMPLE	= 1 << 0,
	VIOAPIC_FX_ID		= 1 << 1,
	VIOAPIC_FX_ROUTE	= 1 << 2,
	VIOAPIC_FX_EOI		= 1 << 3,
	VIOAPIC_FX_DELIVER	= 1 << 4,
	VIOAPIC_FX_STORM	= 1 << 5,
	VIOAPIC_FX_ENDED	= 1 << 6,
};

#define VIOAPIC_PIN_WORDS	((VIOAPIC_MAX_PINS + 63) / 64)

/**
 * struct vioapic_effects - effects of one call; only the fields that @what
 * names are valid, so that nobody pays for clearing the others
 * @what:    VIOAPIC_FX_* or-ed together; every call sets it
 * @val:     new ID, or vector of an EOI
 * @pin:     for SAMPLE, ROUTE and STORM
 * @old:     RTE before
 * @new:     RTE after; both without the bits in VIOAPIC_RTE_READONLY
 * @deliver: bit n % 64 of word n / 64 stands for pin n
 * @ended:   likewise
 */
struct vioapic_effects {
	u32 what;
	u16 pin;
	u8 val;
	u64 old;
	u64 new;
	u64 deliver[VIOAPIC_PIN_WORDS];
	u64 ended[VIOAPIC_PIN_WORDS];
};

/*
 * Arrays are sized by what an index can express, not by what a chip has, so
 * that cutting the index to its width (an AND, which holds under speculation
 * too) is all that keeps it inside.
 */
#define VIOAPIC_PIN_SLOTS	(64 * VIOAPIC_PIN_WORDS)
#define VIOAPIC_REGS		512
#define VIOAPIC_HELD		0xffffffffU

/*
 * IOREGSEL is 8 bits wide; 9 with more than 120 pins, as no 8-bit index reaches
 * further than pin 119.
 */
static inline unsigned int vioapic_index_mask(unsigned int pins)
{
	return VIOAPIC_REG_RTE + 2 * pins > 256 ? VIOAPIC_REGS - 1 : 255;
}

/**
 * enum vioapic_line - what the model knows of a line
 * @VIOAPIC_LINE_SENT:    in FX_DELIVER, and the outcome was not reported yet
 * @VIOAPIC_LINE_CLAIMED: asserted by vioapic_model_claim(), whatever the polarity
 * @VIOAPIC_LINE_SERVICE: the same until the service that is due or at hand has ended
 * @VIOAPIC_LINE_KEPT_HIGH, @VIOAPIC_LINE_KEPT_DRIVEN: while it is claimed: how it is
 *                        driven electrically
 * @VIOAPIC_LINE_HIGH:    driven high, before polarity; of a claimed one, as it must be
 *                        for this pin to be asserted
 * @VIOAPIC_LINE_DRIVEN:  was ever driven; else it is deasserted, whatever the polarity
 *
 * HIGH lies where RTEs have the polarity and DRIVEN where those of an owner have
 * nothing, so that one comparison of (line ^ RTE) tells all that can be asked.
 */
enum vioapic_line {
	VIOAPIC_LINE_SENT	= 1 << 0,
	VIOAPIC_LINE_CLAIMED	= 1 << 1,
	VIOAPIC_LINE_SERVICE	= 1 << 2,
	VIOAPIC_LINE_KEPT_HIGH	= 1 << 3,
	VIOAPIC_LINE_KEPT_DRIVEN = 1 << 4,
	VIOAPIC_LINE_HIGH	= 1 << 13,
	VIOAPIC_LINE_DRIVEN	= 1 << 17,
};

#define VIOAPIC_LINE_ASSERTED	(VIOAPIC_LINE_HIGH | VIOAPIC_LINE_DRIVEN)
#define VIOAPIC_LINE_CLAIMS	(VIOAPIC_LINE_CLAIMED | VIOAPIC_LINE_SERVICE)

/**
 * vioapic_line_of() - a line that is driven and claimed
 * @electric: VIOAPIC_LINE_HIGH and VIOAPIC_LINE_DRIVEN
 * @claims:   VIOAPIC_LINE_CLAIMED and VIOAPIC_LINE_SERVICE
 * @rte:      of the pin
 */
static inline u32 vioapic_line_of(u32 electric, u32 claims, u64 rte)
{
	static_assert((u64)VIOAPIC_LINE_HIGH == VIOAPIC_RTE_ACTIVE_LOW, "not in the same place");
	if (!claims)
		return electric;
	return claims | VIOAPIC_LINE_DRIVEN | (~rte & VIOAPIC_LINE_HIGH) |
	       (electric & VIOAPIC_LINE_HIGH ? VIOAPIC_LINE_KEPT_HIGH : 0) |
	       (electric & VIOAPIC_LINE_DRIVEN ? VIOAPIC_LINE_KEPT_DRIVEN : 0);
}

/** vioapic_line_electric() - the first argument of vioapic_line_of() that made @line */
static inline u32 vioapic_line_electric(u32 line)
{
	if (!(line & VIOAPIC_LINE_CLAIMS))
		return line & VIOAPIC_LINE_ASSERTED;
	return (line & VIOAPIC_LINE_KEPT_HIGH ? VIOAPIC_LINE_HIGH : 0) |
	       (line & VIOAPIC_LINE_KEPT_DRIVEN ? VIOAPIC_LINE_DRIVEN : 0);
}

/* @line: VIOAPIC_LINE_* or-ed together */
static inline bool vioapic_line_is_asserted(u32 line, u64 rte)
{
	return ((line ^ rte) & VIOAPIC_LINE_ASSERTED) == VIOAPIC_LINE_ASSERTED;
}

/* A level-triggered pin that has a message to send, unless it is held back */
static inline bool vioapic_line_waits(u32 line, u64 rte)
{
	return ((line ^ rte) & (VIOAPIC_LINE_ASSERTED | VIOAPIC_RTE_READY_BITS)) ==
	       (VIOAPIC_LINE_ASSERTED | VIOAPIC_RTE_LEVEL);
}

/**
 * struct vioapic_model - one I/O APIC; whoever serialises calls on it may read every field,
 * and write @storm_limit and, of a shadow, @ioregsel
 * @chip:       personality
 * @pins:       redirection entries, 1..240
 * @ioregsel:   the index that software selected last
 * @index_mask: bits that @ioregsel has, see vioapic_index_mask()
 * @role:       enum vioapic_role
 * @plain:      an owner, and nobody has ever claimed a line of it: most of what happens takes
 *              a shorter way then
 * @storm_limit: EOIs in a row that find the line still asserted before a pin is held
 *              back; 0 is never (owner); may be set at any time
 * @reset_id:   the ID register at reset
 * @id_mask:    bits of the ID register that software can write
 * @rte_mask:   the halves of the chip's, low half first
 * @reg:        every register as IOWIN reads it; 0 where there is none
 * @head:       the registers before the redirection table
 * @rte:        redirection table
 * @ask:        (shadow) by index: the register holds bits that only the controller
 *              knows.  Low halves of level pins, but for masked ones that were
 *              seen with delivery status and remote IRR clear: those stay clear
 * @irr:        level-triggered pins with remote IRR set, as in @rte (owner): those
 *              that an EOI can be for
 * @line:       VIOAPIC_LINE_* or-ed together, by pin (owner)
 * @redeliver:  EOIs in a row that found the line asserted, or VIOAPIC_HELD if the
 *              pin is in storm protection, by pin (owner)
 */
struct vioapic_model {
	const struct vioapic_chip *chip;
	u32 pins;
	u16 ioregsel;
	u16 index_mask;
	u8 role;
	bool plain;
	u32 storm_limit;
	u32 reset_id;
	u32 id_mask;
	u32 rte_mask[2];
	union {
		u32 reg[VIOAPIC_REG_RTE + 2 * VIOAPIC_PIN_SLOTS];
		struct {
			u32 head[VIOAPIC_REG_RTE];
			u64 rte[VIOAPIC_PIN_SLOTS];
		};
	};
	u8 ask[VIOAPIC_REGS];
	u64 irr[VIOAPIC_PIN_WORDS];
	u32 line[VIOAPIC_PIN_SLOTS];
	u32 redeliver[VIOAPIC_PIN_SLOTS];
};

extern const struct vioapic_chip vioapic_chips[];	/* ends with a NULL name */

/**
 * vioapic_chip_find() - chip by name
 * Return: the chip or NULL.
 */
const struct vioapic_chip *vioapic_chip_find(const char *name);

/**
 * vioapic_chip_names() - the names of all of them, for who has named none of them
 * @names: out, terminated; cut off at @size, of which all that is not needed is 0
 * @sep:   between each two
 * Return: @names.
 */
const char *vioapic_chip_names(char *names, unsigned int size, const char *sep);

/**
 * vioapic_chip_for() - the chip that fits what a controller reads back
 * @version: bits 0-7 of its version register
 * Return: never NULL: versions below 0x20 are 82093AA-like, 0x21 is AMD's,
 * others are ICH-like.
 */
const struct vioapic_chip *vioapic_chip_for(u8 version);

/**
 * vioapic_model_init() - set up @m at reset
 * @pins: 1..240, or 0 for what the chip has
 * @id:   at this and each further reset: 0 on a chip whose ID nothing has set up.
 *        Wider than the chip's ID field only for a shadow: it has what it has
 * Return: 0, or -EINVAL if @pins is out of range, or @id in the owner role.
 */
int vioapic_model_init(struct vioapic_model *m, const struct vioapic_chip *chip,
		       enum vioapic_role role, unsigned int pins, u8 id);

/**
 * vioapic_model_set_id_bits() - how much of the ID software can write from now on
 * @bits: width of the ID field, 1..8; after vioapic_model_init(), that of the chip
 */
void vioapic_model_set_id_bits(struct vioapic_model *m, unsigned int bits);

/**
 * vioapic_model_reset() - as after RESET#; the lines stay
 *
 * The ID is the one that vioapic_model_init() was given, whatever software or a
 * restore has made of it since: like the limit of storms, it is how the machine is
 * set up, and no saved state has it.
 *
 * Every RTE is masked and edge-triggered then, and no effect says so pin by pin:
 * the caller takes all routes down.  Messages held back are forgotten.  FX_ENDED for
 * lines that were asserted until a service ends.
 */
void vioapic_model_reset(struct vioapic_model *m, struct vioapic_effects *fx);

/**
 * vioapic_model_read() - read from the register page
 * @offset: 0..4095
 * @size:   1, 2, 4 or 8 bytes; @offset + @size <= 4096
 *
 * An access narrower, wider or not aligned sees the bytes that it covers of the
 * registers at 0x00, 0x10 (and nothing elsewhere: zero).  Any other @size reads
 * zero and writes nothing.
 * Return: the value, zero-extended; not yet to be used with FX_SAMPLE.
 */
u64 vioapic_model_read(struct vioapic_model *m, unsigned int offset,
		       unsigned int size, struct vioapic_effects *fx);

/**
 * vioapic_model_iowin() - what a 4-byte read of IOWIN sees, if the model knows
 *
 * The hottest access of all, therefore inline, and the one call that needs no
 * serialisation: it reads the index once and the register once.
 * Return: false if the controller has to be asked.
 */
static inline bool vioapic_model_iowin(const struct vioapic_model *m, u32 *value)
{
	unsigned int index = READ_ONCE(m->ioregsel) & (VIOAPIC_REGS - 1);

	if (m->ask[index])
		return false;
	*value = m->reg[index];
	return true;
}

/** vioapic_model_write() - write to the register page; see vioapic_model_read() */
void vioapic_model_write(struct vioapic_model *m, unsigned int offset,
			 unsigned int size, u64 value, struct vioapic_effects *fx);

/**
 * vioapic_model_sample() - (shadow) take in the bits that the controller owns
 * @low: low half of the RTE as the controller reads; all but
 *       VIOAPIC_RTE_READONLY is ignored
 *
 * An edge pin answers both bits as clear, whatever the controller says.
 */
void vioapic_model_sample(struct vioapic_model *m, unsigned int pin, u32 low);

/**
 * vioapic_model_load() - (shadow) take a register over from the controller as
 * it is, without effects
 * @index: IOREGSEL value of the register; ignored where there is none
 *
 * Reserved bits are taken too; of an edge pin, all but VIOAPIC_RTE_READONLY.
 */
void vioapic_model_load(struct vioapic_model *m, unsigned int index, u32 value);

/** vioapic_model_load_rte() - the same of both halves of an RTE; @pin is ignored if not there */
void vioapic_model_load_rte(struct vioapic_model *m, unsigned int pin, u64 rte);

/**
 * vioapic_model_register() - what register @index holds, without effects
 * Return: the register; 0 where there is none.
 */
u32 vioapic_model_register(const struct vioapic_model *m, unsigned int index);

/**
 * vioapic_model_set_line() - (owner) the line of @pin is driven @high or low
 *
 * Electrical, before polarity.  A line that was never driven counts as
 * deasserted, whatever the polarity.  An edge is a change of the line: a change
 * of polarity makes none.  On a level pin, driving the line as it already is
 * tries once more to send a message that nobody accepted.  A line that is also
 * claimed is asserted either way.
 */
void vioapic_model_set_line(struct vioapic_model *m, unsigned int pin, bool high,
			    struct vioapic_effects *fx);

/**
 * enum vioapic_claim - how a line is asserted by who does not ask for polarity
 * @VIOAPIC_CLAIM_OFF:     not any more by VIOAPIC_CLAIM_ON
 * @VIOAPIC_CLAIM_ON:      until VIOAPIC_CLAIM_OFF
 * @VIOAPIC_CLAIM_PULSE:   for a moment
 * @VIOAPIC_CLAIM_SERVICE: until FX_ENDED, which says that nobody claims the line in this
 *                         way any more.  That is when the service of a level pin ends, at
 *                         a reset, and when the RTE is changed so that the claim would
 *                         be sent: it is asked for again then.  Of a pin that is unmasked
 *                         and not level-triggered it is at once
 */
enum vioapic_claim {
	VIOAPIC_CLAIM_OFF, VIOAPIC_CLAIM_ON, VIOAPIC_CLAIM_PULSE, VIOAPIC_CLAIM_SERVICE,
};

/**
 * vioapic_model_claim() - (owner) assert the line of @pin, whatever its polarity
 *
 * The line is asserted while any claim is on it, or it is driven so electrically.
 */
void vioapic_model_claim(struct vioapic_model *m, unsigned int pin, enum vioapic_claim how,
			 struct vioapic_effects *fx);

/**
 * vioapic_model_let_go() - (owner) nobody claims @pin by VIOAPIC_CLAIM_SERVICE any more, unless
 * it is in service
 *
 * FX_ENDED says so if somebody did.
 */
void vioapic_model_let_go(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx);

/**
 * enum vioapic_drive - what vioapic_model_drive() leaves to be done
 * @VIOAPIC_DRIVE_NOTHING: nothing
 * @VIOAPIC_DRIVE_SEND:    send the message, then call vioapic_model_driven()
 * @VIOAPIC_DRIVE_AGAIN:   vioapic_model_set_line(): nothing has changed so far
 */
enum vioapic_drive { VIOAPIC_DRIVE_NOTHING, VIOAPIC_DRIVE_SEND, VIOAPIC_DRIVE_AGAIN };

/**
 * vioapic_model_drive() - (owner) vioapic_model_set_line() for a pin that is idle
 * @m:   nobody claims lines of it
 * @pin: of those that there are
 * @rte: the pin's, out
 *
 * The way of nearly every interrupt, which is to cost little more than the message
 * that carries it; therefore inline, and without effects.
 */
static inline enum vioapic_drive vioapic_model_drive(struct vioapic_model *m, unsigned int pin,
						     bool high, u64 *rte)
{
	u32 line = VIOAPIC_LINE_DRIVEN | (high ? VIOAPIC_LINE_HIGH : 0), was;

	pin &= VIOAPIC_PIN_SLOTS - 1;
	*rte = m->rte[pin];
	/* Fixed and lowest priority only, unmasked, nothing in service or pending */
	if (*rte & (0x600 | VIOAPIC_RTE_MASKED | VIOAPIC_RTE_READONLY))
		return VIOAPIC_DRIVE_AGAIN;
	was = m->line[pin];
	if (!vioapic_line_is_asserted(line, *rte)) {
		m->line[pin] = line;
		m->redeliver[pin] = 0;
		return VIOAPIC_DRIVE_NOTHING;
	}
	if ((*rte & VIOAPIC_RTE_LEVEL) && m->redeliver[pin] >= m->storm_limit)
		return VIOAPIC_DRIVE_AGAIN;
	m->line[pin] = line;
	if (!(*rte & VIOAPIC_RTE_LEVEL) && vioapic_line_is_asserted(was, *rte))
		return VIOAPIC_DRIVE_NOTHING;
	return VIOAPIC_DRIVE_SEND;
}

/** vioapic_model_driven() - (owner) outcome of VIOAPIC_DRIVE_SEND, as vioapic_model_delivered() */
static inline void vioapic_model_driven(struct vioapic_model *m, unsigned int pin, u64 rte,
					bool accepted)
{
	/* Cheaper computed anew than kept across what has sent it */
	__asm__("" : "+r" (rte), "+r" (pin));
	if (!(rte & VIOAPIC_RTE_LEVEL))
		return;
	pin &= VIOAPIC_PIN_SLOTS - 1;
	if (accepted) {
		m->irr[pin / 64] |= 1ULL << (pin % 64);
		m->rte[pin] = rte | VIOAPIC_RTE_REMOTE_IRR;
	} else {
		m->rte[pin] = rte | VIOAPIC_RTE_DELIVS;
	}
}

/**
 * vioapic_model_pulse() - (owner) assert and deassert the line of an idle pin
 * @pin: of those that there are
 * @rte: the pin's, out
 *
 * Return: is the message to be sent?  If it is accepted, vioapic_model_driven()
 * wants to know.  Else nothing has changed, and it is for vioapic_model_set_line().
 */
static inline bool vioapic_model_pulse(struct vioapic_model *m, unsigned int pin, u64 *rte)
{
	pin &= VIOAPIC_PIN_SLOTS - 1;
	*rte = m->rte[pin];
	if (*rte & (0x600 | VIOAPIC_RTE_MASKED | VIOAPIC_RTE_READONLY) ||
	    vioapic_line_is_asserted(m->line[pin], *rte))
		return false;
	m->line[pin] = VIOAPIC_LINE_DRIVEN | (*rte & VIOAPIC_RTE_ACTIVE_LOW);
	m->redeliver[pin] = 0;
	return true;
}

/**
 * vioapic_model_eoi() - (owner) an EOI broadcast for @vector arrived
 *
 * Not to be called for one that was suppressed (SPIV bit 12).
 */
void vioapic_model_eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx);

/**
 * vioapic_model_delivered() - (owner) outcome of a message in FX_DELIVER
 * @accepted: at least one local APIC took it; remote IRR is set for a level pin
 *
 * Due for each pin in FX_DELIVER before anything else happens to the model;
 * ignored for a pin that was not.  A level message that nobody accepted leaves
 * delivery status set; it is sent again when the RTE changes.  An edge that
 * nobody accepted is lost.
 */
void vioapic_model_delivered(struct vioapic_model *m, unsigned int pin, bool accepted);

/**
 * vioapic_model_take() - (owner) the message of @pin is sent now
 * @rte: what it says, out
 *
 * For messages that take their time: of a level pin, remote IRR is set from here on, so
 * that the EOI may come before the sender knows that somebody took it.  If nobody did,
 * vioapic_model_refused() follows; of one pin, no second message is taken before.
 * Instead of vioapic_model_delivered().
 * Return: false if there is nothing to send any more.
 */
bool vioapic_model_take(struct vioapic_model *m, unsigned int pin, u64 *rte);

/**
 * vioapic_model_refused() - (owner) nobody took it; as in vioapic_model_delivered()
 * @rte: as vioapic_model_take() said
 */
void vioapic_model_refused(struct vioapic_model *m, unsigned int pin, u64 rte);

/**
 * vioapic_model_end() - (owner) no local APIC has what @pin is in service for: it is over
 *
 * As an EOI for this pin alone.
 */
void vioapic_model_end(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx);

/**
 * vioapic_model_retry() - (owner) what nobody took may find somebody now
 *
 * If @pin has a level message that waits, it is in FX_DELIVER, as if its line had been
 * driven again.
 */
void vioapic_model_retry(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx);

/**
 * vioapic_model_in_service() - (owner) is remote IRR of @pin set?
 * Return: false for a pin that does not exist.
 */
bool vioapic_model_in_service(const struct vioapic_model *m, unsigned int pin);

/**
 * vioapic_model_stick() - (owner) the end of service that the last call made for
 * @pin did not happen: for the simulation of broken hardware
 * @pin: was in service before that call and is not after it, see
 *       vioapic_model_in_service(); ignored if it does not exist
 * @fx:  as that call left them; the pin's message is taken out of FX_DELIVER, and
 *       FX_DELIVER out of @what if there was no other.  FX_STORM stays: if it was
 *       for this pin, vioapic_model_storm_over() will find nothing to do
 *
 * Due before any outcome is reported.  Remote IRR is set again, also in an RTE
 * that has just become an edge one: nothing else sets it there.  It stays until
 * an end of service is let through: in level mode an EOI for the vector; a change
 * of the RTE that leaves it in edge mode; or a write of its low half with what it
 * holds, in edge mode.  Of the high half, such a write is none: Linux makes one
 * between edge and level mode, so a fault that strikes once would do nothing.  Save
 * and restore carry it.  The count of a storm starts anew, as what does not end is
 * no storm.
 */
void vioapic_model_stick(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx);

/** vioapic_model_storm_over() - (owner) release pins held back by FX_STORM */
void vioapic_model_storm_over(struct vioapic_model *m, struct vioapic_effects *fx);

/**
 * vioapic_model_resume() - (owner) tell anew what is under way
 *
 * Every message that waits is in FX_DELIVER, the outcome of an earlier attempt
 * is not due any more; FX_STORM if any pin is held back.  For vioapic_model_restore(),
 * whose caller knows of neither.
 */
void vioapic_model_resume(struct vioapic_model *m, struct vioapic_effects *fx);

#endif
