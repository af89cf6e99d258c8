// SPDX-License-Identifier: GPL-2.0
/*
 * fail_nth DIR FILE: each way into vioapic.ko and vioapic_kvm.ko, which are in DIR and not
 * loaded, while one allocation fails: the first, then the second, and so on until there is
 * none left.  What was refused has to be refused with ENOMEM and to work when asked again; what
 * was not has to be whole.
 *
 * FILE is /proc/self/fail-nth or vioapic_fail.ko's (selftests/vm/failslab.sh).  A line "STATUS
 * SENTENCE" for each way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/vioapic.h>
#include <linux/vioapic_kvm.h>

#define MANY	5000
#define DIR	"/sys/kernel/config/vioapic/nth"

static int fail_nth, admin = -1, vmm, kvm, vm = -1, vcpu = -1, guest = -1, event, resample;
static const char *directory;
static char reason[VIOAPIC_REASON_LEN];	/* of what was refused last, if it has one */
static void *mapped = MAP_FAILED;
static struct vioapic_snapshot snapshot;
static struct vioapic_kvm_state state;
static struct vioapic_kvm_ioapic kvm_state;

/* Return: 0 or an errno */
static int request(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? errno : 0;
}

static int load(const char *name)
{
	char path[256];
	int fd, error;

	snprintf(path, sizeof(path), "%s/%s.ko", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	error = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	return error;
}

static int unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

static int load_vioapic(void) { return load("vioapic"); }
static int unload_vioapic(void) { return unload("vioapic"); }
static int load_kvm(void) { return load("vioapic_kvm"); }

static int open_admin(void)
{
	admin = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	return admin < 0 ? errno : 0;
}

static int close_admin(void) { return close(admin) ? errno : 0; }

/* Nothing of it is left of before, as hooks and tables are */
static int fresh(void) { return load_vioapic() ?: open_admin(); }
static int stale(void) { return close_admin() ?: unload_vioapic(); }

/* What answers about the machine's I/O APIC */
static int ask(unsigned long cmd)
{
	/* The name comes first in all of them, but in INFO */
	static union {
		char name[VIOAPIC_NAME_LEN];
		struct vioapic_info info;
		struct vioapic_table table;
		struct vioapic_irqs irqs;
	} req;

	memset(&req, 0, sizeof(req));
	snprintf(cmd == VIOAPIC_IOC_INFO ? req.info.name : req.name, VIOAPIC_NAME_LEN, "ioapic0");
	return request(admin, cmd, &req);
}

static int info(void) { return ask(VIOAPIC_IOC_INFO); }
static int table(void) { return ask(VIOAPIC_IOC_TABLE); }
static int stats(void) { return ask(VIOAPIC_IOC_STATS); }
static int check(void) { return ask(VIOAPIC_IOC_CHECK); }
static int irqs(void) { return ask(VIOAPIC_IOC_IRQS); }
static int release(void) { return ask(VIOAPIC_IOC_RELEASE); }

static int takeover(uint32_t hook)
{
	struct vioapic_takeover req = { .name = "ioapic0", .hook = hook };

	return request(admin, VIOAPIC_IOC_TAKEOVER, &req);
}

static int takeover_oops(void) { return takeover(VIOAPIC_HOOK_OOPS); }
static int takeover_fixup(void) { return takeover(VIOAPIC_HOOK_FIXUP); }

/* Does @function call us itself, as it does where there is memory? */
static int is_direct(const char *function)
{
	FILE *file = fopen("/sys/kernel/tracing/enabled_functions", "re");
	int error = EPROTO;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, function, strlen(function)) && strstr(line, "direct"))
			error = 0;
	if (file)
		fclose(file);
	return error;
}

static int undo_first_oops(void) { return is_direct("page_fault_oops ") ?: release(); }
static int undo_first_fixup(void) { return is_direct("fixup_exception ") ?: release(); }

static int save(void)
{
	snapshot = (struct vioapic_snapshot){ .name = "ioapic0" };
	return request(admin, VIOAPIC_IOC_SAVE, &snapshot);
}

static int restore(void)
{
	return request(admin, VIOAPIC_IOC_RESTORE, &snapshot);
}

static int sim_create(void)
{
	struct vioapic_sim_create req = { .name = "nth", .gsi_base = -1, .id = -1, .pins = 240,
					  .chip = "generic240" };
	int error = request(admin, VIOAPIC_IOC_SIM_CREATE, &req);

	memcpy(reason, req.reason, sizeof(reason));
	return error;
}

static int sim_destroy(void)
{
	struct vioapic_sim_destroy req = { .name = "nth" };

	return request(admin, VIOAPIC_IOC_SIM_DESTROY, &req);
}

static int sim_line(void)
{
	struct vioapic_sim_line req = { .name = "nth", .pin = 3, .action = VIOAPIC_LINE_PULSE };

	return request(admin, VIOAPIC_IOC_SIM_LINE, &req);
}

static int sim_eventfd(uint32_t flags)
{
	struct vioapic_sim_eventfd req = { .name = "nth", .pin = 3, .action = VIOAPIC_LINE_PULSE,
					   .fd = event, .flags = flags };

	return request(admin, VIOAPIC_IOC_SIM_EVENTFD, &req);
}

static int sim_bind(void) { return sim_eventfd(0); }
static int sim_unbind(void) { return sim_eventfd(VIOAPIC_EVENTFD_REMOVE); }

static int sim_fault(uint32_t action)
{
	static const struct vioapic_fault_attr always = {
		.probability = 100, .interval = 1, .times = -1, .pin = -1, .usecs = 100,
	};
	struct vioapic_sim_fault req = { .name = "nth", .kind = VIOAPIC_FAULT_DELAY };

	req.action = action;
	if (action == VIOAPIC_FAULT_SET)
		req.attr = always;
	return request(admin, VIOAPIC_IOC_SIM_FAULT, &req);
}

static int fault_set(void) { return sim_fault(VIOAPIC_FAULT_SET); }
static int undo_fault(void) { return sim_fault(VIOAPIC_FAULT_OFF); }

static int make_dir(void) { return mkdir(DIR, 0755) ? errno : 0; }
static int remove_dir(void) { return rmdir(DIR) ? errno : 0; }

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

static int go_live(void) { return write_file(DIR "/live", "1"); }
static int go_dead(void) { return write_file(DIR "/live", "0"); }
static int break_it(void) { return write_file(DIR "/fault", "delay=always"); }
static int mend_it(void) { return write_file(DIR "/fault", "off"); }

static int read_counters(void)
{
	int fd = open(DIR "/counters", O_RDONLY | O_CLOEXEC), error;
	char text[4096];

	if (fd < 0)
		return errno;
	error = read(fd, text, sizeof(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

static int create(void)
{
	struct vioapic_kvm_create req = { .vm_fd = vm, .address = 0xfec00000, .chip = "generic240",
					  .pins = 240 };
	int error = request(vmm, VIOAPIC_KVM_CREATE, &req);

	if (error)
		return error;
	guest = req.fd;
	/* Not one that can do less, where it only had to be asked for once more */
	return req.features & VIOAPIC_KVM_FEATURE_EOI ? 0 : EPROTO;
}

static int close_guest(void) { return close(guest) ? errno : 0; }
static int destroy(void) { return request(guest, VIOAPIC_KVM_DESTROY, NULL); }
static int undo_destroy(void) { return close_guest() ?: create(); }

/* Of this VM, which has no routes, only the function tells how to deliver that is found at load */
static int undo_load_kvm(void)
{
	int error = create() ?: close_guest();

	return unload("vioapic_kvm") ?: error;
}

static int guest_eventfd(uint32_t flags)
{
	struct vioapic_kvm_eventfd req = { .pin = 5, .flags = flags, .fd = event,
					   .resample_fd = flags ? -1 : resample };

	return request(guest, VIOAPIC_KVM_EVENTFD, &req);
}

static int bind(void) { return guest_eventfd(0); }
static int unbind(void) { return guest_eventfd(VIOAPIC_KVM_EVENTFD_REMOVE); }

static int line(void)
{
	struct vioapic_kvm_line req = { .pin = 7, .level = 1, .flags = VIOAPIC_KVM_LINE_PULSE };

	return request(guest, VIOAPIC_KVM_LINE, &req);
}

static int end(void)
{
	struct vioapic_kvm_eoi req = { .vector = 0x40 };

	return request(guest, VIOAPIC_KVM_EOI, &req);
}

static int guest_save(void) { return request(guest, VIOAPIC_KVM_SAVE, &state); }
static int guest_restore(void) { return request(guest, VIOAPIC_KVM_RESTORE, &state); }
static int guest_reset(void) { return request(guest, VIOAPIC_KVM_RESET, NULL); }
static int get_ioapic(void) { return request(guest, VIOAPIC_KVM_GET_IOAPIC, &kvm_state); }
static int set_ioapic(void) { return request(guest, VIOAPIC_KVM_SET_IOAPIC, &kvm_state); }

static int guest_stats(void)
{
	struct vioapic_kvm_stats req;

	return request(guest, VIOAPIC_KVM_STATS, &req);
}

static int query(void)
{
	struct vioapic_kvm_query req = { .version = 0 };

	return request(vmm, VIOAPIC_KVM_QUERY, &req);
}

static int map(void)
{
	mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, guest, 0);
	return mapped == MAP_FAILED ? errno : 0;
}

static int undo_map(void) { return munmap(mapped, 4096) ? errno : 0; }

static int list(void)
{
	struct vioapic_kvm_vm req = { .pid = getpid() };

	return request(admin, VIOAPIC_KVM_VM, &req);
}

static int watch(unsigned long cmd)
{
	struct vioapic_kvm_watch req = { .pid = getpid(), .vm_fd = vm };

	return request(admin, cmd, &req);
}

static int attach(void) { return watch(VIOAPIC_KVM_ATTACH); }
static int detach(void) { return watch(VIOAPIC_KVM_DETACH); }

static int nothing(void) { return 0; }

/* An irqchip is given once; with the one vCPU that EOIs come from */
static int new_vm(bool split)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_SPLIT_IRQCHIP };

	close(vcpu);
	close(vm);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 ||
	    (split ? ioctl(vm, KVM_ENABLE_CAP, &cap) : ioctl(vm, KVM_CREATE_IRQCHIP, 0)))
		return errno;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	return vcpu < 0 ? errno : 0;
}

static int split_vm(void) { return new_vm(true); }
static int kernel_vm(void) { return new_vm(false); }

/* Two that are equal for one that has 24 pins at most */
static int small_guest(void)
{
	struct vioapic_kvm_create req = { .vm_fd = vm, .address = 0xfec00000, .chip = "ich" };

	return ioctl(vmm, VIOAPIC_KVM_CREATE, &req) < 0 || (guest = req.fd) < 0;
}

static int open_devices(void)
{
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vmm = open("/dev/vioapic_kvm", O_RDWR | O_CLOEXEC);
	return kvm < 0 || vmm < 0;
}

/**
 * struct way - into the modules
 * @name:   of it; without one, @act only prepares what follows, and nothing fails
 * @act:    returns 0 or an errno, as all of these do
 * @undo:   after it has worked, so that it can be asked again: looks whether it has, all of it
 * @least:  how many allocations it has at least
 * @theirs: ACPI and io_apic.c, which do not always say that it is memory, may refuse it
 * @before: each time, or NULL; nothing fails
 * @after:  each time, whether it has worked or not, if @before
 */
static const struct way {
	const char *name;
	int (*act)(void);
	int (*undo)(void);
	unsigned int least;
	bool theirs;
	int (*before)(void);
	int (*after)(void);
} ways[] = {
	{ "vioapic.ko is loaded", load_vioapic, unload_vioapic, 10 },
	{ "TAKEOVER, the first, hook oops", takeover_oops, undo_first_oops, 5, false, fresh,
	  stale },
	{ "TAKEOVER, the first, hook fixup", takeover_fixup, undo_first_fixup, 5, false, fresh,
	  stale },
	{ "SIM_CREATE, the first", sim_create, sim_destroy, 10, true, fresh, stale },
	{ NULL, load_vioapic },
	{ "/dev/vioapic is opened", open_admin, close_admin, 0 },
	{ NULL, open_admin },
	{ "INFO", info, nothing, 0 },
	{ "TABLE", table, nothing, 1 },
	{ "STATS", stats, nothing, 0 },
	{ "IRQS", irqs, nothing, 1 },
	{ "TAKEOVER, hook oops", takeover_oops, release, 1 },
	{ "TAKEOVER, hook fixup", takeover_fixup, release, 1 },
	{ NULL, takeover_oops },
	{ "CHECK", check, nothing, 1 },
	{ "SAVE", save, nothing, 1 },
	{ "RESTORE", restore, nothing, 1 },
	{ "RELEASE", release, takeover_oops, 0 },
	{ NULL, release },
	{ "SIM_CREATE", sim_create, sim_destroy, 5, true },
	{ NULL, sim_create },
	{ "SIM_DESTROY", sim_destroy, sim_create, 0 },
	{ "SIM_LINE", sim_line, nothing, 0 },
	{ "SIM_EVENTFD", sim_bind, sim_unbind, 1 },
	{ NULL, sim_bind },
	{ "SIM_EVENTFD, removed", sim_unbind, sim_bind, 0 },
	{ "SIM_FAULT", fault_set, undo_fault, 0 },
	{ NULL, sim_destroy },
	{ "mkdir in configfs", make_dir, remove_dir, 1 },
	{ NULL, make_dir },
	{ "live", go_live, go_dead, 5, true },
	{ NULL, go_live },
	{ "fault", break_it, mend_it, 1 },
	{ "counters", read_counters, nothing, 1 },
	{ "live no more", go_dead, go_live, 0 },
	{ NULL, go_dead },
	{ "rmdir in configfs", remove_dir, make_dir, 0 },
	{ NULL, remove_dir },
	{ NULL, open_devices },
	{ NULL, split_vm },
	{ "vioapic_kvm.ko is loaded", load_kvm, undo_load_kvm, 0 },
	{ NULL, load_kvm },
	{ "KVM_QUERY", query, nothing, 0 },
	{ "KVM_CREATE", create, close_guest, 5 },
	{ NULL, create },
	{ "KVM_DESTROY", destroy, undo_destroy, 0 },
	{ "the last close()", close_guest, create, 0 },
	{ "KVM_EVENTFD", bind, unbind, 1 },
	{ NULL, bind },
	{ "KVM_EVENTFD, removed", unbind, bind, 0 },
	{ "KVM_LINE", line, nothing, 0 },
	{ "KVM_EOI", end, nothing, 0 },
	{ "KVM_SAVE", guest_save, nothing, 1 },
	{ "KVM_RESTORE", guest_restore, nothing, 1 },
	{ "KVM_RESET", guest_reset, nothing, 0 },
	{ "KVM_STATS", guest_stats, nothing, 0 },
	{ "mmap()", map, undo_map, 0 },
	{ "KVM_VM", list, nothing, 0 },
	{ NULL, destroy },
	{ NULL, split_vm },
	{ NULL, small_guest },
	{ "KVM_GET_IOAPIC", get_ioapic, nothing, 2 },
	{ "KVM_SET_IOAPIC", set_ioapic, nothing, 2 },
	{ NULL, kernel_vm },
	{ "KVM_ATTACH", attach, detach, 1 },
	{ NULL, attach },
	{ "KVM_DETACH", detach, attach, 0 },
};

/* Return: 0; or 1 if none was left to fail.  *@error is what @way was refused with, or 0 */
static bool try(const struct way *way, unsigned int nth, int *error)
{
	char text[16];
	ssize_t size;

	size = sprintf(text, "%u", nth);
	if (pwrite(fail_nth, text, size, 0) != size) {
		printf("1 which allocation fails can be said: %s\n", strerror(errno));
		exit(1);
	}
	*error = way->act();
	size = pread(fail_nth, text, sizeof(text) - 1, 0);
	text[size > 0 ? size : 0] = '\0';
	if (pwrite(fail_nth, "0", 1, 0) != 1)
		exit(1);
	return atoi(text) != 0;
}

/* *@wrong counts, and the first are told */
static void blame(const struct way *way, unsigned int nth, const char *what, int error,
		  unsigned int *wrong)
{
	if (error && (*wrong)++ < 5)
		printf("# %s, allocation %u: %s: %s; %s\n", way->name, nth, what, strerror(error),
		       reason);
	reason[0] = '\0';
}

/* Return: as try() */
static bool once(const struct way *way, unsigned int nth, unsigned int *refused,
		 unsigned int *wrong)
{
	bool none_left;
	int error;

	if (way->before)
		blame(way, nth, "cannot be prepared", way->before(), wrong);
	none_left = try(way, nth, &error);
	if (error && none_left) {
		blame(way, nth, "refused with none left to fail", error, wrong);
	} else if (error) {
		++*refused;
		if (error != ENOMEM && !(way->theirs && (error == EIO || error == EINVAL)))
			blame(way, nth, "refused", error, wrong);
		error = way->act();
		blame(way, nth, "asked again", error, wrong);
	}
	if (!error)
		blame(way, nth, "worked, but", way->undo(), wrong);
	if (way->before)
		blame(way, nth, "what was prepared stays", way->after(), wrong);
	return none_left;
}

static void go(const struct way *way)
{
	unsigned int nth = 1, refused = 0, wrong = 0;

	while (!once(way, nth, &refused, &wrong) && nth < MANY)
		nth++;
	wrong += nth == MANY || nth - 1 < way->least;
	printf("%d %s: %u allocations, refused for %u\n", !!wrong, way->name, nth - 1, refused);
}

int main(int argc, char **argv)
{
	unsigned int i;
	int error;

	if (argc != 3)
		return 2;
	directory = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	fail_nth = open(argv[2], O_RDWR | O_CLOEXEC);
	event = eventfd(0, EFD_CLOEXEC);
	resample = eventfd(0, EFD_CLOEXEC);
	if (fail_nth < 0) {
		printf("1 the kernel can let the nth allocation fail: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (ways[i].name) {
			go(&ways[i]);
			continue;
		}
		error = ways[i].act();
		if (error) {
			printf("1 step %u is prepared: %s\n", i, strerror(error));
			return 1;
		}
	}
	return 0;
}
