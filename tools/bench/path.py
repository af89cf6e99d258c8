#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""path.py SYMBOLS LOG: see path.sh. SYMBOLS has lines "ADDRESS NAME [MODULE]", LOG what QEMU logs of each instruction"""
import bisect
import re
import sys

BEGIN = "asm_exc_page_fault"
PROBE = "touch_one"     # of vioapic_probe.ko, whose read it is


def read_symbols(path):
    symbols = []
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            if found := re.fullmatch(r"([0-9a-f]{16}) (\S+)\s*(?:\[(\w+)\])?\s*", line):
                symbols.append((int(found[1], 16), found[2], found[3] or ""))
    symbols.sort()
    return symbols


def executed(path):
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            if found := re.match(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", line):
                yield int(found[1], 16)


def one_trap(symbols, pcs):
    """The (name, module) of each instruction from the fault that PROBE takes to its next instruction"""
    starts = [address for address, _, _ in symbols]
    trap, before = [], ""
    for pc in pcs:
        at = bisect.bisect_right(starts, pc) - 1
        name, module = symbols[at][1:] if at >= 0 else ("?", "")
        if trap and name == PROBE:
            return trap
        if trap or name == BEGIN and before == PROBE:
            trap.append((name, module))
        before = name
    sys.exit(f"path.py: {PROBE} was not seen to fault" if not trap else "path.py: the log breaks off in a fault")


def main(symbols_path, log_path):
    trap = one_trap(read_symbols(symbols_path), executed(log_path))
    counts = {}
    for place in trap:
        counts[place] = counts.get(place, 0) + 1
    for (name, module), count in counts.items():
        print(f"{count:5}  {name}{f'  [{module}]' if module else ''}")
    ours = sum(count for (_, module), count in counts.items() if module == "vioapic")
    print(f"{len(trap):5}  in all, {ours} of them vioapic's")


if __name__ == "__main__":
    main(*sys.argv[1:])
