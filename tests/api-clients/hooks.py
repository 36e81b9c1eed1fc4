"""What schemathesis can't know: whose key it holds, which application and template are there, which numbers
the simulator answers for. Without it nearly every valid request would end as 401 or 404."""
import itertools
import os
import random

import schemathesis

KEY = os.environ["CHECK_API_KEY"]
APPLICATION = os.environ["CHECK_API_APPLICATION"]
TEMPLATE = os.environ["CHECK_API_TEMPLATE"]

rng = random.Random(4)
numbers = itertools.count(34_600_000_000)
pins = []


def a_number():
    """Seldom the same twice, else the limits of a number are all there is to see; any last digits."""
    return str(next(numbers) + rng.randrange(10_000) * 10_000)


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def fill_path(parameters):
    for name, known in (("appId", [APPLICATION]), ("msgId", [TEMPLATE]), ("pinId", pins)):
        # one in four stays an id that nobody has
        if name in parameters and known and rng.random() < 0.75:
            parameters[name] = rng.choice(known)


def fill_body(body):
    if "api_key" in body and rng.random() < 0.9:
        body["api_key"] = KEY
    if "applicationId" in body and rng.random() < 0.9:
        body["applicationId"] = APPLICATION
        body["messageId"] = TEMPLATE
    for name in ("to", "msisdn"):
        if name in body and rng.random() < 0.8:
            body[name] = a_number()
    for name, mark in (("sms_text", "{PIN}"), ("messageText", "{{pin}}")):
        if isinstance(body.get(name), str) and mark not in body[name]:
            body[name] = body[name][:100] + mark


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_positive(case):
        return
    if case.path_parameters:
        fill_path(case.path_parameters)
    if isinstance(case.body, dict):
        fill_body(case.body)
    if isinstance(case.query, dict) and "msisdn" in case.query and rng.random() < 0.8:
        case.query["msisdn"] = a_number()


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 200 and case.operation.path.endswith(("/pin", "/pin/voice")):
        pins.append(response.json()["pinId"])
        del pins[:-20]
