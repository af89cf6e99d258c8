// SPDX-License-Identifier: GPL-2.0
/*
 * Windows: pages of registers for other modules, see <vioapic/window.h>.
 *
 * A window is a shadow as the kernel's own I/O APICs are, on a page of its own.  Beneath
 * it lies a page of ones, which is what a bus without a device reads: nobody gets
 * there unless an access cannot be emulated.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <vioapic/device.h>
#include <vioapic/window.h>

/**
 * struct vioapic_window - a window
 * @dev:     what all I/O APICs have
 * @beneath: the page that shows if the window opens by itself
 * @number:  in its name
 */
struct vioapic_window {
	struct vioapic_device dev;
	struct page *beneath;
	unsigned int number;
};

#define WINDOWS_AT_MOST	256
static DECLARE_BITMAP(numbers, WINDOWS_AT_MOST);	/* vioapic_mutex */

static int map(struct vioapic_window *window)
{
	void *page;

	window->beneath = alloc_page(GFP_KERNEL);
	if (!window->beneath)
		return -ENOMEM;
	memset(page_address(window->beneath), 0xff, PAGE_SIZE);
	page = vmap(&window->beneath, 1, VM_MAP, PAGE_KERNEL);
	if (!page) {
		__free_page(window->beneath);
		return -ENOMEM;
	}
	window->dev.site.page = (unsigned long)page;
	window->dev.site.frame = page_to_pfn(window->beneath);
	return 0;
}

static void unmap(struct vioapic_window *window)
{
	vunmap((void *)window->dev.site.page);
	__free_page(window->beneath);
}

static int set_up(struct vioapic_window *window, phys_addr_t phys, char *reason)
{
	const struct vioapic_backend_ops *ops = vioapic_arch_backend(VIOAPIC_BACKEND_DEFAULT, NULL);
	struct vioapic_device *dev = &window->dev;
	struct vioapic_place place;
	int err;

	if (!ops->foreign) {
		vioapic_refuse(reason,
			       "this kernel has mapped its I/O APICs: windows are for a Xen PV dom0");
		return -EOPNOTSUPP;
	}
	err = vioapic_arch_find(phys, &place);
	if (err) {
		vioapic_refuse(reason, "the firmware's table has no I/O APIC there");
		return err;
	}
	window->number = find_first_zero_bit(numbers, WINDOWS_AT_MOST);
	if (window->number == WINDOWS_AT_MOST) {
		vioapic_refuse(reason, "%u windows are open", WINDOWS_AT_MOST);
		return -ENOSPC;
	}
	vioapic_device_init(dev);
	snprintf(dev->name, sizeof(dev->name), "window%u", window->number);
	dev->phys = place.phys;
	dev->gsi_base = place.gsi_base;
	dev->id = place.id;
	err = map(window);
	if (err) {
		vioapic_refuse(reason, "out of memory");
		return err;
	}
	err = vioapic_probe(dev, ops, reason);
	if (err)
		goto err_unmap;
	err = vioapic_takeover(dev, VIOAPIC_TRAP_OOPS, ops, reason);
	if (err)
		goto err_unmap;
	dev->window = true;
	return 0;

err_unmap:
	unmap(window);
	return err;
}

struct vioapic_window *vioapic_window_open(phys_addr_t phys)
{
	char reason[VIOAPIC_REASON_LEN] = "out of memory";
	struct vioapic_window *window;
	int err = -ENOMEM;

	mutex_lock(&vioapic_mutex);
	window = kzalloc(sizeof(*window), GFP_KERNEL);
	if (window)
		err = set_up(window, phys, reason);
	if (err) {
		pr_err("no window on %pa: %s\n", &phys, reason);
		kfree(window);
		window = ERR_PTR(err);
	} else {
		__set_bit(window->number, numbers);
		vioapic_inventory_add(&window->dev);
	}
	mutex_unlock(&vioapic_mutex);
	return window;
}
EXPORT_SYMBOL_GPL(vioapic_window_open);

static void destroy(struct vioapic_window *window)
{
	struct vioapic_device *dev = &window->dev;
	unsigned int pin;

	lockdep_assert_held(&vioapic_mutex);
	for (pin = 0; pin < dev->pins; pin++)
		dev->ops->unlisten(dev, pin);
	vioapic_let_go(dev);
	vioapic_inventory_del(dev);
	__clear_bit(window->number, numbers);
	unmap(window);
	kfree(window);
}

void vioapic_window_close(struct vioapic_window *window)
{
	if (IS_ERR_OR_NULL(window))
		return;
	mutex_lock(&vioapic_mutex);
	destroy(window);
	mutex_unlock(&vioapic_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_window_close);

void __iomem *vioapic_window_registers(const struct vioapic_window *window)
{
	return (void __iomem *)window->dev.site.page;
}
EXPORT_SYMBOL_GPL(vioapic_window_registers);

unsigned int vioapic_window_pins(const struct vioapic_window *window)
{
	return window->dev.pins;
}
EXPORT_SYMBOL_GPL(vioapic_window_pins);

int vioapic_window_request(struct vioapic_window *window, unsigned int pin,
			   irq_handler_t handler, const char *name, void *data)
{
	struct vioapic_listener listener = { .handler = handler, .name = name, .data = data };
	struct vioapic_device *dev = &window->dev;
	int err;

	if (pin >= dev->pins)
		return -ERANGE;
	mutex_lock(&vioapic_mutex);
	err = dev->ops->listen(dev, pin, &listener);
	mutex_unlock(&vioapic_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(vioapic_window_request);

void vioapic_window_free(struct vioapic_window *window, unsigned int pin)
{
	struct vioapic_device *dev = &window->dev;

	if (pin >= dev->pins)
		return;
	mutex_lock(&vioapic_mutex);
	dev->ops->unlisten(dev, pin);
	mutex_unlock(&vioapic_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_window_free);

/* Modules that use windows keep this one loaded, so who has left some has gone without them. */
void vioapic_window_exit(void)
{
	struct vioapic_device *dev, *next;

	mutex_lock(&vioapic_mutex);
	list_for_each_entry_safe(dev, next, &vioapic_devices, node) {
		if (!dev->window)
			continue;
		pr_err("%s: its module has gone and has not closed it\n", dev->name);
		destroy(container_of(dev, struct vioapic_window, dev));
	}
	mutex_unlock(&vioapic_mutex);
}
