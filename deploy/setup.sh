#!/bin/sh
# Runs in the container `setup`, as root, whenever the others are brought up: hands each its secrets, readable by its user alone.
# Secrets reach containers with the owner that they have outside, whom the users of Elasticsearch and of our image are not.
set -eu
elasticsearch=1000 # as Elastic's image has it
scheduler=10001    # as our Dockerfile has it

# FOLDER OWNER FILE...: into the folder, each replaced in one step, for who reads it may be running.
hand() {
    folder=$1 owner=$2
    shift 2
    for file in "$@"; do
        name=$(basename "$file")
        install -o "$owner" -m 400 "$file" "$folder/.$name"
        mv "$folder/.$name" "$folder/$name"
    done
    chown "$owner" "$folder"
    chmod 500 "$folder"
}

cd /run/secrets
password=tinymovements_elasticsearch_password

# The program's account: no superuser, but the role of deploy/roles.yml. It lives in files, for which nobody need be administrator.
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
config=/usr/share/elasticsearch/config
: > "$config/users"
: > "$config/users_roles"
cat "$password" "$password" | /usr/share/elasticsearch/bin/elasticsearch-users useradd tinymovements -r tinymovements > /dev/null
cp "$config/users" "$config/users_roles" "$made"

# For the health check: a password on a command line could be seen in the list of processes.
printf 'silent\nfail\ncacert = "%s/secrets/elasticsearch_ca.crt"\nuser = "tinymovements:%s"\n' \
    "$config" "$(cat "$password")" > "$made/curl.conf"

hand /for/elasticsearch "$elasticsearch" elastic_password elasticsearch_ca.crt elasticsearch.crt elasticsearch.key "$made"/*
hand /for/scheduler "$scheduler" tinymovements_archive "$password" elasticsearch_ca.crt
