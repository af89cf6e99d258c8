// SPDX-License-Identifier: GPL-2.0
/*
 * vioapic explain: why is the interrupt of a pin not arriving?
 *
 * Goes from the kernel's driver down to the device's line, the way in which a request for an
 * interrupt is made, and tells the first thing that is wrong.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>

#include "explain.h"
#include "fault.h"
#include "parse.h"
#include "view.h"
#include "vioapic.h"

#define BIT(n)		(1U << (n))
#define FIRST_VECTOR	16
#define DELIVERY_LOWEST	1
#define WAIT		0.5	/* seconds, to see whether it comes */

/* syslog(2) */
#define SYSLOG_READ_ALL	3
#define SYSLOG_SIZE	10

/* The pin that is asked for */
struct pin {
	struct view *view;
	unsigned int number;
	struct rte rte;
	const struct pin_irq *irq;
	const struct vioapic_pin_state *state;	/* NULL: a shadow's */
	char cpus[64];
	enum reach reach;
};

/* What is wrong, and what to do about it */
struct answer {
	char why[512];
	char what[512];
};

static void __attribute__((format(printf, 2, 3)))
because(struct answer *answer, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(answer->why, sizeof(answer->why), format, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 2, 3)))
try(struct answer *answer, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(answer->what, sizeof(answer->what), format, ap);
	va_end(ap);
}

static const char *name_of(const struct pin *pin)
{
	return pin->view->info.name;
}

static bool is_guests(const struct pin *pin)
{
	return view_is_guests(pin->view);
}

/* Each check: is this what is wrong?  Then it has said so. */

static bool has_failed(const struct pin *pin, struct answer *answer)
{
	if (pin->view->info.state != VIOAPIC_STATE_FAILED)
		return false;
	because(answer,
		"%s has failed: an access of it could not be emulated; dmesg says which",
		name_of(pin));
	if (is_simulated(&pin->view->info))
		try(answer,
		    "vioapic sim destroy %s, and create it anew",
		    name_of(pin));
	else
		try(answer,
		    "vioapic release %s, and takeover again; the kernel uses the hardware meanwhile",
		    name_of(pin));
	return true;
}

/* Has somebody written to the hardware past us? */
static bool is_undermined(const struct pin *pin, struct answer *answer)
{
	struct vioapic_check check = { 0 };
	unsigned int low = REG_RTE + 2 * pin->number;
	__u32 i;

	if (pin->view->info.role != VIOAPIC_ROLE_SHADOW || is_guests(pin) ||
	    pin->view->info.state != VIOAPIC_STATE_TAKEN)
		return false;
	memcpy(check.name, pin->view->info.name, sizeof(check.name));
	if (ioctl(pin->view->inventory.fd, VIOAPIC_IOC_CHECK, &check))
		return false;
	for (i = 0; i < check.differences && i < VIOAPIC_DIFFS_MAX; i++) {
		if (check.diff[i].index != low && check.diff[i].index != low + 1)
			continue;
		because(answer,
			"the hardware has another entry than the kernel has written: 0x%08x and not 0x%08x in register 0x%02x, so somebody has written past the kernel",
			check.diff[i].hardware, check.diff[i].shadow, check.diff[i].index);
		try(answer,
		    "find out who (firmware, /dev/mem, a debugger); vioapic save %s F; vioapic restore %s F puts the kernel's entry back",
		    name_of(pin), name_of(pin));
		return true;
	}
	return false;
}

static bool is_nobodys(const struct pin *pin, struct answer *answer)
{
	if (is_guests(pin) || !pin->view->irqs.known || pin->irq->mapped)
		return false;
	because(answer,
		"nobody has asked the kernel for GSI %u: it has no interrupt there",
		pin->view->info.gsi_base + pin->number);
	try(answer,
	    "load the driver of the device that is on this pin, or find out by its ACPI table or dmesg which pin it is on");
	return true;
}

static bool has_no_handler(const struct pin *pin, struct answer *answer)
{
	if (!pin->irq->mapped || pin->irq->actions[0])
		return false;
	because(answer,
		"interrupt %u has no handler: a driver has set it up and not requested it, or freed it",
		pin->irq->number);
	try(answer,
	    "see in dmesg why the driver's request_irq() failed, or open the device: some drivers request it only then");
	return true;
}

/* The kernel has given up on it, and said so */
static bool nobody_cared(const struct pin *pin)
{
	int size = klogctl(SYSLOG_SIZE, NULL, 0), got;
	char needle[64];
	bool found = false;
	char *log;

	log = size > 0 ? malloc(size + 1) : NULL;
	if (!log)
		return false;
	got = klogctl(SYSLOG_READ_ALL, log, size);
	log[got > 0 ? got : 0] = '\0';
	snprintf(needle, sizeof(needle), "irq %u: nobody cared", pin->irq->number);
	found = strstr(log, needle);
	free(log);
	return found;
}

static bool is_disabled(const struct pin *pin, struct answer *answer)
{
	if (!(pin->irq->flags & VIOAPIC_IRQ_DISABLED))
		return false;
	if (nobody_cared(pin)) {
		because(answer,
			"the kernel has switched interrupt %u off because nobody cared: it came again and again, and %s said each time that it was not theirs",
			pin->irq->number, pin->irq->actions);
		try(answer,
		    "a device on this line asks and its driver is missing or broken, or trigger or polarity are wrong (now %s, active %s): see 'nobody cared' in dmesg; boot with irqpoll to live with it",
		    pin->rte.level ? "level" : "edge", pin->rte.active_low ? "low" : "high");
		return true;
	}
	because(answer,
		"interrupt %u is disabled: its driver (%s) has called disable_irq()",
		pin->irq->number, pin->irq->actions);
	try(answer,
	    "see what state the driver is in: suspended, resetting, or stuck between disable_irq() and enable_irq()");
	return true;
}

static bool is_masked(const struct pin *pin, struct answer *answer)
{
	if (!pin->rte.masked)
		return false;
	if (is_guests(pin)) {
		because(answer, "the guest has masked the entry");
		try(answer,
		    "see in the guest whether a driver has requested it: /proc/interrupts there");
	} else if (pin->irq->flags & VIOAPIC_IRQ_MASKED) {
		because(answer,
			"the kernel has masked the entry until the threaded handler of %s is done",
			pin->irq->actions);
		try(answer,
		    "see what the thread irq/%u-* waits for: cat /proc/PID/stack",
		    pin->irq->number);
	} else {
		because(answer,
			"the entry is masked, and the kernel believes it is not: somebody else has written to it");
		try(answer,
		    "vioapic trace %s shows who writes; unbinding and binding the driver sets it up anew",
		    name_of(pin));
	}
	return true;
}

static bool is_no_interrupt(const struct pin *pin, struct answer *answer)
{
	if (pin->rte.delivery <= DELIVERY_LOWEST)
		return false;
	because(answer,
		"the entry's delivery mode is %s: what it sends is no interrupt of a vector",
		delivery_name(pin->rte.delivery));
	if (is_simulated(&pin->view->info))
		try(answer,
		    "write mode fixed; a simulated I/O APIC sends smi, nmi and init only if it was created with --allow, extint never");
	else
		try(answer,
		    "write mode fixed, unless it is meant to be so (extint: the 8259 behind it gives the vector)");
	return true;
}

static bool has_no_vector(const struct pin *pin, struct answer *answer)
{
	if (pin->rte.remapped || pin->rte.vector >= FIRST_VECTOR)
		return false;
	because(answer,
		"vector 0x%02x: local APICs take none below 0x10",
		pin->rte.vector);
	try(answer,
	    "who has written the entry has not finished: vioapic trace %s",
	    name_of(pin));
	return true;
}

static bool has_no_destination(const struct pin *pin, struct answer *answer)
{
	if (is_guests(pin) || pin->reach == REACH_CPUS || pin->reach == REACH_REMAPPED)
		return false;
	if (pin->reach == REACH_OFFLINE) {
		because(answer,
			"it goes to the CPU with APIC ID %u, which is offline",
			pin->rte.dest);
		try(answer,
		    "bring that CPU online, or move the interrupt: echo CPUS >/proc/irq/%u/smp_affinity_list",
		    pin->irq->number);
	} else if (pin->rte.logical) {
		because(answer,
			"it goes to the logical destination 0x%02x, which no CPU online has",
			pin->rte.dest);
		try(answer,
		    "move the interrupt: echo CPUS >/proc/irq/%u/smp_affinity_list",
		    pin->irq->number);
	} else {
		because(answer,
			"it goes to APIC ID %u, which no CPU of this machine has",
			pin->rte.dest);
		try(answer,
		    "move the interrupt: echo CPUS >/proc/irq/%u/smp_affinity_list; CPUs have the apicid of /proc/cpuinfo",
		    pin->irq->number);
	}
	return true;
}

static bool is_held(const struct pin *pin, struct answer *answer)
{
	if (!pin->state || pin->state->storm != VIOAPIC_PIN_HELD)
		return false;
	because(answer,
		"storm protection holds it back: its line stayed asserted over so many interrupts that the machine would do nothing else");
	try(answer, "quiet the device: its handler ends the interrupt without having served it");
	return true;
}

/* A fault of a simulated I/O APIC that is for this pin, and of one of @kinds; its text or NULL */
static const char *fault_of(const struct pin *pin, unsigned int kinds, char *text)
{
	struct vioapic_sim_fault request;
	unsigned int kind;

	if (!is_simulated(&pin->view->info))
		return NULL;
	for (kind = 0; kind < VIOAPIC_FAULT_KINDS; kind++) {
		if (!(kinds & BIT(kind)))
			continue;
		request = (struct vioapic_sim_fault){ .kind = kind, .action = VIOAPIC_FAULT_GET };
		memcpy(request.name, pin->view->info.name, sizeof(request.name));
		if (ioctl(pin->view->inventory.fd, VIOAPIC_IOC_SIM_FAULT, &request))
			continue;
		/* One that has struck for the last time may be what we see */
		if (request.attr.pin < 0 || (__u32)request.attr.pin == pin->number)
			return fault_text(&request, text);
	}
	return NULL;
}

#define FAULTS_OF_ENDS	(BIT(VIOAPIC_FAULT_STUCK_IRR) | BIT(VIOAPIC_FAULT_DROP_EOI))
#define FAULTS_ELSE	(BIT(VIOAPIC_FAULT_DROP_WRITE) | BIT(VIOAPIC_FAULT_TORN_WRITE) | \
			 BIT(VIOAPIC_FAULT_ONES) | BIT(VIOAPIC_FAULT_LOST_INDEX) | \
			 BIT(VIOAPIC_FAULT_DELAY))

static bool is_in_service(const struct pin *pin, struct answer *answer)
{
	char text[FAULT_LEN];
	const char *fault;

	if (!pin->rte.level || !pin->rte.remote_irr)
		return false;
	fault = fault_of(pin, FAULTS_OF_ENDS, text);
	if (fault) {
		because(answer,
			"remote IRR is set, and a fault is injected that keeps it so: %s",
			fault);
		try(answer,
		    "vioapic sim fault %s off",
		    name_of(pin));
	} else if (pin->irq->flags & VIOAPIC_IRQ_INPROGRESS) {
		because(answer,
			"remote IRR is set: the handler of %s is running now",
			pin->irq->actions);
		try(answer,
		    "see what it waits for: echo l >/proc/sysrq-trigger shows what all CPUs do");
	} else if (is_guests(pin)) {
		because(answer,
			"remote IRR is set: the guest has taken the last one and not ended it (EOI)");
		try(answer, "see in the guest whether its handler returns");
	} else {
		because(answer,
			"remote IRR is set: the last one has been taken and not ended; its EOI is missing");
		try(answer,
		    "if no handler runs or sleeps (threaded), the EOI was lost: vioapic trace %s, and look for eoi",
		    name_of(pin));
	}
	return true;
}

static bool is_refused(const struct pin *pin, struct answer *answer)
{
	if (!pin->state || !pin->rte.pending)
		return false;
	because(answer,
		"no local APIC takes the message: %s",
		is_guests(pin) ?
		"no vCPU is meant by its destination, or its local APIC is not enabled" :
		"the CPU that it is for does not answer");
	try(answer, is_guests(pin) ?
	    "compare the entry's destination with the guest's APIC IDs" :
	    "move the interrupt to a CPU that is online");
	return true;
}

static bool has_fault(const struct pin *pin, struct answer *answer)
{
	char text[FAULT_LEN];
	const char *fault = fault_of(pin, FAULTS_ELSE, text);

	if (!fault)
		return false;
	because(answer,
		"a fault is injected: %s",
		fault);
	try(answer,
	    "vioapic sim fault %s off",
	    name_of(pin));
	return true;
}

static bool is_asserted(const struct pin *pin)
{
	const __u16 flags = pin->state->flags;

	if (flags & (VIOAPIC_PIN_ASSERTED | VIOAPIC_PIN_SERVICE))
		return true;
	return (flags & VIOAPIC_PIN_DRIVEN) && !!(flags & VIOAPIC_PIN_HIGH) != pin->rte.active_low;
}

/* Does it come just now?  Whoever is served is at rest most of the time. */
static bool comes(const struct pin *pin)
{
	if (!pin->view->has_rate && pin->irq->mapped)
		view_measure(pin->view, WAIT);
	return pin->view->rate[pin->number] > 0;
}

static bool is_at_rest(const struct pin *pin, struct answer *answer)
{
	const char *now;

	if (!pin->state || comes(pin))
		return false;
	now = pin->state->flags & VIOAPIC_PIN_HIGH ? "high" : "low";
	if (pin->rte.level && !is_asserted(pin) && pin->state->flags & VIOAPIC_PIN_HIGH) {
		because(answer,
			"the line is high, and the entry is active low: for this pin, that is at rest");
		try(answer,
		    "if the device means to ask, polarity is wrong: see how the driver registers GSI %u",
		    pin->view->info.gsi_base + pin->number);
		return true;
	}
	if (!pin->rte.level && is_asserted(pin)) {
		because(answer,
			"the line stands at its active level (%s), and the entry is edge-triggered: only the next edge counts",
			pin->state->flags & VIOAPIC_PIN_DRIVEN ? now : "asserted");
		try(answer,
		    "if the device keeps its line asserted until it is served, the trigger mode has to be level");
		return true;
	}
	if (is_asserted(pin))
		return false;
	if (!(pin->state->flags & VIOAPIC_PIN_DRIVEN) && !pin->irq->count) {
		because(answer, "nobody has ever driven its line");
		try(answer, is_simulated(&pin->view->info) ? "vioapic sim pulse %s %u" :
			    "see whether the VMM's device is on this pin of %s: %u",
		    name_of(pin), pin->number);
		return true;
	}
	because(answer, "the line is at rest: its device does not ask for an interrupt");
	try(answer, "nothing is wrong down to here: make the device do something");
	return true;
}

static bool is_unhandled(const struct pin *pin, struct answer *answer)
{
	unsigned int count, unhandled;
	char path[64];
	FILE *f;
	int got;

	if (!pin->irq->mapped)
		return false;
	snprintf(path, sizeof(path), "/proc/irq/%u/spurious", pin->irq->number);
	f = fopen(path, "re");
	if (!f)
		return false;
	got = fscanf(f, "count %u unhandled %u", &count, &unhandled);
	fclose(f);
	/* As the kernel judges, in the end */
	if (got != 2 || count < 10 || unhandled < count / 10 * 9)
		return false;
	because(answer,
		"it arrives, but of the last %u, %s did not take %u for theirs",
		count,
		pin->irq->actions, unhandled);
	try(answer,
	    "another device shares the line and has no driver, or trigger or polarity are wrong (now %s, active %s)",
	    pin->rte.level ? "level" : "edge", pin->rte.active_low ? "low" : "high");
	return true;
}

/* Last of all, where the line cannot be asked: does it come meanwhile? */
static bool is_quiet(const struct pin *pin, struct answer *answer)
{
	if (is_guests(pin) || comes(pin))
		return false;
	because(answer,
		"the way is open, and none came in the last half second: its device does not ask%s",
		pin->state ? "" : " (a shadow does not see the line)");
	if (pin->irq->flags & VIOAPIC_IRQ_MOVING)
		try(answer,
		    "the move to other CPUs that was asked for is carried out when the next one comes");
	else
		try(answer,
		    "make the device do something; if it does and still none comes, suspect its driver, trigger or polarity (now %s, active %s)",
		    pin->rte.level ? "level" : "edge", pin->rte.active_low ? "low" : "high");
	return true;
}

static bool (*const checks[])(const struct pin *pin, struct answer *answer) = {
	has_failed, is_undermined, is_nobodys, has_no_handler, is_disabled, is_held, is_masked,
	is_no_interrupt, has_no_vector, has_no_destination, is_in_service, is_refused, has_fault,
	is_unhandled, is_at_rest, is_quiet,
};

bool explain(struct view *view, unsigned int number, char *why, size_t why_size, char *what,
	     size_t what_size)
{
	struct pin pin = {
		.view = view,
		.number = number,
		.rte = rte_decode(view->table.rte[number]),
		.irq = &view->irqs.pin[number],
		.state = view->has_lines ? &view->lines.state.pin[number] : NULL,
	};
	struct answer answer = { 0 };
	size_t i;

	pin.reach = view_reach(view, number, pin.cpus, sizeof(pin.cpus));
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		if (!checks[i](&pin, &answer))
			continue;
		snprintf(why, why_size, "%s", answer.why);
		snprintf(what, what_size, "%s", answer.what);
		return true;
	}
	return false;
}

/* What was looked at */
static void print_pin(const struct view *view, unsigned int pin)
{
	const struct pin_irq *irq = &view->irqs.pin[pin];
	char text[DECODE_LEN], cpus[64];

	view_reach(view, pin, cpus, sizeof(cpus));
	printf("pin %u of %s, GSI %u\n", pin, view->info.name, view->info.gsi_base + pin);
	if (irq->mapped)
		printf("  kernel  interrupt %u, %s, %s%s, %llu so far\n", irq->number,
		       irq->actions[0] ? irq->actions : "no handler",
		       irq->flags & VIOAPIC_IRQ_DISABLED ? "disabled" : "enabled",
		       irq->flags & VIOAPIC_IRQ_INPROGRESS ? ", in progress" : "", irq->count);
	printf("  entry   %s", rte_text(view->table.rte[pin], text));
	if (!view_is_guests(view))
		printf(", CPUs %s", cpus);
	putchar('\n');
	if (view->has_lines)
		printf("  line    %s\n", view_line(view, pin));
}

struct arguments {
	const char *name;
	const char *pin;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (arguments->pin)
			argp_error(state, "one pin at a time");
		else if (arguments->name)
			arguments->pin = arg;
		else
			arguments->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->pin)
			argp_error(state, "name an I/O APIC (vioapic list) and a pin");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "NAME PIN",
	.doc = "Say why the interrupt of a pin does not arrive, and what to do about it.",
};

int cmd_explain(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	static struct view view;
	char why[512], what[512];
	__u64 pin;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = view_open(&view, arguments.name);
	if (status)
		goto out;
	if (!parse_number(arguments.pin, 0, view.table.pins - 1, &pin)) {
		status = refuse("%s has no pin '%s': its pins are 0-%u", view.info.name,
				arguments.pin, view.table.pins - 1);
		goto out;
	}
	print_pin(&view, pin);
	if (explain(&view, pin, why, sizeof(why), what, sizeof(what)))
		printf("why: %s\ntry: %s\n", why, what);
	else if (view_is_guests(&view))
		printf("nothing is wrong: the way is open, and its line is asserted\n");
	else
		printf("nothing is wrong: %.1f came in a second just now\n", view.rate[pin]);
out:
	view_close(&view);
	return status;
}
