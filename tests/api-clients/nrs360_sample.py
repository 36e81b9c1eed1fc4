"""360NRS has no client library; its documents' sample for Python, with another host, key and number."""
import http.client
import json
from urllib.parse import urlsplit

from inbox import API, KEY, a_number, code_in, messages, wrong


def call(path, payload, method="POST"):
    conn = http.client.HTTPConnection(urlsplit(API).netloc, timeout=20)
    headers = {
        'content-type': "application/json",
        'accept': "application/json"
    }
    conn.request(method, path, payload, headers)
    res = conn.getresponse()
    data = res.read()
    conn.close()
    return res.status, json.loads(data.decode("utf-8"))


def request(root, to, method="POST"):
    return call(f"{root}/request", f'''{{
    "api_key":"{KEY}",
    "msisdn":"{to}",
    "sender":"GOOD PIZZA",
    "hlr_lookup":1
}}''', method)


def verify(root, to, pin, method="POST"):
    return call(f"{root}/verify", f'''{{
    "api_key":"{KEY}",
    "msisdn":"{to}",
    "pin":"{pin}"
}}''', method)


def whole_way(root, method):
    to = a_number("1031")
    got = request(root, to, method)
    assert got == (200, {"status": "ok"}), got
    code = code_in(messages(to, 1)[0])
    got = verify(root, to, wrong(code), method)
    assert got == (200, {"status": "ok", "result": {
        "verified": False, "tries_remaining": 2, "message": "Invalid PIN code."}}), got
    for before in (False, True):
        got = verify(root, to, code, method)
        assert got == (200, {"status": "ok", "result": {
            "verified": True, "previously_verified": before, "message": "PIN code verified."}}), got


def refused():
    status, body = request("/api/2fa", a_number("0101"))
    assert (status, body["error_id"]) == (200, "INVALID_NUMBER"), body
    status, body = verify("/api/2fa", a_number("1032"), "123456")
    assert (status, body["error_id"]) == (200, "RECORD_NOT_FOUND"), body


for root in ("/api/2fa", "/api/3.0/2fa"):
    for method in ("POST", "GET"):
        whole_way(root, method)
        print(f"  {method} {root}: as it should be")
refused()
print("  what is refused: as it should be")
