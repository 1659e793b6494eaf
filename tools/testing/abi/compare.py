# SPDX-License-Identifier: GPL-2.0-only
"""Compare two definitions of one interface, name by name.

usage: compare.py --name NAME --ours OBJECT --kernel OBJECT
                  --ours-macros FILE --kernel-macros FILE
                  --floor SIZES,FIELDS,CONSTANTS[,IOCTLS] [--exceptions FILE]

The objects carry debugging information. Each file of macros has a line "NAME VALUE" for a macro
that both sides define, and a line "NAME" for another one. Prints what is only on one side, each
difference, and a PASS or FAIL line with the number of things compared for each class. Fails if
that number is below its floor. Exit status 1 if anything failed.
"""

import argparse
import re
import sys

from layout import Layouts

RESERVED = re.compile(r"(.*\.)?_*(reserved|resvd|rsvd|rsvdz|padding|pad|mbz|res)(_*[a-z]*[0-9_]*)$")


class Report:
    def __init__(self):
        self.failed = False

    @staticmethod
    def note(text):
        print("# " + text)

    def missing(self, what, names):
        if names:
            self.note("%s (%d): %s" % (what, len(names), " ".join(sorted(names))))

    def result(self, name, compared, floor, differences):
        for difference in differences:
            self.note("%s: %s" % (name, difference))
        if compared < floor:
            self.note("%s: compared %d, expected %d at least" % (name, compared, floor))
        good = not differences and compared >= floor
        self.failed |= not good
        print("%s %s %d compared" % ("PASS" if good else "FAIL", name, compared))


def compare_sizes(report, name, ours, kernel, floor):
    common = ours.sizes.keys() & kernel.sizes.keys()
    differences = ["%s is %d bytes, the kernel's %d" % (tag, ours.sizes[tag], kernel.sizes[tag])
                   for tag in sorted(common) if ours.sizes[tag] != kernel.sizes[tag]]
    report.missing("types only ours", ours.sizes.keys() - common)
    report.missing("types only the kernel's", kernel.sizes.keys() - common)
    report.result(name + ".sizes", len(common), floor, differences)


def inside(inner, outer):
    return outer[0] <= inner[0] and inner[0] + inner[1] <= outer[0] + outer[1]


def compare_fields(report, name, ours, kernel, floor, exceptions):
    """Same names at the same bits. Ours may name bits that the kernel calls reserved."""
    compared, differences = 0, []
    for tag in sorted(ours.fields.keys() & kernel.fields.keys()):
        mine, theirs = ours.fields[tag], kernel.fields[tag]
        for field in sorted(mine.keys() & theirs.keys()):
            if mine[field] == theirs[field]:
                compared += 1
            elif RESERVED.match(field) and inside(mine[field], theirs[field]):
                report.note("%s.%s is smaller than the kernel's" % (tag, field))
            else:
                differences.append("%s.%s is at bit %d, %d wide; the kernel's at %d, %d wide"
                                   % ((tag, field) + mine[field] + theirs[field]))
        for field in sorted(theirs.keys() - mine.keys()):
            if "%s.%s" % (tag, field) in exceptions:
                exceptions.remove("%s.%s" % (tag, field))
            elif not RESERVED.match(field):
                differences.append("%s.%s is missing" % (tag, field))
        report.missing("fields only ours in " + tag, mine.keys() - theirs.keys())
    differences += ["the exception for %s is not needed" % field for field in sorted(exceptions)]
    report.result(name + ".fields", compared, floor, differences)


def read_macros(path):
    with open(path, encoding="ascii") as lines:
        words = [line.split() for line in lines]
    return {word[0]: int(word[1], 0) if len(word) > 1 else None for word in words}


def read_exceptions(path):
    with open(path, encoding="ascii") as lines:
        words = [line.split() for line in lines]
    return {word[1] for word in words if word[0] == "field"}


def constants_of(layouts, macros):
    """Macros and enumerators alike. A macro of one side alone has no value here."""
    constants = dict(macros)
    for key, value in layouts.enumerators.items():
        constants[key] = value & (2 ** 32 - 1 if value < 0 else 2 ** 64 - 1)
    return constants


def is_ioctl(key, value):
    """Magic and size tell them from the other constants of the interface."""
    return key.startswith("MSHV_") and value is not None and value >> 8 & 0xFF == 0xB8


def compare_constants(report, name, ours, kernel, floors):
    common = ours.keys() & kernel.keys()
    ioctls = {key for key in common if is_ioctl(key, ours[key])}
    report.missing("constants only ours", ours.keys() - common)
    report.missing("constants only the kernel's", kernel.keys() - common)
    for kind, keys, floor in zip(("constants", "ioctls"), (common - ioctls, ioctls), floors):
        differences = []
        for key in sorted(keys):
            if ours[key] is None or kernel[key] is None:
                differences.append("%s is a macro on one side only" % key)
            elif ours[key] != kernel[key]:
                differences.append("%s is %#x, the kernel's %#x" % (key, ours[key], kernel[key]))
        report.result("%s.%s" % (name, kind), len(keys), floor, differences)


def main():
    parser = argparse.ArgumentParser()
    for option in ("name", "ours", "kernel", "ours-macros", "kernel-macros", "floor"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--exceptions")
    arguments = parser.parse_args()
    floors = [int(number) for number in arguments.floor.split(",")]
    exceptions = read_exceptions(arguments.exceptions) if arguments.exceptions else set()
    report = Report()
    ours, kernel = Layouts(arguments.ours), Layouts(arguments.kernel)
    compare_sizes(report, arguments.name, ours, kernel, floors[0])
    compare_fields(report, arguments.name, ours, kernel, floors[1], exceptions)
    compare_constants(report, arguments.name,
                      constants_of(ours, read_macros(arguments.ours_macros)),
                      constants_of(kernel, read_macros(arguments.kernel_macros)), floors[2:])
    sys.exit(report.failed)


if __name__ == "__main__":
    main()
