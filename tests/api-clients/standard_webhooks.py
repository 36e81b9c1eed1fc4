"""Reports against the Standard Webhooks library for Python: each dialect, asked for through the API and
by the operator's tool, with one live secret and with two."""
import http.server
import json
import os
import pathlib
import queue
import secrets
import subprocess
import threading
import time
import urllib.request
from base64 import b64encode

from inbox import API, KEY, SIM
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

FIRST = pathlib.Path(os.environ["DEMO_SECRETS"]) / "webhook"
SECOND = pathlib.Path(os.environ["DEMO_STATE"]) / "webhook-2"
taken = queue.Queue()


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        taken.put((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def pinwire(*arguments):
    program = [f"{os.environ['DEMO_BIN']}/pinwire", *arguments, "--config", os.environ["DEMO_CONFIG"], "--json"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{arguments}: {done.stderr}{done.stdout}"
    return json.loads(done.stdout)


def by_api(url, form):
    asked = urllib.request.Request(
        f"{API}/pinwire/1/test-report",
        json.dumps({"url": url, "format": form}).encode(),
        {"Authorization": f"App {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def by_tool(url, form):
    return pinwire("reports", "test", url, "--account", "demo", "--format", form)


def expect(files, ask, url, form):
    said = ask(url, form)
    assert said["taken"] and said["signatures"] == len(files), said
    headers, body = taken.get(timeout=5)
    for file in files:
        Webhook(file.read_text().strip()).verify(body, headers)
    stranger = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    for secret, bytes_ in ((stranger, body), (files[0].read_text().strip(), body + b" ")):
        try:
            Webhook(secret).verify(bytes_, headers)
        except WebhookVerificationError:
            continue
        raise AssertionError("the library takes what isn't ours")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hook"
    pinwire("accounts", "set", "demo", "--ports", f"{SIM.rsplit(':', 1)[1]},{server.server_port}")
    for form in ("360nrs", "infobip", "standard"):
        expect([FIRST], by_tool, url, form)
    SECOND.write_text("whsec_" + b64encode(secrets.token_bytes(32)).decode())
    SECOND.chmod(0o600)
    pinwire("accounts", "set", "demo", "--webhook-secret-file", f"{SECOND}", "--webhook-secret-file", f"{FIRST}")
    expect([SECOND, FIRST], by_tool, url, "standard")
    time.sleep(3)  # the API looks for changes each second
    expect([SECOND, FIRST], by_api, url, "standard")
    server.shutdown()
    print("the Standard Webhooks library verifies every dialect, with one secret and with two")


main()
