#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""bugs.py (`make bugs`): do the tests in VMs notice bugs of the kinds that there have been?

Puts each bug of selftests/bugs/*.toml into a copy of the tree in build/bugs/tree, and runs selftests/run.sh there with the tests
that have to notice, those that take least: `old' is in `file' exactly once, `new' goes in its place, `kernel' is 6.12 if it is
not said. The copy stays, so that the next time little is to be built. First all of these tests run once on the tree as it is: one
that fails anyway catches nothing. A bug is caught if a test has a verdict `not ok', or the VM died of it or hung. One that does
not build, or builds with a warning, is an error of the list, and so is one whose old text is not there exactly once.
Fails if a bug is not caught, or the list has an error. What each run has said stays in build/bugs/BUG.
    bugs.py [--list] [GLOB..]    the bugs that have such a name, default all; JOBS=n VMs at a time, as of run.sh
"""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

TOP = pathlib.Path(__file__).resolve().parent.parent
LISTS = TOP / "selftests/bugs"
WORK = TOP / "build/bugs"
TREE = WORK / "tree"
MAIN_KERNEL = "6.12"
KEYS = {"name": str, "kind": str, "what": str, "file": str, "old": str, "new": str, "tests": list}
CRASH = re.compile(r"BUG: .*|Oops: .*|Kernel panic.*|general protection.*|double fault.*|WARNING: (?!See ).*")


def read_lists():
    """The bugs, and what is wrong with the lists"""
    bugs, errors, names = [], [], set()
    for file in sorted(LISTS.glob("*.toml")):
        bugs += tomllib.loads(file.read_text())["bug"]
    for n, bug in enumerate(bugs):
        name, before = bug.get("name", f"number {n + 1}"), len(errors)
        bug.setdefault("kernel", MAIN_KERNEL)
        for key, kind in KEYS.items():
            if not isinstance(bug.get(key), kind) or not (bug[key] or key == "new"):
                errors.append(f"{name}: has no {key}")
        if set(bug) - set(KEYS) - {"kernel"}:
            errors.append(f"{name}: nobody knows {', '.join(sorted(set(bug) - set(KEYS) - {'kernel'}))}")
        if name in names:
            errors.append(f"{name}: there are two of this name")
        names.add(name)
        if len(errors) > before:
            continue
        file = TOP / bug["file"]
        found = file.read_text().count(bug["old"]) if file.is_file() else 0
        if found != 1:
            errors.append(f"{name}: its old text is {found} times in {bug['file']}, not once: the list is stale")
        if bug["old"] == bug["new"]:
            errors.append(f"{name}: changes nothing")
        errors += [f"{name}: there is no test {test}" for test in bug["tests"]
                   if not (TOP / f"selftests/vm/{test}.sh").is_file()]
    return bugs, errors


def sync():
    """TREE is what the working tree is; what is the same already is left alone, and need not be built again"""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP, check=True,
                            stdout=subprocess.PIPE).stdout.decode().split("\0")
    wanted = {name for name in listed if name and (TOP / name).is_file()}
    for folder, folders, files in os.walk(TREE):
        if pathlib.Path(folder) == TREE and "build" in folders:
            folders.remove("build")
        for file in files:
            path = pathlib.Path(folder) / file
            if str(path.relative_to(TREE)) not in wanted:
                path.unlink()
    for name in sorted(wanted):
        source, copy = TOP / name, TREE / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
        shutil.copymode(source, copy)


class Run:
    """selftests/run.sh in TREE, with some tests on one kernel; a VM hangs after @limit seconds, if that is not 0"""
    def __init__(self, name, tests, kernel, limit=0):
        self.results = WORK / name
        environment = {k: v for k, v in os.environ.items() if k not in ("SOAK", "BENCH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        environment.update(TESTS=f"@({'|'.join(tests)})", KERNELS=kernel, RESULTS=str(self.results), LIMIT=str(limit or ""))
        start = time.monotonic()
        said = subprocess.run(["selftests/run.sh"], cwd=TREE, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode(errors="replace")
        self.seconds = time.monotonic() - start
        self.results.mkdir(parents=True, exist_ok=True)
        (self.results / "said").write_text(said)
        self.verdicts = re.findall(r"^\[(?!build/)([^]]*)\] (not ok .*)$", said, flags=re.M)
        self.broken = re.findall(r"^\[(build/[^]]*)\] not ok .*$", said, flags=re.M)
        self.last = said.rstrip().rpartition("\n")[2]
        boots = self.results / "boots"
        booted = [line.split("\t")[2].split("/")[-1] for line in boots.read_text().splitlines()] if boots.is_file() else []
        self.unrun = sorted(set(tests) - set(booted))

    def error(self):
        """Why nothing can be concluded, or None"""
        if self.broken:
            return f"{self.broken[0]} does not build, or with a warning: see {self.results.relative_to(TOP)}/said"
        if self.unrun:
            return f"{', '.join(self.unrun)}: nothing of it boots on this kernel"
        if not re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", self.last):
            return f"run.sh did not come to its end: {self.last}"
        # The rig's own trouble: no VM has said anything
        for console in self.results.glob("*.console"):
            if console.stat().st_size:
                break
        else:
            return "no VM has booted"
        return None

    def verdict(self):
        """The first that says it fails; of a VM that has not come to its end, how far it came, and what it has died of"""
        name, verdict = self.verdicts[0]
        if verdict.startswith("not ok - "):
            failed = (self.results / (name.replace("/", "_") + ".failed")).read_text()
            verdict = re.search(r"\] (not ok - .*)", failed).group(1)
            console = self.results / (re.sub(r"[^A-Za-z0-9.-]", "_", name) + ".console")
            crash = CRASH.search(console.read_text(errors="replace"))
            verdict += f"; {crash.group().strip()}" if crash else ""
        more = f" (and {len(self.verdicts) - 1} more)" if len(self.verdicts) > 1 else ""
        return f"[{name}] {verdict}{more}"

    def slowest(self):
        """By test, the seconds that its slowest boot took"""
        seconds = {}
        for file in self.results.glob("*.seconds"):
            m = re.match(r"\d+ [^/]*/([^/ ]*)\S* \((\d+) by the clock", file.read_text())
            seconds[m.group(1)] = max(seconds.get(m.group(1), 0), int(m.group(2)))
        return seconds


def check_unbroken(bugs):
    """(tests that fail, or cannot be run, as it is; after how many seconds one hangs), by kernel and test"""
    bad, limits = {}, {}
    for kernel in sorted({bug["kernel"] for bug in bugs}):
        tests = sorted({test for bug in bugs if bug["kernel"] == kernel for test in bug["tests"]})
        run = Run(f"unbroken-{kernel}", tests, kernel)
        print(f"unbroken    {run.seconds:4.0f} s  {kernel}: {' '.join(tests)}: {run.last}", flush=True)
        error = run.error()
        if error and not run.unrun:
            sys.exit(f"bugs.py: {error}")
        for test in run.unrun:
            bad[kernel, test] = error
        for name, verdict in run.verdicts:
            bad.setdefault((kernel, name.split("/")[1]), f"[{name}] {verdict}")
        # What bugs do to a VM that goes on is not to make it that much slower
        limits.update({(kernel, test): 30 + 4 * seconds for test, seconds in run.slowest().items()})
    return bad, limits


def judge(bug, limit):
    """(verdict in a word, sentence, seconds)"""
    file = TREE / bug["file"]
    text = file.read_bytes()
    try:
        file.write_bytes(text.replace(bug["old"].encode(), bug["new"].encode()))
        run = Run(bug["name"], bug["tests"], bug["kernel"], limit)
    finally:
        file.write_bytes(text)
    if run.error():
        return "error", run.error(), run.seconds
    if run.verdicts:
        return "caught", run.verdict(), run.seconds
    return "NOT CAUGHT", f"{bug['what']} {', '.join(bug['tests'])}: {run.last}", run.seconds


def main():
    globs = [arg for arg in sys.argv[1:] if arg != "--list"] or ["*"]
    bugs, errors = read_lists()
    for error in errors:
        print(f"bugs.py: {error}", file=sys.stderr)
    if errors:
        return 1
    bugs = [bug for bug in bugs if any(fnmatch.fnmatchcase(bug["name"], glob) for glob in globs)]
    if not bugs:
        sys.exit(f"bugs.py: no bug has such a name: {' '.join(globs)}")
    if "--list" in sys.argv[1:]:
        for bug in bugs:
            print(f"{bug['name']}: {bug['what']} ({bug['kind']}; {bug['file']}; {', '.join(bug['tests'])} on {bug['kernel']})")
        return 0

    start = time.monotonic()
    sync()
    bad, limits = check_unbroken(bugs)
    for what in bad.values():
        print(f"fails as it is: {what}")
    count = {"caught": 0, "NOT CAUGHT": 0, "error": 0}
    for bug in bugs:
        anyway = [test for test in bug["tests"] if (bug["kernel"], test) in bad]
        if anyway:
            word, sentence, seconds = "error", f"{', '.join(anyway)}: fails without it, too", 0
        else:
            word, sentence, seconds = judge(bug, max(limits[bug["kernel"], test] for test in bug["tests"]))
        count[word] += 1
        print(f"{word:10}  {seconds:4.0f} s  {bug['name']}: {sentence}", flush=True)
    print(f"{count['caught']} of {len(bugs)} bugs caught, {count['NOT CAUGHT']} not, {count['error']} errors; "
          f"{(time.monotonic() - start) / 60:.0f} minutes")
    return count["caught"] != len(bugs)


if __name__ == "__main__":
    sys.exit(main())
