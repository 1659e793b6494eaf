# SPDX-License-Identifier: GPL-2.0-only
"""Structures, unions and enumerators of an object file, from its debugging information."""

import re
import subprocess

ENTRY = re.compile(r" <([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
ATTRIBUTE = re.compile(r"\s+<[0-9a-f]+>\s+DW_AT_(\w+)\s*:\s?(.*)")
# How the value is stored, which newer versions of readelf print and older ones for strings only.
FORM = re.compile(r"^(\([^)]*\):?\s*)+")
AGGREGATES = ("structure_type", "union_type")


class Entry:
    """One debugging information entry, with its attributes as readelf prints them."""

    def __init__(self, tag):
        self.tag = tag
        self.attributes = {}
        self.children = []

    def text(self, name):
        value = self.attributes.get(name)
        return FORM.sub("", value).strip() if value is not None else None

    def number(self, name, default=None):
        value = self.text(name)
        return int(value.split()[0], 0) if value is not None else default

    def reference(self, name):
        value = self.text(name)
        return int(value[1:].split(">")[0], 16) if value is not None else None


def read_entries(path):
    """All entries by their offset."""
    text = subprocess.run(
        ["readelf", "--wide", "--debug-dump=info", path],
        check=True, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    ).stdout
    entries, stack, entry = {}, [], None
    for line in text.splitlines():
        found = ENTRY.match(line)
        if found:
            depth = int(found[1], 16)
            entry = Entry(found[3])
            entries[int(found[2], 16)] = entry
            del stack[depth:]
            if stack:
                stack[-1].children.append(entry)
            stack.append(entry)
            continue
        found = ATTRIBUTE.match(line)
        if found and entry:
            entry.attributes.setdefault(found[1], found[2])
    return entries


class Layouts:
    """What a header lays down: sizes, fields as (first bit, bits), and enumerators."""

    def __init__(self, path):
        self.entries = read_entries(path)
        self.sizes = {}
        self.fields = {}
        self.enumerators = {}
        for entry in self.entries.values():
            name = entry.text("name")
            if entry.tag in AGGREGATES and name and "declaration" not in entry.attributes:
                self.sizes[name] = entry.number("byte_size")
                self.fields[name] = {}
                self.walk(entry, 0, "", self.fields[name])
            elif entry.tag == "enumerator":
                self.enumerators[name] = entry.number("const_value")

    def resolve(self, entry):
        """The type of an entry behind its qualifiers and typedefs."""
        while True:
            entry = self.entries[entry.reference("type")]
            if entry.tag not in ("typedef", "const_type", "volatile_type"):
                return entry

    def bytes_of(self, kind):
        if kind.tag != "array_type":
            return kind.number("byte_size", 0)
        total = self.bytes_of(self.resolve(kind))
        for child in kind.children:
            if child.tag == "subrange_type":
                total *= child.number("count", child.number("upper_bound", -1) + 1)
        return total

    def walk(self, aggregate, base, prefix, fields):
        for member in aggregate.children:
            if member.tag != "member":
                continue
            kind = self.resolve(member)
            name = member.text("name")
            first = base + member.number(
                "data_bit_offset", 8 * member.number("data_member_location", 0))
            if name:
                bits = member.number("bit_size", 8 * self.bytes_of(kind))
                fields[prefix + name] = (first, bits)
            # Types with a tag are compared on their own.
            if kind.tag in AGGREGATES and not kind.text("name"):
                self.walk(kind, first, prefix + name + "." if name else prefix, fields)
