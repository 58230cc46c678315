#!/usr/bin/env python3
"""A long cable: passes Ethernet frames between two interfaces with delay, a bit rate, and loss on demand.

    wire.py CLIENT_SIDE SERVER_SIDE [--delay S] [--rate BITS] [--lose RULE]... [--late RULE=S]...

RULE is SIDE:KIND:NUMBERS. SIDE says who sent the frame (client or server), KIND is syn (SYN or SYN-ACK), data (TCP with
payload) or ack (TCP without payload), NUMBERS are counted from 1 per side and kind: `7`, `7,9`, `1-3`, or `all`.
What is lost is chosen by number, not by chance, so that every recording has the same story. Many kernels have no netem.
"""
import argparse
import heapq
import random
import select
import socket
import struct
import time

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ETH_P_ALL, VNET_HEADER = 3, 10  # the header carries "checksum still to be filled in" across the cable


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.bind((name, ETH_P_ALL))
    return s


def kind(frame):
    """syn, data, ack or None for anything that is no plain TCP over IPv4 or IPv6."""
    if frame[12:14] == b"\x08\x00" and frame[23] == 6:
        tcp = 14 + (frame[14] & 15) * 4
        end = 14 + struct.unpack_from("!H", frame, 16)[0]
    elif frame[12:14] == b"\x86\xdd" and frame[20] == 6:
        tcp = 54
        end = 54 + struct.unpack_from("!H", frame, 18)[0]
    else:
        return None
    if frame[tcp + 13] & 2:
        return "syn"
    return "data" if end > tcp + (frame[tcp + 12] >> 4) * 4 else "ack"


def numbers(text):
    if text == "all":
        return lambda n: True
    wanted = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        wanted.update(range(int(first), int(last or first) + 1))
    return wanted.__contains__


def rule(text):
    side, which, count = text.split(":")
    return (side, which), numbers(count)


def late(text):
    text, _, seconds = text.partition("=")
    return *rule(text), float(seconds)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("client_side")
    a.add_argument("server_side")
    a.add_argument("--delay", type=float, default=0.006, help="seconds each way")
    a.add_argument("--rate", type=float, default=20e6, help="bits per second each way")
    a.add_argument("--lose", type=rule, action="append", default=[])
    a.add_argument("--late", type=late, action="append", default=[])
    a = a.parse_args()

    jitter = random.Random(1)
    out = {"client": port(a.server_side), "server": port(a.client_side)}  # by sender
    sender = {out["server"]: "client", out["client"]: "server"}
    free = {"client": 0.0, "server": 0.0}  # when the last frame has left this side
    last = {"client": 0.0, "server": 0.0}  # when it reaches the other: only late frames are overtaken
    due, order, seen = [], 0, {}
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else None
        for s in select.select(list(sender), [], [], wait)[0]:
            packet = s.recv(65600)
            now, side = time.monotonic(), sender[s]
            key = (side, kind(packet[VNET_HEADER:]))
            n = seen[key] = seen.get(key, 0) + 1
            if any(k == key and hit(n) for k, hit in a.lose):
                continue
            leaves = max(now, free[side]) + len(packet) * 8 / a.rate
            free[side] = leaves
            arrives = last[side] = max(last[side], leaves + a.delay + jitter.uniform(0, 0.0002))
            arrives += sum(s for k, hit, s in a.late if k == key and hit(n))
            order += 1
            heapq.heappush(due, (arrives, order, side, packet))
        while due and due[0][0] <= time.monotonic():
            _, _, side, packet = heapq.heappop(due)
            out[side].send(packet)


main()
