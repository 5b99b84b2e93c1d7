# Runs in a booted Debian with the package: starts the platform's service, issues a credential through it, restarts it, and
# stops it. Then it starts the platform again, and runs the script of the issuer's service.
set -eu
cd /root

member() {
    sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1
}

test "$(systemctl is-enabled air-sandbox)" = disabled
systemd-analyze verify --man=no air-sandbox.service
systemctl start air-sandbox
systemctl show air-sandbox --property=ActiveState,SubState,Type,DynamicUser

air keys generate --out key.pem
air jwks serve --key key.pem --listen 127.0.0.1:8311 > /dev/null &
export AIR_ADMIN_TOKEN_FILE=/var/lib/air/operator-token
air sandbox seed --json seed.json > ids.json

export AIR_KEY=key.pem AIR_PARTNER_ID="$(member partnerId ids.json)"
program="$(sed -n '/"programs"/,/}/s/.*"age": *"\([^"]*\)".*/\1/p' ids.json)"
air issue --json --issuer "$(member issuerDid ids.json)" --program "$program" --on-behalf ada@example.com \
    subject.json > issued.json
hash="$(member coreClaimHash issued.json)"
air status --wait --proof "$hash"

test "$(stat --format='%a' /var/lib/private/air)" = 700
test -f /run/air-sandbox/air/operator-127.0.0.1_8300
test ! -e /.local
if journalctl --unit=air-sandbox | grep --quiet --fixed-strings --file="$AIR_ADMIN_TOKEN_FILE"; then
    echo 'the journal has the operator token'
    exit 1
fi
if journalctl --unit=air-sandbox | grep -E 'warning|once='; then
    exit 1
fi

# The data outlives the process, and the token does not.
systemctl restart air-sandbox
air status "$hash"
systemctl stop air-sandbox
systemctl show air-sandbox --property=ActiveState,Result
test "$(systemctl is-failed air-sandbox)" = inactive
journalctl --unit=air-sandbox --output=cat

systemctl start air-sandbox
sh /root/issuer.sh
