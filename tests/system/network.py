#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""What may stand between a desk and the county, for 43_strange_networks.sh. Writes its port into the file PORT_FILE.

usage: network.py portal PORT_FILE [CERT KEY]   the login page of a guest network, to whatever is asked; over TLS with these
       network.py tunnel PORT_FILE [USER:PASS]  an HTTP proxy that connects to where it is told, for those who may
"""
import base64
import os
import socket
import ssl
import sys
import threading

kind, port_file, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
PAGE = "<html><body>欢迎使用酒店网络，请登录</body></html>".encode()


def head_of(sock):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(65536)
        if not piece:
            return None
        head += piece
    return head.split(b"\r\n\r\n")[0].decode("latin-1")


def portal(sock):
    if rest:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(rest[0], rest[1])
        sock = context.wrap_socket(sock, server_side=True)
    if head_of(sock) is not None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n"
                     b"Connection: close\r\n\r\n" % len(PAGE) + PAGE)


def carry(one, other):
    try:
        while piece := one.recv(65536):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def tunnel(sock):
    head = head_of(sock)
    if head is None:
        return
    lines = head.split("\r\n")
    method, target, _ = lines[0].split(" ")
    given = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("proxy-authorization:")]
    if rest and given != ["Basic " + base64.b64encode(rest[0].encode()).decode()]:
        sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"office\"\r\n"
                     b"Content-Length: 0\r\n\r\n")
        return
    if method != "CONNECT":
        sock.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        return
    print(target, flush=True)
    host, port = target.rsplit(":", 1)
    with socket.create_connection((host.strip("[]"), int(port)), timeout=30) as far:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=carry, args=(far, sock), daemon=True)
        back.start()
        carry(sock, far)
        back.join(30)


def serve(sock):
    try:
        with sock:
            sock.settimeout(30)
            {"portal": portal, "tunnel": tunnel}[kind](sock)
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0))
with open(port_file + ".new", "w") as out:
    out.write(str(listener.getsockname()[1]))
os.rename(port_file + ".new", port_file)
while True:
    guest, _ = listener.accept()
    threading.Thread(target=serve, args=(guest,), daemon=True).start()
