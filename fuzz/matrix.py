"""A check for schemathesis: what a role may not do is refused, and what it may do is not.

Who may do what is read from the OpenAPI document: `session: [role]` names the least role. The environment names the role
of this run in `WATCHROOM_ROLE`: `anonymous`, `viewer`, `operator` or `admin`; `WATCHROOM_COOKIE` is its session.
"""

import atexit
import collections
import os

import schemathesis

ROLES = ["anonymous", "viewer", "operator", "admin"]
ROLE = os.environ["WATCHROOM_ROLE"]
COOKIE = os.environ["WATCHROOM_COOKIE"]

# Where a role that may do it is refused for another reason, each with the reason.
EXCEPTIONS = {
    "/api/v1/auth/login": "the name or the password is wrong",
    "/api/v1/auth/token": "the name or the password is wrong",
    "/api/v1/auth/setup": "the setup key is wrong",
    "/api/v1/rooms/{id}/members": "a public room has no members",
    "/api/v1/rooms/{id}/members/{name}": "a public room has no members",
}

counts = collections.Counter()
atexit.register(lambda: print(f"{ROLE}: {counts['checked']} answers compared with the matrix, {counts['denied']} denials"))


@schemathesis.check
def matrix(ctx, response, case):
    """401 and 403 exactly where the document says so."""
    sent = response.request.headers
    if sent.get("Cookie", "") != COOKIE or "Authorization" in sent:
        # schemathesis has made up a credential.
        return
    if response.status_code in (400, 405):
        # Not understood as a request of this operation: authorization comes after that.
        return
    counts["checked"] += 1
    may = ROLES.index(ROLE) >= least_role(case.operation)
    refused = response.status_code in (401, 403)
    if may and refused and case.operation.path not in EXCEPTIONS:
        raise AssertionError(f"{ROLE} may do this, and was refused: {response.status_code} {response.text}")
    denial = 401 if ROLE == "anonymous" else 403
    if not may and response.status_code != denial:
        raise AssertionError(f"{ROLE} may not do this, and was answered by {response.status_code}")
    counts["denied"] += not may


def least_role(operation):
    """The index of the role that an operation takes."""
    for requirement in operation.definition.raw.get("security", []):
        for role in requirement.get("session", []):
            return ROLES.index(role)
    return 0
