// SPDX-License-Identifier: GPL-2.0
/*
 * The redirection table as a picture.
 *
 * Pins that somebody has set up are rows on the left, who takes their interrupts are boxes on
 * the right, beside the pins in height; the pins that nobody uses are a grid below.  All
 * measures are in pixels, and what is wide is so by the longest text that can come.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show_svg.h"
#include "view.h"
#include "vioapic.h"

#define WIDTH		960
#define TOP		86	/* first row */
#define ROW		20
#define PIN_RIGHT	430	/* where lines begin */
#define TARGET_LEFT	760	/* and end */
#define TARGET_WIDTH	160
#define TARGET_HEIGHT	26
#define CELL_WIDTH	36
#define CELL_HEIGHT	20
#define CELLS		((WIDTH - 40) / CELL_WIDTH)
#define LEGEND		44

#define EDGE_COLOUR	"#0a6ebd"
#define LEVEL_COLOUR	"#c2571a"
#define WRONG_COLOUR	"#b3261e"

/* A CPU, or what else a pin's interrupts go to; of NR_TARGETS the last is for the rest */
#define NR_TARGETS	64

struct target {
	char label[40];
	bool wrong;
	bool reached;
};

struct picture {
	const struct view *view;
	struct target target[NR_TARGETS];
	unsigned int targets;
	unsigned int rows;	/* pins in use */
	unsigned int row;	/* of the pin whose lines are being drawn */
	int height;		/* of the rows and boxes */
};

static bool is_used(const struct view *view, unsigned int pin)
{
	return view->irqs.pin[pin].mapped || !rte_decode(view->table.rte[pin]).masked;
}

static unsigned int target_add(struct picture *p, const char *label, bool wrong)
{
	struct target *t;
	unsigned int i;

	for (i = 0; i < p->targets; i++)
		if (!strcmp(p->target[i].label, label))
			return i;
	if (p->targets == NR_TARGETS - 1) {
		label = "others";
		wrong = false;
	} else if (p->targets == NR_TARGETS) {
		return NR_TARGETS - 1;
	}
	t = &p->target[p->targets];
	snprintf(t->label, sizeof(t->label), "%s", label);
	t->wrong = wrong;
	return p->targets++;
}

/* Calls @found with each target of @pin */
static void each_target(struct picture *p, unsigned int pin,
			void (*found)(struct picture *p, unsigned int pin, unsigned int target))
{
	const struct view *view = p->view;
	struct rte rte = rte_decode(view->table.rte[pin]);
	int *online = calloc(view->cpus.count + 1, sizeof(*online));
	enum reach reach = REACH_NOBODY;
	char label[40];
	size_t count = 0, i;

	if (online)
		reach = view_reached(view, pin, online, &count);
	if (reach == REACH_REMAPPED) {
		found(p, pin, target_add(p, "interrupt remapping", false));
	} else if (view_is_guests(view)) {
		snprintf(label, sizeof(label), rte.logical ? "logical 0x%02x" : "APIC %u",
			 rte.dest);
		found(p, pin, target_add(p, label, false));
	} else if (!count) {
		snprintf(label, sizeof(label), reach == REACH_OFFLINE ? "APIC %u, offline" :
			 rte.logical ? "logical 0x%x, nobody" : "APIC %u, nobody", rte.dest);
		found(p, pin, target_add(p, label, true));
	}
	for (i = 0; online && i < count; i++) {
		snprintf(label, sizeof(label), "CPU %d", online[i]);
		found(p, pin, target_add(p, label, false));
	}
	free(online);
}

static void note(struct picture *p, unsigned int pin, unsigned int target)
{
	(void)pin;
	p->target[target].reached = true;
}

/* CPUs first, in their order; a machine with many shows those that are reached */
static void add_cpus(struct picture *p)
{
	char label[40];
	size_t i;

	for (i = 0; i < p->view->cpus.count && p->view->cpus.count <= 16; i++) {
		if (p->view->cpus.list[i].number == CPU_NONE)
			continue;
		snprintf(label, sizeof(label), "CPU %d", p->view->cpus.list[i].number);
		target_add(p, label, false);
	}
}

static void print_text(const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '&':
			fputs("&amp;", stdout);
			break;
		default:
			/* What is no ASCII may be no UTF-8 either */
			putchar((unsigned char)*text < 0x80 ? *text : '?');
		}
	}
}

static int row_y(unsigned int row)
{
	return TOP + (int)row * ROW + ROW / 2;
}

static int target_y(const struct picture *p, unsigned int target)
{
	return TOP + (int)((2.0 * target + 1) * p->height / (2.0 * p->targets));
}

static void draw_line(struct picture *p, unsigned int pin, unsigned int target)
{
	struct rte rte = rte_decode(p->view->table.rte[pin]);
	int y = row_y(p->row), to = target_y(p, target);
	int bend = (PIN_RIGHT + TARGET_LEFT) / 2;
	double weight = 1.2 + 0.4 * log10(1.0 + p->view->irqs.pin[pin].count);

	printf("<path d=\"M%d %d C%d %d %d %d %d %d\" stroke=\"%s\" stroke-width=\"%.1f\"%s/>\n",
	       PIN_RIGHT, y, bend, y, bend, to, TARGET_LEFT, to,
	       p->target[target].wrong ? WRONG_COLOUR : rte.level ? LEVEL_COLOUR : EDGE_COLOUR,
	       weight, rte.masked ? " stroke-dasharray=\"3 4\" stroke-opacity=\"0.45\"" : "");
}

static void draw_row(const struct picture *p, unsigned int pin, unsigned int row)
{
	const struct pin_irq *irq = &p->view->irqs.pin[pin];
	struct rte rte = rte_decode(p->view->table.rte[pin]);
	int y = row_y(row) + 4;

	printf("<g%s><text x=\"44\" y=\"%d\" text-anchor=\"end\" class=\"n\">%u</text>",
	       rte.masked ? " opacity=\"0.6\"" : "", y, pin);
	printf("<text x=\"58\" y=\"%d\">0x%02x</text>", y, rte.vector);
	printf("<text x=\"102\" y=\"%d\" fill=\"%s\">%s%s</text>", y,
	       rte.level ? LEVEL_COLOUR : EDGE_COLOUR, rte.level ? "level" : "edge",
	       rte.active_low ? ", low" : "");
	if (irq->mapped)
		printf("<text x=\"212\" y=\"%d\" text-anchor=\"end\">%u</text>", y, irq->number);
	printf("<text x=\"226\" y=\"%d\">", y);
	if (strlen(irq->actions) <= 28)
		print_text(irq->actions);
	else
		printf("%.26s..", irq->actions);
	printf("</text><circle cx=\"%d\" cy=\"%d\" r=\"3\" fill=\"%s\"/></g>\n", PIN_RIGHT, y - 4,
	       rte.level ? LEVEL_COLOUR : EDGE_COLOUR);
}

/* Left open, for what it looks like */
static void draw_box(int x, int y, int width, int height)
{
	printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", x, y, width, height);
}

static void draw_targets(const struct picture *p)
{
	unsigned int i;

	for (i = 0; i < p->targets; i++) {
		int y = target_y(p, i);

		draw_box(TARGET_LEFT, y - TARGET_HEIGHT / 2, TARGET_WIDTH, TARGET_HEIGHT);
		printf(" rx=\"5\" fill=\"%s\" stroke=\"%s\"/>\n",
		       p->target[i].reached ? "#eef3f8" : "#f7f7f7",
		       p->target[i].wrong ? WRONG_COLOUR : "#8a97a6");
		printf("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\"%s>%s</text>\n",
		       TARGET_LEFT + TARGET_WIDTH / 2, y + 4,
		       p->target[i].reached ? " class=\"n\"" : " opacity=\"0.6\"",
		       p->target[i].label);
	}
}

static void draw_idle(const struct picture *p, int top)
{
	unsigned int pin, n = 0;
	int x, y;

	if (p->rows == p->view->table.pins)
		return;
	printf("<text x=\"20\" y=\"%d\">Masked, and nobody's:</text>\n", top + 14);
	for (pin = 0; pin < p->view->table.pins; pin++) {
		if (is_used(p->view, pin))
			continue;
		x = 20 + (int)(n % CELLS) * CELL_WIDTH;
		y = top + 24 + (int)(n / CELLS) * CELL_HEIGHT;
		draw_box(x, y, CELL_WIDTH - 4, CELL_HEIGHT - 4);
		printf(" rx=\"3\" fill=\"#f2f2f2\"/><text x=\"%d\" y=\"%d\"",
		       x + CELL_WIDTH / 2 - 2, y + 12);
		printf(" text-anchor=\"middle\" opacity=\"0.7\">%u</text>\n", pin);
		n++;
	}
}

static int idle_height(const struct picture *p)
{
	unsigned int n = p->view->table.pins - p->rows;

	return n ? 36 + (int)((n + CELLS - 1) / CELLS) * CELL_HEIGHT : 0;
}

static void draw_legend(int y)
{
	static const struct {
		const char *colour, *dash, *text;
		int x;
	} entries[] = {
		{ EDGE_COLOUR, "", "edge", 20 },
		{ LEVEL_COLOUR, "", "level", 120 },
		{ "#555", " stroke-dasharray=\"3 4\"", "masked", 220 },
		{ WRONG_COLOUR, "", "nobody takes it", 330 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		printf("<path d=\"M%d %d h26\" stroke=\"%s\" stroke-width=\"2\"%s/>",
		       entries[i].x, y, entries[i].colour, entries[i].dash);
		printf("<text x=\"%d\" y=\"%d\">%s</text>\n", entries[i].x + 34, y + 4,
		       entries[i].text);
	}
	printf("<text x=\"%d\" y=\"%d\">thicker: more interrupts so far</text>\n", 500, y + 4);
}

static void draw_heading(int x, bool ends, const char *text)
{
	printf("<text x=\"%d\" y=\"%d\"%s class=\"h\">%s</text>\n", x, TOP - 8,
	       ends ? " text-anchor=\"end\"" : "", text);
}

static void draw_head(const struct picture *p, int height)
{
	const struct vioapic_info *info = &p->view->info;

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"", WIDTH, height);
	printf(" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", WIDTH,
	       height);
	printf("<title>%s: pins and who takes their interrupts</title>\n", info->name);
	printf("<style>text{fill:#222}.n{font-weight:bold}.h{fill:#667}</style>\n");
	printf("<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#fff\"/>\n", WIDTH, height);
	printf("<text x=\"20\" y=\"34\" font-size=\"20\" class=\"n\">");
	print_text(info->name);
	printf("</text>\n<text x=\"20\" y=\"54\">");
	printf("%s, %s, chip %s, version 0x%02x, ID %u, GSIs %u-%u",
	       role_name(info->role), state_name(info->state), info->chip, info->version,
	       info->id, info->gsi_base, info->gsi_base + info->pins - 1);
	printf("</text>\n");
	draw_heading(44, true, "pin");
	draw_heading(58, false, "vector");
	draw_heading(102, false, "trigger");
	if (view_is_guests(p->view))
		return;
	draw_heading(212, true, "interrupt");
	draw_heading(226, false, "handlers");
}

void show_svg(const struct view *view)
{
	struct picture p = { .view = view };
	unsigned int pin;
	int height;

	add_cpus(&p);
	for (pin = 0; pin < view->table.pins; pin++) {
		if (!is_used(view, pin))
			continue;
		p.rows++;
		each_target(&p, pin, note);
	}
	p.height = (int)p.rows * ROW;
	if (p.height < (int)p.targets * (TARGET_HEIGHT + 8))
		p.height = (int)p.targets * (TARGET_HEIGHT + 8);
	height = TOP + p.height + 16 + idle_height(&p) + LEGEND;

	draw_head(&p, height);
	printf("<g fill=\"none\">\n");
	for (pin = 0, p.row = 0; pin < view->table.pins; pin++) {
		if (!is_used(view, pin))
			continue;
		each_target(&p, pin, draw_line);
		p.row++;
	}
	printf("</g>\n");
	for (pin = 0, p.row = 0; pin < view->table.pins; pin++)
		if (is_used(view, pin))
			draw_row(&p, pin, p.row++);
	draw_targets(&p);
	draw_idle(&p, TOP + p.height + 16);
	draw_legend(height - LEGEND / 2);
	printf("</svg>\n");
}
