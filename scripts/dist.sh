#!/bin/sh
# The tools as a tarball for this system: dist-out/rb-tools-VERSION-TARGET.tar.gz
# and its sha256: binaries, man pages, completions, documents, licences. The tools
# are built with the profile `dist` and must do the demo first. `make dist` runs this.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
"$cargo" build --profile dist --locked --workspace --bins
built=${CARGO_TARGET_DIR:-target}/dist
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)
system=$(rustc -vV | sed -n 's/^host: //p')
name=rb-tools-$version-$system
rm -rf dist-out
mkdir -p "dist-out/$name"

for tool in embed fit import pareto route score split; do
    cp "$built/rb-$tool" "dist-out/$name/"
    "$built/rb-$tool" --generate "dist-out/$name/share"
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
cd dist-out
tar -czf "$name.tar.gz" "$name"
rm -rf "$name"
if command -v sha256sum > /dev/null; then
    sha256sum "$name.tar.gz" > "$name.tar.gz.sha256"
else
    shasum -a 256 "$name.tar.gz" > "$name.tar.gz.sha256"
fi
echo "dist-out/$name.tar.gz"
