#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""dawdle.py PORT CA: at a proxy that grants an address forty connections. Sixty begin a body and do not go on: the last
of them are told 429 at once. When they have gone, thirty begin a head and do not go on: they are let go, and the address
is served as ever."""
import socket
import ssl
import sys
import time

port, ca = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context(cafile=ca)


def connect():
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30), server_hostname="127.0.0.1")


def ask(s):
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    return int(s.recv(4096)[9:12] or 0)


def begin(text):
    s = connect()
    s.sendall(text)
    return s


held, told = [], 0
for _ in range(60):
    try:
        held.append(begin(b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"))
    except OSError:
        told += 1  # not even let in
for s in held:
    s.settimeout(0.05)
    try:
        told += s.recv(4096)[9:12] == b"429"
    except OSError:
        pass
if not 15 <= told <= 30:
    print("of sixty connections were told 429:", told)
    sys.exit(1)
for s in held:
    s.close()
time.sleep(1)
held = []
for _ in range(30):
    try:
        held.append(begin(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "))
    except OSError:
        pass
deadline = time.monotonic() + 90
for s in held:
    s.settimeout(max(1, deadline - time.monotonic()))
    try:
        while s.recv(4096):
            pass
    except socket.timeout:
        print("half a head is waited for without end")
        sys.exit(1)
    except OSError:
        pass
while time.monotonic() < deadline:
    try:
        if ask(connect()) == 200:
            sys.exit(0)
    except (OSError, ValueError):
        pass
    time.sleep(0.2)
print("not served again")
sys.exit(1)
