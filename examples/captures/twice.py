#!/usr/bin/env python3
"""Makes captures in which every packet is recorded twice from one in which it is recorded once.

    twice.py IN.pcap OUT.pcap [--later US] [--router] [--interfaces]

Every frame stands twice in OUT, a pcapng with nanoseconds; the second recording is US microseconds later (default 12), behind whatever came in
between. With --router it is the IP packet as a router passed it on: TTL lower by one, right header checksum, other MAC addresses.
With --interfaces the second recordings are those of another interface. IN is a pcap or pcapng file that editcap reads.
"""
import argparse
import struct
import subprocess

ROUTER, NEXT_HOP = bytes.fromhex("00005e005302"), bytes.fromhex("00005e005303")


def frames(path):
    """Time in nanoseconds, length on the wire and bytes of each frame."""
    pcap = subprocess.run(["editcap", "-F", "nsecpcap", path, "-"], check=True, stdout=subprocess.PIPE).stdout
    at = 24
    while at < len(pcap):
        seconds, nanoseconds, captured, wire = struct.unpack_from("<IIII", pcap, at)
        yield seconds * 10**9 + nanoseconds, wire, pcap[at + 16:at + 16 + captured]
        at += 16 + captured


def passed_on(frame):
    """The frame behind one router, which passes on IP only."""
    ether_type = frame[12:14]
    frame = bytearray(NEXT_HOP + ROUTER + frame[12:])
    if ether_type == b"\x08\x00":
        end = 14 + (frame[14] & 15) * 4
        frame[22] -= 1
        frame[24:26] = b"\0\0"
        total = sum(struct.unpack_from(f"!{(end - 14) // 2}H", frame, 14))
        total = (total & 0xFFFF) + (total >> 16)
        struct.pack_into("!H", frame, 24, ~(total + (total >> 16)) & 0xFFFF)
    elif ether_type == b"\x86\xdd":
        frame[21] -= 1
    else:
        return None
    return bytes(frame)


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(name):
    # 9: nanoseconds.
    options = option(2, name.encode()) + option(9, b"\x09") + option(0, b"")
    return block(1, struct.pack("<HHI", 1, 0, 262144) + options)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("source")
    a.add_argument("result")
    a.add_argument("--later", type=float, default=12)
    a.add_argument("--router", action="store_true")
    a.add_argument("--interfaces", action="store_true")
    a = a.parse_args()

    recordings = []
    for time, wire, frame in frames(a.source):
        again = passed_on(frame) if a.router else frame
        recordings.append((time, 0, wire, frame))
        if again:
            recordings.append((time + round(a.later * 1000), int(a.interfaces), wire, again))
    recordings.sort(key=lambda recording: recording[:2])
    with open(a.result, "wb") as f:
        f.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        f.write(interface("eth0"))
        if a.interfaces:
            f.write(interface("eth1"))
        for time, number, wire, frame in recordings:
            head = struct.pack("<IIIII", number, time >> 32, time & 0xFFFFFFFF, len(frame), wire)
            f.write(block(6, head + frame))


main()
