#!/bin/sh
# Makes the passwords and certificates of an installation, all of them, once: sh deploy/secrets.sh
# They lie in deploy/secrets, readable by whoever ran this alone. docs/deployment.md tells which is whose and how to change them.
set -eu
umask 077
cd "$(dirname "$0")"

if [ -e secrets ]; then
    echo "There are secrets in $(pwd)/secrets already. To make new ones, move that folder away first (docs/deployment.md)." >&2
    exit 1
fi
if ! command -v openssl > /dev/null; then
    echo "openssl is needed to make secrets. Install it and run this again." >&2
    exit 1
fi

# All are made beside and moved into their place together: whenever this is killed, there are all or none.
new=$(mktemp -d ./.secrets.XXXXXX)
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM

for name in postgres_password elastic_password tinymovements_elasticsearch_password; do
    openssl rand -hex 32 > "$new/$name"
done
# Hexadecimal digits need no escape in a URL.
echo "postgresql://tinymovements:$(cat "$new/postgres_password")@postgres/tinymovements" > "$new/tinymovements_archive"

# Ten years: a certificate that runs out stops the search. The names are those by which Elasticsearch is asked in containers.
cat > "$new/openssl.cnf" << 'END'
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:elasticsearch, DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
certify() {
    openssl "$@" 2> "$new/told" || { cat "$new/told" >&2; exit 1; }
}
certify req -x509 -config "$new/openssl.cnf" -extensions authority -subj "/CN=Tiny Movements" -days 3650 \
    -newkey rsa:3072 -nodes -keyout "$new/authority.key" -out "$new/elasticsearch_ca.crt"
certify req -new -config "$new/openssl.cnf" -subj "/CN=elasticsearch" \
    -newkey rsa:3072 -nodes -keyout "$new/elasticsearch.key" -out "$new/request"
certify x509 -req -in "$new/request" -CA "$new/elasticsearch_ca.crt" -CAkey "$new/authority.key" -set_serial 1 \
    -extfile "$new/openssl.cnf" -extensions server -days 3650 -out "$new/elasticsearch.crt"

# The authority has done its work: without its key nobody can make another certificate that the program would trust.
rm "$new/authority.key" "$new/openssl.cnf" "$new/request" "$new/told"
mv "$new" secrets
echo "The secrets are in $(pwd)/secrets. Keep a copy where your passwords are kept."
