"""一家银行的程序：只按接入手册写成。登记、签名、提取、开户回盘（一行写错、一行失败）、更正、完成，接收并答复消息，柜面业务，对账，认证。
SM2、SM3 用 PyPI 的 gmssl。

python bank.py --system http://127.0.0.1:8018 --operator "kaguan --data try" --out 报告.json

--operator 是省卡管一侧的命令（登记合作方、发出消息、对账、认证），由测试环境的管理员执行。
"""
import argparse
import base64
import hmac
import json
import os
import shlex
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gmssl import func, sm2, sm3

IDENTITY = "1234567812345678"
ME = "bank:95588"
MASK = (1 << 30) - 1


def digest(data):
    return sm3.sm3_hash(func.bytes_to_list(data))


def public_of(secret):
    """公钥，128位十六进制，不含04。"""
    curve = sm2.CryptSM2(private_key=secret, public_key="")
    return curve._kg(int(secret, 16), curve.ecc_table["g"])


def z_and(public, data):
    """SM3(Z‖原文)：Z 由标识、曲线和公钥得到（GB/T 32918.2）。"""
    table = sm2.default_ecc_table
    bits = len(IDENTITY) * 8
    z = f"{bits:04x}" + IDENTITY.encode().hex() + table["a"] + table["b"] + table["g"] + public
    return sm3.sm3_hash(func.bytes_to_list(bytes.fromhex(digest(bytes.fromhex(z))) + data))


def der(signature):
    def integer(hexadecimal):
        number = bytes.fromhex(hexadecimal).lstrip(b"\0")
        number = b"\0" + number if not number or number[0] & 0x80 else number
        return b"\x02" + bytes([len(number)]) + number

    both = integer(signature[:64]) + integer(signature[64:])
    return b"\x30" + bytes([len(both)]) + both


def of_der(data):
    first = data[3]
    r = data[4:4 + first].hex().lstrip("0").zfill(64)
    s = data[6 + first:].hex().lstrip("0").zfill(64)
    return r + s


class Key:
    """一把密钥：有私钥的签名，有公钥的核验。"""

    def __init__(self, public, secret=""):
        self.public = public
        self.hand = sm2.CryptSM2(private_key=secret, public_key=public)

    def sign(self, text):
        hashed = bytes.fromhex(z_and(self.public, text))
        return base64.b64encode(der(self.hand.sign(hashed, func.random_hex(64)))).decode()

    def verifies(self, text, signature):
        try:
            return self.hand.verify(of_der(base64.b64decode(signature)), bytes.fromhex(z_and(self.public, text)))
        except (ValueError, IndexError):
            return False


class System:
    """省卡管系统：签名呼叫，核验应答。"""

    def __init__(self, address, key, ours, system):
        self.address, self.key, self.ours, self.system = address, key, ours, system

    def call(self, method, path, body=b"", idempotency=None, nonce=None, spoil=False):
        moment, nonce = str(int(time.time() * 1000)), nonce or os.urandom(16).hex()
        lines = ["KAGUAN-1", method, path, ME, self.key, moment, nonce, idempotency or "-", digest(body)]
        headers = {
            "Kaguan-Partner": ME,
            "Kaguan-Key": self.key,
            "Kaguan-Time": moment,
            "Kaguan-Nonce": nonce,
            "Kaguan-Digest": digest(body),
            "Kaguan-Signature": self.ours.sign("\n".join(lines).encode()),
        }
        if idempotency:
            headers["Idempotency-Key"] = idempotency
        sent = body + b" " if spoil else body
        request = urllib.request.Request(self.address + path, data=sent or None, headers=headers, method=method)
        try:
            reply = urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:
            reply = refused
        said, status = reply.read(), reply.status
        name, at = reply.headers["Kaguan-Key"], reply.headers["Kaguan-Time"]
        text = "\n".join(["KAGUAN-1-REPLY", str(status), nonce, name, at, digest(said)])
        assert self.system.verifies(text.encode(), reply.headers["Kaguan-Signature"]), "应答签名不正确"
        return status, said

    def post(self, path, body, idempotency=None):
        status, said = self.call("POST", path, json.dumps(body).encode(), idempotency or os.urandom(8).hex())
        assert status == 200, said.decode()
        return json.loads(said)

    def get(self, path):
        status, said = self.call("GET", path)
        assert status == 200, said.decode()
        return json.loads(said)

    def rows(self, path, rows, idempotency):
        body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        status, said = self.call("POST", path, body, idempotency)
        assert status == 200, said.decode()
        return [json.loads(line) for line in said.splitlines()]


# 每种指令涉及的事，和它使状态成为什么：账户、挂失、锁定、限制各自比较序号。
KINDS = {
    "lose_temporarily": ("loss", 1), "lose_formally": ("loss", 2), "release_loss": ("loss", 0),
    "lock": ("locked", 1), "unlock": ("locked", 0),
    "restrict": ("restricted", 1), "unrestrict": ("restricted", 0),
    "close": ("account", 2),
}


class Book:
    """本行的账户，和收过的消息。"""

    def __init__(self):
        self.lock, self.accounts, self.seen, self.later = threading.Lock(), {}, {}, []
        self.shared, self.places, self.answer_later = b"", {}, False

    def open(self, number, account=0, loss=0, locked=0, restricted=0):
        self.accounts[number] = {"account": account, "loss": loss, "locked": locked, "restricted": restricted, "seqs": {}}

    def place(self, number):
        if number not in self.places:
            mac = hmac.new(self.shared, number.encode(), Sm3).digest()
            self.places[number] = int.from_bytes(mac[:8], "big") & ((1 << 60) - 1)
        return self.places[number]

    def mirror(self, number):
        a = self.accounts[number]
        return a["account"] | a["loss"] << 2 | a["locked"] << 4 | a["restricted"] << 5

    def link(self, body):
        """应答，和本条是否要以后再回执。"""
        account = self.accounts.get(body["bank_card_no"])
        if account is None:
            return {"answer": {"result": "refused", "reason": "本行没有该账户"}}
        matter, state = KINDS[body["kind"]]
        # 序号较小的迟到报文照常应答，不改变状态。
        if body["seq"] > account["seqs"].get(matter, 0):
            account[matter], account["seqs"][matter] = state, body["seq"]
        if self.answer_later:
            self.later.append({"bank_card_no": body["bank_card_no"], "seq": body["seq"]})
            return {}
        return {"answer": {"result": "done"}}

    def message(self, message):
        with self.lock:
            if message["id"] not in self.seen:
                taken = {}
                if message["kind"] == "bank.link":
                    taken = self.link(message["body"])
                elif message["kind"] == "bank.account_unused":
                    self.accounts.pop(message["body"]["bank_card_no"], None)
                self.seen[message["id"]] = taken
            return self.seen[message["id"]]

    def sums(self, ranges):
        out = []
        for r in ranges:
            parts, size = [{"cards": 0, "low": 0, "high": 0} for _ in range(16)], r["size"] // 16
            for place, mirror in self.within(r):
                part = parts[(place - r["from"]) // size]
                part["cards"] += 1
                part["low"] += (place & MASK) * (mirror + 1)
                part["high"] += (place >> 30 & MASK) * (mirror + 1)
            out.append(parts)
        return out

    def within(self, r):
        all_of_them = ((self.place(number), self.mirror(number)) for number in self.accounts)
        return [(p, m) for p, m in all_of_them if r["from"] <= p < r["from"] + r["size"]]


class Sm3:
    """hmac 所要的摘要对象。"""

    digest_size, block_size, name = 32, 64, "sm3"

    def __init__(self, data=b""):
        self.data = bytearray(data)

    def update(self, data):
        self.data += data

    def copy(self):
        return Sm3(self.data)

    def digest(self):
        return bytes.fromhex(digest(bytes(self.data)))


def endpoint(book, ours, key, system):
    """本行的接口：核验系统的签名，应答也签名。"""
    nonces = set()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            h, now = self.headers, time.time() * 1000
            lines = ["KAGUAN-1", "POST", self.path, h["Kaguan-Partner"], h["Kaguan-Key"], h["Kaguan-Time"],
                     h["Kaguan-Nonce"], h["Idempotency-Key"] or "-", h["Kaguan-Digest"]]
            good = (h["Kaguan-Nonce"] not in nonces and abs(now - int(h["Kaguan-Time"])) < 300_000
                    and digest(body) == h["Kaguan-Digest"]
                    and system.verifies("\n".join(lines).encode(), h["Kaguan-Signature"]))
            if not good:
                return self.reply(401, {})
            nonces.add(h["Kaguan-Nonce"])
            try:
                asked = json.loads(body)
                if self.path == "/messages":
                    self.reply(200, book.message(asked))
                elif self.path == "/reconciliation/sums":
                    self.reply(200, {"sums": book.sums(asked["ranges"])})
                elif self.path == "/reconciliation/rows":
                    self.reply(200, {"rows": [one for r in asked["ranges"] for one in book.within(r)]})
                else:
                    self.reply(404, {})
            except (KeyError, TypeError, ValueError):
                self.reply(400, {})

        def reply(self, status, said):
            body, moment = json.dumps(said).encode(), str(int(time.time() * 1000))
            lines = ["KAGUAN-1-REPLY", str(status), self.headers["Kaguan-Nonce"], key, moment, digest(body)]
            self.send_response(status)
            for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(body))),
                                ("Kaguan-Key", key), ("Kaguan-Time", moment),
                                ("Kaguan-Signature", ours.sign("\n".join(lines).encode()))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def check_digit(digits):
    """银行卡号的末位（Luhn）。"""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def opened(row, number):
    digits = f"62955887{number:010d}"
    row = {name: value for name, value in row.items() if name not in ("document", "details")}
    return {**row, "result": "opened", "bank_card_no": digits + check_digit(digits), "account_no": f"95588{number:012d}"}


def opening(system, book, tag):
    """一个批次：提取，回盘，更正，完成。"""
    waiting = system.get("/api/bank/v1/batches")["batches"]
    assert waiting, "没有待办批次"
    batch = f"/api/bank/v1/batches/{waiting[-1]['batch']}"
    status, said = system.call("POST", f"{batch}/opening-data")
    rows = [json.loads(line) for line in said.splitlines()]
    assert status == 200 and len(rows) >= 3, said.decode()

    # 一行字段写错，一行失败，一行账户与别人的相同，其余开户；没有办理的改正后再交。
    base = int.from_bytes(os.urandom(4), "big")
    answers = [opened(row, base + n) for n, row in enumerate(rows)]
    answers[1] = {**{k: v for k, v in answers[1].items() if k not in ("bank_card_no", "account_no")},
                  "result": "failed", "code": "KYC01", "reason": "客户职业信息缺失"}
    wrong = dict(answers[0])
    wrong["acount_no"] = wrong.pop("account_no")
    back = f"{batch}/opening-returns"
    same = {**answers[-1], "account_no": answers[2]["account_no"]}
    first = [wrong] + answers[1:-1] + [same]
    verdicts = system.rows(back, first, f"{tag}-1")
    done = ["done"] * (len(rows) - 2)
    assert [v["code"] for v in verdicts] == ["bad_row", *done, "number_taken"], verdicts
    assert verdicts[0]["row"] == rows[0]["row"] and "account_no" in verdicts[0]["detail"], verdicts[0]
    assert verdicts[-1]["defects"][0]["field"] == "account_no", verdicts[-1]
    assert system.rows(back, first, f"{tag}-1") == verdicts, "同一编号重发，得到原来的结论"
    status, said = system.call("POST", back, json.dumps(answers[0]).encode(), f"{tag}-1")
    assert status == 409 and json.loads(said)["code"] == "request_key_reused", said.decode()
    assert system.call("POST", f"{batch}/close")[0] == 409, "尚有未回盘的行"
    again = system.rows(back, [answers[0], answers[-1]], f"{tag}-2")
    assert [v["code"] for v in again] == ["done", "done"], again
    other = {**answers[0], "account_no": "1"}
    assert system.rows(back, [other], f"{tag}-3")[0]["code"] == "row_answered"
    assert system.get(f"/api/requests/v1/{tag}-1")
    for _ in range(2):
        assert system.call("POST", f"{batch}/close")[0] == 200, "重复提交应答200"
    for answer in answers:
        if answer["result"] == "opened":
            book.open(answer["bank_card_no"])
    return len(rows)


def refused(system, tag):
    """该拒绝的都被拒绝，拒绝的应答也有签名。"""
    status, said = system.call("POST", "/api/bank/v1/bank-changes/approvals",
                               b'{"bank_card_no": "6295588000000000017", "refusd": "x"}', f"{tag}-4")
    assert status == 400 and json.loads(said)["defects"][0]["code"] == "unknown_field", said.decode()
    assert system.call("GET", "/api/bank/v1/batches", nonce=f"{tag}-0000000000")[0] == 200
    assert system.call("GET", "/api/bank/v1/batches", nonce=f"{tag}-0000000000")[0] == 401, "随机串用过"
    assert system.call("POST", "/api/messages/v1/fetched", b'{"ids": []}', f"{tag}-5", spoil=True)[0] == 401


def messages(system, book, operator, card):
    """省卡管发出每种消息，本行改变账户；一条当场不答，以后回执；再看自己的发送记录。"""
    for kinds, mirror in [(["restrict"], 1 | 1 << 5), (["unrestrict"], 1), (["lock"], 1 | 1 << 4), (["unlock"], 1)]:
        operator("partner", "send", ME, *kinds, "--card", card)
        assert book.mirror(card) == mirror, (kinds, book.accounts[card])
    # 迟到、重复、乱序，结果相同。
    operator("partner", "send", ME, "lose_temporarily", "release_loss", "--card", card, "--double", "--reorder")
    assert book.mirror(card) == 1, book.accounts[card]
    book.answer_later = True
    operator("partner", "send", ME, "restrict", "--card", card)
    operator("partner", "send", ME, "unrestrict", "--card", card)
    book.answer_later = False
    for answer in book.later:
        system.post("/api/bank/v1/intents/answers", {**answer, "result": "done"})
    attempts = system.get("/api/messages/v1/attempts")["attempts"]
    assert attempts and all(a["outcome"] == "taken" for a in attempts), attempts
    return len(attempts)


def counter(system, book, fresh, card):
    """本行柜面：激活一张卡；测试卡挂失、解挂。"""
    system.post("/api/bank/v1/cards/activations", {"bank_card_no": fresh, "manner": "face_to_face"})
    book.accounts[fresh]["account"] = 1
    for path, extra, loss in [("losses", {"formal": True}, 2), ("releases", {}, 0)]:
        done = system.post(f"/api/bank/v1/cards/{path}", {"bank_card_no": card, **extra})
        account = book.accounts[card]
        account["loss"], account["seqs"]["loss"] = loss, done["seq"]


def reconcile(book, operator, card):
    """对账：只有刚开户、尚未制卡的账户仅本行有；本行漏记的一笔限制，由联动指令补上。"""
    operator("partner", "send", ME, "restrict", "--card", card)
    assert book.mirror(card) == 1 | 1 << 5
    book.accounts[card]["restricted"] = 0
    operator("partner", "reconcile", ME.split(":")[1], "--repair")
    until = time.time() + 20
    while book.mirror(card) != 1 | 1 << 5:
        assert time.time() < until, "对账的修复没有到"
        time.sleep(0.05)
    said = operator("--json", "partner", "reconcile", ME.split(":")[1], "--repair")
    found = json.loads(said)
    assert (found["repaired"], found["staff"]) == (0, 0), found
    return found["cards"]


def main():
    options = argparse.ArgumentParser()
    for name in ("system", "operator", "out"):
        options.add_argument(f"--{name}", required=True)
    given = options.parse_args()
    command = shlex.split(given.operator)

    def operator(*args):
        done = subprocess.run([*command, *args], capture_output=True, text=True)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    # 自己的密钥，系统的公钥，登记自己和自己的地址。
    secret = func.random_hex(64)
    ours = Key(public_of(secret), secret)
    system_key = Key(operator("partner", "system-key").split()[1][2:])
    book = Book()
    at = endpoint(book, ours, "key-1", system_key)
    operator("partner", "register", ME, "--name", "一家银行", "--public", f"04{ours.public}", "--endpoint", at)
    system = System(given.system, "key-1", ours, system_key)
    tag = os.urandom(4).hex()
    book.shared = bytes.fromhex(system.get("/api/bank/v1/reconciliation/key")["key"])

    # 测试环境的测试卡，是本行的账户。
    cards = json.loads(operator("--json", "sandbox"))["cards"]
    for card in cards:
        bits = card["mirror"]
        book.open(card["bank_card_no"], bits & 3, bits >> 2 & 3, bits >> 4 & 1, bits >> 5 & 1)
    active = [c["bank_card_no"] for c in cards if c["state"] == "正常"]
    fresh = next(c["bank_card_no"] for c in cards if c["state"] == "预开户")

    operator("sandbox", "--batch", "5")
    rows = opening(system, book, tag)
    refused(system, tag)
    counter(system, book, fresh, active[1])
    sent = messages(system, book, operator, active[0])
    compared = reconcile(book, operator, active[0])
    operator("certify", ME, "--card", active[1], "--out", given.out)
    print(f"开户{rows}行，消息{sent}次，对账{compared}张，认证通过，签名全部相符")


if __name__ == "__main__":
    main()
