// SPDX-License-Identifier: GPL-2.0
/*
 * KVM's own I/O APIC, watched: who may, what is refused; that a guest reads the same;
 * and the ends of VMs, of watches and of processes in any order.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm.h"

#define PINS		24	/* of KVM's */
#define STEPS		20000
#define ROUNDS		200

static const struct libvioapic_config none;	/* KVM's has no need of one */
static unsigned int bad;
static int dev;

static void expect(long got, long wanted, const char *what)
{
	if (got == wanted)
		return;
	printf("%s: %ld, not %ld\n", what, got, wanted);
	bad++;
}

/* All of these return 0 or an errno */

static int call(unsigned long request, void *arg, char *reason)
{
	int err;

	memset(reason, 'x', VIOAPIC_REASON_LEN);
	err = ioctl(dev, request, arg) ? errno : 0;
	/* One sentence if it was refused, and none if not */
	if (!memchr(reason, '\0', VIOAPIC_REASON_LEN) || !err != !*reason || strchr(reason, '\n'))
		expect(1, 0, "the reason");
	return err;
}

static int get_vm(pid_t pid, unsigned int index, struct vioapic_kvm_vm *vm)
{
	*vm = (struct vioapic_kvm_vm) { .pid = pid, .index = index };
	return call(VIOAPIC_KVM_VM, vm, vm->reason);
}

static int attach(pid_t pid, int fd, char *name)
{
	struct vioapic_kvm_watch watch = { .pid = pid, .vm_fd = fd };
	int err = call(VIOAPIC_KVM_ATTACH, &watch, watch.reason);

	if (name)
		memcpy(name, watch.name, sizeof(watch.name));
	return err;
}

static int detach(pid_t pid, int fd)
{
	struct vioapic_kvm_watch watch = { .pid = pid, .vm_fd = fd };

	return call(VIOAPIC_KVM_DETACH, &watch, watch.reason);
}

static bool is_listed(const char *name)
{
	struct vioapic_info info = { 0 };

	strcpy(info.name, name);
	return !ioctl(dev, VIOAPIC_IOC_INFO, &info) && info.backend == VIOAPIC_BACKEND_KVM &&
	       info.state == VIOAPIC_STATE_TAKEN && info.pins == PINS;
}

static uint64_t stat_of(const char *name, unsigned int counter)
{
	struct vioapic_stats stats = { 0 };

	strcpy(stats.name, name);
	return ioctl(dev, VIOAPIC_IOC_STATS, &stats) ? ~0UL : stats.counter[counter];
}

/* Requests */

static void refused(struct vm *vm, int split)
{
	pid_t self = getpid();
	struct vioapic_kvm_watch watch = { .pid = self, .vm_fd = vm->fd, .reserved[5] = 1 };
	struct vioapic_kvm_vm query = { .pid = self, .reserved[0] = 1 };
	int status;
	pid_t child;

	expect(call(VIOAPIC_KVM_ATTACH, &watch, watch.reason), EINVAL, "a reserved field");
	expect(call(VIOAPIC_KVM_DETACH, &watch, watch.reason), EINVAL, "a reserved field");
	expect(call(VIOAPIC_KVM_VM, &query, query.reason), EINVAL, "a reserved field");
	expect(attach(self, -1, NULL), EINVAL, "attach to all");
	expect(attach(self, 0, NULL), ENOENT, "attach to what is no VM");
	expect(attach(self, vm->vcpu[0].fd, NULL), ENOENT, "attach to a vCPU");
	expect(attach(self, 1 << 30, NULL), ENOENT, "attach to no descriptor");
	expect(attach(self, split, NULL), ENODEV, "attach to a VM with split irqchip");
	expect(attach(0, vm->fd, NULL), ESRCH, "attach to process 0");
	expect(attach(-1, vm->fd, NULL), ESRCH, "attach to process -1");
	expect(attach(1 << 30, vm->fd, NULL), ESRCH, "attach to no process");
	expect(attach(2, vm->fd, NULL), ENOENT, "attach to a thread of the kernel's");
	expect(detach(self, -1), ENOENT, "detach from what is not watched");
	expect(detach(self, -2), EINVAL, "detach from no descriptor");
	expect(ioctl(dev, VIOAPIC_KVM_ATTACH, 8) ? errno : 0, EFAULT, "attach from nowhere");
	expect(ioctl(dev, VIOAPIC_KVM_VM, NULL) ? errno : 0, EFAULT, "a VM to nowhere");

	/* A child has inherited the descriptor, and the VM is not its own */
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	expect(attach(child, vm->fd, NULL), ENOENT, "attach to a child");
	expect(get_vm(child, 0, &query), ENOENT, "the VM of a child");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	child = fork();
	if (!child) {
		bad = 0;
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		expect(attach(self, vm->fd, NULL), EPERM, "attach without CAP_SYS_ADMIN");
		expect(detach(self, -1), EPERM, "detach without CAP_SYS_ADMIN");
		expect(get_vm(self, 0, &query), EPERM, "a VM without CAP_SYS_ADMIN");
		fflush(stdout);
		_exit(!!bad);
	}
	waitpid(child, &status, 0);
	expect(status, 0, "a child without CAP_SYS_ADMIN");
}

/* Who cannot be told the name does not get a watch */
static void untold(struct vm *vm)
{
	struct vioapic_kvm_watch *watch = mmap(NULL, sizeof(*watch), PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (watch == MAP_FAILED)
		die("no memory");
	*watch = (struct vioapic_kvm_watch) { .pid = getpid(), .vm_fd = vm->fd };
	mprotect(watch, sizeof(*watch), PROT_READ);
	expect(ioctl(dev, VIOAPIC_KVM_ATTACH, watch) ? errno : 0, EFAULT, "attach, no answer");
	expect(detach(getpid(), vm->fd), ENOENT, "which has changed nothing");
	munmap(watch, sizeof(*watch));
}

/* An ioeventfd stands before the I/O APIC on KVM's bus */
static void in_front(struct vm *vm)
{
	struct kvm_ioeventfd in_front = {
		.addr = IOAPIC_ADDRESS, .len = 4, .fd = eventfd(0, EFD_CLOEXEC),
	};

	expect(ioctl(vm->fd, KVM_IOEVENTFD, &in_front) ? errno : 0, 0, "an ioeventfd");
	expect(attach(getpid(), vm->fd, NULL), 0, "attach with an ioeventfd in front");
	expect(detach(getpid(), vm->fd), 0, "and detach");
	in_front.flags = KVM_IOEVENTFD_FLAG_DEASSIGN;
	expect(ioctl(vm->fd, KVM_IOEVENTFD, &in_front) ? errno : 0, 0, "no ioeventfd");
	close(in_front.fd);
}

static void requests(void)
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	char first[VIOAPIC_NAME_LEN], second[VIOAPIC_NAME_LEN], name[VIOAPIC_NAME_LEN];
	struct vioapic_takeover takeover = { 0 };
	struct vioapic_release release = { 0 };
	struct vioapic_kvm_vm query;
	pid_t self = getpid();
	struct vm vm[3];
	int copy, i;

	vm_create_kind(&vm[0], 2, IRQCHIP_KVM, &none, GUEST_MEMORY);
	vm_create_kind(&vm[1], 1, IRQCHIP_KVM, &none, GUEST_MEMORY);
	vm_create(&vm[2], 1, &config);
	copy = dup(vm[0].fd);
	fflush(stdout);
	refused(&vm[0], vm[2].fd);
	untold(&vm[0]);
	in_front(&vm[0]);

	for (i = 0; i < 3; i++) {
		expect(get_vm(self, i, &query), 0, "a VM");
		expect(query.vm_fd, vm[i].fd, "its descriptor");
		expect(query.vcpus, vm[i].vcpus, "its vCPUs");
		expect(query.ioapics, i == 2, "its I/O APICs of vioapic's");
		expect(query.irqchip, i == 2 ? VIOAPIC_KVM_IRQCHIP_SPLIT :
					       VIOAPIC_KVM_IRQCHIP_KERNEL, "its irqchip");
		expect(query.name[0], 0, "nobody watches it");
	}
	expect(get_vm(self, 3, &query), ENOENT, "a VM by two descriptors is but one");
	expect(get_vm(self, ~0U, &query), ENOENT, "the last index");

	/* The one with split irqchip is in the inventory too, as kvmPID */
	expect(attach(self, vm[0].fd, first), 0, "attach");
	expect(attach(self, copy, NULL), EALREADY, "attach again, by another descriptor");
	expect(attach(self, vm[1].fd, second), 0, "attach to the second VM");
	expect(!strcmp(first, second), 0, "the same name");
	expect(is_listed(first) && is_listed(second), 1, "both are listed");
	expect(get_vm(self, 1, &query), 0, "the second VM");
	expect(strcmp(query.name, second), 0, "its name");

	strcpy(takeover.name, first);
	expect(ioctl(dev, VIOAPIC_IOC_TAKEOVER, &takeover) ? errno : 0, EOPNOTSUPP, "takeover");
	strcpy(release.name, first);
	expect(ioctl(dev, VIOAPIC_IOC_RELEASE, &release) ? errno : 0, EOPNOTSUPP, "release");

	expect(detach(self, vm[0].fd), 0, "detach from one");
	expect(is_listed(first), 0, "it is listed no longer");
	expect(is_listed(second), 1, "the other one is");
	expect(attach(self, vm[0].fd, name), 0, "attach once more");
	expect(strcmp(name, first), 0, "under the same name");
	expect(detach(self, -1), 0, "detach from all");
	expect(is_listed(first) || is_listed(second), 0, "none is listed");
	expect(detach(self, -1), ENOENT, "detach from none");
	expect(attach(self, copy, NULL), 0, "attach by the other descriptor");
	expect(detach(self, vm[0].fd), 0, "and detach by this one");
	close(copy);
	for (i = 0; i < 3; i++)
		vm_destroy(&vm[i]);
}

/* The same accesses */

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	if (port == PORT_LINE || port == PORT_WAIT)
		return false;
	vm_end(vcpu->vm, value ? "the guest failed at %#lx" : NULL, vcpu->vm->shared->error);
	return true;
}

static void list_accesses(struct shared *shared)
{
	static const unsigned int sizes[] = { 1, 2, 4, 8 };
	unsigned int i;

	srand(1);
	for (i = 0; i < STEPS; i++)
		shared->op[i] = (struct op) {
			.kind = rand() % 3 ? OP_WRITE : OP_READ, .size = sizes[rand() % 4],
			.offset = rand() % 4 ? rand() % 2 * 0x10 : rand() % 0x110,
			/* Mostly an index of an RTE */
			.value = rand() % 2 ? rand() : 0x10 + rand() % (2 * PINS),
		};
	shared->ops = STEPS;
}

/* What a guest without lines has read; watched or not */
static void accesses(struct op *did, bool watched)
{
	uint64_t expected = 2 * STEPS;	/* what every step reads to compare */
	char name[VIOAPIC_NAME_LEN];
	struct vm vm;
	int i;

	vm_create_kind(&vm, 1, IRQCHIP_KVM, &none, GUEST_MEMORY);
	vm.out = out;
	list_accesses(vm.shared);
	for (i = 0; i < STEPS; i++)
		expected += vm.shared->op[i].offset + vm.shared->op[i].size <= 0x100;
	if (watched)
		expect(attach(getpid(), vm.fd, name), 0, "attach");
	vm_boot(&vm, TEST_OPS);
	expect(is_good(vm_run(&vm, 120)), 1, "the guest");
	if (watched)
		/* Those that begin in KVM's registers and end behind them reach it in part */
		expect(stat_of(name, VIOAPIC_CNT_READS) + stat_of(name, VIOAPIC_CNT_WRITES) >=
		       expected, 1, "every access is counted");
	memcpy(did, vm.shared->op, STEPS * sizeof(*did));
	if (watched)
		expect(detach(getpid(), vm.fd), 0, "detach");
	vm_destroy(&vm);
}

static void same_reads(void)
{
	struct op *plain = calloc(STEPS, sizeof(*plain));
	struct op *watched = calloc(STEPS, sizeof(*watched));

	if (!plain || !watched)
		die("no memory");
	accesses(plain, false);
	accesses(watched, true);
	expect(memcmp(plain, watched, STEPS * sizeof(*plain)), 0, "a watched guest reads the same");
	free(plain);
	free(watched);
}

/* Life */

static void begin(struct vm *vm)
{
	vm_create_kind(vm, VCPUS, IRQCHIP_KVM, &none, GUEST_MEMORY);
	vm->out = out;
	vm->shared->count = ~0UL;
	vm_boot(vm, TEST_HOSTILE);
	vm_start(vm);
	usleep(20000);
}

/* All vCPUs write to it, in all ways that there are */
static void under_fire(void)
{
	uint64_t seen = 0;
	char name[VIOAPIC_NAME_LEN];
	struct vm vm;
	int i;

	begin(&vm);
	for (i = 0; i < ROUNDS; i++) {
		expect(attach(getpid(), vm.fd, name), 0, "attach under fire");
		usleep(1000);
		seen += stat_of(name, VIOAPIC_CNT_WRITES);
		expect(detach(getpid(), vm.fd), 0, "detach under fire");
	}
	expect(vm.ended, 0, "the guest goes on");
	vm_stop(&vm);
	vm_destroy(&vm);
	printf("%d times attached and detached, %lu writes seen\n", ROUNDS, seen);
	expect(seen > ROUNDS, 1, "there was fire");
}

enum end { END_KILLED, END_EXIT, END_VM_FIRST, END_FORKED, ENDS };

/* Says @value to the other side of @socket, and waits for what that says */
static int tell(int socket, int value)
{
	if (write(socket, &value, sizeof(value)) != sizeof(value) ||
	    read(socket, &value, sizeof(value)) != sizeof(value))
		die("the other side has died too early");
	return value;
}

static void end_as(enum end end, int parent)
{
	struct vm vm;

	begin(&vm);
	if (end == END_FORKED && !fork()) {
		/* Holds everything for a moment longer */
		usleep(50000);
		_exit(0);
	}
	tell(parent, vm.fd);
	if (end == END_VM_FIRST)
		/* vCPUs keep it */
		close(vm.fd);
	tell(parent, 0);
	if (end == END_KILLED)
		raise(SIGKILL);
	_exit(0);
}

/*
 * A child with a VM, made by its first thread or, if @thread, after that has ended.
 * Return: the parent's end of a socket to it
 */
static int start_child(pid_t *child, enum end end, void *(*thread)(void *parent))
{
	int pair[2];
	pthread_t id;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("no socket");
	fflush(stdout);
	*child = fork();
	if (!*child) {
		close(pair[0]);
		if (!thread)
			end_as(end, pair[1]);
		if (pthread_create(&id, NULL, thread, &pair[1]))
			_exit(1);
		pthread_exit(NULL);
	}
	close(pair[1]);
	return pair[0];
}

static void end_child(int socket, pid_t child)
{
	int go = 0;

	if (write(socket, &go, sizeof(go)) != sizeof(go))
		die("a child died too early");
	waitpid(child, NULL, 0);
	close(socket);
}

/* What the child says first */
static int hear(int socket)
{
	int value;

	if (read(socket, &value, sizeof(value)) != sizeof(value))
		die("a child died too early");
	return value;
}

static void ends(void)
{
	char name[VIOAPIC_NAME_LEN];
	int socket, i;
	pid_t child;

	for (i = 0; i < 4 * ENDS; i++) {
		socket = start_child(&child, i % ENDS, NULL);
		expect(attach(child, hear(socket), name), 0, "attach to a child's VM");
		expect(is_listed(name), 1, "it is listed");
		tell(socket, 0);
		/* Now and then, before it ends: also by a descriptor that it has closed */
		if (i / ENDS == 1)
			expect(detach(child, -1), 0, "detach from a child's VM");
		end_child(socket, child);
		/* Who has forked has left a child that holds the VM */
		if (i % ENDS == END_FORKED)
			usleep(150000);
		expect(is_listed(name), 0, "it has gone with its VM");
	}
}

static void *go_on(void *parent)
{
	/* Not before the first thread has ended */
	usleep(20000);
	end_as(END_EXIT, *(int *)parent);
	return NULL;
}

/* The VM is its process's although the first thread has ended */
static void headless(void)
{
	struct vioapic_kvm_vm vm;
	pid_t child;
	int socket = start_child(&child, END_EXIT, go_on), fd = hear(socket);

	expect(get_vm(child, 0, &vm), 0, "a VM whose first thread has ended");
	expect(attach(child, fd, NULL), 0, "attach to it");
	tell(socket, 0);
	end_child(socket, child);
}

static void open_device(void)
{
	dev = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		die("/dev/vioapic: %m");
}

/* rounds PID COUNT: attach to its first VM and detach again */
int test_rounds(int argc, char **argv)
{
	unsigned long i, count = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	char name[VIOAPIC_NAME_LEN];
	struct vioapic_kvm_vm vm;
	uint64_t seen = 0;

	open_device();
	if (!count || get_vm(atoi(argv[0]), 0, &vm))
		die("no such VM");
	for (i = 0; i < count && !bad; i++) {
		expect(attach(vm.pid, vm.vm_fd, name), 0, "attach");
		usleep(30000);
		seen += stat_of(name, VIOAPIC_CNT_READS) + stat_of(name, VIOAPIC_CNT_WRITES);
		expect(detach(vm.pid, -1), 0, "detach");
	}
	printf("%lu accesses seen in %lu watches\n", seen, i);
	expect(seen > 0, 1, "there were accesses");
	return !!bad;
}

int test_watch(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	open_device();
	requests();
	same_reads();
	under_fire();
	ends();
	headless();
	return !!bad;
}
