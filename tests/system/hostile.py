#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""What 50_hostile.sh sends to a county's server. Each check prints "ok - …" or "not ok - …".

  hostile.py record PORT TARGET OUT   a relay on PORT that keeps every request as OUT/NNN
  hostile.py strangers URL OUT        garbage, broken requests, requests of others, from nobody
  hostile.py insider URL OUT DESK     a granted desk's device signs what it should not
  hostile.py slow URL SECONDS         bodies that hardly come; says when it has begun, ends by itself
"""
import base64
import glob
import hashlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

import cbor2

PATHS = ("/v1/sync", "/v1/join", "/v1/wait", "/v1/ledgers", "/healthz", "/metrics", "/log/622924000000/checkpoint", "/", "/v1", "/x")
COUNTY, VILLAGE, OTHER = ("622924.huce/622924000000", "622924.huce/622924101001", "622924.huce/622924101002")
EMPTY_ROOT8 = hashlib.sha256(b"").digest()[:8]
chance = random.Random(622924)
failed = 0


def check(text, good, seen=""):
    global failed
    failed += not good
    print(("ok - " if good else "not ok - ") + text + ("" if good else f"\n  # {seen}"), flush=True)


# ---- HTTP by hand: nothing between these bytes and the server tidies them up ----

def address(url):
    host, port = url.split("//")[1].split(":")
    return host, int(port)


def raw(url, data, pieces=1, half_close=False, timeout=20):
    """Sends bytes, returns (status, head, body); status 0: the connection ended without an answer."""
    try:
        with socket.create_connection(address(url), timeout=timeout) as s:
            try:
                size = max(1, len(data) // pieces)
                for i in range(0, len(data), size):
                    s.sendall(data[i:i + size])
                if half_close:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has had enough; its answer may be here already
            return answer(s)
    except OSError:
        return 0, b"", b""


def answer(s):
    got = b""
    try:
        while b"\r\n\r\n" not in got:
            piece = s.recv(65536)
            if not piece:
                return 0, got, b""
            got += piece
        head, body = got.split(b"\r\n\r\n", 1)
        fields = {line.split(b":", 1)[0].strip().lower(): line.split(b":", 1)[1].strip()
                  for line in head.split(b"\r\n")[1:] if b":" in line}
        while len(body) < int(fields.get(b"content-length", b"0")):
            piece = s.recv(65536)
            if not piece:
                break
            body += piece
        return int(head[9:12]), head, body
    except (OSError, ValueError):
        return 0, got, b""


def request(method, path, body=b"", headers=(), host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{k}: {v}" for k, v in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def field(head, name):
    for line in head.split(b"\r\n"):
        if line.lower().startswith(name.lower().encode() + b":"):
            return line.split(b":", 1)[1].strip().decode()
    return ""


def explained(body):
    """An error that says in words what is wrong."""
    return b'"error"' in body and b'"text"' in body


# ---- signatures (RFC 9421) ----

class Key:
    def __init__(self, seed):
        self.file = tempfile.NamedTemporaryFile(suffix=".der")
        self.file.write(bytes.fromhex("302e020100300506032b657004220420") + seed)
        self.file.flush()
        public = subprocess.run(["openssl", "pkey", "-inform", "DER", "-in", self.file.name, "-pubout", "-outform", "DER"],
                                capture_output=True, check=True).stdout[-32:]
        self.kid = hashlib.sha256(bytes.fromhex("a3010120062158 20".replace(" ", "")) + public).hexdigest()

    def sign(self, message):
        with tempfile.NamedTemporaryFile() as f:
            f.write(message)
            f.flush()
            return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", self.file.name,
                                   "-in", f.name], capture_output=True, check=True).stdout


def device_of(folder):
    with open(f"{folder}/keys/device.key", "rb") as f:
        return Key(cbor2.load(f)[8])


def signed(key, method, path, body=b"", nonce="", query="", host="127.0.0.1", change=()):
    """A request with good headers, but for what `change` says about the values that are signed."""
    change = dict(change)
    digest = "sha-256=:" + base64.b64encode(hashlib.sha256(change.get("body", body)).digest()).decode() + ":"
    params = ('("@method" "@authority" "@path" "@query" "content-digest");created=1;nonce="%s";keyid="%s"'
              ';alg="ed25519";tag="huce-1"' % (nonce, change.get("kid", key.kid)))
    base = "\n".join(f'"{name}": {value}' for name, value in (
        ("@method", change.get("method", method)), ("@authority", change.get("host", host)),
        ("@path", change.get("path", path)), ("@query", "?" + change.get("query", query)),
        ("content-digest", digest), ("@signature-params", params)))
    signature = base64.b64encode(key.sign(base.encode())).decode()
    headers = (("Content-Digest", digest), ("Signature-Input", "huce=" + params), ("Signature", f"huce=:{signature}:"))
    return request(method, path + ("?" + query if query else ""), body, headers, host)


def fresh_nonce(url, key):
    return field(raw(url, signed(key, "GET", "/v1/ledgers"))[1], "Huce-Nonce")


# ---- messages ----

def zstd_frame(data, size=None):
    """One frame of stored blocks (RFC 8878), which says that it holds `size` bytes."""
    size = len(data) if size is None else size
    out = bytes.fromhex("28b52ffd") + b"\xe0" + size.to_bytes(8, "little")
    blocks = [data[i:i + 65536] for i in range(0, len(data), 65536)] or [b""]
    for i, block in enumerate(blocks):
        out += (len(block) << 3 | (i == len(blocks) - 1)).to_bytes(3, "little") + block
    return out


def sync_message(*ledgers, wants=0, streams=b""):
    return cbor2.dumps([1, [list(l) for l in ledgers], wants, streams], canonical=True)


def of(origin, segments=(), size=0, root8=EMPTY_ROOT8):
    return [origin, size, root8, list(segments)]


def recorded(out, path):
    """Kept requests to a path, in order: (bytes, head, body)."""
    for name in sorted(glob.glob(f"{out}/*")):
        data = open(name, "rb").read()
        if data.split(b"\r\n")[0].split(b" ")[1:2] == [path.encode()]:
            head, body = data.split(b"\r\n\r\n", 1)
            yield data, head, body


# ---- the relay ----

def record(port, target, out):
    os.makedirs(out, exist_ok=True)
    listener = socket.create_server(("127.0.0.1", port))
    count = 0

    def serve(client):
        nonlocal count
        with client, socket.create_connection(address(target)) as server:
            while True:
                got = b""
                while b"\r\n\r\n" not in got:
                    piece = client.recv(65536)
                    if not piece:
                        return
                    got += piece
                head, body = got.split(b"\r\n\r\n", 1)
                length = int(field(head, "Content-Length") or 0)
                if field(head, "Expect"):
                    client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                while len(body) < length:
                    body += client.recv(65536)
                count += 1
                with open(f"{out}/{count:03}", "wb") as f:
                    f.write(head + b"\r\n\r\n" + body)
                server.sendall(head + b"\r\n\r\n" + body)
                _, reply, content = answer(server)
                client.sendall(reply + b"\r\n\r\n" + content)

    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


# ---- strangers ----

def garbage(url):
    for path in PATHS:
        seen, worded = set(), True
        for _ in range(12):
            body = chance.randbytes(chance.choice((0, 1, 7, 330, 3000)))
            for method in ("GET", "POST", "PUT", "DELETE"):
                kind = chance.choice(("application/cbor", "application/json", "text/html", "multipart/form-data; boundary=x"))
                status, _, text = raw(url, request(method, path, body, (("Content-Type", kind),)))
                seen.add(status)
                worded &= status in (200, 204) or explained(text)
        check(f"garbage at {path} is answered in words", worded and seen <= {200, 204, 400, 401, 403, 404, 405, 411, 413}, sorted(seen))
    for _ in range(150):
        raw(url, chance.randbytes(chance.choice((1, 20, 500, 30000))), half_close=True, timeout=0.1)
    for _ in range(60):
        raw(url, request("GET", "/healthz")[:chance.randrange(1, 60)], half_close=True, timeout=0.1)
    check("bytes that are no HTTP harm nobody", raw(url, request("GET", "/healthz"))[0] == 200)


def broken_heads(url):
    for text, want, data in (
            ("Content-Length twice", {400}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
            ("Content-Length twice the same", {400}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
            ("Host twice", {400}, b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
            ("Content-Length beside chunks", {400}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("chunks", {411}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            ("a length that is no number", {0, 400}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 3x\r\n\r\nabc"),
            ("a negative length", {0, 400}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc"),
            ("a length beyond 64 bits", {0, 400, 413}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc"),
            ("no Host", {0, 400}, b"GET /healthz HTTP/1.1\r\n\r\n"),
            ("100 fields", {431}, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(100)) + b"\r\n"),
            ("10,000 bytes of head", {200}, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 10000 + b"\r\n\r\n"),
            ("a megabyte of head", {0, 413, 431, 500}, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * (1 << 20) + b"\r\n\r\n"),
            ("a path of 10,000 bytes", {400, 404, 414}, b"GET /" + b"a" * 10000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("another version", {0, 400, 505}, b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n"),
            ("a gigabyte announced, four megabytes sent", {0, 401, 413},
             b"POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n" + bytes(4 << 20)),
            ("a gigabyte for joining", {0, 413}, b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n" + bytes(4 << 20))):
        status, _, _ = raw(url, data)
        check(f"{text}: {'/'.join(map(str, sorted(want)))}", status in want, status)
    for path in ("/log/../../etc/passwd", "/log/622924000000/../../huced.db", "/log/%2e%2e/%2e%2e/huced.db", "/log//etc/passwd",
                 "/log/622924000000/checkpoint/../x", "/log/622924000000%2fcheckpoint", "/log/622924999999/checkpoint", "/log/", "//log/622924000000/checkpoint"):
        status, _, body = raw(url, request("GET", path))
        check(f"nothing at {path}", status == 404 and explained(body), (status, body[:80]))
    status, head, _ = raw(url, request("DELETE", "/v1/sync"))
    check("another method is told the right one", status == 405 and field(head, "Allow") == "POST", (status, head))


def strangers(url, out):
    garbage(url)
    broken_heads(url)
    nobody = Key(chance.randbytes(32))
    for method, path in (("POST", "/v1/sync"), ("GET", "/v1/wait"), ("GET", "/v1/ledgers")):
        status, head, body = raw(url, request(method, path, b"" if method == "GET" else b"abc"))
        check(f"{path} unsigned: 401", status == 401 and field(head, "Accept-Signature") and explained(body), status)
        status, head, body = raw(url, signed(nobody, method, path))
        check(f"{path} signed by a key that nobody granted: 403, and no nonce", status == 403 and not field(head, "Huce-Nonce"), status)

    data, head, body = list(recorded(out, "/v1/sync"))[-1]
    check("a recorded request again is answered again", raw(url, data)[0] == 200)
    for text, spoilt in (
            ("of a path that was not signed", data.replace(b"/v1/sync", b"/v1/sync?x=1", 1)),
            ("of another host", data.replace(b"Host: ", b"Host: x", 1)),
            ("with another body", data[:-1] + bytes([data[-1] ^ 1])),
            ("with the digest of another body", data.replace(b"sha-256=:", b"sha-256=:AAAA", 1)),
            ("with another nonce", data.replace(b'nonce="', b'nonce="0', 1)),
            ("without its digest", data.replace(b"Content-Digest", b"Content-Digust", 1))):
        status, _, _ = raw(url, spoilt)
        check(f"a recorded request {text} is refused", status in (400, 401), status)
    seen = set()
    for _ in range(150):
        at = chance.randrange(len(data))
        seen.add(raw(url, data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:], timeout=1)[0])
    check("a bit turned over anywhere: refused, or it did not matter", seen <= {0, 200, 400, 401, 403, 404, 405, 411, 413, 501, 505}, sorted(seen))
    for _ in range(60):
        raw(url, data[:chance.randrange(len(data))], half_close=True, timeout=0.1)
    join = next(recorded(out, "/v1/join"))[0]
    start = join.index(b"\r\n\r\n") + 4
    seen = set()
    for _ in range(100):
        at = chance.randrange(start, len(join))
        seen.add(raw(url, join[:at] + bytes([join[at] ^ 1 << chance.randrange(8)]) + join[at + 1:])[0])
    check("a joining with a bit turned over is refused", seen <= {400, 403}, sorted(seen))


# ---- an insider ----

def insider(url, out, desk):
    device = device_of(desk)
    nonce = fresh_nonce(url, device)

    def send(body, change=()):
        status, _, text = raw(url, signed(device, "POST", "/v1/sync", body, nonce, change=change))
        return status, text

    status, text = send(zstd_frame(sync_message(of(COUNTY))))
    check("its own request is good", status == 200, (status, text))
    status, head, text = raw(url, signed(device, "POST", "/v1/sync", b"", "0" * 32))
    check("a nonce that is not the server's: 401 with a good one", status == 401 and field(head, "Huce-Nonce") == nonce, (status, head))
    for name, value in (("method", "GET"), ("path", "/v1/join"), ("query", "a=1"), ("host", "other"), ("body", b"other")):
        status, text = send(zstd_frame(sync_message(of(COUNTY))), {name: value})
        check(f"a signature over another {name} is refused", status in (400, 401), (status, text))
    other = Key(chance.randbytes(32))
    status, _, text = raw(url, signed(other, "POST", "/v1/sync", b"", nonce, change={"kid": device.kid}))
    check("a signature by another key in its name is refused", status == 401, (status, text))

    junk = [chance.randbytes(chance.randrange(1, 400)) for _ in range(20)]
    deep = b"\x81" * 5000 + b"\x00"
    for text, want, body in (
            ("no zstd", {400}, b"abc"),
            ("empty", {400}, b""),
            ("a frame that says 8 GiB", {400, 413}, zstd_frame(b"", 8 << 30)),
            ("a frame that says more than it holds", {400}, zstd_frame(b"abc", 1000)),
            ("two frames", {400}, zstd_frame(sync_message(of(COUNTY))) * 2),
            ("a cut frame", {400}, zstd_frame(sync_message(of(COUNTY)))[:-5]),
            ("no CBOR", {400}, zstd_frame(b"\xff\xff")),
            ("deep nesting", {400}, zstd_frame(deep)),
            ("another version", {400}, zstd_frame(cbor2.dumps([2, [], 0, b""]))),
            ("ledgers without end", {400}, zstd_frame(b"\x84\x01\x9b\xff\xff\xff\xff\xff\xff\xff\xff")),
            ("a ledger twice", {400}, zstd_frame(sync_message(of(COUNTY), of(COUNTY)))),
            ("no name of a ledger", {400}, zstd_frame(sync_message(of("../../etc/passwd"))))):
        status, answered = send(body)
        check(f"a message that is {text}: {'/'.join(map(str, sorted(want)))}", status in want and explained(answered), (status, answered[:80]))
    status, text = send(zstd_frame(sync_message(of(VILLAGE, [[]] * 0, 1 << 60))))
    check("a cursor beyond the ledger is answered", status == 200, (status, text))
    status, text = send(zstd_frame(sync_message(of(OTHER))))
    check("a ledger out of its scope gives nothing", status == 200 and OTHER.encode() in text and len(text) < 200, (status, len(text)))
    status, text = send(zstd_frame(sync_message(of("622924.huce/622924999999"))))
    check("nor does one that is not there", status == 200 and len(text) < 200, (status, len(text)))
    for ledger in (VILLAGE, OTHER, COUNTY):
        status, text = send(zstd_frame(sync_message(of(ledger, [[0, j, b"", b""] for j in junk] + [[1, b""]]))))
        check(f"segments of junk for {ledger} are refused one by one", status == 200, (status, text[:80]))
    full = zstd_frame(sync_message(of(VILLAGE, [[b""]] * 60000)))
    status, text = send(full)
    check("60,000 segments of nothing are answered", status == 200 and len(text) < 1 << 20, (status, len(text)))
    for _ in range(30):
        frame = bytearray(zstd_frame(sync_message(of(VILLAGE, [[0, j, b"", b""] for j in junk]))))
        frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
        status, _ = send(bytes(frame))
        if status not in (200, 400, 413):
            check("a message with a bit turned over", False, status)
    for query in ("", "ledger=x", "ledger=" + VILLAGE, "size=1", f"ledger={VILLAGE}&size=-1", f"ledger={VILLAGE}&size=99999999999999999999",
                  f"ledger={VILLAGE}&size=%00", "&&&=&=", f"ledger={OTHER}&size=0&ledger=x"):
        status, _, text = raw(url, signed(device, "GET", "/v1/wait", b"", nonce, query), timeout=1)
        check(f"waiting for “{query}”: 400, or it waits", status in (400, 0), (status, text))


def slow(url, seconds):
    # Bodies that together are all that a server may be ready to keep, to the last byte.
    sizes = [8 << 20] * 9 + [1 << n for n in range(22, 3, -1)] * 2
    heads = [b"POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % n for n in sizes]
    heads += [b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n", b"GET /healthz HT"] * 7
    host = []
    for head in heads:
        s = socket.create_connection(address(url))
        s.sendall(head)
        host.append(s)
    time.sleep(1)
    print("dawdling", flush=True)
    end = time.time() + seconds
    while time.time() < end:
        for s in host:
            try:
                s.send(b"x")
            except OSError:
                pass
        time.sleep(0.3)


if __name__ == "__main__":
    action, arguments = sys.argv[1], sys.argv[2:]
    if action == "record":
        record(int(arguments[0]), arguments[1], arguments[2])
    elif action == "slow":
        slow(arguments[0], float(arguments[1]))
    else:
        {"strangers": strangers, "insider": insider}[action](*arguments)
    sys.exit(failed > 0)
