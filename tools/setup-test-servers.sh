#!/bin/sh
# Finds, or else installs, the real servers that tests run against: redis-server 7 or newer, PostgreSQL with
# TimescaleDB, Chromium, nginx. Writes what it found to .nautilus/test-servers.json, which libs/testkit reads.
# Safe to run again: it looks first, and changes nothing when all is there. docs/testing.md says more.
set -eu

repository=$(cd "$(dirname "$0")/.." && pwd)
found="$repository/.nautilus/test-servers.json"
# PostgreSQL refuses to run as root, so as root the private copy must lie where another user can read it.
if [ "$(id -u)" -eq 0 ]; then cache=/var/cache/nautilus; else cache="${XDG_CACHE_HOME:-$HOME/.cache}/nautilus"; fi
cache=${NAUTILUS_CACHE_DIR:-$cache}
private_root="$cache/postgresql-17"
image=timescale/timescaledb:latest-pg17-oss

say() { printf 'test servers: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- apt ------------------------------------------------------------------------------------------------

can_be_root() { [ "$(id -u)" -eq 0 ] || has sudo; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif has sudo; then sudo "$@"
  else fail "installing with apt needs root: run this as root, or install sudo."
  fi
}

apt_updated=no
apt_update() {
  if [ "$apt_updated" = no ] && can_be_root; then
    say "reading the package lists (apt-get update)"
    as_root apt-get update -qq || fail "apt-get update failed; see its message above."
    apt_updated=yes
  fi
}

apt_offers() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'; }

apt_install() {
  apt_update
  say "installing with apt: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >&2 \
    || fail "apt-get could not install: $*."
}

# --- redis ----------------------------------------------------------------------------------------------

find_redis() {
  redis=$(command -v redis-server 2>/dev/null) || return 1
  has redis-cli || return 1
  major=$("$redis" --version | sed -n 's/.* v=\([0-9]*\)\..*/\1/p')
  [ "${major:-0}" -ge 7 ]
}

install_redis() {
  if has apt-get; then
    apt_install redis-server
    find_redis || fail "the configured apt sources offer no redis-server of version 7 or newer; install one and put it on PATH."
  elif has brew; then
    say "installing with Homebrew: redis"
    brew install redis >&2
    find_redis || fail "redis-server is not on PATH after 'brew install redis'; add $(brew --prefix)/bin to PATH."
  else
    fail "redis-server 7 or newer is missing; install it and put redis-server and redis-cli on PATH."
  fi
}

# --- Chromium -------------------------------------------------------------------------------------------

find_chromium() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    chromium=$(command -v "$name" 2>/dev/null) && return 0
  done
  for chromium in \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "$HOME/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "$HOME/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    [ -x "$chromium" ] && return 0
  done
  return 1
}

install_chromium() {
  if has apt-get; then
    apt_update
    # Ubuntu offers only chromium-browser, which points to a snap; that does not run in containers.
    if apt_offers chromium; then apt_install chromium; fi
  elif has brew; then
    say "installing with Homebrew: chromium"
    brew install --cask chromium >&2
  fi
  find_chromium || fail "Chromium or Google Chrome is missing; install one of them and put it on PATH."
}

# --- nginx ----------------------------------------------------------------------------------------------

# Debian keeps servers in /usr/sbin, which is not on every user's PATH.
find_nginx() {
  nginx=$(command -v nginx 2>/dev/null) && return 0
  nginx=/usr/sbin/nginx
  [ -x "$nginx" ]
}

install_nginx() {
  if has apt-get; then
    apt_update
    # The smallest build; on Ubuntu and newer Debian the name nginx is that build.
    if apt_offers nginx-light; then apt_install nginx-light; else apt_install nginx; fi
  elif has brew; then
    say "installing with Homebrew: nginx"
    brew install nginx >&2
  fi
  find_nginx || fail "nginx is missing; install it and put it on PATH."
}

# --- PostgreSQL with TimescaleDB ------------------------------------------------------------------------

# Sets bin when the folder holds a server whose library folder has the extension.
has_timescale() {
  [ -x "$1/postgres" ] && [ -x "$1/initdb" ] || return 1
  libraries="$1/../lib"
  if [ ! -e "$libraries/timescaledb.so" ] && [ -x "$1/pg_config" ]; then libraries=$("$1/pg_config" --pkglibdir) || return 1; fi
  [ -e "$libraries/timescaledb.so" ] || [ -e "$libraries/timescaledb.dylib" ] || return 1
  bin=$1
}

find_postgres() {
  for version in 17 16 15; do
    for folder in "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" \
      "/opt/homebrew/opt/postgresql@$version/bin" "/usr/local/opt/postgresql@$version/bin"; do
      has_timescale "$folder" && return 0
    done
    # Between the versions: a private 17 is as good as an installed one and better than an older one.
    if [ "$version" = 17 ] && [ -e "$private_root/complete" ]; then
      has_timescale "$private_root/root/usr/lib/postgresql/17/bin" && return 0
    fi
  done
  has pg_config && has_timescale "$(pg_config --bindir)"
}

# postgresql-17-timescaledb is Debian's package; timescaledb-2-postgresql-17 comes from the vendor's
# packagecloud repository or from apt.postgresql.org.
install_postgres_from_apt() {
  can_be_root || return 1
  apt_update
  for version in 17 16 15; do
    apt_offers "postgresql-$version" || continue
    for extension in "timescaledb-2-oss-postgresql-$version" "timescaledb-2-postgresql-$version" "postgresql-$version-timescaledb"; do
      if apt_offers "$extension"; then
        apt_install "postgresql-$version" "$extension"
        find_postgres && return 0
      fi
    done
  done
  return 1
}

# The mirror that this machine's own apt uses for Debian, as apt itself reports it.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null | sed -n '/ Debian$/{s/ Debian$//;p;q;}'
}

# Debian 12 has PostgreSQL 15 without TimescaleDB; Debian 13 has PostgreSQL 17 with it. Its packages and all
# that they need, libc included, are unpacked into a folder of their own: nothing of this machine changes,
# no root is needed, and no script of a package runs. apt checks the signatures as always.
install_postgres_privately() {
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || return 1
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -e "$keyring" ] || apt_install debian-archive-keyring
  [ -e /usr/share/zoneinfo/UTC ] || apt_install tzdata
  say "neither installed nor in the apt sources: unpacking Debian 13's PostgreSQL 17 and TimescaleDB into $private_root"
  rm -rf "$private_root"
  mkdir -p "$private_root/apt/lists/partial" "$private_root/apt/archives/partial" "$private_root/root"
  chmod 755 "$cache" "$private_root" "$private_root/root"
  echo "deb [signed-by=$keyring] $mirror trixie main" >"$private_root/apt/sources.list"
  : >"$private_root/apt/status"
  private_apt update -qq || fail "could not read Debian 13's package list from this machine's mirror."
  say "downloading about 100 MB"
  private_apt install -y -qq --no-install-recommends --download-only postgresql-17 postgresql-17-timescaledb >/dev/null \
    || fail "could not download Debian 13's PostgreSQL 17 from this machine's mirror."
  unpack_private_root
  rm -rf "$private_root/apt"
  touch "$private_root/complete"
  find_postgres
}

private_apt() {
  apt-get -o Dir::Etc::sourcelist="$private_root/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State="$private_root/apt" -o Dir::State::lists="$private_root/apt/lists" -o Dir::State::status="$private_root/apt/status" \
    -o Dir::Cache="$private_root/apt" -o Dir::Cache::archives="$private_root/apt/archives" -o APT::Sandbox::User=root "$@"
}

unpack_private_root() {
  say "unpacking"
  for package in "$private_root"/apt/archives/*.deb; do
    case ${package##*/} in
      # The just-in-time compiler (unused in tests) and Perl (for the packages' own scripts) are half the size.
      libllvm* | libz3* | perl* | libperl*) ;;
      *) dpkg-deb -x "$package" "$private_root/root" ;;
    esac
  done
  rm -f "$private_root"/root/usr/lib/postgresql/17/lib/llvmjit*
  libraries=$(dirname "$(find "$private_root/root/usr/lib" -name libc.so.6 | head -n 1)")
  loader=$(find "$libraries" -name 'ld-linux*.so.*' | head -n 1)
  # The programs were built for a newer libc than this machine's, so each starts through the loader it came
  # with. They look for their libraries and data relative to argv[0].
  for program in postgres initdb; do
    file="$private_root/root/usr/lib/postgresql/17/bin/$program"
    mv "$file" "$file.elf"
    printf '#!/bin/sh\nexec "%s" --library-path "%s" --argv0 "$0" "$0.elf" "$@"\n' "$loader" "$libraries" >"$file"
    chmod 755 "$file"
  done
}

find_container_engine() {
  for engine in docker podman; do
    if has "$engine" && "$engine" ps >/dev/null 2>&1; then return 0; fi
  done
  engine=
  return 1
}

install_postgres() {
  bin=
  if has apt-get && { install_postgres_from_apt || install_postgres_privately; }; then return 0; fi
  if has brew; then
    say "installing with Homebrew: postgresql@17 and timescaledb"
    brew install postgresql@17 >&2
    brew tap timescale/tap >&2 && brew install timescaledb >&2
    "$(brew --prefix timescaledb)/bin/timescaledb_move.sh" >&2 || true # older formulae link the extension only when asked
    find_postgres && return 0
  fi
  if find_container_engine; then
    say "pulling $image with $engine"
    "$engine" pull "$image" >&2 && return 0
  fi
  fail "PostgreSQL 17 with TimescaleDB is missing; install it (Debian 13: postgresql-17-timescaledb; elsewhere: the vendor's package) or start Docker or podman."
}

# The user that PostgreSQL runs as when the tests run as root.
find_user() {
  user=
  [ "$(id -u)" -eq 0 ] || return 0
  user=postgres
  if ! id "$user" >/dev/null 2>&1; then
    user=nautilus-test
    if ! id "$user" >/dev/null 2>&1; then
      say "creating the system user $user: PostgreSQL refuses to run as root"
      useradd --system --no-create-home --shell /usr/sbin/nologin "$user"
    fi
  fi
}

# --- all of them ------------------------------------------------------------------------------------------

write_found() {
  mkdir -p "$(dirname "$found")"
  {
    printf '{\n  "redis": "%s",\n  "chromium": "%s",\n  "nginx": "%s",\n' "$redis" "$chromium" "$nginx"
    if [ -n "$bin" ]; then printf '  "postgres": { "kind": "programs", "bin": "%s"' "$bin"
      if [ -n "$user" ]; then printf ', "uid": %s, "gid": %s' "$(id -u "$user")" "$(id -g "$user")"; fi
    else printf '  "postgres": { "kind": "container", "engine": "%s", "image": "%s"' "$engine" "$image"
    fi
    printf ' }\n}\n'
  } >"$found.$$"
  mv "$found.$$" "$found"
}

find_redis || install_redis
find_chromium || install_chromium
find_nginx || install_nginx
find_postgres || { find_container_engine && "$engine" image inspect "$image" >/dev/null 2>&1 && bin=; } || install_postgres
if [ -n "$bin" ]; then find_user; fi
write_found
say "redis: $redis"
say "chromium: $chromium"
say "nginx: $nginx"
say "postgresql: ${bin:-$image ($engine)}"
