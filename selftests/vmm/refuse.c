// SPDX-License-Identifier: GPL-2.0
/* What is refused, with which errno and sentence, and that nothing is changed by it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm.h"

static unsigned int bad;

static void expect(int got, int wanted, const char *what)
{
	if (got == wanted)
		return;
	printf("%s: %s, not %s\n", what, strerror(got), strerror(wanted));
	bad++;
}

static const struct vioapic_kvm_create good_request = {
	.address = 0xfec01000, .gsi_base = 100, .chip = "ich",
};

/* Return: 0 or an errno; @says has to be in the reason */
static int create(struct vioapic_kvm_create req, const char *says)
{
	int dev = open("/dev/vioapic", O_RDWR), err = 0;

	memset(req.reason, 'x', sizeof(req.reason));
	if (ioctl(dev, VIOAPIC_KVM_CREATE, &req) < 0)
		err = errno;
	else
		close(req.fd);
	close(dev);
	if (says && !strstr(req.reason, says)) {
		printf("the reason is \"%.160s\", without \"%s\"\n", req.reason, says);
		bad++;
	}
	return err;
}

/* The descriptor of the second file from now on: the first would get the device's, below */
static int next_fd(void)
{
	int first = open("/dev/null", O_RDONLY), second = open("/dev/null", O_RDONLY);

	close(first);
	close(second);
	return second;
}

/* Who cannot be told of the descriptor has none, and the I/O APIC goes */
static void untold(struct vm *vm)
{
	struct vioapic_kvm_create *req = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int dev = open("/dev/vioapic", O_RDWR), fd = next_fd();

	*req = good_request;
	req->vm_fd = vm->fd;
	mprotect(req, 4096, PROT_READ);
	expect(ioctl(dev, VIOAPIC_KVM_CREATE, req) < 0 ? errno : 0, EFAULT, "nowhere to answer");
	expect(next_fd(), fd, "and no descriptor");
	munmap(req, 4096);
	close(dev);
}

#define REFUSED(vm, errno_, says, ...) do {					\
	struct vioapic_kvm_create req_ = good_request;				\
										\
	req_.vm_fd = (vm)->fd;							\
	__VA_ARGS__;								\
	expect(create(req_, says), errno_, says);				\
} while (0)

static void creation(struct vm *vm)
{
	int kvm = vm->kvm;
	int plain = ioctl(kvm, KVM_CREATE_VM, 0);
	int full = ioctl(kvm, KVM_CREATE_VM, 0);
	int no_route = ioctl(kvm, KVM_CREATE_VM, 0);
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	int status, fd = next_fd();
	pid_t child;

	ioctl(full, KVM_CREATE_IRQCHIP, 0);
	ioctl(no_route, KVM_ENABLE_CAP, &split);
	REFUSED(vm, EBADF, "is no KVM virtual machine", req_.vm_fd = -1);
	REFUSED(vm, EBADF, "is no KVM virtual machine", req_.vm_fd = 0);
	REFUSED(vm, EBADF, "is no KVM virtual machine", req_.vm_fd = vm->vcpu[0].fd);
	REFUSED(vm, ENODEV, "no local APICs in the kernel", req_.vm_fd = plain);
	REFUSED(vm, ENODEV, "KVM's own I/O APIC: use", req_.vm_fd = full);
	REFUSED(vm, EINVAL, "no chip \"\"", req_.chip[0] = 0);
	REFUSED(vm, EINVAL, "no chip \"best\"", strcpy(req_.chip, "best"));
	REFUSED(vm, EINVAL, "not terminated", memset(req_.chip, 'a', sizeof(req_.chip)));
	REFUSED(vm, EINVAL, "no address of a page", req_.address = 0);
	REFUSED(vm, EINVAL, "no address of a page", req_.address = 0xfec01004);
	REFUSED(vm, EINVAL, "no address of a page", req_.address = 1UL << 52);
	REFUSED(vm, EINVAL, "more than 240", req_.pins = 241);
	REFUSED(vm, EINVAL, "more than 240", req_.pins = ~0U);
	REFUSED(vm, EINVAL, "does not fit in 32 bits", req_.gsi_base = ~0U);
	REFUSED(vm, EINVAL, "has 4 bits", req_.id = 16);
	REFUSED(vm, EINVAL, "reserved field", req_.reserved[4] = 1);
	REFUSED(vm, EINVAL, "reserved field", req_.fd = 1);
	REFUSED(vm, EEXIST, "at 0xfec00000 already", req_.address = IOAPIC_ADDRESS);
	REFUSED(vm, EEXIST, "GSIs 0-23 are those", req_.gsi_base = 23);
	child = fork();
	if (!child) {
		bad = 0;
		REFUSED(vm, EIO, "another process", (void)0);
		_exit(bad);
	}
	waitpid(child, &status, 0);
	bad += !!status;
	untold(vm);
	expect(next_fd(), fd, "no descriptor is left of what was refused");
	/* And what is right works, so that it was not this */
	REFUSED(vm, 0, "", (void)0);
	/* A VM without routes is one, too */
	REFUSED(vm, 0, "", req_.vm_fd = no_route);
	close(plain);
	close(full);
	close(no_route);
}

static int call(struct vm *vm, unsigned long request, void *arg)
{
	return ioctl(libvioapic_fd(vm->ioapic), request, arg) < 0 ? errno : 0;
}

static void lines(struct vm *vm)
{
	int fd = eventfd(0, 0), other = eventfd(0, 0), zero = open("/dev/zero", O_RDWR);
	struct vioapic_kvm_line wrong = { .pin = 1, .level = 1 };
	unsigned int n;

	expect(-libvioapic_line(vm->ioapic, 24, 1), ERANGE, "a pin too many");
	expect(-libvioapic_line(vm->ioapic, ~0U, 1), ERANGE, "the last pin of all");
	expect(call(vm, VIOAPIC_KVM_LINE, &(struct vioapic_kvm_line) { .pin = 1, .level = 2 }),
	       EINVAL, "level 2");
	wrong.flags = 4;
	expect(call(vm, VIOAPIC_KVM_LINE, &wrong), EINVAL, "an unknown flag");
	wrong.flags = VIOAPIC_KVM_LINE_ELECTRICAL | VIOAPIC_KVM_LINE_PULSE;
	expect(call(vm, VIOAPIC_KVM_LINE, &wrong), EINVAL, "an electrical pulse");
	wrong.flags = 0;
	wrong.reserved[3] = 1;
	expect(call(vm, VIOAPIC_KVM_LINE, &wrong), EINVAL, "a reserved field of a line");
	expect(-libvioapic_eventfd(vm->ioapic, 24, fd, -1, 0), ERANGE, "an eventfd for no pin");
	expect(-libvioapic_eventfd(vm->ioapic, 1, -1, -1, 0), EBADF, "no eventfd");
	expect(-libvioapic_eventfd(vm->ioapic, 1, zero, -1, 0), EINVAL, "/dev/zero");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, zero, 0), EINVAL, "/dev/zero to resample");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, 999, 0), EBADF, "nothing to resample");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, -2, 0), EBADF, "-2 to resample");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, -1, 4), EINVAL, "unknown flags");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 1, -1), ENOENT, "nothing to remove");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, fd, 0), EINVAL, "one that asks itself");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, other, 0), 0, "an eventfd that is asked");
	expect(-libvioapic_eventfd(vm->ioapic, 2, other, fd, 0), EINVAL, "two that ask each other");
	expect(-libvioapic_eventfd(vm->ioapic, 2, zero, fd, 0), EINVAL, "nor /dev/zero");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 1, -1), 0, "remove it");
	expect(-libvioapic_eventfd(vm->ioapic, 2, other, -1, 0), 0, "then it can be bound");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, other, 0), EINVAL, "and not be asked");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 2, other), 0, "remove that");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, -1, 0), 0, "an eventfd");
	expect(-libvioapic_eventfd(vm->ioapic, 1, fd, -1, 0), EBUSY, "the same again");
	expect(-libvioapic_eventfd(vm->ioapic, 2, fd, -1, 0), EBUSY, "the same for another pin");
	for (n = 0; n < 15; n++)
		expect(-libvioapic_eventfd(vm->ioapic, 1, eventfd(0, 0), -1, 0), 0, "another");
	expect(-libvioapic_eventfd(vm->ioapic, 1, other, -1, 0), ENOSPC, "one too many");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 1, other), ENOENT, "one that is not bound");
	expect(-libvioapic_line(vm->ioapic, 1, 1), 0, "a line that eventfds drive, too");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 1, fd), 0, "remove");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 1, fd), ENOENT, "remove it again");
	expect(-libvioapic_eventfd_remove(vm->ioapic, 1, -1), 0, "remove all");
	expect(-libvioapic_line(vm->ioapic, 1, 0), 0, "low");
	expect(-libvioapic_eoi(vm->ioapic, 256, 0), EINVAL, "vector 256");
	expect(-libvioapic_eoi(vm->ioapic, 64, 77), ENOENT, "no such vCPU");
	expect(-libvioapic_eoi(vm->ioapic, 64, 0), 0, "an EOI of nothing");
	close(fd);
	close(other);
	close(zero);
}

static void restores(struct vm *vm)
{
	static struct vioapic_state saved, state, after;
	char reason[VIOAPIC_REASON_LEN];

	libvioapic_save(vm->ioapic, &saved);
#define BROKEN(what) do {							\
	state = saved;								\
	what;									\
	expect(-libvioapic_restore(vm->ioapic, &state, reason), EINVAL, #what);	\
	if (!reason[0])								\
		expect(0, EINVAL, "a reason for " #what);			\
} while (0)
	BROKEN(state.magic++);
	BROKEN(state.version++);
	BROKEN(state.size--);
	BROKEN(state.role = VIOAPIC_ROLE_SHADOW);
	BROKEN(state.pins = 0);
	BROKEN(state.pins = 23);
	BROKEN(state.pins = 1000);
	BROKEN(strcpy(state.chip, "via"));
	BROKEN(state.address += 4096);
	BROKEN(state.gsi_base++);
	BROKEN(state.ioregsel = 0x100);
	BROKEN(state.reg[0] = ~0U);
	BROKEN(state.pin[0].rte |= 1 << 20);
	BROKEN(state.pin[0].flags = 0xffff);
	BROKEN(state.pin[200].rte = 1);
	libvioapic_save(vm->ioapic, &after);
	if (memcmp(&saved, &after, sizeof(saved)))
		expect(1, 0, "what was refused changed something");
	expect(-libvioapic_restore(vm->ioapic, &saved, reason), 0, "what was saved");
}

static void others(struct vm *vm)
{
	int fd = libvioapic_fd(vm->ioapic);

	expect(call(vm, _IO(0xb6, 0x3f), NULL), ENOTTY, "an ioctl that is none");
	expect(call(vm, VIOAPIC_KVM_CREATE, NULL), ENOTTY, "create on an I/O APIC");
	expect(call(vm, VIOAPIC_KVM_SAVE, NULL), EFAULT, "save to nowhere");
	expect(call(vm, VIOAPIC_KVM_LINE, (void *)8), EFAULT, "a line from nowhere");
	expect(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ?
	       errno : 0, EPERM, "a mapping for writing");
	expect(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED ?
	       errno : 0, EPERM, "a private mapping for writing");
	expect(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? errno : 0, EINVAL,
	       "two pages");
	expect(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096) == MAP_FAILED ? errno : 0, EINVAL,
	       "the second page");
}

int test_refuse(int argc, char **argv)
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	struct vioapic_kvm_create req = good_request;
	struct vm vm;
	void *page;

	/* Without the module */
	if (argc > 0 && !strcmp(argv[0], "module")) {
		expect(create(req, "modprobe vioapic_kvm"), EOPNOTSUPP, "no vioapic_kvm");
		return !!bad;
	}
	vm_create(&vm, 1, &config);
	creation(&vm);
	lines(&vm);
	restores(&vm);
	others(&vm);
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, libvioapic_fd(vm.ioapic), 0);
	expect(mprotect(page, 4096, PROT_READ | PROT_WRITE) ? errno : 0, EACCES,
	       "mprotect for writing");
	munmap(page, 4096);
	vm_destroy(&vm);
	return !!bad;
}
