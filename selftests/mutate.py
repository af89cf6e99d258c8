#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""mutate.py (`make mutate`): do the unit tests notice each small change of the device model?

Changes virt/model/model.c, its headers, virt/model/state.c and virt/model/kvm_state.c in one place at a time (a condition
turned round, an operator for its neighbour, a constant off by one, a statement dropped), and
runs the tests on what is left. Fails if fewer than 95% of the mutants are killed by a test,
a sanitizer, a timeout or the compiler's warnings for what is never used. Those that survive
are listed; selftests/mutants.md says why they may.
    mutate.py [FILE..]    JOBS=n at a time, default one for each CPU; FILTER=test,test
"""
import collections
import concurrent.futures
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
# One of these goes before the true one on the include path, and all is built anew
INCLUDED_BY_ALL = ("include/vioapic/model.h", "include/vioapic/rte.h")
FILES = ["virt/model/model.c", "virt/model/model_owner.h", *INCLUDED_BY_ALL, "virt/model/state.c",
         "virt/model/kvm_state.c"]
MODEL = ["virt/model/model.c", "virt/model/chips.c", "virt/model/state.c", "virt/model/kvm_state.c"]
PAIR = [f"selftests/model/{name}.c" for name in ("pair", "pair_state", "reference")]
# A header is mutated beside a copy of the one file that includes it
INCLUDED_BY = {"virt/model/model_owner.h": "virt/model/model.c"}
# What finds most comes first, what takes longest last
TESTS = ["compare_test", "model_owner_test", "model_message_test", "model_eoi_test", "model_storm_test", "model_stick_test",
         "model_history_test", "state_test", "state_refuse_test", "kvm_state_test", "model_shadow_test",
         "model_drive_test", "model_claim_test", "rte_test", "model_test"]
if os.environ.get("FILTER"):
    TESTS = os.environ["FILTER"].split(",")
FLAGS = ["-O1", "-std=gnu11", "-w", f"-I{TOP}/include", f"-I{TOP}/include/uapi", f"-I{TOP}/virt",
         f"-I{TOP}/virt/model"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
ENOUGH = 95

SWAPS = [
    (r" == ", " != "), (r" != ", " == "), (r" && ", " || "), (r" \|\| ", " && "),
    (r" < ", " <= "), (r" < ", " >= "), (r" >= ", " > "), (r" > ", " >= "), (r" > ", " <= "),
    (r"\(!(?=\w|\()", "("), (r"(?<=&& )!", ""), (r"(?<=\|\| )!", ""), (r"return !", "return "),
    (r" \|= ", " &= "), (r" &= ~", " |= "), (r" &= ", " |= "), (r" \^= ", " |= "),
    (r" \+ ", " - "), (r" - ", " + "), (r" & ", " | "), (r" \| ", " & "), (r" \^ ", " | "),
    (r" << ", " >> "), (r" >> ", " << "), (r"<<= ", ">>= "), (r">>= ", "<<= "), (r"&~|& ~", "& "),
    (r" % ", " / "), (r"\+\+(?=;)", "--"), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"\? ([^:?]+) : ([^;,)]+)", r"? \2 : \1"),
]


def blank(m):
    return re.sub(r"[^\n]", " ", m.group())


def statements(text):
    """Code of functions: (start, end) of each line that is no comment and no declaration."""
    code = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    code = re.sub(r"^(struct|enum) \w+ \{$.*?^\};$", blank, code, flags=re.S | re.M)
    at = 0
    for line in code.split("\n"):
        if line.startswith("\t") and not line.strip().startswith(("_Static_assert", "static_assert", "#")):
            yield at, line
        at += len(line) + 1


def mutants(text):
    """(offset, length, replacement) of every change to make."""
    for at, line in statements(text):
        for pattern, replacement in SWAPS:
            for m in re.finditer(pattern, line):
                yield at + m.start(), m.end() - m.start(), m.expand(replacement)
        for m in re.finditer(r"(?<![\w.])(\d+)(?![\w.])|0x[0-9a-f]+", line):
            for off in (1, -1):
                if int(m.group(), 0) + off >= 0:
                    yield at + m.start(), len(m.group()), str(int(m.group(), 0) + off)
        m = re.match(r"\t+(if|while) \((.*)\)( \{)?$", line)
        if m:
            yield at + m.start(2), len(m.group(2)), f"!({m.group(2)})"
        stripped = line.strip()
        declares = re.match(r"(static |const |struct |enum |unsigned |int |bool |u8 |u16 |u32 |u64 )", stripped)
        if stripped.endswith(";") and not declares and not stripped.startswith("for (") and stripped != ";":
            # Only whole statements
            head = text[:at].rstrip()
            if head.endswith((";", "{", "}", ")", "*/", "else", ":")) and stripped.count("(") == stripped.count(")"):
                if not re.match(r"return \S", stripped):
                    yield at + line.index(stripped), len(stripped), ";"


def run(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


class Anew(dict):
    """Objects of what is asked for, with the header in @work/vioapic; None is one that does not compile"""
    def __init__(self, flags, work):
        super().__init__()
        self.flags, self.work = [f"-I{work}", *flags], work

    def __missing__(self, source):
        self[source] = self.work / (pathlib.Path(source).stem + ".o")
        if run("gcc", *self.flags, "-c", TOP / source, "-o", self[source]):
            self[source] = None
        return self[source]


class Bench:
    """Objects of all that is not mutated, for a set of flags"""
    def __init__(self, folder, flags):
        self.folder, self.flags = folder, FLAGS + flags
        folder.mkdir()
        sources = [f"selftests/unit/{t}.c" for t in TESTS] + MODEL
        sources += PAIR
        self.objects = {}
        for source in sources:
            self.objects[source] = folder / (pathlib.Path(source).stem + ".o")
            subprocess.check_call(["gcc", *self.flags, "-c", TOP / source, "-o", self.objects[source]])
        # A mutant that takes four times as long hangs. The CPU's time: on a busy machine the clock says nothing
        self.limit = {}
        for test in TESTS:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            if run(self.link(test, self.objects, folder)):
                sys.exit(f"mutate.py: {test} fails as it is")
            self.limit[test] = 2 + int(4 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before))

    def link(self, test, objects, work):
        """The program of @test"""
        # As the Makefile has it: saved state is not of their business
        parts = [objects[s] for s in (MODEL[:2] if test.startswith("model_") else MODEL)]
        if test == "compare_test":
            parts += [objects[s] for s in PAIR]
        program = work / test
        subprocess.check_call(["gcc", *self.flags, objects[f"selftests/unit/{test}.c"], *parts, "-lcmocka", "-o", program])
        return program

    def killed(self, source, file, work):
        """By which test, or None. All that is linked in but for @source is as it was."""
        objects = Anew(self.flags, work) if source in INCLUDED_BY_ALL else dict(self.objects)
        mutant = work / "mutant.o"
        if source not in INCLUDED_BY_ALL:
            objects[source] = mutant
            if run("gcc", *self.flags, "-c", file, "-o", mutant):
                return "does not compile"
        # These call the headers' functions; the others are for the rest of them
        tests = sorted(TESTS, key=lambda t: t not in ("model_drive_test", "rte_test")) if source in INCLUDED_BY_ALL else TESTS
        if objects["virt/model/model.c"] is None:
            return "does not compile"
        for test in tests:
            limit = self.limit[test]
            status = run("prlimit", f"--cpu={limit}:{limit + 30}", self.link(test, objects, work))
            if status:
                return "timeout" if status == -signal.SIGXCPU else test
        return None


def main():
    files = sys.argv[1:] or FILES
    jobs = int(os.environ.get("JOBS") or os.cpu_count())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        plain = Bench(folder / "plain", [])
        strict = Bench(folder / "strict", SANITIZE)
        work = []
        for source in files:
            text = (TOP / source).read_text()
            seen = {text}
            for at, length, new in mutants(text):
                mutated = text[:at] + new + text[at + length:]
                if mutated not in seen:
                    seen.add(mutated)
                    work.append((source, text, at, mutated))

        def judge(n):
            source, _, _, mutated = work[n]
            place = folder / str(n)
            place.mkdir()
            file = place / "mutant.c"
            if source in INCLUDED_BY_ALL:
                (place / "vioapic").mkdir()
                file = place / "vioapic" / pathlib.Path(source).name
            elif source in INCLUDED_BY:
                (place / pathlib.Path(source).name).write_text(mutated)
                source = INCLUDED_BY[source]
                mutated = (TOP / source).read_text()
            file.write_text(mutated)
            by = plain.killed(source, file, place) or strict.killed(source, file, place)
            shutil.rmtree(place)
            return by

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            verdicts = list(pool.map(judge, range(len(work))))

    invalid = verdicts.count("does not compile")
    survivors = [w for w, by in zip(work, verdicts) if by is None]
    for by, n in collections.Counter(v for v in verdicts if v).most_common():
        print(f"{n:5} {by}")
    for source, text, at, mutated in survivors:
        number = text.count("\n", 0, at)
        print(f"survived: {source}:{number + 1}: {text.splitlines()[number].strip()}  =>  "
              f"{mutated.splitlines()[number].strip()}")
    valid = len(work) - invalid
    if not valid:
        sys.exit("mutate.py: nothing that compiles was tried")
    killed = valid - len(survivors)
    percent = 100 * killed / valid
    print(f"{killed} of {valid} mutants killed, {percent:.1f}% ({invalid} do not compile)")
    return percent < ENOUGH


if __name__ == "__main__":
    sys.exit(main())
