# Runs after service.sh, beside the platform: sets up the issuer's own service as the guide page "Run the issuer's service in
# production" does, issues a credential through it, restarts it, revokes the credential, and stops it.
set -eu
cd /root

# A minimal Debian has no HTTP client. Prints the response to a request, whose lines are the arguments.
request() {
    bash -c 'exec 3<> /dev/tcp/127.0.0.1/3000 && printf "%s\r\n" "$@" >&3 && cat <&3' bash "$@"
}

# Fails if the journal has a text of this file.
absent() {
    if journalctl --unit=air-issuer | grep --quiet --fixed-strings --file="$1"; then
        echo "the journal has $2"
        exit 1
    fi
}

test "$(systemctl is-enabled air-issuer)" = disabled
systemd-analyze verify --man=no air-issuer.service
systemd-sysusers
systemd-tmpfiles --create air-issuer.conf
test "$(stat --format='%a %U %G' /etc/air-issuer)" = '750 root air-issuer'
secrets=/etc/air-issuer/secrets
test "$(stat --format='%a %U' "$secrets")" = '700 root'
for key in credentials status-lists; do
    air keys generate --out "$secrets/$key.pem"
done
# The platform knows the partner by this key.
install --mode=600 key.pem "$secrets/tokens.pem"
for key in api-key admin-api-key; do
    (umask 077 && od -A n -t x1 -N 32 /dev/urandom | tr -d ' \n' > "$secrets/$key")
done

schema="$(sed -n '/"schemas"/,/}/s/.*"age": *"\([^"]*\)".*/\1/p' ids.json)"
sed -e "s|^partner-id = .*|partner-id = \"$AIR_PARTNER_ID\"|" \
    -e 's|^chain-origin = .*|chain-origin = "http://127.0.0.1:8300"|' \
    /usr/share/doc/air/examples/issuer.toml > issuer.toml
cat >> issuer.toml << END
[[schemas]]
id = "$schema"
valid-for = "90d"
document = "age.json"
END
install --owner=root --group=air-issuer --mode=640 issuer.toml age.json /etc/air-issuer/
systemctl start air-issuer
systemctl show air-issuer --property=ActiveState,SubState,Type,User
request 'GET /readyz HTTP/1.0' '' | grep --quiet '200 OK'
test "$(stat --format='%a %U' /var/lib/air-issuer/issuer.sqlite)" = '600 air-issuer'
# Warnings remain, since the origin of the example does not exist.
(set -a && . /etc/default/air-issuer && air issuer check --config /etc/air-issuer/issuer.toml) > check.txt 2>&1
cat check.txt
if grep 'every user of this machine' check.txt; then
    exit 1
fi

printf 'email,expiration,credentialSubject.isOver18\nada@example.com,2099-01-01,true\n' > members.csv
air issuer bulk --url http://127.0.0.1:3000 --admin-api-key-file "$secrets/admin-api-key" --schema "$schema" \
    --schema-file age.json --results results.csv members.csv
id="$(sed -n '2s/.*,issued,\([^,]*\),.*/\1/p' results.csv)"

# The record outlives the process. dStorage has the credential.
systemctl restart air-issuer
operator="x-admin-api-key: $(cat "$secrets/admin-api-key")"
request "GET /admin/issuances/$id HTTP/1.0" "$operator" '' > record.txt
grep --quiet '"state":"stored"' record.txt
nonce="$(sed -n 's/.*"revocationNonce":"\([0-9]*\)".*/\1/p' record.txt)"
body="{\"nonce\":\"$nonce\"}"
request 'POST /admin/revoke HTTP/1.0' "$operator" 'content-type: application/json' "content-length: ${#body}" '' "$body" |
    grep --quiet '201 Created'
request "GET /revocation-status/$nonce HTTP/1.0" '' | grep --quiet '"isRevoked":true'

absent "$secrets/api-key" 'an API key'
absent "$secrets/admin-api-key" 'an API key'
echo ada@example.com > user.txt
absent user.txt 'an address'
systemctl stop air-issuer
systemctl show air-issuer --property=ActiveState,Result
test "$(systemctl is-failed air-issuer)" = inactive
journalctl --unit=air-issuer --output=cat
