//! A partner that is called: over its own address, as in operation and as nobody should.

use super::check::{Check, Outcome, Point};
use crate::counter::IMAGE;
use crate::partner::now_ms;
use kaguan_api::client::{CallError, Client, Fault, SignedReply};
use kaguan_api::message::{AskChecks, AskFace, CheckPerson, Checks, FaceAnswer, Identities, Outgoing};
use kaguan_api::{sign, text};
use kaguan_domain::ids::PartnerKind;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What was sent, and what came.
pub struct Exchange {
    pub request: String,
    pub reply: Result<SignedReply, CallError>,
}

impl Exchange {
    /// What came, in words.
    pub fn said(&self) -> String {
        match &self.reply {
            Ok(r) => {
                format!("状态{} {}", r.status, String::from_utf8_lossy(&r.body[..r.body.len().min(300)]))
            }
            Err(CallError::NoAnswer(why)) => format!("没有应答：{why}"),
            Err(CallError::NotSigned(why)) => format!("应答没有已登记公钥的签名：{why}"),
        }
    }

    pub fn status(&self) -> Option<u16> {
        self.reply.as_ref().ok().map(|r| r.status)
    }

    /// What came with 200, as it should be.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let reply = self.reply.as_ref().ok().filter(|r| r.status == 200)?;
        serde_json::from_slice(&reply.body).ok()
    }
}

/// A certification under way.
pub struct Journey {
    pub client: Client,
    /// The same address, signed by a key that is nobody's.
    pub stranger: Client,
    pub checks: Vec<Check>,
    pub next: i64,
}

const SIGNED: Point = Point {
    name: "应答带有登记公钥的签名",
    expected: "状态200，应答以登记且有效的公钥签名",
    clause: "接入手册“签名”",
    way: "核对应答签名原文六行与公钥名称，用 vectors.json 的 reply 自测",
};
const REFUSALS: [Point; 5] = [
    Point {
        name: "签名不正确的请求被拒绝（401）",
        expected: "状态401",
        clause: "接入手册“签名”",
        way: "先用系统公钥核验请求签名，不正确的一律401",
    },
    Point {
        name: "一小时前的请求被拒绝（401）",
        expected: "状态401",
        clause: "接入手册“签名”",
        way: "Kaguan-Time 与本机时间相差超过五分钟的一律401",
    },
    Point {
        name: "重复使用的随机串被拒绝（401）",
        expected: "第一次200，第二次401",
        clause: "接入手册“签名”",
        way: "十分钟内用过的 Kaguan-Nonce 一律401",
    },
    Point {
        name: "签名后被改动的报文被拒绝（401）",
        expected: "状态401",
        clause: "接入手册“签名”",
        way: "请求体的 SM3 须与 Kaguan-Digest 相符，不符的401",
    },
    Point {
        name: "无法识别的报文被拒绝（4xx）",
        expected: "状态400至499",
        clause: "接入手册“重发与超时”",
        way: "不合接口定义的请求体应答400，不要当作已收妥",
    },
];

impl Journey {
    pub fn fresh(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    pub fn note(&mut self, point: Point, passed: bool, with: &Exchange) {
        self.checks.push(point.came_to(Outcome::of(passed), with.request.clone(), with.said()));
    }

    pub async fn send_as(client: &Client, path: &str, body: &impl Serialize, time: i64) -> Exchange {
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        let request = format!("POST {path} {}", String::from_utf8_lossy(&bytes));
        Exchange { request, reply: client.call("POST", path, None, bytes, time).await }
    }

    pub async fn send(&self, path: &str, body: &impl Serialize) -> Exchange {
        Self::send_as(&self.client, path, body, now_ms()).await
    }

    /// What is common to all: signatures, time, replies. Whoever does not answer what is right proves nothing by refusing what is wrong.
    pub async fn common(&mut self, path: &str, good: &impl Serialize) -> bool {
        let first = self.send(path, good).await;
        let answers = first.status() == Some(200);
        self.note(SIGNED, answers, &first);
        if !answers {
            for point in REFUSALS {
                self.checks.push(point.unproved("正确的请求没有得到应答，拒绝错误的请求不能说明问题"));
            }
            return false;
        }
        let refused = |e: &Exchange| e.status() == Some(401);
        let strange = Self::send_as(&self.stranger, path, good, now_ms()).await;
        self.note(REFUSALS[0], refused(&strange), &strange);
        let old = Self::send_as(&self.client.patient(7_200_000), path, good, now_ms() - 3_600_000).await;
        self.note(REFUSALS[1], refused(&old), &old);
        let once = self.client.faulty(Fault::Nonce(sign::fresh_nonce()));
        let (one, two) = (
            Self::send_as(&once, path, good, now_ms()).await,
            Self::send_as(&once, path, good, now_ms()).await,
        );
        self.note(REFUSALS[2], one.status() == Some(200) && refused(&two), &two);
        let mut other = serde_json::to_vec(good).unwrap_or_default();
        other.push(b' ');
        let changed = Self::send_as(&self.client.faulty(Fault::Body(other)), path, good, now_ms()).await;
        self.note(REFUSALS[3], refused(&changed), &changed);
        let garbage = self.send(path, &"not a message").await;
        self.note(REFUSALS[4], garbage.status().is_some_and(|s| (400..500).contains(&s)), &garbage);
        true
    }

    /// A partner that takes messages of one kind, with each of its own kinds.
    pub async fn messages(&mut self, kind: PartnerKind) {
        const REPEATED: Point = Point {
            name: "重复的报文得到同样的应答",
            expected: "状态200，两次应答相同",
            clause: "接入手册“重发与超时”",
            way: "以 id 去重：收过的报文照样应答200，不再办理",
        };
        let id = self.fresh();
        let body = serde_json::json!({ "card": 0, "state": "normal", "to": "", "text": "认证",
            "form_no": "0", "number": "0", "fen": 0 });
        let message = Outgoing { id, kind: format!("{}.test", kind.code()), body };
        if !self.common("/messages", &message).await {
            return self.checks.push(REPEATED.unproved("报文没有得到应答"));
        }
        let (one, two) = (self.send("/messages", &message).await, self.send("/messages", &message).await);
        let body = |e: &Exchange| e.reply.as_ref().map(|r| (r.status, r.body.clone())).ok();
        self.note(REPEATED, one.status() == Some(200) && body(&one) == body(&two), &two);
    }

    /// What every register is asked about an application besides the checks: other numbers and documents of the same person. The
    /// person asked about is invented, so that nobody is looked up.
    pub async fn registers(&mut self) {
        const CHECKS: Point = Point {
            name: "核验按人逐一应答",
            expected: "checks 与 people 同数同序，结论在约定的取值内",
            clause: "第八条；接入手册“其他合作方收到的消息”",
            way: "每人一项 identity、alive、entitlement，取值 passed、failed、not_on_record、unavailable",
        };
        const STRANGER: Point = Point {
            name: "查无此人的不予通过",
            expected: "虚构的人身份核验不为 passed",
            clause: "第八条",
            way: "没有登记的人应答 not_on_record，不得一律通过",
        };
        const OTHERS: Point = Point {
            name: "同一人的其他号码和证件按人逐一应答",
            expected: "people 与提问同数，查无此人的为空组；没有此接口的应答404",
            clause: "第五条；接入手册“其他合作方收到的消息”",
            way: "每人一组，没有的答空组",
        };
        const NOBODY: Point = Point {
            name: "不问任何人的，应答为空",
            expected: "people 为空数组",
            clause: "接入手册“其他合作方收到的消息”",
            way: "提问为空时应答空数组",
        };
        const FACES: Point = Point {
            name: "人脸核验：没有人脸的影像不答复一致",
            expected: "result 为 different 或 not_comparable，或拒绝这样的影像（4xx）；没有此接口的应答404",
            clause: "第十四条、第三十六条；接入手册“其他合作方收到的消息”",
            way: "不能比对的应答 not_comparable，不得一律答复 same",
        };
        let none = AskChecks { people: Vec::new() };
        if !self.common("/checks", &none).await {
            for point in [CHECKS, STRANGER, OTHERS, NOBODY, FACES] {
                self.checks.push(point.unproved("核验接口没有应答"));
            }
            return;
        }
        let ask = AskChecks { people: vec![invented()] };
        let reply = self.send("/checks", &ask).await;
        let found = reply.read::<Checks>().filter(|c| c.checks.len() == 1);
        let word = |w: &str| ["passed", "failed", "not_on_record", "unavailable"].contains(&w);
        let known = found.as_ref().is_some_and(|f| {
            f.checks.iter().all(|c| word(&c.identity) && word(&c.alive) && word(&c.entitlement))
        });
        self.note(CHECKS, known, &reply);
        match found {
            Some(found) => {
                let nobody = found.checks.iter().all(|c| c.identity != "passed");
                self.note(STRANGER, nobody, &reply);
            }
            None => self.checks.push(STRANGER.unproved("没有按人应答，不能说明查无此人的如何应答")),
        }
        let reply = self.send("/identities", &ask).await;
        let absent = reply.status() == Some(404);
        let found = reply.read::<Identities>();
        let nobody = found.is_some_and(|f| f.people.len() == 1 && f.people.iter().all(Vec::is_empty));
        self.note(OTHERS, absent || nobody, &reply);
        let reply = self.send("/identities", &none).await;
        let found = reply.read::<Identities>().is_some_and(|f| f.people.is_empty());
        self.note(NOBODY, absent || found, &reply);
        // No face of anybody is sent: a picture without one, and what is no picture at all.
        let faceless = AskFace { live: text::to_base64(IMAGE), chip: text::to_base64(b"no picture") };
        let reply = self.send("/face-checks", &faceless).await;
        let turned_away = reply.status().is_some_and(|s| (400..500).contains(&s) && s != 401);
        let said = reply.read::<FaceAnswer>().map(|answer| answer.result);
        let is_no = said.is_some_and(|said| ["different", "not_comparable"].contains(&said.as_str()));
        self.note(FACES, turned_away || is_no, &reply);
    }
}

/// Somebody whom no register has: the division 449999 is nobody's.
pub fn invented() -> CheckPerson {
    let number = kaguan_files::sample::citizen_number("449999", jiff::civil::date(1900, 1, 1), 1);
    CheckPerson { document_number: number.clone(), number, name: "认证".into() }
}
