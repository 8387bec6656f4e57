#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""crowd.py KIND PORT OUT: six hundred connections from 127.0.0.2 that are kept open. KIND: idle (says nothing), head
(half a head), body (half a body), deaf (asks for the metrics fifty times and reads nothing). How many were not hung up
on at once is written to OUT; those that are ended stay ended. Goes when it is killed, or after four minutes."""
import os
import socket
import sys
import time

kind, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
SAYS = {"idle": b"", "head": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", "deaf": b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50,
        "body": b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\nhalf"}
held = []
for _ in range(600):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.bind(("127.0.0.2", 0))
    s.settimeout(10)
    try:
        s.connect(("127.0.0.1", port))
        s.sendall(SAYS[kind])
    except OSError:
        continue
    held.append(s)
time.sleep(0.5)


def is_open(s):
    s.setblocking(False)
    try:
        return kind == "deaf" or s.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


count = sum(map(is_open, held))
with open(out + ".new", "w") as f:
    f.write(f"{count}\n")
os.rename(out + ".new", out)
time.sleep(240)
