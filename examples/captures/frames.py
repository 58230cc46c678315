#!/usr/bin/env python3
"""Writes the table "Frames" of README.md: what tshark says of every capture in this folder.

    frames.py [NAME]      only print the lines of captures whose name begins so
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = """frame.number tcp.stream tcp.completeness tcp.flags tcp.srcport tcp.dstport tcp.seq tcp.ack tcp.len
    http.request.method http.request.uri http.response.code tls.handshake.type tls.handshake.version
    tls.handshake.extensions.supported_version websocket.opcode icmp.type dns.flags.response dns.qry.type
    dns.qry.name dns.a dns.aaaa tcp.analysis.retransmission tcp.analysis.fast_retransmission
    tcp.analysis.spurious_retransmission tcp.analysis.out_of_order tcp.analysis.duplicate_ack
    tcp.analysis.lost_segment""".split()
QUERY = {"1": "A", "28": "AAAA", "65": "HTTPS"}


def dissect(path):
    command = ["tshark", "-n", "-2", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", path, "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return [dict(zip(FIELDS, line.split("\t"))) for line in text.splitlines()]


def outside_tcp(rows):
    """Names and pings."""
    said, pings = [], []
    for r in rows:
        n = r["frame.number"]
        if r["dns.qry.type"] and r["dns.flags.response"] in ("0", "False"):
            said.append(f"{n} {QUERY[r['dns.qry.type']]}?")
        elif r["dns.qry.type"]:
            said.append(f"{n} {QUERY[r['dns.qry.type']]}" + (f" = {r['dns.a'] or r['dns.aaaa']}"
                                                             if r["dns.a"] or r["dns.aaaa"] else ": no record"))
        if r["icmp.type"] == "8":
            pings.append([n])
        elif r["icmp.type"] == "0":
            pings[-1].append(n)
    if pings:
        said.append("ping " + " ".join("/".join(p) for p in pings))
    return said


def connection(rows):
    """The frames of one stream that a lab asks for, in order."""
    said, fins, syn_ack, established = [], {}, None, False
    server = next((r["tcp.srcport"] for r in rows if r["tcp.flags"] == "0x0012"), None) or next(
        p for p in ("80", "443", "8080") if p in (rows[0]["tcp.srcport"], rows[0]["tcp.dstport"]))
    for r in rows:
        n, flags = r["frame.number"], int(r["tcp.flags"], 16)
        side = "server" if r["tcp.srcport"] == server else "client"
        peer = "client" if side == "server" else "server"
        if flags & 2:
            said.append(f"{n} {'SYN-ACK' if flags & 16 else 'SYN'}")
            syn_ack = syn_ack or flags & 16
            continue
        if flags & 4:
            said.append(f"{n} RST {side}")
            continue
        if syn_ack and not established and side == "client":
            established = True
            said.append(f"{n} ACK")
        for method, uri in zip(r["http.request.method"].split(","), r["http.request.uri"].split(",")):
            if method:
                said.append(f"{n} {method} {uri}")
        for code in r["http.response.code"].split(","):
            if code:
                said.append(f"{n} {code}")
        kinds = r["tls.handshake.type"].split(",")
        if "1" in kinds:
            said.append(f"{n} Client Hello")
        if "2" in kinds:
            said.append(f"{n} Server Hello {r['tls.handshake.extensions.supported_version'] or r['tls.handshake.version']}")
        if r["websocket.opcode"]:
            said.append(f"{n} WebSocket {'close' if r['websocket.opcode'] == '8' else 'text'}")
        covers = peer in fins and flags & 16 and int(r["tcp.ack"]) >= fins[peer][1] and not fins[peer][2]
        if covers:
            fins[peer][2] = True
        if flags & 1:
            if side not in fins:
                fins[side] = [n, int(r["tcp.seq"]) + int(r["tcp.len"]) + 1, False]
            said.append(f"{n} FIN{'+ACK' if covers else ''} {side}")
        elif covers:
            said.append(f"{n} ACK {side}")
    for title, field in (
            ("retransmissions", "tcp.analysis.retransmission"), ("fast", "tcp.analysis.fast_retransmission"),
            ("spurious", "tcp.analysis.spurious_retransmission"), ("out of order", "tcp.analysis.out_of_order"),
            ("duplicate ACKs", "tcp.analysis.duplicate_ack"), ("gaps seen", "tcp.analysis.lost_segment")):
        count = sum(bool(r[field]) for r in rows)
        if count:
            said.append(f"{title}: {count}")
    return said


def lines(name):
    rows = dissect(os.path.join(HERE, name))
    cells = [(name, str(len(rows)), "", "", " · ".join(outside_tcp(rows)))]
    streams = {}
    for r in rows:
        if r["tcp.stream"]:
            streams.setdefault(int(r["tcp.stream"]), []).append(r)
    for stream, own in sorted(streams.items()):
        cells.append(("", "", str(stream), own[0]["tcp.completeness"], " · ".join(connection(own))))
    if not cells[0][4] and len(cells) > 1:
        cells[1] = cells[0][:2] + cells[1][2:]
        del cells[0]
    return ["| " + " | ".join(c) + " |" for c in cells]


names = sorted(n for n in os.listdir(HERE) if re.fullmatch(r"[a-z0-9-]+\.(pcapng|pcap)", n))
wanted = [n for n in names if n.startswith(sys.argv[1])] if len(sys.argv) > 1 else names
table = ["| capture | frames | stream | `tcp.completeness` | frames to find |", "| --- | --- | --- | --- | --- |"]
for name in wanted:
    table += lines(name)
if len(sys.argv) > 1:
    print("\n".join(table))
else:
    path = os.path.join(HERE, "README.md")
    with open(path, encoding="utf-8") as f:
        before, begin, rest = f.read().partition("<!-- frames: written by frames.py -->\n")
    _, end, after = rest.partition("<!-- end of frames -->")
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(before + begin + "\n".join(table) + "\n" + end + after)
    os.replace(path + ".new", path)
