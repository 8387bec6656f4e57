#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Attachments at a county's server as PROTOCOL.md tells it, by a client that shares no code with the desk's.

  blobs.py reader  URL DESK STRANGER HASH FILE   who may read what; ranges; a desk of another village
  blobs.py writer  URL DESK HASH FILE            HASH is named in the ledger, and nothing of it has come yet"""
import base64
import hashlib
import socket
import sys
import time
import urllib.parse

from hostile import VILLAGE, address, check, device_of, explained, field, fresh_nonce, raw, request, signed

TUS = ("Tus-Resumable", "1.0.0")
BYTES = ("Content-Type", "application/offset+octet-stream")
QUERY = "ledger=" + urllib.parse.quote(VILLAGE, safe="")


class Client:
    def __init__(self, url, folder):
        self.url, self.key = url, device_of(folder)
        self.host = "%s:%d" % address(url)
        self.nonce = fresh_nonce(url, self.key)

    def bytes_of(self, method, path, body=b"", headers=(), query=""):
        plain = signed(self.key, method, path, body, self.nonce, query)
        line, rest = plain.split(b"\r\n", 1)
        more = "".join(f"{k}: {v}\r\n" for k, v in headers).encode()
        return line + b"\r\n" + more + rest

    def ask(self, method, path, body=b"", headers=(), query=""):
        return raw(self.url, self.bytes_of(method, path, body, headers, query))

    def create(self, name, size, ledger=VILLAGE, version=TUS):
        metadata = "ledger %s,sha256 %s" % tuple(base64.b64encode(t.encode()).decode() for t in (ledger, name))
        return self.ask("POST", "/v1/blobs", headers=(version, ("Upload-Length", size), ("Upload-Metadata", metadata)))

    def head(self, name):
        status, head, _ = self.ask("HEAD", f"/v1/blobs/{name}", headers=(TUS,), query=QUERY)
        return status, field(head, "Upload-Offset"), field(head, "Upload-Length")

    def patch(self, name, offset, body, headers=()):
        return self.ask("PATCH", f"/v1/blobs/{name}", body, (TUS, ("Upload-Offset", offset)) + (headers or (BYTES,)), QUERY)

    def get(self, name, *headers):
        return self.ask("GET", f"/v1/blobs/{name}", headers=headers, query=QUERY)


def reader(url, desk, stranger, name, file):
    content = open(file, "rb").read()
    me, other, path = Client(url, desk), Client(url, stranger), f"/v1/blobs/{name}"
    status, _, body = me.get(name)
    check("who reads the ledger reads its attachments", status == 200 and body == content, status)
    status, _, body = raw(url, request("GET", path + "?" + QUERY))
    check("nobody else: not without a signature", status == 401 and explained(body), status)
    status, _, body = other.get(name)
    check("not the desk of another village", status == 403 and explained(body) and content[:64] not in body, status)
    check("nor does it learn whether there is one", other.head(name)[0] == 403 and other.head("00" * 32)[0] == 403)
    check("nor may it bring one", other.create(name, len(content))[0] == 403)
    check("a range", me.get(name, ("Range", "bytes=10-19"))[2] == content[10:20])
    status, head, body = me.get(name, ("Range", "bytes=100-"))
    check("a range to the end", (status, body) == (206, content[100:]) and field(head, "Content-Range") == f"bytes 100-{len(content) - 1}/{len(content)}")
    check("the last bytes", me.get(name, ("Range", "bytes=-7"))[2] == content[-7:])
    status, head, _ = me.get(name, ("Range", f"bytes={len(content)}-"))
    check("a range that is not there", status == 416 and field(head, "Content-Range") == f"bytes */{len(content)}", status)
    status, _, body = me.get(name, ("Range", "lines=1-2"))
    check("what is no range gets the whole", status == 200 and body == content, status)
    check("one that is not there", me.get("00" * 32)[0] == 404)
    check("a name that is none", me.get("zz")[0] == 400)


def writer(url, desk, name, file):
    content = open(file, "rb").read()
    size, me = len(content), Client(url, desk)
    status, head, _ = me.ask("OPTIONS", "/v1/blobs")
    check("the server says what of tus it speaks", status == 204 and field(head, "Tus-Version") == "1.0.0" and
          set(field(head, "Tus-Extension").split(",")) == {"creation", "checksum"} and field(head, "Tus-Checksum-Algorithm") == "sha256")
    check("another version is told so", me.create(name, size, version=("Tus-Resumable", "0.2.2"))[0] == 412)
    check("what no change names is not taken", me.create("11" * 32, 100)[0] == 409)
    check("nor another length than the change says", me.create(name, size + 1)[0] == 413)
    check("nor for a ledger that is none", me.create(name, size, ledger="nowhere")[0] == 403)
    check("nor without a length", me.ask("POST", "/v1/blobs", headers=(TUS,))[0] == 400)
    check("nothing is there before it is announced", me.head(name)[:2] == (404, ""))
    check("nor can a piece come", me.patch(name, 0, content[:10])[0] == 404)
    status, head, _ = me.create(name, size)
    check("it is announced", status == 201 and field(head, "Upload-Offset") == "0" and field(head, "Location").startswith("/v1/blobs/" + name), status)
    check("twice is the same", me.create(name, size)[0] == 201)
    check("nothing is given before all is here", me.get(name)[0] == 404)
    check("a piece needs its type", me.patch(name, 0, content[:10], (("Content-Type", "image/jpeg"),))[0] == 415)
    check("and its place", me.patch(name, 5, content[5:10])[0] == 409)
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    check("a piece that is not what its checksum says", me.patch(name, 0, content[:1000], (BYTES, ("Upload-Checksum", "sha256 " + wrong)))[0] == 460)
    check("a checksum of another kind", me.patch(name, 0, content[:1000], (BYTES, ("Upload-Checksum", "crc32 AAAA")))[0] == 400)
    check("changes nothing", me.head(name) == (200, "0", str(size)))
    right = base64.b64encode(hashlib.sha256(content[:1000]).digest()).decode()
    status, head, _ = me.patch(name, 0, content[:1000], (BYTES, ("Upload-Checksum", "sha256 " + right)))
    check("a piece with its checksum", (status, field(head, "Upload-Offset")) == (204, "1000"), status)

    # A line that breaks in the middle of a piece, wherever it may.
    at = 1000
    for part in (0, 1, 700, 3000):
        whole = me.bytes_of("PATCH", f"/v1/blobs/{name}", content[at:], (TUS, BYTES, ("Upload-Offset", at)), QUERY)
        with socket.create_connection(address(url)) as s:
            s.sendall(whole[:len(whole) - (size - at) + part])
            s.shutdown(socket.SHUT_WR)
            s.settimeout(20)
            try:
                while s.recv(4096):
                    pass
            except OSError:
                pass
        at += part
        deadline = time.monotonic() + 20
        while me.head(name)[1] != str(at) and time.monotonic() < deadline:
            time.sleep(0.05)
        check(f"{part} bytes of a piece that breaks off are kept", me.head(name) == (200, str(at), str(size)), me.head(name))
    check("more than its length is not taken", me.patch(name, at, content[at:] + b"x")[0] in (400, 413))
    status, _, body = me.patch(name, at, bytes(size - at))
    check("what all comes to must be what was signed", status == 422 and explained(body), status)
    check("else nothing of it stays", me.head(name) == (200, "0", str(size)))
    check("then all of it", me.patch(name, 0, content)[0] == 204)
    check("and it is given", me.get(name)[2] == content)
    check("there is nothing more to bring", me.patch(name, size, b"x")[0] in (400, 413))


{"reader": reader, "writer": writer}[sys.argv[1]](*sys.argv[2:])
