#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py: what `make bench` has measured as a table, as JSON and as a chart, and compared with what was committed.

    report.py [--update] [--some] MEASURED COMMITTED OUT    MEASURED has lines "KERNEL NAME NUMBER", see bench.sh
    report.py readable COMMITTED                            can it be compared with?
    report.py quoted COMMITTED                              do the pages have its figures?

Less is better, of all figures. Exits with 1 if one of ours is worse by 3% or was not measured, with 2 if what is
committed cannot be read. --some: not all was measured, and what was not is not missed.
"""
import json
import pathlib
import re
import subprocess
import sys

FORMAT = 1
WORSE = 3       # percent
MOVED = 1
LEFT_OUT = ("Instructions, as QEMU's -icount executes them: what hardware spends on an exception, a VM exit, an "
            "interrupt, a flush of the TLB or an access to a device is not in them.")

KVM = ("write", "read", "mask", "unmask")


def kvm(who, *names):
    return " + ".join(f"kvm.{name}.{who}" for name in names)


# (heading, what, ours, compared with, theirs, at most); of what is compared with nothing at most so many,
# otherwise so many of theirs
ROWS = [
    ("One trapped read of IOWIN from io_apic.c, answered by the shadow", [
        ("a trapped read, hook fixup", "trap.fixup", "mmiotrace on the same read", "trap.mmiotrace", 0.07),
        ("a trapped read, hook fixup", "trap.fixup", "the same fault, resolved by an exception table", "trap.extable", 0.30),
        ("a trapped read, hook oops", "trap.oops", "mmiotrace on the same read", "trap.mmiotrace", 0.20),
        ("a trapped read, hook oops", "trap.oops", "the same fault, resolved by an exception table", "trap.extable", 0.80),
        ("a trapped read, hook fixup, from a module", "trap.fixup.module", "", "", None),
        ("a trapped read, hook oops, from a module", "trap.oops.module", "", "", None),
    ]),
    ("What everything else pays", [
        ("write() of a bad pointer, more with hook fixup", "efault.fixup", "", "", 25),
        ("the same, more with hook oops", "efault.oops", "", "", 0),
        *((f"{what}, hook {hook}", f"{name}.{hook}", "without the module", f"{name}.without", 1.0)
          for name, what in (("minor", "a minor fault"), ("switch", "a switch to another process and back"),
                             ("calls", "1,000,000 system calls"))
          for hook in ("oops", "fixup")),
    ]),
    ("Accesses that reach the hardware", [
        ("1000 affinity moves", "moves.hardware", "accesses made", "moves.accesses", 0.60),
        ("100 explicit EOIs, version 0x11", "eoi.hardware", "accesses made", "eoi.accesses", 0.25),
        ("a dump of all registers", "dump.hardware", "accesses made", "dump.accesses", 0.02),
        ("10,000 interrupts served by a thread", "oneshot.hardware", "accesses made", "oneshot.accesses", 0.60),
    ]),
    ("Exits of a guest that has QEMU's I/O APIC, taken over inside the guest", [
        (f"exits for {what}", f"guest.{name}.taken", "not taken over", f"guest.{name}.released", most)
        for what, name, most in (("100 affinity moves", "moves", 0.60), ("20 explicit EOIs", "eoi", 0.25),
                                 ("a dump of all registers", "dump", 0.02),
                                 ("500 interrupts served by a thread", "oneshot", 0.60))
    ]),
    ("What Linux does, by a guest with vioapic_kvm's I/O APIC", [
        ("all without the EOI", kvm("vioapic", *KVM), "KVM's I/O APIC", kvm("kvm", *KVM), 0.70),
        ("all with the explicit EOI", kvm("vioapic", *KVM, "eoi"), "KVM's I/O APIC", kvm("kvm", *KVM, "eoi"), 0.40),
        ("all with the explicit EOI", kvm("vioapic", *KVM, "eoi"), "one in the VMM", kvm("vmm", *KVM, "eoi"), 0.60),
        *((what, f"kvm.{name}.vioapic", "KVM's I/O APIC", f"kvm.{name}.kvm", None)
          for what, name in (("write an RTE", "write"), ("read an RTE", "read"), ("mask and sync", "mask"), ("unmask", "unmask"),
                             ("an explicit EOI", "eoi"), ("a read of IOWIN", "iowin"))),
        ("an interrupt by an eventfd, level, taken, ended, resampled", "kvm.level.vioapic", "KVM's irqfd", "kvm.level.kvm", 1.0),
        ("an interrupt by an eventfd, edge, taken, ended", "kvm.edge.vioapic", "KVM's irqfd", "kvm.edge.kvm", 1.0),
    ]),
    ("Simulated I/O APICs", [
        *((f"an interrupt, {kind}, hook {hook}", f"sim.{hook}.{kind}", "the bare IPI", f"sim.{hook}.{kind}.ipi", 1.10)
          for kind in ("edge", "level") for hook in ("oops", "fixup")),
        ("adding the 127th of 240 pins, our share", "sim.last", "the second", "sim.second", 1.0),
        ("memory of one of 240 pins, bytes", "sim.memory", "", "", 9216),
        ("memory of its directory, bytes", "sim.memory.directory", "", "", None),
    ]),
    ("Takeover and release", [
        *((f"{what} of {pins} pins", f"{what}.{pins}", "a bare stop_machine()", "stop_machine", None)
          for what in ("takeover", "release") for pins in (24, 240)),
        *((f"interrupts off meanwhile, {pins} pins", f"takeover.{pins}.off", "a bare stop_machine()",
           "stop_machine.off", None) for pins in (24, 240)),
    ]),
    ("Size of text, bytes", [
        (f"{module}.ko", f"text.{module}", "", "", None) for module in ("vioapic", "vioapic_kvm")
    ]),
]


# What the tree's README has of them: (ours, theirs)
SHORT = {
    *((f"trap.{hook}", theirs) for hook in ("oops", "fixup") for theirs in ("trap.mmiotrace", "trap.extable")),
    ("efault.fixup", ""), ("minor.fixup", "minor.without"), ("calls.fixup", "calls.without"),
    *((f"{name}.hardware", f"{name}.accesses") for name in ("moves", "eoi", "dump", "oneshot")),
    *((kvm("vioapic", *names), kvm(who, *names)) for names, who in ((KVM, "kvm"), ((*KVM, "eoi"), "kvm"), ((*KVM, "eoi"), "vmm"))),
    *((f"kvm.{kind}.vioapic", f"kvm.{kind}.kvm") for kind in ("iowin", "level", "edge")),
    *((f"sim.oops.{kind}", f"sim.oops.{kind}.ipi") for kind in ("edge", "level")),
    ("sim.memory", ""), ("takeover.24", "stop_machine"), ("text.vioapic", ""), ("text.vioapic_kvm", ""),
}


class Unreadable(Exception):
    pass


def names_of(expression):
    return expression.split(" + ") if expression else []


OURS = sorted({name for _, rows in ROWS for row in rows for name in names_of(row[1])})


def value(figures, expression):
    """The sum, or None if one of them was not measured"""
    found = [figures.get(name) for name in names_of(expression)]
    return sum(found) if found and None not in found else None


def by_version(kernel):
    return [int(number) for number in re.findall(r"\d+", kernel)]


def read_measured(path):
    kernels = {}
    for line in pathlib.Path(path).read_text().splitlines():
        kernel, name, number = line.split()
        kernels.setdefault(kernel, {})[name] = int(number)
    return dict(sorted(kernels.items(), key=lambda item: by_version(item[0])))


def read_committed(path):
    """The figures by kernel; raises Unreadable with what is wrong and what to do"""
    again = "`make bench UPDATE=1' makes it anew"
    try:
        content = json.loads(pathlib.Path(path).read_text())
    except FileNotFoundError:
        raise Unreadable(f"there is no {path} to compare with: {again}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Unreadable(f"{path} cannot be read ({str(error)[:80]}): {again}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("kernels"), dict):
        raise Unreadable(f"{path} is not of format {FORMAT}: {again}")
    for kernel, figures in content["kernels"].items():
        if not isinstance(figures, dict) or not all(type(number) is int for number in figures.values()):
            raise Unreadable(f"{path} has something else than whole numbers for {kernel[:20]!r}: {again}")
    return content["kernels"]


def percent(new, old):
    return f"{(new - old) * 100 / abs(old):+.1f}%" if old else "was 0"


def compare(measured, committed, some=False):
    """Return: sentences, and how many of them are bad"""
    said, bad = [], 0
    for kernel, new in measured.items():
        old = committed.get(kernel)
        if old is None:
            said.append(f"{kernel}: there are no figures of it to compare with")
            continue
        for name in sorted({*new, *old}):
            if name not in new:
                if not some:
                    said.append(f"{kernel} {name}: NOT MEASURED, was {old[name]}")
                    bad += 1
            elif name not in old:
                said.append(f"{kernel} {name}: {new[name]}, is new")
            else:
                moved = new[name] - old[name]
                worse = moved * 100 >= abs(old[name]) * WORSE and moved > 0 and name in OURS
                if worse or abs(moved) * 100 >= abs(old[name]) * MOVED and moved:
                    said.append(f"{kernel} {name}: {old[name]} -> {new[name]}, {percent(new[name], old[name])}"
                                f"{'' if name in OURS else ', which is not ours'}{': WORSE' if worse else ''}")
                bad += worse
    return said, bad


def rows_of(measured):
    """One dict for each row and kernel that was measured"""
    for heading, rows in ROWS:
        for what, ours, against, theirs, most in rows:
            for kernel, figures in measured.items():
                our = value(figures, ours)
                their = value(figures, theirs)
                if our is None or theirs and not their:
                    continue
                ratio = our / their if theirs else None
                yield {"heading": heading, "what": what, "against": against, "kernel": kernel, "ours": our,
                       "theirs": their, "ratio": ratio and round(ratio, 4), "most": most,
                       "met": None if most is None else round(our if ratio is None else ratio, 3) <= most}


def cell(row):
    if row is None:
        return "-"
    if row["ratio"] is None:
        shown = f"{row['ours']}"
    else:
        shown = f"{row['ours']} / {row['theirs']} = {row['ratio']:.3f}"
    return shown if row["met"] is not False else f"**{shown}**"


def head(kernels):
    return [f"| | against | {' | '.join(kernels)} | at most |", "|---|---|" + "---|" * (len(kernels) + 1)]


def table(measured, short=False):
    found = {(row["heading"], row["what"], row["against"], row["kernel"]): row for row in rows_of(measured)}
    kernels = list(measured)
    lines = head(kernels) if short else []
    for heading, rows in ROWS:
        if not short:
            lines += [f"**{heading}**", "", *head(kernels)]
        elif any((row[1], row[3]) in SHORT for row in rows):
            lines.append(f"| *{heading}* |" + " |" * (len(kernels) + 2))
        for what, ours, against, theirs, most in rows:
            if short and (ours, theirs) not in SHORT:
                continue
            cells = [cell(found.get((heading, what, against, kernel))) for kernel in kernels]
            lines.append(f"| {what} | {against or '-'} | {' | '.join(cells)} | {'-' if most is None else most} |")
        lines += [] if short else [""]
    return "\n".join(lines) + ("\n" if short else "")


def chart(measured, path):
    """Bars of all that is a part of something else, with what it shall be at most"""
    rows = [row for row in rows_of(measured) if row["ratio"] is not None and row["most"] is not None]
    labels = list(dict.fromkeys((row["what"], row["against"], row["most"]) for row in rows))
    kernels = list(measured)
    colours = ("#88aacc", "#4477aa", "#224466", "#aa7744")
    height = 0.8 / max(len(kernels), 1)
    script = [f"set terminal svg size 1000,{60 + 26 * len(labels)} dynamic font 'sans-serif,11' background '#ffffff'",
              f"set output '{path}'", "set key top right", "set xrange [0:1.5]", f"set yrange [{len(labels)}:-1]",
              "set style fill solid noborder", "set grid xtics", "set xtics 0.1 nomirror", "set border 3",
              "set lmargin 68", "set ytics nomirror scale 0",
              "set arrow from 1,graph 0 to 1,graph 1 nohead lc rgb '#888888' front",
              "set ytics (" + ", ".join('"{}, beside {}" {}'.format(what, against, i)
                                        for i, (what, against, _) in enumerate(labels)) + ")"]
    for i, kernel in enumerate(kernels):
        script.append(f"$k{i} << EOD")
        for row in rows:
            if row["kernel"] == kernel:
                y = labels.index((row["what"], row["against"], row["most"])) - 0.4 + height * i
                script.append(f"0 {row['ratio']} {y:.3f} {y + height:.3f}")
        script.append("EOD")
    script += ["$most << EOD", *(f"{most} {y}" for y, (_, _, most) in enumerate(labels)), "EOD"]
    plots = [f"$k{i} using 1:3:1:2:3:4 with boxxyerror lc rgb '{colours[i % len(colours)]}' title 'Linux {kernel}'"
             for i, kernel in enumerate(kernels)]
    plots.append("$most using 1:2:(0):(0.42) with vectors nohead lw 2 lc rgb '#cc3311' title 'at most'")
    plots.append("$most using 1:2:(0):(-0.42) with vectors nohead lw 2 lc rgb '#cc3311' notitle")
    script.append("plot " + ", ".join(plots))
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def pages(here):
    """(page, does it have only some of the rows?)"""
    return (here / "README.md", False), (here.parents[1] / "README.md", True)


def with_table(text, new):
    begin, end = "<!-- figures -->\n", "<!-- end -->"
    before, rest = text.split(begin)
    return before + begin + "\n" + new + "\n" + end + rest.split(end)[1]


def quotes(committed_path):
    """The pages that do not have what @committed_path has"""
    committed = read_committed(committed_path)
    here = pathlib.Path(committed_path).resolve().parent
    return [page for page, short in pages(here) if with_table(page.read_text(), table(committed, short)) != page.read_text()]


def update(measured, committed_path, some):
    """All of a kernel that was measured is new; with @some, what was not measured stays"""
    here = pathlib.Path(committed_path).resolve().parent
    try:
        committed = read_committed(committed_path)
    except Unreadable:
        committed = {}
    committed = {kernel: {**(committed.get(kernel, {}) if some or kernel not in measured else {}), **measured.get(kernel, {})}
                 for kernel in sorted({*committed, *measured}, key=by_version)}
    content = {"format": FORMAT, "kernels": {k: dict(sorted(v.items())) for k, v in committed.items()}}
    pathlib.Path(committed_path).write_text(json.dumps(content, indent="\t") + "\n")
    chart(committed, here / "bench.svg")
    for page, short in pages(here):
        page.write_text(with_table(page.read_text(), table(committed, short)))


def main(args):
    options = [arg for arg in args if arg.startswith("--")]
    args = [arg for arg in args if not arg.startswith("--")]
    try:
        if args[:1] == ["readable"]:
            read_committed(args[1])
            return 0
        if args[:1] == ["quoted"]:
            for page in (wrong := quotes(args[1])):
                print(f"bench: {page} has other figures than {args[1]}: `make bench UPDATE=1'", file=sys.stderr)
            return 1 if wrong else 0
        measured_path, committed_path, out = args
        measured = read_measured(measured_path)
        out = pathlib.Path(out)
        (out / "table.md").write_text(table(measured) + "\n" + LEFT_OUT + "\n")
        (out / "bench.json").write_text(json.dumps(
            {"format": FORMAT, "left_out": LEFT_OUT, "kernels": measured, "rows": list(rows_of(measured))}, indent="\t") + "\n")
        print((out / "table.md").read_text())
        if not measured:
            print("bench: nothing was measured")
            return 1
        chart(measured, out / "bench.svg")
        if "--update" in options:
            update(measured, committed_path, "--some" in options)
            print(f"bench: these are the figures from now on: {committed_path}")
            return 0
        said, bad = compare(measured, read_committed(committed_path), "--some" in options)
    except Unreadable as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    for sentence in said:
        print(f"bench: {sentence}")
    missed = [row for row in rows_of(measured) if row["met"] is False]
    print(f"bench: {len(said)} figures moved by {MOVED}% or more, {bad} of them are worse by {WORSE}% or not there; "
          f"{len(missed)} are above what they shall be at most (bold)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
