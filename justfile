# What has to pass.
ci:
    bash .ci/run

# Compare with tshark on every capture below a folder.
oracle dir="../shared/captures":
    WIRELAB_CAPTURES={{dir}} WIRELAB_REQUIRE_TOOLS=1 cargo test --release --test oracle -- --nocapture

# The same, and write what it finds into docs/oracle.md.
oracle-document dir="../shared/captures":
    WIRELAB_UPDATE=1 WIRELAB_CAPTURES={{dir}} WIRELAB_REQUIRE_TOOLS=1 cargo test --release --test oracle -- --nocapture

# Record the example captures again (Debian, root).
record:
    examples/captures/record.sh

# Measure the stages.
bench:
    cargo bench --bench stages

# Measure the program on a large capture, beside others that read it.
compare *options:
    benches/compare.sh {{options}}

# Fuzz one target (file, packet, capture, render, edited) for so many minutes; docs/fuzzing.md says more.
fuzz target minutes="30":
    mkdir -p fuzz/corpus/{{target}} fuzz/artifacts/{{target}}
    cargo +nightly fuzz run --sanitizer none {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- \
        -max_total_time=$(({{minutes}} * 60)) -timeout=20 -max_len=8192 -dict=fuzz/http.dict -print_final_stats=1

# Write the seeds of the fuzz targets again, from the example captures.
fuzz-seeds:
    cargo run --manifest-path fuzz/Cargo.toml --bin seeds
