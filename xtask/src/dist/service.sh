# Runs in a booted Debian with the package: starts the platform's service, issues a credential through it, restarts it, and
# stops it. Then it starts and stops the issuer's service.
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

# The issuer's own service, as the guide page "Run the issuer's service in production" sets it up.
test "$(systemctl is-enabled air-issuer)" = disabled
systemd-analyze verify --man=no air-issuer.service
systemd-sysusers
systemd-tmpfiles --create air-issuer.conf
test "$(stat --format='%a %U %G' /etc/air-issuer)" = '750 root air-issuer'
secrets=/etc/air-issuer/secrets
test "$(stat --format='%a %U' "$secrets")" = '700 root'
for key in tokens credentials status-lists; do
    air keys generate --out "$secrets/$key.pem"
done
for key in api-key admin-api-key; do
    (umask 077 && od -A n -t x1 -N 32 /dev/urandom | tr -d ' \n' > "$secrets/$key")
done
install -o root -g air-issuer -m 640 /usr/share/doc/air/examples/issuer.toml /etc/air-issuer/issuer.toml
systemctl start air-issuer
systemctl show air-issuer --property=ActiveState,SubState,Type,User
# The connection of a shell, since a minimal Debian has no HTTP client.
bash -c 'exec 3<> /dev/tcp/127.0.0.1/3000 && printf "GET /readyz HTTP/1.0\r\n\r\n" >&3 && grep --quiet "200 OK" <&3'
test "$(stat --format='%a %U' /var/lib/air-issuer/issuer.sqlite)" = '600 air-issuer'
if journalctl --unit=air-issuer | grep --quiet --fixed-strings --file="$secrets/api-key"; then
    echo 'the journal has an API key'
    exit 1
fi
systemctl stop air-issuer
systemctl show air-issuer --property=ActiveState,Result
test "$(systemctl is-failed air-issuer)" = inactive
journalctl --unit=air-issuer --output=cat
