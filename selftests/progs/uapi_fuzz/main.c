// SPDX-License-Identifier: GPL-2.0
/*
 * uapi_fuzz SEED CALLS [nobody]: requests at random, of all that /dev/vioapic,
 * /dev/vioapic_kvm, a guest's I/O APIC and configfs take.  They are made as they ought to be,
 * and then most are spoilt a little: so they get far.  selftests/fuzz/dev_vioapic.txt says
 * the same to syzkaller.
 *
 * nobody: by somebody without privileges, who was given a descriptor of /dev/vioapic.
 *
 * What has to hold whatever was asked: an errno that is documented, a reason of one line,
 * and no address of the kernel's in an answer.  A line "STATUS SENTENCE" for each, STATUS 0
 * if it does; and each request has to have been both carried out and refused, else nothing
 * was tried.
 *
 * With KCOV in the kernel and in the modules, /tmp/kcov has the addresses that were reached.
 *
 * Not asked for, as it ends the machine and says nothing of us: entries of the machine's own
 * I/O APIC out of a file, unmasked entries of simulated ones, and delivery modes that kill.
 */
#include "fuzz.h"

#define NOBODY	65534

struct uapi_fuzz fuzz;
static uint64_t random_state;

uint64_t fuzz_random(void)
{
	/* xorshift64* */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dULL;
}

unsigned int fuzz_below(unsigned int n)
{
	return (fuzz_random() >> 33) % n;
}

void fuzz_finding(const char *request, const char *what, long value)
{
	if (fuzz.findings++ < 20)
		printf("# %s: %s (%#lx)\n", request, what, value);
}

static uint64_t odd_number(void)
{
	static const uint64_t odd[] = {
		0, 1, 2, 3, 7, 8, 15, 16, 23, 24, 32, 63, 64, 127, 239, 240, 241, 255, 256, 4095,
		4096, 65535, 65536, 0x7fffffff, 0x80000000, 0xfec00000, 0xffffffff, 1ULL << 32,
		1ULL << 63, -1ULL, -2ULL,
	};
	unsigned int n = fuzz_below(sizeof(odd) / sizeof(*odd) + 4);

	return n < sizeof(odd) / sizeof(*odd) ? odd[n] : fuzz_random();
}

static void make_text(char *at, size_t size, int kind)
{
	static const char *const chips[] = {
		"ich", "generic240", "qemu", "", "82093aa", "bad", "%s%n",
	};

	memset(at, 0, size);
	if (kind == FUZZ_CHIP)
		strcpy(at, chips[fuzz_below(sizeof(chips) / sizeof(*chips))]);
	else if (fuzz_below(8))
		sprintf(at, "fuzz%u", fuzz_below(FUZZ_SIMS));
	else
		strcpy(at, fuzz_below(3) ? "ioapic0" : "nobody");
}

static int some(const int *fds, unsigned int count)
{
	return fds[fuzz_below(count)];
}

static uint64_t make_number(int kind)
{
	switch (kind) {
	case FUZZ_PIN:
		return fuzz_below(26);
	case FUZZ_FEW:
		return fuzz_below(4);
	case FUZZ_BIT:
		return fuzz_below(2);
	case FUZZ_NEXT:
		return fuzz_below(4) ? -1ULL : odd_number();
	case FUZZ_SMALL:
		return fuzz_below(256);
	case FUZZ_ADDRESS:
		return 0xfec00000 + 0x1000 * fuzz_below(64);
	case FUZZ_GSI:
		return 24 * fuzz_below(16);
	case FUZZ_PID:
		return fuzz_below(8) ? (uint64_t)getpid() : 1;
	case FUZZ_VM:
		return some(fuzz.vms, FUZZ_VMS);
	case FUZZ_EVENTFD:
		return some(fuzz.eventfds, FUZZ_EVENTFDS);
	case FUZZ_NO_EVENTFD:
		return fuzz_below(2) ? -1ULL : (uint64_t)some(fuzz.eventfds, FUZZ_EVENTFDS);
	}
	return odd_number();
}

static void put(void *at, size_t size, uint64_t value)
{
	memcpy(at, &value, size < sizeof(value) ? size : sizeof(value));
}

/* Entries and lines of a state that was saved, in some places */
static void change_state(struct vioapic_state *state)
{
	unsigned int n = fuzz_below(8);

	while (n--) {
		struct vioapic_pin_state *pin = &state->pin[fuzz_below(fuzz_below(4) ? 24 : 240)];

		switch (fuzz_below(4)) {
		case 0:
			pin->rte = fuzz_random() & 0xff0000000001afff;
			break;
		case 1:
			pin->rte ^= 1ULL << fuzz_below(fuzz_below(4) ? 17 : 64);
			break;
		case 2:
			pin->flags = fuzz_below(64);
			break;
		default:
			pin->storm = odd_number();
		}
	}
}

static void fill(const struct fuzz_request *r, unsigned char *arg)
{
	const struct fuzz_field *f;

	memset(arg, 0, FUZZ_ARG);
	for (f = r->fields; f->size; f++) {
		if (f->kind == FUZZ_NAME || f->kind == FUZZ_CHIP)
			make_text((char *)arg + f->offset, f->size, f->kind);
		else if (f->kind == FUZZ_STATE || f->kind == FUZZ_KVM_STATE)
			;
		else
			put(arg + f->offset, f->size, make_number(f->kind));
	}
}

/* Saved just now, by the same name or on the same descriptor, so that it is nearly right */
static void fill_state(const struct fuzz_request *r, int fd, unsigned char *arg)
{
	static struct vioapic_snapshot snapshot;

	if (r->cmd == VIOAPIC_IOC_RESTORE) {
		memcpy(snapshot.name, arg, sizeof(snapshot.name));
		if (!ioctl(fd, VIOAPIC_IOC_SAVE, &snapshot))
			memcpy(arg + offsetof(struct vioapic_snapshot, state), &snapshot.state,
			       sizeof(snapshot.state));
		change_state((void *)(arg + offsetof(struct vioapic_snapshot, state)));
	} else if (r->cmd == VIOAPIC_KVM_RESTORE) {
		ioctl(fd, VIOAPIC_KVM_SAVE, arg);
		change_state((void *)arg);
	} else if (r->cmd == VIOAPIC_KVM_SET_IOAPIC) {
		struct vioapic_kvm_ioapic *ioapic = (void *)arg;

		ioctl(fd, VIOAPIC_KVM_GET_IOAPIC, arg);
		ioapic->state.redirtbl[fuzz_below(24)].bits = fuzz_random();
	}
}

/* In up to four places, whatever is there */
static void spoil(const struct fuzz_request *r, unsigned char *arg)
{
	unsigned int size = _IOC_SIZE(r->cmd), n = 1 + fuzz_below(4);
	static const unsigned char sizes[] = { 1, 2, 4, 8 };

	while (size && n--) {
		unsigned int width = sizes[fuzz_below(4)];
		/* What matters is in front, but for states */
		unsigned int at = fuzz_below(fuzz_below(2) && size > 128 ? 128 : size);

		if (at + width > size)
			continue;
		if (fuzz_below(2))
			arg[at] ^= 1 << fuzz_below(8);
		else
			put(arg + at, width, odd_number());
	}
}

/* What would end the machine is not asked for */
static void harmless(const struct fuzz_request *r, unsigned char *arg)
{
	struct vioapic_snapshot *snapshot = (void *)arg;
	struct vioapic_sim_create *create = (void *)arg;
	unsigned int i;

	if (r->cmd == VIOAPIC_IOC_RESTORE) {
		if (!strncmp(snapshot->name, "ioapic", 6))
			strcpy(snapshot->name, "fuzz0");
		for (i = 0; i < VIOAPIC_PINS_MAX; i++)
			if (snapshot->state.pin[i].rte)
				snapshot->state.pin[i].rte |= 1 << 16;
	} else if (r->cmd == VIOAPIC_IOC_SIM_CREATE) {
		create->allow &= ~(VIOAPIC_ALLOW_SMI | VIOAPIC_ALLOW_NMI | VIOAPIC_ALLOW_INIT);
	}
}

static bool documented(int error)
{
	static const int errors[] = {
		EPERM, ENOENT, ESRCH, EINTR, EIO, EBADF, ENOMEM, EACCES, EFAULT, EBUSY, EEXIST,
		ENODEV, EINVAL, EMFILE, ENOTTY, ENOSPC, ERANGE, EOPNOTSUPP, EALREADY, ENODATA,
	};
	unsigned int i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (error == errors[i])
			return true;
	return false;
}

/* Eight bytes that could be an address of the kernel's half, and were not there before; or 0 */
static uint64_t tells_address(const unsigned char *before, const unsigned char *after, size_t size)
{
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= size; i += 4) {
		memcpy(&word, after + i, sizeof(word));
		if (word >> 47 != 0x1ffff || word >= -4096ULL)
			continue;
		/* -1 above something else: the kernel's text is from 0xffffffff80000000 on */
		if (word >> 32 == UINT32_MAX && (int32_t)word >= 0)
			continue;
		if (memcmp(before + i, after + i, sizeof(word)))
			return word;
	}
	return 0;
}

static void judge(const struct fuzz_request *r, int result, int error,
		  const unsigned char *before, const unsigned char *after)
{
	const char *reason = (const char *)after + r->reason;
	uint64_t address;

	if (result < 0 && !documented(error))
		fuzz_finding(r->name, "an errno that is not documented", error);
	/* In a reason it would be in words; bytes there are the caller's own, quoted */
	address = tells_address(before, after, r->reason ?: _IOC_SIZE(r->cmd));
	if (address)
		fuzz_finding(r->name, "an address of the kernel's", address);
	if (fuzz.nobody && r->admin && result >= 0)
		fuzz_finding(r->name, "nobody may", result);
	if (!r->reason || result >= 0 || error == EBADF || error == ENOTTY || error == EFAULT)
		return;
	if (!memchr(reason, '\0', VIOAPIC_REASON_LEN) || strchr(reason, '\n'))
		fuzz_finding(r->name, "a reason that is not one line", error);
	else if (strstr(reason, "ffffffff8") || strstr(reason, "ffff8"))
		fuzz_finding(r->name, reason, error);
	else if (!*reason && error != ENOMEM && error != EINTR && error != EPERM)
		fuzz_finding(r->name, "no reason", error);
}

static int descriptor(const struct fuzz_request *r)
{
	if (!fuzz_below(64))
		return some(fuzz.vms, FUZZ_VMS);
	if (!fuzz_below(64))
		return some(fuzz.eventfds, FUZZ_EVENTFDS);
	if (r->on == FUZZ_IOAPIC)
		return some(fuzz.ioapics, FUZZ_IOAPICS);
	return r->on == FUZZ_VMM && fuzz_below(2) ? fuzz.vmm : fuzz.admin;
}

static void request(void)
{
	static unsigned char arg[FUZZ_ARG], before[FUZZ_ARG];
	struct fuzz_request *r;
	int fd, result, error;

	/* What ends things comes less often than what begins them */
	do {
		r = &fuzz_requests[fuzz_below(fuzz_requests_count)];
	} while ((r->cmd == VIOAPIC_KVM_DESTROY || r->cmd == VIOAPIC_IOC_SIM_DESTROY ||
		  r->cmd == VIOAPIC_IOC_RELEASE) && fuzz_below(8));
	fd = descriptor(r);
	fill(r, arg);
	fill_state(r, fd, arg);
	if (fuzz_below(3) == 0)
		spoil(r, arg);
	harmless(r, arg);
	if (!fuzz_below(64)) {
		static const uintptr_t bad[] = { 0, 1, 0xffffffff81000000, 0x8000000000000000 };

		result = ioctl(fd, r->cmd, bad[fuzz_below(4)]);
		if (result >= 0 && r->cmd != VIOAPIC_KVM_RESET && r->cmd != VIOAPIC_KVM_DESTROY)
			fuzz_finding(r->name, "a bad pointer", result);
		return;
	}
	memcpy(before, arg, sizeof(arg));
	result = ioctl(fd, r->cmd, arg);
	error = errno;
	if (result >= 0)
		r->done++;
	else
		r->refused++;
	/* Descriptors of others are KVM's and eventfd's to answer for */
	if (fd == fuzz.admin || fd == fuzz.vmm || r->on == FUZZ_IOAPIC)
		judge(r, result, error, before, arg);
	if (result >= 0 && r->cmd == VIOAPIC_KVM_CREATE) {
		unsigned int i = fuzz_below(FUZZ_IOAPICS);

		if (fuzz.ioapics[i] >= 0)
			close(fuzz.ioapics[i]);
		fuzz.ioapics[i] = ((struct vioapic_kvm_create *)arg)->fd;
	}
}

static void new_vm(unsigned int i)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	struct kvm_lapic_state lapic;
	uint32_t spiv = 0x1ff;
	unsigned int n = fuzz_below(3);

	split.args[0] = fuzz_below(2) * 24;
	if (fuzz.vms[i] >= 0)
		close(fuzz.vms[i]);
	fuzz.vms[i] = ioctl(fuzz.kvm, KVM_CREATE_VM, 0);
	if (fuzz_below(4))
		ioctl(fuzz.vms[i], KVM_ENABLE_CAP, &split);
	else
		ioctl(fuzz.vms[i], KVM_CREATE_IRQCHIP, 0);
	while (n--) {
		int vcpu = ioctl(fuzz.vms[i], KVM_CREATE_VCPU, n);

		if (vcpu >= 0 && !ioctl(vcpu, KVM_GET_LAPIC, &lapic)) {
			memcpy(lapic.regs + 0xf0, &spiv, sizeof(spiv));
			ioctl(vcpu, KVM_SET_LAPIC, &lapic);
		}
		close(vcpu);
	}
}

static void map(void)
{
	int prot = fuzz_below(2) ? PROT_READ : PROT_READ | PROT_WRITE;
	int fd = some(fuzz.ioapics, FUZZ_IOAPICS);
	size_t size = 4096 << (fuzz_below(4) ? 0 : fuzz_below(4));
	void *at = mmap(NULL, size, prot, fuzz_below(4) ? MAP_SHARED : MAP_PRIVATE, fd,
			fuzz_below(4) ? 0 : 4096);

	if (at == MAP_FAILED)
		return;
	/* All of it is the I/O APIC's */
	if (size != 4096)
		fuzz_finding("mmap", "more than a page", size);
	else if (prot & PROT_WRITE && mprotect(at, size, PROT_READ | PROT_WRITE))
		fuzz_finding("mmap", "mprotect()", errno);
	else
		fuzz.mapped += *(volatile uint32_t *)at & 1;
	munmap(at, size);
}

/* What moves beside requests */
static void other(void)
{
	uint64_t one = odd_number();
	unsigned int i;

	switch (fuzz_below(16)) {
	case 0:
		new_vm(fuzz_below(FUZZ_VMS));
		break;
	case 1:
		map();
		break;
	case 2:
		i = fuzz_below(FUZZ_EVENTFDS);
		close(fuzz.eventfds[i]);
		fuzz.eventfds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK |
					      (fuzz_below(8) ? 0 : EFD_SEMAPHORE));
		break;
	case 3:
		i = fuzz_below(FUZZ_IOAPICS);
		close(fuzz.ioapics[i]);
		fuzz.ioapics[i] = -1;
		break;
	default:
		/* Whether there is room in its count is nothing of ours */
		fuzz.signals += write(some(fuzz.eventfds, FUZZ_EVENTFDS), &one, sizeof(one)) > 0;
	}
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		printf("1 %s can be opened: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

static void begin(void)
{
	unsigned int i;

	fuzz.admin = open_or_die("/dev/vioapic", O_RDWR);
	fuzz.vmm = open_or_die("/dev/vioapic_kvm", O_RDWR);
	fuzz.kvm = open_or_die("/dev/kvm", O_RDWR);
	if (fuzz.nobody && (setgid(NOBODY) || setuid(NOBODY)))
		exit(1);
	for (i = 0; i < FUZZ_VMS; i++) {
		fuzz.vms[i] = -1;
		new_vm(i);
	}
	for (i = 0; i < FUZZ_EVENTFDS; i++)
		fuzz.eventfds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (i = 0; i < FUZZ_IOAPICS; i++)
		fuzz.ioapics[i] = -1;
}

/* Everything goes with its descriptors; simulated ones, and the machine's, stay */
static void end(void)
{
	struct vioapic_sim_destroy destroy = { .name = "" };
	struct vioapic_release release = { .name = "ioapic0" };
	struct vioapic_info info = { .index = 0 };
	unsigned int i;

	for (i = 0; i < FUZZ_IOAPICS; i++)
		close(fuzz.ioapics[i]);
	for (i = 0; i < FUZZ_EVENTFDS; i++)
		close(fuzz.eventfds[i]);
	for (i = 0; i < FUZZ_VMS; i++)
		close(fuzz.vms[i]);
	if (fuzz.nobody)
		return;
	fuzz_files_end();
	while (!ioctl(fuzz.admin, VIOAPIC_IOC_INFO, &info)) {
		if (info.backend == VIOAPIC_BACKEND_LAPIC) {
			memcpy(destroy.name, info.name, sizeof(destroy.name));
			if (ioctl(fuzz.admin, VIOAPIC_IOC_SIM_DESTROY, &destroy))
				fuzz_finding("SIM_DESTROY", "one is left", errno);
			else
				info.index--;
		}
		info = (struct vioapic_info){ .index = info.index + 1 };
	}
	if (ioctl(fuzz.admin, VIOAPIC_IOC_RELEASE, &release) && errno != EALREADY)
		fuzz_finding("RELEASE", "at the end", errno);
}

int main(int argc, char **argv)
{
	unsigned long calls, i;
	unsigned int k;

	if (argc < 3 || argc > 4)
		return 2;
	random_state = strtoull(argv[1], NULL, 0) * 2 + 1;
	calls = strtoul(argv[2], NULL, 0);
	fuzz.nobody = argc == 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	begin();
	fuzz_kcov_begin();
	for (i = 0; i < calls; i++) {
		if (!fuzz_below(8))
			other();
		else if (!fuzz.nobody && !fuzz_below(6))
			fuzz_file();
		else
			request();
		fuzz_kcov_take();
	}
	end();
	fuzz_kcov_end();
	printf("%d %lu calls: errnos, reasons and answers are as they ought to be\n",
	       !!fuzz.findings, calls);
	for (k = 0; k < fuzz_requests_count; k++) {
		const struct fuzz_request *r = &fuzz_requests[k];
		bool done = r->done || (fuzz.nobody && r->admin);
		bool refused = r->refused || !_IOC_SIZE(r->cmd);

		printf("%d %s: %lu carried out, %lu refused\n", !done || !refused, r->name,
		       r->done, r->refused);
	}
	if (!fuzz.nobody)
		printf("%d configfs: %lu files written, %lu refused\n",
		       !fuzz.files_done || !fuzz.files_refused, fuzz.files_done,
		       fuzz.files_refused);
	return 0;
}
