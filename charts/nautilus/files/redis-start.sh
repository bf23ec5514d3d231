#!/bin/sh
# Writes users and configuration from the environment, finds the primary, and becomes redis-server.
set -eu
run=/run/redis
users=$run/users.acl
conf=$run/redis.conf

if [ "$REDIS_AUTH_ENABLED" = true ]; then
  password=$(cat "$REDIS_PASSWORD_FILE")
  hash=$(printf %s "$password" | sha256sum | cut -d' ' -f1)
  # Anybody may PING; on the main Redis also read the audit stream.
  everybody='-@all +ping'
  [ "$REDIS_KEY" = main ] && everybody="$everybody %R~nautilus:engine_communication +xlen +xrange"
  {
    echo "user default on nopass resetkeys resetchannels $everybody"
    echo "user engine on #$hash resetchannels ~nautilus:* ~bull:* +@all -@admin -@dangerous -@pubsub +info +client|list +client|kill"
    echo "user exporter on #$hash resetchannels %R~* -@all +@connection +ping +info +xlen +xinfo|stream +xinfo|groups +scan +type +wait"
    echo "user admin on #$hash allkeys allchannels +@all"
    if [ "$REDIS_KEY" = main ]; then
      echo "user bridge on #$hash resetchannels ~nautilus:engine_communication -@all +@connection +ping +info +xadd +xlen +xtrim +multi +exec"
    else
      echo "user replica on #$hash resetkeys resetchannels -@all +psync +replconf +ping"
      echo "user sentinel on #$hash resetkeys allchannels -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill"
    fi
  } > "$users"
else
  password=
  echo 'user default on nopass allkeys allchannels +@all' > "$users"
fi

{
  echo "port $REDIS_PORT"
  echo 'bind * -::*'
  echo 'protected-mode no'
  echo "aclfile $users"
  echo 'dir /data'
  echo "maxmemory $REDIS_MAXMEMORY_BYTES"
  # A stream is one key, so a policy that drops keys would drop a bus.
  echo 'maxmemory-policy noeviction'
  echo 'save ""'
  echo "appendonly $REDIS_APPENDONLY"
  echo 'appendfsync everysec'
  echo 'tcp-keepalive 60'
  echo 'repl-diskless-sync-delay 0'
  echo 'repl-backlog-size 16mb'
  # A connection that a policy of a new pod swallowed is tried again after this, not after a minute.
  echo 'repl-timeout 15'
  echo 'repl-ping-replica-period 3'
  if [ -n "$REDIS_SENTINELS" ]; then
    echo 'replica-announce-port' "$REDIS_PORT"
    echo "replica-announce-ip $REDIS_SELF"
    if [ -n "$password" ]; then
      echo 'masteruser replica'
      echo "masterauth $password"
    fi
  fi
} > "$conf"

if [ -n "$REDIS_SENTINELS" ]; then
  primary=
  for sentinel in $REDIS_SENTINELS; do
    primary=$(timeout 2 redis-cli -h "$sentinel" -p 26379 SENTINEL get-master-addr-by-name "$REDIS_KEY" 2> /dev/null | head -n 1) || primary=
    case $primary in ''|*' '*) primary=; continue;; esac
    break
  done
  # A server that starts anew has less than its replicas, or nothing: one of them shall lead. To go on as primary would
  # make them throw away what was confirmed to publishers, so that is done only where no replica is known, or none
  # became good in two minutes. The file tells the probe that this is no hanging server.
  ask() { timeout 2 redis-cli -h "$sentinel" -p 26379 SENTINEL "$@" 2>&1; }
  until_seconds=$(($(date +%s) + 120))
  while [ "$primary" = "$REDIS_SELF" ] && [ "$(date +%s)" -lt "$until_seconds" ] && [ -n "$(ask REPLICAS "$REDIS_KEY")" ]; do
    touch $run/waits-for-another-primary
    ask FAILOVER "$REDIS_KEY" > /dev/null || true
    sleep 1
    primary=$(ask GET-MASTER-ADDR-BY-NAME "$REDIS_KEY" | head -n 1)
    case $primary in ''|*' '*) primary=$REDIS_SELF ;; esac
  done
  rm -f $run/waits-for-another-primary
  # Nobody to ask: the first start, or all Sentinels gone. Then ordinal 0 is primary.
  [ -n "$primary" ] || primary=$REDIS_FIRST
  [ "$primary" = "$REDIS_SELF" ] || echo "replicaof $primary $REDIS_PORT" >> "$conf"
  echo "primary is $primary, this is $REDIS_SELF"
fi
unset password
exec redis-server "$conf"
