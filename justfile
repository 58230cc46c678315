# What has to pass.
ci:
    bash .ci/run

# Compare with tshark on every capture below a folder.
oracle dir="examples/captures":
    WIRELAB_CAPTURES={{dir}} WIRELAB_REQUIRE_TOOLS=1 cargo test --release --test oracle -- --nocapture

# Record the example captures again (Debian, root).
record:
    examples/captures/record.sh

# Measure the stages.
bench:
    cargo bench --bench stages

# Measure the program on a large capture, beside others that read it.
compare *options:
    benches/compare.sh {{options}}
