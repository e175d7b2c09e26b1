"""mitmproxy addon: sends Google's hosts to the emulator, and nothing anywhere else.

The emulator serves no discovery document, as it is no method of the Calendar API; clients that fetch it get Google's
own from the file.
"""

import json
import os

from mitmproxy import http

EMULATOR_PORT = int(os.environ["EMULATOR_PORT"])
DISCOVERY = os.environ["DISCOVERY_FILE"]
LOG = os.environ["PROXY_LOG"]
GOOGLE = {"www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com", "openidconnect.googleapis.com"}


def note(line):
    with open(LOG, "a") as log:
        log.write(line + "\n")


def request(flow: http.HTTPFlow) -> None:
    host = flow.request.pretty_host
    path = flow.request.path.split("?")[0]
    note(json.dumps({"host": host, "method": flow.request.method, "path": path}))
    if host not in GOOGLE:
        flow.response = http.Response.make(502, b"not a host of Google")
    elif path.startswith("/discovery/"):
        with open(DISCOVERY, "rb") as document:
            flow.response = http.Response.make(200, document.read(), {"content-type": "application/json"})
    else:
        flow.request.scheme = "http"
        flow.request.host = "127.0.0.1"
        flow.request.port = EMULATOR_PORT
