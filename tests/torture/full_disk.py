# SPDX-License-Identifier: MulanPSL-2.0
"""full_disk: the disk says no (ENOSPC, EIO; once, or from then on) at the N-th operation of a save, an
import or a sync, at the laptop or at the server. The command may fail, with an exit code and a sentence;
nothing confirmed is lost, a full disk can still be read, and with room again the same work goes through.

    full_disk.py --build BUILD --folder EMPTY --seed N [--seconds N]
        --cases N    a sample
        --every      each operation of each kind
"""
import collections
import errno
import os
import random
import signal
import subprocess
import sys

from county import (County, Deadline, DESKS, Failure, Ledger, LIMIT_S, Work, arguments, torture)

KINDS = ('put', 'import', 'delete', 'resolve', 'rebuild', 'sync', 'sync at the server')
ERRORS = ('ENOSPC', 'EIO')


class FullDisk:
    def __init__(self, county, ledger, luck, deadline):
        self.county, self.ledger, self.deadline = county, ledger, deadline
        self.work = Work(county, ledger, luck)
        self.counter = os.path.join(county.root, 'count')
        self.recorder = {
            'LD_PRELOAD': os.path.join(county.build, 'tests/torture/recorder.so'),
            'HUCE_DISK_ROOT': os.path.join(county.root, 'machines'),
            'HUCE_DISK_COUNT': self.counter}
        self.counts = collections.Counter()
        self.story = ''

    def faulty(self, fail):
        """The environment in which the operation `fail` fails; None: none does."""
        return {**self.recorder, **({'HUCE_DISK_FAIL': fail} if fail else {})}

    def ended_well(self, code, stderr):
        """Does a command that could not do its work say so?"""
        return code in (1, 3, 4) and stderr.strip()

    def make(self, kind):
        desk = DESKS[0]
        if kind == 'import':
            return self.work.import_rows(desk, 20)
        if kind == 'delete':
            return self.work.delete(desk)
        if kind == 'put':
            return self.work.put(desk)
        if kind == 'resolve':
            return self.work.resolve(desk)
        if kind == 'rebuild':
            return self.work.rebuild(desk)
        self.work.put(desk).run()  # something to send
        return self.work.sync(desk)

    def run(self, step, fail):
        """The command with a fault; its exit code. Confirmed when that is 0."""
        step.tried()
        env = {**self.county.env(), **self.faulty(fail)}
        done = subprocess.run(step.command, env=env, capture_output=True, text=True,
                              timeout=LIMIT_S)
        if done.returncode == 0:
            step.confirmed(done.stdout)
        elif not self.ended_well(done.returncode, done.stderr):
            raise Failure(f'exit {done.returncode}: {done.stderr[-1000:]}')
        return done.returncode

    def operations(self):
        with open(self.counter) as f:
            return int(f.read())

    def laptop(self, kind, n, error, how):
        """False: the command has fewer operations."""
        number = getattr(errno, error)
        code = self.run(self.make(kind), f'{n}:{number}:{how}')
        hit = self.operations() >= n
        if error == 'ENOSPC' and how == 'stay':
            self.county.extra_env = self.faulty(f'1:{number}:stay')
            self.county.check_desks(self.ledger, DESKS[:1])
            self.county.extra_env = {}
        self.county.check_desks(self.ledger, DESKS[:1])
        self.counts[f'{kind}: exit {code}' if hit else 'not reached'] += 1
        return hit

    def server_ended(self, code):
        raise Failure(f'the server ended: {code}')

    def hit_by(self, n):
        return self.operations() >= n

    def server(self, n, fail):
        self.county.stop_server()
        self.county.extra_env = self.faulty(fail)
        try:
            self.county.start_server()
        except Failure:
            self.county.server = None
        self.county.extra_env = {}
        code = self.run(self.make('sync'), None) if self.county.server else 'start refused'
        if self.county.server and self.county.server.poll() is not None:
            self.server_ended(self.county.server.returncode)
        self.county.stop_server()
        hit = self.hit_by(n)
        self.counts[f'sync at the server: {code}' if hit else 'not reached'] += 1
        self.county.start_server()
        return hit

    def case(self, kind, n, error, how):
        self.deadline.check()
        self.story = f'{kind}, operation {n}: {error} {how}'
        hit = (self.server(n, f'{n}:{getattr(errno, error)}:{how}') if kind == KINDS[-1]
               else self.laptop(kind, n, error, how))
        self.ledger.settle(self.county.check_all(self.ledger, DESKS))
        return hit


def main():
    parser = arguments(__doc__)
    parser.add_argument('--cases', type=int, default=30)
    parser.add_argument('--every', action='store_true')
    args = parser.parse_args()
    deadline, luck = Deadline(args.seconds), random.Random(args.seed)
    county = County(args.folder, args.build)
    disk = FullDisk(county, Ledger(os.path.join(args.folder, 'acknowledged.jsonl')), luck, deadline)
    combinations = [(kind, error, how) for kind in KINDS for error in ERRORS
                    for how in ('once', 'stay')]

    def work():
        county.begin()
        disk.work.import_rows(DESKS[0], 30).run()
        try:
            for i in range(0 if args.every else args.cases):
                kind, error, how = combinations[i % len(combinations)]
                disk.case(kind, luck.randint(1, 12), error, how)
            for kind, error, how in combinations if args.every else ():
                n = 1
                while disk.case(kind, n, error, how):
                    n += 1
        except Failure as failure:
            raise Failure(f'{disk.story}: {failure}') from None
        return f'{sum(disk.counts.values())} cases'

    try:
        return torture(args.seed, deadline, args.folder, disk.counts, work)
    finally:
        county.stop_server(signal.SIGKILL)


if __name__ == '__main__':
    sys.exit(main())
