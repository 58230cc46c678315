#!/usr/bin/env python3
"""An IEEE 802.1Q VLAN interface in user space, for kernels built without 8021q.

    vlan.py PARENT ID NAME MAC

Makes the tap interface NAME; frames sent there leave PARENT with the tag, tagged frames that reach PARENT arrive there.
"""
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, ETH_P_ALL = 263, 8, 23, 3
TUNSETIFF, IFF_TAP, IFF_NO_PI, TP_STATUS_VLAN_VALID = 0x400454CA, 2, 0x1000, 16

parent, vlan_id, name, mac = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
subprocess.run(["ip", "link", "set", name, "address", mac, "up"], check=True)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
wire.bind((parent, ETH_P_ALL))

while True:
    for ready in select.select([tap, wire], [], [])[0]:
        if ready == tap:
            frame = os.read(tap, 2048)
            wire.send(frame[:12] + struct.pack("!HH", 0x8100, vlan_id) + frame[12:])
            continue
        frame, aux, _, _ = wire.recvmsg(2048, 256)
        for level, what, data in aux:  # the kernel takes a received tag out of the bytes
            if (level, what) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
                if status & TP_STATUS_VLAN_VALID and tci & 0xFFF == vlan_id:
                    os.write(tap, frame)
