#!/usr/bin/env python3
"""Prints every message of a Watchroom server over Server-Sent Events, and resumes without loss.

    python3 watch.py [http://127.0.0.1:8765/api/events/all]

Needs only Python. docs/protocol.md explains each step. With the environment variable WATCHROOM_TOKEN it sends that,
an API token or what token.py prints.
"""
import http.client, json, os, random, sys, time, urllib.error, urllib.request

FINAL = (400, 401, 403, 404, 421)  # reconnecting cannot succeed
SILENCE_MAX_S = 40  # over two heartbeats
url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765/api/events/all"
position = None  # `<epoch>:<seq>`: all messages up to here were received
last = {}  # the last `seq` of each stream


def receive(message, event_id):
    """Checks the message's chain, and prints it."""
    global position
    seq, stream = message.get("seq"), message.get("stream")
    if message["type"] == "gap":
        last.pop(stream, None)  # the next message starts a new chain
    elif seq is not None:
        if seq <= last.get(stream, 0):
            return  # a duplicate
        if message["prev"] != last.get(stream, message["prev"]):
            position = f"{event_id.rpartition(':')[0]}:{last.pop(stream)}"
            raise ConnectionError(f"a message is missing in {stream} before {seq}")
        last[stream] = seq
    position = event_id or position
    print(json.dumps(message, ensure_ascii=False), flush=True)


def watch():
    headers = {"Last-Event-ID": position} if position else {}
    if token := os.environ.get("WATCHROOM_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=SILENCE_MAX_S) as response:
        event = {}
        for line in response:
            field, _, value = line.decode(errors="replace").rstrip("\n").partition(": ")
            event[field] = value
            if line == b"\n":  # the end of an event
                if "data" in event:
                    receive(json.loads(event["data"]), event.get("id"))
                event = {}


failures = 0
while True:
    started = time.monotonic()
    try:
        watch()
        print("the server ended the stream", file=sys.stderr, flush=True)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError) and error.code in FINAL:
            sys.exit(f"{url}: {error}")
        print(f"the connection is lost: {error}", file=sys.stderr, flush=True)
    failures = 1 if time.monotonic() - started > 10 else failures + 1
    time.sleep(random.uniform(0, min(30, 0.5 * 2 ** min(failures - 1, 6))))
