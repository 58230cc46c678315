#!/usr/bin/env python3
"""The answers that nginx cannot be made to give: HTTP/1.1 with one thread a connection, one behaviour a path.

    server.py ADDRESS PORT
"""
import base64
import hashlib
import socket
import struct
import sys
import threading
import time

TEXT = b"".join(b"%04d  a line of a response that never reaches its end\r\n" % n for n in range(1200))


def head(status, *fields):
    return ("HTTP/1.1 %s\r\n%s\r\n" % (status, "".join(f + "\r\n" for f in fields))).encode()


def form(s, headers, body):
    """A chunked answer, three chunks a moment apart."""
    s.sendall(head("200 OK", "Content-Type: text/plain; charset=utf-8", "Transfer-Encoding: chunked"))
    for part in (b"received ", b"%d bytes: " % len(body), body + b"\n"):
        s.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        time.sleep(0.02)
    s.sendall(b"0\r\n\r\n")
    return True


def silent(s, headers, body):
    """Acknowledged by the kernel, never answered."""
    time.sleep(60)


def reset(s, headers, body):
    """Less than the promised length, then RST instead of FIN (SO_LINGER with 0 seconds)."""
    s.sendall(head("200 OK", "Content-Type: text/plain", "Content-Length: %d" % len(TEXT)) + TEXT[:9000])
    time.sleep(0.1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def both_close(s, headers, body):
    """A whole answer; then closes while the client's FIN is still under way."""
    s.sendall(head("200 OK", "Content-Type: text/plain", "Content-Length: 6") + b"hello\n")
    time.sleep(0.04)


def chat(s, headers, body):
    """A WebSocket that sends every message back."""
    key = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    s.sendall(head("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                   "Sec-WebSocket-Accept: " + accept))
    f = s.makefile("rb")
    while first := f.read(1):
        length = f.read(1)[0] & 127  # short messages only, always masked by a client
        mask, data = f.read(4), f.read(length)
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        s.sendall(first + bytes([length]) + data)
        if first[0] & 15 == 8:
            return


ANSWERS = {"/form": form, "/silent": silent, "/reset": reset, "/both-close": both_close, "/chat": chat}


def serve(s):
    with s:
        f = s.makefile("rb")
        while line := f.readline():
            headers = {}
            while field := f.readline().strip().decode("latin-1"):
                name, _, value = field.partition(":")
                headers[name.lower()] = value.strip()
            body = f.read(int(headers.get("content-length", 0)))
            answer = ANSWERS[line.split()[1].decode("latin-1")]
            if not answer(s, headers, body):
                f.close()
                return


listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
