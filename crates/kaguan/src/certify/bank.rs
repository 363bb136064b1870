//! A bank's own system: what it makes of link messages, seen by what reconciliation says of the test account before and after.

use super::check::{Outcome, Point};
use super::journey::{Exchange, Journey};
use crate::partner::now_ms;
use kaguan_api::message::{Body, Link, LinkAnswer, Outgoing, Taken};
use kaguan_api::reconcile::{AskRows, AskSums, Range, RowsOf, Sums, SumsOf, slot_of};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::mirror::{BankState, Facet, Loss, Mirror};

const LINK: &str = "第二十三条；接入手册“收敛规则”";

const fn point(name: &'static str, expected: &'static str, way: &'static str) -> Point {
    Point { name, expected, clause: LINK, way }
}

const FOUND: Point = Point {
    name: "对账可查到测试账户",
    expected: "reconciliation/rows 有该卡的位置和状态",
    clause: "接入手册“对账”",
    way: "用 reconciliation/key 的密钥计算位置，核对 vectors.json 的 reconciliation",
};
const BEGINS: Point = point(
    "测试账户的起始状态为正常",
    "账户正常，没有挂失、锁定、限制",
    "请换一个没有销户、挂失、锁定、限制的测试账户",
);
const UNKNOWN: Point = point(
    "未知账户的报文被拒绝",
    "4xx，或应答 result 为 refused",
    "没有的账户不得应答 done，也不得应答 {} 了事",
);
const SUMS: Point = Point {
    name: "各级区间之和与其部分相符",
    expected: "十五级，每级十六个部分之和等于上一级，末级含测试账户",
    clause: "接入手册“对账”",
    way: "核对三个和的算法和区间的划分",
};
const ANSWERS: Point = point(
    "联动指令都有结论",
    "当场应答 done，或应答 {} 之后以 intents/answers 回执",
    "应答 {} 的每一条都要以 POST /api/bank/v1/intents/answers 回执，带原 seq",
);
const REPEATED: Point = point(
    "重复的报文得到同样的应答",
    "与第一次应答相同，状态不变",
    "以 id 去重：收过的报文照样应答，不再办理",
);
const LATE: Point = point(
    "序号较小的迟到报文不改变状态",
    "状态仍为正式挂失",
    "挂失、锁定、限制、销户各自比较序号，较小的照常应答 done，不改变状态",
);

/// One message of the journey: what is asked under which number, the point, and the account as it should be then.
struct Step {
    kind: IntentKind,
    number: u32,
    point: Point,
    then: Mirror,
}

impl Journey {
    async fn link(&mut self, id: i64, to: (&str, &str), seq: u32, kind: IntentKind) -> Exchange {
        let (bank, bank_card_no, kind) = (to.0.into(), to.1.into(), kind.code().into());
        match Outgoing::new(id, &Body::Link(Link { bank, bank_card_no, seq, kind, owner: None })) {
            Ok(message) => self.send("/messages", &message).await,
            Err(_) => self.send("/messages", &()).await,
        }
    }

    async fn state(&self, key: &[u8; 32], card: &str) -> (Option<Mirror>, String) {
        let slot = slot_of(key, card);
        let ask = AskRows { ranges: vec![Range { from: slot, size: 1 }] };
        let reply = self.send("/reconciliation/rows", &ask).await;
        let rows: Option<RowsOf> = reply.read();
        let found = rows.and_then(|r| r.rows.into_iter().find(|(p, _)| *p == slot));
        match found.map(|(_, bits)| BankState::from(bits)) {
            Some(BankState::Known(mirror)) => (Some(mirror), BankState::Known(mirror).to_string()),
            Some(other) => (None, other.to_string()),
            None => (None, format!("查不到该账户：{}", reply.said())),
        }
    }

    /// The whole of it. The numbers of messages that the bank will answer later come back.
    pub async fn bank(&mut self, bank: &str, card: &str, key: &[u8; 32]) -> usize {
        // Far above every number in use, so that the test account's own history does not matter.
        let base = u32::try_from(now_ms() / 1_000 - 1_700_000_000).unwrap_or(1) * 10;
        let (before, said) = self.state(key, card).await;
        let request = "POST /reconciliation/rows";
        self.checks.push(FOUND.came_to(Outcome::of(before.is_some()), request, said.clone()));
        let active = Mirror { account: Facet::Active, ..Mirror::NEW };
        let begins = before == Some(active);
        self.checks.push(match before {
            Some(_) => BEGINS.came_to(Outcome::of(begins), request, said),
            None => BEGINS.unproved("查不到测试账户"),
        });
        let lost = |loss| Mirror { loss: Some(loss), ..active };
        let held = |locked, restricted| Mirror { locked, restricted, ..active };
        let step = |kind, number, name, expected, way, then| Step {
            kind,
            number,
            point: point(name, expected, way),
            then,
        };
        let apply = "按 kind 改变账户状态，并在对账中如实反映";
        let own = "挂失、锁定、限制、销户四件事互不影响";
        let first = [
            step(
                IntentKind::LoseTemporarily,
                0,
                "临时挂失后账户状态为临时挂失",
                "账户临时挂失",
                apply,
                lost(Loss::Temporary),
            ),
            step(
                IntentKind::LoseFormally,
                2,
                "挂失后账户状态为正式挂失",
                "账户正式挂失",
                apply,
                lost(Loss::Formal),
            ),
        ];
        let then = [
            step(IntentKind::ReleaseLoss, 3, "解除挂失后恢复", "没有挂失", apply, active),
            step(IntentKind::Lock, 4, "换行锁定后账户被锁定", "账户锁定", apply, held(true, false)),
            step(IntentKind::Restrict, 5, "限制不影响锁定", "账户锁定并限制", own, held(true, true)),
            step(IntentKind::Unlock, 6, "解除锁定不影响限制", "只有限制", own, held(false, true)),
            step(IntentKind::Unrestrict, 7, "解除限制后恢复", "账户正常", own, active),
        ];
        let (mut now, mut later) = (before.filter(|_| begins), 0);
        let mut last = None;
        for s in &first {
            let id = self.fresh();
            let reply = self.step(s, id, (bank, card), base, key, &mut now, &mut later).await;
            last = Some((id, reply));
        }
        self.repeated(last, (bank, card), base + 2, key, now, lost(Loss::Formal)).await;
        self.late((bank, card), base + 1, key, now, lost(Loss::Formal)).await;
        for s in &then {
            let id = self.fresh();
            self.step(s, id, (bank, card), base, key, &mut now, &mut later).await;
        }
        let id = self.fresh();
        let unknown = self.link(id, (bank, "6200000000000000000"), 1, IntentKind::LoseFormally).await;
        let refused = |t: &Taken| matches!(t.answer, Some(LinkAnswer::Refused { .. }));
        let wrong = unknown.status().is_some_and(|s| (400..500).contains(&s) && s != 401);
        let passed = wrong || unknown.read::<Taken>().is_some_and(|t| refused(&t));
        self.note(UNKNOWN, passed, &unknown);
        self.sums(key, card).await;
        let close = step(
            IntentKind::Close,
            8,
            "注销后账户状态为已销户",
            "账户已销户",
            apply,
            Mirror { account: Facet::Closed, ..active },
        );
        let id = self.fresh();
        self.step(&close, id, (bank, card), base, key, &mut now, &mut later).await;
        later
    }

    /// Sends one message and looks at the account: only what was otherwise before proves that the message did it.
    #[expect(clippy::too_many_arguments, reason = "the parts of one step, for its three callers above")]
    async fn step(
        &mut self,
        s: &Step,
        id: i64,
        to: (&str, &str),
        base: u32,
        key: &[u8; 32],
        now: &mut Option<Mirror>,
        later: &mut usize,
    ) -> Exchange {
        let reply = self.link(id, to, base + s.number, s.kind).await;
        let (after, said) = self.state(key, to.1).await;
        let received = format!("{}；账户 {said}", reply.said());
        let check = match *now {
            // Whatever went wrong before has been said: this message proves nothing by itself.
            None => s.point.unproved("此前的状态与约定不符，不能说明是本报文的结果"),
            Some(was) if was == s.then => s.point.unproved("账户此前已是该状态"),
            Some(_) => {
                let taken = reply.read::<Taken>();
                let refused =
                    matches!(&taken, Some(Taken { answer: Some(LinkAnswer::Refused { .. }), .. }) | None);
                *later += usize::from(taken.is_some_and(|t| t.answer.is_none()));
                let passed = after == Some(s.then) && !refused;
                s.point.came_to(Outcome::of(passed), reply.request.clone(), received)
            }
        };
        self.checks.push(check);
        // What is broken once stays so: nothing after it proves anything.
        *now = now.and(after).filter(|a| *a == s.then);
        reply
    }

    async fn repeated(
        &mut self,
        last: Option<(i64, Exchange)>,
        to: (&str, &str),
        seq: u32,
        key: &[u8; 32],
        now: Option<Mirror>,
        stays: Mirror,
    ) {
        let Some((id, first)) = last.filter(|_| now == Some(stays)) else {
            return self.checks.push(REPEATED.unproved("第一次没有办成"));
        };
        let again = self.link(id, to, seq, IntentKind::LoseFormally).await;
        let (after, said) = self.state(key, to.1).await;
        let same = first.read::<Taken>().is_some() && first.read::<Taken>() == again.read::<Taken>();
        let received = format!("第一次 {}；第二次 {}；账户 {said}", first.said(), again.said());
        let outcome = Outcome::of(same && after == Some(stays));
        self.checks.push(REPEATED.came_to(outcome, again.request.clone(), received));
    }

    async fn late(&mut self, to: (&str, &str), seq: u32, key: &[u8; 32], now: Option<Mirror>, stays: Mirror) {
        if now != Some(stays) {
            return self.checks.push(LATE.unproved("账户没有正式挂失，不能说明迟到的解挂被忽略"));
        }
        let id = self.fresh();
        let reply = self.link(id, to, seq, IntentKind::ReleaseLoss).await;
        let (after, said) = self.state(key, to.1).await;
        let taken = reply.status() == Some(200);
        let received = format!("{}；账户 {said}", reply.said());
        self.checks.push(LATE.came_to(Outcome::of(taken && after == Some(stays)), reply.request, received));
    }

    /// What the bank said it would answer later, it has answered: so many times its calls have come.
    pub fn answered(&mut self, later: usize, came: usize, waited: u64) {
        let looked = format!("应答 {{}} 的联动指令{later}条");
        let received = format!("等候{waited}秒，回执{came}条");
        let proved = self.checks.iter().any(|c| c.clause == LINK && c.outcome == Outcome::Passed);
        self.checks.push(match (later, proved) {
            (0, false) => ANSWERS.unproved("没有办成的联动指令"),
            _ => ANSWERS.came_to(Outcome::of(came >= later), looked, received),
        });
    }

    /// The sums of every range on the way down to the account must be those of its parts.
    async fn sums(&mut self, key: &[u8; 32], card: &str) {
        let slot = slot_of(key, card);
        let (mut range, mut above, mut levels) = (Range::ALL, None::<Sums>, 0);
        let mut wrong = None;
        while range.size >= 16 && wrong.is_none() {
            let ask = AskSums { ranges: vec![range] };
            let reply = self.send("/reconciliation/sums", &ask).await;
            let Some(parts) = reply.read::<SumsOf>().and_then(|s| s.sums.into_iter().next()) else {
                wrong = Some((reply.request.clone(), reply.said()));
                break;
            };
            let total = parts.iter().fold(Sums::default(), |a, b| Sums {
                cards: a.cards + b.cards,
                low: a.low + b.low,
                high: a.high + b.high,
            });
            if above.is_some_and(|a| a != total) {
                wrong = Some((
                    reply.request.clone(),
                    format!("第{}级：上一级为{above:?}，各部分之和为{total:?}", levels + 1),
                ));
            }
            let at = ((slot - range.from) / (range.size / 16)) as usize;
            (above, levels) = (parts.get(at).copied(), levels + 1);
            range = Range { from: range.from + at as i64 * (range.size / 16), size: range.size / 16 };
        }
        let one = above.is_some_and(|s| s.cards >= 1);
        let (request, received) = match wrong {
            Some((request, why)) => (request, why),
            None if one => (String::new(), format!("{levels}级相符")),
            None => (String::new(), format!("{levels}级，末级没有测试账户")),
        };
        self.checks.push(SUMS.came_to(Outcome::of(one && received.contains("相符")), request, received));
    }
}
