"""What schemathesis can't know: whose key it holds, which application and template are there, which numbers
the simulator answers for, and what the document can only say in words. Without it nearly every valid request
would end as 401, 404 or 400. Requests that are meant to be wrong stay as they are."""
import itertools
import os
import random

import schemathesis

KEY = os.environ["CHECK_API_KEY"]
APPLICATION = os.environ["CHECK_API_APPLICATION"]
TEMPLATE = os.environ["CHECK_API_TEMPLATE"]

rng = random.Random(4)
counter = itertools.count()
pins = []
# Last digits that the simulator has an answer of its own for (docs/simulator.md), but the slow ones.
ENDINGS = ["0000", "0001", "0010", "0011", "0100", "0101", "0102", "0200", "0201", "0202"]


def a_number():
    """Never the same twice, else the limits of a number are all there is to see."""
    return f"346{next(counter):04}" + (rng.choice(ENDINGS) if rng.random() < 0.3 else "1041")


def fill_path(method, parameters):
    if method == "DELETE" and pins and rng.random() < 0.75:
        parameters["pinId"] = pins.pop(0)
        return
    for name, known in (("appId", [APPLICATION]), ("msgId", [TEMPLATE]), ("pinId", pins)):
        # one in four stays an id that nobody has
        if name in parameters and known and rng.random() < 0.75:
            parameters[name] = rng.choice(known)


def fill_names(body):
    if "api_key" in body:
        body["api_key"] = KEY
    if "applicationId" in body and rng.random() < 0.9:
        body["applicationId"] = APPLICATION
        body["messageId"] = TEMPLATE
    for name in ("to", "msisdn"):
        if name in body and rng.random() < 0.8:
            body[name] = a_number()


def mend_texts(body):
    for name, mark in (("sms_text", "{PIN}"), ("messageText", "{{pin}}")):
        if isinstance(body.get(name), str):
            body[name] = body[name].replace(mark, "")[:100] + mark
    if body.get("language"):
        body["language"] = rng.choice(["en", "pt-BR", "ZH_CN"])
    if body.get("report_url"):
        body["report_url"] = os.environ["DEMO_SIM"] + "/customer/demo"
    if "sender" in body:
        body["sender"] = "Pinwire"
    # an own code decides these itself
    settings = body.get("pin_params")
    for one in settings if isinstance(settings, list) else [settings]:
        if one and "code" in one:
            one.pop("type", None)
            one.pop("length", None)
        for name in ("expires_in", "max_tries"):
            if one and isinstance(one.get(name), str):
                one[name] = one[name][-5:]


def mend_limits(body):
    """At most a year, or a day: no pattern says that readably. And no request stops all that come after it."""
    if body.get("enabled") is False:
        body["enabled"] = True
    settings = body.get("configuration") or {}
    settings.pop("overallInitiationAttempts", None)
    for name, value in settings.items():
        if isinstance(value, str):
            settings[name] = "15m" if name == "pinTimeToLive" else "1000/1d"


def whole(value):
    """1.0 is an integer to JSON Schema, and none to us."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    return [whole(one) for one in value] if isinstance(value, list) else value


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.path_parameters:
        fill_path(case.method.upper(), case.path_parameters)
    if isinstance(case.body, dict):
        case.body = whole(case.body)
        fill_names(case.body)
        mend_texts(case.body)
        mend_limits(case.body)
    if case.query and "msisdn" in case.query and rng.random() < 0.8:
        case.query["msisdn"] = a_number()
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"check-{next(counter)}"


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 200 and case.operation.path.endswith(("/pin", "/pin/voice")):
        pins.append(response.json()["pinId"])
        del pins[:-20]
