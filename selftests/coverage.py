#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""coverage.py (`make coverage`): what of vioapic.ko and vioapic_kvm.ko the tests in VMs run.

Runs what `make check-debug' would, on the kernel of tools/vm/gcov.config (TESTS and JOBS are run.sh's), adds up what each boot has
counted, and writes into build/coverage: files.md, of each file the functions and lines that were run; missed, each line that was
not; not-told, the tests that were skipped or failed, and the boots that have counted nothing: a VM that dies or becomes another
kernel takes its counts along. Fails if a test has, or nothing was counted. selftests/coverage.md says why what is missed is.
    coverage.py [--more]    add to what is there already of the same modules, with other TESTS
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
FARM = TOP / "build/gcov"
OUT = TOP / "build/coverage"
COUNTS = OUT / "counts"


def run_tests():
    """run.sh's status. What has been counted is in COUNTS"""
    environment = {k: v for k, v in os.environ.items() if k not in ("SOAK", "BENCH", "SHORT", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    environment.update(DEBUG="1", KERNELS="gcov", RESULTS=str(OUT / "run"))
    with subprocess.Popen(["selftests/run.sh"], cwd=TOP, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
        said = []
        for line in run.stdout:
            said.append(line.decode(errors="replace"))
            print(said[-1], end="", flush=True)
    with open(OUT / "not-told", "a") as file:
        file.writelines(line for line in said if re.match(r"\[.*\] (not ok |ok .*# SKIP|1\.\.0 # SKIP)", line))
        for counts in sorted((OUT / "run").glob("*.counts")):
            if counts.stat().st_size:
                counts.replace(COUNTS / counts.name)
            else:
                file.write(f"{counts.stem} has counted nothing\n")
    return run.returncode


def add_up(tmp):
    """A directory with the sum of all COUNTS, laid out as FARM is, each beside the notes of its compiler"""
    total = None
    for n, counts in enumerate(sorted(COUNTS.iterdir())):
        boot = tmp / f"boot{n}"
        with tarfile.open(counts) as tar:
            tar.extractall(boot, [member for member in tar.getmembers() if member.name.endswith(".gcda")])
        one = boot / FARM.relative_to("/")
        if total:
            both = tmp / f"sum{n}"
            subprocess.run(["gcov-tool", "merge", "-o", both, total, one], check=True)
            shutil.rmtree(total)
            one = both
        total = one
    if not total:
        sys.exit("coverage.py: no boot has counted anything")
    for notes in FARM.rglob("*.gcno"):
        beside = total / notes.relative_to(FARM)
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.symlink_to(notes)
    return total


def read(total):
    """How often (file, line) and (file, line, function) were run, of our files. One of a header is in several objects"""
    lines, functions, owner = collections.Counter(), collections.Counter(), {}
    said = subprocess.run(["gcov", "--json-format", "--stdout", *sorted(total.rglob("*.gcno"))], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    for text in said.splitlines():
        unit = json.loads(text)
        for file in unit["files"]:
            path = pathlib.Path(os.path.normpath(pathlib.Path(unit["current_working_directory"]) / file["file"]))
            if not path.is_relative_to(FARM) or not (TOP / path.relative_to(FARM)).is_file():
                continue
            name = str(path.relative_to(FARM))
            for function in file["functions"]:
                functions[name, function["start_line"], function["name"]] += function["execution_count"]
            for line in file["lines"]:
                lines[name, line["line_number"]] += line["count"]
                owner[name, line["line_number"]] = line.get("function_name", "")
    return lines, functions, owner


def module_of(name):
    """Whose total a file counts for"""
    if name.endswith(".h"):
        return "headers"
    return "vioapic_kvm.ko" if name.startswith("arch/x86/kvm/") else "vioapic.ko"


def share(counts):
    """How many of these were run, in words"""
    hit = sum(count > 0 for count in counts)
    return f"{hit} of {len(counts)} | {100 * hit / len(counts):.1f}%" if counts else "- | -"


def write(lines, functions, owner):
    """What main() has promised"""
    rows, sums = [], collections.defaultdict(lambda: ([], []))
    for name in sorted({name for name, _ in lines}):
        called = [count for (file, *_), count in functions.items() if file == name]
        run = [count for (file, _), count in lines.items() if file == name]
        rows.append(f"| {name} | {share(called)} | {share(run)} |\n")
        for values, more in zip(sums[module_of(name)], (called, run)):
            values.extend(more)
    rows += [f"| **{module}** | {share(called)} | {share(run)} |\n" for module, (called, run) in sorted(sums.items(), reverse=True)]
    (OUT / "files.md").write_text("| file | functions | | lines | |\n|---|---|---|---|---|\n" + "".join(rows))
    sources = {name: (TOP / name).read_text().splitlines() for name, _ in lines}
    (OUT / "missed").write_text("".join(
        f"{name}:{line}: {owner[name, line]}: {sources[name][line - 1].strip()}\n"
        for (name, line), count in sorted(lines.items()) if not count))
    print("".join(rows[-len(sums):]), end="")


def main():
    """Runs, adds up, writes"""
    if sys.argv[1:] not in ([], ["--more"]):
        sys.exit(__doc__)
    if not sys.argv[1:]:
        shutil.rmtree(OUT, ignore_errors=True)
    COUNTS.mkdir(parents=True, exist_ok=True)
    status = run_tests()
    with tempfile.TemporaryDirectory() as tmp:
        write(*read(add_up(pathlib.Path(tmp))))
    sys.exit(status)


main()
