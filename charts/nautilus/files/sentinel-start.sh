#!/bin/sh
# Writes what this Sentinel watches and becomes redis-sentinel. SENTINEL_WATCH holds key=host:port for each bus.
set -eu
conf=/run/redis/sentinel.conf
{
  echo 'port 26379'
  echo 'bind * -::*'
  echo 'protected-mode no'
  echo 'dir /run/redis'
  echo 'sentinel resolve-hostnames yes'
  echo 'sentinel announce-hostnames yes'
  echo "sentinel announce-ip $REDIS_SELF"
  echo 'sentinel announce-port 26379'
  for entry in $SENTINEL_WATCH; do
    key=${entry%%=*}
    address=${entry#*=}
    host=${address%:*}
    for peer in $REDIS_SENTINELS; do
      [ "$peer" = "$REDIS_SELF" ] && continue
      known=$(timeout 2 redis-cli -h "$peer" -p 26379 SENTINEL get-master-addr-by-name "$key" 2> /dev/null | head -n 1) || known=
      case $known in ''|*' '*) ;; *) host=$known; break ;; esac
    done
    echo "sentinel monitor $key $host ${address##*:} $SENTINEL_QUORUM"
    if [ "$REDIS_AUTH_ENABLED" = true ]; then
      echo "sentinel auth-user $key sentinel"
      echo "sentinel auth-pass $key $(cat "/run/nautilus/redis/$key")"
    fi
    echo "sentinel down-after-milliseconds $key $SENTINEL_DOWN_AFTER_MS"
    echo "sentinel failover-timeout $key $SENTINEL_FAILOVER_TIMEOUT_MS"
    echo "sentinel parallel-syncs $key 1"
  done
} > "$conf"
exec redis-server "$conf" --sentinel
