# SPDX-License-Identifier: MulanPSL-2.0
"""full_memory: there is no more memory at the N-th allocation of a command, or of the server, once or
from then on, whoever asks for it: the programs, SQLite, libcurl, jansson, libuv. A program of ours says so
and ends at once, as if it had been killed; nothing confirmed is lost, and the next run goes on.

    full_memory.py --build BUILD --folder EMPTY --seed N [--seconds N] [--cases N]
"""
import os
import random
import signal
import sys

from county import DESKS, County, Deadline, Failure, Ledger, arguments, torture
from full_disk import KINDS, FullDisk


class FullMemory(FullDisk):
    ABORTED = (-signal.SIGABRT, 128 + signal.SIGABRT)

    def __init__(self, *args):
        super().__init__(*args)
        self.recorder = {
            'LD_PRELOAD': os.path.join(self.county.build, 'tests/torture/memory.so'),
            'HUCE_MEMORY_COUNT': self.counter}
        self.sizes = {}  # allocations of each kind of command when nothing fails, in stages

    def faulty(self, fail):
        return {**self.recorder, **({'HUCE_MEMORY_FAIL': fail} if fail else {})}

    def ended_well(self, code, stderr):
        return ((code != 4 and super().ended_well(code, stderr))  # nothing is damaged
                or (code in self.ABORTED and 'out of memory' in stderr.lower()))

    def server_ended(self, code):
        if code not in self.ABORTED:
            super().server_ended(code)
        with open(os.path.join(self.county.root, 'server.log'), errors='replace') as f:
            if 'out of memory' not in f.read()[-2000:].lower():
                raise Failure(f'the server ended: {code}, and does not say why')
        self.county.server = None

    def choose(self, kind, luck):
        """An allocation of such a command; at the server one of those that a sync needs, or of its start."""
        if kind not in self.sizes:
            self.sizes[kind] = self.server_sizes() if kind == KINDS[-1] else [self.size(kind)]
        last = luck.choice(self.sizes[kind])
        first = max([n for n in self.sizes[kind] if n < last], default=0)
        if first:  # not those of its orderly end
            last = first + max(1, (last - first) // 2)
        return luck.randint(first + 1, last)

    def size(self, kind):
        self.run(self.make(kind), None)
        return self.operations()

    def server_sizes(self):
        sizes = []
        for sync in (False, True):
            self.county.stop_server()
            self.county.extra_env = self.faulty(None)
            self.county.start_server()
            self.county.extra_env = {}
            if sync:
                self.make('sync').run()
            self.county.stop_server()
            sizes.append(self.operations())
            self.county.start_server()
        return sizes

    def hit_by(self, n):
        return not os.path.exists(self.counter) or self.operations() >= n  # aborted: no count

    def case(self, kind, n, how):
        self.deadline.check()
        self.story = f'{kind}, allocation {n} fails {how}'
        if os.path.exists(self.counter):
            os.unlink(self.counter)
        if kind == KINDS[-1]:
            self.server(n, f'{n}:{how}')
        else:
            code = self.run(self.make(kind), f'{n}:{how}')
            self.counts[f'{kind}: {code}' if self.hit_by(n) else 'not reached'] += 1
            self.county.check_desks(self.ledger, DESKS[:1])
        self.ledger.settle(self.county.check_all(self.ledger, DESKS))


def main():
    parser = arguments(__doc__)
    parser.add_argument('--cases', type=int, default=30)
    args = parser.parse_args()
    deadline, luck = Deadline(args.seconds), random.Random(args.seed)
    county = County(args.folder, args.build)
    memory = FullMemory(county, Ledger(os.path.join(args.folder, 'acknowledged.jsonl')), luck, deadline)

    def work():
        county.begin()
        memory.work.import_rows(DESKS[0], 30).run()
        try:
            for i in range(args.cases):
                kind, how = KINDS[i % len(KINDS)], ('once', 'stay')[i // len(KINDS) % 2]
                memory.case(kind, memory.choose(kind, luck), how)
        except Failure as failure:
            raise Failure(f'{memory.story}: {failure}') from None
        return f'{sum(memory.counts.values())} cases'

    try:
        return torture(args.seed, deadline, args.folder, memory.counts, work)
    finally:
        county.stop_server(signal.SIGKILL)


if __name__ == '__main__':
    sys.exit(main())
