#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""waiting.py URL DESK CODE SIZE: a desk's device asks GET /v1/wait for one ledger; prints the status, then the seconds
that it took. Ends with 1 when the answer is not 200."""
import sys
import time

from hostile import device_of, field, raw, signed

url, desk, code, size = sys.argv[1:]
device = device_of(desk)
nonce = field(raw(url, signed(device, "GET", "/v1/ledgers"))[1], "Huce-Nonce")
begun = time.monotonic()
status = raw(url, signed(device, "GET", "/v1/wait", nonce=nonce, query=f"ledger=622924.huce/{code}&size={size}"), timeout=120)[0]
print(status)
print(f"{time.monotonic() - begun:.2f}")
sys.exit(status != 200)
