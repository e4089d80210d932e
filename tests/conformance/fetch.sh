#!/bin/bash
# fetch.sh DIR: puts the test package of CPython 3.14 in DIR. It comes from Debian's archive (packages of
# unstable), which are unpacked and not installed.
set -euo pipefail
dir=$1
for tool in apt-get dpkg-deb awk; do
    command -v "$tool" >/dev/null || { echo "$tool is needed to get Debian's package" >&2; exit 1; }
done
sources=/etc/apt/sources.list.d/debian.sources
[ -r "$sources" ] || { echo "no $sources: not a Debian system" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state,cache}/partial "$work/cache/archives/partial" "$work/root"
awk -v RS= 'NR == 1' "$sources" | sed '/^#/d' \
    | awk '/^Suites:/ { print "Suites: sid"; next } /^Components:/ { print "Components: main"; next } { print }' \
    >"$work/sid.sources"
apt() {
    apt-get -qq -o Dir::Etc::SourceList="$work/sid.sources" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/state" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
apt update >&2
cd "$work"
# The helpers that tests import (test.support) are part of another package.
apt download libpython3.14-testsuite libpython3.14-stdlib >&2
for package in ./*.deb; do
    dpkg-deb --extract "$package" root
done
mkdir -p "$dir"
rm -rf "$dir/test"
mv root/usr/lib/python3.14/test "$dir/test"
echo "CPython's tests are in $dir"
