#!/bin/sh
# redis-probe.sh live|ready: a server that loads its data is alive and not ready.
answer=$(timeout 3 redis-cli -p "$REDIS_PORT" ping 2>&1) || exit 1
case $answer in
  PONG*) exit 0 ;;
  LOADING* | MASTERDOWN* | *BUSY*) [ "$1" = live ] ;;
  *) exit 1 ;;
esac
