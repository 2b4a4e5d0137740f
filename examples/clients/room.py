#!/usr/bin/env python3
"""Talks in a room of a Watchroom server: prints what is said, and says each line that it reads.

    python3 room.py [http://127.0.0.1:8765] [r1]

Needs only Python. With the environment variable WATCHROOM_TOKEN, an API token with the scopes `read` and `annotate`, it
speaks as the bot of that name; while login is off, as WATCHROOM_NAME.
"""
import http.client, json, os, sys, threading, time, urllib.error, urllib.parse, urllib.request, uuid

server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"
room = sys.argv[2] if len(sys.argv) > 2 else "r1"
token = os.environ.get("WATCHROOM_TOKEN")
name = "" if token else "?name=" + urllib.parse.quote(os.environ.get("WATCHROOM_NAME", "python"))
headers = {"Authorization": f"Bearer {token}"} if token else {}


def listen():
    """Prints messages, and resumes after the last one when the connection is lost."""
    position = {}
    while True:
        request = urllib.request.Request(f"{server}/api/events?streams=rooms", headers=headers | position)
        try:
            with urllib.request.urlopen(request, timeout=40) as response:
                for line in response:
                    field, _, value = line.decode().rstrip("\n").partition(": ")
                    if field == "id":
                        position = {"Last-Event-ID": value}
                    elif field == "data":
                        show(json.loads(value))
        except urllib.error.HTTPError as error:
            print(f"the server refuses: {error}", file=sys.stderr, flush=True)
            if error.code in (401, 403):
                os._exit(1)  # no valid token, or one that may not read
        except (OSError, http.client.HTTPException) as error:
            print(f"the connection is lost: {error}", file=sys.stderr, flush=True)
        time.sleep(1)


def show(message):
    if message["type"] == "subscribed":
        print("listening", file=sys.stderr, flush=True)
    if message["type"] == "room" and message["room"] == room and message.get("text"):
        edited = " (edited)" if message["action"] == "edited" else ""
        print(f"{message['author']['name']}{edited}: {message['text']}", flush=True)


def say(text):
    """Sends a text until the server has stored it. With the same id it is said once, however often it is sent."""
    body = json.dumps({"text": text, "id": str(uuid.uuid4())}).encode()
    request = urllib.request.Request(f"{server}/api/v1/rooms/{room}/messages{name}", body,
                                     headers | {"Content-Type": "application/json"})
    while True:
        try:
            return urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                return print(f"not said: {json.load(error)['error']}", file=sys.stderr, flush=True)
            wait = error.headers.get("Retry-After", "")  # a proxy may send a date
            time.sleep(int(wait) if wait.isdigit() else 1)
        except (OSError, http.client.HTTPException):
            time.sleep(1)


threading.Thread(target=listen, daemon=True).start()
for line in sys.stdin:
    if line.strip():
        say(line.strip())
