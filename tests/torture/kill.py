# SPDX-License-Identifier: MulanPSL-2.0
"""kill: kill -9 of the laptop's program or of the server at random moments of import, save and sync; then
everything is started again and must hold (county.py: check_desks, check_all).

    kill.py --build BUILD --folder EMPTY --seed N [--seconds N] --kills N

A round is a save, an import, or saves through `huce serve`, and then the sync that would bring it to the
county, each with a kill; now and then what is started again is killed as well. The seed decides what is done, who dies and when:
half of the moments are counted from the start of the command, half from the first byte that the victim
writes into its database, because most of a save is spent in unlocking the key. A command that ends before
its moment has come is no kill and is not counted; what it confirmed counts, and next time the moment is
sought earlier.
"""
import collections
import os
import random
import signal
import subprocess
import sys
import threading
import time

from county import (County, Deadline, DESKS, Failure, Ledger, LIMIT_S, Service, Work, arguments,
                    torture)

SAVES = {'import': 6, 'put': 3, 'edit': 2, 'delete': 1}


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
        self.moments = {}  # kind → since when → at most how many seconds

    def measure(self):
        """How long a command of each kind lives on this machine."""
        work, desk = self.work, DESKS[0]
        for make in (work.put, work.edit, lambda d: work.import_rows(d, 60), work.delete, work.sync):
            step = make(desk)
            before = time.monotonic()
            step.run()
            lives = time.monotonic() - before
            self.moments[step.kind] = {'its start': lives, 'the first write': lives / 4}

    def save(self, desk):
        kind = self.luck.choices(list(SAVES), list(SAVES.values()))[0]
        if kind == 'import':
            return self.work.import_rows(desk, self.luck.choice((5, 40, 150)))
        return {'put': self.work.put, 'edit': self.work.edit, 'delete': self.work.delete}[kind](desk)

    def wait(self, process, path, before, kind):
        """Until the moment has come; False: the command was done before."""
        since = self.luck.choice(('its start', 'the first write'))
        delay = self.luck.uniform(0, self.moments[kind][since])
        self.story += f', {delay * 1000:.1f} ms after {since}'
        while since == 'the first write' and stamp(path) == before and process.poll() is None:
            time.sleep(0.0002)
        end = time.monotonic() + delay
        while process.poll() is None and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.0005))
        hit = process.poll() is None
        self.moments[kind][since] *= 1.1 if hit else 0.7
        return hit

    def strike(self, step):
        """One command and, if it lives that long, one kill; what was confirmed is in the ledger."""
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
        self.recover(step.desk)

    def strike_service(self, desk):
        """huce serve dies while a page saves one household after the other, and exchanges."""
        service, ledger = Service(self.county, desk), self.work.ledger
        delay = self.luck.uniform(0, 0.25)
        self.story = f'{desk} serve: kill it {delay * 1000:.1f} ms after unlocking'
        timer = threading.Timer(delay, service.kill)
        timer.start()
        try:
            if self.luck.random() < 0.5:
                service.post('/api/sync', {})
            while True:
                row = self.work.new_row()
                n = ledger.attempt(desk, 'put', [row])
                fields = {'household_code': row[0], 'address': row[1]}
                ledger.confirm(n, 1, service.post('/api/records/household', {'fields': fields})['id'])
        except ConnectionError:
            self.counts['service: laptop'] += 1
        finally:
            timer.join()
        self.recover(desk)

    def recover(self, desk):
        """Starts what is down; one time in eight it is killed on its way up."""
        victim = desk if self.county.server else 'server'
        if self.luck.random() < 0.125:
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
    county = County(args.folder, args.build, closed=args.closed)
    ledger = Ledger(os.path.join(args.folder, 'acknowledged.jsonl'))
    killing = Killing(county, Work(county, ledger, random.Random(args.seed)),
                      random.Random(args.seed))

    def work():
        county.begin()
        killing.measure()
        try:
            while sum(killing.counts.values()) < args.kills:
                deadline.check()
                desk = killing.luck.choice(DESKS)
                if killing.luck.random() < 0.25:
                    killing.strike_service(desk)
                else:
                    killing.strike(killing.save(desk))
                county.check_desks(ledger, [desk])
                killing.strike(killing.work.sync(desk))
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
