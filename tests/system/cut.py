#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""cut: a line that breaks. Forwards TCP on loopback and ends each connection, in the middle of whatever it carries,
after so many bytes in one direction.

    cut.py PORT-TO PORT-FILE COUNTS-FILE [BYTES-UP BYTES-DOWN]      0: it never breaks

COUNTS-FILE is written anew at each end of a connection: {"up", "down", "cuts", "connections"}."""
import json
import os
import socket
import sys
import threading

to, port_file, counts_file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
limits = {"up": int(sys.argv[4]) if len(sys.argv) > 4 else 0, "down": int(sys.argv[5]) if len(sys.argv) > 5 else 0}
counts = {"up": 0, "down": 0, "cuts": 0, "connections": 0}
lock = threading.Lock()


def note(**more):
    with lock:
        for name, n in more.items():
            counts[name] += n
        if "cuts" in more or "connections" in more:
            with open(counts_file + ".tmp", "w") as out:
                json.dump(counts, out)
            os.replace(counts_file + ".tmp", counts_file)


def forward(source, target, way, both):
    left = limits[way]
    try:
        while True:
            data = source.recv(min(left, 65536) if left else 65536)
            if not data:
                break
            target.sendall(data)
            note(**{way: len(data)})
            if left:
                left -= len(data)
                if left == 0:
                    note(cuts=1)
                    for one in both:
                        one.shutdown(socket.SHUT_RDWR)
                    break
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    try:
        server = socket.create_connection(("127.0.0.1", to))
    except OSError:
        client.close()
        return
    both = (client, server)
    for one in both:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    up = threading.Thread(target=forward, args=(client, server, "up", both), daemon=True)
    up.start()
    forward(server, client, "down", both)
    up.join()
    for one in both:
        one.close()
    note(connections=1)


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
listener.listen(64)
with open(port_file + ".tmp", "w") as out:
    out.write(str(listener.getsockname()[1]))
os.replace(port_file + ".tmp", port_file)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
