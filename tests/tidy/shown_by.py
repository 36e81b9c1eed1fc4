#!/usr/bin/env python3
"""Holds docs/promises.md against the tests: each one that it names exists.

    shown_by.py ROOT

Prints those that don't; 1 if there are any. Then it looks for one that there never was, which must be missed.
"""
import pathlib
import re
import sys

PAGE = "docs/promises.md"
DEFINED = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")
# In backquotes, with the parameters' names around it or without.
NAMED = re.compile(r"`(?:\w+/)?([A-Za-z]\w*)\.([A-Z]\w*)(?:/\w+)?`")


def missing(page, tests):
    return [f"{suite}.{name}" for suite, name in NAMED.findall(page) if (suite, name) not in tests]


def main():
    root = pathlib.Path(sys.argv[1])
    page = (root / PAGE).read_text()
    tests = set()
    for path in sorted((root / "tests").rglob("*.cpp")):
        tests.update(DEFINED.findall(path.read_text()))
    faults = [f"{PAGE}: there is no test {name}" for name in missing(page, tests)]
    if len(NAMED.findall(page)) < 100:
        faults.append(f"{PAGE}: only {len(NAMED.findall(page))} tests were found in it")
    if not missing("shown by `claiming.NeverWas`", tests):
        faults.append("nobody missed claiming.NeverWas")
    for one in faults:
        print(one)
    sys.exit(1 if faults else 0)


main()
