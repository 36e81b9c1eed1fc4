"""What the simulated handset got, and what both clients' scripts check with."""
import json
import os
import pathlib
import random
import re
import time
import urllib.request

API = os.environ["DEMO_API"]
KEY = pathlib.Path(os.environ["DEMO_KEY_FILE"]).read_text().strip()
SIM = os.environ["DEMO_SIM"]


def a_number(last_four):
    """Of Spain; the last four digits tell the simulator what to do."""
    return f"346{random.randrange(10_000):04}{last_four}"


def inbox(number):
    with urllib.request.urlopen(f"{SIM}/inbox/{number}", timeout=5) as answer:
        return json.load(answer)["messages"]


def messages(number, count):
    """All of them once there are `count`; at most ten seconds."""
    until = time.monotonic() + 10
    while len(inbox(number)) < count and time.monotonic() < until:
        time.sleep(0.05)
    got = inbox(number)
    assert len(got) == count, f"{number} got {len(got)} messages, should be {count}"
    return got


def code_in(message):
    return re.search(r"[0-9]{4,}", message["text"].replace(" ", "")).group()


def wrong(code):
    return str((int(code[0]) + 1) % 10) + code[1:]
