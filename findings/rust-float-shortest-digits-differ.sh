#!/usr/bin/env bash
# Rust's standard library and serde_json print different digits for the same double; both
# round-trip.
#
# Versions: crate serde_json =1.0.154 with its own float formatting (zmij), Rust's `{}` and `{:?}`,
# CPython 3.
# Input: the double 900719925474099.25 (900719925474099.2 and 900719925474099.3 are equally near).
# Seen: serde_json and Python's repr print 900719925474099.2 (the even digit), Rust's `{}` and
# `{:?}` print 900719925474099.3. Code that compares printed numbers sees a difference although the
# values are equal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --name probe .
cargo add --quiet serde_json@=1.0.154
cat > src/main.rs <<'RUST'
fn main() {
    let number = 900719925474099.25_f64;
    println!("{number} {number:?} {}", serde_json::json!(number));
}
RUST
rust=$(cargo run --quiet)
python=$(python3 -c 'print(repr(900719925474099.25))')
echo "rust and serde_json: $rust"
echo "python: $python"
test "$rust" = "900719925474099.3 900719925474099.3 900719925474099.2"
test "$python" = "900719925474099.2"
