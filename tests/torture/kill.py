# SPDX-License-Identifier: MulanPSL-2.0
"""kill: kill -9 of the laptop's program or of the server at random moments of import, save and sync; then
everything is started again and must hold (county.py: check_desks, check_all).

    kill.py --build BUILD --folder EMPTY --seed N [--seconds N] --kills N

The seed decides what is done, who dies and when. Half of the moments are counted from the start of the
command, half from the first byte that the victim writes into its database, because most of a save is
spent in unlocking the key. A command that ends before its moment has come is no kill and is not
counted; what it confirmed counts. Now and then what is started again is killed as well.
"""
import collections
import os
import random
import signal
import subprocess
import sys
import time

from county import (County, Deadline, DESKS, Failure, Ledger, LIMIT_S, Work, arguments, torture)

KINDS = {'import': 6, 'put': 3, 'edit': 2, 'delete': 1, 'sync': 10}
WRITING_S = {'import': 0.03, 'put': 0.006, 'edit': 0.006, 'delete': 0.006, 'sync': 0.06}


def database(county, machine):
    return os.path.join(county.folder(machine),
                        'huced.db-wal' if machine == 'server' else 'desk.db-wal')


def stamp(path):
    """Moves when something is written; an empty file is as good as none."""
    try:
        st = os.stat(path)
        return (st.st_size, st.st_mtime_ns) if st.st_size else None
    except FileNotFoundError:
        return None


class Killing:
    def __init__(self, county, work, luck):
        self.county, self.work, self.luck = county, work, luck
        self.counts = collections.Counter()
        self.story = ''
        self.typical_s = {}

    def measure(self):
        """How long a command of each kind lives on this machine."""
        work, desk = self.work, DESKS[0]
        for make in (work.put, work.edit, lambda d: work.import_rows(d, 60), work.delete, work.sync):
            step = make(desk)
            before = time.monotonic()
            step.run()
            self.typical_s[step.kind] = time.monotonic() - before

    def choose(self):
        kind = self.luck.choices(list(KINDS), list(KINDS.values()))[0]
        desk = self.luck.choice(DESKS)
        if kind == 'import':
            return self.work.import_rows(desk, self.luck.choice((5, 40, 150)))
        return {'put': self.work.put, 'edit': self.work.edit, 'delete': self.work.delete,
                'sync': self.work.sync}[kind](desk)

    def wait(self, process, path, before, kind):
        """Until the moment has come; False: the command was done before."""
        if self.luck.random() < 0.5:
            delay = self.luck.uniform(0, self.typical_s[kind])
            self.story += f', {delay * 1000:.1f} ms after its start'
        else:
            delay = self.luck.uniform(0, WRITING_S[kind])
            self.story += f', {delay * 1000:.1f} ms after the first write'
            while stamp(path) == before:
                if process.poll() is not None:
                    return False
        end = time.monotonic() + delay
        while (left := end - time.monotonic()) > 0:
            if process.poll() is not None:
                return False
            time.sleep(min(left, 0.0005))
        return process.poll() is None

    def strike(self):
        """One command and, if it lives that long, one kill; what was confirmed is in the ledger.
        Returns the desk."""
        step = self.choose()
        victims = [step.desk]
        if step.kind == 'sync':
            victims = self.luck.choice(([step.desk], ['server'], ['server', step.desk]))
        self.story = f'{step.desk} {step.kind}: kill {"+".join(victims)}'
        path = database(self.county, victims[0])
        before = stamp(path)
        step.tried()
        process = subprocess.Popen(step.command, env=self.county.env(), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        hit = self.wait(process, path, before, step.kind)
        if hit:
            if 'server' in victims:
                self.county.stop_server(signal.SIGKILL)
            if step.desk in victims:
                process.kill()
        out, err = process.communicate(timeout=LIMIT_S)
        if process.returncode == 0:
            step.confirmed(out)
        elif not hit:
            raise Failure(f'exit {process.returncode} without a kill: {err[-1000:]}')
        elif process.returncode not in (-signal.SIGKILL, 3):
            raise Failure(f'exit {process.returncode}, expected killed or 3: {err[-1000:]}')
        if hit:
            self.counts.update(f'{step.kind}: {v if v == "server" else "laptop"}' for v in victims)
        return step.desk

    def recover(self, desk):
        """Starts what is down; one time in five it is killed on its way up."""
        victim = desk if self.county.server else 'server'
        if self.luck.random() < 0.2:
            delay = self.luck.uniform(0, 0.06)
            command = (self.county.serve_command() if victim == 'server'
                       else self.county.command(victim, 'status'))
            process = subprocess.Popen(command, env=self.county.env(), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(delay)
            if process.poll() is None:
                self.counts['starting: ' + ('server' if victim == 'server' else 'laptop')] += 1
            process.kill()
            process.wait(LIMIT_S)
        if not self.county.server:
            self.county.start_server()


def main():
    parser = arguments(__doc__)
    parser.add_argument('--kills', type=int, default=100)
    args = parser.parse_args()
    deadline = Deadline(args.seconds)
    county = County(args.folder, args.build)
    ledger = Ledger(os.path.join(args.folder, 'acknowledged.jsonl'))
    killing = Killing(county, Work(county, ledger, random.Random(args.seed)),
                      random.Random(args.seed))

    def work():
        county.begin()
        killing.measure()
        try:
            while sum(killing.counts.values()) < args.kills:
                deadline.check()
                desk = killing.strike()
                killing.recover(desk)
                county.check_desks(ledger, [desk])
                ledger.settle(county.check_all(ledger, [desk, *(d for d in DESKS if d != desk)]))
        except Failure as failure:
            raise Failure(f'kill {sum(killing.counts.values())}, {killing.story}: {failure}') from None
        return (f'{sum(killing.counts.values())} kills; {len(ledger.entries)} saves were tried,'
                f' {sum(ledger.acked.values())} changes confirmed or seen')

    try:
        return torture(args.seed, deadline, args.folder, killing.counts, work)
    finally:
        county.stop_server(signal.SIGKILL)


if __name__ == '__main__':
    sys.exit(main())
