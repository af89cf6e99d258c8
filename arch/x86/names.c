// SPDX-License-Identifier: GPL-2.0
/*
 * A function of the kernel's, or of a module's, by its name.
 *
 * A kprobe that is registered and never armed tells the address; a call through a pointer
 * must land on the ENDBR at the function's entry if there is one (IBT), behind which a
 * kprobe lies.  The compiler makes such calls by way of a retpoline where that is needed.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <asm/cpufeature.h>
#include <asm/ibt.h>
#include <vioapic/names.h>

#ifdef CONFIG_KPROBES

/*
 * The entry of a function of which a kprobe would lie at @address.  With IBT, what
 * nobody calls through a pointer may have lost its ENDBR.  (kCFI and FineIBT, by clang,
 * have marks of their own, which the compiler sees to.)
 */
static void *entry_of(void *address)
{
#ifdef CONFIG_X86_KERNEL_IBT
	u32 *before = address - ENDBR_INSN_SIZE;

	if (*before == gen_endbr())
		return before;
	if (boot_cpu_has(X86_FEATURE_IBT) && !IS_ENABLED(CONFIG_CFI) &&
	    !IS_ENABLED(CONFIG_CFI_CLANG))
		return NULL;
	if (*before == gen_endbr_poison())
		return before;
#endif
	return address;
}

/**
 * vioapic_name() - where a function is
 * @prefix:   the module's name and a colon, or none
 * @name:     of the function
 * @function: to be called through; written if 0 is returned
 *
 * Context: may sleep.
 * Return: 0; -EPERM if it cannot be called through a pointer; what register_kprobe() says.
 */
int vioapic_name(const char *prefix, const char *name, void **function)
{
	char symbol[64];
	struct kprobe probe = { .flags = KPROBE_FLAG_DISABLED, .symbol_name = symbol };
	int err;

	snprintf(symbol, sizeof(symbol), "%s%s", prefix, name);
	err = register_kprobe(&probe);
	if (err)
		return err;
	*function = entry_of(probe.addr);
	unregister_kprobe(&probe);
	return *function ? 0 : -EPERM;
}

#else

int vioapic_name(const char *prefix, const char *name, void **function)
{
	return -EOPNOTSUPP;
}

#endif
EXPORT_SYMBOL_GPL(vioapic_name);
