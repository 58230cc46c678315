#!/usr/bin/env bash
# Records the captures of this folder again: real programs in four network namespaces, nothing leaves the machine.
#
#   client ── router ── cable (wire.py) ── server          sudo ./record.sh            all captures
#   192.0.2.100   .1 | 198.51.100.1         .10 www         sudo ./record.sh reset …    only these
#                                           .20 app  .53 DNS
#
# Everything is captured on the client's eth0. Each capture is checked with tshark before it replaces the old one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all=(page-load curl-close three-segment-close reset refused unanswered syn-retransmission no-handshake no-close
    no-response tls-only keep-alive lossy snapped ipv6-vlan upgrade redirect-cookie ping-only half-closed
    simultaneous-close pipelined interim)

# ---------------------------------------------------------------------------------------------------- what must be here

fail() {
    echo "record.sh: $*" >&2
    exit 2
}

for name in "$@"; do
    [[ " ${all[*]} " == *" $name "* ]] || fail "no capture is called '$name'; there are: ${all[*]}"
done
missing=() packages=()
while read -r program package; do
    command -v "$program" >/dev/null || { missing+=("$program") packages+=("$package"); }
done <<'TOOLS'
ip iproute2
taskset util-linux
ethtool ethtool
dumpcap wireshark-common
editcap wireshark-common
tshark tshark
tcpdump tcpdump
nginx nginx
dnsmasq dnsmasq-base
curl curl
chromium chromium
ping iputils-ping
openssl openssl
python3 python3
TOOLS
((${#missing[@]} == 0)) || fail "missing: ${missing[*]}
  on Debian: apt-get install --no-install-recommends $(printf '%s\n' "${packages[@]}" | sort -u | tr '\n' ' ')"
((EUID == 0)) || fail "network namespaces need root; run it with sudo"
[[ -c /dev/net/tun ]] || fail "/dev/net/tun is missing (the VLAN interface of ipv6-vlan needs it); try: modprobe tun"

# ------------------------------------------------------------------------------------------------------- the network

# One processor for everything: frames that pass through several processors' queues overtake each other.
taskset --pid --cpu-list "$(taskset --pid --cpu-list $$ | sed 's/.*: //; s/[,-].*//')" $$ >/dev/null

client=wirelab-client router=wirelab-router cable=wirelab-cable server=wirelab-server
temp=$(mktemp -d)
jobs_started=()

in_ns() { # NAMESPACE COMMAND…   replaces the shell it runs in, so that $! is the command itself
    exec ip netns exec "$@"
}

at() { ip netns exec "$@"; }

clean_up() {
    local pid ns
    for pid in "${jobs_started[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    for ns in "$client" "$router" "$cable" "$server"; do ip netns del "$ns" 2>/dev/null || true; done
    rm -rf "$temp" "/etc/netns/$client"
    rmdir /etc/netns 2>/dev/null || true
}

for ns in "$client" "$router" "$cable" "$server"; do
    [[ ! -e /run/netns/$ns ]] || fail "the namespace $ns exists: another run, or one that was killed (ip netns del $ns)"
done
trap clean_up EXIT
trap 'exit 130' INT TERM

start() { # NAMESPACE COMMAND…   a program for the whole run, its messages in the temporary folder
    (in_ns "$@") >>"$temp/messages" 2>&1 &
    jobs_started+=($!)
}

link() { # NAMESPACE NAME MAC NAMESPACE NAME MAC   both up, frames as on a wire: no segmentation or receive offload
    ip -n "$1" link add "$2" address "$3" type veth peer name "$5" address "$6" netns "$4"
    at "$1" ethtool -K "$2" tso off gso off gro off >/dev/null
    at "$4" ethtool -K "$5" tso off gso off gro off >/dev/null
    ip -n "$1" link set "$2" up
    ip -n "$4" link set "$5" up
}

ipv6() { # NAMESPACE INTERFACE on|off
    at "$1" sh -c "echo $([[ $3 == off ]] && echo 1 || echo 0) >/proc/sys/net/ipv6/conf/$2/disable_ipv6"
}

for ns in "$client" "$router" "$cable" "$server"; do
    ip netns add "$ns"
    ip -n "$ns" link set lo up
    ipv6 "$ns" default off
done
# MAC addresses from the documentation range (RFC 7042). The client's transmit checksum offload stays on: its sent
# frames are captured before the checksum is filled in. The server fills its own in.
link "$client" eth0 00:00:5e:00:53:64 "$router" lan 00:00:5e:00:53:01
link "$router" wan 00:00:5e:00:53:02 "$cable" near 00:00:5e:00:53:03
link "$cable" far 00:00:5e:00:53:04 "$server" eth0 00:00:5e:00:53:10
at "$server" ethtool -K eth0 tx off >/dev/null
ip -n "$client" address add 192.0.2.100/24 dev eth0
ip -n "$router" address add 192.0.2.1/24 dev lan
ip -n "$router" address add 198.51.100.1/24 dev wan
for host in 10 20 53; do ip -n "$server" address add "198.51.100.$host/24" dev eth0; done
ip -n "$client" route add default via 192.0.2.1
ip -n "$server" route add default via 198.51.100.1
ipv6 "$router" wan on
ipv6 "$server" eth0 on
ip -n "$router" address add 2001:db8:2::1/64 dev wan nodad
for host in 10 53; do ip -n "$server" address add "2001:db8:2::$host/64" dev eth0 nodad; done
ip -n "$server" route add default via 2001:db8:2::1
at "$router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'

resolver() { # ADDRESS
    mkdir -p "/etc/netns/$client"
    echo "nameserver $1" >"/etc/netns/$client/resolv.conf"
}

cable_pid=
wire() { # wire.py's options   a new cable: its frame counts begin again
    if [[ -n $cable_pid ]]; then
        kill "$cable_pid"
        wait "$cable_pid" 2>/dev/null || true
    fi
    start "$cable" python3 "$here/wire.py" near far "$@"
    cable_pid=${jobs_started[-1]}
    sleep 0.3
}

resolver 198.51.100.53
mkdir "$temp/site"
python3 "$here/site/build.py" "$temp/site"
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=www.lab.example -addext subjectAltName=DNS:www.lab.example \
    -keyout "$temp/lab.key" -out "$temp/lab.crt" 2>/dev/null
echo "student:$(openssl passwd -apr1 -salt wirelab packets)" >"$temp/htpasswd"
sed "s|@TEMP@|$temp|g" "$here/nginx.conf" >"$temp/nginx.conf"
start "$server" nginx -c "$temp/nginx.conf"
start "$server" python3 "$here/server.py" 198.51.100.20 80
start "$server" python3 "$here/server.py" 127.0.0.1 8000
start "$server" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --no-resolv --no-hosts \
    --bind-interfaces --interface=eth0 --local=/lab.example/ --local-ttl=300 \
    --host-record=www.lab.example,198.51.100.10 --host-record=app.lab.example,198.51.100.20 \
    --host-record=v6.lab.example,2001:db8:2::10
wire
for _ in {1..50}; do
    at "$client" curl -so /dev/null http://www.lab.example/hello.txt && at "$client" curl -so /dev/null \
        http://app.lab.example/both-close && break
    sleep 0.2
done || { cat "$temp/messages" >&2; fail "the servers did not start"; }
sleep 1 # the last of these connections to close

# ------------------------------------------------------------------------------------------------------- recording

# record NAME.pcapng [dumpcap's options] / record NAME.pcap [tcpdump's options]: starts, and waits until it listens
record() {
    recording=$temp/$1
    rm -f "$recording"
    : >"$temp/recorder"
    if [[ $1 == *.pcapng ]]; then
        (in_ns "$client" dumpcap -q -i eth0 -w "$recording" "${@:2}") >>"$temp/recorder" 2>&1 &
    else
        (in_ns "$client" tcpdump -Z root --immediate-mode -i eth0 -w "$recording" "${@:2}") >>"$temp/recorder" 2>&1 &
    fi
    recorder=$!
    jobs_started+=("$recorder")
    until grep -qE '^File:|listening on' "$temp/recorder"; do
        kill -0 "$recorder" 2>/dev/null || { cat "$temp/recorder" >&2; fail "the recorder did not start"; }
        sleep 0.05
    done
    sleep 0.2
    ip -n "$client" neigh flush dev eth0
}

stop() {
    sleep "${1:-0.5}"
    kill -INT "$recorder"
    wait "$recorder" || true
}

fetch() { at "$client" curl --silent --show-error --output /dev/null "$@"; }

shark() { tshark -n -2 -o tcp.reassemble_out_of_order:TRUE -r "$recording" "$@" 2>/dev/null; }

# holds COUNT FILTER: so many frames match (`5`, or `5+` for at least five)
holds() {
    local found
    found=$(shark -Y "$2" -T fields -e frame.number | wc -l)
    if [[ $1 == *+ ]]; then ((found >= ${1%+})); else ((found == $1)); fi && return
    echo "  $(basename "$recording"): $found frames instead of $1 match: $2" >&2
    return 1
}

# completeness MASK…: of each stream, in order
completeness() {
    local found
    found=$(shark -Y tcp -T fields -e tcp.stream -e tcp.completeness |
        sort -nu -k1,1 | cut -f2 | tr '\n' ' ')
    [[ $found == "$* " ]] && return
    echo "  $(basename "$recording"): completeness ${found}instead of $*" >&2
    return 1
}

# ------------------------------------------------------------------------- one function a capture: make it, check it

page-load() {
    record page-load.pcapng
    at "$client" ping -4 -n -c 4 www.lab.example >/dev/null
    (in_ns "$client" env HOME="$temp" chromium --headless=new --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-quic --disable-extensions \
        --disable-default-apps --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE www.lab.example' --lang=zh-CN \
        --user-data-dir="$(mktemp -d -p "$temp")" http://www.lab.example/) >>"$temp/messages" 2>&1 &
    local browser=$!
    jobs_started+=("$browser")
    sleep 13.5
    kill "$browser"
    wait "$browser" || true
    stop 1
    holds 4 icmp.type==0 && holds 1 'dns.a == 198.51.100.10 && frame.number < 8' &&
        holds 1 'http.request.uri == "/"' && holds 1 'http.content_encoding == gzip && http.content_type == "text/html; charset=utf-8"' &&
        holds 8+ 'http.content_type == "image/png"' && holds 1 'http.request.uri == "/after.txt"' &&
        holds 3+ 'tcp.flags.syn == 1 && tcp.flags.ack == 0' && holds 0 tcp.flags.reset==1 &&
        holds 0 'tcp && tcp.completeness != 31 && tcp.completeness != 23' &&
        holds 0 'tcp.analysis.retransmission || tcp.analysis.out_of_order || tcp.analysis.lost_segment' &&
        holds 0 'dns.qry.name && dns.qry.name != "www.lab.example"'
}

finish-page-load() {
    editcap -F pcap "$recording" "$temp/page-load.pcap"
    gzip -9 -n <"$temp/page-load.pcap" >"$temp/page-load.pcap.gz"
    put page-load.pcap.gz
}

curl-close() { # HTTP/1.0: the server closes to end the body
    record curl-close.pcap
    fetch --http1.0 http://www.lab.example/hello.txt
    stop
    completeness 31 && holds 2 tcp.flags.fin==1 && holds 1 http.response
}

three-segment-close() { # the client closes a kept-alive connection; nginx answers FIN with FIN, ACK
    record three-segment-close.pcapng
    fetch http://www.lab.example/hello.txt
    stop
    completeness 31 && holds 2 tcp.flags.fin==1
}

reset() {
    record reset.pcapng
    fetch http://app.lab.example/reset 2>/dev/null || true
    stop
    completeness 47 && holds 1 'tcp.flags.reset==1 && tcp.srcport==80' && holds 0 tcp.flags.fin==1
}

refused() {
    record refused.pcapng
    fetch http://www.lab.example:8080/ 2>/dev/null || true
    stop
    completeness 37
}

unanswered() {
    wire --lose client:syn:all
    record unanswered.pcapng
    fetch --connect-timeout 8 http://www.lab.example/ 2>/dev/null || true
    stop
    completeness 1 && holds 3+ 'tcp.flags.syn==1' && holds 2+ tcp.analysis.retransmission
}

syn-retransmission() {
    wire --lose client:syn:1
    record syn-retransmission.pcapng
    fetch http://www.lab.example/hello.txt
    stop
    completeness 31 && holds 2 'tcp.flags.syn==1 && tcp.flags.ack==0' && holds 1 tcp.analysis.retransmission
}

no-handshake() { # curl waits three seconds between two requests on one connection; the recording begins in between
    fetch --rate 20/m http://www.lab.example/ --output /dev/null http://www.lab.example/hello.txt &
    local pid=$!
    sleep 1.5
    record no-handshake.pcapng
    wait "$pid"
    stop
    completeness 28 && holds 1 http.request && holds 1 http.response
}

no-close() {
    record no-close.pcapng
    fetch --rate 20/m http://www.lab.example/hello.txt --output /dev/null http://www.lab.example/after.txt &
    local pid=$!
    stop 1.5
    wait "$pid"
    completeness 15 && holds 1 http.response
}

no-response() {
    record no-response.pcapng
    fetch --max-time 5 http://app.lab.example/silent 2>/dev/null &
    local pid=$!
    stop 2
    wait "$pid" || true
    completeness 15 && holds 1 http.request && holds 0 'tcp.srcport==80 && tcp.len>0'
}

tls-only() {
    record tls-only.pcapng
    fetch --insecure https://www.lab.example/hello.txt
    fetch --insecure --tls-max 1.2 https://www.lab.example/hello.txt
    stop
    completeness 31 31 && holds 2 tls.handshake.type==1 && holds 1 tls.handshake.type==11 && holds 0 tcp.port==80
}

keep-alive() {
    local site=http://www.lab.example
    record keep-alive.pcapng
    fetch --head $site/hello.txt --next \
        --silent --output /dev/null $site/hello.txt --next \
        --silent --output /dev/null --time-cond 'Sat, 06 Jan 2024 10:28:39 GMT' $site/hello.txt --next \
        --silent --output /dev/null $site/nowhere.html --next \
        --silent --output /dev/null --data 'name=Li+Hua&student_id=20240106&password=packets' $site/app/form
    stop
    completeness 31 && holds 5 http.request && holds 5 http.response && holds 1 http.response.code==304 &&
        holds 1 http.response.code==404 && holds 1 http.request.method==POST && holds 1 http.transfer_encoding==chunked
}

lossy() { # lost: the request, three segments of the response; late: two more, one by so much that it is sent again
    wire --lose client:data:1 --lose server:data:12,13,50 --late server:data:30=0.003 --late server:data:40=0.03
    record lossy.pcapng
    fetch http://www.lab.example/images/large.png
    stop
    completeness 31 && holds 1 http.response && holds 1+ tcp.analysis.retransmission &&
        holds 3+ tcp.analysis.duplicate_ack && holds 1+ tcp.analysis.out_of_order && holds 1+ tcp.analysis.lost_segment
}

snapped() {
    record snapped.pcap -s 96
    fetch --http1.0 http://www.lab.example/
    stop
    completeness 31 && holds 1+ 'frame.cap_len < frame.len'
}

ipv6-vlan() {
    resolver 2001:db8:2::53
    start "$client" python3 "$here/vlan.py" eth0 20 eth0.20 00:00:5e:00:53:64
    local client_vlan=${jobs_started[-1]}
    start "$router" python3 "$here/vlan.py" lan 20 lan.20 00:00:5e:00:53:01
    local router_vlan=${jobs_started[-1]}
    until at "$client" test -e /proc/sys/net/ipv6/conf/eth0.20 && at "$router" test -e /proc/sys/net/ipv6/conf/lan.20; do
        sleep 0.1
    done
    ipv6 "$client" eth0.20 on
    ipv6 "$router" lan.20 on
    ip -n "$router" address add 2001:db8:1::1/64 dev lan.20 nodad
    ip -n "$client" address add 2001:db8:1::100/64 dev eth0.20 nodad
    ip -n "$client" route add default via 2001:db8:1::1
    sleep 2
    record ipv6-vlan.pcapng
    fetch --http1.0 http://v6.lab.example/
    stop
    kill "$client_vlan" "$router_vlan"
    resolver 198.51.100.53
    completeness 31 && holds 0 'tcp && !vlan.id==20' && holds 0 'tcp && ip' && holds 1 http.response
}

upgrade() { # curl 7.88 speaks no WebSocket: bash does, one masked text message and a masked close
    record upgrade.pcapng
    at "$client" bash -c 'exec 3<>/dev/tcp/app.lab.example/80
        printf "GET /chat HTTP/1.1\r\nHost: app.lab.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" >&3
        printf "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" >&3
        sleep 0.2; printf "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" >&3
        sleep 0.2; printf "\x88\x82\x00\x00\x00\x00\x03\xe8" >&3; cat <&3 >/dev/null'
    stop
    completeness 31 && holds 1 http.response.code==101 && holds 4 websocket
}

redirect-cookie() {
    record redirect-cookie.pcapng
    fetch --location --cookie-jar "$temp/cookies" --user student:packets http://www.lab.example/login
    stop
    completeness 31 && holds 1 http.response.code==302 && holds 1 http.set_cookie && holds 1 http.cookie &&
        holds 1+ http.authorization
}

ping-only() {
    record ping-only.pcapng
    at "$client" ping -4 -n -c 4 www.lab.example >/dev/null
    stop
    holds 0 tcp && holds 8 icmp && holds 4 dns
}

half-closed() { # the server's keep-alive time-out; curl sleeps until its next request, the recording ends before
    record half-closed.pcapng
    fetch --rate 7/m http://www.lab.example/hello.txt --output /dev/null http://www.lab.example/after.txt &
    local pid=$!
    stop 7
    wait "$pid"
    completeness 31 && holds 1 tcp.flags.fin==1
}

simultaneous-close() { # the cable is long enough for both FINs to be on it at once
    wire --delay 0.04
    record simultaneous-close.pcapng
    fetch http://app.lab.example/both-close
    stop
    completeness 31 && holds 2 tcp.flags.fin==1
}

pipelined() {
    record pipelined.pcapng
    at "$client" bash -c 'exec 3<>/dev/tcp/www.lab.example/80; h="Host: www.lab.example"
        printf "GET /hello.txt HTTP/1.1\r\n$h\r\n\r\nGET /after.txt HTTP/1.1\r\n$h\r\nConnection: close\r\n\r\n" >"$0"
        cat "$0" >&3; cat <&3 >/dev/null' "$temp/requests"
    stop
    completeness 31 && holds 2 http.response && holds 1 'tcp.dstport==80 && tcp.len>0'
}

interim() { # curl sends the body only after 100 Continue
    record interim.pcapng
    fetch --header 'Expect: 100-continue' --data 'name=Li+Hua&student_id=20240106' http://www.lab.example/app/form
    stop
    completeness 31 && holds 1 http.response.code==100 && holds 1 http.response.code==200
}

# The same packets recorded twice: what tshark then calls retransmissions was sent once.

finish-keep-alive() {
    python3 "$here/twice.py" "$here/keep-alive.pcapng" "$temp/recorded-twice.pcapng"
    put recorded-twice.pcapng
}

finish-redirect-cookie() {
    python3 "$here/twice.py" --router --interfaces --later 35 "$here/redirect-cookie.pcapng" "$temp/two-interfaces.pcapng"
    put two-interfaces.pcapng
}

# ------------------------------------------------------------------------------------------------------------- run

put() { # FILE   from the temporary folder to this one, at once or not at all
    cp "$temp/$1" "$here/.$1.new"
    chmod 644 "$here/.$1.new"
    mv "$here/.$1.new" "$here/$1"
    echo "$1  $(stat -c %s "$here/$1") bytes"
}

for name in "${@:-${all[@]}}"; do
    for attempt in 1 2 3; do
        wire
        if "$name" && holds 0 'frame.time_delta < 0'; then
            put "$(basename "$recording")"
            if declare -F "finish-$name" >/dev/null; then "finish-$name"; fi
            continue 2
        fi
    done
    failed=$(mktemp -d)
    mv "$recording" "$failed"
    fail "$name: three recordings did not show what they should; the last is $failed/$(basename "$recording")"
done
python3 "$here/frames.py"
