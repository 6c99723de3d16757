#!/bin/sh
# The tools as a Debian package: sh scripts/deb.sh FOLDER VERSION OUT; FOLDER holds
# rb-* programs, share/ as `--generate` writes it, and the licences. It needs the C
# library of the system where the tools were built, or a newer one.
set -eu
folder=$1 version=$2 out=$3
architecture=$(dpkg --print-architecture)
library=$(dpkg-query -W -f '${Version}' libc6 | sed 's/-.*//')
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
doc=$tree/usr/share/doc/rb-tools
mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$doc"
cp "$folder"/rb-* "$tree/usr/bin/"
cp -R "$folder/share" "$tree/usr/"
find "$tree/usr/share/man" -name '*.1' -exec gzip -9n {} +
cp "$folder"/*.md "$doc/"
cat "$folder/LICENSE" "$folder"/static-minilm-256/* > "$doc/copyright"
cat > "$tree/DEBIAN/control" <<END
Package: rb-tools
Version: $version
Architecture: $architecture
Maintainer: ${DEB_MAINTAINER:-rb-tools <rb-tools@localhost>}
Depends: libc6 (>= $library), libgcc-s1
Section: science
Priority: optional
Description: Unix toolkit for LLM routing
 Small programs that fit, apply, score and compare routers on precomputed
 benchmark results, as shell pipelines over newline-delimited JSON.
END
chmod -R u+rwX,go+rX,go-w "$tree"
dpkg-deb --root-owner-group --build "$tree" "$out/rb-tools_${version}_$architecture.deb" > /dev/null
echo "$out/rb-tools_${version}_$architecture.deb"
