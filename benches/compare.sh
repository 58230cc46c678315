#!/usr/bin/env bash
# What reading a large capture costs, beside other programs that read it: CPU time (user and system), peak memory and, as `x cat`, CPU
# time as a multiple of cat's on the same file in the same run. Of several runs the least CPU time and the greatest peak count.
#
#   benches/compare.sh [--size MIB] [--runs N] [--tshark-size MIB] [--folder DIR] [--bin FILE]
#
# --size        size of the capture (default 1024), made of the example captures by benches/large_capture.rs
# --runs        runs of each program (default 5), in turns; tshark runs once
# --tshark-size size of the beginning of the capture that tshark reads (default 64; 0 leaves tshark out); its CPU time is multiplied by
#               what it has not read
# --folder      where the captures are (default: a temporary folder, removed at the end); captures of the same size are used again
# --bin         the wirelab to measure (default: built in release)
#
# A program that is not installed is named and skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

size=1024 runs=5 tshark_size=64 folder='' bin=''
while (($#)); do
    case $1 in
    --size) size=$2 ;;
    --runs) runs=$2 ;;
    --tshark-size) tshark_size=$2 ;;
    --folder) folder=$2 ;;
    --bin) bin=$2 ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift 2
done

if [[ -z $bin ]]; then
    cargo build --release --locked --quiet
    bin=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/wirelab
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=${folder:-$work}
mkdir -p "$folder"

capture() { # SIZE NAME: makes a capture of that size unless it is there
    if [[ ! -s $folder/$2.pcap ]]; then
        cargo run --release --locked --quiet --example large-capture -- "$work" "$1"
        mv "$work/large.pcap" "$folder/$2.pcap"
        mv "$work/large.pcapng" "$folder/$2.pcapng"
    fi
}
capture "$size" "large-$size"
pcap=$folder/large-$size.pcap pcapng=$folder/large-$size.pcapng
cp examples/captures/page-load.pcapng "$work/page-load.pcapng"
((tshark_size > size)) && tshark_size=$size
if ((tshark_size)) && ((tshark_size < size)); then
    capture "$tshark_size" "large-$tshark_size"
fi
small=$folder/large-$tshark_size.pcap
cat "$pcap" "$pcapng" >/dev/null

names=()
declare -A commands cpu peak scale runs_of
add() { # NAME PROGRAM COMMAND
    local name=$1 program=$2
    if ! command -v "$program" >/dev/null; then
        echo "skipped: $name ($program is not installed)"
        return
    fi
    names+=("$name") commands[$name]=$3 scale[$name]=1 runs_of[$name]=$runs
}
add 'cat' cat "cat $pcap"
add 'cat, pcapng' cat "cat $pcapng"
add 'capinfos -c' capinfos "capinfos -c $pcap"
add 'tcpdump -w /dev/null' tcpdump "tcpdump -r $pcap -w /dev/null"
add 'tcptrace -n' tcptrace "tcptrace -n $pcap"
if ((tshark_size)); then
    add 'tshark -Y http.request' tshark "tshark -n -r $small -Y http.request -T fields -e frame.number -e http.host"
    if [[ -n ${commands['tshark -Y http.request']:-} ]]; then
        scale['tshark -Y http.request']=$(echo "scale=6; $(stat -c %s "$pcap") / $(stat -c %s "$small")" | bc)
        runs_of['tshark -Y http.request']=1
    fi
fi
add 'wirelab inspect' "$bin" "$bin inspect $pcap"
add 'wirelab inspect, JSON' "$bin" "$bin inspect --format json $pcap"
add 'wirelab inspect, pcapng' "$bin" "$bin inspect $pcapng"
add 'wirelab report' "$bin" "$bin report $pcap --force -o $work/report/"
add 'wirelab report, page load' "$bin" "$bin report $work/page-load.pcapng --force -o $work/report/"

# CPU milliseconds and peak KiB of a command.
measure() {
    local TIMEFORMAT='%3U %3S' times status=0
    times=$({ time /usr/bin/time -f %M -o "$work/peak" "$@" >/dev/null 2>"$work/errors" || echo $? >"$work/status"; } 2>&1)
    # A report on a capture that lacks something ends with 1.
    if [[ -s $work/status ]]; then
        status=$(<"$work/status")
        rm "$work/status"
    fi
    ((status <= 1)) || { cat "$work/errors" >&2; echo "failed: $*" >&2; exit 2; }
    awk -v peak="$(tail -1 "$work/peak")" '{ print int(($1 + $2) * 1000 + 0.5), peak }' <<<"$times"
}

for ((run = 1; run <= runs; run++)); do
    for name in "${names[@]}"; do
        ((run <= runs_of[$name])) || continue
        # shellcheck disable=SC2086 # the paths are ours
        read -r milliseconds kibibytes < <(measure ${commands[$name]})
        [[ -n ${cpu[$name]:-} ]] && ((cpu[$name] <= milliseconds)) || cpu[$name]=$milliseconds
        [[ -n ${peak[$name]:-} ]] && ((peak[$name] >= kibibytes)) || peak[$name]=$kibibytes
    done
done

echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores; $runs runs; $(git rev-parse --short HEAD 2>/dev/null || true)"
echo "$(stat -c %s "$pcap") bytes pcap, $(stat -c %s "$pcapng") bytes pcapng;" \
    "$("$bin" inspect "$pcap" --format json | grep -c '"client_inferred"') connections"
printf '%-28s %12s %9s %12s\n' program 'CPU s' 'x cat' 'peak MiB'
for name in "${names[@]}"; do
    awk -v name="$name" -v cpu="${cpu[$name]}" -v scale="${scale[$name]}" -v cat="${cpu[cat]}" -v peak="${peak[$name]}" 'BEGIN {
        cpu = cpu * scale / 1000
        note = (scale > 1) ? sprintf("  (read 1/%.0f of the capture, CPU time multiplied)", scale) : ""
        printf "%-28s %12.3f %9.2f %12.1f%s\n", name, cpu, cpu * 1000 / cat, peak / 1024, note
    }'
done
