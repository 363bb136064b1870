#!/usr/bin/env python3
"""A second checker of kaguan's journal, which shares no code with the first: chain, lines, heads, proofs.

Only Python's standard library is needed. SM3 comes from OpenSSL where hashlib has it, and is done here otherwise; SM2 is done here.
It reads and never writes:

    check_journal.py --sqlite kaguan-data/kaguan.db        the database itself, opened read-only
    check_journal.py --chain chain.ndjson                  what `kaguan check --chain FILE` wrote: digests, and nothing of anybody
    check_journal.py --proof proof.json                    what `kaguan check --prove SEQ` wrote
    check_journal.py --heads heads.txt                     heads that partners or witnesses kept: that each follows from the one before

`--heads` beside `--sqlite` or `--chain` also asks whether the journal has each of them. `--trusted KEY` is the system's public key from
elsewhere; without it the one that the data bring along is believed. `--signatures last` verifies the last block's alone, to which all
others are chained; the default verifies each (some milliseconds a block).

The last line of the output is JSON: findings with kind and place, in the words of `kaguan check --json`. Exit status: 0 nothing found,
11 the journal was changed, 12 it does not end where it is known to have ended, 2 nothing could be checked.
"""

import argparse
import hashlib
import json
import sqlite3
import struct
import sys
from pathlib import Path

# --- SM3 (GM/T 0004) ---------------------------------------------------------------------------------------------------------------


def _sm3_here(data: bytes) -> bytes:
    def rotate(x, n):
        n %= 32
        return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF if n else x

    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    message = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack(">Q", len(data) * 8)
    for at in range(0, len(message), 64):
        w = list(struct.unpack(">16I", message[at : at + 64]))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)
            w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rotate((rotate(a, 12) + e + rotate(t, j)) & 0xFFFFFFFF, 7)
            ss2 = ss1 ^ rotate(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & 0xFFFFFFFF & g)
            tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *v)


def _sm3_of_openssl(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def _choose():
    known = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    if _sm3_here(b"abc") != known:
        raise SystemExit("SM3 is wrong here")
    try:
        return _sm3_of_openssl if _sm3_of_openssl(b"abc") == known else _sm3_here
    except ValueError:
        return _sm3_here


sm3 = _choose()

# --- SM2 signatures (GM/T 0003), verifying only --------------------------------------------------------------------------------------

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A4740_02DF32E52139F0A0,
)
IDENTITY = b"1234567812345678"


def _double(p):
    x, y, z = p
    if not y or not z:
        return (0, 1, 0)
    s = 4 * x * y * y % P
    m = 3 * (x - z * z) * (x + z * z) % P  # a is -3
    x2 = (m * m - 2 * s) % P
    return (x2, (m * (s - x2) - 8 * pow(y, 4, P)) % P, 2 * y * z % P)


def _add(p, q):
    if not p[2]:
        return q
    if not q[2]:
        return p
    (x1, y1, z1), (x2, y2, z2) = p, q
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2z2 % P, x2 * z1z1 % P
    s1, s2 = y1 * z2 * z2z2 % P, y2 * z1 * z1z1 % P
    if u1 == u2:
        return _double(p) if s1 == s2 else (0, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return (x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P)


class Key:
    """A public key, uncompressed SEC1, hexadecimal."""

    def __init__(self, text):
        raw = bytes.fromhex(text)
        if len(raw) != 65 or raw[0] != 4:
            raise ValueError("not an uncompressed public key")
        x, y = int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big")
        if (y * y - (x * x * x + A * x + B)) % P:
            raise ValueError("not a point of the curve")
        self.text = text.lower()
        self.point = (x, y, 1)
        self.sum = _add((*G, 1), self.point)
        parts = [struct.pack(">H", len(IDENTITY) * 8), IDENTITY]
        parts += [n.to_bytes(32, "big") for n in (A, B, *G, x, y)]
        self.z = sm3(b"".join(parts))

    def verify(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
            return False
        e = int.from_bytes(sm3(self.z + message), "big")
        t, q = (r + s) % N, (0, 1, 0)
        for bit in range(255, -1, -1):
            q = _double(q)
            which = (s >> bit & 1, t >> bit & 1)
            if which != (0, 0):
                q = _add(q, {(1, 0): (*G, 1), (0, 1): self.point, (1, 1): self.sum}[which])
        if not q[2]:
            return False
        x = q[0] * pow(q[2], -2, P) % P
        return (e + x) % N == r


# --- lines, trees, blocks ------------------------------------------------------------------------------------------------------------


def leaf(seq, at, actor, channel, subject, command, outcome, clause, personal, events) -> bytes:
    """The leaf of a line: every field with its length before it."""
    out = [b"\0", struct.pack(">qq", seq, at), bytes([1 if personal else 0])]
    for text in (actor, channel, subject, command, outcome, clause):
        raw = text.encode() if isinstance(text, str) else bytes(text)
        out += [struct.pack(">Q", len(raw)), raw]
    out += [struct.pack(">Q", len(events)), bytes(events)]
    return sm3(b"".join(out))


class Tree:
    """The tree of RFC 6962 over SM3, leaf by leaf."""

    def __init__(self):
        self.whole = []

    def push(self, digest):
        size = 1
        while self.whole and self.whole[-1][1] == size:
            digest, size = sm3(b"\1" + self.whole.pop()[0] + digest), size * 2
        self.whole.append((digest, size))

    def leaves(self):
        return sum(size for _, size in self.whole)

    def root(self):
        if not self.whole:
            return sm3(b"")
        digest = self.whole[-1][0]
        for left, _ in reversed(self.whole[:-1]):
            digest = sm3(b"\1" + left + digest)
        return digest


def climb(digest, at, leaves, path):
    """The root to which a leaf and its path lead; None when the path is too long or too short."""
    if leaves < 2:
        return digest if not path and at < leaves else None
    if not path:
        return None
    half = 1 << (leaves - 1).bit_length() - 1
    below, sibling = path[:-1], path[-1]
    if at < half:
        left = climb(digest, at, half, below)
        return left and sm3(b"\1" + left + sibling)
    right = climb(digest, at - half, leaves - half, below)
    return right and sm3(b"\1" + sibling + right)


class Block:
    def __init__(self, seq, first_entry, entries, root, previous, at, epoch):
        self.seq, self.first_entry, self.entries, self.at, self.epoch = seq, first_entry, entries, at, epoch
        self.root, self.previous = bytes(root), bytes(previous)

    def hash(self):
        return sm3(
            b"\2" + struct.pack(">qqqqq", self.seq, self.first_entry, self.entries, self.at, self.epoch) + self.root + self.previous
        )

    def end(self):
        return self.first_entry + self.entries

    def __eq__(self, other):
        return vars(self) == vars(other)


def block_of(j):
    return Block(
        j["seq"], j["first_entry"], j["entries"], bytes.fromhex(j["root"]), bytes.fromhex(j["previous"]), j["at"], j["epoch"]
    )


# --- where a journal is read from ----------------------------------------------------------------------------------------------------


class Sqlite:
    """The database's file. Columns that are not what they must be are findings."""

    def __init__(self, path, findings):
        if not Path(path).is_file():
            raise OSError(f"no such file: {path}")
        self.db = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
        self.db.text_factory = bytes
        self.db.execute("BEGIN")
        self.findings = findings

    def public_key(self):
        row = self.db.execute("SELECT value FROM meta WHERE name = 'journal_public_key'").fetchone()
        return row[0].decode() if row else None

    def lines(self):
        asked = "SELECT seq, at, actor, channel, subject, command, outcome, clause, personal, events FROM journal_entry ORDER BY seq"
        for row in self.db.execute(asked):
            numbers, texts = (row[0], row[1], row[8]), row[2:8]
            if not all(isinstance(n, int) for n in numbers) or not all(isinstance(t, bytes) for t in (*texts, row[9])):
                self.findings.add("unreadable", f"table journal_entry, row seq {row[0]}")
                continue
            yield row[0], leaf(*row)

    def blocks(self):
        asked = "SELECT seq, first_entry, entries, root, previous, at, epoch, hash, signature FROM journal_block ORDER BY seq"
        for row in self.db.execute(asked):
            numbers, digests = (*row[:3], row[5], row[6]), (row[3], row[4], row[7])
            if not all(isinstance(n, int) for n in numbers) or not all(isinstance(d, bytes) and len(d) == 32 for d in digests):
                self.findings.add("unreadable", f"table journal_block, row seq {row[0]}")
                continue
            signature = row[8] if isinstance(row[8], bytes) else b""
            yield Block(*row[:7]), row[7], signature

    def writer(self):
        row = self.db.execute("SELECT block_seq, block_hash, entry_seq FROM writer").fetchone()
        return (row[0], row[1], row[2]) if row else None


class Chain:
    """An export of `kaguan check --chain`: a block a line, with the digests of its lines. It is read twice."""

    def __init__(self, path, findings):
        self.path, self.findings = path, findings
        self.first = next(self.all(), None)
        if not self.first or self.first.get("kaguan_chain") != 1:
            raise OSError("not an export of a chain")

    def all(self):
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def public_key(self):
        return self.first["public_key"]

    def lines(self):
        for j in self.all():
            yield from ((seq, bytes.fromhex(digest)) for seq, digest in j.get("leaves", []))

    def blocks(self):
        for j in self.all():
            if "block" in j:
                yield block_of(j["block"]), bytes.fromhex(j["hash"]), bytes.fromhex(j["signature"])

    def writer(self):
        for j in self.all():
            if "writer" in j:
                return j["writer"]["block_seq"], bytes.fromhex(j["writer"]["block_hash"]), j["writer"]["entry_seq"]
        return None


class Findings:
    def __init__(self):
        self.all = []

    def add(self, kind, place):
        self.all.append({"kind": kind, "place": place})
        print(f"  {place}: {kind}")

    def status(self):
        kinds = {f["kind"] for f in self.all}
        return 0 if not kinds else 12 if "end" in kinds else 11


# --- checking ------------------------------------------------------------------------------------------------------------------------


def check(source, key, signatures, heads, findings):
    """Follows the chain from the first block to the last; returns how many lines and blocks there were."""
    wanted = {}
    for head in heads:
        wanted.setdefault(head[0].seq, []).append(head)
    lines = source.lines()
    line = next(lines, None)
    previous, next_entry, next_block, entries, blocks, last = bytes(32), 1, 1, 0, 0, None
    for block, stored, signature in source.blocks():
        place = f"block {block.seq}"
        if block.seq != next_block:
            findings.add("chain", f"block {next_block}")
        if block.previous != previous:
            findings.add("chain", place)
        if block.hash() != stored:
            findings.add("chain", place)
        if signatures == "all" and not key.verify(stored, signature):
            findings.add("signature", place)
        if block.first_entry != next_entry:
            findings.add("chain", place)
        tree, at = Tree(), block.first_entry
        while line and line[0] < block.end():
            if line[0] < block.first_entry:
                findings.add("line", f"entry {line[0]}")
            else:
                if line[0] != at:
                    findings.add("line", f"entry {at}")
                tree.push(line[1])
                at, entries = line[0] + 1, entries + 1
            line = next(lines, None)
        if tree.leaves() != block.entries or tree.root() != block.root:
            findings.add("root", f"block {block.seq} (entries {block.first_entry}–{block.end() - 1})")
        for head, _ in wanted.pop(block.seq, []):
            if head != block:
                findings.add("end", "journal")
        previous, next_entry, next_block, last = stored, block.end(), block.seq + 1, (place, stored, signature)
        blocks += 1
    while line:
        findings.add("line", f"entry {line[0]}")
        line = next(lines, None)
    if signatures == "last" and last and not key.verify(last[1], last[2]):
        findings.add("signature", last[0])
    writer = source.writer()
    if writer != (next_block - 1, previous, next_entry - 1):
        findings.add("end", f"block {writer[0] if writer else next_block - 1}")
    for _ in (head for left in wanted.values() for head in left):
        findings.add("end", "journal")
    return entries, blocks


def read_heads(path, key, findings):
    """Heads, one a line, each signed; a digest of a database may stand before one."""
    out = []
    for number, text in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        words = text.split()
        if not words or text.startswith("#"):
            continue
        if words[0] != "kaguan-journal-1":
            words = words[1:]
        try:
            if words[0] != "kaguan-journal-1":
                raise ValueError("no head")
            w = dict(word.split("=", 1) for word in words[1:10])
            block = Block(
                int(w["block"]),
                int(w["first"]),
                int(w["lines"]),
                bytes.fromhex(w["root"]),
                bytes.fromhex(w["previous"]),
                int(w["at"]),
                int(w["epoch"]),
            )
            signature, own = bytes.fromhex(w["sm2"]), w["key"]
        except (ValueError, KeyError, IndexError):
            raise OSError(f"{path}: line {number} is no head")
        key = key or Key(own)
        if own.lower() != key.text or not key.verify(block.hash(), signature):
            findings.add("signature", f"{path}: line {number}")
        out.append((block, own))
    return out, key


def consistent(heads, findings):
    """Heads of one journal, in the order of their blocks: the same block once, and each chained to the one before where it follows it."""
    ordered = sorted(heads, key=lambda head: head[0].seq)
    for (a, _), (b, _) in zip(ordered, ordered[1:]):
        same = a.seq == b.seq
        if (same and a != b) or (not same and b.first_entry < a.end()):
            findings.add("chain", f"block {b.seq}")
        if b.seq == a.seq + 1 and (b.previous != a.hash() or b.first_entry != a.end()):
            findings.add("chain", f"block {b.seq}")
    gaps = sum(b.seq > a.seq + 1 for (a, _), (b, _) in zip(ordered, ordered[1:]))
    return len(ordered), gaps


def proof(path, trusted, findings):
    """A proof of one line."""
    j = json.loads(Path(path).read_text(encoding="utf-8"))
    e, block = j["entry"], block_of(j["block"])
    fields = ("seq", "at", "actor", "channel", "subject", "command", "outcome", "clause", "personal")
    digest = leaf(*(e[name] for name in fields), bytes.fromhex(e["events"]))
    at = e["seq"] - block.first_entry
    inside = 0 <= at < block.entries
    if not inside or climb(digest, at, block.entries, [bytes.fromhex(h) for h in j["path"]]) != block.root:
        findings.add("root", f"entry {e['seq']}")
    if trusted and j["public_key"].lower() != trusted.lower():
        findings.add("signature", f"block {block.seq}")
    elif not Key(j["public_key"]).verify(block.hash(), bytes.fromhex(j["signature"])):
        findings.add("signature", f"block {block.seq}")


def main():
    args = argparse.ArgumentParser(description="A second checker of kaguan's journal: chain, lines, heads, proofs.")
    args.add_argument("--sqlite", metavar="FILE")
    args.add_argument("--chain", metavar="FILE")
    args.add_argument("--proof", metavar="FILE")
    args.add_argument("--heads", metavar="FILE", action="append", default=[])
    args.add_argument("--trusted", metavar="KEY")
    args.add_argument("--signatures", choices=("all", "last"), default="all")
    args = args.parse_args()
    findings, said = Findings(), {}
    try:
        if args.proof:
            proof(args.proof, args.trusted, findings)
        source = Sqlite(args.sqlite, findings) if args.sqlite else Chain(args.chain, findings) if args.chain else None
        key = Key(args.trusted) if args.trusted and (source or args.heads) else None
        if source:
            own = source.public_key()
            key = key or (own and Key(own))
            if own and own.lower() != key.text:
                findings.add("signature", "public key")
        heads = []
        for path in args.heads:
            more, key = read_heads(path, key, findings)
            heads += more
        if heads:
            said["heads"], said["gaps"] = consistent(heads, findings)
        if source:
            if not key:
                raise OSError("no public key: give --trusted")
            said["entries"], said["blocks"] = check(source, key, args.signatures, heads, findings)
        if not (args.proof or source or heads):
            raise OSError("nothing to check: --sqlite, --chain, --proof or --heads")
    except (OSError, ValueError, KeyError, sqlite3.Error) as e:
        print(f"check_journal.py: {e}", file=sys.stderr)
        return 2
    print(json.dumps({"findings": findings.all, **said}, ensure_ascii=False))
    return findings.status()


if __name__ == "__main__":
    sys.exit(main())
