# SPDX-License-Identifier: MulanPSL-2.0
"""disk: from the record of what programs did (recorder.c) to the disks a power cut could leave.

What is durable: the bytes of a file as of its last sync; the names in a folder as of the last sync of
that folder. All later operations are pending: a cut keeps any of them or none, as a damage pattern
says. Folders and files are objects with an identity of their own, so a file renamed or a folder moved
keeps what it holds, and what was never entered durably in its folder is gone with all below it.
"""
import os
import random
import struct

HEAD = struct.Struct('<IBQQ')
SECTOR = 512

PATTERNS = ('nothing', 'all', 'prefix', 'subset', 'torn', 'sectors', 'noise')


class Op:
    """One recorded operation; `marks` are the driver's own words between operations."""
    __slots__ = ('kind', 'ino', 'offset', 'data')

    def __init__(self, kind, ino, offset, data):
        self.kind, self.ino, self.offset, self.data = kind, ino, offset, data


def read_record(path):
    with open(path, 'rb') as f:
        raw = f.read()
    ops, at = [], 0
    while at < len(raw):
        length, kind, ino, offset = HEAD.unpack_from(raw, at)
        ops.append(Op(chr(kind), ino, offset, raw[at + HEAD.size:at + length]))
        at += length
    return ops


def add_mark(path, text):
    """Notes something between two operations, e.g. that a save was confirmed."""
    data = text.encode()
    with open(path, 'ab', buffering=0) as f:
        f.write(HEAD.pack(HEAD.size + len(data), ord('K'), 0, 0) + data)


class File:
    def __init__(self, content=b''):
        self.durable = bytearray(content)
        self.pending = []


class Folder:
    def __init__(self):
        self.durable = {}  # name → File or Folder
        self.now = {}      # with everything that is pending
        self.pending = []


class Pending:
    """A write, truncate (of a file) or a change of names (of a folder) that is not synced yet."""
    __slots__ = ('number', 'target', 'op', 'names')

    def __init__(self, number, target, op, names=None):
        self.number, self.target, self.op, self.names = number, target, op, names


def apply_bytes(content, op, data=None):
    data = op.data if data is None else data
    if op.kind == 'T':
        if op.offset < len(content):
            del content[op.offset:]
        else:
            content.extend(bytes(op.offset - len(content)))
        return
    if len(content) < op.offset:
        content.extend(bytes(op.offset - len(content)))
    content[op.offset:op.offset + len(data)] = data


def apply_names(names, changes):
    for name, thing in changes:
        if thing is None:
            names.pop(name, None)
        else:
            names[name] = thing


class Disk:
    """The disk of one machine: everything below `root`. lies: a sync that does nothing."""

    def __init__(self, root, lies=False):
        self.root, self.lies, self.count = root, lies, 0
        self.by_ino = {}
        self.top = self._load(root)

    def _load(self, path):
        folder = Folder()
        self.by_ino[os.stat(path).st_ino] = folder
        for entry in os.scandir(path):
            if entry.is_dir():
                thing = self._load(entry.path)
            elif entry.name.endswith('-shm'):
                continue
            else:
                with open(entry.path, 'rb') as f:
                    thing = File(f.read())
                self.by_ino[entry.stat().st_ino] = thing
            folder.durable[entry.name] = folder.now[entry.name] = thing
        return folder

    def _parent(self, path):
        folder = self.top
        parts = path[len(self.root):].strip('/').split('/')
        for part in parts[:-1]:
            folder = folder.now[part]
        return folder, parts[-1]

    def _rename_names(self, folder, changes, op):
        apply_names(folder.now, changes)
        folder.pending.append(Pending(self.count, folder, op, changes))

    def apply(self, op):
        self.count += 1
        if op.kind in 'WT':
            target = self.by_ino[op.ino]
            target.pending.append(Pending(self.count, target, op))
        elif op.kind == 'S':
            self._sync(self.by_ino[op.ino])
        elif op.kind in 'CM':
            thing = File() if op.kind == 'C' else Folder()
            self.by_ino[op.ino] = thing
            folder, name = self._parent(op.data.decode())
            self._rename_names(folder, [(name, thing)], op)
        elif op.kind in 'UD':
            folder, name = self._parent(op.data.decode())
            self._rename_names(folder, [(name, None)], op)
        elif op.kind == 'R':
            old, new = (p.decode() for p in op.data.split(b'\0'))
            (folder, name), (into, new_name) = self._parent(old), self._parent(new)
            if into is not folder:
                raise ValueError(f'{old} moved to another folder')
            self._rename_names(folder, [(name, None), (new_name, folder.now[name])], op)

    def _sync(self, thing):
        if self.lies:
            return
        for p in thing.pending:
            if isinstance(thing, File):
                apply_bytes(thing.durable, p.op)
            else:
                apply_names(thing.durable, p.names)
        thing.pending = []

    def pending(self):
        seen, found, todo = set(), [], [self.top]
        while todo:
            thing = todo.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            found += thing.pending
            if isinstance(thing, Folder):
                todo += list(thing.durable.values()) + list(thing.now.values())
                for p in thing.pending:
                    todo += [t for _, t in p.names if t is not None]
        return sorted(found, key=lambda p: p.number)

    def image(self, pattern, luck):
        """The tree after a cut: {path: bytes or None for a folder}."""
        pending = self.pending()
        kept = choose(pattern, pending, luck)
        out = {}

        def walk(folder, path):
            names = dict(folder.durable)
            for p in folder.pending:
                if p.number in kept:
                    apply_names(names, p.names)
            for name, thing in names.items():
                where = path + '/' + name
                if isinstance(thing, Folder):
                    out[where] = None
                    walk(thing, where)
                else:
                    content = bytearray(thing.durable)
                    for p in thing.pending:
                        for piece in kept.get(p.number, ()):
                            apply_bytes(content, piece)
                    out[where] = bytes(content)
        walk(self.top, '')
        return out


class Machines:
    """Several disks whose operations stand in one record; says whose an operation is."""

    def __init__(self, roots, lies=False):
        self.disks = {root: Disk(root, lies) for root in roots}
        self.owner = {ino: d for d in self.disks.values() for ino in d.by_ino}

    def of(self, op):
        if op.kind not in 'CMUDR':
            return self.owner[op.ino]
        path = op.data.split(b'\0')[0].decode()
        for root, disk in self.disks.items():
            if path.startswith(root + '/'):
                return disk
        raise ValueError(f'{path} is on no known machine')

    def apply(self, op):
        disk = self.of(op)
        if op.kind in 'CM':
            self.owner[op.ino] = disk
        disk.apply(op)
        return disk


def sectors_of(op, luck, noise):
    """A write sector by sector, each by its own luck: written, not written, or (noise) neither."""
    pieces = []
    for at in range(0, len(op.data), SECTOR):
        data = op.data[at:at + SECTOR]
        fate = luck.random()
        if fate < 0.5:
            pieces.append(Op('W', op.ino, op.offset + at, data))
        elif noise and fate < 0.75:
            pieces.append(Op('W', op.ino, op.offset + at, luck.randbytes(len(data))))
    return pieces


def choose(pattern, pending, luck):
    """{number of a pending operation that had reached the disk: what of it}"""
    prefix, odds = luck.randint(0, len(pending)), luck.randint(1, 7)
    kept = {}
    for i, p in enumerate(pending):
        whole = [p.op]
        if pattern == 'all' or (pattern in ('prefix', 'torn') and i < prefix):
            kept[p.number] = whole
        elif pattern == 'torn' and i == prefix and p.op.kind == 'W':
            end = luck.randint(0, len(p.op.data) // SECTOR) * SECTOR
            kept[p.number] = [Op('W', p.op.ino, p.op.offset, p.op.data[:end])]
        elif pattern in ('sectors', 'noise') and p.op.kind == 'W':
            kept[p.number] = sectors_of(p.op, luck, pattern == 'noise')
        elif pattern in ('subset', 'sectors', 'noise') and luck.randint(1, 8) <= odds:
            kept[p.number] = whole
    return kept


def write_image(image, folder):
    os.makedirs(folder, exist_ok=True)
    for path, content in image.items():
        if content is None:
            os.makedirs(folder + path, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(folder + path), exist_ok=True)
            with open(folder + path, 'wb') as f:
                f.write(content)


def same_as_real(disk):
    """What the record says must be what the folder holds: else something was not recorded."""
    image = disk.image('all', random.Random(0))
    for base, folders, files in os.walk(disk.root):
        for name in folders + [f for f in files if not f.endswith('-shm')]:
            path = os.path.join(base, name)
            where = path[len(disk.root):]
            if where not in image:
                return f'{path} is on the disk and not in the record'
            content = image.pop(where)
            if content is not None:
                with open(path, 'rb') as f:
                    if f.read() != content:
                        return f'{path} differs from the record'
    return f'{min(image)} is in the record and not on the disk' if image else None
