#!/usr/bin/env python3
"""Signs in to a Watchroom server and prints a JSON Web Token, which is valid for 15 minutes.

    WATCHROOM_PASSWORD=… python3 token.py NAME [http://127.0.0.1:8765]
    WATCHROOM_TOKEN=$(WATCHROOM_PASSWORD=… python3 token.py NAME) python3 watch.py

The server needs the setting `jwt_secret` (or the environment variable JWT_SECRET). For programs that run for longer,
an API token is simpler: `watchroom token create NAME --scope read`.
"""
import json, os, sys, urllib.error, urllib.request

if len(sys.argv) < 2 or "WATCHROOM_PASSWORD" not in os.environ:
    sys.exit(__doc__)
url = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8765"
body = json.dumps({"name": sys.argv[1], "password": os.environ["WATCHROOM_PASSWORD"]})
request = urllib.request.Request(
    f"{url}/api/v1/auth/token", body.encode(), {"Content-Type": "application/json"}
)
try:
    with urllib.request.urlopen(request, timeout=30) as response:
        print(json.load(response)["token"])
except urllib.error.HTTPError as error:
    sys.exit(f"{url}: {json.load(error)['error']}")
except OSError as error:
    sys.exit(f"{url}: {error}")
