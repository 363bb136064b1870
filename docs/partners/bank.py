"""一家银行的程序：只按接入手册写成，为一份预制卡申请开户。SM2、SM3 用 PyPI 的 gmssl。

python bank.py --system http://127.0.0.1:8018 --secret bank.key --system-key 公钥 --order 申请编号
"""
import argparse
import base64
import json
import os
import time
import urllib.error
import urllib.request

from gmssl import func, sm2, sm3

IDENTITY = "1234567812345678"


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
    return sm3.sm3_hash(func.bytes_to_list(bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(bytes.fromhex(z)))) + data))


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


class System:
    def __init__(self, address, partner, key, secret, system_public):
        self.address, self.partner, self.key = address, partner, key
        self.public = public_of(secret)
        self.hand = sm2.CryptSM2(private_key=secret, public_key=self.public)
        self.system = system_public[2:]

    def sign(self, text):
        hashed = z_and(self.public, text)
        return base64.b64encode(der(self.hand.sign(bytes.fromhex(hashed), func.random_hex(64)))).decode()

    def verify(self, text, signature):
        hashed = z_and(self.system, text)
        theirs = sm2.CryptSM2(private_key="", public_key=self.system)
        assert theirs.verify(of_der(base64.b64decode(signature)), bytes.fromhex(hashed)), "应答签名不正确"

    def call(self, method, path, body=b"", idempotency=None, nonce=None, spoil=False):
        moment, nonce = str(int(time.time() * 1000)), nonce or os.urandom(16).hex()
        lines = ["KAGUAN-1", method, path, self.partner, self.key, moment, nonce, idempotency or "-", digest(body)]
        headers = {
            "Kaguan-Partner": self.partner,
            "Kaguan-Key": self.key,
            "Kaguan-Time": moment,
            "Kaguan-Nonce": nonce,
            "Kaguan-Digest": digest(body),
            "Kaguan-Signature": self.sign("\n".join(lines).encode()),
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
        self.verify(text.encode(), reply.headers["Kaguan-Signature"])
        return status, said

    def rows(self, path, rows, idempotency):
        body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        status, said = self.call("POST", path, body, idempotency)
        assert status == 200, said.decode()
        return [json.loads(line) for line in said.splitlines()]


def check_digit(digits):
    """银行卡号的末位（Luhn）。"""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def opened(row, number):
    digits = f"62955887{number:010d}"
    return {**row, "result": "allocated", "bank_card_no": digits + check_digit(digits),
            "account_no": f"95588{number:012d}", "personal_account": f"P{number:012d}"}


def main():
    options = argparse.ArgumentParser()
    for name in ("system", "secret", "system-key", "order"):
        options.add_argument(f"--{name}", required=True)
    given = options.parse_args()
    secret = open(given.secret, encoding="ascii").read().strip()
    system = System(given.system, "bank:95588", "key-1", secret, given.system_key)
    order, tag = f"/api/bank/v1/blank-orders/{given.order}", os.urandom(4).hex()

    # 待办，提取。
    status, said = system.call("GET", "/api/bank/v1/blank-orders")
    assert status == 200 and any(o["order"] == given.order for o in json.loads(said)["orders"]), said.decode()
    status, said = system.call("POST", f"{order}/allocation-data")
    rows = [json.loads(line) for line in said.splitlines()]
    assert status == 200 and rows, said.decode()

    # 回盘：一行字段写错，一行失败，其余开户；写错的一行没有办理，改正后再交。
    base = int.from_bytes(os.urandom(4), "big")
    answers = [opened(row, base + n) for n, row in enumerate(rows)]
    answers[1] = {**rows[1], "result": "failed", "code": "KYC01", "reason": "号段用尽"}
    wrong = dict(answers[0])
    wrong["acount_no"] = wrong.pop("account_no")
    back = f"{order}/allocation-returns"
    verdicts = system.rows(back, [wrong] + answers[1:], f"{tag}-1")
    assert [v["code"] for v in verdicts] == ["bad_row"] + ["done"] * (len(rows) - 1), verdicts
    assert verdicts[0]["row"] == rows[0]["row"] and "account_no" in verdicts[0]["detail"], verdicts[0]
    again = system.rows(back, [wrong] + answers[1:], f"{tag}-1")
    assert again == verdicts, "同一编号重发，得到原来的结论"
    status, said = system.call("POST", back, json.dumps(answers[0]).encode(), f"{tag}-1")
    assert status == 409 and json.loads(said)["code"] == "request_key_reused", said.decode()
    assert system.call("POST", f"{order}/close")[0] == 409, "尚有未回盘的行"
    assert [v["code"] for v in system.rows(back, answers[:1], f"{tag}-2")] == ["done"]
    other = {**answers[0], "account_no": "1"}
    assert system.rows(back, [other], f"{tag}-3")[0]["code"] == "row_answered"
    assert system.call("GET", f"/api/requests/v1/{tag}-1")[0] == 200
    for _ in range(2):
        assert system.call("POST", f"{order}/close")[0] == 200, "重复提交应答200"

    # 该拒绝的都被拒绝，拒绝的应答也有签名。
    status, said = system.call("POST", "/api/bank/v1/bank-changes/approvals",
                               b'{"bank_card_no": "6295588000000000017", "refusd": "x"}', f"{tag}-4")
    assert status == 400 and json.loads(said)["defects"][0]["code"] == "unknown_field", said.decode()
    assert system.call("GET", "/api/bank/v1/batches", nonce=f"{tag}-0000000000")[0] == 200
    assert system.call("GET", "/api/bank/v1/batches", nonce=f"{tag}-0000000000")[0] == 401, "随机串用过"
    assert system.call("POST", "/api/messages/v1/fetched", b'{"ids": []}', f"{tag}-5", spoil=True)[0] == 401
    print(f"{len(rows)}行：提取、回盘、更正、完成，签名全部相符")


if __name__ == "__main__":
    main()
