# SPDX-License-Identifier: MulanPSL-2.0
"""power_cut: the ordinary programs work under the recorder (recorder.c); from its record come the disks
that a power cut at any of its operations could have left (disk.py); on each the ordinary programs are
started again, go on working, and everything confirmed must be there (county.py).

    power_cut.py --build BUILD --folder EMPTY --seed N [--seconds N] [--work days|small|founding]
        --cuts N    spread over phases and patterns
        --every     at every operation, with every pattern
        --during W  only in phases whose name holds this word

The disk of one machine is cut (now and then all three); what the others had then stays whole. Of days of
work, each fifth cut is followed by a second one during recovery.
--lies: a sync that does nothing. --program: another huce, with a planted fault. Both must fail.
"""
import collections
import hashlib
import os
import random
import shutil
import signal
import sys

from county import (County, Deadline, DESKS, Failure, Ledger, VILLAGE, Work, arguments, torture)
from disk import Machines, PATTERNS, add_mark, read_record, same_as_real, write_image

MACHINES = ('server', *DESKS)


class Recording:
    """Work of a county under the recorder. Marks in the record: "phase NAME", "try N", "ok N",
    "done WORD"."""

    def __init__(self, county, ledger, lies=False):
        self.county, self.ledger, self.first = county, ledger, len(ledger.entries)
        self.record = os.path.join(county.root, 'record')
        open(self.record, 'w').close()
        self.roots = {m: county.machine(m) for m in MACHINES}
        self.start = Machines(self.roots.values(), lies)
        county.extra_env = {
            'LD_PRELOAD': os.path.join(county.build, 'tests/torture/recorder.so'),
            'HUCE_DISK_ROOT': os.path.join(county.root, 'machines'),
            'HUCE_DISK_RECORD': self.record}

    def mark(self, text):
        add_mark(self.record, text)

    def step(self, step):
        self.mark(f'phase {step.desk} {step.kind}')
        step.tried()
        if step.number is not None:
            self.mark(f'try {step.number}')
        step.confirmed(self.county.run(step.command).stdout)
        if step.number is not None:
            self.mark(f'ok {step.number}')

    def serve(self):
        self.mark('phase server start')
        self.county.start_server()

    def stop(self):
        self.mark('phase server stop')
        self.county.stop_server()

    def end(self):
        self.county.stop_server(signal.SIGKILL)
        self.county.extra_env = {}
        self.ops = read_record(self.record)


class Moments:
    """Walks through a recording; at each operation it knows what every disk holds, what had been
    tried and what confirmed."""

    def __init__(self, recording):
        self.recording = recording
        self.machines = recording.start
        self.tried, self.acked, self.done, self.phase = 0, [], [], ''
        self.at = -1

    def go(self, position):
        while self.at < position:
            self.at += 1
            op = self.recording.ops[self.at]
            if op.kind != 'K':
                self.machines.apply(op)
                continue
            word, rest = op.data.decode().split(' ', 1)
            if word == 'phase':
                self.phase = rest
            elif word == 'try':
                self.tried = int(rest) + 1
            elif word == 'ok':
                self.acked.append(int(rest))
            else:
                self.done.append(rest)

    def check_recorder(self):
        """At the end: the record says what the folders hold."""
        for name, root in self.recording.roots.items():
            wrong = same_as_real(self.machines.disks[root])
            if wrong:
                raise Failure(f'the recorder missed something of {name}: {wrong}')

    def images(self, victims, pattern, luck):
        """{machine: its disk after the cut}; those that were not cut are whole."""
        return {name: self.machines.disks[root].image(pattern if name in victims else 'all', luck)
                for name, root in self.recording.roots.items()}

    def cut(self, images, folder):
        """The county after the cut, and the ledger as of then."""
        old = self.recording
        shutil.rmtree(folder, ignore_errors=True)
        county = County(folder, old.county.build, old.county.port, old.county.closed)
        county.huce_program, county.desks = old.county.huce_program, old.county.desks
        for name, image in images.items():
            write_image(image, county.machine(name))
        before = [n for n in old.ledger.acked if n < old.first]
        ledger = old.ledger.copy(os.path.join(folder, 'acknowledged.jsonl'),
                                 max(self.tried, old.first), before + self.acked)
        return county, ledger


def days(recording, luck):
    """Both laptops save and import, exchange with the county in turns, and the server starts anew."""
    work = Work(recording.county, recording.ledger, luck)
    east, west = luck.sample(DESKS, 2)
    recording.serve()
    for step in (lambda: work.import_rows(east, luck.randint(20, 60)), lambda: work.put(west),
                 lambda: work.sync(east), lambda: work.put(east), lambda: work.edit(east),
                 lambda: work.sync(west), lambda: work.edit(west), lambda: work.sync(west)):
        recording.step(step())
    recording.stop()
    for step in (lambda: work.import_rows(west, luck.randint(300, 500)), lambda: work.edit(west),
                 lambda: work.delete(east), lambda: work.put(east)):
        recording.step(step())
    recording.serve()
    for step in (lambda: work.sync(west), lambda: work.sync(east), lambda: work.put(west),
                 lambda: work.sync(west)):
        recording.step(step())
    recording.stop()


def small(recording, luck):
    work = Work(recording.county, recording.ledger, luck)
    recording.serve()
    for step in (lambda: work.import_rows('east', 3), lambda: work.put('west'),
                 lambda: work.sync('east'), lambda: work.edit('east'), lambda: work.sync('west')):
        recording.step(step())
    recording.stop()


def founding(recording, luck):
    """From nothing: a county, a ledger, an invitation, a laptop that joins and works."""
    county, mark, desk = recording.county, recording.mark, recording.county.desks[0]
    mark('phase server init')
    county.found()
    mark('done founded')
    mark('phase server ledger')
    county.huced('ledger', 'add', VILLAGE)
    recording.serve()
    mark('phase server invite')
    invite = county.invite(desk)
    mark('done invited')
    mark(f'phase {desk} join')
    county.join(desk, invite)
    mark('done joined')
    work = Work(county, recording.ledger, luck)
    recording.step(work.put(desk))
    recording.step(work.sync(desk))
    recording.stop()


class Cutting:
    def __init__(self, args):
        self.args, self.deadline = args, Deadline(args.seconds)
        self.luck = random.Random(args.seed)
        self.counts = collections.Counter()
        self.story = ''
        self.code = 900000  # codes of households saved after a cut

    def prepare(self):
        county = County(os.path.join(self.args.folder, 'county'), self.args.build,
                        closed=self.args.closed)
        if self.args.program:
            county.huce_program = os.path.abspath(self.args.program)
        if self.args.work == 'founding':
            county.desks = DESKS[:1]
        else:
            county.begin()
            county.stop_server()
        ledger = Ledger(os.path.join(self.args.folder, 'acknowledged.jsonl'))
        work = {'days': days, 'small': small, 'founding': founding}[self.args.work]
        return self.record(county, ledger, lambda r: work(r, self.luck), self.args.lies)

    def record(self, county, ledger, work, lies=False):
        recording = Recording(county, ledger, lies)
        try:
            work(recording)
        finally:
            recording.end()
        return recording

    def plan(self, recording):
        """[(operation, pattern)]. A sample takes all phases alike whatever their length, imports and
        exchanges thrice."""
        phases, phase = collections.defaultdict(list), ''
        for i, op in enumerate(recording.ops):
            if op.kind != 'K':
                phases[phase].append(i)
            elif op.data.startswith(b'phase '):
                phase = op.data.decode()[len('phase '):]
        names = [name for name in sorted(phases) if self.args.during in name]
        if self.args.every:
            return [(i, p) for i in sorted(sum((phases[n] for n in names), [])) for p in PATTERNS]
        names += [name for name in names if name.endswith(('import', 'sync'))] * 2
        self.luck.shuffle(names)
        return sorted((self.luck.choice(phases[names[k % len(names)]]),
                       PATTERNS[(k + k // len(PATTERNS)) % len(PATTERNS)])
                      for k in range(self.args.cuts))

    def victims(self, recording, op):
        if self.luck.random() < 0.15:
            return MACHINES
        root = recording.start.of(op).root
        return [m for m in MACHINES if recording.roots[m] == root]

    def go_on(self, county, ledger, done, victims):
        """After a cut: what was confirmed is there; work goes on; everything meets everywhere."""
        if self.args.work == 'founding':
            self.found_again(county, done)
        desks = [desk for desk in county.desks if desk in victims]
        try:
            county.start_server()
            county.check_desks(ledger, desks)
            if desks:
                self.code += 1
                Work(county, ledger, self.luck, self.code).put(self.luck.choice(desks)).run()
            county.check_all(ledger)
        finally:
            county.stop_server(signal.SIGKILL)

    def found_again(self, county, done):
        """What people do when founding or joining was cut off: the same again."""
        desk = county.desks[0]
        if 'founded' not in done:
            county.found(ok=(0, 1))  # 1: it is there already
        county.huced('ledger', 'add', VILLAGE)
        county.start_server()
        if 'joined' not in done:
            if 'invited' in done:  # the same invitation goes on, also when the county has granted it
                invite = os.path.join(self.args.folder, 'county', f'invite-{desk}')
            else:
                invite = county.invite(desk)
            county.join(desk, invite)
            left = [n for n in os.listdir(county.machine(desk)) if n != 'data']
            if left:
                raise Failure(f'{desk} has joined and left {left} behind')
        elif not os.path.exists(os.path.join(county.folder(desk), 'desk.db')):
            raise Failure(f'{desk} had joined, and its data folder is gone')
        county.huce(desk, 'sync', '--json')
        county.stop_server()

    def recovery(self, recording):
        """What happens after a cut, under the recorder: for a second cut."""
        recording.serve()
        self.code += 1
        work = Work(recording.county, recording.ledger, self.luck, self.code)
        desk = self.luck.choice(recording.county.desks)
        recording.step(work.put(desk))
        recording.step(work.sync(desk))

    def run(self, recording, plan):
        moments, seen = Moments(recording), set()
        for position, pattern in plan:
            self.deadline.check()
            moments.go(position)
            victims = self.victims(recording, recording.ops[position])
            images = moments.images(victims, pattern, self.luck)
            if self.args.every and not self.is_new(images, moments, seen):
                self.counts['the same as another'] += 1
                continue
            self.story = self.tell(recording, position, victims, pattern, moments)
            county, ledger = moments.cut(images, os.path.join(self.args.folder, 'after'))
            self.counts['cuts'] += 1
            if self.args.work == 'days' and self.counts['cuts'] % 5 == 0:
                county, ledger = self.cut_again(county, ledger)
                victims = MACHINES
            self.go_on(county, ledger, moments.done, victims)
            self.counts['during ' + moments.phase.split(' ')[-1]] += 1
            self.counts['kept: ' + pattern] += 1
        moments.go(len(recording.ops) - 1)
        moments.check_recorder()

    @staticmethod
    def is_new(images, moments, seen):
        state = hashlib.sha256(repr((moments.tried, moments.acked, moments.done)).encode())
        for name, image in sorted(images.items()):
            for path, content in sorted(image.items()):
                state.update(f'{name} {path} {-1 if content is None else len(content)}\n'.encode())
                state.update(content or b'')
        known = state.digest() in seen
        seen.add(state.digest())
        return not known

    @staticmethod
    def tell(recording, position, victims, pattern, moments):
        return (f'after operation {position} ({recording.ops[position].kind}) during'
                f' {moments.phase}, of {"+".join(victims)}: {pattern} of what was not synced is kept')

    def cut_again(self, county, ledger):
        """Recovery is cut as well."""
        recording = self.record(county, ledger, self.recovery)
        moments = Moments(recording)
        position = self.luck.choice([i for i, op in enumerate(recording.ops) if op.kind != 'K'])
        pattern = self.luck.choice(PATTERNS)
        moments.go(position)
        victims = self.victims(recording, recording.ops[position])
        self.story += '; then, after that, ' + self.tell(recording, position, victims, pattern, moments)
        self.counts['second cuts'] += 1
        return moments.cut(moments.images(victims, pattern, self.luck),
                           os.path.join(self.args.folder, 'again'))


def main():
    parser = arguments(__doc__)
    parser.add_argument('--cuts', type=int, default=100)
    parser.add_argument('--work', choices=('days', 'small', 'founding'), default='days')
    parser.add_argument('--during', default='')
    parser.add_argument('--every', action='store_true')
    parser.add_argument('--lies', action='store_true')
    parser.add_argument('--program')
    args = parser.parse_args()
    args.folder = os.path.abspath(args.folder)
    cutting = Cutting(args)

    def work():
        try:
            recording = cutting.prepare()
            cutting.run(recording, cutting.plan(recording))
        except Failure as failure:
            raise Failure(f'cut {cutting.counts["cuts"]}, {cutting.story}: {failure}') from None
        cuts = cutting.counts['cuts'] + cutting.counts['second cuts']
        return f'{cuts} power cuts in a record of {len(recording.ops)} operations'

    return torture(args.seed, cutting.deadline, args.folder, cutting.counts, work)


if __name__ == '__main__':
    sys.exit(main())
