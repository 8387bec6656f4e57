# SPDX-License-Identifier: MulanPSL-2.0
"""county: a county server and two laptops of one village, run with the ordinary programs, and what must
hold of them after any accident.

The ledger of acknowledgements lies outside their data folders: before a command runs it is written down
what it will try, and after it has confirmed, that it did. From these two lines follows what must be
there (confirmed), what may be (tried), and what must not (anything else).
"""
import argparse
import csv
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import time

VILLAGE = '622924101001'
DESKS = ('east', 'west')
LIMIT_S = 120
PIN = '246810'
PASSPHRASE = '三岔路口的那棵 老榆树'


class Failure(Exception):
    """Something that was promised did not hold."""


class Ledger:
    """What was tried and what was confirmed, in order. Rows are (household code, address); the
    address None stands for a deletion. What was tried and not confirmed may have happened; once it
    has been seen (settle) it counts like the others, or must never appear."""

    def __init__(self, path):
        self.file = open(path, 'a')
        self.entries = []  # (desk, kind, rows)
        self.acked = {}    # number of an entry → changes that were confirmed
        self.never = set()  # numbers of entries that did not happen
        self.ids = {}      # household code → record id

    def copy(self, path, tried, acked):
        """The ledger as of an earlier moment, to be continued elsewhere."""
        other = Ledger(path)
        other.entries = self.entries[:tried]
        other.acked = {n: self.acked[n] for n in acked}
        other.ids = {self.entries[n][2][0][0]: self.ids[self.entries[n][2][0][0]]
                     for n in acked if self.entries[n][1] == 'put'}
        return other

    def _write(self, what):
        self.file.write(json.dumps(what, ensure_ascii=False) + '\n')
        self.file.flush()
        os.fsync(self.file.fileno())

    def attempt(self, desk, kind, rows):
        self.entries.append((desk, kind, rows))
        n = len(self.entries) - 1
        self._write({'try': n, 'desk': desk, 'kind': kind, 'rows': rows})
        return n

    def confirm(self, n, changes, record_id=None):
        self.acked[n] = changes
        if record_id:
            self.ids[self.entries[n][2][0][0]] = record_id
        self._write({'ok': n, 'changes': changes, 'id': record_id})

    def open_entries(self):
        return [n for n in range(len(self.entries)) if n not in self.acked and n not in self.never]

    def settle(self, rows):
        """rows: what is everywhere now."""
        there = {code: address for _, code, address in rows}
        for n in self.open_entries():
            wanted = self.entries[n][2]
            if all(there.get(code) == address for code, address in wanted):
                self.acked[n] = len(wanted)
            else:
                self.never.add(n)
            self._write({'seen': n, 'happened': n in self.acked})

    def expected(self):
        """({code: addresses it may have, None: absent}, {code: desk that wrote it})"""
        allowed, writer = {}, {}
        for n, (desk, _, rows) in enumerate(self.entries):
            for code, address in rows:
                writer[code] = desk
                if n in self.acked:
                    allowed[code] = {address}
                elif n not in self.never:
                    allowed.setdefault(code, {None}).add(address)
        return allowed, writer

    def check_rows(self, where, rows, desk=None):
        """rows: (id, code, address) as a machine lists them; desk: only what was saved there must
        be there yet."""
        allowed, writer = self.expected()
        seen = {}
        for record_id, code, address in rows:
            if code in seen:
                raise Failure(f'{where}: household {code} is there twice')
            seen[code] = address
            if desk not in (None, writer.get(code)):
                continue  # another desk's: as old as the last sync
            if address not in allowed.get(code, ()):
                raise Failure(f'{where}: household {code} holds {address!r}, expected one of'
                              f' {allowed.get(code)}')
            if self.ids.get(code, record_id) != record_id:
                raise Failure(f'{where}: household {code} is another record than the one confirmed')
        for code, addresses in allowed.items():
            if code not in seen and None not in addresses and desk in (None, writer[code]):
                raise Failure(f'{where}: household {code}, confirmed, is lost')
        for n in self.open_entries():
            writer_of, kind, wanted = self.entries[n]
            here = sum(code in seen for code, _ in wanted)
            if kind == 'import' and desk in (None, writer_of) and here not in (0, len(wanted)):
                raise Failure(f'{where}: {here} of the {len(wanted)} rows of one import are there')

    def check_changes(self, count, rows):
        """count: changes in the county's ledger; rows: the records there."""
        there = {code: address for _, code, address in rows}
        expected = sum(self.acked.values())
        for n in self.open_entries():
            expected += sum(there.get(code) == address for code, address in self.entries[n][2])
        if count != expected:
            raise Failure(f'the county holds {count} changes of {expected} that were saved')


class OutOfTime(Exception):
    """This machine is too slow, or too busy, for what was asked."""


class Deadline:
    def __init__(self, seconds):
        self.seconds, self.started = seconds, time.monotonic()

    def elapsed(self):
        return time.monotonic() - self.started

    def check(self):
        if self.seconds and self.elapsed() > self.seconds:
            raise OutOfTime


def arguments(description):
    """What every torture takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--build', required=True, help='folder of huce and huced')
    parser.add_argument('--folder', required=True, help='an empty folder to work in')
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--seconds', type=float, default=0, help='stop with exit code 77 after this')
    parser.add_argument('--closed', action='store_true', help='laptops lie under a start passphrase')
    return parser


def torture(seed, deadline, folder, counts, work):
    """Runs work() and tells what became of it: 0 held, 1 found something, 77 out of time.
    work returns a line; counts fills while it runs."""
    code, story = 0, ''
    try:
        story = work()
    except Failure as failure:
        code, story = 1, f'{failure}\nwhat was left is in {folder}'
    except OutOfTime:
        code, story = 77, 'out of time on this machine'
    print(f'seed {seed}, {deadline.elapsed():.0f} s: {story}')
    print('  ' + ', '.join(f'{what} {n}' for what, n in sorted(counts.items())))
    return code


def free_port():
    """Not one that the system gives to whoever connects: the server comes back to it."""
    while True:
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', random.SystemRandom().randint(20000, 30000)))
                return s.getsockname()[1]
            except OSError:
                continue


class County:
    """A machine's disk is root/machines/server, …/east or …/west, its data folder is data on it;
    the programs are those in `build`."""

    def __init__(self, root, build, port=None, closed=False):
        self.root, self.build, self.closed = os.path.abspath(root), os.path.abspath(build), closed
        self.port = port or free_port()
        self.desks = DESKS
        self.server = None
        self.huce_program = os.path.join(self.build, 'huce')
        self.extra_env = {}
        for name in ('server', *DESKS):
            os.makedirs(self.machine(name), exist_ok=True)
        self.pin = self._file('pin', PIN)
        self.passphrase = self._file('passphrase', PASSPHRASE)

    def _file(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, 'w') as f:
            f.write(text)
        return path

    def machine(self, name):
        return os.path.join(self.root, 'machines', name)

    def folder(self, name):
        return os.path.join(self.machine(name), 'data')

    def env(self):
        closed = {'HUCE_PASSPHRASE_FILE': self.passphrase} if self.closed else {}
        return {**os.environ, 'HUCE_PIN_FILE': self.pin, **closed, **self.extra_env}

    # ---- programs ----

    def command(self, desk, *args):
        return [self.huce_program, *args, '--data', self.folder(desk)]

    def huce(self, desk, *args, ok=(0,)):
        return self.run(self.command(desk, *args), ok)

    def huced(self, *args, ok=(0,)):
        return self.run([os.path.join(self.build, 'huced'), *args, '--data',
                          self.folder('server')], ok)

    def run(self, command, ok=(0,)):
        try:
            done = subprocess.run(command, env=self.env(), capture_output=True, text=True,
                                  timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Failure(f'{" ".join(command)}: no end after {LIMIT_S} s') from None
        if ok and done.returncode not in ok:
            raise Failure(f'{" ".join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}'
                          f'{done.stderr[-2000:]}')
        return done

    def serve_command(self):
        return [os.path.join(self.build, 'huced'), 'serve', '--listen', f'127.0.0.1:{self.port}',
                '--port-file', os.path.join(self.root, 'port'), '--data', self.folder('server')]

    def start_server(self):
        port_file = os.path.join(self.root, 'port')
        if os.path.exists(port_file):
            os.unlink(port_file)
        log = open(os.path.join(self.root, 'server.log'), 'ab')
        self.server = subprocess.Popen(self.serve_command(), env=self.env(), stdout=log, stderr=log)
        log.close()
        for _ in range(LIMIT_S * 200):
            if os.path.exists(port_file):
                return
            if self.server.poll() is not None:
                break
            time.sleep(0.005)
        with open(os.path.join(self.root, 'server.log'), errors='replace') as f:
            raise Failure(f'the server does not start:\n{f.read()[-2000:]}')

    def stop_server(self, how=signal.SIGTERM):
        if self.server:
            self.server.send_signal(how)
            self.server.wait(LIMIT_S)
            self.server = None

    # ---- beginnings ----

    def found(self, ok=(0,)):
        self.run([os.path.join(self.build, 'huced'), 'init', '--county', '622924', '--name',
                  '广河县', '--url', f'http://127.0.0.1:{self.port}', '--data',
                  self.folder('server'), '--pin-file', self.pin], ok)

    def invite(self, desk):
        path = os.path.join(self.root, f'invite-{desk}')
        self.huced('invite', '--ledger', VILLAGE, '--role', 'village', '--person',
                   {'east': '马东', 'west': '马西'}[desk], '--out', path)
        return path

    def join(self, desk, invite, ok=(0,)):
        done = self.run([self.huce_program, 'join', invite, '--data', self.folder(desk)], ok)
        key = os.path.join(self.folder(desk), 'keys', 'vault.key')
        if self.closed and os.path.exists(key):
            self.run([os.path.join(self.build, 'tests/torture/cheap_vault'), key, self.passphrase])
        return done

    def begin(self):
        self.found()
        self.huced('ledger', 'add', VILLAGE)
        self.start_server()
        for desk in DESKS:
            self.join(desk, self.invite(desk))

    # ---- asking ----

    def households(self, desk):
        listed = json.loads(self.huce(desk, 'list', 'household', '--json').stdout)
        return sorted((r['id'], r['fields'].get('household_code'), r['fields'].get('address'))
                      for r in listed['records'])

    def _query(self, sql):
        path = os.path.join(self.folder('server'), 'huced.db')
        db = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def households_at_server(self):
        return sorted(self._query('SELECT id, household_code, address FROM household'))

    def changes_at_server(self):
        return self._query('SELECT coalesce(sum(c.count), 0) FROM changeset c JOIN ledger l'
                           f" ON l.no = c.ledger WHERE l.origin LIKE '%/{VILLAGE}'"
                           ' AND c.idx IS NOT NULL')[0][0]

    # ---- what must hold ----

    def check_desks(self, ledger, desks):
        """Before anything was exchanged: each laptop holds what it confirmed."""
        for desk in desks:
            self.huce(desk, 'status', '--json')
            ledger.check_rows(desk, self.households(desk), desk)

    def check_all(self, ledger, order=None):
        """A sync completes, and everything confirmed is everywhere, once; histories verify."""
        order = order or [*self.desks, self.desks[0]]
        for desk in order:
            self._sync(desk)
        at_server = self.households_at_server()
        ledger.check_rows('server', at_server)
        for desk in self.desks:
            if self.households(desk) != at_server:
                raise Failure(f'{desk} and the server hold different records')
        ledger.check_changes(self.changes_at_server(), at_server)
        for desk in self.desks:
            self._audit(desk, self.huce(desk, 'audit', '--json'))
        self._audit('server', self.huced('audit', '--json'))
        self.huce(order[0], 'rebuild', '--check', '--json')
        return at_server

    def _sync(self, desk):
        for ledger in json.loads(self.huce(desk, 'sync', '--json').stdout)['ledgers']:
            for word in ('unsent', 'sent', 'refused', 'conflicts'):
                if ledger.get(word):
                    raise Failure(f'{desk}: after a sync {ledger["origin"]} has {ledger[word]} {word}')

    def _audit(self, where, done):
        answer = json.loads(done.stdout)
        findings = [f for ledger in answer['ledgers'] for f in ledger['findings']]
        if not answer['ok'] or findings:
            raise Failure(f'{where}: audit: {findings}')


class Work:
    """Seeded work on the two laptops, written down in a ledger."""

    def __init__(self, county, ledger, luck, first_code=1):
        self.county, self.ledger, self.luck = county, ledger, luck
        self.next_code = first_code
        self.csv = os.path.join(county.root, 'rows.csv')

    def new_row(self):
        return (self._new_code(), self._address())

    def _new_code(self):
        self.next_code += 1
        return f'{VILLAGE}{self.next_code:06d}'

    def _some_code(self, desk):
        """A household that is there for certain, saved at this desk; None: there is none."""
        allowed, writer = self.ledger.expected()
        codes = [code for code, addresses in allowed.items()
                 if writer[code] == desk and len(addresses) == 1 and None not in addresses]
        return self.luck.choice(codes) if codes else None

    def _address(self):
        return f'{self.luck.choice("一二三四五六")}社 {self.luck.randint(1, 10**9)} 号'

    def put(self, desk):
        row = self.new_row()
        return Step(self, desk, 'put', [row],
                    ('put', 'household', f'household_code={row[0]}', f'address={row[1]}'))

    def edit(self, desk):
        code = self._some_code(desk)
        if not code:
            return self.put(desk)
        row = (code, self._address())
        return Step(self, desk, 'edit', [row], ('put', 'household', code, f'address={row[1]}'))

    def delete(self, desk):
        code = self._some_code(desk)
        if not code:
            return self.put(desk)
        return Step(self, desk, 'delete', [(code, None)],
                    ('delete', 'household', code, '--note', '登记有误'))

    def import_rows(self, desk, count):
        rows = [self.new_row() for _ in range(count)]
        with open(self.csv, 'w', newline='') as f:
            csv.writer(f).writerows([('household_code', 'address'), *rows])
        return Step(self, desk, 'import', rows, ('import', 'household', self.csv))

    def resolve(self, desk):
        """What the rules decided between two laptops is decided again, by a person."""
        other = next(d for d in DESKS if d != desk)
        self.edit(desk).run()
        code = self.ledger.entries[-1][2][0][0]
        for each in (desk, other):
            self.sync(each).run()
        for each in (desk, other):  # neither knows of the other's
            row = (code, self._address())
            Step(self, each, 'edit', [row], ('put', 'household', code, f'address={row[1]}')).run()
        for each in (desk, other, desk):
            self.sync(each).run()
        listed = json.loads(self.county.huce(desk, 'conflicts', 'list', '--reported', '--json').stdout)
        record = next(r for r, c, _ in self.county.households(desk) if c == code)
        place = next(c['id'] for c in listed['conflicts'] if c['record'] == record)
        row = (code, self._address())
        return Step(self, desk, 'resolve', [row],
                    ('conflicts', 'resolve', place, '--take', f'value={row[1]}'))

    def rebuild(self, desk):
        return Step(self, desk, 'rebuild', [], ('rebuild',))

    def sync(self, desk):
        return Step(self, desk, 'sync', [], ('sync',))


class Service:
    """`huce serve` on a laptop, unlocked; saves go through its local API as a page's do."""

    def __init__(self, county, desk):
        self.process = subprocess.Popen(
            county.command(desk, 'serve', '--listen', '127.0.0.1:0', '--sync-every', '0', '--json'),
            env=county.env(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        text = ''.join(iter(self.process.stdout.readline, '}\n')) + '}'
        try:
            self.address = json.loads(text)['url'].split('//')[1].strip('/')
        except ValueError:
            raise Failure(f'{desk}: huce serve says {text!r}') from None
        self.session = ''
        self.session = self.post('/api/unlock', {'pin': PIN})['session']

    def post(self, path, body):
        """The answer; ConnectionError when there is none."""
        connection = http.client.HTTPConnection(self.address, timeout=LIMIT_S)
        try:
            connection.request('POST', path, json.dumps(body),
                               {'Content-Type': 'application/json', 'Huce-Session': self.session})
            answer = connection.getresponse()
            text = answer.read()
        except http.client.HTTPException as e:
            raise ConnectionError(str(e)) from None
        finally:
            connection.close()
        if answer.status // 100 != 2:
            raise Failure(f'POST {path}: {answer.status} {text[:500]}')
        return json.loads(text)

    def kill(self):
        self.process.kill()
        self.process.wait(LIMIT_S)
        self.process.stdout.close()


class Step:
    """One command of a laptop."""

    def __init__(self, work, desk, kind, rows, args):
        self.work, self.desk, self.kind, self.rows = work, desk, kind, rows
        self.number = None
        self.command = work.county.command(desk, *args, '--json')

    def tried(self):
        if self.rows:
            self.number = self.work.ledger.attempt(self.desk, self.kind, self.rows)

    def confirmed(self, stdout):
        """The command ended with 0: what it says counts from now on."""
        if not self.rows:
            return
        answer = json.loads(stdout)
        if self.kind == 'import' and not (answer['written'] and answer['created'] == len(self.rows)):
            raise Failure(f'the import confirmed something else: {answer}')
        self.work.ledger.confirm(self.number, len(self.rows),
                                 answer['id'] if self.kind == 'put' else None)

    def run(self):
        self.tried()
        self.confirmed(self.work.county.run(self.command).stdout)
