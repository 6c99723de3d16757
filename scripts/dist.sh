#!/bin/sh
# The tools for this system, in dist-out/: a tarball of binaries, man pages,
# completions, documents and licences; a Python wheel where there is Python; a Debian
# package where there is dpkg-deb; the sha256 of each. The tools are built with the
# profile `dist` and must do the demo first. `make dist` runs this.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
"$cargo" build --profile dist --locked --workspace --bins
built=${CARGO_TARGET_DIR:-target}/dist
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
system=$(rustc -vV | sed -n 's/^host: //p')
name=rb-tools-$version-$system
rm -rf dist-out
mkdir -p "dist-out/$name"

for tool in tools/*; do
    cp "$built/${tool#tools/}" "dist-out/$name/"
    "$built/${tool#tools/}" --generate "dist-out/$name/share"
done
cp README.md FORMAT.md METRICS.md ROUTERS.md CHANGELOG.md LICENSE "dist-out/$name/"
# The embedding table inside the tools has a licence of its own.
mkdir "dist-out/$name/static-minilm-256"
table=$(find lib -type d -name static-minilm-256)
cp "$table/LICENSE" "$table/NOTICE" "dist-out/$name/static-minilm-256/"
# So has the face of pictures.
mkdir "dist-out/$name/face"
cp lib/show/data/face/LICENSE "dist-out/$name/face/"

PATH="$PWD/dist-out/$name:$PATH"
rb-embed tests/data/demo.ndjson.gz | rb-fit kmeans | rb-score | rb-pareto --table > /dev/null

if command -v python3 > /dev/null; then
    python3 scripts/wheel.py "dist-out/$name" "$version" dist-out
fi
if command -v dpkg-deb > /dev/null; then
    sh scripts/deb.sh "dist-out/$name" "$version" dist-out
fi
cd dist-out
tar -czf "$name.tar.gz" "$name"
rm -rf "$name"
for made in *; do
    if command -v sha256sum > /dev/null; then
        sha256sum "$made" > "$made.sha256"
    else
        shasum -a 256 "$made" > "$made.sha256"
    fi
done
echo "dist-out/$name.tar.gz"
