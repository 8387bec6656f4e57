#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""The proxy against a server that sends back what it gets, in this process. Times are judged from
below alone: a busy machine is slow, and no link is faster than it says."""
import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PROGRAM = sys.argv[1]
PATIENCE_S = 60


def pattern(n):
    return bytes((i * 131 + i // 256) & 0xFF for i in range(n))


class Echo:
    """Notes what each connection brought."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = []
        self.ended = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            got = bytearray()
            ended = threading.Event()
            self.got.append(got)
            self.ended.append(ended)
            threading.Thread(target=self.serve, args=(sock, got, ended), daemon=True).start()

    def connection(self, number):
        """What is set when the connection of that number has ended."""
        end = time.monotonic() + PATIENCE_S
        while len(self.ended) <= number:
            assert time.monotonic() < end, "nobody came to the server"
            time.sleep(0.005)
        return self.ended[number]

    @staticmethod
    def serve(sock, got, ended):
        try:
            while True:
                piece = sock.recv(65536)
                if not piece:
                    break
                got += piece
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        sock.close()
        ended.set()


class Proxy:
    def __init__(self, to, *options):
        if os.path.exists("link.port"):
            os.remove("link.port")
        self.process = subprocess.Popen(
            [PROGRAM, "--to", str(to), "--port-file", "link.port", *map(str, options)], stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # whatever comes of the test
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists("link.port"):
            assert time.monotonic() < end and self.process.poll() is None, "the proxy does not start"
            time.sleep(0.01)
        self.port = int(open("link.port").read())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=PATIENCE_S)
        return {key: int(value) for key, value in (line.split() for line in said.splitlines())}


def talk(port, data):
    """Sends, says that it has ended, reads to the end. Returns what came and how it ended."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    came = bytearray()
    end = "closed"

    def send():
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        while True:
            piece = sock.recv(65536)
            if not piece:
                break
            came += piece
    except ConnectionError:
        end = "reset"
    sender.join(PATIENCE_S)
    sock.close()
    return bytes(came), end


def equal(what, got, wanted):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def a_good_link_changes_nothing(echo):
    proxy = Proxy(echo.port)
    data = pattern(300000)
    equal("what comes back", talk(proxy.port, data)[0] == data, True)
    said = proxy.stop()
    equal("counts", (said["connections"], said["cut"], said["bytes_up"], said["bytes_down"]), (1, 0, 300000, 300000))


def a_cut_is_at_its_byte(echo):
    for way in "up", "down":
        for at in 0, 1, 2, 99, 1400, 1401, 70000:
            proxy = Proxy(echo.port, f"--cut-{way}", at, "--first", 1)
            data = pattern(100000)
            before = len(echo.got)
            came, _ = talk(proxy.port, data)
            if way == "down":
                equal(f"down {at}: bytes that came", came, data[:at])
            else:
                assert echo.connection(before).wait(PATIENCE_S), "the server's end stays open"
                equal(f"up {at}: bytes that went", bytes(echo.got[before]), data[:at])
            equal("the second connection", talk(proxy.port, data)[0] == data, True)
            equal("cut", proxy.stop()["cut"], 1)


def a_cut_can_be_a_reset(echo):
    proxy = Proxy(echo.port, "--cut-down", 10, "--reset")
    equal("how it ended", talk(proxy.port, pattern(100))[1], "reset")
    proxy.stop()


def every_so_many_bytes(echo):
    proxy = Proxy(echo.port, "--cut-every", 5000)
    for _ in range(3):
        assert len(talk(proxy.port, pattern(20000))[0]) < 5000, "cut too late"
    said = proxy.stop()
    equal("cut", said["cut"], 3)
    assert said["bytes_up"] + said["bytes_down"] <= 15000, said


def a_bit_turns_over(echo):
    proxy = Proxy(echo.port, "--corrupt", 100, "--within", 500, "--seed", 3)
    data = pattern(1000)
    for _ in range(5):
        came, _ = talk(proxy.port, data)
        wrong = [a ^ b for a, b in zip(came, data) if a != b]
        equal("wrong bytes", (len(came), len(wrong)), (1000, 1))
        equal("wrong bits", bin(wrong[0]).count("1"), 1)
    equal("corrupted", proxy.stop()["corrupted"], 5)


def silent_for(port, data, wait_s):
    """How many bytes come; the connection must still be open after the wait."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    sock.sendall(data)
    sock.settimeout(wait_s)
    n = 0
    try:
        while True:
            piece = sock.recv(65536)
            assert piece, "closed, and it should be silent"
            n += len(piece)
    except socket.timeout:
        return n
    finally:
        sock.close()


def a_hole_says_nothing(echo):
    proxy = Proxy(echo.port, "--hole", 100)
    equal("bytes", silent_for(proxy.port, pattern(100), 0.5), 0)
    said = proxy.stop()
    equal("holes, bytes", (said["holes"], said["bytes_up"]), (1, 0))
    proxy = Proxy(echo.port, "--silent", 100, "--within", 2000, "--seed", 5)
    assert silent_for(proxy.port, pattern(60000), 0.5) < 60000
    equal("silent", proxy.stop()["silent"], 1)


def slow_and_late(echo):
    proxy = Proxy(echo.port, "--latency", 50)
    start = time.monotonic()
    talk(proxy.port, b"x")
    took = time.monotonic() - start
    proxy.stop()
    assert took >= 0.199, f"connecting and a round trip at 2 × 50 ms: {took}"
    proxy = Proxy(echo.port, "--rate", 20000)
    start = time.monotonic()
    equal("all of it", len(talk(proxy.port, pattern(20000))[0]), 20000)
    took = time.monotonic() - start
    proxy.stop()
    assert took >= 0.99, f"20,000 bytes at 20,000 a second: {took}"
    proxy = Proxy(echo.port, "--read-max", 7, "--jitter", 2)
    equal("in small reads", talk(proxy.port, pattern(3000))[0], pattern(3000))
    proxy.stop()


def the_same_seed_the_same_luck(echo):
    def lengths(seed):
        proxy = Proxy(echo.port, "--cut", 50, "--within", 4000, "--seed", seed)
        out = [len(talk(proxy.port, pattern(5000))[0]) for _ in range(12)]
        return out, proxy.stop()["cut"]

    # What comes back of a connection that is cut on its way up depends on who is faster; that it is cut does not.
    first, second, other = lengths(7), lengths(7), lengths(8)
    equal("cut", first[1], second[1])
    equal("whole", [n == 5000 for n in first[0]], [n == 5000 for n in second[0]])
    assert 0 < first[1] < 12 and [n == 5000 for n in first[0]] != [n == 5000 for n in other[0]], "luck without chance"


def nobody_behind_it(echo):
    unused = socket.create_server(("127.0.0.1", 0))
    port = unused.getsockname()[1]
    unused.close()
    proxy = Proxy(port)
    equal("bytes", talk(proxy.port, b"x")[0], b"")
    equal("refused", proxy.stop()["refused"], 1)


def main():
    echo = Echo()
    for test in (a_good_link_changes_nothing, a_cut_is_at_its_byte, a_cut_can_be_a_reset, every_so_many_bytes,
                 a_bit_turns_over, a_hole_says_nothing, slow_and_late, the_same_seed_the_same_luck, nobody_behind_it):
        test(echo)
        print(test.__name__)


main()
