#!/bin/sh
# Gives each role of Tocsin what it needs on Kafka, and nothing else; docs/security.md has the same as a table.
# Run it once, as one who may alter ACLs. The broker needs an authorizer, and allow.everyone.if.no.acl.found=false.
#
#   deploy/kafka-acls.sh kafka:9093 admin.properties            # for the topics posts, tallies, ...
#   deploy/kafka-acls.sh kafka:9093 admin.properties june       # for TOCSIN_NAMESPACE=june
#
# KAFKA_ACLS names the program, kafka-acls.sh by default. Users are named by PRODUCER, WORKER, READER and RECORDER.
set -eu

server=${1:?the bootstrap server, host:port}
config=${2:?a file with the client settings of one who may alter ACLs}
prefix=${3:+$3.}

allow() { # USER OPTION...
    user=$1
    shift
    "${KAFKA_ACLS:-kafka-acls.sh}" --bootstrap-server "$server" --command-config "$config" \
        --add --allow-principal "User:$user" "$@"
}

# Writes what collectors see: tocsin replay, tocsin follow, tocsin maintenance. Reads nothing, not even its own posts.
allow "${PRODUCER:-tocsin-producer}" --operation Write --topic "${prefix}posts"

# Counts and judges: tocsin worker. It makes the topics that are missing.
worker=${WORKER:-tocsin-worker}
allow "$worker" --operation Create \
    --topic "${prefix}posts" --topic "${prefix}posts.dead" --topic "${prefix}tallies" --topic "${prefix}incidents"
allow "$worker" --operation Read --topic "${prefix}posts" --topic "${prefix}tallies" --group "${prefix}tocsin"
allow "$worker" --operation Write \
    --topic "${prefix}posts.dead" --topic "${prefix}tallies" --topic "${prefix}incidents"

# Follows incidents, and sees whether workers keep up: pagers, dashboards, tocsin doctor. It reads nobody's words.
reader=${READER:-tocsin-reader}
allow "$reader" --operation Read --topic "${prefix}incidents"
allow "$reader" --operation Describe \
    --topic "${prefix}posts" --topic "${prefix}posts.dead" --topic "${prefix}tallies" --group "${prefix}tocsin"

# Reads what people wrote: tocsin record, and whoever looks into dead letters. Give it to few.
allow "${RECORDER:-tocsin-recorder}" --operation Read --topic "${prefix}posts" --topic "${prefix}posts.dead"
