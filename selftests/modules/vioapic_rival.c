// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks a function as a livepatch does: a redirect of which a function can have
 * but one.  It leads nowhere else, so nothing but our being there changes.
 */
#include <linux/module.h>
#include <linux/string.h>
#include <compat/ftrace.h>

static char *function = "page_fault_oops";
module_param(function, charp, 0400);

static void notrace callback(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static struct ftrace_ops ops = {
	.func = callback,
	.flags = VIOAPIC_FTRACE_FL_ARGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_DYNAMIC |
		 FTRACE_OPS_FL_PERMANENT,
};

static int __init rival_init(void)
{
	unsigned char name[32];
	int err;

	/* ftrace_set_filter() takes its pattern apart in place */
	strscpy(name, function, sizeof(name));
	err = ftrace_set_filter(&ops, name, strlen(name), 1);
	if (err)
		return err;
	err = register_ftrace_function(&ops);
	if (err)
		ftrace_free_filter(&ops);
	return err;
}

static void __exit rival_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

module_init(rival_init);
module_exit(rival_exit);
MODULE_DESCRIPTION("Somebody else's hook in the page fault path, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
