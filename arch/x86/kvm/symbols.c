// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of KVM's that it keeps for kvm-amd and kvm-intel, found by name at load.
 *
 * What each is for stands at struct vioapic_kvm_symbols.
 *
 * Types come from KVM's headers.  Of functions and structures that no header has, KVM's
 * type information (BTF) says whether they are what this module takes them for.
 *
 * This module uses KVM by functions that are for everybody, too, so KVM stays.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/btf.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <compat/kvm.h>
#include <compat/kvm_symbols.h>
#include <vioapic/names.h>

struct vioapic_kvm_symbols vioapic_kvm __ro_after_init;

static typeof(btf_put) *put_btf __initdata;

/* Names */

static int __init find(const char *prefix, const char *name, void **function)
{
	int err = vioapic_name(prefix, name, function);

	if (!err)
		return 0;
	if (err == -EPERM)
		pr_err("does not load: %s%s() of this kernel cannot be called through a pointer (IBT)\n",
		       prefix, name);
	else
		pr_err("does not load: this kernel has no function %s%s() to be found (error %d)\n",
		       prefix, name, -err);
	return err == -ENOMEM ? err : -EOPNOTSUPP;
}

/* Types */

/**
 * enum what - what a parameter or a member is taken for
 * @WHAT_VALUE:   a number of so many bytes
 * @WHAT_POINTER: to a structure of so many bytes, or to a number
 * @WHAT_OPAQUE:  a pointer to whatever
 * @WHAT_STRUCT:  a structure of so many bytes
 */
enum what { WHAT_VALUE, WHAT_POINTER, WHAT_OPAQUE, WHAT_STRUCT };

struct expected {
	enum what what;
	size_t size;
};

#define VALUE(type)	{ .what = WHAT_VALUE, .size = sizeof(type), }
#define POINTER(type)	{ .what = WHAT_POINTER, .size = sizeof(type), }
#define STRUCT(type)	{ .what = WHAT_STRUCT, .size = sizeof(type), }
#define OPAQUE		{ .what = WHAT_OPAQUE, }

struct function {
	const char *name;
	struct expected result;
	unsigned int count;
	struct expected param[5];
};

static const struct function functions[] __initconst = {
	{ "kvm_apic_match_dest", VALUE(bool), 5,
	  { POINTER(struct kvm_vcpu), OPAQUE, VALUE(int), VALUE(unsigned int), VALUE(int) } },
	{ "__kvm_emulate_msr_read", VALUE(int), 3,
	  { POINTER(struct kvm_vcpu), VALUE(u32), POINTER(u64) } },
	{ "kvm_get_linear_rip", VALUE(unsigned long), 1, { POINTER(struct kvm_vcpu) } },
};

/* A structure's member, by where it is: names can change, what is there may not */
struct member {
	const char *structure;
	size_t offset;
	struct expected type;
};

static const struct member members[] __initconst = {
	{ "kvm_lapic", offsetof(struct vioapic_kvm_lapic, base), VALUE(unsigned long) },
	{ "kvm_lapic", offsetof(struct vioapic_kvm_lapic, dev), STRUCT(struct kvm_io_device) },
#ifdef CONFIG_KVM_IOAPIC
	{ "kvm_ioapic", 0, VALUE(u64) },
	{ "kvm_ioapic", offsetof(struct vioapic_kvm_own_ioapic, dev),
	  STRUCT(struct kvm_io_device) },
#endif
};

/* The type behind names and qualifiers, or NULL */
static const struct btf_type *__init resolve(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type_by_id(btf, id);

	while (t && (btf_type_is_typedef(t) || btf_type_is_volatile(t) ||
		     BTF_INFO_KIND(t->info) == BTF_KIND_CONST ||
		     BTF_INFO_KIND(t->info) == BTF_KIND_TYPE_TAG))
		t = btf_type_by_id(btf, t->type);
	return t;
}

static bool __init is(const struct btf *btf, u32 id, const struct expected *expected)
{
	const struct btf_type *t = resolve(btf, id);

	if (!t)
		return false;
	switch (expected->what) {
	case WHAT_VALUE:
		return (btf_type_is_int(t) || btf_type_is_enum(t)) && t->size == expected->size;
	case WHAT_STRUCT:
		return btf_type_is_struct(t) && t->size == expected->size;
	case WHAT_OPAQUE:
		return btf_type_is_ptr(t);
	default:
		if (!btf_type_is_ptr(t))
			return false;
		t = resolve(btf, t->type);
		return t && (btf_type_is_struct(t) || btf_type_is_int(t)) &&
		       t->size == expected->size;
	}
}

static bool __init function_is(const struct btf *btf, u32 id, const struct function *f)
{
	const struct btf_type *t = btf_type_by_id(btf, id);
	unsigned int i;

	t = t ? btf_type_by_id(btf, t->type) : NULL;
	if (!t || !btf_type_is_func_proto(t) || btf_type_vlen(t) != f->count ||
	    !is(btf, t->type, &f->result))
		return false;
	for (i = 0; i < f->count; i++)
		if (!is(btf, btf_params(t)[i].type, &f->param[i]))
			return false;
	return true;
}

static bool __init member_is(const struct btf *btf, u32 id, const struct member *m)
{
	const struct btf_type *t = btf_type_by_id(btf, id);
	unsigned int i;

	if (!t || !btf_type_is_struct(t))
		return false;
	for (i = 0; i < btf_type_vlen(t); i++)
		if (__btf_member_bit_offset(t, btf_type_member(t) + i) == 8 * m->offset)
			return is(btf, btf_type_member(t)[i].type, &m->type);
	return false;
}

static int __init refuse(const char *name)
{
	pr_err("does not load: %s of this kernel's KVM is not what vioapic_kvm knows\n", name);
	return -EOPNOTSUPP;
}

static int __init look_up(const char *name, u32 kind, struct btf **btf, u32 *id)
{
	s32 found = bpf_find_btf_id(name, kind, btf);

	if (found > 0) {
		*id = found;
		return 0;
	}
	pr_err("does not load: KVM has no type information (CONFIG_DEBUG_INFO_BTF_MODULES) of %s\n",
	       name);
	return -EOPNOTSUPP;
}

static int __init check_types(void)
{
	struct btf *btf;
	unsigned int i;
	bool good;
	int err;
	u32 id;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		err = look_up(functions[i].name, BTF_KIND_FUNC, &btf, &id);
		if (err)
			return err;
		good = function_is(btf, id, &functions[i]);
		put_btf(btf);
		if (!good)
			return refuse(functions[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(members); i++) {
		err = look_up(members[i].structure, BTF_KIND_STRUCT, &btf, &id);
		if (err)
			return err;
		good = member_is(btf, id, &members[i]);
		put_btf(btf);
		if (!good)
			return refuse(members[i].structure);
	}
	return 0;
}

#define FIND(name)	find(VIOAPIC_KVM_PREFIX, #name, (void **)&vioapic_kvm.name)

int __init vioapic_kvm_find(void)
{
	return find("", "btf_put", (void **)&put_btf) ?:
	       FIND(file_is_kvm) ?:
	       FIND(kvm_get_running_vcpu) ?:
	       FIND(__kvm_vcpu_kick) ?:
	       FIND(kvm_apic_match_dest) ?:
	       FIND(__kvm_emulate_msr_read) ?:
	       FIND(kvm_get_linear_rip) ?:
	       check_types();
}
