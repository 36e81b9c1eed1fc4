#!/usr/bin/env python3
"""Holds the alert rules, the dashboard and docs/operations.md against the code that makes the metrics.

    watching.py ROOT

- Each metric that a rule, the dashboard or a page names is made by the code, with those labels and values;
  the parts of a histogram are used of histograms only.
- Each metric of the code stands in "Metrics" of docs/operations.md, with its labels.
- Each alert has a section of its name in "Alerts" there, and each section an alert.
- Each event that the code logs as a warning or an error stands in "Log" there, and each event there in the code.
- promtool (Debian: prometheus) reads every expression, and tests/operations/alerts.yml tries some alerts.
Prints the faults; 1 if there are any. Then it breaks each side a little: what isn't noticed is a fault, too.
"""
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

RULES = "deploy/prometheus/pinwire.rules.yml"
DASHBOARD = "deploy/grafana/pinwire.json"
PAGE = "docs/operations.md"
PROGRAMS = ("worker", "callback", "api", "common")
TRANSLATORS = ("common/carriers/", "common/lookup/", "common/reports/")

# Names in pages that are no metrics: the database's roles.
OTHER_NAMES = {"pinwire_worker", "pinwire_callback", "pinwire_api", "pinwire_reader", "pinwire_migrator"}
NAME = re.compile(r"\b((?:pinwire|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
# An event that is logged at a level that is written in the call; a limited one has a key before it.
LOUD = re.compile(
    r"\blog_(?:warn|error)\(\s*(?:[^;{\"]*\?\s*)?\"(\w+)\"(?:\s*:\s*\"(\w+)\")?"
    r"|\blog_limited\(\s*(?:telemetry::)?log_level::(?:warn|error),\s*(?:[^,\"]|\"[^\"]*\")+,\s*\"(\w+)\""
)
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GIVEN_BY_PROMETHEUS = {"job", "instance", "le"}


def read(root):
    """Everything that is compared, by its path."""
    paths = [root / RULES, root / DASHBOARD, *sorted((root / "docs").glob("*.md"))]
    for folder in PROGRAMS:
        paths += sorted(path for path in (root / folder).rglob("*") if path.suffix in (".cpp", ".hpp"))
    return {str(path.relative_to(root)): path.read_text() for path in paths}


def is_code(path):
    return path.endswith((".cpp", ".hpp"))


class Code:
    """The metrics that the code makes: names are literals in the files that make metrics."""

    def __init__(self, files):
        self.sources = {}  # of a metric: the texts of the files that name it
        self.histograms = set()
        self.literals = set()
        self.loud = {}  # of an event: a file that warns with it
        for path, text in files.items():
            if not is_code(path):
                continue
            if not path.startswith(TRANSLATORS):  # carriers' words aren't ours
                self.literals.update(re.findall(r'"([^"\n]*)"', text))
            for events in LOUD.findall(text):
                self.loud.update({event: path for event in events if event})
            if not path.endswith(".cpp") or not re.search(r"\bmake_(counter|gauge|histogram)\b", text):
                continue
            for name in re.findall(r'"((?:pinwire|process)_[a-z0-9_]*)"', text):
                self.sources.setdefault(name, []).append(text)
            self.histograms.update(re.findall(r'make_histogram\(\s*"(\w+)"', text))

    def has_label(self, name, label):
        return any(f'"{label}"' in text for text in self.sources[name])

    def has_value(self, value):
        return value in self.literals or value.removeprefix("pinwire-") in self.literals


def section(page, title):
    """What stands below `## title`."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    return found.group(1) if found else ""


def documented(page):
    """The metrics of the page's "Metrics", each with its labels."""
    all_labels = {}
    for name, labels in NAME.findall(section(page, "Metrics")):
        known = all_labels.setdefault(name, set())
        known.update(re.findall(r"(\w+)(?==|,|$)", re.sub(r'"[^"]*"', "", labels)))
    return all_labels


def alerts(text):
    """The rules, in the few forms of YAML that the file uses: {"alert", "expr", "severity", …} each."""
    found = []
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for number, line in enumerate(lines):
        key = re.match(r"\s*(?:- )?(\w+): *(.*)$", line)
        if not key:
            continue
        name, value = key.groups()
        if name == "alert":
            found.append({"alert": value})
        elif name == "expr" and value == ">-":
            block = itertools.takewhile(lambda one: one.startswith(" " * 10), lines[number + 1 :])
            found[-1]["expr"] = " ".join(one.strip() for one in block)
        elif name == "labels":
            found[-1]["severity"] = value.removeprefix("{severity: ").removesuffix("}")
        elif found and name in ("expr", "summary", "runbook"):
            found[-1][name] = value.strip('"')
    return found


def panels(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def dashboard_expressions(board):
    for panel in panels(board):
        for target in panel.get("targets", []):
            yield f"{DASHBOARD}: {panel['title']}", target["expr"]


def expression_faults(where, expression, code, labels_of):
    used = {}
    for name, inside in NAME.findall(expression):
        base = name
        part = re.fullmatch(r"(\w+)_(bucket|sum|count)", name)
        if part and part.group(1) in code.histograms:
            base = part.group(1)
        elif name in code.histograms:
            yield f"{where}: {name} is a histogram: name its _bucket, _sum or _count"
        if base not in code.sources:
            yield f"{where}: nothing makes {name}"
            continue
        labels = used.setdefault(base, labels_of.get(base, set()) | GIVEN_BY_PROMETHEUS)
        for label, _, value in MATCHER.findall(inside):
            if label not in labels:
                yield f"{where}: {base} has no label {label}"
            elif label not in GIVEN_BY_PROMETHEUS and label != "status":
                for one in value.split("|"):
                    if not code.has_value(one):
                        yield f'{where}: nothing in the code says {label}="{one}"'
    every = set().union(*used.values()) if used else GIVEN_BY_PROMETHEUS
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in re.split(r",\s*", group):
            if label not in every:
                yield f"{where}: grouped by {label}, which none of its metrics has"
    for open_, close in ("()", "[]", "{}"):
        if expression.count(open_) != expression.count(close):
            yield f"{where}: a bracket is missing: {expression}"


def rule_faults(rules, page):
    names = [rule["alert"] for rule in rules]
    if len(names) < 20:
        yield f"{RULES}: only {len(names)} alerts were found"
    for name in {one for one in names if names.count(one) > 1}:
        yield f"{RULES}: {name} is there twice"
    for rule in rules:
        if rule.get("severity") not in ("critical", "warning"):
            yield f"{RULES}: {rule['alert']} is neither critical nor a warning"
        if not rule.get("summary"):
            yield f"{RULES}: {rule['alert']} has no summary"
        if rule.get("runbook") != f"{PAGE}#{rule['alert'].lower()}":
            yield f"{RULES}: {rule['alert']} doesn't lead to its section of {PAGE}"
    parts = re.split(r"^### (.*)\n", section(page, "Alerts"), flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2]))
    for name in names:
        if not sections.get(name, "").strip():
            yield f"{PAGE}: says nothing about what to do for {name}"
    for name in sections:
        if name not in names:
            yield f"{PAGE}: {name} is no alert"


def log_faults(page, code):
    listed = set()
    for line in section(page, "Log").splitlines():
        if line.startswith("| `"):
            listed.update(re.findall(r"`(\w+)`", line.split("|")[1]))
    if len(listed) < 40 or len(code.loud) < 30:
        yield f"{PAGE}: only {len(listed)} events were found in its Log, {len(code.loud)} in the code"
    for event in sorted(code.loud.keys() - listed):
        yield f"{PAGE}: Log lacks {event} of {code.loud[event]}"
    for event in sorted(listed - code.literals):
        yield f"{PAGE}: nothing logs {event}"


def link_faults(page):
    headings = re.findall(r"^#+ (.*)$", page, re.M)
    places = {re.sub(r"[^a-z0-9 _-]", "", one.lower()).replace(" ", "-") for one in headings}
    for place in re.findall(r"\]\(#([^)]*)\)", page):
        if place not in places:
            yield f"{PAGE}: #{place} leads nowhere"


def board_faults(board):
    ids = [panel["id"] for panel in panels(board)]
    if len(ids) != len(set(ids)):
        yield f"{DASHBOARD}: two panels have one id"
    taken = {}
    for panel in panels(board):
        at = panel["gridPos"]
        for cell in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            if cell in taken or cell[0] > 23:
                yield f"{DASHBOARD}: {panel['title']} lies over {taken.get(cell, 'the edge')}"
                break
            taken[cell] = panel["title"]


def faults(files):
    code = Code(files)
    page = files[PAGE]
    labels_of = documented(page)
    rules = alerts(files[RULES])
    board = json.loads(files[DASHBOARD])

    for name in code.sources:
        if name not in labels_of:
            yield f"{PAGE}: Metrics lacks {name}"
    for name, labels in labels_of.items():
        for label in labels:
            if name in code.sources and not code.has_label(name, label):
                yield f"{PAGE}: the code gives {name} no label {label}"
    for path, text in files.items():
        if not path.endswith(".md"):
            continue
        for name, _ in NAME.findall(text):
            ours = name.startswith("pinwire_") or path == PAGE
            if ours and name not in code.sources and name not in OTHER_NAMES:
                yield f"{path}: nothing makes {name}"
    yield from rule_faults(rules, page)
    yield from log_faults(page, code)
    yield from link_faults(page)
    yield from board_faults(board)
    expressions = [(f"{RULES}: {rule['alert']}", rule.get("expr", "")) for rule in rules]
    for where, expression in itertools.chain(expressions, dashboard_expressions(board)):
        if not NAME.search(expression) and not expression.startswith("up{"):
            yield f"{where}: names no metric: {expression}"
        yield from expression_faults(where, expression, code, labels_of)


def promtool_faults(root, files):
    """What Prometheus' own tool says, about the dashboard's expressions as well."""
    tool = shutil.which("promtool")
    if not tool:
        yield "promtool isn't installed (Debian: prometheus; scripts/setup): no expression was parsed, no alert tried"
        return
    with tempfile.TemporaryDirectory() as folder:
        drafts = pathlib.Path(folder) / "dashboard.yml"
        recorded = [
            {"record": f"panel:{number}", "expr": re.sub(r"\$__\w+", "5m", expression)}
            for number, (_, expression) in enumerate(dashboard_expressions(json.loads(files[DASHBOARD])))
        ]
        drafts.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]}))
        for command in (
            ["check", "rules", str(root / RULES), str(drafts)],
            ["test", "rules", str(root / "tests/operations/alerts.yml")],
        ):
            run = subprocess.run([tool, *command], capture_output=True, text=True)
            if run.returncode:
                yield f"promtool {' '.join(command)}: {run.stdout}{run.stderr}"


# (where, what stands there, what would be wrong): each must be noticed.
BREAKS = (
    (RULES, "pinwire_jobs_lag", "pinwire_job_lag"),
    (RULES, 'outcome="cancelled"', 'result="cancelled"'),
    (RULES, 'outcome="cancelled"', 'outcome="canceled"'),
    (RULES, "pinwire_claim_seconds_bucket", "pinwire_claim_seconds"),
    (RULES, "by (route)", "by (provider)"),
    (RULES, "alert: PinwireDown", "alert: PinwireGone"),
    (RULES, "severity: critical", "severity: loud"),
    (RULES, "#pinwirejobslag", "#pinwirelag"),
    (DASHBOARD, "pinwire_sends_total", "pinwire_send_total"),
    (DASHBOARD, '"id": 2\n', '"id": 3\n'),
    (DASHBOARD, '"gridPos": {"x": 3,', '"gridPos": {"x": 2,'),
    (PAGE, "`pinwire_jobs_lag`", "the lag"),
    (PAGE, "### PinwireJobsLag", "### PinwireLag"),
    (PAGE, "(#keys)", "(#key)"),
    (PAGE, "pinwire_sends_total{result}", "pinwire_sends_total{outcome}"),
    (PAGE, "`dlr_not_taken`", "`dlr_untaken`"),
    (PAGE, "| `account_secret` |", "| a secret |"),
    ("api/nrs360/dialect.cpp", '"request_failed",\n            {', '"nrs360_failed",\n            {'),
    ("docs/routes.md", "operations.md#", "`pinwire_route_gone` operations.md#"),
    ("worker/figures.cpp", '"pinwire_jobs_lag"', '"pinwire_jobs_behind"'),
)


def unnoticed(files):
    for path, old, new in BREAKS:
        if old not in files[path]:
            yield f"{path}: {old!r} is no longer there to be broken"
        elif not list(faults({**files, path: files[path].replace(old, new)})):
            yield f"nobody noticed {new!r} in {path}"


def main():
    root = pathlib.Path(sys.argv[1])
    files = read(root)
    found = [*faults(files), *promtool_faults(root, files)] or list(unnoticed(files))
    for one in found:
        print(one)
    sys.exit(1 if found else 0)


main()
