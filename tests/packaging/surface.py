#!/usr/bin/env python3
"""Holds the manual pages and bash's completion against what the programs say of themselves.

    surface.py ROOT BUILD_DIR

- pinwire(1) has a heading for each command that `--help`, asked at every level, leads to, and no other; below it
  each of its options, and no other.
- The completion offers, behind each command, what its help lists, and nothing else; behind an option that wants a
  value it offers files.
- The services' pages name the options of their help; pinwire.toml(5) names the sections of docs/configuration.md.
Prints the faults; 1 if there are any. Then it breaks page and completion a little: what isn't noticed is a fault, too.
"""
import pathlib
import re
import subprocess
import sys
import tempfile


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


class Help:
    """One level of `--help`."""

    def __init__(self, text):
        self.commands, self.options, self.valued = [], set(), set()
        part = ""
        for line in text.splitlines():
            if line and not line.startswith(" "):
                part = line.strip().rstrip(":").lower()
                continue
            entry = re.match(r"  (\S.*?)(?:\s{2,}|$)", line)
            if not entry or line.startswith("   "):
                continue
            name = entry.group(1)
            if part == "subcommands":
                self.commands.append(name.split()[0])
            elif part == "options":
                named = re.match(r"[^ =\[{]+", name).group()
                found = [each for each in named.split(",") if each.startswith("--")]
                self.options.update(found)
                value = re.sub(r"(Excludes|Needs): .*", "", name[len(named):]).strip()
                if value not in ("", "{false}"):
                    self.valued.update(found)
        # "[OPTIONS] SUBCOMMAND": the command alone does nothing
        self.leads = bool(re.search(r"\] SUBCOMMAND\s*$", text.split("\n\n")[0], re.M))


def levels(program):
    """Each path of commands with its help; the program's own is ()."""
    found, waiting = {}, [()]
    while waiting:
        path = waiting.pop()
        found[path] = Help(said(program, *path, "--help"))
        waiting += [path + (name,) for name in found[path].commands]
    return found


def plain(roff):
    return re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-").replace("\\&", "")


def sections(page):
    """The headings of COMMANDS with the options that stand below each."""
    found, name = {}, None
    _, _, commands = page.partition(".SH COMMANDS\n")
    for line in commands.partition("\n.SH ")[0].splitlines():
        if line.startswith(".SS "):
            words = plain(line[4:].strip('"')).split()
            # what is in capitals or in brackets is an argument
            name = tuple(word for word in words if re.fullmatch(r"[a-z][a-z-]*", word))
            found[name] = set()
        elif name is not None and (line.startswith("\\fB\\-\\-") or line.startswith("Also: ")):
            found[name].update(re.findall(r"--[a-z0-9-]+", plain(line)))
    return found


def check_manual(page, known):
    faults, headings = [], sections(page)
    real = {path: each for path, each in known.items() if path and not each.leads}
    for path in sorted(real.keys() ^ headings.keys()):
        faults.append(f"pinwire(1) and the program differ about the command: {' '.join(path)}")
    for path in real.keys() & headings.keys():
        for option in sorted((real[path].options - {"--help"}) ^ headings[path]):
            faults.append(f"pinwire(1) and the program differ about {' '.join(path)} {option}")
    general = plain(page.partition(".SH COMMANDS")[0])
    for option in known[()].options:
        if not re.search(rf"^(-h, )?{option}\b", general, re.M):
            faults.append(f"pinwire(1) lacks {option}")
    return faults


ASK = r"""
set -e
source "$1"
function=$(complete -p pinwire | sed 's/.*-F \([^ ]*\).*/\1/')
set +e
while IFS= read -r line; do
    read -ra COMP_WORDS <<<"$line"
    [[ $line != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    "$function"
    echo "${COMPREPLY[*]}"
done
"""


def completions(script, lines):
    """What bash offers at the end of each line, as words."""
    asked = "".join(line + "\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "usr").mkdir()
        done = subprocess.run(["bash", "-c", ASK, "ask", script], input=asked, capture_output=True, text=True, cwd=folder)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"the completion says: {done.stderr[:500]}")
    return dict(zip(lines, (set(line.split()) for line in done.stdout.split("\n"))))


def check_completion(script, known):
    expected = {}
    for path, each in known.items():
        so_far = " ".join(("pinwire",) + path)
        expected[so_far + " "] = set(each.commands)
        expected[so_far + " --"] = each.options | known[()].options
        for option in each.valued:
            expected[f"{so_far} {option} us"] = {"usr"}
            # the value is no command, and what comes behind it isn't the option's
            expected[f"{so_far} {option} topics "] = set(each.commands)
            expected[f"{so_far} {option} = us"] = {"usr"}
    expected["pinwire --config x topics cr"] = {"create"}
    offered = completions(script, list(expected))
    return [
        f"completion of {line!r}: differs in {sorted(expected[line] ^ offered[line])}"
        for line in expected
        if expected[line] != offered[line]
    ]


def check_services(manual, programs):
    faults = []
    for name in ("worker", "callback", "api"):
        real = Help(said(programs / f"pinwire-{name}", "--help")).options
        page = plain((manual / f"pinwire-{name}.8").read_text())
        options = page.partition(".SH OPTIONS")[2].partition("\n.SH ")[0]
        for option in sorted(real ^ set(re.findall(r"--[a-z-]+", options))):
            faults.append(f"pinwire-{name}(8) and the program differ about {option}")
    return faults


def check_sections(manual, configuration):
    named = re.compile(r"\[([a-zA-Z_.]+)\]")
    page = plain((manual / "pinwire.toml.5").read_text()).partition(".SH SECTIONS")[2].partition("\n.SH ")[0]
    real = {each for line in configuration.splitlines() if line.startswith("## [") for each in named.findall(line)}
    return [f"pinwire.toml(5) and configuration.md differ about [{name}]" for name in sorted(real ^ set(named.findall(page)))]


def main(root, build):
    programs, manual = build / "bin", build / "manual"
    known = levels(programs / "pinwire")
    page = (manual / "pinwire.1").read_text()
    script = manual / "completion/pinwire"
    faults = check_manual(page, known) + check_completion(script, known)
    faults += check_services(manual, programs)
    faults += check_sections(manual, (root / "docs/configuration.md").read_text())
    if len(known) < 40:
        faults.append(f"only {len(known)} commands were found: the help isn't understood")
    # What can't fail is no check.
    without = {path: each for path, each in known.items() if path != ("topics", "create")}
    broken = page.replace("\\fB\\-\\-lines\\fR\n", "\\fB\\-\\-line\\fR\n")
    if broken == page or len(check_manual(broken, known)) != 2 or len(check_manual(page, without)) != 1:
        faults.append("a page that lies isn't noticed")
    known[("topics",)].commands.append("destroy")
    if not check_completion(script, known):
        faults.append("a completion that lies isn't noticed")
    return faults


if __name__ == "__main__":
    found = main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
    print("\n".join(found))
    sys.exit(1 if found else 0)
