#!/usr/bin/env python3
"""Pushes random requests of a shop's shards to a Watchroom server each second.

    python3 push.py [http://127.0.0.1:8765]

Needs only Python. The sum by region is charted at /?series=sum by (region) (shop_requests)
"""
import http.client, json, math, random, sys, time, urllib.error, urllib.request

SHARDS = [{"region": region, "shard": str(shard)} for shard, region in enumerate(["eu", "eu", "us", "us"])]
base = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8765"
waiting = []  # entries that the server has not confirmed


def entry(labels):
    value = round(100 + 50 * math.sin(time.time() / 60 + int(labels["shard"])) + random.uniform(-5, 5), 1)
    timestamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    return {"type": "data", "timestamp": timestamp, "label": "shop_requests", "value": value, "unit": "1/s", "labels": labels}


def push(entries):
    body = json.dumps(entries).encode()
    request = urllib.request.Request(f"{base}/api/v1/ingest", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["accepted"]


while True:
    waiting = (waiting + [entry(labels) for labels in SHARDS])[-2000:]
    try:
        print("stored:", push(waiting), flush=True)
        waiting = []
    except urllib.error.HTTPError as error:
        if error.code not in (408, 503):  # a retry would fail, too
            sys.exit(f"{base}: {error.code} {error.read().decode(errors='replace')}")
        print(f"try again: {error}", file=sys.stderr, flush=True)
    except (OSError, http.client.HTTPException, ValueError) as error:
        print(f"try again: {error}", file=sys.stderr, flush=True)
    time.sleep(1 - time.time() % 1)
