#!/usr/bin/env python3
"""Holds api/openapi.json against what the code does: each conversation of tests/golden/api, which the
component tests hold against the code, must be one that the document describes.

    conversations.py DOCUMENT FOLDER

Of an answer its status, headers and body are compared, of a request that was taken its body as well.
A path or status that the document doesn't have is a fault. Prints the faults; 1 if there are any.
"""
import json
import pathlib
import re
import sys
from urllib.parse import unquote, urlsplit

import jsonschema

AN_ID = "0123456789ABCDEF0123456789ABCDEF"
# The listener adds it to every answer, behind what these conversations are held with.
ADDED_LATER = {"X-Request-Id"}


class Message:
    """One side of an exchange: the first line, the headers, the body."""

    def __init__(self, lines):
        blank = lines.index("") if "" in lines else len(lines)
        self.first = lines[0]
        self.headers = dict(line.split(": ", 1) for line in lines[1:blank])
        self.body = "\n".join(lines[blank + 1 :])


def exchanges(text):
    """(line number, request, answer) of each exchange in a file."""
    sides = {">": [], "<": []}
    began = 0
    for number, line in enumerate([*text.splitlines(), "# end"], 1):
        mark = line[:1]
        if mark == ">" and sides["<"] or mark not in sides and sides["<"]:
            yield began, Message(sides[">"]), Message(sides["<"])
            sides = {">": [], "<": []}
        if mark in sides:
            began = began if sides[">"] else number
            sides[mark].append(line[1:].removeprefix(" "))


class Document:
    def __init__(self, text):
        self.root = json.loads(text)
        self.paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
            for path in self.root["paths"]
        ]

    def resolved(self, node):
        while "$ref" in node:
            found = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def item_of(self, path):
        """A path of words alone counts before one with an id in it. Infobip's may end in a slash."""
        if path.startswith("/2fa/"):
            path = path.removesuffix("/")
        for pattern, name in sorted(self.paths, key=lambda one: "{" in one[1]):
            if pattern.fullmatch(path):
                return self.root["paths"][name]
        return None

    def faults(self, schema, value):
        whole = {**schema, "components": self.root["components"]}
        checker = jsonschema.Draft202012Validator(whole)
        return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]

    def unresolved(self):
        """References that lead nowhere, and components that nobody names."""
        named = set(re.findall(r'"#/([^"]+)"', json.dumps(self.root)))
        there = {
            f"components/{kind}/{name}"
            for kind, all_of in self.root["components"].items()
            for name in all_of
            if kind != "securitySchemes"
        }
        return sorted(named ^ there)


def answer_faults(document, responses, answer):
    status = answer.first
    if status not in responses:
        return [f"status {status} isn't in the document"]
    response = document.resolved(responses[status])
    headers = response.get("headers", {})
    faults = [f"header {name} isn't in the document" for name in answer.headers if name not in headers]
    for name, header in headers.items():
        header = document.resolved(header)
        if name in answer.headers:
            text = answer.headers[name]
            value = int(text) if header["schema"]["type"] == "integer" else text
            faults += document.faults(header["schema"], value)
        elif header.get("required") and name not in ADDED_LATER:
            faults.append(f"header {name} is missing")
    content = response.get("content", {}).get("application/json")
    if content is None:
        return faults + (["a body that isn't in the document"] if answer.body else [])
    return faults + document.faults(content["schema"], json.loads(answer.body))


def request_faults(document, operation, request):
    """What was taken must be what the document lets a client send."""
    if "requestBody" not in operation:
        return []
    wanted = document.resolved(operation["requestBody"])
    if not request.body.strip():
        return ["the document wants a body"] if wanted["required"] else []
    schema = wanted["content"]["application/json"]["schema"]
    return ["request " + fault for fault in document.faults(schema, json.loads(request.body))]


def exchange_faults(document, target, request, answer):
    method = request.first.split(" ")[0].lower()
    item = document.item_of(unquote(urlsplit(target).path))
    if item is None:
        missing = document.root["components"]["responses"]
        either = [missing[name]["content"]["application/json"] for name in ("NotFoundV1", "NotFoundV2")]
        if answer.first != "404":
            return ["the path isn't in the document"]
        schema = {"anyOf": [one["schema"] for one in either]}
        return document.faults(schema, json.loads(answer.body))
    if method not in item:
        # said with the path's other methods
        if answer.first != "405":
            return [f"{method} isn't in the document"]
        method = next(name for name in item if name != "parameters")
    operation = item[method]
    faults = answer_faults(document, operation["responses"], answer)
    if answer.first.startswith("2"):
        faults += request_faults(document, operation, request)
    return faults


def main():
    document = Document(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    faults = [f"document: {name}: named or there, not both" for name in document.unresolved()]
    count = 0
    for file in sorted(folder.rglob("*.txt")):
        text = re.sub(r"\{(APP|MSG)\}", AN_ID, file.read_text())
        for line, request, answer in exchanges(text):
            target = request.first.split(" ")[1]
            for one in {target.replace("{api}", root) for root in ("/api", "/api/3.0")}:
                count += 1
                found = exchange_faults(document, one, request, answer)
                faults += [f"{file.relative_to(folder)}:{line}: {request.first}: {fault}" for fault in found]
    print(*faults, sep="\n")
    print(f"{count} exchanges, {len(faults)} faults")
    if count == 0:
        faults.append("no conversations")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
