#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""path.py MODE SYMBOLS <LOG: see path.sh. SYMBOLS has lines "ADDRESS NAME [MODULE]", LOG what QEMU logs of each instruction"""
import array
import bisect
import collections
import re
import sys

KERNEL = 0xffffffff80000000


def read_symbols(path):
    symbols = []
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            if found := re.fullmatch(r"([0-9a-f]{16}) (\S+)\s*(?:\[(\w+)\])?\s*", line):
                symbols.append((int(found[1], 16), found[2], found[3] or ""))
    symbols.sort()
    return symbols


def executed(log):
    pcs = array.array("Q")
    for line in log:
        if found := re.match(rb"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", line):
            pcs.append(int(found[1], 16))
    return pcs


class Trap:
    """From the fault that vioapic_probe's read takes to its next instruction"""
    module = "vioapic"

    def begins(self, name, before, entered):
        return name == "asm_exc_page_fault" and before == "touch_one"

    def ends(self, name):
        return name == "touch_one"

    def is_it(self, path):
        return True


class Exit:
    """What the kernel does between two instructions of programs and guests, if it is a guest's write"""
    module = "vioapic_kvm"

    def begins(self, name, before, entered):
        return before == "" and name != ""

    def ends(self, name):
        return name == ""

    def is_it(self, path):
        return ("bus_write", "vioapic_kvm") in path


class Line:
    """From the call that drives a line to the interrupt"""
    module = "vioapic"

    def begins(self, name, before, entered):
        return name == "vioapic_sim_set_line" and entered

    def ends(self, name):
        return name == "irq_entries_start"

    def is_it(self, path):
        return ("quiet", "vioapic_bare") not in path


def usual(mode, symbols, pcs):
    """The (name, module) of each instruction, of those that are as long as most: no timer has come on the way"""
    starts = [address for address, _, _ in symbols]
    places, paths, lengths = {}, {}, collections.Counter()
    path, inside, before = [], False, ""
    for pc in pcs:
        if pc not in places:
            at = bisect.bisect_right(starts, pc) - 1
            places[pc] = symbols[at] if pc >= KERNEL and at >= 0 else (0, "", "")
        start, name, module = places[pc]
        if inside and mode.ends(name):
            if mode.is_it(path):
                lengths[len(path)] += 1
                paths[len(path)] = path
            inside = False
        if mode.begins(name, before, pc == start):
            path, inside = [], True
        if inside:
            path.append((name, module))
        before = name
    return paths[lengths.most_common(1)[0][0]] if paths else None


def main(what, symbols_path):
    pcs = executed(sys.stdin.buffer)
    mode = {"kvm": Exit, "sim": Line}.get(what, Trap)()
    path = usual(mode, read_symbols(symbols_path), pcs)
    if path is None:
        sys.exit("path.py: it was not seen from its beginning to its end")
    counts = {}
    for place in path:
        counts[place] = counts.get(place, 0) + 1
    for (name, module), count in counts.items():
        print(f"{count:5}  {name}{f'  [{module}]' if module else ''}")
    for ours in sorted({"vioapic", mode.module}):
        print(f"{sum(count for (_, module), count in counts.items() if module == ours):5}  of them {ours}'s")
    print(f"{len(path):5}  in all")


if __name__ == "__main__":
    main(*sys.argv[1:])
