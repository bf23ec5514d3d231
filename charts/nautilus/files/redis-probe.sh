#!/bin/sh
# redis-probe.sh live|ready: a server that loads its data, or waits for another to lead, is alive and not ready.
if [ -e /run/redis/waits-for-another-primary ]; then
  [ "$1" = live ]
  exit
fi
answer=$(timeout 3 redis-cli -p "$REDIS_PORT" ping 2>&1) || exit 1
case $answer in
  PONG*) exit 0 ;;
  LOADING* | MASTERDOWN* | *BUSY*) [ "$1" = live ] ;;
  *) exit 1 ;;
esac
