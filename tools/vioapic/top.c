// SPDX-License-Identifier: GPL-2.0
/* vioapic top */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "quiet.h"
#include "view.h"
#include "vioapic.h"

#define INTERVAL_MIN	0.05
#define INTERVAL_MAX	3600.0
#define WIDTH		80	/* that everything has to fit into; more is for names */

enum { KEY_BATCH = 0x100 };

struct arguments {
	char **names;
	int names_count;
	double interval;
	unsigned long batch;	/* 0: on a terminal */
};

/**
 * struct row - a pin
 * @name:    of its I/O APIC
 * @number:  of its interrupt, or -1
 * @count:   how often that has come
 * @rate:    in a second, lately; negative: not known yet
 * @used:    somebody has to do with it
 * @cpus:    that it goes to
 * @actions: who handles it
 * @why:     it is quiet; "" if it is not
 */
struct row {
	char name[VIOAPIC_NAME_LEN];
	unsigned int pin;
	long number;
	__u64 count;
	double rate;
	__u8 vector;
	bool used;
	char cpus[32];
	char actions[IRQ_ACTIONS_LEN];
	char why[64];
};

enum order { BY_RATE, BY_TOTAL, BY_PIN, BY_IRQ, BY_ACTION };

/**
 * struct top - what is on the screen
 * @rows, @before: of now, and of the round before
 * @time:          of @rows, s
 * @order:         of the rows
 * @all:           also those that nobody has to do with
 * @first:         row at the top
 */
struct top {
	struct arguments arguments;
	struct row *rows, *before;
	size_t count, before_count;
	double time;
	enum order order;
	bool all;
	size_t first;
};

static volatile sig_atomic_t interrupted;

static const struct argp_option options[] = {
	{ .name = "interval", .key = 'i', .arg = "SECONDS",
	  .doc = "Between two looks; default: 1" },
	{ .name = "batch", .key = KEY_BATCH, .arg = "N",
	  .doc = "Print N tables, for where there is no terminal" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	char *end;

	switch (key) {
	case 'i':
		arguments->interval = strtod(arg, &end);
		if (*end || end == arg || !(arguments->interval >= INTERVAL_MIN) ||
		    !(arguments->interval <= INTERVAL_MAX))
			argp_error(state, "--interval wants seconds, %g to %g, not '%s'",
				   INTERVAL_MIN, INTERVAL_MAX, arg);
		return 0;
	case KEY_BATCH:
		errno = 0;
		arguments->batch = strtoul(arg, &end, 10);
		if (errno || *end || !arguments->batch || *arg < '0' || *arg > '9')
			argp_error(state, "--batch wants a number from 1 on, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		arguments->names = state->argv + state->next;
		arguments->names_count = state->argc - state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME...]",
	.doc = "Show how often the interrupt of each pin comes, and why it does not.",
};

/* Looking */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The same pin in the round before, or NULL */
static const struct row *row_before(const struct top *top, const struct row *row)
{
	size_t i;

	for (i = 0; i < top->before_count; i++)
		if (top->before[i].pin == row->pin && top->before[i].number == row->number &&
		    !strcmp(top->before[i].name, row->name))
			return &top->before[i];
	return NULL;
}

static void fill(struct top *top, struct row *row, const struct view *view, unsigned int pin,
		 double passed)
{
	const struct pin_irq *irq = &view->irqs.pin[pin];
	struct rte rte = rte_decode(view->table.rte[pin]);
	const struct row *before;

	*row = (struct row){ .pin = pin, .number = -1, .rate = -1, .vector = rte.vector };
	memcpy(row->name, view->info.name, sizeof(row->name));
	if (irq->mapped) {
		row->number = irq->number;
		row->count = irq->count;
		memcpy(row->actions, irq->actions, sizeof(row->actions));
	}
	before = row_before(top, row);
	if (before && irq->mapped && row->count >= before->count)
		row->rate = (row->count - before->count) / passed;
	row->used = irq->mapped || !rte.masked;
	strcpy(row->cpus, "-");
	if (!rte.masked && !view_is_guests(view))
		view_reach(view, pin, row->cpus, sizeof(row->cpus));
	/* One that has come is not quiet */
	if (row->rate <= 0)
		quiet_reason(view, pin, row->why, sizeof(row->why));
}

static int look_at(struct top *top, const char *name, double passed)
{
	static struct view view;
	int status = view_open(&view, name);
	struct row *rows;
	unsigned int pin;

	if (status)
		goto out;
	rows = reallocarray(top->rows, top->count + view.table.pins, sizeof(*rows));
	if (!rows) {
		status = refuse("out of memory");
		goto out;
	}
	top->rows = rows;
	for (pin = 0; pin < view.table.pins; pin++)
		fill(top, &rows[top->count++], &view, pin, passed);
out:
	view_close(&view);
	return status;
}

/* Of all that there are, or those that are named */
static int look(struct top *top)
{
	double time = now(), passed = time - top->time;
	struct inventory inventory;
	int status, i;
	size_t n;

	free(top->before);
	top->before = top->rows;
	top->before_count = top->count;
	top->rows = NULL;
	top->count = 0;
	top->time = time;
	for (i = 0; i < top->arguments.names_count; i++) {
		status = look_at(top, top->arguments.names[i], passed);
		if (status)
			return status;
	}
	if (top->arguments.names_count)
		return STATUS_DONE;
	status = inventory_open(&inventory);
	for (n = 0; !status && n < inventory.count; n++)
		status = look_at(top, inventory.list[n].name, passed);
	inventory_close(&inventory);
	return status;
}

/* The order */

static int compare_pins(const struct row *a, const struct row *b)
{
	int names = strverscmp(a->name, b->name);

	return names ?: a->pin < b->pin ? -1 : a->pin > b->pin;
}

/* What is the most comes first, or of words and numbers the least */
static int compare_by(const struct row *a, const struct row *b, enum order order)
{
	switch (order) {
	case BY_RATE:
		return a->rate < b->rate ? 1 : a->rate > b->rate ? -1 : 0;
	case BY_TOTAL:
		return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
	case BY_IRQ:
		/* Those without come last */
		return (unsigned long)a->number < (unsigned long)b->number ? -1 :
		       a->number != b->number;
	case BY_ACTION:
		if (!*a->actions != !*b->actions)
			return *a->actions ? -1 : 1;
		return strcmp(a->actions, b->actions);
	default:
		return 0;
	}
}

static int compare(const void *left, const void *right, void *order)
{
	const struct row *a = left, *b = right;

	return compare_by(a, b, *(enum order *)order) ?: compare_pins(a, b);
}

/* Sorts those that are shown to the front.  Returns how many they are. */
static size_t arrange(struct top *top)
{
	size_t i, shown = 0;
	struct row row;

	for (i = 0; i < top->count; i++) {
		if (!top->all && !top->rows[i].used)
			continue;
		row = top->rows[shown];
		top->rows[shown++] = top->rows[i];
		top->rows[i] = row;
	}
	if (shown)
		qsort_r(top->rows, shown, sizeof(*top->rows), compare, &top->order);
	return shown;
}

/* Words */

static const char title[] =
	"NAME      PIN   IRQ    RATE/S       TOTAL  VEC   CPUS   ACTION / QUIET BECAUSE";

static const char *row_text(const struct row *row, char *text, size_t size)
{
	char number[24] = "-", rate[24] = "-";

	if (row->number >= 0)
		snprintf(number, sizeof(number), "%ld", row->number);
	if (row->rate >= 0)
		snprintf(rate, sizeof(rate), "%.1f", row->rate);
	snprintf(text, size, "%-9.9s %3u %5s %9s %11llu  0x%02x  %-6.6s %s%s%s", row->name,
		 row->pin, number, rate, row->count, row->vector, row->cpus, row->actions,
		 *row->actions && *row->why ? ": " : "", row->why);
	return text;
}

static double all_together(const struct top *top)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < top->count; i++)
		if (top->rows[i].rate > 0)
			sum += top->rows[i].rate;
	return sum;
}

/* Without a terminal */

static int print_tables(struct top *top)
{
	char text[2 * WIDTH + IRQ_ACTIONS_LEN];
	unsigned long round;
	size_t i, shown;
	int status = STATUS_DONE;

	for (round = 0; !status && round < top->arguments.batch && !ferror(stdout); round++) {
		usleep(top->arguments.interval * 1e6);
		status = look(top);
		if (status)
			break;
		shown = arrange(top);
		if (round)
			putchar('\n');
		puts(title);
		for (i = 0; i < shown; i++)
			puts(row_text(&top->rows[i], text, sizeof(text)));
		fflush(stdout);
	}
	return status;
}

/* On a terminal */

static const struct {
	int key;
	enum order order;
	const char *name;
} orders[] = {
	{ 'r', BY_RATE, "rate" },
	{ 't', BY_TOTAL, "total" },
	{ 'p', BY_PIN, "pin" },
	{ 'i', BY_IRQ, "irq" },
	{ 'a', BY_ACTION, "action" },
};

static const char *order_name(enum order order)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders) - 1; i++)
		if (orders[i].order == order)
			break;
	return orders[i].name;
}

/* A line of the screen, to its edge */
static void put_line(int y, int attributes, const char *text)
{
	if (y < 0 || y >= LINES)
		return;
	attrset(attributes);
	mvaddnstr(y, 0, text, COLS);
	clrtoeol();
	if (attributes)
		mvchgat(y, 0, -1, attributes, 0, NULL);
	attrset(A_NORMAL);
}

static void draw(struct top *top)
{
	size_t shown = arrange(top), room = LINES > 3 ? LINES - 3 : 0, i;
	char text[2 * WIDTH + IRQ_ACTIONS_LEN];

	if (top->first + room > shown)
		top->first = shown > room ? shown - room : 0;
	erase();
	snprintf(text, sizeof(text), "vioapic top: %.1f interrupts/s, %zu of %zu pins, by %s",
		 all_together(top), shown, top->count, order_name(top->order));
	put_line(0, A_BOLD, text);
	put_line(1, A_REVERSE, title);
	for (i = 0; i < room && top->first + i < shown; i++)
		put_line(2 + i, top->rows[top->first + i].rate > 0 ? A_BOLD : A_NORMAL,
			 row_text(&top->rows[top->first + i], text, sizeof(text)));
	put_line(LINES - 1, A_REVERSE,
		 "sort: r rate  t total  p pin  i irq  a action   m all pins   q quit");
	refresh();
}

/* Returns whether that was all. */
static bool press(struct top *top, int key)
{
	size_t page = LINES > 3 ? LINES - 3 : 1, i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		if (orders[i].key == key)
			top->order = orders[i].order;
	switch (key) {
	case 'q':
		return true;
	case 'm':
		top->all = !top->all;
		break;
	case KEY_DOWN:
		top->first++;
		break;
	case KEY_UP:
		top->first -= !!top->first;
		break;
	case KEY_NPAGE:
		top->first += page;
		break;
	case KEY_PPAGE:
		top->first -= top->first < page ? top->first : page;
		break;
	case KEY_HOME:
		top->first = 0;
		break;
	case KEY_END:
		top->first = top->count;
		break;
	}
	return false;
}

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int run_screen(struct top *top)
{
	int status = look(top), key;
	static char said[BUFSIZ];
	SCREEN *screen;
	double left;

	if (status)
		return status;
	/* What is refused meanwhile is said when the screen is itself again. */
	setvbuf(stderr, said, _IOFBF, sizeof(said));
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return refuse("cannot use this terminal (TERM is %s): use --batch",
			      getenv("TERM") ?: "not set");
	catch_signals();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	for (;;) {
		draw(top);
		left = top->time + top->arguments.interval - now();
		timeout(left > 0 ? left * 1e3 + 1 : 0);
		key = getch();
		if (interrupted || press(top, key))
			break;
		if (now() < top->time + top->arguments.interval)
			continue;
		status = look(top);
		if (status)
			break;
	}
	endwin();
	delscreen(screen);
	fflush(stderr);
	return status;
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .arguments = { .interval = 1 } };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &top.arguments);
	setlocale(LC_CTYPE, "");
	if (!top.arguments.batch && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return refuse("top is for a terminal: --batch N prints tables");
	if (top.arguments.batch)
		status = look(&top) ?: print_tables(&top);
	else
		status = run_screen(&top);
	free(top.rows);
	free(top.before);
	return status;
}
