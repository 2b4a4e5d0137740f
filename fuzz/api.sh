#!/bin/sh
# Tries requests that schemathesis derives from the OpenAPI document, anonymously and as each role.
#
#   fuzz/api.sh target/release/watchroom [EXAMPLES]
#
# schemathesis is installed into a folder of its own, by Python's pip. A server is started with a simulated host, and
# stopped at the end. No response may be a 5xx, and 401 and 403 come exactly where the document says so (`matrix.py`).
set -eu

server=$(realpath "$1")
examples=${2:-20}
folder=$(mktemp -d)
pid=
trap 'test -z "$pid" || kill "$pid"; rm -rf "$folder"' EXIT

tools=${WATCHROOM_CACHE:-$HOME/.cache/watchroom}/schemathesis
if ! test -x "$tools/bin/schemathesis"; then
    python3 -m venv "$tools"
    "$tools/bin/pip" --quiet install schemathesis
fi

WATCHROOM_LIMITS__REQUESTS_PER_SECOND=100000 WATCHROOM_LIMITS__REQUESTS_BURST=100000 \
    "$server" serve --demo --demo-days=0 --listen=127.0.0.1:0 --data-dir="$folder/data" \
    --log=error >"$folder/out" 2>"$folder/log" &
pid=$!
until url=$(grep -o 'http://[0-9.:]*' "$folder/out"); do sleep 0.2; done

# send METHOD PATH BODY [CURL'S OPTIONS]
send() {
    method=$1 path=$2 body=$3
    shift 3
    curl --silent --show-error --fail --request "$method" --header 'Content-Type: application/json' \
        --data "$body" "$@" "$url$path"
}

password='correct horse battery'
echo "$password" | "$server" user add admin --role=admin --data-dir="$folder/data" >/dev/null

# Prints the cookie of a user.
sign_in() {
    send POST /api/v1/auth/login '{"name":"'"$1"'","password":"'"$password"'"}' --include |
        sed -n 's/^[Ss]et-[Cc]ookie: \([^;=]*=ws_[^;]*\);.*/\1/p' | head -1
}

cookie=$(sign_in admin)
for role in viewer operator; do
    user='{"name":"'$role'","password":"'$password'","role":"'$role'"}'
    send POST /api/v1/users "$user" --header "Cookie: $cookie" >/dev/null
done

# Before schemathesis guesses passwords, after which sign-ins from this address are delayed.
for role in viewer operator admin; do
    sign_in $role >"$folder/$role"
done

result=0
for role in anonymous viewer operator admin; do
    echo "== $role"
    case $role in
    anonymous) cookie= header='X-Nobody: nobody' ;;
    *) cookie=$(cat "$folder/$role") header="Cookie: $cookie" ;;
    esac
    # Not what would end the session that is used, or take a right from its user.
    WATCHROOM_ROLE=$role WATCHROOM_COOKIE=$cookie SCHEMATHESIS_HOOKS=matrix PYTHONPATH=$(dirname "$0") PYTHONDONTWRITEBYTECODE=1 \
        "$tools/bin/schemathesis" run "$url/api/openapi.json" --url "$url" --header "$header" \
        --max-examples "$examples" --checks not_a_server_error,matrix --seed 1 \
        --exclude-path /api/v1/auth/logout --exclude-path /api/v1/account/password \
        --exclude-path '/api/v1/users/{name}' \
        --exclude-path-regex '^/api/v1/account/(sessions|totp)' || result=1
done
if grep -q panicked "$folder/log"; then
    cat "$folder/log"
    result=1
fi
exit $result
