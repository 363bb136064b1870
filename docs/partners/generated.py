"""用生成的客户端接入的一家银行：请求和应答的类型、地址都由 PyPI 的 openapi-python-client 从 openapi.json 生成，签名作为 httpx 的 Auth 加上。
不设接口地址，消息由本行提取（拉取方式）。

openapi-python-client generate --path openapi.json --output-path bank_client --meta none
python generated.py --client bank_client --system http://127.0.0.1:8018 --operator "kaguan --data box"

NDJSON 的报文（预开户数据、开户回盘）逐行用生成的类型读写；生成器不认识这种媒体类型，回盘由同一个 httpx 客户端提交。
"""
import argparse
import importlib
import json
import os
import shlex
import subprocess
import sys
import time

import httpx
from gmssl import func

from bank import Key, digest, opened, public_of

ME = "bank:95588"
# 生成的函数把签名的请求头列为参数；真正的值由 Signed 写入。
SIGNED = {f"kaguan_{name}": "" for name in ("partner", "key", "time", "nonce", "digest", "signature")}


class Signed(httpx.Auth):
    """签名请求，核验应答。"""

    requires_request_body = requires_response_body = True

    def __init__(self, key, ours, system):
        self.key, self.ours, self.system = key, ours, system

    def auth_flow(self, request):
        body, nonce, moment = digest(request.content), os.urandom(16).hex(), str(int(time.time() * 1000))
        path = request.url.raw_path.decode()
        lines = ["KAGUAN-1", request.method, path, ME, self.key, moment, nonce, request.headers.get("Idempotency-Key", "-"), body]
        request.headers.update({
            "Kaguan-Partner": ME, "Kaguan-Key": self.key, "Kaguan-Time": moment, "Kaguan-Nonce": nonce,
            "Kaguan-Digest": body, "Kaguan-Signature": self.ours.sign("\n".join(lines).encode()),
        })
        reply = yield request
        h = reply.headers
        lines = ["KAGUAN-1-REPLY", str(reply.status_code), nonce, h["Kaguan-Key"], h["Kaguan-Time"], digest(reply.content)]
        assert self.system.verifies("\n".join(lines).encode(), h["Kaguan-Signature"]), "应答签名不正确"


def fresh():
    """新的请求编号。"""
    return os.urandom(8).hex()


def main():
    options = argparse.ArgumentParser()
    for name in ("client", "system", "operator"):
        options.add_argument(f"--{name}", required=True)
    given = options.parse_args()
    where, package = os.path.split(os.path.abspath(given.client))
    sys.path.insert(0, where)

    def generated(name):
        return importlib.import_module(f"{package}.{name}")

    models = generated("models")

    def operator(*args):
        done = subprocess.run([*shlex.split(given.operator), *args], capture_output=True, text=True)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    secret = func.random_hex(64)
    ours, system = Key(public_of(secret), secret), Key(operator("partner", "system-key").split()[1][2:])
    operator("partner", "register", ME, "--name", "一家银行", "--public", f"04{ours.public}")
    auth = Signed("key-1", ours, system)
    client = generated("client").Client(base_url=given.system, timeout=httpx.Timeout(30), httpx_args={"auth": auth})

    def call(door, *path, answers, **body):
        """呼叫一个生成的接口；应答须是所期望的类型，不是 Problem。"""
        said = generated(f"api.{door}").sync(*path, client=client, **SIGNED, **body)
        assert isinstance(said, answers), said
        return said

    # 提取一个批次，逐行回盘：一行失败，其余开户；完成。
    operator("sandbox", "--batch", "4")
    batches = call("银行.bank_batches", answers=models.Batches).batches
    batch = next(b for b in batches if b.people == 4 and b.state == "confirmed").batch
    data = generated("api.银行.bank_opening_data").sync_detailed(batch, client=client, **SIGNED)
    rows = [models.OpeningData.from_dict(json.loads(line)) for line in data.content.splitlines()]
    assert len(rows) == 4, data.content
    base = int.from_bytes(os.urandom(4), "big")
    answers = [models.OpeningReturnOpened.from_dict(opened(row.to_dict(), base + n)) for n, row in enumerate(rows)]
    plain = {k: v for k, v in answers[0].to_dict().items() if k not in ("bank_card_no", "account_no")}
    answers[0] = models.OpeningReturnFailed.from_dict({**plain, "result": "failed", "code": "KYC01", "reason": "客户职业信息缺失"})
    body = "".join(json.dumps(one.to_dict(), ensure_ascii=False) + "\n" for one in answers)
    back = client.get_httpx_client().post(
        f"/api/bank/v1/batches/{batch}/opening-returns", content=body.encode(),
        headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": fresh()})
    verdicts = [models.Verdict.from_dict(json.loads(line)) for line in back.content.splitlines()]
    assert [v.code for v in verdicts] == ["done"] * 4, verdicts
    ended = call("银行.bank_close", batch, answers=models.Batches, idempotency_key=fresh())
    assert all(b.batch != batch for b in ended.batches), "完成的批次不再待办"

    # 柜面：激活一张卡，另一张正式挂失后解挂。
    cards = json.loads(operator("--json", "sandbox"))["cards"]
    new = next(c["bank_card_no"] for c in cards if c["state"] == "预开户")
    card = next(c["bank_card_no"] for c in cards if c["state"] == "正常")
    manner = models.MannerType0.FACE_TO_FACE
    call("银行联动.bank_activate", answers=models.Done, idempotency_key=fresh(), body=models.Activate(bank_card_no=new, manner=manner))
    lost = call("银行联动.bank_lose", answers=models.Done, idempotency_key=fresh(), body=models.Loss(bank_card_no=card, formal=True))
    found = call("银行联动.bank_release", answers=models.Done, idempotency_key=fresh(), body=models.OneCard(bank_card_no=card))
    assert lost.seq < found.seq, (lost, found)

    # 提取消息：系统锁定该卡，本行回执，消息不再出现。
    operator("partner", "send", ME, "lock", "--card", card)
    waiting = call("公共.messages", answers=models.Waiting).messages
    link = next(models.Link.from_dict(m.body) for m in waiting if m.kind == "bank.link" and m.body["bank_card_no"] == card)
    assert link.kind == "lock", link
    done = models.AnswerDone.from_dict({"result": "done", "bank_card_no": card, "seq": link.seq})
    call("银行联动.bank_answers", answers=models.Done, idempotency_key=fresh(), body=done)
    left = call("公共.messages_fetched", answers=models.Waiting, idempotency_key=fresh(), body=models.Fetched(ids=[m.id for m in waiting]))
    assert not {m.id for m in left.messages} & {m.id for m in waiting}, left
    print(f"生成的客户端：开户{len(rows)}行，激活、挂失、解挂，提取{len(waiting)}条消息并回执，签名全部相符")


if __name__ == "__main__":
    main()
